//! Compares every rewriter with the oracle, on random bytes and reads of random sizes.

use std::io::{self, Read};

use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Substitution, buffered, oracle};
use bytes::{Buf, Bytes};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Returns a text in reads of the listed sizes, which repeat.
struct Reads<'a> {
    rest: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Reads<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        let size = size.min(self.rest.len()).min(buffer.len());
        let (now, rest) = self.rest.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.rest = rest;
        Ok(size)
    }
}

/// These work without blocks and take O(n·m), so tests of buffer borders leave them out.
const BYTE_BY_BYTE: &[&str] = &["alg_one", "alg_two"];

/// Few different bytes, so that matches and near misses are frequent.
fn bytes(alphabet: &'static [u8], sizes: std::ops::Range<usize>) -> BoxedStrategy<Vec<u8>> {
    vec(select(alphabet), sizes).boxed()
}

fn agree(text: &[u8], needle: &[u8], replacement: &[u8], sizes: &[usize]) {
    let substitution = Substitution::new(needle, replacement).unwrap();
    let (expected, count) = oracle::rewrite(text, substitution);
    for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
        let name = rewriter.name;
        let in_memory = rewriter.rewrite_to_vec(text, substitution).unwrap();
        assert!(
            in_memory == (expected.clone(), count),
            "{name}: {needle:?} by {replacement:?} in {text:?} gave {in_memory:?}"
        );
        let mut reader = Reads {
            rest: text,
            sizes: sizes.to_vec(),
            turn: 0,
        };
        let mut output = Vec::new();
        let replaced = rewriter
            .rewrite_stream(&mut reader, substitution, &mut output)
            .unwrap();
        assert!(
            (&output, replaced) == (&expected, count),
            "{name}: {needle:?} by {replacement:?} in {text:?} read by {sizes:?} gave {output:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_letters(
        text in bytes(b"ab", 0..200),
        needle in bytes(b"ab", 1..9),
        replacement in bytes(b"abc", 0..9),
        sizes in vec(1_usize..9, 1..5),
    ) {
        agree(&text, &needle, &replacement, &sizes);
    }

    #[test]
    fn equal_lengths(
        text in bytes(b"elvi", 0..300),
        (needle, replacement) in (1_usize..40).prop_flat_map(|length| {
            (bytes(b"elvi", length..length + 1), bytes(b"ELVI", length..length + 1))
        }),
        sizes in vec(1_usize..50, 1..5),
    ) {
        agree(&text, &needle, &replacement, &sizes);
    }

    #[test]
    fn needles_that_stand_in_the_text(
        (text, start, end) in vec(any::<u8>(), 1..400).prop_flat_map(|text| {
            let length = text.len();
            (Just(text), 0..length, 0..length)
        }),
        replacement in vec(any::<u8>(), 0..20),
        sizes in vec(1_usize..100, 1..5),
    ) {
        let needle = &text[start.min(end)..=start.max(end)];
        agree(&text, needle, &replacement, &sizes);
    }

    #[test]
    fn ropes_of_any_pieces(
        pieces in vec(bytes(b"ab", 0..6), 0..20),
        needle in bytes(b"ab", 1..7),
        replacement in bytes(b"abc", 0..4),
    ) {
        let text = pieces.concat();
        let substitution = Substitution::new(&needle, &replacement).unwrap();
        let mut rope: Box<dyn Buf> = Box::new(Bytes::new());
        for piece in pieces {
            rope = Box::new(rope.chain(Bytes::from(piece)));
        }
        let mut output = Vec::new();
        let count = buffered::rewrite(rope, substitution, &mut output);
        prop_assert_eq!((output, count), oracle::rewrite(&text, substitution));
    }
}

#[test]
fn a_match_across_every_border_of_every_buffer() {
    // 64 KiB is the size of the buffers, 256 KiB that of a region.
    for border in [64 << 10, 256 << 10] {
        for before in 0..=5 {
            let mut text = vec![b'e'; border - before];
            text.extend_from_slice(b"elviselvi");
            for replacement in [&b"Elvis"[..], b"E", b"presley"] {
                let substitution = Substitution::new(b"elvis", replacement).unwrap();
                let mut expected = text[..border - before].to_vec();
                expected.extend_from_slice(replacement);
                expected.extend_from_slice(b"elvi");
                for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
                    if BYTE_BY_BYTE.contains(&rewriter.name) && border > 64 << 10 {
                        continue;
                    }
                    let (output, count) = rewriter.rewrite_to_vec(&text, substitution).unwrap();
                    assert!(output == expected, "{} at {border}", rewriter.name);
                    assert_eq!(count, 1, "{} at {border}", rewriter.name);
                    let mut streamed = Vec::new();
                    rewriter
                        .rewrite_stream(&mut text.as_slice(), substitution, &mut streamed)
                        .unwrap();
                    assert!(streamed == expected, "{} at {border}", rewriter.name);
                }
            }
        }
    }
}

#[test]
fn needles_longer_than_every_buffer() {
    let needle: Vec<u8> = (0..70_000_u32).map(|n| (n % 251) as u8).collect();
    let mut text = needle[..69_999].to_vec();
    for _ in 0..5 {
        text.extend_from_slice(&needle);
    }
    text.extend_from_slice(&needle[..60_000]);
    agree_on_large(&text, &needle, b"short");
    agree_on_large(&text, &needle, &vec![b'x'; needle.len()]);
}

fn agree_on_large(text: &[u8], needle: &[u8], replacement: &[u8]) {
    let substitution = Substitution::new(needle, replacement).unwrap();
    let expected = oracle::rewrite(text, substitution);
    assert_eq!(expected.1, 5);
    for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
        if !BYTE_BY_BYTE.contains(&rewriter.name) {
            let result = rewriter.rewrite_to_vec(text, substitution).unwrap();
            assert!(result == expected, "{}", rewriter.name);
        }
    }
}
