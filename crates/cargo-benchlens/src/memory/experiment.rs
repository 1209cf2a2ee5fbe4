//! `memory --experiment`: runs each allocator in a process of its own, and shows how much memory it returned.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use anyhow::Context;
use benchlens::memory::{
    About, GROUP, GiveBack, HEADER, Recording, Sample, Step, Totals, give_backs, step,
};
use benchlens::report::memory::table;
use benchlens::store::{self, Environment};
use benchlens_memory::experiment::Settings;

use super::executables::Executables;
use super::row::{PINNED_EVERY, Row, inherited, rows};
use super::{Format, Memory, line, plain};
use crate::terminal::{print, print_json, warn};
use crate::{Project, Usage};

/// The experiment as JSON.
#[derive(serde::Serialize)]
struct Shown<'a> {
    rows: &'a [GiveBack],
    processes: Vec<Process<'a>>,
}

#[derive(serde::Serialize)]
struct Process<'a> {
    #[serde(flatten)]
    about: &'a About,
    totals: Totals,
}

pub(super) fn run(arguments: &Memory, project: &Project) -> anyhow::Result<ExitCode> {
    let results = arguments.results(project);
    let recordings = match arguments.kept {
        true => {
            let kept = kept(results.as_deref())?;
            show_samples(arguments.format, &kept)?;
            kept
        }
        false => record(arguments, results.as_deref())?,
    };
    show(arguments.format, &recordings)?;
    match &results {
        _ if arguments.kept => {}
        Some(results) => warn(format_args!(
            "memory: kept in {}; `{} page` shows the charts",
            results.display(),
            project.command
        )),
        None => warn(format_args!(
            "memory: not kept; --results DIR names the results whose page shows the charts"
        )),
    }
    Ok(ExitCode::SUCCESS)
}

/// The last recordings.
fn kept(results: Option<&Path>) -> anyhow::Result<Vec<Recording>> {
    let results = results.ok_or_else(|| {
        Usage("--kept needs --results DIR, the results that the experiment was kept in".into())
    })?;
    let mut recordings = store::read_memory(results)?;
    recordings.retain(|it| it.about.case.group == GROUP);
    match recordings.is_empty() {
        true => Err(Usage(format!(
            "{} has no recording of the experiment",
            results.display()
        ))
        .into()),
        false => Ok(recordings),
    }
}

/// Shows stored samples in the same form as new ones.
fn show_samples(format: Format, recordings: &[Recording]) -> anyhow::Result<()> {
    show_header(format)?;
    for recording in recordings {
        for step in recording.steps() {
            show_sample(format, &recording.about, &step)?;
        }
    }
    Ok(())
}

fn show_header(format: Format) -> anyhow::Result<()> {
    match format {
        Format::Csv => print(&format!("group,subject,input,{HEADER}\n")),
        _ => Ok(()),
    }
}

/// Runs the processes one after the other.
fn record(arguments: &Memory, results: Option<&Path>) -> anyhow::Result<Vec<Recording>> {
    require_memory(arguments.load)?;
    let rows = rows(arguments.allocator);
    let mut allocators: Vec<_> = rows.iter().map(|row| row.allocator).collect();
    allocators.dedup();
    let executables = Executables::prepare(&arguments.scope, &allocators)?;
    let environment = Environment {
        // The build profile would be that of this command, which measures nothing.
        profile: String::new(),
        ..Environment::describe()
    };
    let mut recordings = Vec::new();
    show_header(arguments.format)?;
    for (number, row) in rows.iter().enumerate() {
        let case = row.case();
        warn(format_args!(
            "memory: {case} ({} of {})",
            number + 1,
            rows.len()
        ));
        let executable = executables.of(row.allocator)?;
        let about = About {
            case,
            allocator: row.allocator.name().to_owned(),
            settings: row.settings(),
            interval_us: arguments.interval_us(),
            calls: None,
            date: store::now(),
            environment: environment.clone(),
        };
        let text = samples(arguments, *row, &executable, &about)?;
        if let Some(results) = results {
            store::keep_memory(results, &about, &text)?;
        }
        let recording = Recording::parse(about, &text);
        recordings.push(recording.map_err(|line| {
            anyhow::anyhow!("{} wrote no sample in line {line}", executable.display())
        })?);
    }
    Ok(recordings)
}

fn show(format: Format, recordings: &[Recording]) -> anyhow::Result<()> {
    let rows = give_backs(recordings);
    match format {
        Format::Text | Format::Lines => print(&table(&rows, false)),
        Format::Markdown => print(&table(&rows, true)),
        // The samples were already written as they were taken.
        Format::Csv => Ok(()),
        Format::Json => {
            let processes = recordings.iter().map(|recording| Process {
                about: &recording.about,
                totals: recording.totals(),
            });
            print_json(&Shown {
                rows: &rows,
                processes: processes.collect(),
            })
        }
    }
}

/// A process that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if the process has already ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs one process and returns its output, which is also shown as it comes if the format says so.
fn samples(
    arguments: &Memory,
    row: Row,
    executable: &Path,
    about: &About,
) -> anyhow::Result<String> {
    let mut command = Command::new(executable);
    for (variable, _) in inherited() {
        command.env_remove(variable);
    }
    command
        .args(settings(arguments, row).arguments())
        .envs(row.settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let child =
        (command.spawn()).with_context(|| format!("cannot start {}", executable.display()))?;
    let mut child = Running(child);
    let output = child.0.stdout.take().context("it has no output")?;
    let mut text = String::new();
    let mut before: Option<(u64, Sample)> = None;
    let mut number = 0;
    for line in BufReader::new(output).lines() {
        let line = line.with_context(|| format!("cannot read from {}", executable.display()))?;
        if let Some(sample) = Sample::parse(&line) {
            number += 1;
            let (begin, last) = before.unwrap_or_else(|| (sample.time_ns, sample.clone()));
            show_sample(
                arguments.format,
                about,
                &step(number, begin, &last, &sample),
            )?;
            before = Some((begin, sample));
        }
        text.push_str(&line);
        text.push('\n');
    }
    let status = child.0.wait().context("cannot wait for the experiment")?;
    anyhow::ensure!(status.success(), "{}", ending(executable, status));
    Ok(text)
}

fn settings(arguments: &Memory, row: Row) -> Settings {
    Settings {
        load: arguments.load << 20,
        pinned_every: if row.is_pinned { PINNED_EVERY } else { 0 },
        idle: arguments.idle,
        work: arguments.idle,
        interval: arguments.interval,
        ..Settings::default()
    }
}

fn show_sample(format: Format, about: &About, step: &Step<'_>) -> anyhow::Result<()> {
    match format {
        Format::Lines => print(&format!("{}\n", line(step))),
        Format::Csv => {
            // No name of a row contains a comma.
            let (case, sample) = (&about.case, step.sample);
            let (group, subject, input) = (&case.group, &case.subject, &case.input);
            print(&format!("{group},{subject},{input},{sample}\n"))
        }
        _ => Ok(()),
    }
}

fn ending(executable: &Path, status: ExitStatus) -> String {
    let name = executable.display().to_string();
    let name = plain(&name);
    match status.code() {
        None => format!("{name} was ended ({status}): --load takes less memory"),
        Some(_) => format!("{name} failed ({status})"),
    }
}

/// Checks that the machine has enough memory available for a load of this many MiB.
///
/// # Errors
///
/// [`Usage`] if it has not. A system that does not report its memory passes.
fn require_memory(load: u64) -> anyhow::Result<()> {
    let information = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = (information.lines())
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    // Allocators need somewhat more than the live bytes.
    let needed = load + load / 3;
    match available.map(|kibibytes| kibibytes >> 10) {
        Some(available) if available < needed => Err(Usage(format!(
            "the experiment needs {needed} MiB, and {available} MiB are available: choose less with --load"
        ))
        .into()),
        _ => Ok(()),
    }
}
