//! Compares every rewriter with the oracle on all small texts and needles over three letters.
//!
//! This test takes one needle of each pattern, and slightly shorter texts; scripts/small-worlds tries
//! all of them. A pattern is a needle whose letters are renamed in the order of their first
//! occurrence: renaming the letters of needle and text alike changes no match.

use std::io::{self, Read};
use std::iter;

use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Substitution, oracle};
use rayon::prelude::*;

/// Set to test all needles.
const WHOLE: &str = "BENCHLENS_WHOLE_WORLD";

/// All strings of three letters of `shortest` to `longest` letters.
fn strings(shortest: u32, longest: u32) -> impl Iterator<Item = Vec<u8>> {
    (shortest..=longest).flat_map(|length| {
        (0..3_u32.pow(length)).map(move |number| {
            let digits = iter::successors(Some(number), |number| Some(number / 3));
            (digits.take(length as usize))
                .map(|digit| b'a' + (digit % 3) as u8)
                .collect()
        })
    })
}

/// Whether the letters first occur in alphabetical order.
fn is_pattern(needle: &[u8]) -> bool {
    let mut next = b'a';
    needle.iter().all(|&letter| {
        let known = letter <= next;
        next = next.max(letter + 1);
        known
    })
}

/// A needle and its replacement.
type Pair = (Vec<u8>, Vec<u8>);

/// The length of the longest texts, and every needle with three replacements: empty, as long, and longer.
/// A replacement begins with a letter of the needle, so a faulty search could find a match in it.
fn world(texts: u32, fewer: u32) -> (u32, Vec<Pair>) {
    let whole = std::env::var_os(WHOLE).is_some();
    let needles: Vec<_> = strings(1, 4)
        .filter(|needle| whole || is_pattern(needle))
        .collect();
    assert_eq!(needles.len(), if whole { 120 } else { 22 });
    let pairs = needles.into_iter().flat_map(|needle| {
        [0, needle.len(), needle.len() + 2].map(|length| {
            let replacement = needle[..1].iter().chain(b"xyzxyz").take(length);
            (needle.clone(), replacement.copied().collect())
        })
    });
    (if whole { texts } else { fewer }, pairs.collect())
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was compared is a result")]
fn all_texts() {
    let (longest, pairs) = world(12, 9);
    let compared: u64 = (pairs.par_iter())
        .map(|(needle, replacement)| {
            let substitution = Substitution::new(needle, replacement).unwrap();
            let mut compared = 0;
            for text in strings(0, longest) {
                let expected = oracle::rewrite(&text, substitution);
                for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
                    let result = rewriter.rewrite_to_vec(&text, substitution).unwrap();
                    assert!(
                        result == expected,
                        "{}: {needle:?} by {replacement:?} in {text:?} gave {result:?}",
                        rewriter.name
                    );
                    compared += 1;
                }
            }
            compared
        })
        .sum();
    assert!(compared > 10_000_000, "{compared}");
    println!("texts of up to {longest} letters: {compared} rewrites compared");
}

/// A text in reads that end where a bit of `splits` is set.
struct Split<'a> {
    rest: &'a [u8],
    splits: u32,
    /// How many reads returned bytes.
    pieces: u32,
}

impl Read for Split<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.splits.trailing_zeros() as usize + 1;
        let read = (&self.rest[..end.min(self.rest.len())]).read(buffer)?;
        self.rest = &self.rest[read..];
        self.splits = self.splits.checked_shr(read as u32).unwrap_or(0);
        self.pieces += u32::from(read > 0);
        Ok(read)
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was compared is a result")]
fn all_splits_of_short_texts() {
    let (longest, pairs) = world(6, 5);
    let compared: u64 = (pairs.par_iter())
        .map(|(needle, replacement)| {
            let substitution = Substitution::new(needle, replacement).unwrap();
            let streams = (REWRITERS.iter())
                .filter(|row| row.supports(substitution) && !row.needs_whole_input());
            let mut compared = 0;
            for text in strings(1, longest) {
                let expected = oracle::rewrite(&text, substitution);
                for splits in 0..1 << (text.len() - 1) {
                    for rewriter in streams.clone() {
                        let mut reader = Split {
                            rest: &text,
                            splits,
                            pieces: 0,
                        };
                        let mut output = Vec::new();
                        let count = rewriter
                            .rewrite_stream(&mut reader, substitution, &mut output)
                            .unwrap();
                        assert!(
                            (&output, count) == (&expected.0, expected.1),
                            "{}: {needle:?} by {replacement:?} in {text:?} split by {splits:b} \
                             gave {output:?}",
                            rewriter.name
                        );
                        assert_eq!(reader.pieces, splits.count_ones() + 1, "{}", rewriter.name);
                        compared += 1;
                    }
                }
            }
            compared
        })
        .sum();
    assert!(compared > 1_000_000, "{compared}");
    println!("splits of up to {longest} letters: {compared} rewrites compared");
}
