//! Every rewriter on one shared set of cases, against answers worked out by hand.

use std::io::{self, Read};

use benchlens_suite::rewrite::registry::{REWRITERS, default_for};
use benchlens_suite::rewrite::{Error, Rewriter, Substitution, oracle};

/// Haystack, needle, replacement, output, number of replacements.
type Case = (
    &'static [u8],
    &'static [u8],
    &'static [u8],
    &'static [u8],
    u64,
);

const CASES: &[Case] = &[
    (b"", b"elvis", b"Elvis", b"", 0),
    (b"elvis", b"elvis", b"Elvis", b"Elvis", 1),
    (b"elvielvis", b"elvis", b"Elvis", b"elviElvis", 1),
    (b"eelvis", b"elvis", b"Elvis", b"eElvis", 1),
    (b"elviselvis", b"elvis", b"Elvis", b"ElvisElvis", 2),
    (b"an elvi", b"elvis", b"Elvis", b"an elvi", 0),
    (b"aaab", b"aab", b"xyz", b"axyz", 1),
    (b"aabaab", b"aabaac", b"123456", b"aabaab", 0),
    (b"aabaabaac", b"aabaac", b"123456", b"aab123456", 1),
    (b"aaaaa", b"aa", b"bb", b"bbbba", 2),
    (b"aaaaa", b"aa", b"a", b"aaa", 2),
    (b"abababa", b"aba", b"X", b"XbX", 2),
    (b"aaa", b"a", b"", b"", 3),
    (b"axbxc", b"x", b"", b"abc", 2),
    (b"aXa", b"X", b"aXXa", b"aaXXaa", 1),
    (
        b"\xff\x00\xff",
        b"\xff",
        b"\x00\xfe",
        b"\x00\xfe\x00\x00\xfe",
        2,
    ),
    (b"ab", b"abc", b"xyz", b"ab", 0),
    (b"same", b"am", b"am", b"same", 1),
];

/// The course's table: input and output with "Elvis" for "elvis".
const SEED: &[(&str, &str)] = &[
    ("abc", "abc"),
    ("elvis", "Elvis"),
    ("aElvis", "aElvis"),
    ("abcelvis", "abcElvis"),
    ("eelvis", "eElvis"),
    ("aelvis", "aElvis"),
    ("aabeeeelvis", "aabeeeElvis"),
    ("e l v i s", "e l v i s"),
    ("aa bb e l v i saa", "aa bb e l v i saa"),
    (" elvi s", " elvi s"),
    ("elvielvis", "elviElvis"),
    ("elvielvielviselvi1", "elvielviElviselvi1"),
    ("elvielviselvis", "elviElvisElvis"),
];

fn check(rewriter: &Rewriter, case: Case) {
    let (haystack, needle, replacement, output, count) = case;
    let substitution = Substitution::new(needle, replacement).unwrap();
    let result = rewriter.rewrite_to_vec(haystack, substitution);
    if rewriter.supports(substitution) {
        let (rewritten, replaced) = result.unwrap();
        assert_eq!(rewritten, output, "{} on {case:?}", rewriter.name);
        assert_eq!(replaced, count, "{} on {case:?}", rewriter.name);
    } else {
        assert!(matches!(result, Err(Error::UnequalLengths { .. })));
    }
}

#[test]
fn every_rewriter_gives_the_answers_worked_out_by_hand() {
    for rewriter in REWRITERS {
        for &case in CASES {
            check(rewriter, case);
        }
    }
}

#[test]
fn the_oracle_gives_the_answers_worked_out_by_hand() {
    for &(haystack, needle, replacement, output, count) in CASES {
        let substitution = Substitution::new(needle, replacement).unwrap();
        let expected = (output.to_vec(), count);
        assert_eq!(oracle::rewrite(haystack, substitution), expected);
    }
}

#[test]
fn every_rewriter_gives_the_known_output_of_the_seed_table() {
    for rewriter in REWRITERS {
        for &(input, output) in SEED {
            let count = output.matches("Elvis").count() - input.matches("Elvis").count();
            let case: Case = (
                input.as_bytes(),
                b"elvis",
                b"Elvis",
                output.as_bytes(),
                count as u64,
            );
            check(rewriter, case);
        }
    }
}

fn named(name: &str) -> &'static Rewriter {
    REWRITERS.iter().find(|row| row.name == name).unwrap()
}

#[test]
fn alg_two_keeps_a_partial_match_at_the_end_of_the_stream() {
    check(
        named("alg_two"),
        (b"abc elvi", b"elvis", b"Elvis", b"abc elvi", 0),
    );
}

#[test]
fn alg_two_finds_a_needle_that_overlaps_itself() {
    check(named("alg_two"), (b"aaab", b"aab", b"AAB", b"aAAB", 1));
}

/// Returns at most `step` bytes per read.
struct Trickle<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = self.step.min(self.rest.len()).min(buffer.len());
        let (now, rest) = self.rest.split_at(step);
        buffer[..step].copy_from_slice(now);
        self.rest = rest;
        Ok(step)
    }
}

#[test]
fn reads_of_few_bytes_change_nothing() {
    let joined: String = SEED.iter().map(|&(input, _)| input).collect();
    for (needle, replacement) in [("elvis", "Elvis"), ("elvis", "E"), ("lvie", "overlap")] {
        let substitution = Substitution::new(needle.as_bytes(), replacement.as_bytes()).unwrap();
        let (expected, count) = oracle::rewrite(joined.as_bytes(), substitution);
        for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
            for step in 1..20 {
                let mut reader = Trickle {
                    rest: joined.as_bytes(),
                    step,
                };
                let mut output = Vec::new();
                let replaced = rewriter
                    .rewrite_stream(&mut reader, substitution, &mut output)
                    .unwrap();
                assert_eq!(output, expected, "{} by {step}", rewriter.name);
                assert_eq!(replaced, count, "{} by {step}", rewriter.name);
            }
        }
    }
}

#[test]
fn the_default_takes_a_stream_and_any_lengths() {
    for &(haystack, needle, replacement, output, count) in CASES {
        let substitution = Substitution::new(needle, replacement).unwrap();
        let default = default_for(substitution);
        assert!(!default.needs_whole_input());
        assert!(default.supports(substitution));
        check(default, (haystack, needle, replacement, output, count));
    }
}
