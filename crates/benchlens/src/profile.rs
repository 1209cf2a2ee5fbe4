//! Reads tool output into profiles, one module per tool.
//!
//! A profile contains everything that a lens saw, line by line, and its total is the lens's figure.
//! Input is not trusted: a truncated, damaged or foreign file is an error that names the file and
//! the place, never a smaller total.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::de::DeserializeOwned;
use thiserror::Error;

#[cfg(feature = "profiles")]
pub mod callgrind;
pub mod dhat;
#[cfg(feature = "profiles")]
pub mod inlined;
#[cfg(feature = "profiles")]
pub mod samples;
#[cfg(feature = "profiles")]
pub mod stored;

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
    /// The file is not valid JSON of this format; the source names line and column.
    #[error("{} is not a profile", file.display())]
    Json {
        /// The profile.
        file: PathBuf,
        /// What the decoder said.
        source: serde_json::Error,
    },
    /// A part of the file does not conform to the format.
    #[error("{}: {place}: {reason}", file.display())]
    Malformed {
        /// The profile.
        file: PathBuf,
        /// `line 12`, `frame 3`, ….
        place: String,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The debug information of the executable cannot be read.
    #[error("cannot find functions and lines in {}: {reason}", file.display())]
    Symbols {
        /// The executable.
        file: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The lines do not add up to the total in the file: it is truncated or damaged.
    #[error("{}: its lines add up to {sum} instructions, its totals line says {total}", file.display())]
    Total {
        /// The profile.
        file: PathBuf,
        /// The sum over all lines.
        sum: u64,
        /// The total in the file.
        total: u64,
    },
}

/// The bytes of the file at `path`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read {
        file: path.to_owned(),
        source,
    })
}

/// Decodes `json`; `path` only names it in errors.
fn decode<T: DeserializeOwned>(json: &[u8], path: &Path) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|source| Error::Json {
        file: path.to_owned(),
        source,
    })
}

/// Whether a function belongs to the standard library: by its type or, if that has no path, such as
/// `u8`, by its trait.
#[cfg(feature = "profiles")]
pub(crate) fn is_standard(function: &str) -> bool {
    let path = match function.strip_prefix('<') {
        None => function,
        Some(implementation) => match implementation.split_once(" as ") {
            Some((of, rest)) if !of.contains("::") => rest,
            Some((of, _)) => of,
            None => implementation,
        },
    };
    let path = path.trim_start_matches(['<', '&', '*', '[', '(']);
    let Some((name, _)) = path.split_once("::") else {
        return false;
    };
    // `<[_]>::to_vec` is an inherent method of a slice, which only std can define.
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !is_name || is_standard_crate(name)
}

/// Whether a crate of that name is part of the standard library.
#[cfg(feature = "profiles")]
pub(crate) fn is_standard_crate(name: &str) -> bool {
    matches!(name, "alloc" | "core" | "std")
}

#[cfg(all(test, feature = "profiles"))]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_known_by_type_or_trait() {
        for name in [
            "alloc::vec::from_elem",
            "<alloc::alloc::Global>::alloc_impl",
            "<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem",
            "<&alloc::vec::Vec<a::B> as core::iter::IntoIterator>::into_iter",
            "<u8 as <[_]>::to_vec_in::ConvertVec>::to_vec::<alloc::alloc::Global>",
            "<[u8]>::to_vec_in::<alloc::alloc::Global>",
        ] {
            assert!(is_standard(name), "{name}");
        }
        for name in ["a::b", "<a::B as core::clone::Clone>::clone", "clone3"] {
            assert!(!is_standard(name), "{name}");
        }
    }
}
