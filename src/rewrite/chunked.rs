//! Reads into one reused buffer, searches it, and carries a partial match over.
//!
//! Idea: `memchr::memmem` over each chunk. The longest suffix of a chunk that is a prefix of the
//! needle moves to the front of the buffer. Everything before it is written; with equal lengths, in
//! a single write from the buffer itself.
//! Time: O(n + m), at the speed of memory if matches are rare.
//! Space: one allocation of 64 KiB, or of twice the needle if that is more.
//! Wins for streams of any length and for any two lengths. Each match restarts the search, so dense
//! matches and near misses are slow. A short read is processed at once.
//! From: the searcher is memchr's.

use std::io::{Read, Write};

use memchr::memmem::Finder;

use super::in_place::overwrite;
use super::partial_match::longest_at_end;
use super::sink::Sink;
use super::source::Source;
use super::{Error, StreamRewriter, Substitution};

/// Large enough to make few system calls, small enough to stay in the second-level cache.
const CHUNK: usize = 64 * 1024;

/// See the [module](self).
#[derive(Debug)]
pub struct Chunked;

impl StreamRewriter for Chunked {
    #[inline]
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error> {
        let finder = Finder::new(substitution.needle());
        rewrite_found(&finder, reader, substitution, writer)
    }
}

/// Like [`Chunked`], with a prepared searcher.
#[inline]
pub(super) fn rewrite_found<R: Read, W: Write>(
    finder: &Finder<'_>,
    reader: R,
    substitution: Substitution<'_>,
    writer: W,
) -> Result<u64, Error> {
    let needle = substitution.needle();
    let mut source = Source::new(reader);
    let mut sink = Sink::new(writer);
    let mut buffer = vec![0; CHUNK.max(2 * needle.len())];
    let mut carried = 0;
    let mut count = 0;
    loop {
        let end = match source.read(&mut buffer[carried..])? {
            0 => break,
            read => carried + read,
        };
        let chunk = &mut buffer[..end];
        let (found, done) = if substitution.has_equal_lengths() {
            overwrite(chunk, finder, substitution)
        } else {
            write_pieces(chunk, finder, substitution, &mut sink)?
        };
        count += found;
        carried = longest_at_end(&chunk[done..], needle);
        let written = if substitution.has_equal_lengths() {
            0
        } else {
            done
        };
        sink.write(&chunk[written..end - carried])?;
        buffer.copy_within(end - carried..end, 0);
    }
    sink.write(&buffer[..carried])?;
    sink.finish()?;
    Ok(count)
}

/// Writes up to the end of the last match; returns the number of matches and that end.
fn write_pieces<W: Write>(
    chunk: &[u8],
    finder: &Finder<'_>,
    substitution: Substitution<'_>,
    sink: &mut Sink<W>,
) -> Result<(u64, usize), Error> {
    let mut count = 0;
    let mut done = 0;
    while let Some(distance) = finder.find(&chunk[done..]) {
        sink.write(&chunk[done..done + distance])?;
        sink.write(substitution.replacement())?;
        done += distance + substitution.needle().len();
        count += 1;
    }
    Ok((count, done))
}
