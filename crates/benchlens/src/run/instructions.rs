//! The instruction lens: every case under callgrind, which counts the measured call alone, on all
//! threads.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::client_request;
use super::counts::Counts;
use super::lens::{Start, Taken, Wanted};
use super::plan::Outcome;
use super::processes::{Counted, Order, count};
use crate::failure::Failure;
use crate::{CaseId, Lens, Metric};

/// How to get what the lens needs, in one line.
const INSTALL: &str =
    "valgrind not found: install it (`apt-get install valgrind`) to count instructions";
const ELSEWHERE: &str = "instructions are counted on Linux on x86-64 only";

/// Why instructions cannot be counted here, if they cannot.
pub(super) fn unavailable() -> Option<&'static str> {
    if !client_request::IS_KNOWN {
        return Some(ELSEWHERE);
    }
    let found = Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match found {
        Ok(status) if status.success() => None,
        _ => Some(INSTALL),
    }
}

/// valgrind before the executable. Only the first process keeps addresses, which the lines need.
pub(super) fn prefix(number: usize, folder: &Path) -> Vec<OsString> {
    let mut out = OsString::from("--callgrind-out-file=");
    // A percent sign in a folder's name would be taken for a variable.
    out.push(folder.to_string_lossy().replace('%', "%%"));
    out.push("/%p.out");
    let instructions = if number == 0 { "yes" } else { "no" };
    [
        "valgrind",
        "--tool=callgrind",
        "--instr-atstart=no",
        "--cache-sim=no",
        "--separate-threads=no",
        &format!("--dump-instr={instructions}"),
    ]
    .into_iter()
    .map(OsString::from)
    .chain([out])
    .collect()
}

/// Counts the cases.
pub(super) fn measure(
    cases: &[Wanted],
    start: &Start<'_>,
    progress: &mut dyn FnMut(usize),
) -> Taken {
    let order = Order {
        lens: Lens::Instructions,
        cases: cases.iter().map(|case| case.id.clone()).collect(),
        prefix: &prefix,
        arguments: start.arguments.to_vec(),
        seconds: start.seconds,
        progress,
    };
    let mut taken = Taken::default();
    match count(order, start.folder) {
        Err(error) => taken.failures.push(Failure::of_lens(&error)),
        Ok(counted) => {
            for case in cases {
                let unsteady = case.unsteady.as_deref();
                taken.add_instructions(&case.id, &counted, start.folder, unsteady);
                taken.mark(case, &counted);
            }
            taken.add_ends(counted.ends);
            taken.features = counted.features;
        }
    }
    taken
}

impl Taken {
    /// Adds the figure of a case, or the reason why there is none.
    fn add_instructions(
        &mut self,
        case: &CaseId,
        counted: &Counted,
        folder: &Path,
        unsteady: Option<&str>,
    ) {
        let Some(outcomes) = counted.cases.get(&(case.clone(), 1)) else {
            return self.missing(case, counted);
        };
        match counts(outcomes, folder) {
            Ok((counts, profile)) => {
                let figure = counts.figure(case, Metric::Instructions, None, unsteady);
                self.figures.push(figure);
                self.profiles.push((case.clone(), profile));
            }
            Err(reason) => self.fail(case, &reason),
        }
    }
}

/// The counts of both processes, and the profile of the first.
fn counts(outcomes: &[Option<Outcome>; 2], folder: &Path) -> Result<(Counts, PathBuf), String> {
    let process = |number: usize| match &outcomes[number] {
        Some(Outcome::Instructions { process }) => Ok(folder
            .join(number.to_string())
            .join(format!("{process}.out"))),
        Some(Outcome::Failed(reason)) => Err(reason.clone()),
        _ => Err("its process said nothing of it".to_owned()),
    };
    let (here, apart) = (process(0)?, process(1)?);
    // What was dumped on request has a number; what came after it is written at the end.
    let first = PathBuf::from(format!("{}.1", here.display()));
    let counts = Counts {
        first: total(&first)?,
        next: Some(total(&here)?),
        apart: total(&PathBuf::from(format!("{}.1", apart.display())))?,
    };
    Ok((counts, first))
}

/// The total that callgrind states at the end of a file.
fn total(path: &Path) -> Result<u64, String> {
    let text =
        fs::read(path).map_err(|error| format!("callgrind left no {}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let stated = (text.lines().rev()).find_map(|line| line.strip_prefix("totals: "));
    (stated.and_then(|total| total.trim().parse().ok()))
        .filter(|total| *total > 0)
        .ok_or_else(|| format!("callgrind counted nothing in {}", path.display()))
}
