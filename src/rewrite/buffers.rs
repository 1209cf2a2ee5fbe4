//! Buffers on both ends of a stream, for algorithms that read byte by byte or write small pieces.
//! Larger reads and writes bypass them.
//!
//! Output is never delayed: it is flushed before a read that may block.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, IoSlice, Read, Write};

use super::Error;

/// The size of each buffer. Half of what the faster algorithms request, so that their reads bypass
/// the buffer even if a few bytes are carried over.
const BUFFER: usize = 32 * 1024;

/// Rewrites from a reader to a writer, both buffered. Offsets in errors refer to the unbuffered
/// ends.
pub(super) fn between(
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    rewrite: impl FnOnce(Input<'_, '_>, Output<'_, '_>) -> Result<u64, Error>,
) -> Result<u64, Error> {
    let gathered = RefCell::new(WriteBuffer {
        writer,
        waiting: Vec::new(),
        taken: 0,
    });
    let has_failed = Cell::new(false);
    let input = HandingOn {
        reader,
        gathered: &gathered,
        has_failed: &has_failed,
    };
    let input = BufReader::with_capacity(BUFFER, input);
    let result = rewrite(input, Output(&gathered));
    let mut gathered = gathered.into_inner();
    match result {
        Err(Error::Read { source, .. } | Error::Write { source, .. }) if has_failed.get() => {
            Err(gathered.failed(source))
        }
        Err(Error::Write { source, .. }) => Err(gathered.failed(source)),
        Err(Error::Read { .. }) => {
            // What precedes a failed read is still written; the read's error takes precedence.
            let _ = gathered.hand_on();
            result
        }
        other => other,
    }
}

/// The reading end.
pub(super) type Input<'a, 'w> = BufReader<HandingOn<'a, 'w>>;

/// Gathers small writes.
struct WriteBuffer<'w> {
    writer: &'w mut dyn Write,
    waiting: Vec<u8>,
    /// How many bytes the writer accepted.
    taken: u64,
}

impl WriteBuffer<'_> {
    fn failed(&self, source: io::Error) -> Error {
        Error::Write {
            offset: self.taken,
            source,
        }
    }

    fn take(&mut self, taken: io::Result<usize>) -> io::Result<usize> {
        if let Ok(count) = taken {
            self.taken += count as u64;
        }
        taken
    }

    fn hand_on(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let taken = self.writer.write(&self.waiting);
            match self.take(taken) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Write for WriteBuffer<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() + bytes.len() > BUFFER {
            self.hand_on()?;
        }
        if bytes.len() >= BUFFER {
            let taken = self.writer.write(bytes);
            return self.take(taken);
        }
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let total = slices.iter().map(|slice| slice.len()).sum::<usize>();
        if self.waiting.len() + total > BUFFER {
            self.hand_on()?;
        }
        if total >= BUFFER {
            let taken = self.writer.write_vectored(slices);
            return self.take(taken);
        }
        for slice in slices {
            self.waiting.extend_from_slice(slice);
        }
        Ok(total)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.writer.flush()
    }
}

/// Flushes gathered output before a read that may block.
pub(super) struct HandingOn<'a, 'w> {
    reader: &'a mut dyn Read,
    gathered: &'a RefCell<WriteBuffer<'w>>,
    has_failed: &'a Cell<bool>,
}

impl Read for HandingOn<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let handed_on = self.gathered.borrow_mut().hand_on();
        self.has_failed.set(handed_on.is_err());
        handed_on?;
        self.reader.read(buffer)
    }
}

/// The writing end.
pub(super) struct Output<'a, 'w>(&'a RefCell<WriteBuffer<'w>>);

impl Write for Output<'_, '_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.borrow_mut().write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}
