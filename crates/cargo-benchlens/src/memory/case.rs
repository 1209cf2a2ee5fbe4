//! `memory CASE`: repeats a case, whose process records its own memory.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use benchlens::memory::{About, HEADER, Recording, Sample, Totals, step};
use benchlens::report::memory::{line, summary};
use benchlens::report::plain;
use benchlens::run::repeat::{Launch, Observe, Repeat, Repeating, Until, memory};
use benchlens::store;
use benchlens::{CaseId, Lens};

use super::row::inherited;
use super::{Allocator, Format, Memory, built};
use crate::named::Named;
use crate::scope::Target;
use crate::terminal::{print, print_json, warn};
use crate::{Project, Usage};

/// A recording as JSON.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    about: &'a About,
    totals: Totals,
    samples: Vec<ShownSample<'a>>,
}

#[derive(serde::Serialize)]
struct ShownSample<'a> {
    elapsed_ns: u64,
    phase: &'a str,
    live: Option<u64>,
    held: Option<u64>,
    resident: u64,
    faults: u64,
    given_back: u64,
}

pub(super) fn run(arguments: &Memory, name: &str, project: &Project) -> anyhow::Result<ExitCode> {
    let targets = arguments.scope.targets(project)?;
    let (target, case) = Named::of(Some(name.to_owned())).find(&targets, project, |_| true)?;
    if arguments.kept {
        return show_kept(arguments, &target, &case);
    }
    let launch = launch(arguments, &target, &case)?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = scratch.path();
    let mut repeating = Repeating::start(&launch, folder)?;
    let mut lines = Lines::new(arguments.format, &memory::samples(folder));
    lines.begin()?;
    while !repeating.has_ended() {
        thread::sleep(Duration::from_millis(5));
        lines.show()?;
    }
    lines.show()?;
    let repeated = repeating.wait()?;
    let allocator = memory::allocator(folder);
    require(arguments.allocator, allocator.as_deref(), &case)?;
    let about = About {
        case,
        allocator: allocator.unwrap_or_else(|| "an allocator of its own".to_owned()),
        settings: (inherited().into_iter())
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        interval_us: arguments.interval_us(),
        calls: Some(repeated.calls),
        date: store::now(),
        // The bench's environment, since the command may be built differently.
        environment: store::read_record(&target.results)?.environment,
    };
    let text = lines.text;
    store::keep_memory(&target.results, &about, &text)?;
    let recording = Recording::parse(about, &text)
        .map_err(|line| anyhow::anyhow!("the process left no sample in line {line}"))?;
    show(arguments.format, &recording)?;
    warn(format_args!(
        "memory: kept in {}; `{} page` shows the chart",
        target.results.display(),
        project.command
    ));
    Ok(ExitCode::SUCCESS)
}

/// Shows the last recording of a case with the wanted allocator.
fn show_kept(arguments: &Memory, target: &Target, case: &CaseId) -> anyhow::Result<ExitCode> {
    let mut recordings = store::read_memory(&target.results)?;
    let wanted = arguments.allocator.map(Allocator::name);
    recordings.retain(|it| {
        it.about.case == *case && wanted.is_none_or(|wanted| wanted == it.about.allocator)
    });
    if recordings.is_empty() {
        let results = target.results.display();
        let case = case.to_string();
        return Err(Usage(format!("{results} has no recording of {}", plain(&case))).into());
    }
    for recording in &recordings {
        let lines: String = match arguments.format {
            Format::Json => String::new(),
            Format::Csv => csv(recording),
            _ => recording.steps().map(|step| line(&step) + "\n").collect(),
        };
        print(&lines)?;
        show(arguments.format, recording)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn csv(recording: &Recording) -> String {
    let samples = recording.samples.iter();
    let rows = samples.map(|sample| format!("{sample}\n"));
    format!("{HEADER}\n{}", rows.collect::<String>())
}

/// What to start: the executable that measured the case, or the same bench with another allocator.
fn launch(arguments: &Memory, target: &Target, case: &CaseId) -> anyhow::Result<Launch> {
    // No warm-up, since the first call is part of the recording.
    let repeat = Repeat {
        warm_up: Duration::ZERO,
        observe: Observe::Memory {
            interval: arguments.interval,
        },
        ..Repeat::new(Until::Time(arguments.time))
    };
    // The heap lens's executable has the allocator hook, which counts live bytes.
    let lenses = [Lens::Heap, Lens::Time, Lens::Instructions];
    let launch = Launch::find(&target.results, case, &lenses, repeat)?;
    match arguments.allocator {
        None => Ok(launch),
        Some(Allocator::System) => Ok(launch.variable("BENCHLENS_ALLOCATOR", "system")),
        Some(allocator) => {
            let package = (launch.package()).context(
                "the results do not say of which package the bench is: measure it with `cargo bench`",
            )?;
            let workspace = arguments.scope.workspace()?;
            let executable = built::with(allocator, launch.executable(), package, workspace)?;
            Ok(launch.built_as(&executable)?)
        }
    }
}

/// Checks that the process had the wanted allocator.
///
/// # Errors
///
/// [`Usage`] if it had another one.
fn require(wanted: Option<Allocator>, had: Option<&str>, case: &CaseId) -> anyhow::Result<()> {
    match wanted {
        Some(wanted) if had != Some(wanted.name()) => Err(Usage(format!(
            "the bench of {} defines an allocator of its own, or links none of ours: it cannot be put under {}",
            plain(&case.to_string()),
            wanted.name()
        ))
        .into()),
        _ => Ok(()),
    }
}

fn show(format: Format, recording: &Recording) -> anyhow::Result<()> {
    match format {
        Format::Text | Format::Lines | Format::Markdown => {
            print(&format!("{}\n", summary(recording)))
        }
        // The samples were already written as they were taken.
        Format::Csv => Ok(()),
        Format::Json => {
            let samples = recording.steps().map(|step| ShownSample {
                elapsed_ns: step.elapsed_ns,
                phase: &step.sample.phase,
                live: step.sample.levels.live,
                held: step.sample.levels.held,
                resident: step.sample.usage.resident,
                faults: step.faults,
                given_back: step.given_back,
            });
            print_json(&Shown {
                about: &recording.about,
                totals: recording.totals(),
                samples: samples.collect(),
            })
        }
    }
}

/// Shows the lines of a file while another process writes it.
struct Lines {
    format: Format,
    path: PathBuf,
    /// `None` until the process creates it.
    file: Option<File>,
    /// Everything read so far.
    text: String,
    /// How many bytes of the text were shown.
    shown: usize,
    number: usize,
    begin: u64,
    before: Option<Sample>,
}

impl Lines {
    fn new(format: Format, path: &Path) -> Self {
        Self {
            format,
            path: path.to_owned(),
            file: None,
            text: String::new(),
            shown: 0,
            number: 0,
            begin: 0,
            before: None,
        }
    }

    fn begin(&self) -> anyhow::Result<()> {
        match self.format {
            Format::Csv => print(&format!("{HEADER}\n")),
            _ => Ok(()),
        }
    }

    /// Shows the lines that have been completed since the last call.
    fn show(&mut self) -> anyhow::Result<()> {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        // The lines are ASCII, so no character can be cut.
        (file.read_to_string(&mut self.text))
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        let end = self.text.rfind('\n').map_or(0, |end| end + 1);
        let mut output = String::new();
        for written in self.text[self.shown.min(end)..end].lines() {
            let Some(sample) = Sample::parse(written) else {
                continue;
            };
            self.number += 1;
            if self.before.is_none() {
                self.begin = sample.time_ns;
            }
            let before = self.before.as_ref().unwrap_or(&sample);
            match self.format {
                Format::Csv => output += written,
                Format::Json => {}
                _ => output += &line(&step(self.number, self.begin, before, &sample)),
            }
            if self.format != Format::Json {
                output.push('\n');
            }
            self.before = Some(sample);
        }
        self.shown = end;
        match output.is_empty() {
            true => Ok(()),
            false => print(&output),
        }
    }
}
