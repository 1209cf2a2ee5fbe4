//! The inlining pairs as cases: each with the two inputs `called` and `inlined`.

use std::cell::Cell;
use std::rc::Rc;

use super::{Case, Prepared};
use crate::inlining::registry::PAIRS;
use crate::inlining::{Pair, Side};
use crate::input::text::{self, Shape};
use benchlens::report::inlining::{PairNames, SideNames};

/// Every pair, `called` before `inlined`.
pub fn cases() -> Vec<Case> {
    PAIRS
        .iter()
        .flat_map(|pair| pair.sides().map(|(input, side)| case(pair, input, *side)))
        .collect()
}

/// The names of every pair and its functions, for the report on what was inlined.
pub fn names() -> Vec<PairNames> {
    PAIRS
        .iter()
        .map(|pair| {
            let subject = format!("inlining/{}", pair.name);
            PairNames {
                summary: pair.summary.to_owned(),
                sides: pair.sides().map(|(input, side)| SideNames {
                    case: format!("{subject}/{input}"),
                    function: side.function.to_owned(),
                    callee: side.callee.to_owned(),
                }),
                subject,
            }
        })
        .collect()
}

fn case(pair: &'static Pair, input: &str, side: Side) -> Case {
    Case {
        subject: format!("inlining/{}", pair.name),
        input: input.to_owned(),
        bytes: text::SEED.len() as u64,
        documents: None,
        threaded: false,
        heap: side.heap(),
        own_function: None,
        time_only: false,
        prepare: Box::new(move |scale| {
            let text = text::generate(Shape::Seed, text::SEED.len() * scale);
            let expected = (pair.oracle)(&text);
            let answer = Rc::new(Cell::new(None));
            let given = Rc::clone(&answer);
            Ok(Prepared::repeatable(
                move || answer.set(Some((side.run)(&text))),
                move || match given.get() {
                    Some(number) if number == expected => Ok(()),
                    other => Err(format!("{other:?} instead of {expected}")),
                },
            ))
        }),
    }
}
