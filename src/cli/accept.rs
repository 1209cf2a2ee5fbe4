//! `benchlens accept`: the last results become the baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use benchlens::record;
use benchlens::report::{baseline, gate};

use super::Verb;

/// Make the last results the baseline of the gate
#[derive(clap::Parser)]
#[command(
    name = "accept",
    after_help = "Example:\n  cargo bench && benchlens accept"
)]
pub(super) struct Accept {
    /// Folder of the baseline
    #[arg(long, default_value = "results/baseline")]
    baseline: PathBuf,
    /// Folder of the results
    #[arg(long, default_value = "results/latest")]
    results: PathBuf,
}

impl Verb for Accept {
    fn run(self) -> anyhow::Result<ExitCode> {
        let side = baseline::read_results(&self.results)?;
        // Nothing that the gate would refuse may become what it judges by.
        let verdict = gate::judge(&side, &side, gate::TOLERANCE)?;
        let failures: Vec<_> = (record::read_sheet(&self.results)?.lenses.into_values())
            .flat_map(|run| run.failures)
            .collect();
        if !failures.is_empty() {
            anyhow::bail!(
                "the last run failed, nothing is accepted:\n{}",
                failures.join("\n")
            );
        }
        baseline::write_baseline(&self.baseline, &side)?;
        let folder = self.baseline.display();
        super::print(&format!(
            "{folder}: {} figures are the baseline\n",
            verdict.judged
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
