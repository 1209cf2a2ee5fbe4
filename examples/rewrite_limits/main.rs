//! How close the rewriters come to what was to be reached: one row a limit, as CSV.
//!
//! `cargo run --release --example rewrite_limits -- [memory|cache|files|seed|threads|default|many]...`
//!
//! Without a word all are measured. `MEBIBYTES` (256) is the size of what has to leave the cache
//! and `ROUNDS` (15) how often the ways take turns; both are taken from the environment. A ratio is
//! the median over the rounds of the two ways' times in one round; beside it stands the ratio of
//! their best rounds, which other users of the machine disturb less. `met` goes by the median.

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
