//! The interface to the engine: everything that the drop-in needs for counting instead of timing.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::OnceLock;

use benchlens::run::guest::{self, Guest, Time, Timed};
use benchlens::run::{self, CountNote, Request};
pub(crate) use benchlens::run::{Baseline, Role, absent, close, isolated, open, role};
pub(crate) use benchlens::{CaseId, CaseInfo, Work};
use benchlens::{Lens, region};

use crate::entry;
use crate::estimate::Estimate;

/// The part of a call between [`open`] and [`close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// What criterion times.
    Measured,
    /// A closure that times only a part of itself, as a whole.
    WholeClosure,
}

/// A benchmark that criterion selected, in the bench's order.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub(crate) id: CaseId,
    /// Whether the bench measures wall-clock time.
    pub(crate) is_time: bool,
    /// Absent if criterion printed none.
    pub(crate) estimate: Option<Estimate>,
    /// The baseline that it is compared with.
    pub(crate) baseline: Baseline,
}

/// Registers the counting allocator, at the start of the process, before it can fork.
pub(crate) fn begin() {
    if cfg!(not(feature = "no-hook")) {
        run::set_allocator(benchlens_heap::count);
        region::set_observable(benchlens_heap::observe);
    }
}

/// Whether this process counts or repeats a case, and was not started by a person or by cargo.
pub(crate) fn is_lens() -> bool {
    role() != Role::Main
}

/// Whether criterion may run benchmarks here: false if only other lenses are selected.
pub(crate) fn times() -> bool {
    is_lens() || lenses().contains(&Lens::Time)
}

/// The folder for criterion's files, in the target folder; `None` if the user has set it.
///
/// criterion would ask cargo, which does not know the `--target-dir` of the cargo that started the
/// bench.
pub(crate) fn criterion_folder() -> Option<PathBuf> {
    if env::var_os("CRITERION_HOME").is_some() {
        return None;
    }
    run::built_in().map(|target| target.join("criterion"))
}

/// Whether the arguments select a case, if criterion does not decide.
pub(crate) fn selects(case: &CaseId) -> bool {
    request().is_none_or(|request| request.selects(case))
}

/// The baseline in the arguments of the process.
pub(crate) fn baseline_of_arguments() -> Option<Baseline> {
    request()?.baseline.clone()
}

/// The arguments of this process; `None` if they are not criterion's.
fn request() -> Option<&'static Request> {
    static REQUEST: OnceLock<Option<Request>> = OnceLock::new();
    let arguments = || {
        env::args_os()
            .skip(1)
            .map(|it| it.to_string_lossy().into_owned())
    };
    REQUEST
        .get_or_init(|| Request::parse(arguments()).ok())
        .as_ref()
}

/// In a lens role, within [`isolated`]: calls `call` to warm up, to count, and to count again.
pub(crate) fn count(what: Counted, call: &mut dyn FnMut()) {
    let mark = match what {
        Counted::Measured => None,
        Counted::WholeClosure => Some(CountNote::WholeClosure),
    };
    run::count_windows(mark, call);
}

/// At the end of the timing process: takes the other figures and prints the table.
///
/// `arguments` are those for starting the executable again.
pub(crate) fn finish(declared: Vec<CaseInfo>, selected: Vec<Selected>, arguments: Vec<OsString>) {
    if is_lens()
        || selected.is_empty()
        || lenses().iter().all(|lens| *lens == Lens::Time) && is_off()
    {
        return;
    }
    let (package, bench) = guest::target_of_process();
    let selected = selected.into_iter().map(timed).collect();
    let guest = Guest {
        package,
        bench,
        declared,
        selected,
        arguments,
        load: request().and_then(|request| request.load.clone()),
    };
    if !times() {
        // criterion would have reported this, but did not run.
        require_baseline(&guest);
    }
    let (mut output, mut errors) = (io::stdout(), io::stderr());
    guest::finish(&guest, &mut output, &mut errors);
}

fn timed(case: Selected) -> Timed {
    let time = match (case.is_time, case.estimate) {
        (false, _) => Err("the bench measures something other than wall-clock time".to_owned()),
        (true, None) => Err("criterion printed no estimate".to_owned()),
        (true, Some(estimate)) => Ok(Time {
            estimate: estimate.nanoseconds,
            interval: estimate.interval,
        }),
    };
    Timed {
        id: case.id,
        time,
        baseline: case.baseline,
    }
}

/// Ends the process as criterion does if a case is missing in a strict baseline.
fn require_baseline(guest: &Guest) {
    if let Ok(Some((case, name))) = guest::missing_in_baseline(guest) {
        let said = format!(
            "{case}: Baseline '{name}' must exist before comparison is allowed; \
             try --save-baseline {name}"
        );
        entry::end_with(101, &said);
    }
}

/// Whether `BENCHLENS=off` turns off everything but criterion.
fn is_off() -> bool {
    env::var_os("BENCHLENS").is_some_and(|value| value == "off")
}

/// The lenses that the environment selects; an unknown name ends the process.
fn lenses() -> &'static [Lens] {
    static LENSES: OnceLock<Vec<Lens>> = OnceLock::new();
    LENSES.get_or_init(|| match guest::lenses() {
        _ if is_off() => vec![Lens::Time],
        Ok(lenses) => lenses,
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(io::stderr(), "{error}");
            process::exit(2);
        }
    })
}
