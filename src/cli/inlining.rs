//! `benchlens inlining`: both sides of each pair, and the witnesses to what was inlined.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;
use benchlens::evidence::compiler::cargo;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::inlining::{PairView, text, views};
use benchlens_suite::case::inlining::names;

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
        let pairs = names();
        if let Some(wanted) = &self.pair
            && !pairs.iter().any(|pair| pair.subject.contains(wanted))
        {
            let known: Vec<_> = pairs.iter().map(|pair| pair.subject.as_str()).collect();
            let known = known.join(", ");
            return Err(Usage(format!("no pair is called `{wanted}`; there are {known}")).into());
        }
        let asking = || super::complain(format_args!("inlining: asking the compiler, once"));
        let package = env!("CARGO_PKG_NAME");
        let witnesses = match Witnesses::of(&pairs, Path::new("."), package, &self.results, asking)
        {
            Ok(witnesses) => Some(witnesses),
            Err(error) => {
                let error = anyhow::Error::new(error);
                super::complain(format_args!(
                    "inlining: no word of the compiler and no machine code: {error:#}"
                ));
                None
            }
        };
        let joined = || views(&pairs, &self.results, witnesses.as_ref());
        let mut views = match joined() {
            Ok(views) if views.iter().all(is_measured) => views,
            _ if witnesses.is_some() && self.results == Path::new(LATEST) => {
                measure()?;
                joined()?
            }
            other => other.context("the pairs have not been measured")?,
        };
        let wanted = self.pair.unwrap_or_default();
        views.retain(|view| view.subject.contains(&wanted));
        match self.format {
            Format::Json => super::print_json(&views)?,
            Format::Text => super::print(&text(&views))?,
        }
        Ok(ExitCode::SUCCESS)
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
