//! Compares every path that this machine supports with the oracle.

use super::prefilter::STRETCH;
use super::{BLOCK, Path, Prepared};
use crate::rewrite::nontemporal::Nontemporal;
use crate::rewrite::{Substitution, oracle, share, vector, vector_copy, vector_in_place};

/// Checks all operations on every path.
fn check(haystack: &[u8], needle: &[u8], replacement: &[u8]) {
    let substitution = Substitution::new(needle, replacement).unwrap();
    let (expected, count) = oracle::rewrite(haystack, substitution);
    for path in Path::available() {
        let mut streamed = Vec::new();
        let result = vector::rewrite_on(path, haystack, substitution, &mut streamed);
        assert!(result.unwrap() == count && streamed == expected, "vector");
        let mut copied = b"before".to_vec();
        let result = vector_copy::rewrite_on(path, haystack, substitution, &mut copied);
        assert!(result.unwrap() == count && copied.strip_prefix(b"before") == Some(&expected));
        if let Some(mut prepared) = Prepared::new(path, substitution) {
            assert_eq!(prepared.count(haystack), count);
        }
        if substitution.has_equal_lengths() {
            if let Some(mut prepared) = Prepared::new(path, substitution) {
                for before in [0, 1, 40] {
                    let mut past = vec![b'-'; before];
                    let replaced = share::append(&mut past, haystack.len(), |share| {
                        prepared.copy(haystack, Nontemporal::new(share))
                    });
                    assert!(
                        replaced == count && past[before..] == expected,
                        "past cache"
                    );
                }
            }
            let mut bytes = haystack.to_vec();
            let result = vector_in_place::rewrite_on(path, &mut bytes, substitution);
            assert!(result.unwrap() == count && bytes == expected, "in place");
        }
    }
}

/// Needles without a border, with one, periodic, and of every length that is compared.
fn needles() -> Vec<Vec<u8>> {
    let mut needles: Vec<Vec<u8>> = [&b"elvis"[..], b"aa", b"aba", b"aab", b"abab", b"a", b"ab"]
        .map(<[u8]>::to_vec)
        .to_vec();
    for length in 1..=66 {
        needles.push((0..length).map(|byte| b'a' + (byte % 26)).collect());
        needles.push(vec![b'a'; usize::from(length)]);
    }
    needles
}

#[test]
fn a_match_at_every_position_around_every_border_of_blocks() {
    for needle in needles().iter().step_by(11) {
        let replacement: Vec<u8> = needle.iter().rev().map(|byte| byte ^ 0x20).collect();
        for start in (0..36).chain(505..515).chain(1018..1028) {
            let mut text = vec![b'a'; 1200];
            text[start..start + needle.len()].copy_from_slice(needle);
            check(&text, needle, &replacement);
            check(&text[..start + needle.len()], needle, b"-");
        }
    }
}

#[test]
fn every_length_of_text_and_of_needle() {
    for needle in needles() {
        let periodic: Vec<u8> = needle.iter().copied().cycle().take(200).collect();
        for length in [0, 1, 31, 32, 33, 64, 97, 100, 131] {
            let text = &periodic[length / 7..length];
            check(text, &needle, &vec![b'x'; needle.len()]);
            check(text, &needle, b"");
            check(text, &needle, b"two words");
        }
    }
}

#[test]
fn every_rung_of_the_buffers_and_every_piece() {
    for length in [511, 512, 513, 8192, 16385, 66_000] {
        for (needle, replacement) in [
            (&b"elvis"[..], &b"Elvis"[..]),
            (b"elvis", b"the king"),
            (b"sel", b"SEL"),
            (b"a", b"bb"),
            (b"viselvis", b"........"),
        ] {
            let text: Vec<u8> = b"elvis".iter().copied().cycle().take(length).collect();
            check(&text, needle, replacement);
        }
        check(&vec![b'a'; length], b"aa", b"ba");
        check(&vec![b'a'; length], b"a", &[b'x'; 64]);
    }
}

#[test]
fn needles_that_are_too_long_take_another_way() {
    let text = [b'a'; 400];
    check(&text, &[b'a'; 65], &[b'b'; 65]);
    check(&text, &[b'a'; 65], b"");
}

#[test]
fn replacements_of_any_length_between_gaps_of_any_length() {
    for replacement in [0, 7, 8, 9, 16, 17, 63, 64, 65, 100, 5000] {
        let replacement = vec![b'x'; replacement];
        for gap in [0, 1, 43, 127, 128, 129, 700] {
            let mut text = vec![b'.'; 10 * gap];
            for start in (0..10).map(|match_| match_ * (gap + 5)) {
                text.splice(start..start, *b"elvis");
            }
            check(&text, b"elvis", &replacement);
            check(&text, b".", &replacement);
        }
    }
}

#[test]
fn only_the_first_byte_changes() {
    for needle in [
        &b"e"[..],
        b"el",
        b"elv",
        b"elvi",
        b"elvis",
        b"elvisp",
        b"elvispr",
        b"elvispre",
    ] {
        let mut capital = needle.to_vec();
        capital[0] = b'E';
        for length in [31, 32, 40, 119, BLOCK, BLOCK + 7, BLOCK + 40, 3 * BLOCK + 5] {
            let text: Vec<u8> = needle
                .iter()
                .chain(b"vis")
                .copied()
                .cycle()
                .take(length)
                .collect();
            check(&text, needle, &capital);
            check(&text, needle, needle);
            check(&text[length / 9..], needle, &capital);
        }
    }
}

#[test]
fn a_match_after_calm_and_after_near_misses() {
    for clear in [STRETCH - 3, STRETCH, STRETCH + 2, 3 * STRETCH + BLOCK + 1] {
        for filler in [&b"."[..], b"elvi", b".lv."] {
            let mut text: Vec<u8> = filler.iter().copied().cycle().take(clear).collect();
            text.extend_from_slice(b"elviselvis");
            text.extend(filler.iter().copied().cycle().take(clear));
            text.extend_from_slice(b"elvis");
            check(&text, b"elvis", b"Elvis");
            check(&text, b"elvis", b"ELVIS");
            check(&text, b"elvis", b"king");
        }
    }
}

#[test]
fn a_match_over_the_border_of_two_blocks_past_the_cache() {
    for (needle, replacement) in [
        (&b"elvis"[..], &b"Elvis"[..]),
        (b"elvis", b"sivle"),
        (b"aba", b"bab"),
        (&[b'a'; 64], &[b'b'; 64]),
    ] {
        for start in BLOCK - 70..BLOCK + 3 {
            let mut text = vec![b'.'; 2 * BLOCK + 90];
            for start in [start, start + BLOCK] {
                text[start..start + needle.len()].copy_from_slice(needle);
            }
            check(&text, needle, replacement);
        }
    }
}

#[test]
fn what_is_written_is_never_a_match_by_itself() {
    // A regression test: `ab` to `bb` in `aab`, where the last lanes compared changed bytes again.
    let letters = |number: u32, length: u32| -> Vec<u8> {
        (0..length)
            .map(|place| b'a' + (number.rotate_right(place) & 1) as u8)
            .collect()
    };
    for length in 1..=4 {
        for needle in (0..1 << length).map(|number| letters(number, length)) {
            for replacement in (0..1 << length).map(|number| letters(number, length)) {
                for number in 0..40u32 {
                    let mixed = number.wrapping_mul(0x9e37_79b9);
                    let text = [letters(mixed, 31), letters(!mixed, 1 + number)].concat();
                    check(&text, &needle, &replacement);
                }
            }
        }
    }
}
