//! `benchlens export`: the heap profile of a case for other tools.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::profile::dhat::HeapProfile;
use benchlens::profile::kept::Profiles;
use benchlens::report::table::Row;
use benchlens::report::{folded, plain, pprof};
use benchlens::run::COUNTED_CALL;
use benchlens::{CaseId, Lens, Metric};

use super::Verb;
use super::named::Named;

/// Write the heap profile of a case as pprof's protobuf, as folded stacks, or as dhat left it
#[derive(clap::Parser)]
#[command(
    name = "export",
    after_help = "Examples:\n  benchlens export rewrite/alg_one/seed --to pprof >alg_one.pb.gz\n  \
                  go tool pprof -top alg_one.pb.gz\n  \
                  benchlens export freq/sequential --to folded >stacks.txt"
)]
pub(super) struct Export {
    #[command(flatten)]
    case: Named,
    /// What to write to standard output
    #[arg(long, value_enum)]
    to: Target,
    /// Folder of the results
    #[arg(long, default_value = "results/latest")]
    results: PathBuf,
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
    fn run(self) -> anyhow::Result<ExitCode> {
        let is_fit = |row: &Row| row.count(Metric::Allocations).is_some();
        let case = self.case.find(&self.results, is_fit)?;
        let json = self.read(&case)?;
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
            super::complain(format_args!(
                "{} allocates nothing: no stacks",
                plain(&case)
            ));
        }
        let mut output = std::io::stdout().lock();
        output
            .write_all(&encoded)
            .and_then(|()| output.flush())
            .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    /// What dhat wrote of the case.
    fn read(&self, case: &CaseId) -> anyhow::Result<Vec<u8>> {
        let path = Profiles::of(&self.results)?.path(Lens::Heap, case);
        let path = path.with_context(|| format!("no rows of {case}"))?;
        match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => anyhow::bail!(
                "{} has no heap profile of {case}: run `cargo bench` to measure it anew",
                self.results.display()
            ),
            read => read.with_context(|| format!("cannot read {}", path.display())),
        }
    }
}
