//! What a tool wrote, to profiles: one file a tool.
//!
//! A profile is the whole of what a lens saw, line by line, and its total is the lens's figure.
//! Input is never trusted: a file that is cut, damaged or of another format is an error that
//! names the file and the place, and never a smaller total.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

#[cfg(feature = "profiles")]
pub mod callgrind;
#[cfg(feature = "profiles")]
pub mod criterion;
pub mod dhat;
#[cfg(feature = "profiles")]
pub mod inlined;

/// Why a profile could not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// The file could not be opened or read.
    #[error("cannot read {}", file.display())]
    Read {
        /// The profile.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not the JSON that the lens writes; the source names line and column.
    #[error("{} is not a profile", file.display())]
    Json {
        /// The profile.
        file: PathBuf,
        /// What the decoder said.
        source: serde_json::Error,
    },
    /// A part of the file says something that the format does not know.
    #[error("{}: {place}: {reason}", file.display())]
    Malformed {
        /// The profile.
        file: PathBuf,
        /// `line 12`, `frame 3`, ….
        place: String,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The debug information of what was measured cannot be read.
    #[error("cannot find functions and lines in {}: {reason}", file.display())]
    Symbols {
        /// The executable.
        file: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The lines do not add up to the total that the file states: it is cut or damaged.
    #[error("{}: its lines add up to {sum} instructions, its totals line says {total}", file.display())]
    Total {
        /// The profile.
        file: PathBuf,
        /// Sum over all lines.
        sum: u64,
        /// What the file states.
        total: u64,
    },
}
