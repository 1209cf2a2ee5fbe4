//! The work order of a counting process, passed as files in a folder that an environment variable
//! names.
//!
//! The selection is a file of its own that is mapped into memory, so that it leaves no trace in the
//! heap where the cases allocate their inputs.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::repeat::{Repeat, Repeated};
use super::selection::{self, Selection};
use crate::{CaseId, HeapCost, Lens};

/// Holds the path of the plan's folder.
const VARIABLE: &str = "BENCHLENS_PLAN";
const FILE: &str = "plan";
const REPORTS: &str = "reports";

/// The role of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Started by a person or by cargo: measures time and starts the other roles.
    Main,
    /// Started by the main process to count.
    Lens(Lens),
    /// Started by a command to call one case again and again.
    Repeat,
}

/// The work order of a counting process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) lens: Lens,
    /// If set, only this case is counted, in the process itself and not in a fork, as it may have
    /// several threads.
    pub(super) alone: Option<CaseId>,
    /// The time limit of a case, in seconds.
    pub(super) seconds: u32,
    /// If set, the case is repeated and not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repeat: Option<Repeat>,
    #[serde(skip)]
    folder: PathBuf,
    /// Where reports are appended, one per line. Stored, because reading the file's length between
    /// two cases must not allocate.
    #[serde(skip)]
    reports: PathBuf,
    #[serde(skip)]
    selection: Selection,
}

/// The outcome of one case at one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) case: CaseId,
    /// The size of the input, as a multiple of the case's own input.
    pub(super) size: u32,
    pub(super) outcome: Outcome,
    /// Notes on the figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<CountNote>,
}

/// What a process reports about a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The heap cost of the counted call, and its profile, if one was asked for.
    Heap {
        cost: HeapCost,
        profile: Option<PathBuf>,
    },
    /// The counted call and further ones ran under callgrind in the process with this number.
    Instructions {
        process: u32,
        /// The number of the counted call's dump.
        dump: u32,
        /// How many calls followed it.
        further: u64,
    },
    /// The case was repeated.
    Repeated(Repeated),
    /// The process has several threads and cannot fork, so the case needs a process of its own.
    NeedsProcess,
    /// There is no figure, for this reason.
    Failed(String),
}

/// A note on a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountNote {
    /// A closure that times only a part of itself was counted as a whole.
    WholeClosure,
    /// Further calls had a different cost: the routine changes its own state.
    CallsDiffer,
    /// Other threads ran during the call, in an order that the scheduler chose.
    OtherThreads,
}

impl Plan {
    /// Writes a plan, with the hashes of the selected cases, to `folder`.
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
            repeat: None,
            folder: folder.to_owned(),
            reports: folder.join(REPORTS),
            selection: Selection::default(),
        };
        selection::write(folder, selected)?;
        fs::write(folder.join(FILE), serde_json::to_vec(&plan)?)?;
        Ok(plan)
    }

    /// Writes the plan of a process that repeats a case to `folder`.
    #[cfg(feature = "profiles")]
    pub(super) fn write_repeat(
        folder: &Path,
        case: &CaseId,
        repeat: &Repeat,
        seconds: u32,
    ) -> io::Result<Self> {
        let plan = Self {
            lens: Lens::Time,
            alone: Some(case.clone()),
            seconds,
            repeat: Some(repeat.clone()),
            folder: folder.to_owned(),
            reports: folder.join(REPORTS),
            selection: Selection::default(),
        };
        fs::write(folder.join(FILE), serde_json::to_vec(&plan)?)?;
        Ok(plan)
    }

    /// The environment variable that passes the plan to its process.
    pub(super) fn variable(&self) -> (&'static str, &OsStr) {
        (VARIABLE, self.folder.as_os_str())
    }

    /// The plan of this process, if it has one; read once.
    ///
    /// An unreadable plan is treated as absent; the parent notices that no report came.
    pub(super) fn of_process() -> Option<&'static Self> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        PLAN.get_or_init(|| {
            let folder = PathBuf::from(env::var_os(VARIABLE)?);
            let text = fs::read(folder.join(FILE)).ok()?;
            let mut plan: Plan = serde_json::from_slice(&text).ok()?;
            plan.selection = Selection::map(&folder);
            plan.reports = folder.join(REPORTS);
            plan.folder = folder;
            // Without the file, the record lacks the processor's features; nothing else depends on
            // it.
            let _ = fs::write(plan.features(), crate::store::processor_features());
            Some(plan)
        })
        .as_ref()
    }

    /// Whether this process counts the case. Does not allocate.
    pub(super) fn selects(&self, case: &CaseId) -> bool {
        match &self.alone {
            Some(alone) => alone == case,
            None => self.selection.holds(case),
        }
    }

    /// Appends a report. The line is written in one call, so lines of several processes do not mix.
    pub(super) fn report(&self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&self.reports)?;
        file.write_all(&line)
    }

    /// The folder of the plan, for the files of the process.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where reports are appended.
    pub(super) fn reports(&self) -> &Path {
        &self.reports
    }

    /// Where the process with this number leaves a case's heap profile.
    pub(super) fn profile(&self, process: u32) -> PathBuf {
        self.folder.join(format!("{process}.json"))
    }

    /// Where a process writes the processor features that it sees.
    pub(super) fn features(&self) -> PathBuf {
        self.folder.join("features")
    }

    /// The number of bytes of reports so far. Does not allocate.
    pub(super) fn reported(&self) -> u64 {
        fs::metadata(&self.reports).map_or(0, |file| file.len())
    }
}

/// The role of this process, from its environment. Evaluated once.
pub fn role() -> Role {
    match Plan::of_process() {
        None => Role::Main,
        Some(plan) if plan.repeat.is_some() => Role::Repeat,
        Some(plan) => Role::Lens(plan.lens),
    }
}
