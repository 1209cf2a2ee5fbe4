//! Limits within the cache: any needle, adversarial texts, and the default algorithm.

use std::cell::RefCell;

use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Substitution;
use benchlens_suite::rewrite::registry::default_for;

use super::rounds::{Rounds, Way};
use super::subject::{from_slice, in_place, named};
use super::verdict::Verdict;

/// Input and output together stay in a second-level cache.
const BYTES: usize = 256 * 1024;
/// Calls per round, about a millisecond.
const REPEATS: usize = 32;

/// The course's 119 bytes, against the course's second algorithm.
pub(super) fn seed(rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    let substitution = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    let output = RefCell::new(Vec::with_capacity(BYTES));
    let mut ways = ["alg_two", "vector"].map(|name| {
        let output = &output;
        Way::new(1, move || {
            for _ in 0..4096 {
                from_slice(
                    named(name),
                    text::SEED,
                    substitution,
                    &mut output.borrow_mut(),
                );
            }
        })
    });
    let rounds = Rounds::of(4 * rounds, &mut ways);
    let bytes = 4096 * text::SEED.len();
    let of = "seed stream";
    tell(Verdict::share(
        of,
        "seed",
        "vector",
        "alg_two",
        bytes,
        &rounds,
        [1, 0],
        4.0,
    ));
}

/// Needles and replacements, each with a text without matches and with adversarial texts.
pub(super) fn needles(rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    let prose = text::generate(Shape::Sparse, BYTES);
    let own = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    for (pair, needle, replacement) in pairs() {
        let substitution = Substitution::new(&needle, &replacement).expect("a needle");
        for (input, haystack) in hostile(&needle) {
            for name in ["vector", "vector_copy", "vector_in_place"] {
                if !named(name).supports(substitution) {
                    continue;
                }
                let rare = input == "rare";
                let base = way(name, &prose, own);
                let mut ways = [base, way(name, &haystack, substitution)];
                let rounds = Rounds::of(rounds, &mut ways);
                let of = if rare {
                    "any needle, matches rare"
                } else {
                    "any needle, hostile input"
                };
                let input = format!("{pair}: {input}");
                tell(if rare {
                    Verdict::share(of, input, name, "elvis", BYTES, &rounds, [1, 0], 0.5)
                } else {
                    Verdict::absolute(of, input, name, BYTES, &rounds, 1, 1.0)
                });
            }
        }
    }
}

/// The default algorithm against `chunked`.
pub(super) fn default_against_chunked(rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    const BYTES: usize = 1 << 20;
    let pairs: [(&str, &[u8], &[u8]); 6] = [
        ("equal", b"elvis", b"Elvis"),
        ("longer", b"elvis", b"the king"),
        ("shorter", b"elvis", b"king"),
        ("deleted", b"elvis", b""),
        ("one byte", b"e", b"E"),
        ("long", &[b'e'; 80], &[b'x'; 80]),
    ];
    for (pair, needle, replacement) in pairs {
        let substitution = Substitution::new(needle, replacement).expect("a needle");
        for shape in Shape::ALL {
            let haystack = text::generate(shape, BYTES);
            let default = default_for(substitution);
            let output = RefCell::new(vec![0; 2 * BYTES]);
            let mut ways = [named("chunked"), default].map(|rewriter| {
                let (haystack, output) = (&haystack, &output);
                Way::new(8, move || {
                    from_slice(rewriter, haystack, substitution, &mut output.borrow_mut());
                })
            });
            let rounds = Rounds::of(rounds, &mut ways);
            tell(Verdict::share(
                "default over chunked",
                format!("{pair}: {}", shape.name()),
                default.name,
                "chunked",
                BYTES,
                &rounds,
                [1, 0],
                0.95,
            ));
        }
    }
}

fn way<'a>(name: &'static str, haystack: &'a [u8], substitution: Substitution<'a>) -> Way<'a> {
    let rewriter = named(name);
    if rewriter.needs_whole_input() && name.ends_with("in_place") {
        let bytes = RefCell::new(haystack.to_vec());
        return Way::prepared(
            REPEATS,
            move || {
                let mut bytes = bytes.borrow().clone();
                bytes.copy_from_slice(haystack);
                bytes
            },
            move |mut bytes| in_place(rewriter, &mut bytes, substitution),
        );
    }
    let matches = memchr::memmem::find_iter(haystack, substitution.needle()).count();
    let mut output =
        Vec::with_capacity(haystack.len() + matches * substitution.replacement().len());
    Way::new(REPEATS, move || {
        from_slice(rewriter, haystack, substitution, &mut output)
    })
}

/// A name, a needle and a replacement: every kind of length, with and without a border.
fn pairs() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    for length in [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 24, 32, 48, 64] {
        // Lower-case letters, all of which occur in prose.
        let distinct: Vec<u8> = (0..length).map(|at| b'a' + (at * 7 % 26) as u8).collect();
        let repeated = vec![b'q'; length];
        let upper = |needle: &[u8]| needle.to_ascii_uppercase();
        pairs.push((
            format!("{length} bytes"),
            distinct.clone(),
            upper(&distinct),
        ));
        if length > 1 {
            pairs.push((
                format!("{length} bytes with a border"),
                repeated.clone(),
                upper(&repeated),
            ));
        }
        if [1, 5, 8, 64].contains(&length) {
            pairs.push((
                format!("{length} bytes to none"),
                distinct.clone(),
                Vec::new(),
            ));
            pairs.push((
                format!("{length} bytes to one less"),
                distinct.clone(),
                upper(&distinct[1..]),
            ));
            let longer = [upper(&distinct), b"!".to_vec()].concat();
            pairs.push((format!("{length} bytes to one more"), distinct, longer));
        }
    }
    pairs.push(("5 bytes to 64".into(), b"elvis".to_vec(), vec![b'x'; 64]));
    pairs
}

/// A text in which the needle is rare, and adversarial texts for it.
fn hostile(needle: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text =
        |pattern: &[u8]| -> Vec<u8> { pattern.iter().copied().cycle().take(BYTES).collect() };
    // Contains no letter of a needle, so that a needle of one byte is rare too.
    let rare = |distance: usize| {
        let mut text: Vec<u8> = text(b"IT WAS A BRIGHT COLD DAY IN APRIL, AND THE CLOCKS STRUCK. ");
        for cell in text.chunks_exact_mut(distance.max(needle.len() + 16)) {
            cell[8..][..needle.len()].copy_from_slice(needle);
        }
        text
    };
    let last = needle.len() - 1;
    let changed = |at: usize| {
        let mut miss = needle.to_vec();
        miss[at] = b'#';
        miss
    };
    vec![
        ("rare", rare(1 << 16)),
        ("one match in 1000", rare(1000)),
        ("one match in 80", rare(80)),
        ("matches only", text(needle)),
        ("all but the last byte", text(&changed(last))),
        ("all but the first byte", text(&changed(0))),
        ("all but the middle byte", text(&changed(last / 2))),
        ("its first byte only", text(&needle[..1])),
        ("prose", text::generate(Shape::Dense, BYTES)),
    ]
}
