//! `benchlens export`: the heap profile of a case for other tools.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::profile::dhat::HeapProfile;
use benchlens::report::{folded, pprof};
use benchlens_suite::case::HEAP_HARNESS;

use super::Verb;

/// Write the heap profile of a case as pprof's protobuf or as folded stacks
#[derive(clap::Parser)]
#[command(
    name = "export",
    after_help = "Example:\n  benchlens export rewrite/alg_one --input seed --to pprof >alg_one.pb.gz\n  \
                  go tool pprof -top alg_one.pb.gz"
)]
pub(super) struct Export {
    /// The subject, as `benchlens list` names it
    subject: String,
    /// The input that it ran on
    #[arg(long, default_value = "seed")]
    input: String,
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
}

impl Verb for Export {
    fn run(self) -> anyhow::Result<ExitCode> {
        let case = format!("{}/{}", self.subject, self.input);
        let file = format!("{}.json", case.replace('/', "_"));
        let profile = HeapProfile::read(&self.results.join("dhat").join(file))
            .with_context(|| format!("no profile of {case}: run `cargo bench --bench heap` first"))?
            .within_call(HEAP_HARNESS);
        let encoded = match self.to {
            Target::Pprof => pprof::encode(&profile)?,
            Target::Folded => folded::encode(&profile).into_bytes(),
        };
        let mut output = std::io::stdout().lock();
        output
            .write_all(&encoded)
            .and_then(|()| output.flush())
            .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
