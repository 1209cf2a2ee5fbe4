//! The files of a run: rows of figures, declarations of the cases, profiles, and the record of the run.
//!
//! Every file is staged under a temporary name and renamed, with one writer per folder at a time, so
//! a reader sees either the old or the new file, whole. Every row names its run and its executable.

use std::io;
use std::path::PathBuf;

mod baselines;
mod cases;
mod environment;
pub mod folder;
mod keep;
#[cfg(feature = "profiles")]
mod memory;
mod profiles;
mod programs;
mod provenance;
mod record;
mod rows;
#[cfg(feature = "page")]
mod timelines;

pub use baselines::{baseline_folder, read_baseline, write_baseline};
pub use cases::{FILE as CASES, read_cases, write_cases};
pub use environment::{Environment, load, processor_features};
pub use keep::{Kept, keep, now};
#[cfg(feature = "profiles")]
pub use memory::{keep_memory, read_memory};
pub use profiles::profile;
pub use programs::Program;
#[cfg(feature = "profiles")]
pub use programs::read_program;
pub use provenance::{Doubt, doubts};
pub(crate) use record::own_package;
pub use record::{
    FILE as RECORD, LensRun, RunRecord, package_at, read_current_rows, read_record, results_of,
    write_record,
};
pub use rows::{HEADER, RowFile, encode_rows, read_rows, replace_rows};
#[cfg(feature = "page")]
pub use timelines::{Timelines, keep_timeline, read_timelines, timeline};

/// Why results could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not there.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder could not be read or written.
    #[error("cannot access {}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process is writing to the folder and did not end in time.
    #[error("{} is locked: another run is writing there; try again when it has ended", path.display())]
    Locked {
        /// The file that carries the lock.
        path: PathBuf,
    },
    /// The file is not what a lens writes.
    #[error("{}, line {line}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}
