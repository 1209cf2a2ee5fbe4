//! The heap lens: every case once under dhat, in a process that does nothing else.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench reports to its terminal"
)]

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use benchlens::allocation_bound::HeapClaim;
use benchlens::measurement::{Lens, Measurement};
use benchlens::profile::dhat::HeapProfile;
use benchlens::store::{self, RowFile, machine};
use benchlens_heap::HeapCost;
use benchlens_suite::case::arguments::Arguments;
use benchlens_suite::case::{self, Case, Error};
use clap::Parser;

mod places;

/// Set in the child, whose standard error carries a report of dhat for every profile.
const CHILD: &str = "BENCHLENS_HEAP_CHILD";

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if std::env::var_os(CHILD).is_some() || arguments.list || !arguments.bench {
        return run(&arguments).map(|()| ExitCode::SUCCESS);
    }
    let mut child = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(CHILD, "1")
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the heap lens")?;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line?;
            if !line.starts_with("dhat: ") {
                eprintln!("{line}");
            }
        }
    }
    Ok(ExitCode::from(u8::from(!child.wait()?.success())))
}

fn run(arguments: &Arguments) -> Result<()> {
    let mut cases = case::suite(&places::scratch())?;
    cases.retain(|case| !case.time_only && arguments.select(case));
    if arguments.list {
        cases
            .iter()
            .for_each(|case| println!("{}: benchmark", case.name()));
        return Ok(());
    }
    let profiles = places::results().join("dhat");
    std::fs::create_dir_all(&profiles)?;
    if arguments.filter.is_none() && arguments.bench {
        // Profiles of subjects that are no more would be taken for this run's.
        std::fs::remove_dir_all(&profiles)?;
        std::fs::create_dir_all(&profiles)?;
    }
    let mut lens_run = machine::begin_run();
    let mut rows = Vec::new();
    let mut growth = Vec::new();
    for case in &cases {
        match measure(case, arguments.bench) {
            Ok(measured) => {
                rows.extend(measured.rows);
                growth.extend(measured.growth);
                let failed = measured
                    .claim
                    .map(|error| format!("{}: {error}", case.name()));
                lens_run.failures.extend(failed);
            }
            Err(error) => match error.downcast_ref::<Error>() {
                Some(Error::Unsupported(reason)) => lens_run.skipped.push(reason.clone()),
                _ => lens_run
                    .failures
                    .push(format!("{}: {error:#}", case.name())),
            },
        }
    }
    for failure in &lens_run.failures {
        eprintln!("heap: {failure}");
    }
    println!(
        "heap: {} cases, one profile each in results/latest/dhat",
        cases.len()
    );
    if arguments.bench {
        arguments.keep(&places::results(), Lens::Heap, &rows)?;
        arguments.keep(&places::results(), RowFile::GROWTH, &growth)?;
        store::write_sheet(&places::results(), Lens::Heap, lens_run)?;
    }
    Ok(())
}

/// The figures of a case.
#[derive(Default)]
struct Measured {
    /// Those of the lens.
    rows: Vec<Measurement>,
    /// Those by the size of the input.
    growth: Vec<Measurement>,
    /// Why the subject's claim is false. It takes nothing from the figures: the gate must see them.
    claim: Option<anyhow::Error>,
}

/// Verifies the case, profiles one call after a warm-up, and holds the subject to its claim.
fn measure(case: &Case, profile: bool) -> Result<Measured> {
    drop(case.prepare_verified()?);
    if !profile {
        return Ok(Measured::default());
    }
    let file = places::results()
        .join("dhat")
        .join(format!("{}.json", case.name().replace('/', "_")));
    let scratch = tempfile::tempdir()?;
    let written = scratch.path().join("dhat.json");
    let cost = call(case, 1, Some(&written))?;
    let profile = HeapProfile::read(&written)?;
    store::write(&file, &std::fs::read(&written)?)?;
    let figures = [cost, call(case, 2, None)?, call(case, 4, None)?];
    let claim = match case.threaded {
        true => None,
        false => hold_to_claim(case.heap, figures).err(),
    };
    let row = |metric: &str, value: u64, unit: &str, exact| {
        Measurement::new(&case.name(), Lens::Heap, metric, value as f64, unit, exact)
    };
    let exact = !case.threaded;
    let growth = [("1n", figures[0]), ("2n", figures[1]), ("4n", figures[2])]
        .into_iter()
        .flat_map(|(size, cost)| {
            [
                row(
                    &format!("allocations_{size}"),
                    cost.allocations,
                    "blocks",
                    exact,
                ),
                row(
                    &format!("peak_bytes_{size}"),
                    cost.peak_bytes,
                    "bytes",
                    exact,
                ),
            ]
        })
        .collect();
    let Some(function) = case.own_function else {
        let rows = vec![
            row("allocations", cost.allocations, "blocks", exact),
            row("allocated_bytes", cost.allocated_bytes, "bytes", exact),
            row("peak_bytes", cost.peak_bytes, "bytes", exact),
        ];
        return Ok(Measured {
            rows,
            growth,
            claim,
        });
    };
    let (own, runtime) = profile.own_and_runtime(function);
    let rows = vec![
        row("allocations", own.allocations, "blocks", true),
        row("allocated_bytes", own.allocated_bytes, "bytes", true),
        row("peak_bytes", cost.peak_bytes, "bytes", false),
        row("runtime_allocations", runtime.allocations, "blocks", false),
        row("runtime_bytes", runtime.allocated_bytes, "bytes", false),
    ];
    Ok(Measured {
        rows,
        growth,
        claim,
    })
}

fn call(case: &Case, scale: usize, profile: Option<&std::path::Path>) -> Result<HeapCost> {
    let mut prepared = (case.prepare)(scale)?;
    (prepared.reset)();
    (prepared.run)();
    (prepared.reset)();
    let (cost, ()) = benchlens_heap::measure(profile, || (prepared.run)());
    Ok(cost)
}

fn hold_to_claim(claim: HeapClaim, figures: [HeapCost; 3]) -> Result<()> {
    let [once, twice, fourfold] = figures;
    let same = once == twice && twice == fourfold;
    let kept = match claim {
        HeapClaim::None => figures.iter().all(|cost| cost.allocations == 0),
        HeapClaim::Constant(count) => same && once.allocations == count,
        // A buffer that doubles may be up to twice as large as what it holds.
        HeapClaim::Linear => {
            fourfold.allocations <= 4 * once.allocations.max(1)
                && fourfold.peak_bytes <= 8 * once.peak_bytes.max(1)
        }
    };
    anyhow::ensure!(
        kept,
        "claims {claim:?}, but took {once:?}, {twice:?}, {fourfold:?} of n, 2n, 4n"
    );
    Ok(())
}
