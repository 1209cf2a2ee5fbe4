//! Many needles against aho-corasick's stream replace: two, eight and sixty-four of them, on every
//! shape of text, and on adversarial texts.
//!
//! aho-corasick runs with each of its automata, with and without its prefilter; the fastest for each
//! input counts. Its streams do not support leftmost-first semantics; if needles overlap, its answer
//! differs and it is timed nevertheless.

use std::cell::RefCell;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use benchlens_suite::input::needles;
use benchlens_suite::input::text::Shape;
use benchlens_suite::rewrite::{Replacer, oracle};

use super::rounds::{Rounds, Way};
use super::verdict::Verdict;

/// Input and output together stay in a second-level cache.
const BYTES: usize = 256 * 1024;

/// Needles, their replacements, and the texts.
struct Set {
    name: String,
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    texts: Vec<(&'static str, Vec<u8>)>,
}

/// Measures every set on every text, and the mean of all ratios.
pub(super) fn measure(rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    for count in [2, 8, 64] {
        let mut verdicts = Vec::new();
        for set in [equal(count), longer(count), hostile(count)] {
            for (input, text) in &set.texts {
                verdicts.push(compare(&set, input, text, rounds));
            }
        }
        let of = "many needles: mean";
        let mean = Verdict::mean(of, format!("{count} needles"), &verdicts, 3.0);
        verdicts.into_iter().for_each(&mut *tell);
        tell(mean);
    }
}

fn compare(set: &Set, input: &str, text: &[u8], rounds: usize) -> Verdict {
    let replacer = Replacer::many(set.pairs.iter().map(|(find, with)| (find, with)));
    let replacer = replacer.expect("no needle is empty");
    let borrowed: Vec<(&[u8], &[u8])> = (set.pairs.iter())
        .map(|(find, with)| (find.as_slice(), with.as_slice()))
        .collect();
    let (expected, _) = oracle::rewrite_many(text, &borrowed);
    assert!(replacer.replace(text) == expected, "{}: {input}", set.name);
    let output = RefCell::new(Vec::with_capacity(2 * expected.len()));
    let theirs = searchers(&set.pairs);
    let replacements: Vec<&[u8]> = borrowed.iter().map(|(_, with)| *with).collect();
    let (output, replacements) = (&output, &replacements);
    let ours = Way::new(2, || {
        let mut output = output.borrow_mut();
        output.clear();
        (replacer.replace_stream(text, &mut *output)).expect("memory to memory does not fail");
    });
    let mut ways = vec![ours];
    ways.extend(theirs.iter().map(|searcher| {
        Way::new(2, move || {
            let mut output = output.borrow_mut();
            output.clear();
            searcher
                .try_stream_replace_all(text, &mut *output, replacements)
                .expect("memory to memory does not fail");
        })
    }));
    let rounds = Rounds::of(rounds, &mut ways);
    let by_time = |one: &usize, two: &usize| rounds.best(*one).total_cmp(&rounds.best(*two));
    let fastest = (1..=theirs.len()).min_by(by_time).unwrap_or(1);
    Verdict::share(
        "many needles",
        format!("{}: {input}", set.name),
        "many/stream",
        "aho-corasick stream",
        text.len(),
        &rounds,
        [0, fastest],
        1.0,
    )
}

/// Every automaton, with and without the prefilter.
fn searchers(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<AhoCorasick> {
    let kinds = [
        AhoCorasickKind::DFA,
        AhoCorasickKind::ContiguousNFA,
        AhoCorasickKind::NoncontiguousNFA,
    ];
    let build = |kind, prefilter| {
        AhoCorasick::builder()
            .kind(Some(kind))
            .prefilter(prefilter)
            .build(pairs.iter().map(|(find, _)| find))
            .expect("few needles build")
    };
    (kinds.into_iter())
        .flat_map(|kind| [build(kind, true), build(kind, false)])
        .collect()
}

fn texts(count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let mut texts = [Shape::Sparse, Shape::Dense, Shape::NearMiss, Shape::Binary]
        .map(|shape| (shape.name(), needles::generate(shape, count, BYTES)))
        .to_vec();
    let all: Vec<u8> = needles::pairs(count)
        .iter()
        .flat_map(|(find, _)| find.to_vec())
        .collect();
    texts.push((
        "matches only",
        all.into_iter().cycle().take(BYTES).collect(),
    ));
    texts
}

/// Each needle in capitals.
fn equal(count: usize) -> Set {
    Set {
        name: format!("{count} equal"),
        pairs: (needles::pairs(count).into_iter())
            .map(|(find, with)| (find.to_vec(), with))
            .collect(),
        texts: texts(count),
    }
}

/// Each needle in brackets.
fn longer(count: usize) -> Set {
    Set {
        name: format!("{count} longer"),
        pairs: (needles::pairs(count).into_iter())
            .map(|(find, _)| (find.to_vec(), [b"<", find, b">"].concat()))
            .collect(),
        texts: texts(count),
    }
}

/// Needles of one repeated letter with a different last letter, in texts of the repeated letter:
/// each position is the start of a partial match of all of them.
fn hostile(count: usize) -> Set {
    let needle = |length: usize| [vec![b'a'; length], vec![b'b']].concat();
    let text = |pattern: &[u8]| pattern.iter().copied().cycle().take(BYTES).collect();
    Set {
        name: format!("{count} hostile"),
        pairs: (4..4 + count)
            .rev()
            .map(|length| (needle(length), vec![b'x'; length + 1]))
            .collect(),
        texts: vec![
            ("its letter only", text(b"a")),
            ("one short of a match", text(b"aaab")),
            ("the shortest only", text(b"aaaab")),
            ("a match in 100", text(&needle(99))),
        ],
    }
}
