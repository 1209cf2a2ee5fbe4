//! What a process of a lens is to do: handed to it as files in a folder that its environment names.
//!
//! Which cases were selected must not show in the heap of the process, where the cases find their
//! inputs; so the selection is a file of its own, that is mapped.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::selection::{self, Selection};
use crate::{CaseId, HeapCost, Lens};

/// Names the folder of the plan.
const VARIABLE: &str = "BENCHLENS_PLAN";
const FILE: &str = "plan";
const REPORTS: &str = "reports";

/// What this process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It was started by a person or by cargo: it takes times, and starts the other roles.
    Main,
    /// It was started by the main process to count.
    Lens(Lens),
}

/// What a process of a lens is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) lens: Lens,
    /// Only this case, in the process itself, which may have any number of threads.
    pub(super) alone: Option<CaseId>,
    /// After how many seconds a case is given up.
    pub(super) seconds: u32,
    #[serde(skip)]
    folder: PathBuf,
    /// Where reports are appended, one a line. Kept, since looking there between two cases must not
    /// take anything from the heap.
    #[serde(skip)]
    reports: PathBuf,
    #[serde(skip)]
    selection: Selection,
}

/// What became of one case at one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) case: CaseId,
    /// How many times as large the input was as the case's own.
    pub(super) size: u32,
    pub(super) outcome: Outcome,
    /// What else is to be said of the figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<Mark>,
}

/// What a process has to say of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The heap cost of the counted call, and its profile, if one was asked for.
    Heap {
        cost: HeapCost,
        profile: Option<PathBuf>,
    },
    /// The counted call and further ones were made under callgrind in the process of this number.
    Instructions {
        process: u32,
        /// Which of its dumps is of the counted call.
        dump: u32,
        /// How many calls came after it.
        further: u64,
    },
    /// The process has several threads, so that it cannot fork: the case needs one of its own.
    NeedsProcess,
    /// There is no figure, for this reason.
    Failed(String),
}

/// What is to be known of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A closure that times a part of itself was counted as a whole.
    WholeClosure,
    /// The calls after it cost something else: the routine changes what it works on.
    CallsDiffer,
    /// Other threads ran meanwhile, in an order that the system chose.
    OtherThreads,
}

impl Plan {
    /// Writes a plan to `folder`, with the hashes of the selected cases, for a process that is about to
    /// be started.
    pub(super) fn write(
        folder: &Path,
        lens: Lens,
        alone: Option<&CaseId>,
        selected: &[CaseId],
        seconds: u32,
    ) -> io::Result<Self> {
        let plan = Self {
            lens,
            alone: alone.cloned(),
            seconds,
            folder: folder.to_owned(),
            reports: folder.join(REPORTS),
            selection: Selection::default(),
        };
        selection::write(folder, selected)?;
        fs::write(folder.join(FILE), serde_json::to_vec(&plan)?)?;
        Ok(plan)
    }

    /// What names the plan to its process.
    pub(super) fn variable(&self) -> (&'static str, &OsStr) {
        (VARIABLE, self.folder.as_os_str())
    }

    /// The plan of this process, if it has one; read once.
    ///
    /// A plan that cannot be read is none: whoever started the process sees that no report came.
    pub(super) fn of_process() -> Option<&'static Self> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        PLAN.get_or_init(|| {
            let folder = PathBuf::from(env::var_os(VARIABLE)?);
            let text = fs::read(folder.join(FILE)).ok()?;
            let mut plan: Plan = serde_json::from_slice(&text).ok()?;
            plan.selection = Selection::map(&folder);
            plan.reports = folder.join(REPORTS);
            plan.folder = folder;
            // Missing features only cost the record a line.
            let _ = fs::write(plan.features(), crate::store::processor_features());
            Some(plan)
        })
        .as_ref()
    }

    /// Whether the case is to be counted by this process. Takes nothing from the heap.
    pub(super) fn selects(&self, case: &CaseId) -> bool {
        match &self.alone {
            Some(alone) => alone == case,
            None => self.selection.holds(case),
        }
    }

    /// Appends a report. The line is written at once, so that lines of several processes stay whole.
    pub(super) fn report(&self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&self.reports)?;
        file.write_all(&line)
    }

    /// Where reports are appended.
    pub(super) fn reports(&self) -> &Path {
        &self.reports
    }

    /// Where the heap profile of a case is left by the process of this number.
    pub(super) fn profile(&self, process: u32) -> PathBuf {
        self.folder.join(format!("{process}.json"))
    }

    /// Where a process says which features of the processor it sees.
    pub(super) fn features(&self) -> PathBuf {
        self.folder.join("features")
    }

    /// How many bytes of reports there are. Takes nothing from the heap.
    pub(super) fn reported(&self) -> u64 {
        fs::metadata(&self.reports).map_or(0, |file| file.len())
    }
}

/// What this process is for, by its environment. The first call decides.
pub fn role() -> Role {
    Plan::of_process().map_or(Role::Main, |plan| Role::Lens(plan.lens))
}
