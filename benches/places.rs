//! Where the benches find and leave their files.

use std::path::PathBuf;

/// Rows, sheet and profiles of the last run.
pub(crate) fn results() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/results/latest"))
}

/// Generated inputs and the tools' own files; below the target folder.
pub(crate) fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("benchlens")
}
