//! `benchlens inlining`: both sides of each pair, and the evidence of what was inlined.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use anyhow::Context;
use benchlens::evidence::compiler::cargo;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::inlining::{PairView, text, views};
use benchlens::report::plain;
use benchlens::report::table::Table;
use benchlens::{CaseInfo, store};

use crate::project::Home;
use crate::scope::{Scope, Target};
use crate::terminal::{print, print_json, warn};
use crate::{Format, Project, Suite, Usage, Verb};

/// Show what inlining does to allocations: each pair called and inlined, with three kinds of
/// evidence
#[derive(clap::Parser)]
#[command(
    long_about = "Show what inlining does to allocations: each pair called and inlined, side by side.\n\n\
                  The evidence is the count of allocations per call; the machine code, which refers to \
                  the allocator or does not; and the compiler's remark on the call. The compiler runs \
                  through cargo, and its remarks are kept for the page. The functions of a pair must \
                  be in the library of their package.",
    after_help = "Examples:\n  {command} inlining\n  {command} inlining {pair}\n  \
                  {command} inlining --format json"
)]
pub(crate) struct Inlining {
    /// Only the pairs whose name contains this
    pair: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    scope: Scope,
}

/// The pairs of one bench target.
struct Declared {
    target: Target,
    package: String,
    pairs: Vec<CaseInfo>,
}

impl Verb for Inlining {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let targets = self.scope.targets(project)?;
        let mut declared = Vec::new();
        for target in targets {
            declared.extend(declared_by(target, project)?);
        }
        self.require_wanted(&declared)?;
        let mut all = Vec::new();
        for bench in &declared {
            if bench.pairs.iter().any(|case| self.wants(case)) {
                all.extend(self.views(bench, project)?);
            }
        }
        match self.format {
            Format::Json => print_json(&all)?,
            Format::Text => print(&text(&all))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Inlining {
    /// The selected pairs of a bench, measured first if the project allows it.
    fn views(&self, bench: &Declared, project: &Project) -> anyhow::Result<Vec<PairView>> {
        let results = &bench.target.results;
        let witnesses = self.witnesses(bench, project);
        let joined = || -> anyhow::Result<Vec<PairView>> {
            let rows = Table::read(results)?.rows;
            let mut views = views(&bench.pairs, &rows, witnesses.as_ref());
            let is_wanted = |view: &PairView| {
                let of_pair = |case: &&CaseInfo| case.id.without_input() == view.pair;
                bench
                    .pairs
                    .iter()
                    .filter(of_pair)
                    .any(|case| self.wants(case))
            };
            views.retain(is_wanted);
            Ok(views)
        };
        let is_whole = |views: &Vec<PairView>| views.iter().all(is_measured);
        match (joined(), project.home) {
            (Ok(views), _) if is_whole(&views) => Ok(views),
            (_, Home::Suite(suite))
                if witnesses.is_some() && results == Path::new(suite.results) =>
            {
                measure(&suite, &bench.pairs)?;
                joined()
            }
            // Other projects' benches may take long, so they are not run from here.
            (other, _) => other.context("the pairs have not been measured"),
        }
    }

    /// Evidence from the compiler and the machine code; without it only the counts are shown.
    fn witnesses(&self, bench: &Declared, project: &Project) -> Option<Witnesses> {
        let asking = || warn(format_args!("inlining: asking the compiler, once"));
        let folder = self.folder(&bench.package, project);
        let (package, results) = (bench.package.as_str(), &bench.target.results);
        match Witnesses::of(&bench.pairs, &folder, package, results, asking) {
            Ok(witnesses) => Some(witnesses),
            Err(error) => {
                let error = anyhow::Error::new(error);
                warn(format_args!(
                    "inlining: compiler evidence unavailable: {error:#}"
                ));
                None
            }
        }
    }

    /// The folder with a package's sources.
    fn folder(&self, package: &str, project: &Project) -> PathBuf {
        let source = || self.scope.source().to_owned();
        match (project.home, self.scope.workspace()) {
            (Home::Workspace, Ok(workspace)) => (workspace.packages.iter())
                .find(|it| it.name == package)
                .map_or_else(source, |it| it.folder().to_owned()),
            _ => source(),
        }
    }

    /// Whether a pair is selected, by a part of its name or by the name of one of its sides.
    fn wants(&self, case: &CaseInfo) -> bool {
        let Some(wanted) = &self.pair else {
            return true;
        };
        let pair = case.id.without_input().to_string();
        pair.contains(wanted) || *wanted == format!("{pair}/{}", case.id.input)
    }

    /// Checks that a pair is selected.
    ///
    /// # Errors
    ///
    /// [`Usage`] if none is.
    fn require_wanted(&self, declared: &[Declared]) -> anyhow::Result<()> {
        let pairs = || declared.iter().flat_map(|bench| &bench.pairs);
        if pairs().any(|case| self.wants(case)) {
            return Ok(());
        }
        let mut known: Vec<String> = pairs()
            .map(|case| case.id.without_input().to_string())
            .collect();
        known.dedup();
        let reason = match (&self.pair, known.is_empty()) {
            (Some(pair), false) => {
                let (pair, known) = (plain(pair), known.join(", "));
                format!("no pair is called `{pair}`; there are {}", plain(&known))
            }
            _ => "no bench declares a pair".to_owned(),
        };
        Err(Usage(reason).into())
    }
}

/// The pairs of a bench target: from its results, or else as the project declares them.
fn declared_by(target: Target, project: &Project) -> anyhow::Result<Option<Declared>> {
    let (package, mut pairs) = match (store::read_cases(&target.results), project.home) {
        (Ok(suite), _) => (suite.package, suite.cases),
        (Err(store::Error::Missing { .. }), Home::Suite(suite)) => {
            (suite.package.to_owned(), (suite.pairs)())
        }
        // Results of another harness declare no pairs.
        (Err(store::Error::Missing { .. }), Home::Workspace) => return Ok(None),
        (Err(error), _) => return Err(error.into()),
    };
    pairs.retain(|case| case.pair.is_some());
    Ok(Some(Declared {
        target,
        package,
        pairs,
    }))
}

fn is_measured(view: &PairView) -> bool {
    view.called.allocations.is_some() && view.inlined.allocations.is_some()
}

/// Runs the counting lenses on the pairs.
fn measure(suite: &Suite, pairs: &[CaseInfo]) -> anyhow::Result<()> {
    warn(format_args!("inlining: measuring the pairs, once"));
    let benches = suite.counting.iter().flat_map(|bench| ["--bench", bench]);
    let group = pairs.first().map(|case| format!("{}/", case.id.group));
    let status = cargo()
        .args(["bench", "--quiet"])
        .args(benches)
        .arg("--")
        .args(group)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    anyhow::ensure!(status.success(), "cargo bench failed: {status}");
    Ok(())
}
