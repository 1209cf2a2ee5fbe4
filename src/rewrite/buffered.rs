//! From any [`Buf`] to any [`BufMut`], contiguous or not.
//!
//! Idea: substring search in each contiguous chunk. A partial match at the end of a chunk is kept
//! as its length alone, since its bytes are the needle's. It is continued byte by byte in the next
//! chunk, until what remains of it begins in that chunk.
//! Time: O(n + m) if matches are rare.
//! Space: none beyond the output.
//! Wins if the input is a rope of buffers that should not be joined; on a single slice it is the
//! substring search and one copy.
//! From: the traits are the bytes crate's, the searcher memchr's.

use bytes::{Buf, BufMut};
use memchr::memmem::Finder;

use super::partial_match::{border, longest_at_end};
use super::{Error, SliceRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct Buffered;

impl SliceRewriter for Buffered {
    #[inline]
    fn rewrite(
        haystack: &[u8],
        substitution: Substitution<'_>,
        output: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        Ok(rewrite(haystack, substitution, output))
    }
}

/// Rewrites all of `input` to `output` and returns the number of replacements.
///
/// # Panics
///
/// If `output` is full and cannot grow, like every write to a [`BufMut`].
///
/// ```
/// use benchlens_suite::rewrite::{Substitution, buffered};
/// use bytes::Buf;
/// let substitution = Substitution::new(b"elvis", b"E")?;
/// let rope = b"an el".chain(&b"vis"[..]);
/// let mut output = Vec::new();
/// assert_eq!(buffered::rewrite(rope, substitution, &mut output), 1);
/// assert_eq!(output, b"an E");
/// # Ok::<(), benchlens_suite::rewrite::Error>(())
/// ```
pub fn rewrite<I: Buf, O: BufMut>(
    mut input: I,
    substitution: Substitution<'_>,
    output: &mut O,
) -> u64 {
    let needle = substitution.needle();
    let finder = Finder::new(needle);
    let mut count = 0;
    let mut matched = 0;
    while input.has_remaining() {
        let chunk = input.chunk();
        let mut done = 0;
        while matched > done && done < chunk.len() {
            matched = step(needle, matched, chunk[done], output);
            done += 1;
            if matched == needle.len() {
                output.put_slice(substitution.replacement());
                count += 1;
                matched = 0;
            }
        }
        if matched <= done {
            done -= matched;
            while let Some(distance) = finder.find(&chunk[done..]) {
                output.put_slice(&chunk[done..done + distance]);
                output.put_slice(substitution.replacement());
                done += distance + needle.len();
                count += 1;
            }
            matched = longest_at_end(&chunk[done..], needle);
            output.put_slice(&chunk[done..chunk.len() - matched]);
        }
        let consumed = chunk.len();
        input.advance(consumed);
    }
    output.put_slice(&needle[..matched]);
    count
}

/// Writes the bytes of a partial match of `matched` bytes that `byte` rules out; returns the length
/// of what remains.
fn step(needle: &[u8], mut matched: usize, byte: u8, output: &mut impl BufMut) -> usize {
    while needle[matched] != byte {
        if matched == 0 {
            output.put_slice(&[byte]);
            return 0;
        }
        let kept = border(&needle[..matched]);
        output.put_slice(&needle[..matched - kept]);
        matched = kept;
    }
    matched + 1
}
