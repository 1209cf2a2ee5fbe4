//! The inlining pairs as cases: each with the two inputs `called` and `inlined`.

use std::cell::Cell;
use std::rc::Rc;

use super::{Case, Prepared};
use crate::inlining::registry::PAIRS;
use crate::inlining::{Pair, Side};
use crate::input::text::{self, Shape};

/// Every pair, `called` before `inlined`.
pub fn cases() -> Vec<Case> {
    PAIRS
        .iter()
        .flat_map(|pair| pair.sides().map(|(input, side)| case(pair, input, *side)))
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
