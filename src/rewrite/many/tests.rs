//! Compares many needles with the oracle, on every filter that this machine supports.

use super::filter::Filter;
use super::{Many, Pair};
use crate::rewrite::oracle;

type Pairs<'a> = [(&'a [u8], &'a [u8])];

/// The needles, compiled once for each filter.
fn compiled(pairs: &Pairs<'_>) -> Vec<Many> {
    let owned: Vec<Pair> = pairs
        .iter()
        .map(|&(needle, replacement)| Pair {
            needle: needle.into(),
            replacement: replacement.into(),
        })
        .collect();
    let many = || Many::new(owned.clone()).unwrap();
    let reachable = many().pairs;
    let needles: Vec<&[u8]> = reachable.iter().map(|pair| &*pair.needle).collect();
    let filters = Filter::available(&needles);
    filters
        .into_iter()
        .map(|it| many().filtered_by(it))
        .collect()
}

/// Checks a whole text, and the text split at each of `cuts`.
fn check(
    compiled: &[Many],
    pairs: &Pairs<'_>,
    text: &[u8],
    cuts: impl Iterator<Item = usize> + Clone,
) {
    let (expected, count) = oracle::rewrite_many(text, pairs);
    for many in compiled {
        let mut output = Vec::new();
        let whole = many.step(text, true, &mut output);
        assert!(
            (&output, whole.count, whole.consumed) == (&expected, count, text.len()),
            "{many:?} in {:?} gave {:?}",
            text.escape_ascii().to_string(),
            output.escape_ascii().to_string()
        );
        if many.has_equal_lengths {
            let mut bytes = text.to_vec();
            assert_eq!(many.step_in_place(&mut bytes, true).count, count);
            assert_eq!(bytes, expected);
        }
        for cut in cuts.clone() {
            output.clear();
            let first = many.step(&text[..cut], false, &mut output);
            assert!(cut - first.consumed < many.longest);
            let second = many.step(&text[first.consumed..], true, &mut output);
            assert!(
                (&output, first.count + second.count) == (&expected, count),
                "{many:?} in {:?} cut at {cut} gave {:?}",
                text.escape_ascii().to_string(),
                output.escape_ascii().to_string()
            );
        }
    }
}

/// All strings over two letters, of length `shortest` to `longest`.
fn strings(shortest: u32, longest: u32) -> Vec<Vec<u8>> {
    (shortest..=longest)
        .flat_map(|length| {
            (0..1_u32 << length).map(move |bits| {
                (0..length)
                    .map(|bit| b'a' + (bits >> bit & 1) as u8)
                    .collect()
            })
        })
        .collect()
}

#[test]
fn all_small_lists_on_all_small_texts() {
    let needles = strings(1, 3);
    let texts = strings(0, 8);
    for one in &needles {
        for two in &needles {
            for replacements in [
                [&b"X"[..], b"ab"],
                [&b"XYZ"[..one.len()], &b"UVW"[..two.len()]],
            ] {
                let pairs = [(one.as_slice(), replacements[0]), (two, replacements[1])];
                let compiled = compiled(&pairs);
                for text in &texts {
                    check(&compiled, &pairs, text, 0..=text.len());
                }
            }
        }
    }
    let texts = strings(6, 6);
    for index in 0..needles.len().pow(3) {
        let chosen = [index, index / 14, index / 196].map(|it| needles[it % 14].as_slice());
        let pairs = [(chosen[0], &b"1"[..]), (chosen[1], b"22"), (chosen[2], b"")];
        let compiled = compiled(&pairs);
        for text in &texts {
            check(&compiled, &pairs, text, (0..=6).step_by(2));
        }
    }
}

#[test]
fn a_match_at_every_position_around_every_border_of_blocks() {
    let needles: [&[u8]; 5] = [b"p", b"qr", b"stu", b"vwxyz", b"zyxwvutsrqpon"];
    for first in 0..needles.len() {
        let pairs: Vec<(&[u8], &[u8])> = needles[first..]
            .iter()
            .map(|&it| (it, &b"--"[..]))
            .collect();
        let compiled = compiled(&pairs);
        for &needle in &needles[first..] {
            for start in 0..150 {
                let mut text = vec![b'.'; 180];
                text[start..start + needle.len()].copy_from_slice(needle);
                let around = start.saturating_sub(1)..start + needle.len() + 2;
                check(&compiled, &pairs, &text, around.clone());
                check(
                    &compiled,
                    &pairs,
                    &text[..start + needle.len()],
                    start..start + needle.len(),
                );
            }
        }
    }
}

/// Texts on which the filter accepts every position, so that the automaton takes over and later
/// stops.
#[test]
fn hostile_texts() {
    let long: Vec<Vec<u8>> = (1..=64)
        .rev()
        .map(|length| [vec![b'a'; length], vec![b'b']].concat())
        .collect();
    let replacements: Vec<Vec<u8>> = long.iter().map(|it| vec![b'A'; it.len()]).collect();
    let pairs: Vec<(&[u8], &[u8])> = (long.iter().zip(&replacements))
        .map(|(needle, replacement)| (needle.as_slice(), replacement.as_slice()))
        .collect();
    let compiled = compiled(&pairs);
    let mut text = vec![b'a'; 70_000];
    for at in [900, 20_000, 40_000, 69_999] {
        text[at] = b'b';
    }
    text.extend(vec![b'.'; 3000]);
    text.extend(vec![b'a'; 30_000]);
    text.extend(b"aab. ab. b");
    check(
        &compiled,
        &pairs,
        &text,
        [0, 1, 899, 900, 16_390, 39_990, 40_001, 70_010].into_iter(),
    );
    assert!(compiled.iter().all(|many| many.automaton.get().is_some()));
    let calm = vec![b'.'; 1 << 16];
    let others = self::compiled(&pairs);
    check(&others, &pairs, &calm, std::iter::empty());
    assert!(others.iter().all(|many| many.automaton.get().is_none()));
}

#[test]
fn thousands_of_needles() {
    let needles: Vec<String> = (0..3000)
        .map(|n| format!("w{}x", n * 7919 % 10_007))
        .collect();
    let pairs: Vec<(&[u8], &[u8])> = needles
        .iter()
        .map(|it| (it.as_bytes(), &b"N"[..]))
        .collect();
    let compiled = compiled(&pairs);
    let text: String = (0..6000)
        .map(|n| format!("w{}x ", n * 31 % 10_007))
        .collect();
    check(
        &compiled,
        &pairs,
        text.as_bytes(),
        (0..text.len()).step_by(4001),
    );
}

#[test]
fn needles_that_never_match_are_left_out() {
    let kept = |needles: &[&str]| -> Vec<String> {
        let pairs: Vec<(&[u8], &[u8])> =
            needles.iter().map(|it| (it.as_bytes(), &b""[..])).collect();
        let many = &compiled(&pairs)[0];
        (many.pairs.iter())
            .map(|pair| String::from_utf8(pair.needle.to_vec()).unwrap())
            .collect()
    };
    assert_eq!(kept(&["ab", "abc", "a", "ab", "b"]), ["ab", "a", "b"]);
    assert_eq!(kept(&["abc", "ab", "abcd", "abd"]), ["abc", "ab"]);
    assert_eq!(kept(&["a", "ab", "abc", "b", "ba"]), ["a", "b"]);
    assert_eq!(kept(&["abcd", "a", "abc", "ab"]), ["abcd", "a"]);
}
