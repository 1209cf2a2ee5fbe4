//! The course's second algorithm: one index into the needle, one byte at a time.
//!
//! Idea: count how many bytes of the needle match at the end of the input so far. On a mismatch,
//! keep the longest suffix of the partial match that is a prefix of the needle (its border), found
//! by comparing the needle with itself.
//! Time: O(n) if mismatches are early, as in text; O(n·m²) at worst, since there is no table of
//! borders.
//! Space: constant, without any allocation, which is the point.
//! Wins over `alg_one` everywhere; loses to every algorithm that processes more than one byte at
//! once.
//! From: William Kennedy's Go training ("find elvis"), whose version loses a partial match at the
//! end of the stream and misses `aab` in `aaab`; this one is Knuth, Morris and Pratt (1977) without
//! the table.

use std::io::{Read, Write};

use super::partial_match::border;
use super::sink::Sink;
use super::source::Source;
use super::{Error, StreamRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct AlgTwo;

impl StreamRewriter for AlgTwo {
    #[inline]
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error> {
        let needle = substitution.needle();
        let mut source = Source::new(reader);
        let mut sink = Sink::new(writer);
        let mut count = 0;
        let mut matched = 0;
        while let Some(byte) = source.byte()? {
            while matched > 0 && needle[matched] != byte {
                let kept = border(&needle[..matched]);
                sink.write(&needle[..matched - kept])?;
                matched = kept;
            }
            if needle[matched] != byte {
                sink.write(&[byte])?;
                continue;
            }
            matched += 1;
            if matched == needle.len() {
                sink.write(substitution.replacement())?;
                count += 1;
                matched = 0;
            }
        }
        sink.write(&needle[..matched])?;
        sink.finish()?;
        Ok(count)
    }
}
