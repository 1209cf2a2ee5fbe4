//! Compares the whole needle at every position of one reused buffer with SIMD, and writes the
//! buffer once.
//!
//! Idea: a chunk is read, rewritten in place by `occurrences`, and written with one call; a partial
//! match at its end is carried over. There is no search, so no input is slow. With unequal lengths,
//! long gaps are written from the buffer and short pieces are gathered first.
//! Time: the same on every input.
//! Space: the buffer is on the stack and grows with the stream from 256 bytes to 64 KiB, so a short
//! stream is cheap and no stream allocates.
//! Measured: the rows `default over chunked` and `any needle` in
//! results/record/2026-11-24-x86_64-2-cores/limits.csv.
//! Wins if matches or near misses are dense, and for short streams. Needles of more than 64 bytes
//! go to [`chunked`](super::chunked).

use std::io::{Read, Write};

use super::chunked::Chunked;
use super::occurrences::{LONGEST_NEEDLE, Path, Prepared};
use super::partial_match::longest_at_end;
use super::sink::Sink;
use super::source::Source;
use super::{Error, StreamRewriter, Substitution};

/// The fastest size from 16 KiB to 1 MiB. The extra bytes for a partial match keep reads at a whole
/// number of pages.
const LONG: usize = 64 * 1024 + LONGEST_NEEDLE;

/// See the [module](self).
#[derive(Debug)]
pub struct Vector;

impl StreamRewriter for Vector {
    #[inline]
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error> {
        rewrite_on(Path::best(), reader, substitution, writer)
    }
}

/// Like [`Vector`], on a given path.
#[inline]
pub(super) fn rewrite_on<R: Read, W: Write>(
    path: Path,
    reader: R,
    substitution: Substitution<'_>,
    writer: W,
) -> Result<u64, Error> {
    match Prepared::new(path, substitution) {
        Some(prepared) => rewrite_prepared(prepared, reader, substitution, writer),
        None => Chunked::rewrite(reader, substitution, writer),
    }
}

/// Like [`Vector`], with a prepared substitution.
#[inline]
pub(super) fn rewrite_prepared<R: Read, W: Write>(
    prepared: Prepared<'_>,
    reader: R,
    substitution: Substitution<'_>,
    writer: W,
) -> Result<u64, Error> {
    let mut stream = Stream {
        source: Source::new(reader),
        sink: Sink::new(writer),
        prepared,
        substitution,
        count: 0,
    };
    stream.short()?;
    stream.sink.finish()?;
    Ok(stream.count)
}

struct Stream<'a, R, W> {
    source: Source<R>,
    sink: Sink<W>,
    prepared: Prepared<'a>,
    substitution: Substitution<'a>,
    count: u64,
}

impl<R: Read, W: Write> Stream<'_, R, W> {
    // Each step to a larger buffer zeroes it, which the bytes of the previous step amortise.
    #[inline]
    fn short(&mut self) -> Result<(), Error> {
        let mut buffer = [0; 256];
        match self.fill(&mut buffer, 0)? {
            None => Ok(()),
            Some(carried) => self.medium(&buffer[..carried]),
        }
    }

    #[inline(never)]
    fn medium(&mut self, carried: &[u8]) -> Result<(), Error> {
        let mut buffer = [0; 8 * 1024];
        buffer[..carried.len()].copy_from_slice(carried);
        match self.fill(&mut buffer, carried.len())? {
            None => Ok(()),
            Some(carried) => self.long(&buffer[..carried]),
        }
    }

    #[inline(never)]
    fn long(&mut self, carried: &[u8]) -> Result<(), Error> {
        let mut buffer = [0; LONG];
        buffer[..carried.len()].copy_from_slice(carried);
        let mut carried = carried.len();
        while let Some(rest) = self.fill(&mut buffer, carried)? {
            carried = rest;
        }
        Ok(())
    }

    /// Rewrites until a read fills the buffer, whose first `carried` bytes are a partial match.
    /// Returns the new number of carried bytes; `None` at the end of the stream.
    #[inline(always)]
    fn fill(&mut self, buffer: &mut [u8], mut carried: usize) -> Result<Option<usize>, Error> {
        loop {
            let end = match self.source.read(&mut buffer[carried..])? {
                0 => break,
                read => carried + read,
            };
            carried = if self.substitution.has_equal_lengths() {
                self.rewrite_in_place(&mut buffer[..end])?
            } else {
                self.rewrite_to_sink(&buffer[..end])?
            };
            buffer.copy_within(end - carried..end, 0);
            if end == buffer.len() {
                return Ok(Some(carried));
            }
        }
        self.sink.write(&buffer[..carried])?;
        Ok(None)
    }

    #[inline(always)]
    fn rewrite_in_place(&mut self, bytes: &mut [u8]) -> Result<usize, Error> {
        let progress = self.prepared.in_place(bytes);
        self.count += progress.replacements;
        let carried = longest_at_end(&bytes[progress.decided..], self.substitution.needle());
        self.sink.write(&bytes[..bytes.len() - carried])?;
        Ok(carried)
    }

    #[inline(never)]
    fn rewrite_to_sink(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let progress = self.prepared.append(bytes, &mut self.sink)?;
        self.count += progress.replacements;
        let carried = longest_at_end(&bytes[progress.decided..], self.substitution.needle());
        self.sink
            .write(&bytes[progress.copied..bytes.len() - carried])?;
        Ok(carried)
    }
}
