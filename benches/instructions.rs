//! The instruction lens: every case once under callgrind, by iai-callgrind.
//!
//! One binary in three roles: it picks the cases, it is iai-callgrind's runner, so that nothing has
//! to be installed beside valgrind, and under valgrind it runs one case.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench reports to its terminal"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use benchlens::measurement::{INSTRUCTIONS, Lens, Measurement, UNSTEADY_INSTRUCTIONS};
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::inlined::InlineProfile;
use benchlens::store::{self, machine};
use benchlens_suite::case::arguments::Arguments;
use benchlens_suite::case::{self, Case, Error};
use clap::Parser;
use iai_callgrind::__internal::{
    InternalEntryPoint, InternalLibraryBenchmarkBench, InternalLibraryBenchmarkBenches,
    InternalLibraryBenchmarkConfig, InternalLibraryBenchmarkGroup, InternalLibraryBenchmarkGroups,
    InternalRawArgs, InternalTool, InternalTools,
};
use iai_callgrind::ValgrindTool;

mod client_request;
mod places;

/// Names the case to the process that runs it under valgrind.
const CASE: &str = "BENCHLENS_CASE";
const RUNNER_VERSION: &str = "0.16.1";
const INSTALL: &str =
    "valgrind not found: install it (`apt-get install valgrind`) to count instructions";

fn main() -> Result<ExitCode> {
    if env::args().nth(2).as_deref() == Some("--lib-bench") {
        iai_callgrind_runner::runner::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = env::var_os(CASE) {
        run_one(&name.to_string_lossy())?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let mut cases = case::suite(&places::scratch())?;
    cases.retain(|case| !case.time_only && arguments.select(case));
    if arguments.list {
        cases
            .iter()
            .for_each(|case| println!("{}: benchmark", case.name()));
    } else if arguments.bench {
        measure_all(&arguments, &cases)?;
    } else {
        for (name, error) in case::verify_all(&cases, |_| ()) {
            eprintln!("instructions: {name}: {:#}", anyhow::Error::new(error));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn measure_all(arguments: &Arguments, cases: &[Case]) -> Result<()> {
    let mut lens_run = machine::begin_run();
    let mut rows = Vec::new();
    if Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("{INSTALL}");
        lens_run.unavailable = Some(INSTALL.to_owned());
    } else {
        let profiles = places::results().join("callgrind");
        if arguments.filter.is_none() && profiles.exists() {
            // Profiles of subjects that are no more would be taken for this run's.
            fs::remove_dir_all(&profiles)?;
        }
        fs::create_dir_all(&profiles)?;
        if arguments.filter.is_none() {
            // Profiles of subjects that are no more would be taken for this run's.
            fs::remove_dir_all(&profiles)?;
            fs::create_dir_all(&profiles)?;
        }
        let progress = indicatif::ProgressBar::new(cases.len() as u64).with_style(
            indicatif::ProgressStyle::with_template("{pos}/{len} {msg}")?,
        );
        for case in cases {
            let name = case.name();
            progress.set_message(name.clone());
            match measure(case, &profiles) {
                Ok(instructions) => rows.push(Measurement::new(
                    &name,
                    Lens::Instructions,
                    metric(case),
                    instructions as f64,
                    "instructions",
                    // Judged within a tolerance: threads and the kernel's choices move it a little.
                    false,
                )),
                Err(error) => match error.downcast_ref::<Error>() {
                    Some(Error::Unsupported(reason)) => lens_run.skipped.push(reason.clone()),
                    _ => lens_run.failures.push(format!("{name}: {error:#}")),
                },
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        println!("instructions: {} cases under callgrind", rows.len());
    }
    for failure in &lens_run.failures {
        eprintln!("instructions: {failure}");
    }
    let folder = places::results();
    arguments.keep(&folder, Lens::Instructions, &rows)?;
    store::write_sheet(&folder, Lens::Instructions, lens_run)?;
    Ok(())
}

/// What the gate knows the figure by.
///
/// Threads that share one document split it by who is idle, so that the same source gives figures
/// beyond any useful tolerance; threads with a document each stay well within it.
fn metric(case: &Case) -> &'static str {
    match case.threaded && case.documents.is_none() {
        true => UNSTEADY_INSTRUCTIONS,
        false => INSTRUCTIONS,
    }
}

/// Runs the case under callgrind and keeps its profile. Returns the instructions of one call.
fn measure(case: &Case, profiles: &Path) -> Result<u64> {
    drop(case.prepare_verified()?);
    fs::create_dir_all(places::scratch())?;
    let home = tempfile::tempdir_in(places::scratch())?;
    let groups = groups(case, home.path());
    let encoded = iai_callgrind::bincode::serialize(&groups)?;
    let binary = env::current_exe()?;
    let mut command = Command::new(&binary);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("IAI_CALLGRIND_") {
            command.env_remove(name);
        }
    }
    let mut runner = command
        .arg(RUNNER_VERSION)
        .args([
            "--lib-bench",
            env!("CARGO_MANIFEST_DIR"),
            env!("CARGO_PKG_NAME"),
        ])
        .args([file!(), "instructions"])
        .arg(&binary)
        .arg(encoded.len().to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the runner")?;
    if let Some(mut input) = runner.stdin.take() {
        std::io::Write::write_all(&mut input, &encoded)?;
    }
    let output = runner.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "callgrind failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let written = profile_below(home.path()).context("callgrind left no profile")?;
    let profile = InstructionProfile::read(&written)?;
    let inlined = InlineProfile::resolve(&profile, &binary)?;
    let kept = profiles.join(case.name().replace('/', "_"));
    store::write(&kept.with_extension("out"), &fs::read(&written)?)?;
    store::write(&kept.with_extension("json"), &inlined.to_json()?)?;
    Ok(profile.total)
}

fn groups(case: &Case, home: &Path) -> InternalLibraryBenchmarkGroups {
    let mut arguments = vec!["--save-summary=json".to_owned(), "--nosummary".to_owned()];
    arguments.push(format!("--home={}", home.display()));
    let callgrind = InternalTool {
        enable: Some(true),
        entry_point: Some(InternalEntryPoint::None),
        flamegraph_config: None,
        frames: None,
        kind: ValgrindTool::Callgrind,
        output_format: None,
        raw_args: InternalRawArgs(
            [
                "--instr-atstart=no",
                "--dump-instr=yes",
                "--cache-sim=no",
                "--separate-threads=no",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
        regression_config: None,
        show_log: None,
    };
    InternalLibraryBenchmarkGroups {
        command_line_args: arguments,
        config: InternalLibraryBenchmarkConfig {
            envs: vec![(CASE.into(), Some(case.name().into()))],
            tools: InternalTools(vec![callgrind]),
            ..Default::default()
        },
        default_tool: ValgrindTool::Callgrind,
        groups: vec![InternalLibraryBenchmarkGroup {
            id: "case".to_owned(),
            library_benchmarks: vec![InternalLibraryBenchmarkBenches {
                benches: vec![InternalLibraryBenchmarkBench {
                    function_name: "call".to_owned(),
                    ..Default::default()
                }],
                config: None,
            }],
            ..Default::default()
        }],
        has_setup: false,
        has_teardown: false,
    }
}

fn profile_below(folder: &Path) -> Option<PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .find(|path| path.extension().is_some_and(|extension| extension == "out"))
}

/// Under valgrind: a call to warm up, then the one that is counted.
fn run_one(name: &str) -> Result<()> {
    let cases = case::suite(&places::scratch())?;
    let case = cases
        .iter()
        .find(|case| case.name() == name)
        .context("no such case")?;
    let mut prepared = (case.prepare)(1)?;
    (prepared.reset)();
    (prepared.run)();
    (prepared.reset)();
    client_request::start_instrumentation();
    (prepared.run)();
    client_request::stop_instrumentation();
    Ok(())
}
