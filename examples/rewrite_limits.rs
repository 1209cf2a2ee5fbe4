//! How close the rewriters come to the limit of memory: ratios to a plain copy, one run.
//!
//! `cargo run --release --example rewrite_limits -- [MEBIBYTES] [ROUNDS] [PAIR]`
//!
//! Each figure is the median over the rounds, in which all ways take turns on the same input, so
//! that a busy moment of the machine hits them alike. Prints gigabytes of input a second and, in
//! parentheses, the share of a plain copy of the same bytes.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use benchlens::rewrite::registry::REWRITERS;
use benchlens::rewrite::{Method, Rewriter, Substitution};

/// Needle, replacement, and what it stands for.
type Pair = (&'static str, &'static [u8], &'static [u8]);

const PAIRS: &[Pair] = &[
    ("elvis", b"elvis", b"Elvis"),
    ("all bytes change", b"elvis", b"PRESL"),
    ("one byte", b"e", b"E"),
    ("border", b"ee", b"xy"),
    ("border of three", b"eXe", b"yyy"),
    ("eight and border", b"elvielvi", b"ELVIELVI"),
    ("64 bytes", &[b'e'; 64], &[b'x'; 64]),
    ("longer", b"elvis", b"the king"),
    ("shorter", b"elvis", b"king"),
    ("deleted", b"e", b""),
    ("doubled", b"e", b"ee"),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| match arguments.next() {
        Some(text) => text.parse().expect("a whole number"),
        None => default,
    };
    let (bytes, rounds) = (number(256) << 20, number(5));
    let wanted = std::env::args().nth(3).unwrap_or_default();
    for (pair, needle, replacement) in PAIRS.iter().filter(|(pair, ..)| pair.contains(&wanted)) {
        let substitution = Substitution::new(needle, replacement).expect("a needle");
        for (input, haystack) in inputs(bytes) {
            measure(pair, input, &haystack, substitution, rounds);
        }
        if bytes > 64 << 20 {
            break;
        }
    }
}

fn inputs(bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let text = b"It was a bright cold day in April, and the clocks were striking thirteen. ";
    let with_match_every = |distance: usize| {
        let mut haystack: Vec<u8> = text.iter().copied().cycle().take(bytes).collect();
        for start in (0..bytes.saturating_sub(8)).step_by(distance) {
            haystack[start..start + 5].copy_from_slice(b"elvis");
        }
        haystack
    };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let binary = (0..bytes).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    vec![
        ("sparse", with_match_every(1 << 16)),
        ("dense", with_match_every(50)),
        (
            "packed",
            b"elvis".iter().copied().cycle().take(bytes).collect(),
        ),
        (
            "near_miss",
            b"elvi".iter().copied().cycle().take(bytes).collect(),
        ),
        ("binary", binary.collect()),
        ("all_e", vec![b'e'; bytes]),
    ]
}

/// From the input to the output, or, in place, over a copy of the input.
type Run = Box<dyn FnMut(&[u8], &mut Vec<u8>)>;

/// One way to spend the time.
struct Way {
    name: String,
    run: Run,
    seconds: Vec<f64>,
}

fn measure(
    pair: &str,
    input: &str,
    haystack: &[u8],
    substitution: Substitution<'static>,
    rounds: usize,
) {
    let mut ways = vec![Way {
        name: "memcpy".into(),
        run: Box::new(|haystack, output| output.extend_from_slice(haystack)),
        seconds: Vec::new(),
    }];
    for rewriter in REWRITERS
        .iter()
        .filter(|rewriter| rewriter.supports(substitution))
    {
        if rewriter.name.starts_with("alg") {
            continue;
        }
        ways.push(way(rewriter, substitution));
    }
    // Small inputs are repeated, so that the clock's own cost does not count.
    let repeats = (1 << 24) / haystack.len().clamp(1, 1 << 24);
    let mut output = Vec::with_capacity(haystack.len() * 2);
    let mut scratch = haystack.to_vec();
    for _ in 0..rounds + 1 {
        for way in &mut ways {
            let in_place = way.name.ends_with("in_place");
            let mut seconds = 0.0;
            for _ in 0..repeats.max(1) {
                if in_place {
                    scratch.copy_from_slice(haystack);
                } else {
                    output.clear();
                }
                let target = if in_place { &mut scratch } else { &mut output };
                let start = Instant::now();
                (way.run)(black_box(haystack), black_box(target));
                seconds += start.elapsed().as_secs_f64();
            }
            way.seconds.push(seconds / repeats.max(1) as f64);
        }
    }
    let medians: Vec<f64> = ways
        .iter_mut()
        .map(|way| median(&mut way.seconds))
        .collect();
    let cells: Vec<String> = ways
        .iter()
        .zip(&medians)
        .map(|(way, seconds)| {
            let speed = haystack.len() as f64 / seconds / 1e9;
            format!("{} {speed:.2} ({:.2})", way.name, medians[0] / seconds)
        })
        .collect();
    println!("{pair} | {input} | {}", cells.join(" | "));
}

fn way(rewriter: &'static Rewriter, substitution: Substitution<'static>) -> Way {
    let run: Run = match rewriter.method {
        Method::InPlace(rewrite) => Box::new(move |_, bytes| {
            black_box(rewrite(bytes, substitution).expect("memory does not fail"));
        }),
        Method::Stream {
            measured: rewrite, ..
        }
        | Method::Slice(rewrite) => Box::new(move |haystack, output| {
            black_box(rewrite(haystack, substitution, output).expect("memory does not fail"));
        }),
        Method::Shared { .. } => Box::new(move |haystack, output| {
            black_box(
                rewriter
                    .rewrite_to_vec(haystack, substitution)
                    .expect("memory does not fail"),
            );
            black_box(output);
        }),
    };
    Way {
        name: rewriter.name.into(),
        run,
        seconds: Vec::new(),
    }
}

/// Of all but the first round, which only warms up.
fn median(seconds: &mut Vec<f64>) -> f64 {
    seconds.remove(0);
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
