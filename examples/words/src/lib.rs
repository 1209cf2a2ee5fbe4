//! Counting the words of a text, in a few ways.

use std::collections::{BTreeMap, HashMap};

/// Words with their counts, in a hash map of owned words.
pub fn owned(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

/// Words with their counts, in a tree of borrowed words.
pub fn borrowed(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// The number of words, on `threads` threads.
pub fn number_on_threads(text: &str, threads: usize) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let share = lines.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (lines.chunks(share))
            .map(|lines| scope.spawn(move || number_in(lines)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(0))
            .sum()
    })
}

fn number_in(lines: &[&str]) -> usize {
    lines
        .iter()
        .map(|line| line.split_whitespace().count())
        .sum()
}

/// Sorts the words of `text` into `words`, whose allocation is reused.
pub fn sort_into<'a>(words: &mut Vec<&'a str>, text: &'a str) {
    words.clear();
    words.extend(text.split_whitespace());
    words.sort_unstable();
}

/// Like [`str::make_ascii_uppercase`], byte by byte.
pub fn shout(text: &mut [u8]) {
    for byte in text {
        byte.make_ascii_uppercase();
    }
}

/// The number of words, through a boxed state that is created by a call, or inlined.
pub mod boxed {
    struct State {
        number: usize,
        is_within: bool,
    }

    /// The box comes from a call, so it must be allocated.
    #[inline(never)]
    pub fn called(text: &str) -> usize {
        number(state_called(), text)
    }

    /// The box is made where it is used, so the optimiser can delete it.
    #[inline(never)]
    pub fn inlined(text: &str) -> usize {
        number(state_inlined(), text)
    }

    /// The full paths of these functions, as in their symbols.
    pub const NAMES: [[&str; 2]; 2] = [
        [
            concat!(module_path!(), "::called"),
            concat!(module_path!(), "::state_called"),
        ],
        [
            concat!(module_path!(), "::inlined"),
            concat!(module_path!(), "::state_inlined"),
        ],
    ];

    /// Inlined on both sides: a call that only borrows the box would be enough to keep it.
    #[inline(always)]
    fn number(mut state: Box<State>, text: &str) -> usize {
        for byte in text.bytes() {
            let is_space = byte.is_ascii_whitespace();
            state.number += usize::from(state.is_within && is_space);
            state.is_within = !is_space;
        }
        state.number + usize::from(state.is_within)
    }

    #[inline(never)]
    fn state_called() -> Box<State> {
        Box::new(State {
            number: 0,
            is_within: false,
        })
    }

    #[inline(always)]
    fn state_inlined() -> Box<State> {
        Box::new(State {
            number: 0,
            is_within: false,
        })
    }
}
