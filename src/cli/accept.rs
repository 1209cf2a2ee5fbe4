//! `benchlens accept`: the last results become the baseline.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use benchlens::judge::{baseline, gate};

use super::Verb;
use super::lines::Places;

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
    #[command(flatten)]
    places: Places,
}

impl Verb for Accept {
    fn run(self) -> anyhow::Result<ExitCode> {
        let side = baseline::read_results(&self.places.results)?;
        // Nothing that the gate would refuse may become what it judges by.
        let verdict = gate::judge(&side, &side, gate::TOLERANCE)?;
        if !verdict.failures.is_empty() {
            anyhow::bail!(
                "the last run failed, nothing is accepted:\n{}",
                verdict.failures.join("\n")
            );
        }
        let cases: BTreeSet<_> = side.heap.iter().map(|row| row.case.as_str()).collect();
        let sites = self.places.sites(&cases.into_iter().collect::<Vec<_>>());
        baseline::write_baseline(&self.baseline, &side, &sites)?;
        let folder = self.baseline.display();
        super::print(&format!(
            "{folder}: {} figures are the baseline\n",
            verdict.judged
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
