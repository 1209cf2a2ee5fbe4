//! Named figures to compare later runs with: `baselines/<name>` among the results of a bench, one
//! file per lens.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Error;
use super::folder::Writer;
use super::rows::{read_rows, replace_rows};
use crate::run::Measured;
use crate::{CaseId, Figure, Lens};

/// The folder of the baseline `name` among the results in `folder`.
///
/// ```
/// use std::path::Path;
/// use benchlens::store::baseline_folder;
///
/// let main = baseline_folder(Path::new("results"), "main");
/// assert_eq!(main, Path::new("results/baselines/main"));
/// assert!(baseline_folder(Path::new("results"), "../up").starts_with("results/baselines"));
/// ```
pub fn baseline_folder(folder: &Path, name: &str) -> PathBuf {
    folder.join("baselines").join(folder_name(name))
}

/// The name, percent-encoded where a character is special in a path.
fn folder_name(name: &str) -> String {
    let mut folder = String::new();
    for byte in name.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"_-+".contains(&byte);
        match is_plain || byte == b'.' && !folder.is_empty() {
            true => folder.push(char::from(byte)),
            // Writing to a string cannot fail.
            false => drop(write!(folder, "%{byte:02X}")),
        }
    }
    match folder.is_empty() {
        true => "%".to_owned(),
        false => folder,
    }
}

/// Reads the figures of all lenses in the baseline `name`; empty if there are none.
///
/// # Errors
///
/// As [`read_rows`], except that a missing file counts as empty.
pub fn read_baseline(folder: &Path, name: &str) -> Result<Vec<Figure>, Error> {
    let folder = baseline_folder(folder, name);
    let mut figures = Vec::new();
    for lens in Lens::ALL {
        match read_rows(&folder, lens) {
            Err(Error::Missing { .. }) => {}
            rows => figures.extend(rows?),
        }
    }
    Ok(figures)
}

/// Saves the figures of `cases` as the baseline `name`, replacing those of an earlier run. A lens
/// without figures leaves the earlier ones.
///
/// # Errors
///
/// [`Error::Access`], [`Error::Locked`], and [`Error::Malformed`] where earlier ones cannot be read.
pub fn write_baseline(
    folder: &Path,
    name: &str,
    measured: &Measured,
    cases: &[CaseId],
) -> Result<(), Error> {
    let looked = || (measured.lenses.iter()).filter(|lens| !lens.figures.is_empty());
    if looked().next().is_none() {
        return Ok(());
    }
    let writer = Writer::lock(&baseline_folder(folder, name))?;
    for lens in looked() {
        let figures: Vec<Figure> = (lens.figures.iter())
            .filter(|figure| cases.contains(&figure.case))
            .cloned()
            .collect();
        // A case that failed keeps its earlier figures.
        let has_new = |case: &CaseId| figures.iter().any(|figure| figure.case == *case);
        replace_rows(&writer, lens.lens, &figures, has_new)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_folder_of_its_own() {
        let names = [
            "main", "v1.2", "a/b", "a-b", "..", "", ".", "a b", "Ä", "%2F",
        ];
        let mut folders: Vec<PathBuf> = (names.iter())
            .map(|name| baseline_folder(Path::new("results"), name))
            .collect();
        for folder in &folders {
            let parts = folder.components().count();
            assert!(parts == 3 && folder.file_name().is_some(), "{folder:?}");
        }
        assert!(folders[1].ends_with("v1.2") && folders[2].ends_with("a%2Fb"));
        folders.sort();
        folders.dedup();
        assert_eq!(folders.len(), names.len());
    }
}
