//! The most expensive lines, over all cases.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Costs, LineView};

/// The order of the lines: by allocations, then bytes, then instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By the line's own cost.
    Flat,
    /// By the line's cost including that of the functions below it.
    Cum,
}

/// The most expensive lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Top {
    /// How many cases were added up.
    pub cases: usize,
    /// The most expensive first.
    pub lines: Vec<TopLine>,
}

/// A line of the project, added up over all cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopLine {
    /// The file, relative to the project's folder.
    pub path: String,
    /// From 1.
    pub number: u32,
    /// The source.
    pub text: String,
    /// The sum of its own costs.
    pub flat: Costs,
    /// The sum of its costs, including those of the functions below it.
    pub cumulative: Costs,
    /// The subjects in which it ran, each with its group, sorted.
    pub subjects: Vec<String>,
}

impl Top {
    /// The first `count` lines of all `views`.
    pub fn new(views: &[LineView], sort: Sort, count: usize) -> Self {
        let mut lines: BTreeMap<(&str, u32), TopLine> = BTreeMap::new();
        for view in views {
            let subject = view.case.without_input().to_string();
            for (file, line) in view.lines() {
                let row = lines
                    .entry((&file.path, line.number))
                    .or_insert_with(|| TopLine {
                        path: file.path.clone(),
                        number: line.number,
                        text: line.text.clone(),
                        flat: Costs::default(),
                        cumulative: Costs::default(),
                        subjects: Vec::new(),
                    });
                row.flat += line.flat;
                row.cumulative += line.cumulative;
                if let Err(place) = row.subjects.binary_search(&subject) {
                    row.subjects.insert(place, subject.clone());
                }
            }
        }
        let mut lines: Vec<_> = lines.into_values().collect();
        lines.sort_by_key(|line| match sort {
            Sort::Flat => Reverse((line.flat.rank(), line.cumulative.rank())),
            Sort::Cum => Reverse((line.cumulative.rank(), line.flat.rank())),
        });
        lines.truncate(count);
        Self {
            cases: views.len(),
            lines,
        }
    }

    /// The largest figure of each column, which determines its width.
    pub(super) fn largest(&self) -> Costs {
        let of = |figure: fn(&Costs) -> Option<u64>| {
            (self.lines.iter())
                .flat_map(|line| [figure(&line.flat), figure(&line.cumulative)])
                .max()
                .flatten()
        };
        Costs {
            allocations: of(|costs| costs.allocations),
            allocated_bytes: of(|costs| costs.allocated_bytes),
            instructions: of(|costs| costs.instructions),
            samples: of(|costs| costs.samples),
        }
    }
}
