//! The writing adapter.

use std::io::{self, Write};

use super::Replacer;
use super::pieces::Pieces;

/// Rewrites its input and passes it to another writer. Created by [`Replacer::writer`].
///
/// Input is gathered up to 64 KiB, so small writes are cheap. [`flush`](Write::flush) passes on
/// everything except a possible partial match, and [`finish`](Self::finish) passes that on too, so a
/// stream must be finished. If dropped, it finishes by itself and ignores errors. After an error no
/// byte is lost or written twice, so the same call can be made again.
#[derive(Debug)]
pub struct ReplaceWriter<W: Write> {
    /// `None` once it is finished.
    writer: Option<W>,
    pieces: Pieces,
}

impl<W: Write> ReplaceWriter<W> {
    pub(super) fn new(replacer: Replacer, writer: W) -> Self {
        Self {
            writer: Some(writer),
            pieces: Pieces::new(replacer),
        }
    }

    /// How many replacements there were so far, not including gathered input.
    pub const fn replacements(&self) -> u64 {
        self.pieces.count()
    }

    /// Ends the stream and passes everything on; later writes begin a new stream.
    ///
    /// # Errors
    ///
    /// Those of the inner writer.
    pub fn try_finish(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.pieces.rewrite(true);
        self.hand_on()?;
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }

    /// Like [`try_finish`](Self::try_finish), and returns the inner writer.
    ///
    /// # Errors
    ///
    /// Those of the inner writer, which is then dropped; to be able to retry, call
    /// [`try_finish`](Self::try_finish) first.
    pub fn finish(mut self) -> io::Result<W> {
        self.try_finish()?;
        self.writer
            .take()
            .ok_or_else(|| io::Error::other("the writer is gone"))
    }

    /// Writes the rewritten bytes.
    fn hand_on(&mut self) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        while !self.pieces.ready().is_empty() {
            match writer.write(self.pieces.ready()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.pieces.hand_on(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for ReplaceWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pieces.is_full() {
            self.hand_on()?;
            self.pieces.rewrite(false);
            self.hand_on()?;
        }
        let taken = bytes.len().min(self.pieces.piece());
        self.pieces.waiting.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.pieces.rewrite(false);
        self.hand_on()?;
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl<W: Write> Drop for ReplaceWriter<W> {
    fn drop(&mut self) {
        // A destructor cannot return an error.
        let _ = self.try_finish();
    }
}
