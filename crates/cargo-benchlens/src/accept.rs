//! `benchlens accept`: the last results become the baseline.

use std::collections::BTreeSet;
use std::process::ExitCode;

use benchlens::judge::{baseline, gate};
use benchlens::report::{amount, plain};

use crate::lines::sites;
use crate::scope::{BaselineArgument, Scope};
use crate::{Project, Verb, failure, terminal};

/// Make the last results the baseline of the gate
#[derive(clap::Parser)]
#[command(after_help = "Examples:\n  cargo bench && {command} accept\n\n\
                  Exit codes: 0 accepted; 1 the results are not those of one whole run without a failure, \
                  or cannot be read or written.")]
pub(crate) struct Accept {
    #[command(flatten)]
    baseline: BaselineArgument,
    #[command(flatten)]
    scope: Scope,
}

impl Verb for Accept {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let folder = self.baseline.folder(&self.scope, project)?;
        let mut sides = Vec::new();
        let mut is_refused = false;
        for target in self.scope.targets(project)? {
            let mut side = baseline::read_results(&target.results)?;
            failure::warn_and_drop_failed_cases("accept", &target.prefix(), &mut side, project);
            // Results that the gate would refuse must not become the baseline.
            if let Err(refusal) = side.require_one_whole_run() {
                failure::warn_of_refusal("accept", &target.prefix(), &refusal);
                is_refused = true;
            }
            sides.push((target, side));
        }
        if is_refused {
            terminal::warn(format_args!("accept: nothing is accepted"));
            return Ok(ExitCode::FAILURE);
        }
        let sources = self.scope.sources(project).ok();
        for (target, side) in sides {
            // The gate decides whether anything in it can be judged.
            let verdict = gate::differences(&side, &side, gate::TOLERANCE)?;
            let cases: BTreeSet<_> = side.heap.iter().map(|row| &row.case).collect();
            let sites = sites(&target.results, sources.as_ref(), cases);
            let folder = target.baseline(&folder);
            baseline::write_baseline(&folder, &side, &sites)?;
            terminal::print(&format!(
                "{}: {} are the baseline, {} more are shown\n",
                plain(&folder.display().to_string()),
                amount(verdict.judged as u64, "figure"),
                verdict.shown
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
