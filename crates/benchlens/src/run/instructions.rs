//! The instruction lens: counts every case under callgrind, only during the measured call, on all
//! threads.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::client_request;
use super::counts::Counts;
use super::dump::Dump;
use super::lens::{LensResult, Start, Wanted};
use super::plan::Outcome;
use super::processes::{AtSize, Counted, Job, count};
use crate::failure::Failure;
use crate::{CaseId, Lens, Metric};

/// How to install what the lens needs.
const INSTALL: &str =
    "valgrind not found: install it (`apt-get install valgrind`) to count instructions";
const UNSUPPORTED: &str = "instructions are counted on Linux on x86-64 only";

/// Why instructions cannot be counted here, if they cannot.
pub(super) fn unavailable() -> Option<&'static str> {
    if !client_request::IS_KNOWN {
        return Some(UNSUPPORTED);
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

/// The valgrind command line before the executable. Only the first process records addresses, which
/// line views need.
pub(super) fn prefix(number: usize, folder: &Path) -> Vec<OsString> {
    let mut out = OsString::from("--callgrind-out-file=");
    // Valgrind expands `%`, so a percent sign in the path is escaped.
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
) -> LensResult {
    let job = Job {
        lens: Lens::Instructions,
        cases: cases.iter().map(|case| case.id.clone()).collect(),
        prefix: &prefix,
        arguments: start.arguments.to_vec(),
        seconds: start.seconds,
        progress,
    };
    let mut taken = LensResult::default();
    match count(job, start.folder) {
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

impl LensResult {
    /// Adds a case's figure, or the reason why it is missing.
    fn add_instructions(
        &mut self,
        case: &CaseId,
        counted: &Counted,
        folder: &Path,
        unsteady: Option<&str>,
    ) {
        let own_size = |(size, _): &&AtSize| *size == 1;
        let Some((_, outcomes)) = counted.of(case).iter().find(own_size) else {
            return self.missing(case, counted);
        };
        let [first, second] = match both(outcomes, folder) {
            Ok(both) => both,
            Err(reason) => return self.fail(case, &reason),
        };
        let figure = |metric, of: fn(Dump) -> u64| {
            let counts = Counts {
                first: of(first.call),
                second: of(second.call),
            };
            counts.figure(case, metric, None, unsteady)
        };
        self.figures
            .push(figure(Metric::Instructions, |dump| dump.total));
        let mut allocations = figure(Metric::Allocations, |dump| dump.allocations);
        allocations.add_note("counted by callgrind where the allocator is called");
        self.allocations.push(allocations);
        if first.calls_differ() || second.calls_differ() {
            self.calls_differ(case);
        }
        self.profiles.push((case.clone(), first.profile));
    }
}

/// What one process counted of a case.
struct OfProcess {
    call: Dump,
    /// The sum over the further calls, and their number.
    further: (Dump, u64),
    profile: PathBuf,
}

impl OfProcess {
    fn read(process: u32, dump: u32, further: u64, folder: &Path) -> Result<Self, String> {
        // A dump on request has a number; the rest is written at exit.
        let profile = folder.join(format!("{process}.out.{dump}"));
        Ok(Self {
            call: Dump::read(&profile)?,
            further: (Dump::read(&folder.join(format!("{process}.out")))?, further),
            profile,
        })
    }

    /// Whether further calls differ from the counted one. Instructions inside the allocator are
    /// ignored, since they depend on blocks freed meanwhile. So are differences below 1 %, because
    /// copying a block at another address takes different steps.
    fn calls_differ(&self) -> bool {
        let (sum, calls) = self.further;
        let expected = self.call.outside().saturating_mul(calls);
        let apart = expected.abs_diff(sum.outside());
        apart.saturating_mul(100) > expected
            || self.call.allocations.checked_mul(calls) != Some(sum.allocations)
    }
}

fn both(outcomes: &[Option<Outcome>; 2], folder: &Path) -> Result<[OfProcess; 2], String> {
    let process = |number: usize| match &outcomes[number] {
        Some(Outcome::Instructions {
            process,
            dump,
            further,
        }) => OfProcess::read(*process, *dump, *further, &folder.join(number.to_string())),
        Some(Outcome::Failed(reason)) => Err(reason.clone()),
        _ => Err("its process reported nothing".to_owned()),
    };
    Ok([process(0)?, process(1)?])
}
