//! The record of a run: `run.json`.

use std::collections::BTreeMap;
use std::env;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{Writer, json, read, read_json};
use super::{Environment, Error, RowFile, read_rows};
use crate::failure::Failure;
use crate::{Figure, Lens};

/// The file's name.
pub const FILE: &str = "run.json";

/// The environment, and the last run of each lens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The environment of the latest run.
    pub environment: Environment,
    /// The last run of each lens.
    pub lenses: BTreeMap<Lens, LensRun>,
}

/// How one lens's rows were measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LensRun {
    /// The run's name, as in its rows.
    pub run: String,
    /// The executable's hash, as in its rows.
    pub executable: String,
    /// The bench's package, as [`package_at`] names it, since packages of the same name may share a target
    /// folder. Empty if cargo did not start the bench.
    #[serde(default)]
    pub package: String,
    /// When the run ended, in UTC.
    pub date: String,
    /// The commit, with `+` if the tree had changes.
    pub commit: String,
    /// How many cases were measured, or failed.
    pub selected: usize,
    /// How many cases the suite has for this lens.
    pub of: usize,
    /// Why the lens could not run, if it could not.
    #[serde(default)]
    pub unavailable: Option<String>,
    /// What went wrong: cases without a figure, and why.
    #[serde(default)]
    pub failures: Vec<Failure>,
    /// The processor's features, as the measured code saw them.
    #[serde(default)]
    pub features: String,
    /// The load average when the lens began.
    #[serde(default)]
    pub load_before: Option<f64>,
    /// The load average when the run ended, including its own load.
    #[serde(default)]
    pub load_after: Option<f64>,
}

/// Distinguishes the package in `folder` from others of the same name. A hash, so that a published record names
/// no path.
pub fn package_at(folder: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    let whole = folder.canonicalize();
    whole.as_deref().unwrap_or(folder).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The package that cargo started this process for; empty if cargo did not.
pub(crate) fn own_package() -> String {
    env::var_os("CARGO_MANIFEST_DIR")
        .map(|folder| package_at(folder.as_ref()))
        .unwrap_or_default()
}

/// The folder of a bench target's results below `root`: `<name>/<bench>`, or `<name>-<package>/<bench>` if
/// another package of the same name, which shares the target folder, has its results there. `name` is the
/// package's name, and `package` is what [`package_at`] returns, or empty if unknown.
pub fn results_of(root: &Path, name: &str, bench: &str, package: &str) -> PathBuf {
    let plain = root.join(name).join(bench);
    let record = read_record(&plain).unwrap_or_default();
    let is_other = |run: &LensRun| !run.package.is_empty() && run.package != package;
    match !package.is_empty() && record.lenses.values().any(is_other) {
        true => root.join(format!("{name}-{package}")).join(bench),
        false => plain,
    }
}

/// Reads the record from `folder`.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`] or [`Error::Malformed`].
pub fn read_record(folder: &Path) -> Result<RunRecord, Error> {
    let path = folder.join(FILE);
    read_json(&path, &read(&path)?)
}

/// Reads the rows of a lens, or of an additional file, without the stale rows of cases that the last run
/// failed to measure. Without a record, reads all rows.
///
/// # Errors
///
/// As [`read_rows`] and [`read_record`].
pub fn read_current_rows(folder: &Path, file: impl Into<RowFile>) -> Result<Vec<Figure>, Error> {
    current_rows(folder, file.into())
}

fn current_rows(folder: &Path, file: RowFile) -> Result<Vec<Figure>, Error> {
    let mut rows = read_rows(folder, file)?;
    let lenses = match read_record(folder) {
        Err(Error::Missing { .. }) => return Ok(rows),
        record => record?.lenses,
    };
    if let Some(last) = lenses.get(&file.lens()) {
        rows.retain(|row| {
            row.run == last.run || !last.failures.iter().any(|it| it.is_of(&row.case))
        });
    }
    Ok(rows)
}

/// Writes `run` as the last run of `lens`, and keeps those of the other lenses.
///
/// # Errors
///
/// [`Error::Access`].
pub fn write_record(
    writer: &Writer,
    environment: Environment,
    lens: Lens,
    run: LensRun,
) -> Result<RunRecord, Error> {
    // An unreadable older record has nothing to keep.
    let old = read_record(writer.folder()).unwrap_or_default();
    let mut record = RunRecord {
        environment,
        lenses: old.lenses,
    };
    record.lenses.insert(lens, run);
    writer.replace(FILE, &json(&writer.folder().join(FILE), &record)?)?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_one_name_have_results_of_their_own() {
        let root = tempfile::tempdir().unwrap();
        let of = |package: &str| results_of(root.path(), "name", "bench", package);
        let plain = root.path().join("name/bench");
        assert_eq!(of("one"), plain);
        let keep = |package: &str| {
            let run = LensRun {
                package: package.to_owned(),
                ..LensRun::default()
            };
            let writer = Writer::lock(&of(package)).unwrap();
            write_record(&writer, Environment::default(), Lens::Heap, run).unwrap();
        };
        keep("one");
        keep("two");
        assert_eq!(of("one"), plain);
        assert_eq!(of("two"), root.path().join("name-two/bench"));
        assert!(of("two").join(FILE).is_file());
        assert_eq!(of(""), plain, "a bench that cargo did not start");
    }

    #[test]
    fn a_package_is_known_by_its_folder() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_ne!(package_at(one.path()), package_at(two.path()));
        assert_eq!(package_at(one.path()), package_at(&one.path().join(".")));
    }
}
