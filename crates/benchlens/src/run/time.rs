//! The time lens: the cases under criterion, with all of criterion's options and output.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};

use super::estimates::{self, Before, BenchmarkName, Estimate};
use super::request::Baseline;
use super::target::criterion_folder;
use crate::failure::Failure;
use crate::suite::{Case, Prepared};
use crate::{CaseId, Dimensions, Figure, Metric, Work};

/// The times of cases, and the cases that have none.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) figures: Vec<Figure>,
    /// The time of a call in each of criterion's samples.
    pub(super) samples: Vec<Figure>,
    pub(super) failures: Vec<Failure>,
}

/// criterion, configured by the arguments of this process. The defaults suit suites with many cases:
/// 0.3 s of warm-up, 1 s of measurement, 20 samples. Ends the process on wrong arguments or
/// `--help`.
pub(super) fn criterion() -> Criterion {
    Criterion::default()
        .output_directory(&criterion_folder())
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots()
        .configure_from_args()
}

/// Prepares criterion for the baseline in the arguments; returns the cases without saved times, which
/// are not compared. Otherwise criterion would panic at the first of these cases, and
/// `--discard-baseline` would leave no readable estimates.
///
/// # Errors
///
/// The baseline's name, if no case has saved times.
pub(super) fn prepare(
    criterion: &mut Criterion,
    baseline: Option<&Baseline>,
    cases: &[&Case],
) -> Result<Vec<CaseId>, String> {
    let mut retain = |name: &str| {
        *criterion = std::mem::take(criterion).retain_baseline(name.to_owned(), false);
    };
    match baseline {
        Some(Baseline::Discard) => {
            retain("base");
            Ok(Vec::new())
        }
        Some(Baseline::Compare {
            name: name_of_saved,
            is_strict: true,
        }) => {
            let saved = estimates::saved(&criterion_folder(), name_of_saved);
            let has_none = |case: &&&Case| !saved.contains(&name(&case.info.id));
            let without: Vec<CaseId> = (cases.iter().filter(has_none))
                .map(|case| case.info.id.clone())
                .collect();
            if without.len() == cases.len() {
                return Err(name_of_saved.clone());
            }
            retain(name_of_saved);
            Ok(without)
        }
        _ => Ok(Vec::new()),
    }
}

/// Measures `cases`, which must have been verified.
pub(super) fn measure(criterion: &mut Criterion, cases: &[&Case]) -> Times {
    let folder = criterion_folder();
    let before = Before::look(&folder);
    for case in cases {
        let mut prepared = (case.prepare)(1);
        let mut group = criterion.benchmark_group(&case.info.id.group);
        configure(&mut group, case);
        bench(&mut group, &case.info.id, prepared.as_mut(), case.batch());
        group.finish();
    }
    let mut fresh = before.fresh(&folder);
    let mut times = Times::default();
    for case in cases {
        match fresh.remove(&name(&case.info.id)) {
            Some(estimate) => times.add(&case.info.id, estimate),
            None => times.failures.push(Failure::of(
                &case.info.id,
                format!("criterion left no estimate in {}", folder.display()),
            )),
        }
    }
    times
}

fn configure(group: &mut BenchmarkGroup<'_, WallTime>, case: &Case) {
    if let Some(work) = case.info.work.first() {
        group.throughput(match work.unit.as_str() {
            Work::BYTES => Throughput::Bytes(work.amount),
            _ => Throughput::Elements(work.amount),
        });
    }
    if let Some(samples) = case.settings.samples {
        group
            .sample_size(samples.max(10))
            .sampling_mode(SamplingMode::Flat);
    }
}

fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: &CaseId,
    prepared: &mut dyn Prepared,
    batch: usize,
) {
    let mut routine = |bencher: &mut criterion::Bencher<'_>| {
        bencher.iter_custom(|calls| prepared.time(calls, batch));
    };
    match (id.subject.as_str(), id.input.as_str()) {
        ("", input) => group.bench_function(BenchmarkId::from_parameter(input), &mut routine),
        (subject, "") => group.bench_function(subject, &mut routine),
        (subject, input) => group.bench_function(BenchmarkId::new(subject, input), &mut routine),
    };
}

fn name(id: &CaseId) -> BenchmarkName {
    let part = |part: &String| Some(part.clone()).filter(|part| !part.is_empty());
    BenchmarkName {
        group_id: id.group.clone(),
        function_id: part(&id.subject),
        value_str: part(&id.input),
    }
}

impl Times {
    fn add(&mut self, id: &CaseId, estimate: Estimate) {
        let figure = |metric, value| Figure::measured(id.clone(), metric, value);
        self.figures.extend([
            figure(Metric::Time, estimate.time),
            figure(Metric::TimeLow, estimate.low),
            figure(Metric::TimeHigh, estimate.high),
        ]);
        let samples = (0..).zip(estimate.samples);
        self.samples.extend(samples.map(|(sample, time)| Figure {
            at: Dimensions {
                sample: Some(sample),
                ..Dimensions::default()
            },
            ..figure(Metric::Time, time)
        }));
    }
}
