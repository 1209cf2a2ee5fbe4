//! The course's first algorithm: a window of the needle's size slides along, one byte at a time.
//!
//! Idea: read a byte into the window. If the window equals the needle, write the replacement and
//! empty the window. Otherwise, once it is full, write its first byte and shift.
//! Time: O(n·m), since each byte costs a comparison and a shift.
//! Space: two allocations, which are the point: the window, and the box of the reader, which a
//! constructor returns. The box escapes only because the constructor is a call. If it is inlined,
//! the compiler proves that the pointer does not escape and deletes the allocation.
//! Wins nowhere; it is the course's starting point.
//! From: William Kennedy's Go training ("find elvis"), `algOne`.

use std::io::{Read, Write};

use super::sink::Sink;
use super::source::Source;
use super::{Error, StreamRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct AlgOne;

impl StreamRewriter for AlgOne {
    #[inline]
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error> {
        rewrite_boxed(boxed(reader), substitution, writer)
    }
}

/// The constructor, which stays a call, so that its allocation escapes.
#[inline(never)]
pub(crate) fn boxed<R: Read>(reader: R) -> Box<Source<R>> {
    Box::new(Source::new(reader))
}

/// The same constructor, inlined, for the pair that shows what the call costs.
#[cfg(feature = "suite")]
#[inline(always)]
pub(crate) fn boxed_inlined<R: Read>(reader: R) -> Box<Source<R>> {
    Box::new(Source::new(reader))
}

/// Everything except the constructor; inlined into its caller, so that the box escapes only through
/// the constructor.
#[expect(clippy::boxed_local, reason = "the box is what is measured")]
#[inline(always)]
pub(crate) fn rewrite_boxed<R: Read, W: Write>(
    mut source: Box<Source<R>>,
    substitution: Substitution<'_>,
    writer: W,
) -> Result<u64, Error> {
    let needle = substitution.needle();
    let mut sink = Sink::new(writer);
    let mut window = vec![0; needle.len()];
    let mut filled = 0;
    let mut count = 0;
    while let Some(byte) = source.byte()? {
        window[filled] = byte;
        filled += 1;
        if filled < needle.len() {
            continue;
        }
        if window == needle {
            sink.write(substitution.replacement())?;
            filled = 0;
            count += 1;
        } else {
            sink.write(&window[..1])?;
            window.copy_within(1.., 0);
            filled -= 1;
        }
    }
    sink.write(&window[..filled])?;
    sink.finish()?;
    Ok(count)
}
