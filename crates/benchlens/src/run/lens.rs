//! What a counting lens takes from a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::plan::{Mark, Outcome};
use super::processes::{Counted, Place};
use crate::failure::Failure;
use crate::suite::Case;
use crate::{AllocationBound, CaseId, Figure, Worth};

/// A case that is to be counted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: CaseId,
    /// The function whose presence on the stack makes a heap block the subject's own.
    pub(super) own_below: Option<String>,
    /// Why its counts differ from run to run, where that is known.
    pub(super) unsteady: Option<String>,
    /// What it promises of its use of the heap.
    pub(super) bound: Option<AllocationBound>,
}

impl Wanted {
    pub(super) fn of(case: &Case) -> Self {
        Self {
            id: case.info.id.clone(),
            own_below: case.settings.own_below.clone(),
            unsteady: case.settings.unsteady.clone(),
            bound: case.info.bound,
        }
    }

    /// A case of which nothing but the name is known.
    pub(super) const fn named(id: CaseId) -> Self {
        Self {
            id,
            own_below: None,
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
        if marked(Mark::WholeClosure) {
            let note = "the whole closure was counted, of which it times a part";
            self.note(&case.id, note, |_| ());
        }
        // A case whose own blocks are told apart, or whose counts are known to differ, says so itself.
        let is_declared = case.own_below.is_some() || case.unsteady.is_some();
        if marked(Mark::OtherThreads) && !is_declared {
            self.note(&case.id, "other threads took part", |worth| {
                if worth.is_exact() {
                    *worth = Worth::Shown(None);
                }
            });
        }
    }

    fn note(&mut self, case: &CaseId, note: &str, change: impl Fn(&mut Worth)) {
        for figure in self.figures.iter_mut().filter(|it| it.case == *case) {
            change(&mut figure.worth);
            let separator = if figure.note.is_empty() { "" } else { "; " };
            figure.note.push_str(separator);
            figure.note.push_str(note);
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

impl Counted {
    /// The outcomes of a case by size.
    pub(super) fn of<'a>(
        &'a self,
        case: &CaseId,
    ) -> impl Iterator<Item = (&'a Place, &'a [Option<Outcome>; 2])> {
        let first = (case.clone(), 0);
        let last = (case.clone(), u32::MAX);
        self.cases.range(first..=last)
    }
}
