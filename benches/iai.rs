//! iai-callgrind as its users know it: its own macros and its own runner, over three rewriters.
//!
//! `cargo bench --features iai --bench iai` prints its report, and compares with its last one. The
//! suite's instruction lens counts the same calls; a test holds both to the same figures.

use std::hint::black_box;

use benchlens_suite::cases::rewriting::substitution;
use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Method;
use benchlens_suite::rewrite::registry::REWRITERS;
use iai_callgrind::{library_benchmark, library_benchmark_group, main};

type Rewrite = fn(&[u8], &mut Vec<u8>);

/// The seed stream, with room for what is written, after a call to warm up.
fn warm(rewrite: Rewrite) -> (Rewrite, Vec<u8>, Vec<u8>) {
    let haystack = text::generate(Shape::Seed, text::SEED.len());
    let mut output = Vec::with_capacity(2 * haystack.len());
    rewrite(&haystack, &mut output);
    output.clear();
    (rewrite, haystack, output)
}

fn named(name: &str, haystack: &[u8], output: &mut Vec<u8>) {
    let row = REWRITERS.iter().find(|row| row.name == name);
    if let Some(Method::Stream { measured, .. } | Method::Slice(measured)) =
        row.map(|row| row.method)
    {
        // Writing to a vector does not fail.
        let _ = measured(haystack, substitution(), output);
    }
}

fn alg_one(haystack: &[u8], output: &mut Vec<u8>) {
    named("alg_one", haystack, output);
}

fn alg_two(haystack: &[u8], output: &mut Vec<u8>) {
    named("alg_two", haystack, output);
}

fn vector(haystack: &[u8], output: &mut Vec<u8>) {
    named("vector", haystack, output);
}

#[library_benchmark(setup = warm)]
#[bench::alg_one(alg_one)]
#[bench::alg_two(alg_two)]
#[bench::vector(vector)]
fn rewrite((rewrite, haystack, mut output): (Rewrite, Vec<u8>, Vec<u8>)) -> Vec<u8> {
    rewrite(black_box(&haystack), black_box(&mut output));
    output
}

library_benchmark_group!(name = seed; benchmarks = rewrite);
main!(library_benchmark_groups = seed);
