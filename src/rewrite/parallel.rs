//! Cuts a slice into regions and searches them on all cores.
//!
//! Idea: three passes. First, each region finds its matches independently, as if no match reached
//! into it. Then, from left to right, a region that a match does reach into is searched again from
//! the end of that match, until it meets a known match; from there on both agree. Finally each
//! region, whose offset in the output is now known, writes its share.
//! Time: O(n + m) divided by the number of cores; for a self-overlapping needle in a text of
//! nothing else, the second pass is as long as a whole search.
//! Space: the output and four bytes per match.
//! Wins from about a megabyte in memory; below that it runs on the caller's thread.
//! From: rayon's work stealing; the searcher is memchr's.

use std::error::Error as _;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{Error, SliceRewriter, Substitution};

/// Bytes per region: small enough to stay in the second-level cache between the passes.
const REGION: usize = 256 * 1024;

/// See the [module](self).
#[derive(Debug)]
pub struct Parallel;

impl SliceRewriter for Parallel {
    #[inline]
    fn rewrite(
        haystack: &[u8],
        substitution: Substitution<'_>,
        output: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        Ok(rewrite_in_regions(haystack, substitution, REGION, output))
    }
}

/// Matches that begin in one stretch of the haystack.
struct Region {
    /// The stretch; bytes before `entry` belong to a match that began earlier.
    range: Range<usize>,
    entry: usize,
    /// The starts of the matches, relative to the stretch.
    starts: Vec<u32>,
}

/// [`Parallel`] with regions of `region` bytes, at most 4 GiB.
fn rewrite_in_regions(
    haystack: &[u8],
    substitution: Substitution<'_>,
    region: usize,
    output: &mut Vec<u8>,
) -> u64 {
    let finder = Finder::new(substitution.needle());
    let ranges = (0..haystack.len())
        .step_by(region)
        .map(|start| start..haystack.len().min(start + region));
    let is_alone = haystack.len() <= region || !has_threads();
    let mut regions: Vec<_> = if is_alone {
        ranges
            .map(|range| search(haystack, &finder, range))
            .collect()
    } else {
        let ranges: Vec<_> = ranges.collect();
        ranges
            .into_par_iter()
            // With several regions per task, other threads would idle at the end.
            .with_max_len(1)
            .map(|range| search(haystack, &finder, range))
            .collect()
    };
    settle(haystack, &finder, &mut regions);

    let mut shares = Vec::with_capacity(regions.len());
    let needle = substitution.needle().len();
    let length = regions
        .iter()
        .map(|region| region.output_length(needle, substitution.replacement().len()))
        .sum::<usize>();
    output.reserve(length);
    let mut rest = &mut output.spare_capacity_mut()[..length];
    for region in &regions {
        let (share, behind) =
            rest.split_at_mut(region.output_length(needle, substitution.replacement().len()));
        shares.push((region, share));
        rest = behind;
    }
    if is_alone {
        (shares.into_iter())
            .for_each(|(region, share)| region.write(haystack, substitution, share));
    } else {
        shares
            .into_par_iter()
            .with_max_len(1)
            .for_each(|(region, share)| region.write(haystack, substitution, share));
    }
    // SAFETY: the shares cover all of these bytes, and each region has written its whole share; a
    // piece that does not fit, or bytes left over, cause a panic. Gain: avoids zeroing, the only
    // pass over all bytes on one thread.
    unsafe { output.set_len(output.len() + length) };
    regions
        .iter()
        .map(|region| region.starts.len() as u64)
        .sum()
}

/// Whether rayon has threads. If none can be started, its own calls would panic.
fn has_threads() -> bool {
    static GLOBAL: OnceLock<bool> = OnceLock::new();
    let global = || match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        // The pool already exists, unless a system error prevented it.
        Err(error) => error.source().is_none(),
    };
    rayon::current_thread_index().is_some() || *GLOBAL.get_or_init(global)
}

/// The matches of a region, assuming that none reaches into it.
fn search(haystack: &[u8], finder: &Finder<'_>, range: Range<usize>) -> Region {
    let needle = finder.needle().len();
    let reach = haystack.len().min(range.end + needle - 1);
    let starts = finder.find_iter(&haystack[range.start..reach]);
    Region {
        entry: range.start,
        starts: starts.map(|start| start as u32).collect(),
        range,
    }
}

/// Makes the regions consistent, from left to right.
fn settle(haystack: &[u8], finder: &Finder<'_>, regions: &mut [Region]) {
    let needle = finder.needle().len();
    let mut entry = 0;
    for region in regions {
        if entry > region.range.start {
            region.enter_at(entry, haystack, finder);
        }
        if let Some(&last) = region.starts.last() {
            entry = region.range.start + last as usize + needle;
        }
    }
}

impl Region {
    /// Searches again from `entry` until it meets a known match.
    fn enter_at(&mut self, entry: usize, haystack: &[u8], finder: &Finder<'_>) {
        let needle = finder.needle().len();
        let reach = haystack.len().min(self.range.end + needle - 1);
        self.entry = entry.min(self.range.end);
        let mut again = Vec::new();
        let mut from = entry;
        let known = loop {
            let Some(distance) = haystack.get(from..reach).and_then(|text| finder.find(text))
            else {
                break self.starts.len();
            };
            let start = (from + distance - self.range.start) as u32;
            match self.starts.binary_search(&start) {
                Ok(known) => break known,
                Err(_) => again.push(start),
            }
            from += distance + needle;
        };
        self.starts.splice(..known, again);
    }

    /// The end of the region's last match, or of the region itself.
    fn end(&self, needle: usize) -> usize {
        let last = self.starts.last().map_or(0, |&last| last as usize + needle);
        self.range.end.max(self.range.start + last)
    }

    /// How many bytes the region writes, with its matches replaced.
    fn output_length(&self, needle: usize, replacement: usize) -> usize {
        let matches = self.starts.len();
        self.end(needle) - self.entry - matches * needle + matches * replacement
    }

    /// Fills all of `share`.
    ///
    /// # Panics
    ///
    /// If its length is not [`output_length`](Self::output_length).
    fn write(
        &self,
        haystack: &[u8],
        substitution: Substitution<'_>,
        mut share: &mut [MaybeUninit<u8>],
    ) {
        let mut put = |bytes: &[u8]| {
            let (place, rest) = std::mem::take(&mut share).split_at_mut(bytes.len());
            // SAFETY: initialised bytes are valid as maybe-uninitialised ones.
            place.copy_from_slice(unsafe {
                std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len())
            });
            share = rest;
        };
        let needle = substitution.needle().len();
        let mut done = self.entry;
        for &start in &self.starts {
            let start = self.range.start + start as usize;
            put(&haystack[done..start]);
            put(substitution.replacement());
            done = start + needle;
        }
        put(&haystack[done..self.end(needle)]);
        assert!(share.is_empty(), "a share is as long as what is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::oracle;

    #[test]
    fn every_split_gives_what_the_whole_gives() {
        let texts: [&[u8]; 4] = [
            b"aaaaaaaaaaaaa",
            b"abababaababab",
            b"elviselviselv",
            b"aabaaabaabaab",
        ];
        let needles: [&[u8]; 6] = [b"a", b"aa", b"aba", b"aab", b"elvis", b"aaaaa"];
        for text in texts {
            for needle in needles {
                for replacement in [&b""[..], b"X", b"longer"] {
                    let substitution = Substitution::new(needle, replacement).unwrap();
                    for region in 1..=text.len() {
                        let mut output = b"kept".to_vec();
                        let count = rewrite_in_regions(text, substitution, region, &mut output);
                        let (expected, expected_count) = oracle::rewrite(text, substitution);
                        assert_eq!(output, [b"kept", expected.as_slice()].concat());
                        assert_eq!(count, expected_count);
                    }
                }
            }
        }
    }
}
