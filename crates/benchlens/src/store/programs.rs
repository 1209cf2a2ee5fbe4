//! How the measured executables are started again: `programs.json`, by their hash.
//!
//! The file names paths of this machine, so it is not part of a published record.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Error;
use super::folder::{Writer, json};
use crate::run::Measured;

const FILE: &str = "programs.json";

/// Environment variables that cargo sets for a bench, and that the bench may depend on.
const VARIABLES: [&str; 3] = ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "LD_LIBRARY_PATH"];

/// An executable, and how cargo and the bench start it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The executable's file.
    pub path: PathBuf,
    /// Its arguments when it is not started by cargo.
    pub arguments: Vec<String>,
    /// Its working folder; empty for that of the starting process.
    pub folder: PathBuf,
    /// Variables that are set for it.
    pub environment: BTreeMap<String, String>,
}

/// The executables of a folder of results, by hash.
pub(super) type Programs = BTreeMap<String, Program>;

/// Adds this process's executable. Entries with the same path are removed: those executables no
/// longer exist.
pub(super) fn keep_program(writer: &Writer, measured: &Measured) -> Result<(), Error> {
    let path = writer.folder().join(FILE);
    let program = own(measured).map_err(|source| Error::Access {
        path: path.clone(),
        source,
    })?;
    // An unreadable file is from another version.
    let mut programs = read(writer.folder()).unwrap_or_default();
    programs.retain(|_, other| other.path != program.path);
    programs.insert(measured.executable.clone(), program);
    writer.replace(FILE, &json(&path, &programs)?)
}

fn own(measured: &Measured) -> std::io::Result<Program> {
    let variable = |name: &str| Some((name.to_owned(), env::var(name).ok()?));
    // cargo starts a bench in the folder of its package, and the bench may change its working
    // folder.
    let folder = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => folder.into(),
        None => env::current_dir().unwrap_or_default(),
    };
    let arguments = measured.arguments.iter();
    Ok(Program {
        path: env::current_exe()?,
        arguments: arguments
            .map(|it| it.to_string_lossy().into_owned())
            .collect(),
        folder,
        environment: VARIABLES.into_iter().filter_map(variable).collect(),
    })
}

fn read(folder: &std::path::Path) -> Result<Programs, Error> {
    let path = folder.join(FILE);
    super::folder::read_json(&path, &super::folder::read(&path)?)
}

/// The executable with this hash, as the results in `folder` recorded it; `None` if they did not.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Malformed`].
#[cfg(feature = "profiles")]
pub fn read_program(folder: &std::path::Path, hash: &str) -> Result<Option<Program>, Error> {
    match read(folder) {
        Err(Error::Missing { .. }) => Ok(None),
        programs => Ok(programs?.remove(hash)),
    }
}
