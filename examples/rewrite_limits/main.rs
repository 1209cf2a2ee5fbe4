//! How close the rewriters come to their limits: one row per limit, as CSV.
//!
//! `cargo run --release --example rewrite_limits -- [memory|cache|files|seed|threads|default|many]...`
//!
//! Without arguments all are measured. The environment variables `MEBIBYTES` (256) and `ROUNDS`
//! (15) set the size of texts beyond the cache and the number of rounds. A ratio is the median over
//! the rounds; the ratio of the best rounds, which other load disturbs less, is a separate column.
//! `met` refers to the median.

#![allow(clippy::print_stdout)]

use verdict::{HEADER, Verdict};

mod cache;
mod files;
mod many;
mod memory;
mod rounds;
mod subject;
mod threads;
mod verdict;

fn main() {
    let number = |name: &str, default: usize| match std::env::var(name) {
        Ok(text) => text.parse().expect("a whole number"),
        Err(_) => default,
    };
    let (mebibytes, rounds) = (number("MEBIBYTES", 256), number("ROUNDS", 15));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |word: &str| words.is_empty() || words.iter().any(|it| it == word);
    println!("{HEADER}");
    let mut tell = |verdict: Verdict| println!("{verdict}");
    if wanted("memory") {
        memory::measure(mebibytes, rounds, &mut tell);
    }
    if wanted("files") {
        files::measure(mebibytes, rounds, &mut tell);
    }
    if wanted("seed") {
        cache::seed(rounds, &mut tell);
    }
    if wanted("cache") {
        cache::needles(rounds, &mut tell);
    }
    if wanted("default") {
        cache::default_against_chunked(rounds, &mut tell);
    }
    if wanted("many") {
        many::measure(rounds, &mut tell);
    }
    if wanted("threads") {
        threads::measure(rounds, &mut tell);
    }
}
