//! Compares the whole needle at every position and writes the replacement where it stands.
//!
//! Idea: `occurrences` over bytes that are in memory already; equal
//! lengths only. Time: the same on every input. Space: none beyond a kibibyte of stack.
//! Measured: 256 MiB in huge pages at 35 to 41 GB/s where no line changes, 1.9 to 2.2 times a memcpy
//! of them, and at 25 to 29, 1.4 to 1.6 times, where a match stands in almost every line.
//! Wins over [`in_place`](super::in_place) where matches or near misses are dense, and it writes
//! only the blocks that have a match. Needles of more than 64 bytes are searched for.

use memchr::memmem::Finder;

use super::in_place::overwrite;
use super::occurrences::{Path, Prepared};
use super::{Error, InPlaceRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct VectorInPlace;

impl InPlaceRewriter for VectorInPlace {
    #[inline]
    fn rewrite(haystack: &mut [u8], substitution: Substitution<'_>) -> Result<u64, Error> {
        rewrite_on(Path::best(), haystack, substitution)
    }
}

/// As [`VectorInPlace`], on a path of the caller's choice.
#[inline]
pub(super) fn rewrite_on(
    path: Path,
    haystack: &mut [u8],
    substitution: Substitution<'_>,
) -> Result<u64, Error> {
    substitution.require_equal_lengths()?;
    Ok(match Prepared::new(path, substitution) {
        Some(mut prepared) => prepared.in_place(haystack).replacements,
        None => overwrite(haystack, &Finder::new(substitution.needle()), substitution).0,
    })
}
