//! The declarations of the cases: `cases.json`.

use std::path::Path;

use super::Error;
use super::folder::Writer;
use super::folder::{json, read, read_json};
use crate::{CaseId, CaseInfo, SuiteInfo};

/// The file's name.
pub const FILE: &str = "cases.json";

/// Reads the declarations from `folder`.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`] or [`Error::Malformed`].
pub fn read_cases(folder: &Path) -> Result<SuiteInfo, Error> {
    read_json(&folder.join(FILE), &read(&folder.join(FILE))?)
}

/// Writes the declarations. Executables of one suite may declare different cases, so older
/// declarations for which `has_rows` is true are kept, after the new ones.
///
/// # Errors
///
/// [`Error::Access`].
pub fn write_cases(
    writer: &Writer,
    declared: &SuiteInfo,
    has_rows: impl Fn(&CaseId) -> bool,
) -> Result<(), Error> {
    let mut cases = declared.clone();
    let is_declared = |case: &CaseInfo| declared.cases.iter().any(|it| it.id == case.id);
    // An unreadable older declaration has nothing to keep.
    if let Ok(old) = read_cases(writer.folder()) {
        let kept = old.cases.into_iter();
        cases
            .cases
            .extend(kept.filter(|case| !is_declared(case) && has_rows(&case.id)));
    }
    writer.replace(FILE, &json(&writer.folder().join(FILE), &cases)?)
}
