//! Repeats one case in a process of its own, for tools that need the call to run for a while: samplers,
//! recorders, and tools that watch a process from outside.
//!
//! `start` starts the process. In it, `calls` warms up, starts the observer, repeats the call, and reports how
//! many calls there were and when. Cost between two calls: nothing, unless [`Repeat::windows`] is set; then two
//! reads of the clock.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::clock;
use super::plan::{Outcome, Plan};

pub mod memory;
mod observe;
mod regions;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod sampler;
#[cfg(feature = "profiles")]
mod start;
mod windows;

pub use observe::Observe;
#[cfg(feature = "sampling")]
pub(crate) use observe::{MAPS, SAMPLES};
#[cfg(feature = "profiles")]
pub use regions::read as read_regions;
#[cfg(feature = "profiles")]
pub use start::{Error, Launch, Repeating};
#[cfg(feature = "profiles")]
pub use windows::{Window, read as read_windows};

/// How a case is repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// How long the case is called before it is observed. At least one call is made.
    pub warm_up: Duration,
    /// When the repeating ends.
    pub until: Until,
    /// What observes the calls within the process.
    pub observe: Observe,
    /// If set, records the windows in which calls ran, since inputs are made between calls. Calls separated
    /// by a shorter pause share one window.
    pub windows: Option<Duration>,
}

impl Repeat {
    /// Repeats as long as `until` says, after a tenth of a second of warm-up, without an observer.
    pub const fn new(until: Until) -> Self {
        Self {
            warm_up: Duration::from_millis(100),
            until,
            observe: Observe::Nothing,
            windows: None,
        }
    }
}

/// When repeating ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// After this many calls.
    Calls(u64),
    /// After this much time. The clock is read about once per millisecond, and every call that was made counts.
    Time(Duration),
}

/// A process's report on the calls that it repeated. Times are in nanoseconds on the monotonic clock, which all
/// processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// How many calls were made after the warm-up.
    pub calls: u64,
    /// When the first call began.
    pub begin: u64,
    /// When the last call ended.
    pub end: u64,
    /// The process id.
    pub process: u32,
    /// The processor time of all threads between `begin` and `end`, in nanoseconds; `None` if the system has no such
    /// clock.
    pub processor: Option<u64>,
}

impl Repeated {
    /// How long the calls took, including the pauses between them.
    pub const fn time(&self) -> Duration {
        Duration::from_nanos(self.end.saturating_sub(self.begin))
    }
}

/// Called when a call begins, in a process that watches its calls.
pub(super) fn opened() {
    regions::prepare();
    windows::opened();
    // Last, so that the region of the call contains nothing else.
    regions::opened();
}

/// Called when the call has ended.
pub(super) fn closed() {
    regions::closed();
    windows::closed();
}

/// Whether this process was started to record regions.
pub(crate) fn records_regions() -> bool {
    let repeat = Plan::of_process().and_then(|plan| plan.repeat.as_ref());
    repeat.is_some_and(|repeat| repeat.observe == Observe::Regions)
}

/// The result of repeating the current case.
static DONE: Mutex<Option<Result<Repeated, String>>> = Mutex::new(None);

/// A file that the process writes when it reaches its case.
const BEGUN: &str = "begun";

/// The clock is read about this often, so that reading it costs little compared with short calls.
const STRETCH: Duration = Duration::from_millis(1);

/// In the executable: repeats `call` as `repeat` says. The observer's files go to `folder`.
pub(super) fn calls(folder: &Path, repeat: &Repeat, call: &mut dyn FnMut()) {
    let done = observed(folder, repeat, call).map_err(|error| error.to_string());
    *DONE.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
}

fn observed(folder: &Path, repeat: &Repeat, call: &mut dyn FnMut()) -> std::io::Result<Repeated> {
    // Distinguishes a process that ended within the case from one that never reached it.
    std::fs::write(folder.join(BEGUN), "")?;
    let memory = memory::begin(&repeat.observe, folder)?;
    let stretch = warm_up(repeat.warm_up, call);
    memory.iter().for_each(memory::Watched::warmed_up);
    let observer = observe::begin(&repeat.observe, folder)?;
    let windows = windows::begin(repeat.windows, folder)?;
    let before = clock::of_process();
    let begin = clock::now();
    let calls = match repeat.until {
        Until::Calls(calls) => {
            (0..calls).for_each(|_| call());
            calls
        }
        Until::Time(time) => calls_within(time, stretch, call),
    };
    let end = clock::now();
    let after = clock::of_process();
    windows.end()?;
    observer.end()?;
    memory.map_or(Ok(()), memory::Watched::end)?;
    Ok(Repeated {
        calls,
        begin,
        end,
        process: std::process::id(),
        processor: after.zip(before).map(|(after, before)| after - before),
    })
}

/// Calls for `time`, and returns how many calls take one [`STRETCH`].
fn warm_up(time: Duration, call: &mut dyn FnMut()) -> u64 {
    let begin = Instant::now();
    let mut calls = 0_u64;
    let mut next = 1;
    loop {
        (0..next).for_each(|_| call());
        calls += next;
        let spent = begin.elapsed();
        let each = spent.as_nanos() / u128::from(calls);
        let stretch = STRETCH.as_nanos() / each.max(1);
        let stretch = u64::try_from(stretch).unwrap_or(u64::MAX);
        if spent >= time {
            return stretch.max(1);
        }
        // The first calls are slow, so the estimate at most doubles.
        next = stretch.clamp(1, next * 2);
    }
}

fn calls_within(time: Duration, stretch: u64, call: &mut dyn FnMut()) -> u64 {
    let begin = Instant::now();
    let mut calls = 0;
    while calls == 0 || begin.elapsed() < time {
        (0..stretch).for_each(|_| call());
        calls += stretch;
    }
    calls
}

/// The outcome of the current case.
pub(super) fn outcome() -> Outcome {
    let done = DONE.lock().unwrap_or_else(PoisonError::into_inner).take();
    match done {
        None => Outcome::Failed("the bench never called its routine".to_owned()),
        Some(Err(reason)) => Outcome::Failed(reason),
        Some(Ok(repeated)) => Outcome::Repeated(repeated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(repeat: &Repeat, call: &mut dyn FnMut()) -> Repeated {
        let folder = tempfile::tempdir().unwrap();
        observed(folder.path(), repeat, call).unwrap()
    }

    #[test]
    fn as_many_calls_are_made_as_are_asked_for_and_some_to_warm_up() {
        let mut made = 0_u64;
        let mut repeat = Repeat::new(Until::Calls(1000));
        repeat.warm_up = Duration::ZERO;
        let all = repeated(&repeat, &mut || made += 1);
        assert_eq!((all.calls, made), (1000, 1001));
        assert!(all.begin <= all.end);
    }

    #[test]
    fn a_time_is_filled_and_every_call_in_it_is_counted() {
        let mut made = 0_u64;
        let mut repeat = Repeat::new(Until::Time(Duration::from_millis(20)));
        repeat.warm_up = Duration::ZERO;
        let all = repeated(&repeat, &mut || {
            made += 1;
            std::thread::sleep(Duration::from_millis(3));
        });
        assert_eq!(all.calls, made - 1);
        assert!(all.time() >= Duration::from_millis(20));
    }
}
