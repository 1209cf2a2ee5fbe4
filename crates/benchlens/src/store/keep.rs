//! Stores what a bench measured.

use std::fs;
use std::path::Path;

use super::environment::commit;
use super::folder::Writer;
use super::profiles::{profile, remove_unnamed};
use super::programs::keep_program;
use super::record::own_package;
use super::rows::replace_rows;
use super::{Environment, Error, LensRun, RowFile, read_record, write_cases, write_record};
use crate::run::{LensFigures, Measured};
use crate::{CaseId, Figure, Lens};

/// What is stored: every row of the lenses that ran, including those of earlier runs.
#[derive(Debug, Default)]
pub struct Kept {
    /// The rows of each lens.
    pub rows: Vec<(Lens, Vec<Figure>)>,
}

/// Stores what was measured in `folder`. For each lens that ran, rows and profiles of the selected cases
/// replace the old ones. A lens that could not run and a case that failed leave the earlier rows; the
/// record says so, and no view shows them as figures of this run.
///
/// # Errors
///
/// [`Error::Access`], [`Error::Locked`], and [`Error::Malformed`] where rows of an earlier run cannot be
/// read.
pub fn keep(folder: &Path, measured: &Measured) -> Result<Kept, Error> {
    let writer = Writer::lock(folder)?;
    let mut kept = Kept::default();
    for lens in &measured.lenses {
        let rows = keep_lens(&writer, measured, lens)?;
        kept.rows.push((lens.lens, rows));
    }
    let has_rows = |case: &CaseId| {
        (kept.rows.iter()).any(|(_, rows)| rows.iter().any(|row| row.case == *case))
    };
    write_cases(&writer, &measured.info, has_rows)?;
    keep_program(&writer, measured)?;
    Ok(kept)
}

fn keep_lens(
    writer: &Writer,
    measured: &Measured,
    lens: &LensFigures,
) -> Result<Vec<Figure>, Error> {
    let folder = writer.folder();
    for (case, from) in &lens.profiles {
        if let Some(to) = profile(folder, lens.lens, &measured.run, case) {
            let access = |source| Error::Access {
                path: to.clone(),
                source,
            };
            fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(access)?;
            fs::copy(from, &to).map_err(access)?;
        }
    }
    // Without any new figure, the older ones stay.
    let rows = match lens.figures.is_empty() && lens.threads.is_empty() {
        true => Vec::new(),
        false => {
            let replace = |file, figures| replace(writer, measured, lens, file, figures);
            let rows = replace(lens.lens.into(), &lens.figures)?;
            match lens.lens {
                Lens::Heap => drop(replace(RowFile::GROWTH, &lens.growth)?),
                Lens::Time => {
                    replace(RowFile::SAMPLES, &lens.samples)?;
                    replace(RowFile::THREADS, &lens.threads)?;
                }
                Lens::Instructions => {}
            }
            remove_unnamed(folder, lens.lens, &rows);
            rows
        }
    };
    write_record(
        writer,
        Environment::describe(),
        lens.lens,
        run_of(measured, lens),
    )?;
    Ok(rows)
}

/// Whether another executable of the suite ran this lens in the same run. The rows of both are kept, and
/// reported as doubtful.
fn is_shared(writer: &Writer, measured: &Measured, lens: Lens) -> bool {
    let record = read_record(writer.folder()).unwrap_or_default();
    (record.lenses.get(&lens))
        .is_some_and(|last| last.run == measured.run && last.executable != measured.executable)
}

/// Replaces the rows of the selected cases, except those that failed without a new figure. Rows of
/// cases that are no longer declared are removed.
fn replace(
    writer: &Writer,
    measured: &Measured,
    lens: &LensFigures,
    file: RowFile,
    figures: &[Figure],
) -> Result<Vec<Figure>, Error> {
    let is_shared = is_shared(writer, measured, lens.lens);
    let is_lost = |case: &CaseId| {
        lens.failures.iter().any(|failure| failure.is_of(case))
            && !lens.figures.iter().any(|figure| figure.case == *case)
    };
    let selected = |case: &CaseId| {
        (measured.selected.iter()).any(|&place| measured.info.cases[place].id == *case)
    };
    let is_whole = measured.selected.len() == measured.info.cases.len() && !is_shared;
    replace_rows(writer, file, figures, |case| {
        (is_whole || selected(case)) && !is_lost(case)
    })
}

fn run_of(measured: &Measured, lens: &LensFigures) -> LensRun {
    LensRun {
        run: measured.run.clone(),
        executable: measured.executable.clone(),
        package: own_package(),
        date: now(),
        commit: commit(),
        selected: lens.selected,
        of: lens.of,
        unavailable: lens.unavailable.clone(),
        failures: lens.failures.clone(),
        features: lens.features.clone(),
        load_before: lens.load_before,
        load_after: super::load(),
    }
}

/// The current time as written in records, in UTC: `2026-01-31 12:00:00`.
pub fn now() -> String {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.replace('T', " ").replace('Z', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use crate::store::{doubts, read_cases, read_rows};
    use crate::{CaseInfo, Metric, SuiteInfo};

    fn case(subject: &str) -> CaseId {
        CaseId::new("a", subject, "")
    }

    /// A run of the heap lens that selects all of `cases` and counts `count` for each.
    fn measured(run: &str, executable: &str, cases: &[&str], count: u64) -> Measured {
        let mut lens = LensFigures::of(Lens::Heap);
        for subject in cases {
            let figure = Figure::exact(case(subject), Metric::Allocations, count);
            lens.figures.push(figure);
        }
        lens.stamp(run, executable);
        (lens.selected, lens.of) = (cases.len(), cases.len());
        Measured {
            info: SuiteInfo {
                cases: cases.iter().map(|it| CaseInfo::of(case(it))).collect(),
                ..SuiteInfo::default()
            },
            selected: (0..cases.len()).collect(),
            run: run.to_owned(),
            executable: executable.to_owned(),
            arguments: Vec::new(),
            lenses: vec![lens],
            uncompared: Vec::new(),
            baselines: Vec::new(),
            folder: crate::run::Scratch::new().unwrap(),
        }
    }

    /// Subject, run and count of each row.
    fn rows(folder: &Path) -> Vec<(String, String, Option<u64>)> {
        let rows = read_rows(folder, Lens::Heap).unwrap().into_iter();
        rows.map(|row| (row.case.subject, row.run, row.value.count()))
            .collect()
    }

    fn row(subject: &str, run: &str, count: u64) -> (String, String, Option<u64>) {
        (subject.to_owned(), run.to_owned(), Some(count))
    }

    #[test]
    fn a_whole_run_replaces_all_and_a_filtered_one_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        keep(folder, &measured("one", "x", &["old", "b"], 1)).unwrap();
        keep(folder, &measured("two", "x", &["new", "b"], 2)).unwrap();
        assert_eq!(rows(folder), [row("new", "two", 2), row("b", "two", 2)]);
        let mut filtered = measured("three", "x", &["new", "b"], 3);
        filtered.selected = vec![1];
        filtered.lenses[0].figures.remove(0);
        keep(folder, &filtered).unwrap();
        assert_eq!(rows(folder), [row("new", "two", 2), row("b", "three", 3)]);
        assert_eq!(read_cases(folder).unwrap().cases.len(), 2);
    }

    #[test]
    fn what_fails_leaves_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        keep(folder, &measured("one", "x", &["a", "b"], 1)).unwrap();
        let mut partly = measured("two", "x", &["a", "b"], 2);
        partly.lenses[0].figures.remove(0);
        partly.lenses[0].failures = vec![Failure::of(&case("a"), "it panicked")];
        keep(folder, &partly).unwrap();
        let mut left = rows(folder);
        left.sort();
        assert_eq!(left, [row("a", "one", 1), row("b", "two", 2)]);
        let current = crate::store::read_current_rows(folder, Lens::Heap).unwrap();
        assert_eq!(current.len(), 1, "of the last run it has no figure");
        let mut wholly = measured("three", "x", &["a", "b"], 3);
        wholly.lenses[0].figures.clear();
        wholly.lenses[0].unavailable = Some("no tool".to_owned());
        keep(folder, &wholly).unwrap();
        assert_eq!(rows(folder).len(), 2);
        // A case that is no longer selected is not a failure.
        keep(folder, &measured("four", "x", &["b"], 4)).unwrap();
        assert_eq!(rows(folder), [row("b", "four", 4)]);
    }

    #[test]
    fn two_executables_of_one_lens_in_one_run_lose_nothing_and_are_doubted() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for run in ["one", "two"] {
            keep(folder, &measured(run, "x", &["a"], 1)).unwrap();
            keep(folder, &measured(run, "y", &["b"], 2)).unwrap();
            assert_eq!(rows(folder), [row("a", run, 1), row("b", run, 2)]);
        }
        let found = read_rows(folder, Lens::Heap).unwrap();
        let record = read_record(folder).unwrap();
        assert_eq!(doubts(&record, &[(Lens::Heap, &found)]).len(), 1);
        assert_eq!(read_cases(folder).unwrap().cases.len(), 2);
    }
}
