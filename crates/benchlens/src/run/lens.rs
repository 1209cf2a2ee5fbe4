//! The figures of a counting lens.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::is_harness;
use super::plan::CountNote;
use super::processes::Counted;
use crate::failure::Failure;
use crate::profile::dhat::is_within;
#[cfg(feature = "suite")]
use crate::suite::Case;
use crate::{AllocationBound, CaseId, Figure, Worth};

/// The note on a case whose routine changes its own state.
pub(super) const CALLS_DIFFER: &str = "calls differ; the second was counted";

/// A case to be counted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: CaseId,
    /// How to separate its own heap blocks from those of its threads' runtime, if they are
    /// separated.
    pub(super) own: Option<OwnBlocks>,
    /// Why its counts differ from run to run, if declared.
    pub(super) unsteady: Option<String>,
    /// Its declared bound on allocations.
    pub(super) bound: Option<AllocationBound>,
}

/// Which stacks make a heap block the subject's own.
#[derive(Clone, Debug)]
pub(super) enum OwnBlocks {
    /// Stacks with this function.
    #[cfg_attr(
        not(feature = "suite"),
        expect(dead_code, reason = "only a declared case names one")
    )]
    Function(String),
    /// Stacks with the counted call or, on other threads, with any function of these crates.
    Crates(Vec<String>),
}

impl OwnBlocks {
    pub(super) fn holds(&self, function: &str) -> bool {
        match self {
            Self::Function(own) => is_within(function, own),
            Self::Crates(crates) => {
                let path = function.trim_start_matches(['<', '&']);
                is_harness(function)
                    || (crates.iter())
                        .filter_map(|name| path.strip_prefix(name.as_str()))
                        .any(|rest| rest.starts_with("::"))
            }
        }
    }
}

impl Wanted {
    #[cfg(feature = "suite")]
    pub(super) fn of(case: &Case) -> Self {
        Self {
            id: case.info.id.clone(),
            own: case.settings.own_function.clone().map(OwnBlocks::Function),
            unsteady: case.settings.unsteady.clone(),
            bound: case.info.bound,
        }
    }

    /// Whether the case declares why its counts may differ.
    pub(super) const fn is_declared(&self) -> bool {
        matches!(self.own, Some(OwnBlocks::Function(_))) || self.unsteady.is_some()
    }

    /// A case known only by its name and the crates of its code.
    pub(super) fn named(id: CaseId, crates: &[String]) -> Self {
        Self {
            id,
            own: Some(OwnBlocks::Crates(crates.to_vec())),
            unsteady: None,
            bound: None,
        }
    }
}

/// How counting processes are started.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    /// Where they leave their files.
    pub(super) folder: &'a Path,
    /// The executable's arguments.
    pub(super) arguments: &'a [OsString],
    /// The time limit of a case, in seconds.
    pub(super) seconds: u32,
}

/// The figures of a lens, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct LensResult {
    pub(super) figures: Vec<Figure>,
    /// Figures of the same cases on larger inputs.
    pub(super) growth: Vec<Figure>,
    /// Cases whose calls differ.
    pub(super) differing: HashSet<CaseId>,
    /// Cases in which other threads took part.
    pub(super) threaded: HashSet<CaseId>,
    /// Allocations seen by the instruction lens, for an executable without a counting allocator.
    pub(super) allocations: Vec<Figure>,
    /// The profile of each case, in a temporary folder.
    pub(super) profiles: Vec<(CaseId, PathBuf)>,
    /// Cases without a figure and the reason, and failures of the lens as a whole.
    pub(super) failures: Vec<Failure>,
    /// The processor's features, as the processes of the lens saw them.
    pub(super) features: String,
}

impl LensResult {
    pub(super) fn fail(&mut self, case: &CaseId, reason: &str) {
        self.failures.push(Failure::of(case, reason));
    }

    /// Whether a case has figures, and all of them are exact.
    pub(super) fn is_exact(&self, case: &CaseId) -> bool {
        let mut figures = (self.figures.iter())
            .filter(|it| it.case == *case)
            .peekable();
        figures.peek().is_some() && figures.all(|it| it.worth.is_exact())
    }

    /// Adds failures for processes that ended early.
    pub(super) fn add_ends(&mut self, ends: Vec<String>) {
        let failures = ends
            .into_iter()
            .map(|reason| Failure { case: None, reason });
        self.failures.extend(failures);
    }

    /// Adds the notes on a case's counts.
    pub(super) fn mark(&mut self, case: &Wanted, counted: &Counted) {
        let marked = |mark| counted.marks.contains(&(case.id.clone(), mark));
        let is_declared = case.is_declared();
        if marked(CountNote::OtherThreads) {
            self.threaded.insert(case.id.clone());
        }
        if marked(CountNote::OtherThreads) && !is_declared {
            self.note(&case.id, "other threads took part", |worth| {
                if worth.is_exact() {
                    *worth = Worth::Shown(None);
                }
            });
        }
        if marked(CountNote::WholeClosure) {
            let note = "the whole closure was counted, although it times only a part";
            self.note(&case.id, note, |_| ());
        }
        // The comparison of calls includes the runtime's blocks, which vary with scheduling.
        if marked(CountNote::CallsDiffer) && !is_declared {
            self.calls_differ(&case.id);
        }
    }

    /// Notes that further calls differ from the counted one. If the two processes differ as well,
    /// the figures already have a note.
    pub(super) fn calls_differ(&mut self, case: &CaseId) {
        let exact = |it: &&mut Figure| it.case == *case && it.worth.is_exact();
        let figures = self.figures.iter_mut().chain(&mut self.allocations);
        for figure in figures.filter(exact) {
            figure.add_once(CALLS_DIFFER);
            self.differing.insert(case.clone());
        }
    }

    fn note(&mut self, case: &CaseId, note: &str, change: impl Fn(&mut Worth)) {
        let figures = self.figures.iter_mut().chain(&mut self.allocations);
        for figure in figures.filter(|it| it.case == *case) {
            change(&mut figure.worth);
            figure.add_note(note);
        }
    }

    /// Adds a failure for a case that no process reported.
    pub(super) fn missing(&mut self, case: &CaseId, counted: &Counted) {
        let is_known = (self.failures.iter()).any(|failure| failure.case.as_ref() == Some(case));
        if !is_known {
            let reason = (counted.ends.first()).map_or("no process reported it", String::as_str);
            self.fail(case, reason);
        }
    }
}
