//! The results of a run as files: one CSV of flat rows a lens, what the lens saw beside its figures
//! in further files of the same rows, and the sheet of the machine.
//!
//! Every file is staged under a name of its own and renamed, by one writer of a folder at a time, so
//! a reader sees the old one or the new one and never half of one. Reading fails closed: what is not a complete, sound row is an
//! error that names the file and the line.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::measurement::{Lens, Measurement};
use folder::Writer;

pub mod folder;
pub mod machine;

/// A file of flat rows in a folder of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFile {
    name: &'static str,
    lens: Lens,
}

impl RowFile {
    /// Blocks and peak of each case on its input, and on one twice and four times as large: metrics
    /// such as `allocations_2n`, with the threads' runtime counted in.
    pub const GROWTH: Self = Self::of("growth.csv", Lens::Heap);
    /// The time of a call in each of criterion's samples: metrics such as `sample_7_ns`.
    pub const SAMPLES: Self = Self::of("samples.csv", Lens::Time);
    /// The time of a call by number of threads: metrics such as `time_2_threads_ns`.
    pub const THREADS: Self = Self::of("threads.csv", Lens::Time);

    const fn of(name: &'static str, lens: Lens) -> Self {
        Self { name, lens }
    }

    /// The file's name.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl From<Lens> for RowFile {
    fn from(lens: Lens) -> Self {
        match lens {
            Lens::Time => Self::of("time.csv", lens),
            Lens::Heap => Self::of("heap.csv", lens),
            Lens::Instructions => Self::of("instructions.csv", lens),
        }
    }
}

/// Why results could not be read or written.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is not there.
    #[error("{path} is missing")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder could not be read or written.
    #[error("cannot access {path}")]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process is writing to the folder and did not end in time.
    #[error("{path} is locked: another run is writing there; try again when it has ended")]
    Locked {
        /// The file that carries the lock.
        path: PathBuf,
    },
    /// The file is not what a lens writes.
    #[error("{path}, line {line}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// How one lens came to its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LensRun {
    /// Which run wrote them.
    pub run_id: String,
    /// When, in UTC.
    pub date: String,
    /// From which commit, with `+` where the tree had changes.
    pub commit: String,
    /// Why the lens could not measure, if it could not.
    pub unavailable: Option<String>,
    /// What went wrong: cases without a figure, and why.
    pub failures: Vec<String>,
    /// Cases that were left out because the subject cannot do them.
    pub skipped: Vec<String>,
    /// How many threads wanted to run, over the minute before it began.
    #[serde(default)]
    pub load_before: Option<f64>,
    /// How many threads wanted to run, its own included, over its last minute.
    #[serde(default)]
    pub load_after: Option<f64>,
}

/// The sheet of the machine and of the last run of each lens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The processor's name.
    pub cpu: String,
    /// Logical cores that the process may use.
    pub cores: usize,
    /// Kernel name and release.
    pub kernel: String,
    /// The compiler's version.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The flags of the profile.
    pub profile: String,
    /// The processor's features that the code may choose a path by.
    pub cpu_features: String,
    /// The C library's version.
    pub libc: String,
    /// How the kernel chooses the processor's frequency.
    #[serde(default)]
    pub governor: String,
    /// The last run of each lens.
    pub lenses: BTreeMap<Lens, LensRun>,
}

/// Above, two different counts may be one and the same double.
const EXACT_UP_TO: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;

/// Reads the rows of a lens, or of a further file, from `folder`.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`], or [`Error::Malformed`] for a wrong header, a value that is
/// not a finite number of zero or more or too large to be exact, a row of another lens, a duplicate, and a file cut short.
pub fn read_rows(folder: &Path, file: impl Into<RowFile>) -> Result<Vec<Measurement>, Error> {
    let RowFile { name, lens } = file.into();
    let path = folder.join(name);
    let text = read(&path)?;
    let malformed = |line: u64, reason: String| Error::Malformed {
        path: path.clone(),
        line,
        reason,
    };
    if !text.ends_with('\n') {
        let line = text.lines().count().max(1) as u64;
        return Err(malformed(
            line,
            "the file is cut short: the last line has no end".to_owned(),
        ));
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| malformed(1, error.to_string()))?
        .clone();
    if !header.iter().eq(Measurement::HEADER) {
        let expected = Measurement::HEADER.join(",");
        return Err(malformed(1, format!("the header is not `{expected}`")));
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let line = |place: Option<&csv::Position>| place.map_or(0, csv::Position::line);
        let record =
            record.map_err(|error| malformed(line(error.position()), error.to_string()))?;
        let line = line(record.position());
        let row: Measurement = record
            .deserialize(Some(&header))
            .map_err(|error| malformed(line, error.to_string()))?;
        if !row.value.is_finite() || row.value < 0.0 {
            return Err(malformed(line, format!("{} is no measurement", row.value)));
        }
        if row.exact && row.value > EXACT_UP_TO {
            let reason = format!("{} is too large to be exact", row.value);
            return Err(malformed(line, reason));
        }
        if row.lens != lens {
            return Err(malformed(line, format!("a row of the lens {}", row.lens)));
        }
        if !seen.insert((row.case.clone(), row.metric.clone())) {
            return Err(malformed(
                line,
                format!("{} of {} stands twice", row.metric, row.case),
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Replaces the rows of all cases that `selects` names by `measured` and keeps the others.
///
/// A selected case without a fresh row loses its old one: a figure of an earlier run would pass
/// for this run's.
///
/// # Errors
///
/// As [`read_rows`], except that a missing file counts as empty.
pub fn replace_rows(
    folder: &Path,
    file: impl Into<RowFile>,
    measured: &[Measurement],
    selects: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let writer = Writer::lock(folder)?;
    let file = file.into();
    let mut rows = match read_rows(folder, file) {
        Err(Error::Missing { .. }) => Vec::new(),
        other => other?,
    };
    rows.retain(|row| !selects(&row.case));
    rows.extend_from_slice(measured);
    writer.replace(file.name, &encode_rows(&rows)?)
}

/// Writes all rows of a lens or of a further file.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`].
pub fn write_rows(
    folder: &Path,
    file: impl Into<RowFile>,
    rows: &[Measurement],
) -> Result<(), Error> {
    Writer::lock(folder)?.replace(file.into().name, &encode_rows(rows)?)
}

/// The rows of a lens as they stand in its file.
///
/// # Errors
///
/// [`Error::Access`], which cannot happen in memory.
pub fn encode_rows(rows: &[Measurement]) -> Result<Vec<u8>, Error> {
    let failed = |source: csv::Error| Error::Access {
        path: "rows".into(),
        source: source.into(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    if rows.is_empty() {
        writer.write_record(Measurement::HEADER).map_err(failed)?;
    }
    for row in rows {
        writer.serialize(row).map_err(failed)?;
    }
    (writer.into_inner()).map_err(|error| failed(error.into_error().into()))
}

/// Reads the sheet from `folder`.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`] or [`Error::Malformed`].
pub fn read_sheet(folder: &Path) -> Result<Sheet, Error> {
    let path = folder.join("machine.json");
    let text = read(&path)?;
    serde_json::from_str(&text).map_err(|error| Error::Malformed {
        path,
        line: error.line() as u64,
        reason: error.to_string(),
    })
}

/// Writes this machine's sheet to `folder`, with `run`, which ends now, as the last run of `lens`.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`].
pub fn write_sheet(folder: &Path, lens: Lens, mut run: LensRun) -> Result<(), Error> {
    let mut sheet = machine::describe();
    run.load_after = machine::load();
    let writer = Writer::lock(folder)?;
    // An unreadable sheet of an older run says nothing that this run must keep.
    if let Ok(old) = read_sheet(folder) {
        sheet.lenses = old.lenses;
    }
    sheet.lenses.insert(lens, run);
    let mut bytes = serde_json::to_vec_pretty(&sheet).map_err(|error| Error::Access {
        path: folder.join("machine.json"),
        source: error.into(),
    })?;
    bytes.push(b'\n');
    writer.replace("machine.json", &bytes)
}

/// Writes a file as a whole.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`]; an older file of that name is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Writer::lock(path.parent().unwrap_or(Path::new(".")))?.replace(&name, bytes)
}

fn read(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing {
            path: path.to_owned(),
        },
        _ => Error::Access {
            path: path.to_owned(),
            source,
        },
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Error::Malformed {
            path: path.to_owned(),
            line: 1 + good.iter().filter(|&&byte| byte == b'\n').count() as u64,
            reason: "bytes that are not UTF-8".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn row(case: &str, metric: &str, value: f64) -> Measurement {
        Measurement::new(case, Lens::Heap, metric, value, "blocks", true)
    }

    fn error_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("heap.csv"), text).unwrap();
        read_rows(folder.path(), Lens::Heap)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_filtered_run_replaces_its_own_rows_only() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (
            row("a/b/c", "allocations", 1.0),
            row("a/b/d", "allocations", 2.0),
        );
        write_rows(folder.path(), Lens::Heap, &[one.clone(), two]).unwrap();
        let changed = row("a/b/d", "allocations", 3.0);
        let only_d = |case: &str| case == "a/b/d";
        replace_rows(folder.path(), Lens::Heap, from_ref(&changed), only_d).unwrap();
        assert_eq!(
            read_rows(folder.path(), Lens::Heap).unwrap(),
            [one.clone(), changed]
        );
        replace_rows(folder.path(), Lens::Heap, &[], only_d).unwrap();
        assert_eq!(read_rows(folder.path(), Lens::Heap).unwrap(), [one]);
    }

    #[test]
    fn whole_numbers_are_written_without_a_point() {
        let folder = tempfile::tempdir().unwrap();
        write_rows(
            folder.path(),
            Lens::Heap,
            &[row("a/b/c", "allocations", 2.0)],
        )
        .unwrap();
        let text = fs::read_to_string(folder.path().join("heap.csv")).unwrap();
        assert_eq!(
            text,
            "case,lens,metric,value,unit,exact\na/b/c,heap,allocations,2,blocks,true\n"
        );
    }

    #[test]
    fn broken_files_are_named_with_the_line() {
        let header = "case,lens,metric,value,unit,exact\n";
        let good = "a/b/c,heap,allocations,2,blocks,true\n";
        for (text, expected) in [
            (String::new(), "line 1"),
            ("case,lens\na,heap\n".to_owned(), "line 1"),
            (format!("{header}{good}{good}"), "line 3"),
            (
                format!("{header}a/b/c,heap,allocations,NaN,blocks,true\n"),
                "line 2",
            ),
            (
                format!("{header}a/b/c,heap,allocations,-1,blocks,true\n"),
                "line 2",
            ),
            (
                format!("{header}a/b/c,time,allocations,1,blocks,true\n"),
                "line 2",
            ),
            (format!("{header}{good}a/b/d,heap,alloc"), "line 3"),
        ] {
            let message = error_of(&text);
            assert!(
                message.contains("heap.csv") && message.contains(expected),
                "{message}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_rows(folder.path(), Lens::Time).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }));
        assert!(error.to_string().ends_with("time.csv is missing"));
    }
}
