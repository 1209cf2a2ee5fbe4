//! The inlining pairs: both sides next to each other, the differences in their source, and the
//! evidence.

use std::collections::BTreeSet;

use super::assembly::{Codes, Machine};
use crate::report::inlining::{PairView, SideView, compiler, machine_code, short};
use crate::report::lines::sources::Sources;
use crate::report::units;

#[derive(Default)]
pub(super) struct Inlining {
    pub(super) pairs: Vec<Pair>,
    /// Whether evidence from compiler and machine code was collected.
    pub(super) has_witnesses: bool,
}

pub(super) struct Pair {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) sides: [Side; 2],
    /// The machine code of both sides.
    pub(super) machine: Machine,
}

pub(super) struct Side {
    pub(super) name: &'static str,
    /// Allocations per call, or `n/a`.
    pub(super) allocations: String,
    pub(super) is_none: bool,
    pub(super) bytes: String,
    pub(super) instructions: String,
    pub(super) machine_code: String,
    pub(super) compiler: String,
    /// The callee and the function that calls it.
    pub(super) code: Vec<Listing>,
}

pub(super) struct Listing {
    pub(super) path: String,
    pub(super) first: u32,
    pub(super) lines: Vec<CodeLine>,
}

pub(super) struct CodeLine {
    pub(super) text: String,
    /// Whether the other side has no such line.
    pub(super) differs: bool,
}

impl Inlining {
    /// The pairs, with their source if it is available.
    pub(super) fn new(views: &[PairView], sources: Option<&Sources>, codes: &Codes) -> Self {
        let has_witness = |side: &SideView| side.witness.is_some();
        Self {
            has_witnesses: views.iter().any(|view| has_witness(&view.called)),
            pairs: (views.iter())
                .map(|view| Pair {
                    name: view.pair.to_string(),
                    summary: view.summary.clone(),
                    sides: [
                        side("called", &view.called, &view.inlined, sources),
                        side("inlined", &view.inlined, &view.called, sources),
                    ],
                    machine: Machine::new(codes, view, sources),
                })
                .collect(),
        }
    }
}

fn side(name: &'static str, view: &SideView, other: &SideView, sources: Option<&Sources>) -> Side {
    let figure =
        |value: Option<u64>, unit: fn(u64) -> String| value.map_or_else(|| "n/a".to_owned(), unit);
    let listing = |function: &str, counterpart: &str| {
        let others: BTreeSet<String> = code(sources, counterpart, other)
            .map(|(_, _, lines)| lines.into_iter().collect())
            .unwrap_or_default();
        let plain = code(sources, function, view)?.2;
        let (path, first, lines) = sources?.function(function)?;
        Some(Listing {
            path: path.to_owned(),
            first,
            lines: (lines.iter().zip(plain))
                .map(|(text, plain)| CodeLine {
                    text: text.clone(),
                    differs: !others.contains(&plain),
                })
                .collect(),
        })
    };
    Side {
        name,
        allocations: figure(view.allocations, units::count),
        is_none: view.allocations == Some(0),
        bytes: figure(view.allocated_bytes, units::bytes),
        instructions: figure(view.instructions, units::count),
        machine_code: machine_code(view),
        compiler: compiler(view),
        code: [
            listing(&view.callee, &other.callee),
            listing(&view.function, &other.function),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// A function's path, first line and lines, in which names specific to its side are replaced by
/// common ones.
fn code<'a>(
    sources: Option<&'a Sources>,
    function: &str,
    side: &SideView,
) -> Option<(&'a str, u32, Vec<String>)> {
    let (path, first, lines) = sources?.function(function)?;
    let names = [short(&side.callee), short(&side.function)];
    let plain = lines.iter().map(|line| {
        let words =
            line.split_inclusive(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let shared = words.map(|word| {
            let name =
                word.trim_end_matches(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            if names.contains(&name) {
                word.replacen(name, "…", 1)
            } else {
                word.to_owned()
            }
        });
        // The line breaks of a call depend on the length of its name.
        shared
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    });
    Some((path, first, plain.collect()))
}
