//! Cuts a slice into regions and rewrites them on all cores.
//!
//! Idea: a cut lies where no occurrence of the needle crosses it, so that each region is rewritten
//! as if it were alone. With equal lengths each is written straight to its place in the output;
//! otherwise all matches are counted first, to know where each region begins. [`vector_copy`]
//! rewrites a region like a whole text.
//! Time: that of `vector_copy` divided by the number of cores; twice as long with unequal lengths.
//! There is no cut within a run of a needle that overlaps itself; if such a run is more than half
//! of the text, one core does all.
//! Space: the output and a few words for each region.
//! Wins from a mebibyte in memory, from four with unequal lengths; below that it is `vector_copy`, on
//! the caller's thread.
//! From: rayon's work stealing.

use std::error::Error as _;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::chunked::rewrite_found;
use super::nontemporal;
use super::occurrences::{Path, Plan, Prepared};
use super::share::{self, Share};
use super::vector_copy::{self, VectorCopy};
use super::{Error, SliceRewriter, Substitution};

/// The size from which other threads are woken. A text of half that size is only two regions, and gains little.
const FROM: usize = 1 << 20;
/// The same for unequal lengths, where the text is read twice.
const FROM_UNEQUAL: usize = 4 << 20;
/// Bytes per region: small enough to stay in the second-level cache between counting and writing.
const REGION: usize = 256 * 1024;
/// How often a cut may be moved past an occurrence that crosses it. Without overlaps, one move is enough.
const MOVES: usize = 16;

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
        let from = match substitution.has_equal_lengths() {
            true => FROM,
            false => FROM_UNEQUAL,
        };
        if haystack.len() < from || !has_threads() {
            return VectorCopy::rewrite(haystack, substitution, output);
        }
        // Trying a cut costs a search of twice the needle's length.
        let region = REGION.max(8 * substitution.needle().len());
        let exceeds_cache = haystack.len() >= nontemporal::FROM;
        rewrite_in_regions(haystack, substitution, region, exceeds_cache, output)
    }
}

/// Whether there is more than one thread. If none can be started, rayon's own calls would panic.
fn has_threads() -> bool {
    static GLOBAL: OnceLock<bool> = OnceLock::new();
    let global = || match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        // Without a source, the error only says that the pool already exists.
        Err(error) => error.source().is_none(),
    };
    let is_there = rayon::current_thread_index().is_some() || *GLOBAL.get_or_init(global);
    is_there && rayon::current_num_threads() > 1
}

/// [`Parallel`] with regions of at least `region` bytes; `exceeds_cache` says that the output is too large for the cache.
fn rewrite_in_regions(
    haystack: &[u8],
    substitution: Substitution<'_>,
    region: usize,
    exceeds_cache: bool,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    let finder = Finder::new(substitution.needle());
    let regions = cut(haystack, &finder, region);
    let longest = regions.iter().map(|text| text.len()).max().unwrap_or(0);
    // Other threads would wait for the one with this region; with unequal lengths it would also be counted first.
    if longest > haystack.len() / 2 {
        return VectorCopy::rewrite(haystack, substitution, output);
    }
    let job = Job {
        substitution,
        plan: Plan::new(Path::best(), substitution),
        finder,
        exceeds_cache,
    };
    let lengths = job.output_lengths(&regions);
    let total = lengths.iter().sum();
    Ok(share::append(output, total, |share| {
        let shares = share.split(&lengths);
        let each = regions.into_par_iter().zip(shares);
        // With several regions per task, other threads would idle at the end.
        let each = each.with_max_len(1);
        let count = each.map(|(text, share)| job.fill(text, share)).sum();
        // SAFETY: the shares are as long as the whole, and `fill` fills each or panics.
        unsafe { share.advance(total) };
        count
    }))
}

/// The regions between cuts that no occurrence of the needle crosses.
fn cut<'a>(haystack: &'a [u8], finder: &Finder<'_>, region: usize) -> Vec<&'a [u8]> {
    let mut regions = Vec::with_capacity(haystack.len().div_ceil(region));
    let mut rest = haystack;
    let mut wanted = region;
    while wanted < rest.len() {
        let Some(at) = move_cut(rest, finder, wanted) else {
            wanted += region;
            continue;
        };
        let (text, behind) = rest.split_at(at);
        regions.push(text);
        rest = behind;
        wanted = region;
    }
    regions.push(rest);
    regions
}

/// The first place from `at` on that no occurrence crosses; `None` if it is too far, or the end.
fn move_cut(text: &[u8], finder: &Finder<'_>, mut at: usize) -> Option<usize> {
    let needle = finder.needle().len();
    for _ in 0..MOVES {
        let start = at.saturating_sub(needle - 1);
        let end = text.len().min(at + needle - 1);
        match finder.find(text.get(start..end)?) {
            Some(distance) => at = start + distance + needle,
            None => return (at < text.len()).then_some(at),
        }
    }
    None
}

struct Job<'a> {
    substitution: Substitution<'a>,
    /// `None` for a needle that is too long to be compared everywhere, and is searched for.
    plan: Option<Plan>,
    finder: Finder<'a>,
    exceeds_cache: bool,
}

impl Job<'_> {
    /// How long the rewritten regions are.
    fn output_lengths(&self, regions: &[&[u8]]) -> Vec<usize> {
        if self.substitution.has_equal_lengths() {
            return regions.iter().map(|text| text.len()).collect();
        }
        let needle = self.substitution.needle().len();
        let replacement = self.substitution.replacement().len();
        let length = |text: &&[u8]| {
            let matches = self.count(text);
            text.len() - matches * needle + matches * replacement
        };
        regions.par_iter().with_max_len(1).map(length).collect()
    }

    fn count(&self, text: &[u8]) -> usize {
        match &self.plan {
            Some(plan) => Prepared::planned(*plan, self.substitution).count(text) as usize,
            None => self.finder.find_iter(text).count(),
        }
    }

    /// Fills `share` with the rewritten region; returns the number of matches.
    ///
    /// # Panics
    ///
    /// If `share` is not as long as [`output_lengths`](Self::output_lengths) says.
    fn fill(&self, text: &[u8], mut share: Share<'_>) -> u64 {
        let prepared = (self.plan).map(|plan| Prepared::planned(plan, self.substitution));
        let count =
            match prepared {
                Some(mut prepared) if self.substitution.has_equal_lengths() => Ok(
                    vector_copy::fill(&mut prepared, text, &mut share, self.exceeds_cache),
                ),
                Some(mut prepared) => vector_copy::write(&mut prepared, text, &mut share),
                None => rewrite_found(&self.finder, text, self.substitution, &mut share),
            };
        assert!(share.is_full(), "a share is as long as what is written");
        count.expect("a share takes all that it is long enough for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::oracle;

    /// Compares with the oracle, and returns how many regions there were.
    fn check(text: &[u8], needle: &[u8], replacement: &[u8], region: usize) -> usize {
        let substitution = Substitution::new(needle, replacement).unwrap();
        let (expected, expected_count) = oracle::rewrite(text, substitution);
        for exceeds_cache in [false, true] {
            let mut output = b"kept".to_vec();
            let count = rewrite_in_regions(text, substitution, region, exceeds_cache, &mut output);
            assert_eq!(output, [b"kept", expected.as_slice()].concat());
            assert_eq!(count.unwrap(), expected_count);
        }
        let regions = cut(text, &Finder::new(needle), region);
        assert_eq!(regions.concat(), text);
        regions.len()
    }

    #[test]
    fn every_split_gives_what_the_whole_gives() {
        let texts: [&[u8]; 5] = [
            b"aaaaaaaaaaaaa",
            b"abababaababab",
            b"elviselviselv",
            b"aabaaabaabaab",
            b"",
        ];
        let needles: [&[u8]; 6] = [b"a", b"aa", b"aba", b"aab", b"elvis", b"aaaaa"];
        for text in texts {
            for needle in needles {
                let equal = needle.to_ascii_uppercase();
                for replacement in [&b""[..], b"X", b"longer", &equal] {
                    for region in 1..=text.len().max(1) {
                        check(text, needle, replacement, region);
                    }
                }
            }
        }
    }

    #[test]
    fn a_needle_that_is_searched_for_is_cut_like_one_that_is_compared() {
        for length in [64, 65, 100] {
            let needle: Vec<u8> = (0..length).map(|at| b'a' + at % 23).collect();
            let text = [&needle[..], b"-", &needle, &needle, &needle[..40], &needle].concat();
            for replacement in [vec![], vec![b'x'; needle.len()], vec![b'y'; 130]] {
                for region in [1, 30, 63, 64, 65, 200] {
                    check(&text, &needle, &replacement, region);
                }
            }
        }
    }

    #[test]
    fn texts_are_cut_but_for_those_of_one_needle_that_overlaps_itself() {
        let text = vec![b'a'; 10_000];
        assert_eq!(check(&text, b"aa", b"b", 1000), 1);
        assert_eq!(check(&text, b"ab", b"b", 1000), 10);
        // A break in the run allows a cut there.
        let mut broken = text;
        broken[5001] = b'b';
        assert_eq!(check(&broken, b"aa", b"bb", 1000), 2);
        let text = b"elvis".repeat(2000);
        assert_eq!(check(&text, b"elvis", b"Elvis", 1000), 10);
        assert_eq!(check(&text, b"elvis", b"king", 999), 10);
    }
}
