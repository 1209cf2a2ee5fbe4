//! Finds matches with a substring searcher and overwrites each in place.
//!
//! Idea: `memchr::memmem` from match to match; equal lengths only, so nothing ever moves.
//! Time: O(n + m).
//! Space: none.
//! Wins if the bytes are in memory and matches are rare, since only matches are written. Each match
//! restarts the search, so dense matches cost more than a comparison at every position.
//! From: the searcher is memchr's (generic SIMD on pairs of rare bytes, Two-Way as fallback).

use memchr::memmem::Finder;

use super::{Error, InPlaceRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct InPlace;

impl InPlaceRewriter for InPlace {
    #[inline]
    fn rewrite(haystack: &mut [u8], substitution: Substitution<'_>) -> Result<u64, Error> {
        substitution.require_equal_lengths()?;
        let finder = Finder::new(substitution.needle());
        Ok(overwrite(haystack, &finder, substitution).0)
    }
}

/// Overwrites every match in `haystack`; returns the number of matches and the end of the last one.
pub(super) fn overwrite(
    haystack: &mut [u8],
    finder: &Finder<'_>,
    substitution: Substitution<'_>,
) -> (u64, usize) {
    let mut count = 0;
    let mut done = 0;
    while let Some(distance) = finder.find(&haystack[done..]) {
        let start = done + distance;
        done = start + substitution.needle().len();
        haystack[start..done].copy_from_slice(substitution.replacement());
        count += 1;
    }
    (count, done)
}
