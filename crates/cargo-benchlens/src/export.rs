//! `export`: the profile of a case for other tools.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::profile::dhat::HeapProfile;
use benchlens::profile::inlined::InlineProfile;
use benchlens::profile::stored::Profiles;
use benchlens::report::folded::Weight;
use benchlens::report::pprof::First;
use benchlens::report::table::Row;
use benchlens::report::{callgrind, firefox, folded, plain, pprof};
use benchlens::run::COUNTED_CALL;
use benchlens::{CaseId, Lens, Metric};

use crate::graph::no_samples;
use crate::named::Named;
use crate::origin::Origin;
use crate::{Project, Usage, Verb, terminal};

/// Write the heap profile, the instructions or the samples of a case for other tools
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} export {subject} --to pprof >heap.pb.gz
  go tool pprof -top heap.pb.gz
  {command} export {subject} --input {input} --to folded --by blocks >stacks.txt
  {command} export {subject} --to pprof --by instructions >instructions.pb.gz
  {command} export {subject} --to callgrind --by instructions >callgrind.out
  {command} export {subject} --to pprof --by samples >samples.pb.gz
  {command} export {subject} --to firefox --by samples >samples.json
  {command} export --profile dhat-heap.json --to folded >stacks.txt")]
pub(crate) struct Export {
    #[command(flatten)]
    case: Named,
    /// What to write to standard output
    #[arg(long, value_enum)]
    to: Format,
    /// The weight of stacks; pprof has blocks, bytes and peak in one profile, and shows this one first
    #[arg(long, value_enum, default_value_t = By::Bytes)]
    by: By,
    #[command(flatten)]
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Gzipped protobuf for `go tool pprof`
    Pprof,
    /// One stack per line, for flame graphs
    Folded,
    /// For KCachegrind and callgrind_annotate; instructions as callgrind wrote them
    Callgrind,
    /// The JSON that dhat wrote, for its own viewer
    Dhat,
    /// For profiler.firefox.com: samples by time and thread
    Firefox,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Heap blocks allocated
    Blocks,
    /// Heap bytes allocated
    Bytes,
    /// Heap bytes live at the peak
    Peak,
    /// Instructions
    Instructions,
    /// Samples of processor time, which the verb profile takes
    Samples,
}

impl Verb for Export {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        self.check()?;
        let (targets, _kept) = self.origin.targets(project)?;
        let metric = match self.by {
            By::Instructions => Metric::Instructions,
            _ => Metric::Allocations,
        };
        let is_fit = |row: &Row| self.by == By::Samples || row.count(metric).is_some();
        let (target, case) = self.case.find(&targets, project, is_fit)?;
        let encoded = match self.by {
            By::Blocks => self.heap(&target.results, &case, Weight::Blocks, First::Blocks),
            By::Bytes => self.heap(&target.results, &case, Weight::Bytes, First::Bytes),
            By::Peak => self.heap(&target.results, &case, Weight::Peak, First::Peak),
            By::Instructions => self.instructions(&target.results, &case),
            By::Samples => self.samples(&target.results, &case, project),
        }?;
        if encoded.is_empty() {
            let case = case.to_string();
            terminal::warn(format_args!(
                "{} allocates nothing: no stacks",
                plain(&case)
            ));
        }
        terminal::print_bytes(&encoded)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    /// Whether the format can show what is asked for.
    fn check(&self) -> anyhow::Result<()> {
        let reason = match (self.to, self.by) {
            (Format::Dhat, By::Instructions) => {
                "dhat's viewer shows no instructions: choose another --to"
            }
            (Format::Dhat | Format::Callgrind, By::Samples) => {
                "samples are written for pprof, as folded stacks and for firefox: choose another --to"
            }
            (Format::Firefox, By::Blocks | By::Bytes | By::Peak | By::Instructions) => {
                "profiler.firefox.com shows samples over time: add --by samples"
            }
            _ => return Ok(()),
        };
        Err(Usage(reason.into()).into())
    }

    fn samples(&self, results: &Path, case: &CaseId, project: &Project) -> anyhow::Result<Vec<u8>> {
        let samples = Profiles::of(results)?.samples(case)?;
        let samples = samples.with_context(|| no_samples(case, project))?;
        Ok(match self.to {
            Format::Pprof => pprof::samples(&samples)?,
            Format::Firefox => firefox::encode(&samples, &case.to_string())?,
            _ => folded::samples(&samples).into_bytes(),
        })
    }

    fn heap(
        &self,
        results: &Path,
        case: &CaseId,
        weight: Weight,
        first: First,
    ) -> anyhow::Result<Vec<u8>> {
        let (path, json) = read(results, Lens::Heap, case)?;
        let profile = || -> anyhow::Result<HeapProfile> {
            Ok(HeapProfile::parse(&json, &path)?.within_call(COUNTED_CALL))
        };
        Ok(match self.to {
            Format::Pprof => pprof::heap(&profile()?, first)?,
            Format::Folded => folded::heap(&profile()?, weight).into_bytes(),
            Format::Callgrind => callgrind::encode(&profile()?).into_bytes(),
            Format::Dhat | Format::Firefox => json,
        })
    }

    fn instructions(&self, results: &Path, case: &CaseId) -> anyhow::Result<Vec<u8>> {
        let (_, text) = read(results, Lens::Instructions, case)?;
        let profile = || -> anyhow::Result<InlineProfile> {
            let profile = Profiles::of(results)?.instructions(case)?;
            profile.with_context(|| format!("no profile of {case}"))
        };
        Ok(match self.to {
            Format::Pprof => pprof::instructions(&profile()?)?,
            Format::Folded => folded::instructions(&profile()?).into_bytes(),
            Format::Callgrind | Format::Dhat | Format::Firefox => text,
        })
    }
}

/// The path and content of the case's profile.
fn read(results: &Path, lens: Lens, case: &CaseId) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let path = Profiles::of(results)?.path(lens, case);
    let path = path.with_context(|| format!("no rows of {case}"))?;
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let kind = match lens {
                Lens::Instructions => "instruction",
                _ => "heap",
            };
            anyhow::bail!(
                "{} has no {kind} profile of {case}: run `cargo bench` to measure it again",
                results.display()
            )
        }
        read => {
            let bytes = read.with_context(|| format!("cannot read {}", path.display()))?;
            Ok((path, bytes))
        }
    }
}
