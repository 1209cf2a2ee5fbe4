//! What a counting lens takes from a run.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::is_harness;
use super::plan::Mark;
use super::processes::Counted;
use crate::failure::Failure;
use crate::profile::dhat::is_within;
#[cfg(feature = "suite")]
use crate::suite::Case;
use crate::{AllocationBound, CaseId, Figure, Worth};

/// Of a case whose routine changes what it works on.
pub(super) const CALLS_DIFFER: &str = "calls differ, of which the second was counted";

/// A case that is to be counted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: CaseId,
    /// Which of its heap blocks are not of its threads' runtime, where that is told apart.
    pub(super) own: Option<Own>,
    /// Why its counts differ from run to run, where that is known.
    pub(super) unsteady: Option<String>,
    /// What it promises of its use of the heap.
    pub(super) bound: Option<AllocationBound>,
}

/// What on the stack of a heap block makes it the subject's own.
#[derive(Clone, Debug)]
pub(super) enum Own {
    /// A function that does a piece of the work.
    #[cfg_attr(
        not(feature = "suite"),
        expect(dead_code, reason = "only a declared case names one")
    )]
    Function(String),
    /// The call itself, or on other threads any function of these crates; where other threads took part.
    Crates(Vec<String>),
}

impl Own {
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
            own: case.settings.own_below.clone().map(Own::Function),
            unsteady: case.settings.unsteady.clone(),
            bound: case.info.bound,
        }
    }

    /// A case of which nothing is known but its name and the crates that its work is from.
    pub(super) fn named(id: CaseId, crates: &[String]) -> Self {
        Self {
            id,
            own: Some(Own::Crates(crates.to_vec())),
            unsteady: None,
            bound: None,
        }
    }
}

/// How the processes of a lens are started.
pub(super) struct Start<'a> {
    /// Where they leave their files.
    pub(super) folder: &'a Path,
    /// What the executable is started with.
    pub(super) arguments: &'a [OsString],
    /// After how many seconds a case is given up.
    pub(super) seconds: u32,
}

/// The figures of a lens, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) figures: Vec<Figure>,
    /// Figures of the same cases on larger inputs.
    pub(super) growth: Vec<Figure>,
    /// Cases whose calls differ.
    pub(super) differing: HashSet<CaseId>,
    /// Allocations as the lens of instructions sees them, for an executable without a counting allocator.
    pub(super) allocations: Vec<Figure>,
    /// The profile of each case, in a folder that does not outlive the run.
    pub(super) profiles: Vec<(CaseId, PathBuf)>,
    /// Cases without a figure, and why; and what befell the lens as a whole.
    pub(super) failures: Vec<Failure>,
    /// The processor's features, as the processes of the lens saw them.
    pub(super) features: String,
}

impl Taken {
    pub(super) fn fail(&mut self, case: &CaseId, reason: &str) {
        self.failures.push(Failure::of(case, reason));
    }

    /// Processes that did not come to their end.
    pub(super) fn add_ends(&mut self, ends: Vec<String>) {
        let failures = ends
            .into_iter()
            .map(|reason| Failure { case: None, reason });
        self.failures.extend(failures);
    }

    /// Notes what is to be known of a case's counts.
    pub(super) fn mark(&mut self, case: &Wanted, counted: &Counted) {
        let marked = |mark| counted.marks.contains(&(case.id.clone(), mark));
        // A case whose own blocks are told apart, or whose counts are known to differ, says so itself.
        let is_declared = matches!(case.own, Some(Own::Function(_))) || case.unsteady.is_some();
        if marked(Mark::OtherThreads) && !is_declared {
            self.note(&case.id, "other threads took part", |worth| {
                if worth.is_exact() {
                    *worth = Worth::Shown(None);
                }
            });
        }
        if marked(Mark::WholeClosure) {
            let note = "the whole closure was counted, of which it times a part";
            self.note(&case.id, note, |_| ());
        }
        // Calls are compared as a whole, with the blocks of the runtime, of which chance has a part.
        if marked(Mark::CallsDiffer) && !is_declared {
            self.calls_differ(&case.id);
        }
    }

    /// The calls after the counted one were different. Where two processes differ, chance may be the
    /// reason, and the figures say so.
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

    /// A case of which no process said anything.
    pub(super) fn missing(&mut self, case: &CaseId, counted: &Counted) {
        let is_known = (self.failures.iter()).any(|failure| failure.case.as_ref() == Some(case));
        if !is_known {
            let reason =
                (counted.ends.first()).map_or("no process said anything of it", String::as_str);
            self.fail(case, reason);
        }
    }
}
