//! `compare`: compares two revisions, or two folders of results.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::compare::{Comparison, Results};

use crate::origin::Origin;
use crate::project::Home;
use crate::scope::{Target, targets_in};
use crate::{Project, Usage, Verb, failure, terminal};

mod judged;
mod profiles;
mod revisions;
mod tree;

/// Compare two revisions, or two folders of results, as Markdown for a pull request
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} compare {before} {after}
  {command} compare main
  {command} compare v1.0 HEAD -- {subject}
  {command} compare --profile before.json --profile after.json

Of two revisions both are built and counted here, at one and the same path and each with its own
Cargo.lock, so that nothing but the source differs. Without HEAD the working tree is compared, with what
is not committed yet. A base without the drop-in is adopted in its copy. What is behind `--` goes to the
benches. Each change says which lines cost something else; where no source of the case changed, code
moved, which is counted apart and fails with --strict only.

Exit codes, of revisions: 0 nothing changed; 1 a case rose, fell or is in one revision only; 2 something
is broken or missing.")]
pub(crate) struct Compare {
    /// The revision, or the folder of results, to compare with
    #[arg(value_name = "BASE", required_unless_present = "files")]
    before: Option<String>,
    /// The revision, or the folder of results, to compare; by default the working tree
    #[arg(value_name = "HEAD")]
    after: Option<String>,
    /// Tolerance for instructions, in percent
    #[arg(long, default_value_t = 0.5)]
    tolerance: f64,
    /// Fail also if only the compiler's code placement changed
    #[arg(long)]
    strict: bool,
    /// Take the drop-in from this folder for a revision without it
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    #[command(flatten)]
    origin: Origin,
    /// Arguments of the benches, such as a part of the names of the cases to measure
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl Verb for Compare {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let Some(base) = &self.before else {
            return profiles::compare(&self.origin, project);
        };
        if let Some(after) = &self.after {
            let (before, after) = (Path::new(base), Path::new(after));
            match (before.is_dir(), after.is_dir()) {
                (true, true) => return self.folders(before, after, project),
                (true, false) if targets_in(before).iter().all(Target::is_there) => {
                    let reason = format!("{} is no folder of results", after.display());
                    return Err(Usage(reason).into());
                }
                _ => {}
            }
        }
        match self.revisions(base, project) {
            Ok(code) => Ok(ExitCode::from(code)),
            Err(error) if error.is::<Usage>() => Err(error),
            Err(error) => {
                let words = failure::explained(&error);
                terminal::warn(format_args!("compare: {words}"));
                Ok(ExitCode::from(2))
            }
        }
    }
}

impl Compare {
    /// Compares two folders of results without judging them.
    fn folders(&self, before: &Path, after: &Path, project: &Project) -> anyhow::Result<ExitCode> {
        let (old, new) = (targets_in(before), targets_in(after));
        let pairs: Vec<(&Target, &Target)> = match (old.as_slice(), new.as_slice()) {
            ([one], [other]) => vec![(one, other)],
            _ => (old.iter())
                .filter_map(|one| {
                    let same = new.iter().find(|other| other.of == one.of)?;
                    self.origin.scope.selects(same).then_some((one, same))
                })
                .collect(),
        };
        if pairs.is_empty() {
            let reason = format!(
                "{} and {} have no bench in common; see {} table --results DIR",
                before.display(),
                after.display(),
                project.command
            );
            return Err(Usage(reason).into());
        }
        let read = |target: &Target| {
            let folder = &target.results;
            let results = Results::read(folder);
            results.with_context(|| format!("cannot read the results in {}", folder.display()))
        };
        for (place, (old, new)) in pairs.iter().enumerate() {
            let comparison = Comparison::new(&read(old)?, &read(new)?);
            let mut text = String::new();
            if pairs.len() > 1 {
                let line = if place > 0 { "\n" } else { "" };
                text = format!("{line}#### {}\n\n", new.name());
            }
            terminal::print(&(text + &comparison.to_markdown()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn revisions(&self, base: &str, project: &Project) -> anyhow::Result<u8> {
        let workspace = self.origin.scope.workspace()?;
        let bench = revisions::Bench {
            suite: match project.home {
                Home::Suite(suite) => Some(suite),
                Home::Workspace => None,
            },
            drop_in: self.path.as_deref(),
            options: self.origin.scope.as_options(),
            arguments: &self.arguments,
        };
        let area = tree::Area::new(workspace)?;
        let base = area.commit(base)?;
        let head = match &self.after {
            Some(revision) => area.commit(revision)?,
            None => area.working_tree()?,
        };
        let before = revisions::measure(&area, &base, "base", &bench)?;
        let after = revisions::measure(&area, &head, "head", &bench)?;
        let judged = judged::Judged::new(&before, &after, self.tolerance / 100.0)?;
        terminal::print(&judged.to_markdown(&base.name, &head.name))?;
        Ok(judged.exit_code(self.strict))
    }
}
