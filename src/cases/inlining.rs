//! Declares the inlining pairs as cases, each with the two inputs `called` and `inlined`.

use benchlens::{Bytes, Side, Suite};

use crate::inlining;
use crate::inlining::registry::PAIRS;
use crate::input::text::{self, Shape};

/// The group of the pairs.
pub const GROUP: &str = "inlining";

/// Declares every pair.
pub fn declare(suite: &mut Suite) {
    let mut group = suite.group(GROUP);
    for pair in PAIRS {
        group
            .pair(pair.name)
            .summary(pair.summary)
            .work(Bytes(text::SEED.len()))
            .sized_input(|size| text::generate(Shape::Seed, text::SEED.len() * size as usize))
            .sides(
                |text: &Vec<u8>, answer: &u64| match (pair.oracle)(text) {
                    expected if *answer == expected => Ok(()),
                    expected => Err(format!("{answer} instead of {expected}")),
                },
                side(&pair.called),
                side(&pair.inlined),
            );
    }
}

fn side(side: &'static inlining::Side) -> Side<impl Fn(&Vec<u8>) -> u64 + 'static> {
    Side {
        run: |text: &Vec<u8>| (side.run)(text),
        function: side.function,
        callee: side.callee,
        allocations: side.allocations,
    }
}
