//! Keeping what a bench measured.

use std::fs;
use std::path::Path;

use super::environment::commit;
use super::folder::Writer;
use super::profiles::{profile, remove_unnamed};
use super::rows::replace_rows;
use super::{Environment, Error, LensRun, RowFile, write_cases, write_record};
use crate::run::{LensFigures, Measured};
use crate::{CaseId, Figure, Lens};

/// What was kept: every row of the lenses that looked, those of earlier runs included.
#[derive(Debug, Default)]
pub struct Kept {
    /// The rows of each lens.
    pub rows: Vec<(Lens, Vec<Figure>)>,
}

/// Keeps what was measured in `folder`: of each lens that looked, the rows of the selected cases take
/// the place of their old ones, and so do their profiles. A lens that could not look, and one that
/// failed as a whole, leave what an earlier run left; the record says so.
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
    // Without a single figure there is nothing that could take the place of older ones.
    let rows = match lens.figures.is_empty() && lens.threads.is_empty() {
        true => Vec::new(),
        false => {
            let rows = replace(writer, measured, lens.lens.into(), &lens.figures)?;
            match lens.lens {
                Lens::Heap => drop(replace(writer, measured, RowFile::GROWTH, &lens.growth)?),
                Lens::Time => {
                    replace(writer, measured, RowFile::SAMPLES, &lens.samples)?;
                    replace(writer, measured, RowFile::THREADS, &lens.threads)?;
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

/// Replaces the rows of the selected cases; those of cases that are no longer declared go as well.
fn replace(
    writer: &Writer,
    measured: &Measured,
    file: RowFile,
    figures: &[Figure],
) -> Result<Vec<Figure>, Error> {
    let selected = |case: &CaseId| {
        (measured.selected.iter()).any(|&place| measured.info.cases[place].id == *case)
    };
    let is_whole = measured.selected.len() == measured.info.cases.len();
    replace_rows(writer, file, figures, |case| is_whole || selected(case))
}

fn run_of(measured: &Measured, lens: &LensFigures) -> LensRun {
    LensRun {
        run: measured.run.clone(),
        executable: measured.executable.clone(),
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

/// `2026-01-31 12:00:00`, in UTC.
fn now() -> String {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.replace('T', " ").replace('Z', "")
}
