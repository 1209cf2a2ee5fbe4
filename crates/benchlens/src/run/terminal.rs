//! A bench's output for a person: the table, and what went wrong. All text that a bench prints is
//! written here, to the writers that the caller passes.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[cfg(feature = "suite")]
use super::Error;
#[cfg(feature = "suite")]
use super::harness::{Done, Harness};
use super::measured::Measured;
use super::request::Baseline;
use super::target::target_folder;
#[cfg(feature = "suite")]
use crate::Suite;
use crate::failure::{Failure, chain};
use crate::report::table::{Format, Table};
use crate::report::{amount, plain};
use crate::{CaseId, Figure, Lens, store};

/// What a bench stores and prints at its end.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Where its figures are stored; `None` for `benchlens/<package>/<bench>` in the target folder.
    pub results: Option<PathBuf>,
    /// Whether to print the joined table and to exit with an error on failure. `false` if another
    /// executable of the same suite follows, which cargo would not start after an error.
    pub is_last: bool,
    /// Whether a case without a figure makes the process fail.
    pub is_strict: bool,
    /// Whether progress is shown on standard error; by default if that is a terminal.
    pub shows_progress: bool,
}

impl Default for Closing {
    fn default() -> Self {
        Self {
            results: None,
            is_last: true,
            is_strict: true,
            shows_progress: io::stderr().is_terminal(),
        }
    }
}

/// Runs a bench, keeps its figures and prints the table. The exit code is 0 if all is well, 1 if a case failed
/// or figures could not be kept, and 2 for wrong arguments or a filter that matches nothing.
#[cfg(feature = "suite")]
pub fn run(
    harness: &Harness,
    declare: impl FnOnce(&mut Suite),
    closing: &Closing,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> ExitCode {
    let mut heard = |lens, done, of| {
        if closing.shows_progress {
            progress(errors, lens, done, of);
        }
    };
    let done = match harness.run(declare, output, &mut heard) {
        Ok(done) => done,
        Err(error) => {
            let _ = writeln!(errors, "{}{}", plain(&chain(&error)), advice(&error));
            return ExitCode::from(match error {
                Error::Prepare(_) => 1,
                _ => 2,
            });
        }
    };
    match done {
        Done::Nothing => ExitCode::SUCCESS,
        Done::Tested(wrong) => {
            report(&wrong, errors);
            ExitCode::from(u8::from(!wrong.is_empty()))
        }
        Done::Measured(measured) => close_for_person(&measured, closing, output, errors),
    }
}

/// Shows how many cases a lens has counted, on one line that is overwritten.
pub(super) fn progress(terminal: &mut dyn Write, lens: Lens, done: usize, of: usize) {
    let end = if done < of { "" } else { "\r\x1b[K" };
    // Progress is optional; ignore a closed terminal.
    let _ = write!(terminal, "\r{lens}: {done}/{of}{end}");
}

/// Advice on an error.
#[cfg(feature = "suite")]
fn advice(error: &Error) -> &'static str {
    match error {
        Error::NoCase(_) => "; `--list` names them",
        Error::NothingSaved(_) => "; `--save-baseline` does",
        _ => "",
    }
}

/// Stores and shows what was measured, or shows the error.
pub(super) fn close_for_person(
    measured: &Measured,
    closing: &Closing,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> ExitCode {
    close(measured, closing, output, errors).unwrap_or_else(|error| {
        let _ = writeln!(errors, "{}", plain(&chain(&error)));
        ExitCode::FAILURE
    })
}

/// Where the figures of a bench are stored by default.
pub fn results_folder(package: &str, bench: &str) -> PathBuf {
    let root = target_folder().join("benchlens");
    store::results_of(&root, package, bench, &store::own_package())
}

fn close(
    measured: &Measured,
    closing: &Closing,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> Result<ExitCode, store::Error> {
    let info = &measured.info;
    let folder =
        (closing.results.clone()).unwrap_or_else(|| results_folder(&info.package, &info.suite));
    // The baselines are read before they are replaced.
    let before = baselines(&folder, measured)?;
    store::keep(&folder, measured)?;
    for case in &measured.uncompared {
        let case = case.to_string();
        let _ = writeln!(errors, "{}: no saved time to compare with", plain(&case));
    }
    for (baseline, cases) in &measured.baselines {
        if let Baseline::Save(name) = baseline {
            store::write_baseline(&folder, name, measured, cases)?;
        }
    }
    if !closing.is_last {
        for lens in &measured.lenses {
            if let Some(reason) = &lens.unavailable {
                let _ = writeln!(errors, "{reason}");
            }
            let cases = amount(lens.selected as u64, "case");
            let _ = writeln!(output, "{}: {cases}", lens.lens);
            report(&lens.failures, errors);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if measured.lenses.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = read_table(&folder, measured)?;
    for (name, figures) in before {
        table.compare_with(&name, figures);
    }
    // The reader may close the pipe early.
    let _ = writeln!(output, "\n{}", table.render(Format::Text)).and_then(|()| output.flush());
    let mut is_whole = true;
    for (lens, run) in &table.record.lenses {
        is_whole &= run.failures.is_empty();
        // The table lists failures too; a strict bench also reports them on standard error.
        for failure in run.failures.iter().filter(|_| closing.is_strict) {
            let failure = failure.to_string();
            let _ = writeln!(errors, "no figure of the lens {lens}: {}", plain(&failure));
        }
    }
    Ok(ExitCode::from(u8::from(closing.is_strict && !is_whole)))
}

/// The figures that the selected cases are compared with, by baseline name.
fn baselines(
    folder: &Path,
    measured: &Measured,
) -> Result<Vec<(String, Vec<Figure>)>, store::Error> {
    let mut found = Vec::new();
    for (baseline, cases) in &measured.baselines {
        if let Some(name) = baseline.name() {
            let mut figures = store::read_baseline(folder, name)?;
            // Another executable of the same run may have stored its figures by now.
            figures.retain(|figure| cases.contains(&figure.case) && figure.run != measured.run);
            found.push((name.to_owned(), figures));
        }
    }
    Ok(found)
}

/// Shows a saved baseline beside the one that it is compared with, or shows the error.
pub(super) fn show_loaded(
    loaded: &Measured,
    name: &str,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> ExitCode {
    let info = &loaded.info;
    let folder = results_folder(&info.package, &info.suite);
    let table = || {
        let mut figures = store::read_baseline(&folder, name)?;
        figures.retain(|figure| is_selected(loaded, &figure.case));
        let mut table = Table::of(info.clone(), figures, store::RunRecord::default());
        for (name, figures) in baselines(&folder, loaded)? {
            table.compare_with(&name, figures);
        }
        Ok::<_, store::Error>(table)
    };
    match table() {
        Ok(table) => {
            let text = table.render(Format::Text);
            let _ = writeln!(output, "\n{text}").and_then(|()| output.flush());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(errors, "{}", plain(&chain(&error)));
            ExitCode::FAILURE
        }
    }
}

fn is_selected(measured: &Measured, case: &CaseId) -> bool {
    (measured.selected.iter()).any(|&place| measured.info.cases[place].id == *case)
}

/// The rows of the selected cases.
fn read_table(folder: &Path, measured: &Measured) -> Result<Table, store::Error> {
    let mut table = match Table::read(folder) {
        // No lens has stored anything yet, so only the failures are shown.
        Err(store::Error::Missing { .. }) => Table::of(
            measured.info.clone(),
            Vec::new(),
            store::read_record(folder)?,
        ),
        table => table?,
    };
    table.retain(|case| is_selected(measured, case));
    Ok(table)
}

fn report(failures: &[Failure], errors: &mut dyn Write) {
    for failure in failures {
        let _ = writeln!(errors, "{}", plain(&failure.to_string()));
    }
}
