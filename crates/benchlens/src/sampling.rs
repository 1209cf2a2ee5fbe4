//! Takes a case's [`SampleProfile`]: repeats the case, and samples it with `perf` or with a timer in its process.
//!
//! Either sampler records registers and the top of the stack at each sample. The stacks are unwound here, with
//! the call frame information of the executable and its libraries, and named from their debug information. So
//! the measured code is compiled as usual: it needs no frame pointers and no further dependency.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::CaseId;
use crate::Lens;
use crate::profile::samples::{Builder, Facts, SampleProfile, SamplerKind};
use crate::run::repeat::{self, Launch, Observe, Repeat, Repeating, Until};

mod kernel;
mod memory;
mod perf;
mod raw;
mod symbols;
mod timer;
mod within;

use memory::Memory;
use raw::Raw;
use symbols::Symbols;
use within::Within;

/// Calls separated by a shorter pause share one window.
const JOINED: Duration = Duration::from_nanos(500);

/// If perf's samples cover a smaller share of the processor time, the timer is used instead.
const MIN_PERF_COVERAGE: f64 = 0.5;

/// How to sample.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The sampler; `None` for perf where it is permitted and covers enough of the time, else the timer.
    pub sampler: Option<SamplerKind>,
    /// How long the case is repeated.
    pub until: Until,
    /// Samples per second of processor time. A prime number avoids sampling in lockstep with the case.
    pub frequency: u32,
    /// How many bytes of a stack are copied. A deeper stack cannot be unwound to its end, and is reported as cut.
    pub stack: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            sampler: None,
            until: Until::Time(Duration::from_secs(3)),
            frequency: 997,
            stack: 32 << 10,
        }
    }
}

/// Why there are no samples.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The case could not be repeated.
    #[error(transparent)]
    Repeat(#[from] repeat::Error),
    /// The sampler that was asked for is not permitted on this machine.
    #[error("{case} cannot be sampled by {}: {reason}", sampler.name())]
    NotPermitted {
        /// The case.
        case: CaseId,
        /// The sampler.
        sampler: SamplerKind,
        /// Why, and what to do.
        reason: String,
    },
    /// The sampler's output could not be read.
    #[error("cannot read the samples of {case} in {}", path.display())]
    Read {
        /// The case.
        case: CaseId,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

/// Samples a case of the results in `results`. Files are left in `folder`, which may be removed afterwards.
///
/// The time lens's executable is preferred, since it has no allocator hook. Cost: the time that the plan asks
/// for, twice if the choice was left open and perf covered too little of it; then the lookup of each distinct
/// address.
///
/// # Errors
///
/// [`Error`].
pub fn take(
    results: &Path,
    case: &CaseId,
    plan: &Plan,
    folder: &Path,
) -> Result<SampleProfile, Error> {
    let (sampler, why) = choose(case, plan.sampler)?;
    let seen = sampled(results, case, plan, (sampler, why), folder)?;
    let coverage = seen.facts.coverage().unwrap_or(1.0);
    if plan.sampler.is_some()
        || sampler == SamplerKind::Timer
        || coverage >= MIN_PERF_COVERAGE
        || timer::permitted().is_err()
    {
        return Ok(seen);
    }
    let why = format!(
        "its samples stand for {:.0} % of the processor time, as it has none of threads that end within a period",
        coverage * 100.0
    );
    sampled(results, case, plan, (SamplerKind::Timer, why), folder)
}

/// Samples a case with one sampler; `why` is recorded as the reason for the choice.
fn sampled(
    results: &Path,
    case: &CaseId,
    plan: &Plan,
    (sampler, why): (SamplerKind, String),
    folder: &Path,
) -> Result<SampleProfile, Error> {
    let unreadable = |path: PathBuf| {
        |source| Error::Read {
            case: case.clone(),
            path,
            source,
        }
    };
    // The process is started in another working directory, so paths must be absolute.
    let made = fs::create_dir_all(folder).and_then(|()| fs::canonicalize(folder));
    let folder = &*made.map_err(unreadable(folder.to_owned()))?;
    let observe = match sampler {
        SamplerKind::Perf => Observe::Maps,
        SamplerKind::Timer => Observe::Samples {
            frequency: plan.frequency,
            stack: plan.stack,
        },
    };
    let repeat = Repeat {
        observe,
        windows: Some(JOINED),
        ..Repeat::new(plan.until)
    };
    let lenses = [Lens::Time, Lens::Instructions, Lens::Heap];
    let mut launch = Launch::find(results, case, &lenses, repeat)?;
    if sampler == SamplerKind::Perf {
        launch = launch.below(perf::words(folder, plan.frequency, plan.stack));
    }
    let repeated = Repeating::start(&launch, folder)?.wait()?;
    let (file, taken) = match sampler {
        SamplerKind::Perf => (folder.join(perf::FILE), perf::read(folder)),
        SamplerKind::Timer => (folder.join(repeat::SAMPLES), timer::read(folder)),
    };
    let taken = taken.map_err(unreadable(file))?;
    let windows = repeat::read_windows(folder).map_err(unreadable(folder.to_owned()))?;
    let memory = Memory::read(&folder.join(repeat::MAPS));
    let memory = memory.map_err(unreadable(folder.join(repeat::MAPS)))?;
    let facts = Facts {
        sampler,
        why,
        frequency: plan.frequency,
        calls: repeated.calls,
        nanoseconds: repeated.end.saturating_sub(repeated.begin),
        executable: launch.hash().to_owned(),
        lost: taken.lost,
        sees_kernel: taken.sees_kernel,
        used: repeated.processor,
        ..Facts::default()
    };
    let within = Within::new(&windows, repeated);
    Ok(stacks(&taken.samples, &memory, &within, facts))
}

/// The sampler, and the reason that perf is not used: empty if it is used, or if the sampler was asked for.
fn choose(case: &CaseId, wanted: Option<SamplerKind>) -> Result<(SamplerKind, String), Error> {
    let not_permitted = |sampler, reason| Error::NotPermitted {
        case: case.clone(),
        sampler,
        reason,
    };
    match (wanted, perf::permitted()) {
        (Some(SamplerKind::Timer), _) => {
            timer::permitted().map_err(|reason| not_permitted(SamplerKind::Timer, reason))?;
            Ok((SamplerKind::Timer, String::new()))
        }
        (Some(SamplerKind::Perf), Err(perf::Refusal::Whole(reason))) => {
            Err(not_permitted(SamplerKind::Perf, reason))
        }
        (Some(SamplerKind::Perf), _) | (None, Ok(())) => Ok((SamplerKind::Perf, String::new())),
        (None, Err(perf::Refusal::Whole(reason) | perf::Refusal::Kernel(reason))) => {
            let both = |other| format!("{reason}; {other}");
            timer::permitted().map_err(|other| not_permitted(SamplerKind::Perf, both(other)))?;
            Ok((SamplerKind::Timer, reason))
        }
    }
}

/// The stacks of the samples that were taken within calls.
fn stacks(samples: &[Raw], memory: &Memory, within: &Within, mut facts: Facts) -> SampleProfile {
    let mut builder = Builder::default();
    let mut symbols = Symbols::new(memory, facts.sampler);
    let mut unwinder = memory.unwinder();
    for sample in samples {
        if within.is_between(sample.time) {
            facts.stood_for = facts.stood_for.saturating_add(sample.nanoseconds);
        }
        let Some(at) = within.since_begin(sample.time) else {
            facts.outside += u64::from(within.is_between(sample.time));
            continue;
        };
        let unwound = unwinder.frames(sample);
        let mut chains: Vec<_> = (unwound.addresses.iter())
            .map(|&address| symbols.chain(address))
            .collect();
        let caller = chains.get(1).and_then(|chain| chain.first()).cloned();
        chains.splice(0..0, symbols.of_kernel(sample, caller.as_ref()));
        let is_of_call = within::cut_to_call(&mut chains, sample.thread == within.thread());
        if chains.is_empty() || !(is_of_call || unwound.is_cut) {
            facts.outside += 1;
            continue;
        }
        if unwound.is_cut && !is_of_call {
            facts.cut += 1;
        }
        let stack = chains.iter().map(|chain| builder.chain(chain)).collect();
        builder.sample(at, sample.nanoseconds, sample.thread, stack);
    }
    builder.finish(facts)
}
