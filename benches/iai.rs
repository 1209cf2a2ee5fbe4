//! iai-callgrind with its own macros and its own runner, over three rewriters.
//!
//! `cargo bench --features iai --bench iai` runs it; cargo builds the runner in this package and passes
//! its path to the bench. `scripts/check-iai` compares its counts with those of the suite's instruction
//! lens for the same calls.

#![allow(missing_docs, reason = "the macros write public items without")]

use std::hint::black_box;

use benchlens::run::settle_heap;
use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::elvis::ELVIS;
use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Error, Method, Substitution};
use iai_callgrind::{library_benchmark, library_benchmark_group, main};

/// A rewriter as a call from memory to memory.
type Rewrite = fn(&[u8], Substitution<'_>, &mut Vec<u8>) -> Result<u64, Error>;

struct Call {
    rewrite: Rewrite,
    haystack: Vec<u8>,
    output: Vec<u8>,
}

impl Call {
    fn run(&mut self) -> Result<u64, Error> {
        self.output.clear();
        (self.rewrite)(&self.haystack, ELVIS?, &mut self.output)
    }
}

/// The rewriter of that name on the seed stream, after a warm-up call.
fn warm(name: &str) -> Call {
    // Otherwise the folder's path affects where blocks lie in their pages, and so the cost of `memcmp`.
    settle_heap();
    let row = REWRITERS.iter().find(|row| row.name == name);
    let Some(Method::Stream { measured, .. } | Method::Slice(measured)) = row.map(|it| it.method)
    else {
        panic!("no rewriter from memory to memory is called {name}");
    };
    let mut call = Call {
        rewrite: measured,
        haystack: text::generate(Shape::Seed, text::SEED.len()),
        output: Vec::new(),
    };
    call.run().expect("a vector takes all that is written");
    call
}

#[library_benchmark(setup = warm)]
#[bench::alg_one("alg_one")]
#[bench::alg_two("alg_two")]
#[bench::vector("vector")]
fn rewrite(mut call: Call) -> Call {
    // The caller drops the input, outside of the count.
    let _ = black_box(black_box(&mut call).run());
    call
}

library_benchmark_group!(name = seed; benchmarks = rewrite);
main!(library_benchmark_groups = seed);
