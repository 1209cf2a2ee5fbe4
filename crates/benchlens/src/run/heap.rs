//! The heap lens: counts every case under dhat.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use super::counts::Counts;
use super::lens::{LensResult, OwnBlocks, Start, Wanted};
use super::plan::{CountNote, Outcome};
use super::processes::{Counted, Job, count};
use crate::failure::Failure;
use crate::profile::dhat::HeapProfile;
use crate::{Figure, HeapCost, Lens, Metric};

/// Counts the cases.
pub(super) fn measure(
    cases: &[Wanted],
    start: &Start<'_>,
    progress: &mut dyn FnMut(usize),
) -> LensResult {
    let job = Job {
        lens: Lens::Heap,
        cases: cases.iter().map(|case| case.id.clone()).collect(),
        prefix: &|_, _| Vec::<OsString>::new(),
        arguments: start.arguments.to_vec(),
        seconds: start.seconds,
        progress,
    };
    let mut taken = LensResult::default();
    let counted = match count(job, start.folder) {
        Ok(counted) => counted,
        Err(error) => {
            taken.failures.push(Failure::of_lens(&error));
            return taken;
        }
    };
    for case in cases {
        let costs = taken.add_heap(case, &counted);
        if let Some(bound) = case.bound
            && let Err(broken) = bound.check(&costs)
        {
            taken.fail(&case.id, &broken.to_string());
        }
        taken.mark(case, &counted);
    }
    taken.add_ends(counted.ends);
    taken.features = counted.features;
    taken
}

/// Both outcomes of a case at one size.
struct Both {
    first: HeapCost,
    second: HeapCost,
    profiles: [Option<PathBuf>; 2],
}

impl LensResult {
    /// Adds a case's figures, or the reason why they are missing. Returns the costs by size.
    fn add_heap(&mut self, case: &Wanted, counted: &Counted) -> Vec<(u32, HeapCost)> {
        let (id, unsteady) = (&case.id, case.unsteady.as_deref());
        let mut sizes: Vec<(u32, Both)> = Vec::new();
        for (size, outcomes) in counted.of(id) {
            match both(outcomes) {
                Ok(both) => sizes.push((*size, both)),
                Err(reason) => self.fail(id, &reason),
            }
        }
        let Some((_, own_size)) = sizes.iter().find(|(size, _)| *size == 1) else {
            self.missing(id, counted);
            return Vec::new();
        };
        let threads = counted
            .marks
            .contains(&(id.clone(), CountNote::OtherThreads));
        match figures(case, own_size, threads) {
            Ok(figures) => self.figures.extend(figures),
            Err(reason) => self.fail(id, &reason),
        }
        if let Some(profile) = &own_size.profiles[0] {
            self.profiles.push((id.clone(), profile.clone()));
        }
        if sizes.len() > 1 {
            let unsteady = match of_own(case, threads) {
                Some(_) => unsteady.or(Some(SCHEDULED)),
                None => unsteady,
            };
            for (size, both) in &sizes {
                let metrics = [Metric::Allocations, Metric::PeakBytes];
                let figure =
                    |metric| counts(both, metric).figure(id, metric, Some(*size), unsteady);
                self.growth.extend(metrics.map(figure));
            }
        }
        (sizes.iter())
            .map(|(size, both)| (*size, both.first))
            .collect()
    }
}

fn both(outcomes: &[Option<Outcome>; 2]) -> Result<Both, String> {
    let heap = |outcome: &Option<Outcome>| match outcome {
        Some(Outcome::Heap { cost, profile }) => Ok((*cost, profile.clone())),
        Some(Outcome::Failed(reason)) => Err(reason.clone()),
        _ => Err("its process reported nothing".to_owned()),
    };
    let (first, profile) = heap(&outcomes[0])?;
    let (second, other) = heap(&outcomes[1])?;
    Ok(Both {
        first,
        second,
        profiles: [profile, other],
    })
}

fn counts(both: &Both, metric: Metric) -> Counts {
    let of = |cost: HeapCost| match metric {
        Metric::AllocatedBytes => cost.allocated_bytes,
        Metric::PeakBytes => cost.peak_bytes,
        _ => cost.allocations,
    };
    Counts {
        first: of(both.first),
        second: of(both.second),
    }
}

/// The figures at the case's own size. For a case with threads, its own blocks are separated from the
/// runtime's.
fn figures(case: &Wanted, both: &Both, threads: bool) -> Result<Vec<Figure>, String> {
    let (id, unsteady) = (&case.id, case.unsteady.as_deref());
    let all = [
        Metric::Allocations,
        Metric::AllocatedBytes,
        Metric::PeakBytes,
    ];
    let Some(own) = of_own(case, threads) else {
        let figures = all.map(|metric| counts(both, metric).figure(id, metric, None, unsteady));
        return Ok(figures.to_vec());
    };
    let mut split = Vec::new();
    for path in both.profiles.iter().flatten() {
        let json =
            fs::read(path).map_err(|error| format!("its profile cannot be read: {error}"))?;
        let profile =
            HeapProfile::parse(&json, path).map_err(|error| crate::failure::chain(&error))?;
        split.push(profile.split(|function| own.holds(function)));
    }
    let [(own, runtime), (own_apart, runtime_apart)] = split[..] else {
        return Err("it lacks a second profile".to_owned());
    };
    let figure = |metric, counts: Counts, unsteady| counts.figure(id, metric, None, unsteady);
    let scheduled = unsteady.or(Some(SCHEDULED));
    let pair = |first, second| Counts { first, second };
    Ok(vec![
        figure(
            Metric::Allocations,
            pair(own.allocations, own_apart.allocations),
            unsteady,
        ),
        figure(
            Metric::AllocatedBytes,
            pair(own.allocated_bytes, own_apart.allocated_bytes),
            unsteady,
        ),
        figure(
            Metric::PeakBytes,
            counts(both, Metric::PeakBytes),
            scheduled,
        ),
        figure(
            Metric::RuntimeAllocations,
            pair(runtime.allocations, runtime_apart.allocations),
            scheduled,
        ),
        figure(
            Metric::RuntimeBytes,
            pair(runtime.allocated_bytes, runtime_apart.allocated_bytes),
            scheduled,
        ),
    ])
}

/// Why a figure that depends on several threads is never exact, even if two processes agree on it.
const SCHEDULED: &str = "it depends on how the threads are scheduled";

/// How to separate the case's own blocks from its threads' runtime; `None` if they are not separated.
fn of_own(case: &Wanted, threads: bool) -> Option<&OwnBlocks> {
    match &case.own {
        Some(OwnBlocks::Crates(_)) if !threads => None,
        own => own.as_ref(),
    }
}
