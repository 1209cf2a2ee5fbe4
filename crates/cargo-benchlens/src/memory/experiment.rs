//! `memory --experiment`: runs each allocator in a process of its own and shows what it gave back.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use anyhow::Context;
use benchlens::memory::{About, GiveBack, HEADER, Recording, Sample, Totals, give_backs, step};
use benchlens::report::memory::table;
use benchlens::store::{self, Environment};
use benchlens_memory::experiment::Order;

use super::executables::Executables;
use super::row::{PINNED_EVERY, Row, rows};
use super::{Format, Memory, line, plain};
use crate::terminal::{print, print_json, warn};
use crate::{Project, Usage};

/// What a program reads of the experiment.
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
    require_memory(arguments.load)?;
    let rows = rows(arguments.allocator);
    let mut allocators: Vec<_> = rows.iter().map(|row| row.allocator).collect();
    allocators.dedup();
    let executables = Executables::prepare(&arguments.scope, &allocators)?;
    let results = arguments.results(project);
    let environment = Environment::describe();
    let mut recordings = Vec::new();
    if arguments.format == Format::Csv {
        print(&format!("group,subject,input,{HEADER}\n"))?;
    }
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
            interval_us: u64::try_from(arguments.interval.as_micros()).unwrap_or(u64::MAX),
            calls: None,
            date: store::now(),
            environment: environment.clone(),
        };
        let text = samples(arguments, *row, &executable, &about)?;
        if let Some(results) = &results {
            store::keep_memory(results, &about, &text)?;
        }
        let recording = Recording::parse(about, &text);
        recordings.push(recording.map_err(|line| {
            anyhow::anyhow!("{} wrote no sample in line {line}", executable.display())
        })?);
    }
    show(arguments.format, &recordings)?;
    match &results {
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

fn show(format: Format, recordings: &[Recording]) -> anyhow::Result<()> {
    let rows = give_backs(recordings);
    match format {
        Format::Text | Format::Lines => print(&table(&rows, false)),
        Format::Markdown => print(&table(&rows, true)),
        // Written as they were taken.
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

/// A process that is ended when nobody reads it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs one process and returns what it wrote; shows it meanwhile if that was asked for.
fn samples(
    arguments: &Memory,
    row: Row,
    executable: &Path,
    about: &About,
) -> anyhow::Result<String> {
    let mut command = Command::new(executable);
    for variable in Row::foreign() {
        command.env_remove(variable);
    }
    command
        .args(order(arguments, row).arguments())
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
                &line,
                number,
                begin,
                &last,
                &sample,
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

fn order(arguments: &Memory, row: Row) -> Order {
    Order {
        load: arguments.load << 20,
        pinned_every: if row.is_pinned { PINNED_EVERY } else { 0 },
        idle: arguments.idle,
        work: arguments.idle,
        interval: arguments.interval,
        ..Order::default()
    }
}

fn show_sample(
    format: Format,
    about: &About,
    written: &str,
    number: usize,
    begin: u64,
    before: &Sample,
    sample: &Sample,
) -> anyhow::Result<()> {
    match format {
        Format::Lines => print(&format!("{}\n", line(&step(number, begin, before, sample)))),
        Format::Csv => {
            let case = &about.case;
            // The names of the rows have no comma.
            let (group, subject, input) = (&case.group, &case.subject, &case.input);
            print(&format!("{group},{subject},{input},{written}\n"))
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

/// # Errors
///
/// [`Usage`] if the machine has too little memory left for a load of so many MiB, as far as it says.
fn require_memory(load: u64) -> anyhow::Result<()> {
    let information = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = (information.lines())
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    // Allocators need some more than what is live.
    let needed = load + load / 3;
    match available.map(|kibibytes| kibibytes >> 10) {
        Some(available) if available < needed => Err(Usage(format!(
            "the experiment needs {needed} MiB, and {available} MiB are available: choose less with --load"
        ))
        .into()),
        _ => Ok(()),
    }
}
