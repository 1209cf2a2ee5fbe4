//! `benchlens accept`: the last results become the baseline.

use std::collections::BTreeSet;
use std::process::ExitCode;

use benchlens::judge::{baseline, gate};

use crate::lines::Places;
use crate::project::BaselineArgument;
use crate::{Project, Verb, failure, terminal};

/// Make the last results the baseline of the gate
#[derive(clap::Parser)]
#[command(
    name = "accept",
    after_help = "Examples:\n  cargo bench && {command} accept\n\n\
                  Exit codes: 0 accepted; 1 the results are not those of one whole run without a failure, \
                  or cannot be read or written."
)]
pub(crate) struct Accept {
    #[command(flatten)]
    baseline: BaselineArgument,
    #[command(flatten)]
    places: Places,
}

impl Verb for Accept {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let side = baseline::read_results(&self.places.results(project))?;
        // Nothing that the gate would refuse may become what it judges by.
        if let Err(refusal) = side.require_one_whole_run() {
            failure::complain_of_refusal("accept", &refusal);
            terminal::complain(format_args!("accept: nothing is accepted"));
            return Ok(ExitCode::FAILURE);
        }
        let verdict = gate::judge(&side, &side, gate::TOLERANCE)?;
        let cases: BTreeSet<_> = side.heap.iter().map(|row| &row.case).collect();
        let sites = self.places.sites(project, cases);
        let folder = self.baseline.folder(project);
        baseline::write_baseline(&folder, &side, &sites)?;
        terminal::print(&format!(
            "{}: {} figures are the baseline, {} more are shown\n",
            folder.display(),
            verdict.judged,
            verdict.shown
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
