//! Limits far beyond the cache: against memcpy of the same bytes to the same place.

use std::cell::RefCell;
use std::hint::black_box;

use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Substitution;

use super::rounds::{Rounds, Way};
use super::subject::{from_slice, in_place, named};
use super::verdict::Verdict;

/// The inputs with a limit.
const SHAPES: [Shape; 5] = [
    Shape::Sparse,
    Shape::Dense,
    Shape::NearMiss,
    Shape::Binary,
    Shape::AllE,
];

pub(super) fn measure(mebibytes: usize, rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    let bytes = mebibytes << 20;
    let substitution = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    // Written once, so that all pages are mapped before the clock runs.
    let output = RefCell::new(vec![1; bytes]);
    let (copy, there) = (named("vector_copy"), named("vector_in_place"));
    let mut copied = Vec::new();
    let mut replaced = Vec::new();
    for shape in SHAPES {
        let haystack = text::generate(shape, bytes);
        let mut ways = [
            Way::new(1, || {
                let output = &mut *output.borrow_mut();
                output.clear();
                output.extend_from_slice(black_box(&haystack));
                black_box(output);
            }),
            Way::new(1, || {
                from_slice(copy, &haystack, substitution, &mut output.borrow_mut());
            }),
            Way::prepared(
                1,
                || output.borrow_mut().copy_from_slice(&haystack),
                |()| in_place(there, &mut output.borrow_mut(), substitution),
            ),
        ];
        let rounds = Rounds::of(rounds, &mut ways);
        let verdict = |target, rewriter: &benchlens_suite::rewrite::Rewriter, way, wanted| {
            Verdict::share(
                target,
                shape.name(),
                rewriter.name,
                "memcpy",
                bytes,
                &rounds,
                [way, 0],
                wanted,
            )
        };
        copied.push(verdict("source to destination", copy, 1, 0.90));
        replaced.push(verdict("in place", there, 2, 1.5));
    }
    for (target, verdicts) in [
        ("source to destination: worst over best", &copied),
        ("in place: worst over best", &replaced),
    ] {
        let of: Vec<_> = verdicts.iter().collect();
        Verdict::evenness(target, &of, 0.7)
            .into_iter()
            .for_each(&mut *tell);
    }
    copied.into_iter().chain(replaced).for_each(tell);
}
