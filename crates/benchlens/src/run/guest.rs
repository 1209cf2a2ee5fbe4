//! The lenses for another harness, which declares, selects and times its cases itself.
//!
//! That harness calls [`isolated`](super::isolated) and [`count_windows`](super::count_windows) where it
//! would time a case, and [`finish`] at its end. `finish` starts the executable again for the other
//! lenses, stores all figures, and shows them together.

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use super::count;
use super::lens::{Start, Wanted};
use super::measured::{Error, LensFigures, Measured, chosen_lenses, counts, seconds};
use super::request::Baseline;
use super::scratch::Scratch;
use super::terminal::{Closing, close_for_person, progress, results_folder, show_loaded};
use crate::failure::Failure;
use crate::report::plain;
use crate::{CaseId, CaseInfo, Figure, Lens, Metric, SuiteInfo, store};

/// A case that the other harness selected.
#[derive(Clone, Debug)]
pub struct Timed {
    /// Its name.
    pub id: CaseId,
    /// The time of a call in nanoseconds, or the reason why it is missing.
    pub time: Result<Time, String>,
    /// The figures that it is compared with.
    pub baseline: Baseline,
}

/// An estimate in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// The estimate.
    pub estimate: f64,
    /// Its confidence interval, if there is one.
    pub interval: Option<(f64, f64)>,
}

/// What another harness passes to [`finish`].
#[derive(Clone, Debug)]
pub struct Guest {
    /// The package of the bench.
    pub package: String,
    /// The bench target.
    pub bench: String,
    /// Every case that the other harness named, selected or not, in its order.
    pub declared: Vec<CaseInfo>,
    /// The cases that it selected.
    pub selected: Vec<Timed>,
    /// The arguments for starting the executable in the other roles.
    pub arguments: Vec<OsString>,
    /// The name of saved figures to show instead of measuring.
    pub load: Option<String>,
}

/// The lenses that `BENCHLENS` selects; all of them by default.
///
/// # Errors
///
/// [`Error::Lenses`].
pub fn lenses() -> Result<Vec<Lens>, Error> {
    chosen_lenses(&Lens::ALL)
}

/// Takes the remaining figures of a guest's cases, stores all of them and prints the joined table. The
/// exit code reports errors as a bench of this harness does. A missing figure alone is no error, because
/// the guest's own figures are there.
pub fn finish(guest: &Guest, output: &mut dyn Write, errors: &mut dyn Write) -> ExitCode {
    let closing = Closing {
        is_strict: false,
        ..Closing::default()
    };
    let prepared = match &guest.load {
        Some(_) => prepare(guest),
        None => measure(guest, &mut |lens, done, of| {
            if closing.shows_progress {
                progress(errors, lens, done, of);
            }
        }),
    };
    match (prepared, &guest.load) {
        (Ok(loaded), Some(name)) => show_loaded(&loaded, name, output, errors),
        (Ok(measured), None) => close_for_person(&measured, &closing, output, errors),
        (Err(error), _) => {
            // Standard error may be closed.
            let _ = writeln!(errors, "{}", plain(&crate::failure::chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The first selected case without any figure in a strict baseline, and that baseline's name.
///
/// # Errors
///
/// What [`store::read_baseline`] says.
pub fn missing_in_baseline(guest: &Guest) -> Result<Option<(CaseId, String)>, store::Error> {
    let folder = results_folder(&guest.package, &guest.bench);
    for timed in &guest.selected {
        let Baseline::Compare {
            name,
            is_strict: true,
        } = &timed.baseline
        else {
            continue;
        };
        let figures = store::read_baseline(&folder, name)?;
        if !figures.iter().any(|figure| figure.case == timed.id) {
            return Ok(Some((timed.id.clone(), name.clone())));
        }
    }
    Ok(None)
}

/// The state of the run before its first lens.
fn prepare(guest: &Guest) -> Result<Measured, Error> {
    let place = |id: &CaseId| guest.declared.iter().position(|case| case.id == *id);
    let mut baselines: Vec<(Baseline, Vec<CaseId>)> = Vec::new();
    for timed in &guest.selected {
        let known = (baselines.iter_mut()).find(|(baseline, _)| *baseline == timed.baseline);
        match known {
            Some((_, cases)) => cases.push(timed.id.clone()),
            None => baselines.push((timed.baseline.clone(), vec![timed.id.clone()])),
        }
    }
    Ok(Measured {
        info: SuiteInfo {
            package: guest.package.clone(),
            suite: guest.bench.clone(),
            cases: guest.declared.clone(),
        },
        selected: guest
            .selected
            .iter()
            .filter_map(|timed| place(&timed.id))
            .collect(),
        run: super::invocation::run(),
        executable: super::invocation::executable()?,
        arguments: guest.arguments.clone(),
        lenses: Vec::new(),
        uncompared: Vec::new(),
        baselines,
        folder: Scratch::new()?,
    })
}

fn measure(guest: &Guest, progress: &mut dyn FnMut(Lens, usize, usize)) -> Result<Measured, Error> {
    let mut measured = prepare(guest)?;
    let crates = [&guest.package, &guest.bench].map(|name| name.replace('-', "_"));
    let wanted: Vec<Wanted> = (guest.selected.iter())
        .map(|timed| Wanted::named(timed.id.clone(), &crates))
        .collect();
    let seconds = seconds()?;
    // Counted for a heap lens without an allocator, and reused by the instruction lens.
    let mut instructions = None;
    for lens in lenses()? {
        let load_before = store::load();
        let path = measured.folder.path().join(lens.name());
        let start = Start {
            folder: &path,
            arguments: &guest.arguments,
            seconds,
        };
        let mut heard = |reports: usize| progress(lens, reports / 2, wanted.len());
        let mut taken = match lens {
            Lens::Time => times(&guest.selected),
            Lens::Heap if !count::has_allocator() => {
                let mut calls = counts(Lens::Instructions, &wanted, &start, &mut heard);
                let heap = calls_of_allocator(&mut calls);
                instructions = Some(calls);
                heap
            }
            _ => match instructions.take() {
                Some(taken) => taken,
                None => counts(lens, &wanted, &start, &mut heard),
            },
        };
        taken.selected = guest.selected.len();
        taken.of = guest.declared.len();
        taken.load_before = load_before;
        taken.stamp(&measured.run, &measured.executable);
        measured.add(taken);
    }
    Ok(measured)
}

/// The heap lens of an executable without a counting allocator: the number of calls to the allocator
/// that callgrind saw. Bytes are unknown.
fn calls_of_allocator(instructions: &mut LensFigures) -> LensFigures {
    LensFigures {
        figures: std::mem::take(&mut instructions.allocations),
        failures: instructions.failures.clone(),
        unavailable: (instructions.unavailable.as_ref())
            .map(|reason| format!("no counting allocator is linked in, and {reason}")),
        features: instructions.features.clone(),
        ..LensFigures::of(Lens::Heap)
    }
}

fn times(selected: &[Timed]) -> LensFigures {
    let mut taken = LensFigures {
        features: store::processor_features(),
        ..LensFigures::of(Lens::Time)
    };
    for timed in selected {
        match &timed.time {
            Err(reason) => taken.failures.push(Failure::of(&timed.id, reason)),
            Ok(time) => {
                let figure = |metric, value| Figure::measured(timed.id.clone(), metric, value);
                taken.figures.push(figure(Metric::Time, time.estimate));
                if let Some((low, high)) = time.interval {
                    taken.figures.push(figure(Metric::TimeLow, low));
                    taken.figures.push(figure(Metric::TimeHigh, high));
                }
            }
        }
    }
    taken
}

/// The package and the bench target of this executable: the package from cargo's environment, the
/// target from the file's name without cargo's hash.
pub fn target_of_process() -> (String, String) {
    let executable = env::current_exe().unwrap_or_default();
    let stem = executable.file_stem().unwrap_or_default().to_string_lossy();
    let bench = match stem.rsplit_once('-') {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => {
            name.to_owned()
        }
        _ => stem.into_owned(),
    };
    let package = env::var("CARGO_PKG_NAME").unwrap_or_else(|_| bench.clone());
    (package, bench)
}
