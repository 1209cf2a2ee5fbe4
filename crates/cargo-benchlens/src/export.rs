//! `benchlens export`: the heap profile of a case for other tools.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::profile::dhat::HeapProfile;
use benchlens::profile::kept::Profiles;
use benchlens::report::table::Row;
use benchlens::report::{folded, plain, pprof};
use benchlens::run::COUNTED_CALL;
use benchlens::{CaseId, Lens, Metric};

use crate::named::Named;
use crate::scope::Scope;
use crate::{Project, Verb, terminal};

/// Write the heap profile of a case as pprof's protobuf, as folded stacks, or as dhat left it
#[derive(clap::Parser)]
#[command(
    name = "export",
    after_help = "Examples:\n  {command} export {subject} --to pprof >heap.pb.gz\n  \
                  go tool pprof -top heap.pb.gz\n  \
                  {command} export {subject} --input {input} --to folded >stacks.txt"
)]
pub(crate) struct Export {
    #[command(flatten)]
    case: Named,
    /// What to write to standard output
    #[arg(long, value_enum)]
    to: Target,
    #[command(flatten)]
    scope: Scope,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Target {
    /// Gzipped protobuf for `go tool pprof`
    Pprof,
    /// One stack a line, for flame graphs
    Folded,
    /// The JSON that dhat wrote, for its own viewer
    Dhat,
}

impl Verb for Export {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let is_fit = |row: &Row| row.count(Metric::Allocations).is_some();
        let (target, case) = self.case.find(&self.scope, project, is_fit)?;
        let json = read(&target.results, &case)?;
        let profile = || -> anyhow::Result<HeapProfile> {
            let profile = HeapProfile::parse(&json, Path::new("the profile"))?;
            Ok(profile.within_call(COUNTED_CALL))
        };
        let encoded = match self.to {
            Target::Dhat => json,
            Target::Pprof => pprof::encode(&profile()?)?,
            Target::Folded => folded::encode(&profile()?).into_bytes(),
        };
        if encoded.is_empty() {
            let case = case.to_string();
            terminal::complain(format_args!(
                "{} allocates nothing: no stacks",
                plain(&case)
            ));
        }
        terminal::print_bytes(&encoded)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What dhat wrote of the case.
fn read(results: &Path, case: &CaseId) -> anyhow::Result<Vec<u8>> {
    let path = Profiles::of(results)?.path(Lens::Heap, case);
    let path = path.with_context(|| format!("no rows of {case}"))?;
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => anyhow::bail!(
            "{} has no heap profile of {case}: run `cargo bench` to measure it anew",
            results.display()
        ),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}
