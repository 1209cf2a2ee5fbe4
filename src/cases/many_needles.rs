//! Declares the replacement of many needles as cases, with two, eight and sixty-four of them.

use benchlens::{Bytes, CaseBuilder, Group, Suite};

use super::rewriting::{Outcome, Texts, compare};
use crate::input::needles;
use crate::input::text::Shape;
use crate::rewrite::registry::{CONTROL, MANY_NEEDLES, WithReplacer};
use crate::rewrite::{Replacer, oracle};

/// The group of the many needles, the control and the peers.
pub const GROUP: &str = "many";

const MEBIBYTE: usize = 1 << 20;

/// A number of needles on a shape of text.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// How many needles.
    pub needles: usize,
    /// The text.
    pub shape: Shape,
    /// Its length.
    pub bytes: usize,
}

impl Input {
    /// The name of the input: `8_dense`.
    pub fn name(self) -> String {
        format!("{}_{}", self.needles, self.shape.name())
    }

    /// A text of `size` times the length.
    pub fn text(self, size: u32) -> Vec<u8> {
        needles::generate(self.shape, self.needles, self.bytes * size as usize)
    }

    /// The oracle's output for a text, which is as long.
    pub fn expected(self, text: &[u8]) -> Vec<u8> {
        let pairs = needles::pairs(self.needles);
        let pairs: Vec<(&[u8], &[u8])> = pairs
            .iter()
            .map(|(needle, replacement)| (*needle, replacement.as_slice()))
            .collect();
        oracle::rewrite_many(text, &pairs).0
    }

    fn replacer(self) -> Replacer {
        Replacer::many(needles::pairs(self.needles)).expect("no needle is empty")
    }
}

/// The inputs of the lenses.
pub fn inputs() -> impl Iterator<Item = Input> {
    [2, 8, 64].into_iter().flat_map(|needles| {
        [Shape::Sparse, Shape::Dense, Shape::NearMiss].map(|shape| Input {
            needles,
            shape,
            bytes: MEBIBYTE,
        })
    })
}

/// Declares every algorithm on every input, the plain copy last.
pub fn declare(suite: &mut Suite) {
    let mut group = suite.group(GROUP);
    for input in inputs() {
        for row in MANY_NEEDLES {
            let case = case(&mut group, row.name, input)
                .summary(row.summary)
                .allocations(row.heap.into());
            run(case, input, row.rewrite);
        }
        let case = case(&mut group, CONTROL.name, input)
            .summary(CONTROL.summary)
            .control()
            .allocations(CONTROL.heap.into());
        case.state(move |size| Texts::new(&input.text(size)))
            .verify_state(|texts, outcome| compare(outcome, &texts.output, &texts.haystack))
            .run_with(|texts, ()| {
                texts.output.clear();
                texts.output.extend_from_slice(&texts.haystack);
                Ok(())
            });
    }
}

fn case<'s>(
    group: &'s mut Group<'_>,
    subject: &'static str,
    input: Input,
) -> CaseBuilder<'s, (), (), Outcome> {
    group.case(subject, input.name()).work(Bytes(input.bytes))
}

fn run(case: CaseBuilder<'_, (), (), Outcome>, input: Input, rewrite: WithReplacer) {
    case.state(move |size| (Texts::new(&input.text(size)), input.replacer()))
        .verify_state(move |(texts, _), outcome| {
            compare(outcome, &texts.output, &input.expected(&texts.haystack))
        })
        .run_with(move |(texts, replacer), ()| {
            texts.output.clear();
            rewrite(replacer, &texts.haystack, &mut texts.output).map(drop)
        });
}
