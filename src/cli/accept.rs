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
    after_help = "Examples:\n  cargo bench && benchlens accept\n\n\
                  Exit codes: 0 accepted; 1 the results are not those of one whole run without a failure, \
                  or cannot be read or written."
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
        if let Err(refusal) = side.require_one_whole_run() {
            super::complain_of_refusal("accept", &refusal);
            super::complain(format_args!("accept: nothing is accepted"));
            return Ok(ExitCode::FAILURE);
        }
        let verdict = gate::judge(&side, &side, gate::TOLERANCE)?;
        let cases: BTreeSet<_> = side.heap.iter().map(|row| &row.case).collect();
        let sites = self.places.sites(cases);
        baseline::write_baseline(&self.baseline, &side, &sites)?;
        super::print(&format!(
            "{}: {} figures are the baseline, {} more are shown\n",
            self.baseline.display(),
            verdict.judged,
            verdict.shown
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
