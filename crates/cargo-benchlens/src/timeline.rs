//! `benchlens timeline`: what each thread did, and when, in one call of one or two cases.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use benchlens::report::timeline::{self, Overhead, Timeline, text};
use benchlens::report::{amount, plain};
use benchlens::run::repeat::{self, Launch, Observe, Repeat, Repeating, Until};
use benchlens::store::{self, RowFile};
use benchlens::{CaseId, Lens};

use crate::named::Named;
use crate::scope::{Scope, Target};
use crate::{Project, Usage, Verb, output, terminal};

/// Show what every thread did when in one call of a case: regions, waits, and the live heap
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} timeline {subject}
  {command} timeline {subject}/{input} -o timeline.html
  {command} timeline {subject}/{input} -o trace.pftrace
  {command} timeline --kept {subject}/{input} --format json

The case is called again and again by the executable that measured it, a few times without and with the
recorder in turns, and the call of median duration is shown. Two cases stand on one scale. The last timeline
of each case is kept among the results, for `{command} page`.

A whole call is always a region. More of them come from `benchlens::region!(\"name\")`, or of the drop-in
`criterion::region!(\"name\")`, in the code that is called. ui.perfetto.dev opens a trace.")]
pub(crate) struct TakeTimeline {
    /// The case as the verb `table` names it, or its subject alone; or two of them
    #[arg(value_name = "CASE", required = true, num_args = 1..=2)]
    cases: Vec<String>,
    /// The file to write; timeline.html among the results if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What to write; by default what the file's extension says, or a page
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Record nothing, and show what was recorded last
    #[arg(long)]
    kept: bool,
    /// How many times the case is repeated without and with the recorder, in turns
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// How long the case is repeated each time
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = humantime::parse_duration)]
    time: Duration,
    #[command(flatten)]
    scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One HTML file for the browser
    Html,
    /// Perfetto's protobuf, which ui.perfetto.dev opens
    Perfetto,
    /// Everything that was recorded, and the sums
    Json,
}

/// A timeline and its sums as JSON.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    timeline: &'a Timeline,
    sums: Vec<timeline::Sum>,
    shares: Vec<timeline::Shares>,
}

impl Verb for TakeTimeline {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let format = self.format();
        if format == Format::Perfetto && self.cases.len() > 1 {
            let reason = "a trace holds one case: name one, or write a page";
            return Err(Usage(reason.into()).into());
        }
        let targets = self.scope.targets(project)?;
        let mut taken = Vec::new();
        let mut results = None;
        for name in &self.cases {
            let (target, case) = Named::of(Some(name.clone())).find(&targets, project, |_| true)?;
            taken.push(match self.kept {
                true => kept(&target, &case, project)?,
                false => self.take(&target, &case)?,
            });
            results.get_or_insert(target.results);
        }
        if format != Format::Json {
            let texts: Vec<_> = taken.iter().map(text::render).collect();
            terminal::print(&texts.join("\n"))?;
        }
        let bytes = match format {
            Format::Html => timeline::page(&taken)?.into_bytes(),
            Format::Perfetto => timeline::perfetto(&taken[0]),
            Format::Json => json(&taken)?,
        };
        let file = match (self.output, format) {
            (None, Format::Json) => {
                terminal::print_bytes(&bytes)?;
                return Ok(ExitCode::SUCCESS);
            }
            (None, Format::Html) => results.unwrap_or_default().join("timeline.html"),
            (None, Format::Perfetto) => results.unwrap_or_default().join("timeline.pftrace"),
            (Some(output), _) => output,
        };
        output::write(&file, &bytes)?;
        let written = file.display().to_string();
        terminal::say(format_args!("wrote {}", plain(&written)));
        Ok(ExitCode::SUCCESS)
    }
}

impl TakeTimeline {
    fn format(&self) -> Format {
        let extension = self.output.as_deref().and_then(Path::extension);
        let of_file = match extension.and_then(|extension| extension.to_str()) {
            Some("pftrace" | "perfetto-trace") => Format::Perfetto,
            Some("json") => Format::Json,
            _ => Format::Html,
        };
        self.format.unwrap_or(of_file)
    }

    /// Records a case, and keeps the timeline among the results.
    fn take(&self, target: &Target, case: &CaseId) -> anyhow::Result<Timeline> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let repeat = |observe| Repeat {
            observe,
            ..Repeat::new(Until::Time(self.time))
        };
        let name = case.to_string();
        terminal::say(format_args!(
            "recording {}: {}",
            plain(&name),
            amount(self.rounds.into(), "round")
        ));
        let mut rounds = Vec::new();
        let executable = executable_of(&target.results, case, folder.path())?;
        for _ in 0..self.rounds {
            let once = |observe| -> anyhow::Result<_> {
                let launch = executable.launch(&target.results, case, repeat(observe))?;
                Repeating::start(&launch, folder.path())?.wait()?;
                let recording = repeat::read_regions(folder.path());
                recording.with_context(|| format!("the process left no recording of {case}"))
            };
            let without = once(Observe::Calls)?.quick;
            rounds.push((without, once(Observe::Regions)?));
        }
        let times: Vec<_> = (rounds.iter())
            .map(|(without, recording)| (*without, recording.quick))
            .collect();
        rounds.sort_by_key(|(_, recording)| recording.end / recording.calls.max(1));
        let (_, recording) = rounds.swap_remove((rounds.len() - 1) / 2);
        let taken = Timeline {
            case: case.clone(),
            executable: executable.hash,
            recording,
            overhead: Overhead::of(&times),
        };
        store::keep_timeline(&target.results, &taken)?;
        Ok(taken)
    }
}

/// The executable that records a case, identified by a case and a lens for which it has figures.
struct Executable {
    known: CaseId,
    lens: Lens,
    hash: String,
}

impl Executable {
    fn launch(
        &self,
        results: &Path,
        case: &CaseId,
        repeat: Repeat,
    ) -> Result<Launch, repeat::Error> {
        Ok(Launch::find(results, &self.known, &[self.lens], repeat)?.of(case))
    }
}

/// Finds the executable. The heap lens's comes first, as it has the counting allocator. It is tried even if it
/// did not measure the case, since the executables of most suites declare the same cases.
fn executable_of(results: &Path, case: &CaseId, folder: &Path) -> anyhow::Result<Executable> {
    let rows = store::read_current_rows(results, RowFile::from(Lens::Heap)).unwrap_or_default();
    let other = (rows.iter().find(|row| row.case == *case)).or_else(|| rows.first());
    let heap = other.map(|row| (row.case.clone(), Lens::Heap));
    let own = [Lens::Instructions, Lens::Time].map(|lens| (case.clone(), lens));
    let mut reason = None;
    for (known, lens) in heap.into_iter().chain(own) {
        let mut executable = Executable {
            known,
            lens,
            hash: String::new(),
        };
        let briefly = Repeat {
            observe: Observe::Calls,
            warm_up: Duration::ZERO,
            ..Repeat::new(Until::Calls(1))
        };
        let tried = executable
            .launch(results, case, briefly)
            .and_then(|launch| {
                launch.hash().clone_into(&mut executable.hash);
                Repeating::start(&launch, folder)?.wait()
            });
        match tried {
            Ok(_) => return Ok(executable),
            // The first reason says most; a later lens may simply have no figures.
            Err(error) => {
                reason.get_or_insert(error);
            }
        }
    }
    let reason = reason.map(anyhow::Error::from);
    Err(reason.unwrap_or_else(|| anyhow::anyhow!("no lens has a figure of {case}")))
}

fn kept(target: &Target, case: &CaseId, project: &Project) -> anyhow::Result<Timeline> {
    let kept = store::read_timelines(&target.results);
    if let Some(found) = (kept.read.into_iter()).find(|taken| taken.case == *case) {
        return Ok(found);
    }
    let path = store::timeline(&target.results, case).display().to_string();
    let broken = (kept.broken.into_iter()).find(|reason| reason.starts_with(&path));
    let reason = match broken {
        Some(reason) => format!("cannot read {reason}"),
        None => format!("{} has no timeline of {case}", target.results.display()),
    };
    anyhow::bail!("{reason}: `{} timeline {case}` takes one", project.command)
}

fn json(taken: &[Timeline]) -> anyhow::Result<Vec<u8>> {
    let shown: Vec<_> = (taken.iter())
        .map(|timeline| Shown {
            timeline,
            sums: timeline.sums(),
            shares: timeline.shares(),
        })
        .collect();
    let mut bytes = serde_json::to_vec(&shown)?;
    bytes.push(b'\n');
    Ok(bytes)
}
