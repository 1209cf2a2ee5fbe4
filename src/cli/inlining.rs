//! `benchlens inlining`: both sides of each pair, and the witnesses to what was inlined.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;
use benchlens::evidence::compiler::cargo;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::inlining::{PairView, text, views};
use benchlens::report::plain;
use benchlens::report::table::Table;
use benchlens::{CaseId, CaseInfo, store};
use benchlens_suite::cases;

use super::{Format, Usage, Verb};

/// Where the benches leave their rows.
const LATEST: &str = "results/latest";

/// Show what inlining does to allocations: each pair called and inlined, with three witnesses
#[derive(clap::Parser)]
#[command(
    name = "inlining",
    long_about = "Show what inlining does to allocations: each pair called and inlined, side by side.\n\n\
                  Three witnesses: the count of allocations a call; the machine code, which refers to \
                  the allocator or does not; and the compiler's own word on the call. What has not \
                  been measured yet is measured first, and the compiler is asked through cargo, in \
                  the project's folder.",
    after_help = "Examples:\n  benchlens inlining\n  benchlens inlining alg_one\n  \
                  benchlens inlining --format json"
)]
pub(super) struct Inlining {
    /// Only the pairs whose name contains this
    pair: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where the benches left their rows
    #[arg(long, value_name = "DIR", default_value = LATEST)]
    results: PathBuf,
}

impl Verb for Inlining {
    fn run(self) -> anyhow::Result<ExitCode> {
        let pairs = self.pairs()?;
        let wanted = self.wanted(&pairs)?;
        let asking = || super::complain(format_args!("inlining: asking the compiler, once"));
        let package = env!("CARGO_PKG_NAME");
        let witnesses = match Witnesses::of(&pairs, Path::new("."), package, &self.results, asking)
        {
            Ok(witnesses) => Some(witnesses),
            Err(error) => {
                let error = anyhow::Error::new(error);
                super::complain(format_args!(
                    "inlining: compiler evidence unavailable: {error:#}"
                ));
                None
            }
        };
        let joined = || -> anyhow::Result<Vec<PairView>> {
            let rows = Table::read(&self.results)?.rows;
            let mut views = views(&pairs, &rows, witnesses.as_ref());
            views.retain(|view| wanted.contains(&view.pair));
            Ok(views)
        };
        let views = match joined() {
            Ok(views) if views.iter().all(is_measured) => views,
            _ if witnesses.is_some() && self.results == Path::new(LATEST) => {
                measure()?;
                joined()?
            }
            other => other.context("the pairs have not been measured")?,
        };
        match self.format {
            Format::Json => super::print_json(&views)?,
            Format::Text => super::print(&text(&views))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Inlining {
    /// All pairs: of the suite that left the results, or of this one.
    fn pairs(&self) -> anyhow::Result<Vec<CaseInfo>> {
        let mut pairs = match store::read_cases(&self.results) {
            Ok(suite) => suite.cases,
            Err(store::Error::Missing { .. }) => benchlens::run::describe(cases::inlining::declare),
            Err(error) => return Err(error.into()),
        };
        pairs.retain(|case| case.pair.is_some());
        Ok(pairs)
    }

    /// Whether a pair was asked for, by a part of its name or by the name of one of its sides.
    fn wants(&self, case: &CaseInfo) -> bool {
        let Some(wanted) = &self.pair else {
            return true;
        };
        let pair = case.id.without_input().to_string();
        pair.contains(wanted) || *wanted == format!("{pair}/{}", case.id.input)
    }

    /// The pairs that are wanted.
    ///
    /// # Errors
    ///
    /// [`Usage`] if there are none.
    fn wanted(&self, pairs: &[CaseInfo]) -> anyhow::Result<Vec<CaseId>> {
        let name = |case: &CaseInfo| case.id.without_input();
        let wanted: Vec<CaseId> = (pairs.iter().filter(|case| self.wants(case)))
            .map(name)
            .collect();
        if !wanted.is_empty() {
            return Ok(wanted);
        }
        let mut known: Vec<String> = pairs.iter().map(|case| name(case).to_string()).collect();
        known.dedup();
        let pair = self.pair.as_deref().unwrap_or_default();
        let (pair, known) = (plain(pair), known.join(", "));
        let reason = format!("no pair is called `{pair}`; there are {}", plain(&known));
        Err(Usage(reason).into())
    }
}

fn is_measured(view: &PairView) -> bool {
    view.called.allocations.is_some() && view.inlined.allocations.is_some()
}

/// Runs the two exact lenses on the pairs.
fn measure() -> anyhow::Result<()> {
    super::complain(format_args!("inlining: measuring the pairs, once"));
    let status = Command::new(cargo())
        .args([
            "bench",
            "--quiet",
            "--bench",
            "heap",
            "--bench",
            "instructions",
        ])
        .args(["--", "inlining/"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    anyhow::ensure!(status.success(), "cargo bench failed: {status}");
    Ok(())
}
