//! The time lens: every case and every peer under criterion; then the joined table of all lenses.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench reports to its terminal"
)]

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::measurement::{Lens, Measurement};
use benchlens::profile::criterion as written;
use benchlens::report::page::Folders;
use benchlens::report::table::{Format, Table};
use benchlens::store::{self, LensRun, RowFile, machine};
use benchlens_suite::case::arguments::Arguments;
use benchlens_suite::case::{self, Case, Error, Prepared, counting};
use clap::Parser;
use criterion::{Criterion, SamplingMode, Throughput};

mod peers;
mod places;
mod threads;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut cases = case::suite(&places::scratch())?;
    cases.extend(peers::cases());
    cases.retain(|case| arguments.select(case));
    let start = SystemTime::now();
    let mut lens_run = machine::begin_run();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots()
        .configure_from_args();
    for case in &cases {
        if arguments.list {
            println!("{}: benchmark", case.name());
            continue;
        }
        match case.prepare_verified() {
            Ok(prepared) if arguments.bench => measure(&mut criterion, case, prepared),
            Ok(_) => {}
            Err(Error::Unsupported(reason)) => lens_run.skipped.push(reason),
            Err(error) => {
                let error = anyhow::Error::new(error);
                lens_run
                    .failures
                    .push(format!("{}: {error:#}", case.name()));
            }
        }
    }
    if arguments.bench && !arguments.list {
        return report(&arguments, &cases, lens_run, start);
    }
    lens_run
        .failures
        .iter()
        .for_each(|failure| eprintln!("time: {failure}"));
    Ok(ExitCode::from(u8::from(!lens_run.failures.is_empty())))
}

fn measure(criterion: &mut Criterion, case: &Case, mut prepared: Prepared) {
    let mut group = criterion.benchmark_group(&case.subject);
    group.throughput(Throughput::Bytes(case.bytes));
    if case.time_only && case.documents.is_some() {
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
    }
    group.bench_function(&case.input, |bencher| {
        bencher.iter_custom(|iterations| elapsed(&mut prepared, iterations));
    });
    group.finish();
}

fn elapsed(prepared: &mut Prepared, iterations: u64) -> Duration {
    let mut left = iterations;
    let mut elapsed = Duration::ZERO;
    while left > 0 {
        let calls = left.min(prepared.batch as u64);
        (prepared.reset)();
        let start = Instant::now();
        for _ in 0..calls {
            (prepared.run)();
        }
        elapsed += start.elapsed();
        left -= calls;
    }
    elapsed
}

fn report(
    arguments: &Arguments,
    cases: &[Case],
    mut lens_run: LensRun,
    start: SystemTime,
) -> Result<ExitCode> {
    let target = places::scratch()
        .ancestors()
        .nth(2)
        .map(|target| target.join("criterion"));
    let estimates = written::estimates(&target.unwrap_or_default(), start);
    let mut rows = Vec::new();
    let mut samples = Vec::new();
    for case in cases {
        let name = case.name();
        let Some(estimate) = estimates.get(&name) else {
            if !lens_run
                .failures
                .iter()
                .any(|failure| failure.starts_with(&name))
            {
                lens_run
                    .failures
                    .push(format!("{name}: criterion left no estimate"));
            }
            continue;
        };
        let mut row = |metric: &str, value: f64, unit: &str| {
            rows.push(Measurement::new(
                &name,
                Lens::Time,
                metric,
                value,
                unit,
                false,
            ));
        };
        let per_second = |amount: u64| amount as f64 * 1e9 / estimate.time;
        row("time_ns", estimate.time, "ns");
        row("time_low_ns", estimate.low, "ns");
        row("time_high_ns", estimate.high, "ns");
        row("bytes_per_second", per_second(case.bytes), "bytes/s");
        if let Some(documents) = case.documents {
            row("documents_per_second", per_second(documents), "documents/s");
        }
        samples.extend(estimate.samples.iter().enumerate().map(|(index, &time)| {
            let metric = format!("sample_{index}_ns");
            Measurement::new(&name, Lens::Time, &metric, time, "ns", false)
        }));
    }
    let mut by_threads = counting::by_threads(&places::scratch())?;
    by_threads.retain(|(_, case)| arguments.select(case));
    let by_threads = threads::measure(&by_threads).unwrap_or_else(|failure| {
        lens_run.failures.push(failure);
        Vec::new()
    });
    let folder = places::results();
    arguments.keep(&folder, Lens::Time, &rows)?;
    arguments.keep(&folder, RowFile::SAMPLES, &samples)?;
    arguments.keep(&folder, RowFile::THREADS, &by_threads)?;
    store::write_sheet(&folder, Lens::Time, lens_run)?;

    let mut table = Table::read(&folder)?;
    table.retain(|case| arguments.select_name(case));
    println!("\n{}", table.render(Format::Text));
    println!("profiles in results/latest/dhat: open one with valgrind's dh_view.html");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = Folders {
        results: &folder,
        baseline: &root.join("results/baseline"),
    };
    let asking = || println!("asking the compiler which calls it inlined");
    let (pairs, package) = (case::inlining::names(), env!("CARGO_PKG_NAME"));
    if let Err(error) = Witnesses::of(&pairs, root, package, &folder, asking) {
        eprintln!("no word of the compiler on the page: {error}");
    }
    let mut code = ExitCode::SUCCESS;
    match case::page::write(folders, root, None) {
        Ok(page) => println!("the page: {}", page.display()),
        Err(error) => {
            eprintln!("no page: {error}");
            code = ExitCode::FAILURE;
        }
    }
    for (lens, run) in &table.sheet.lenses {
        for failure in &run.failures {
            eprintln!("failed in the lens {lens}: {failure}");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
