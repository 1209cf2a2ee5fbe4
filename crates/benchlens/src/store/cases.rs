//! What was declared of each case, beside the rows of its figures: `cases.json`.

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

/// Writes the declarations. Several executables may be lenses of one suite and declare cases that the
/// others do not have: those of an older declaration that `has_rows` still names stay, behind the new.
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
    // An older declaration that cannot be read says nothing that this one must keep.
    if let Ok(old) = read_cases(writer.folder()) {
        let kept = old.cases.into_iter();
        cases
            .cases
            .extend(kept.filter(|case| !is_declared(case) && has_rows(&case.id)));
    }
    writer.replace(FILE, &json(&writer.folder().join(FILE), &cases)?)
}
