//! Line by line: what each line of the project's source cost in one case.
//!
//! The flat cost of a line is its own cost, including external code inlined into it, and std
//! functions below it on the stack, such as the allocator interface. Its cumulative cost includes
//! all functions below it. Costs outside of the project have one row per function, so the flat costs
//! of a view add up to what the lenses counted. A lens without a profile has no figure anywhere in
//! the view.
//!
//! The same profiles give two views. With inlined functions, a cost is attributed to the line where
//! the code was written. Folded, it is attributed to the line of the physical function.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use serde::Serialize;

use crate::CaseId;
use crate::profile::dhat::HeapProfile;
use crate::profile::inlined::InlineProfile;
use crate::profile::samples::SampleProfile;

use sample::{Place, Sample};
use sources::{Error, Sources};

mod functions;
mod sample;
pub mod sources;
#[cfg(test)]
mod tests;
pub mod text;
pub mod top;

/// What one case cost, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// The case.
    pub case: CaseId,
    /// Why instructions are attributed to callgrind's own lines, without inlined functions; `None`
    /// if they are not.
    pub unresolved: Option<String>,
    /// Whether inlined functions are folded into physical ones.
    pub folded: bool,
    /// The sum of all flat costs, equal to what the lenses counted.
    pub total: Costs,
    /// The files of the project with costs, sorted by allocations and then by instructions,
    /// descending.
    pub files: Vec<SourceFile>,
    /// Functions outside of the project that were called and not inlined; sorted likewise.
    pub external: Vec<External>,
}

/// A file of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceFile {
    /// Relative to the project's folder.
    pub path: String,
    /// The sum over its lines.
    pub flat: Costs,
    /// The functions with costs, in the order of the file.
    pub functions: Vec<Function>,
}

/// A function with all its lines, from its attributes to its last brace; or a single line outside
/// of functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its name in the source; empty for a line outside of functions.
    pub name: String,
    /// All its lines.
    pub lines: Vec<Line>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// From 1.
    pub number: u32,
    /// The source text, without the line break.
    pub text: String,
    /// Its own cost.
    pub flat: Costs,
    /// Its cost including that of the functions below it on the stack. For instructions this
    /// includes inlined functions, but not called ones.
    pub cumulative: Costs,
    /// The calls at this line that the compiler inlined, the most expensive first.
    pub inlined: Vec<Inlined>,
}

/// A call that the compiler inlined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inlined {
    /// The function that was called.
    pub callee: String,
    /// Whether it belongs to the project. If so, its cost is at its own lines; otherwise it is part
    /// of the calling line's flat cost.
    pub of_the_project: bool,
    /// Its cost at this line.
    pub cost: Costs,
}

/// A function outside of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct External {
    /// Demangled name.
    pub function: String,
    /// Its own cost, including what was inlined into it.
    pub flat: Costs,
}

/// The costs of one place; `None` if the lens left no profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Costs {
    /// Blocks allocated; a reallocation counts as one.
    pub allocations: Option<u64>,
    /// Bytes allocated.
    pub allocated_bytes: Option<u64>,
    /// Instructions.
    pub instructions: Option<u64>,
    /// Samples of processor time, out of those in the view's total.
    pub samples: Option<u64>,
}

impl Costs {
    /// Zero for each figure that `other` has.
    fn none_of(other: Self) -> Self {
        let zero = |figure: Option<u64>| figure.map(|_| 0);
        Self {
            allocations: zero(other.allocations),
            allocated_bytes: zero(other.allocated_bytes),
            instructions: zero(other.instructions),
            samples: zero(other.samples),
        }
    }

    /// Whether any cost is above zero.
    pub fn is_something(self) -> bool {
        let (allocations, bytes, instructions) = self.rank();
        [allocations, bytes, instructions, self.samples]
            .into_iter()
            .flatten()
            .any(|cost| cost > 0)
    }

    /// Sort key: allocations, then bytes, then instructions; unmeasured costs come last. Samples are
    /// estimates, so they do not affect the order.
    const fn rank(self) -> (Option<u64>, Option<u64>, Option<u64>) {
        (self.allocations, self.allocated_bytes, self.instructions)
    }
}

impl AddAssign for Costs {
    fn add_assign(&mut self, other: Self) {
        let add = |figure: &mut Option<u64>, other: Option<u64>| {
            if let Some(other) = other {
                *figure = Some(figure.map_or(other, |own| own.saturating_add(other)));
            }
        };
        add(&mut self.allocations, other.allocations);
        add(&mut self.allocated_bytes, other.allocated_bytes);
        add(&mut self.instructions, other.instructions);
        add(&mut self.samples, other.samples);
    }
}

/// The profiles of a case; `None` for a lens that left none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured<'a> {
    /// Where it allocates.
    pub heap: Option<&'a HeapProfile>,
    /// What it executes.
    pub instructions: Option<&'a InlineProfile>,
    /// Where its processor time goes.
    pub samples: Option<&'a SampleProfile>,
}

impl Measured<'_> {
    /// Zero for the lenses that left a profile.
    fn nothing(self) -> Costs {
        Costs {
            allocations: self.heap.map(|_| 0),
            allocated_bytes: self.heap.map(|_| 0),
            instructions: self.instructions.map(|_| 0),
            samples: self.samples.map(|_| 0),
        }
    }
}

/// The costs at a line of the project.
struct AtLine {
    flat: Costs,
    cumulative: Costs,
    inlined: BTreeMap<(String, bool), Costs>,
}

impl AtLine {
    const fn new(none: Costs) -> Self {
        Self {
            flat: none,
            cumulative: none,
            inlined: BTreeMap::new(),
        }
    }
}

/// The index of a file of the project, and a line.
type At = (usize, u32);

struct Ledger {
    /// The costs of a place that cost nothing.
    none: Costs,
    total: Costs,
    lines: BTreeMap<At, AtLine>,
    external: BTreeMap<String, Costs>,
}

impl LineView {
    /// Attributes every sample of the profiles to a line.
    ///
    /// Time: linear in the frames of the profiles. Space: the functions that cost anything.
    ///
    /// # Errors
    ///
    /// [`Error`] if a profile names a file or a line of the project that the sources lack.
    pub fn of(
        case: &CaseId,
        measured: Measured<'_>,
        sources: &Sources,
        folded: bool,
    ) -> Result<Self, Error> {
        let Measured {
            heap,
            instructions,
            samples: sampled,
        } = measured;
        let none = measured.nothing();
        let mut ledger = Ledger {
            none,
            total: none,
            lines: BTreeMap::new(),
            external: BTreeMap::new(),
        };
        let mut samples = Vec::new();
        if let Some(profile) = heap {
            samples.extend(sample::of_heap(profile, sources)?);
        }
        if let Some(profile) = instructions {
            samples.extend(sample::of_instructions(profile, sources)?);
        }
        if let Some(profile) = sampled {
            samples.extend(sample::of_samples(profile, sources)?);
        }
        for sample in samples {
            if folded {
                ledger.charge(&sample.folded());
            } else {
                ledger.charge(&sample);
            }
        }
        Ok(Self {
            case: case.clone(),
            unresolved: instructions.and_then(|profile| profile.unresolved.clone()),
            folded,
            total: ledger.total,
            files: files(&ledger, sources),
            external: external(ledger.external),
        })
    }

    /// The view of a case whose processor time was not sampled.
    ///
    /// # Errors
    ///
    /// Those of [`of`](Self::of).
    pub fn new(
        case: &CaseId,
        heap: Option<&HeapProfile>,
        instructions: Option<&InlineProfile>,
        sources: &Sources,
        folded: bool,
    ) -> Result<Self, Error> {
        let measured = Measured {
            heap,
            instructions,
            samples: None,
        };
        Self::of(case, measured, sources, folded)
    }

    /// Every line with a cost, with its file.
    pub fn lines(&self) -> impl Iterator<Item = (&SourceFile, &Line)> {
        self.files.iter().flat_map(|file| {
            let lines = file.functions.iter().flat_map(|function| &function.lines);
            lines
                .filter(|line| line.cumulative.is_something())
                .map(move |line| (file, line))
        })
    }
}

impl Ledger {
    fn charge(&mut self, sample: &Sample<'_>) {
        let (cost, none) = (sample.cost, self.none);
        self.total += cost;
        match sample.holder() {
            Ok(place) => self.line(place).flat += cost,
            Err(function) => {
                *self.external.entry(function.to_owned()).or_insert(none) += cost;
            }
        }
        let places: BTreeSet<At> = sample.places().filter_map(Place::at).collect();
        for place in places {
            self.line(place).cumulative += cost;
        }
        let calls: BTreeSet<_> = sample.inlined_calls().collect();
        for (place, callee, of_the_project) in calls {
            let callee = (callee.to_owned(), of_the_project);
            *self.line(place).inlined.entry(callee).or_insert(none) += cost;
        }
    }

    fn line(&mut self, place: At) -> &mut AtLine {
        let none = self.none;
        self.lines.entry(place).or_insert_with(|| AtLine::new(none))
    }
}

fn files(ledger: &Ledger, sources: &Sources) -> Vec<SourceFile> {
    let with_costs: BTreeSet<usize> = ledger.lines.keys().map(|&(file, _)| file).collect();
    let mut files: Vec<_> = (with_costs.into_iter())
        .map(|index| {
            let mut flat = ledger.none;
            for (_, line) in ledger.lines.range((index, 0)..=(index, u32::MAX)) {
                flat += line.flat;
            }
            let numbers = ledger.lines.range((index, 0)..=(index, u32::MAX));
            let regions: BTreeSet<_> = numbers
                .map(|(&(_, number), _)| sources.region(index, number))
                .collect();
            SourceFile {
                path: sources.path(index).to_owned(),
                flat,
                functions: (regions.into_iter())
                    .map(|(first, last)| function(ledger, sources, index, first, last))
                    .collect(),
            }
        })
        .collect();
    files.sort_by_key(|file| (std::cmp::Reverse(file.flat.rank()), file.path.clone()));
    files
}

fn function(ledger: &Ledger, sources: &Sources, file: usize, first: u32, last: u32) -> Function {
    let lines = (first..=last).map(|number| {
        let costs = ledger.lines.get(&(file, number));
        let mut inlined: Vec<_> = (costs.into_iter().flat_map(|costs| &costs.inlined))
            .map(|((callee, of_the_project), cost)| Inlined {
                callee: callee.clone(),
                of_the_project: *of_the_project,
                cost: *cost,
            })
            .collect();
        inlined.sort_by_key(|call| std::cmp::Reverse(call.cost.rank()));
        Line {
            number,
            text: sources.line(file, number).to_owned(),
            flat: costs.map_or(ledger.none, |costs| costs.flat),
            cumulative: costs.map_or(ledger.none, |costs| costs.cumulative),
            inlined,
        }
    });
    Function {
        name: sources.function_name(file, first).to_owned(),
        lines: lines.collect(),
    }
}

fn external(by_function: BTreeMap<String, Costs>) -> Vec<External> {
    let mut rows: Vec<_> = (by_function.into_iter())
        .map(|(function, flat)| External { function, flat })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.flat.rank()));
    rows
}
