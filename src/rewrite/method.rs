//! From a trait with generic methods to a row of function pointers: erased once for a whole
//! run, so that nothing is dispatched per byte.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, BufWriter, IoSlice, Read, Write};

use bytes::Bytes;

use super::{
    Error, InPlaceRewriter, Method, Rewriter, SharedRewriter, SliceRewriter, StreamRewriter,
    Substitution,
};

/// How much is read and written at once around an algorithm that goes byte by byte. Half of what
/// the others ask for, so that theirs goes by the buffers even where a few bytes are kept back.
const BUFFER: usize = 32 * 1024;

impl Method {
    /// The method of a rewriter of streams.
    pub const fn stream<T: StreamRewriter>() -> Self {
        Self::Stream {
            measured: stream_in_memory::<T>,
            stream: stream_of_any::<T>,
        }
    }

    /// The method of a rewriter from a slice to a vector.
    pub const fn slice<T: SliceRewriter>() -> Self {
        Self::Slice(slice::<T>)
    }

    /// The method of a rewriter of a slice where it stands.
    pub const fn in_place<T: InPlaceRewriter>() -> Self {
        Self::InPlace(in_place::<T>)
    }

    /// The method of a rewriter of shared bytes.
    pub const fn shared<T: SharedRewriter>() -> Self {
        Self::Shared {
            measured: shared_in_memory::<T>,
            stream: shared_to_any::<T>,
        }
    }
}

impl Rewriter {
    /// Rewrites `haystack` to a new vector, whatever the method, and counts the replacements.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`] where the algorithm asks for equal lengths.
    ///
    /// ```
    /// use benchlens_suite::rewrite::{Substitution, registry::default_for};
    /// let substitution = Substitution::new(b"elvis", b"Elvis")?;
    /// let (rewritten, count) =
    ///     default_for(substitution).rewrite_to_vec(b"aelvis elvi", substitution)?;
    /// assert_eq!((rewritten.as_slice(), count), (&b"aElvis elvi"[..], 1));
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn rewrite_to_vec(
        &self,
        haystack: &[u8],
        substitution: Substitution<'_>,
    ) -> Result<(Vec<u8>, u64), Error> {
        let mut output = Vec::new();
        let count = match self.method {
            Method::Stream { measured, .. } => measured(haystack, substitution, &mut output)?,
            Method::Slice(rewrite) => rewrite(haystack, substitution, &mut output)?,
            Method::InPlace(rewrite) => {
                output.extend_from_slice(haystack);
                rewrite(&mut output, substitution)?
            }
            Method::Shared { measured, .. } => {
                let haystack = Bytes::copy_from_slice(haystack);
                measured(haystack, substitution, &mut output)?
            }
        };
        Ok((output, count))
    }

    /// Rewrites `reader` to `writer`, whatever the method, and counts the replacements. Where
    /// [`needs_whole_input`](Self::needs_whole_input), all of `reader` is read into memory
    /// first; otherwise memory stays constant and no output is held back while `reader` waits,
    /// except for what may be the beginning of a match.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; [`Error::UnequalLengths`] where the
    /// algorithm asks for equal lengths.
    pub fn rewrite_stream(
        &self,
        reader: &mut dyn Read,
        substitution: Substitution<'_>,
        writer: &mut dyn Write,
    ) -> Result<u64, Error> {
        match self.method {
            Method::Stream { stream, .. } => stream(reader, substitution, writer),
            Method::Slice(rewrite) => {
                let mut output = Vec::new();
                let count = rewrite(&read_all(reader)?, substitution, &mut output)?;
                write_all(&output, writer)?;
                Ok(count)
            }
            Method::InPlace(rewrite) => {
                let mut haystack = read_all(reader)?;
                let count = rewrite(&mut haystack, substitution)?;
                write_all(&haystack, writer)?;
                Ok(count)
            }
            Method::Shared { stream, .. } => {
                stream(Bytes::from(read_all(reader)?), substitution, writer)
            }
        }
    }
}

#[inline(never)]
fn stream_in_memory<T: StreamRewriter>(
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn slice<T: SliceRewriter>(
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn in_place<T: InPlaceRewriter>(
    haystack: &mut [u8],
    substitution: Substitution<'_>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution)
}

#[inline(never)]
fn shared_in_memory<T: SharedRewriter>(
    haystack: Bytes,
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn shared_to_any<T: SharedRewriter>(
    haystack: Bytes,
    substitution: Substitution<'_>,
    writer: &mut dyn Write,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, writer)
}

/// Buffers both ends, so that an algorithm may go byte by byte; larger reads and writes bypass
/// the buffers.
#[inline(never)]
fn stream_of_any<T: StreamRewriter>(
    reader: &mut dyn Read,
    substitution: Substitution<'_>,
    writer: &mut dyn Write,
) -> Result<u64, Error> {
    let taken = Cell::new(0);
    let flush_failed = Cell::new(false);
    let output = RefCell::new(BufWriter::with_capacity(
        BUFFER,
        Counted {
            writer,
            taken: &taken,
        },
    ));
    let input = BufReader::with_capacity(
        BUFFER,
        Flushing {
            reader,
            output: &output,
            failed: &flush_failed,
        },
    );
    let result = T::rewrite(input, substitution, Shared(&output)).map_err(|error| match error {
        Error::Read { source, .. } if flush_failed.get() => Error::Write {
            offset: taken.get(),
            source,
        },
        Error::Write { source, .. } => Error::Write {
            offset: taken.get(),
            source,
        },
        other => other,
    });
    let mut output = output.into_inner();
    if matches!(result, Err(Error::Read { .. })) {
        // What was right before the read failed still goes out; the read's error is the first.
        let _ = output.flush();
    }
    // Dropping the writer would write once more what it has just failed to write.
    let _ = output.into_parts();
    result
}

/// Counts the bytes that a writer takes.
struct Counted<'a> {
    writer: &'a mut dyn Write,
    taken: &'a Cell<u64>,
}

impl Counted<'_> {
    fn add(&self, count: usize) -> usize {
        self.taken.set(self.taken.get() + count as u64);
        count
    }
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map(|count| self.add(count))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

type Output<'a> = RefCell<BufWriter<Counted<'a>>>;

/// Hands on what is ready before a read that may wait.
struct Flushing<'a, 'w> {
    reader: &'a mut dyn Read,
    output: &'a Output<'w>,
    failed: &'a Cell<bool>,
}

impl Read for Flushing<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(error) = self.output.borrow_mut().flush() {
            self.failed.set(error.kind() != io::ErrorKind::Interrupted);
            return Err(error);
        }
        self.reader.read(buffer)
    }
}

/// The writing end of what [`Flushing`] flushes.
struct Shared<'a, 'w>(&'a Output<'w>);

impl Write for Shared<'_, '_> {
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

fn read_all(reader: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut haystack = Vec::new();
    match reader.read_to_end(&mut haystack) {
        Ok(_) => Ok(haystack),
        Err(source) => Err(Error::Read {
            offset: haystack.len() as u64,
            source,
        }),
    }
}

fn write_all(bytes: &[u8], writer: &mut dyn Write) -> Result<(), Error> {
    let mut sink = super::sink::Sink::new(writer);
    sink.write(bytes)?;
    sink.finish()
}
