//! `benchlens lines`: what each line of a subject's source cost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::sites::{self, Site};
use benchlens::profile::{Error, dhat::HeapProfile, inlined::InlineProfile};
use benchlens::report::lines::sources::Sources;
use benchlens::report::lines::{LineView, text};
use benchlens_suite::case::{HEAP_HARNESS, page};

use super::{Format, Usage, Verb};

/// Show what each line of a subject's source cost: allocations, bytes, instructions
#[derive(clap::Parser)]
#[command(
    name = "lines",
    after_help = "Examples:
  benchlens lines rewrite/alg_one
  benchlens lines rewrite/alg_one --no-inlines
  benchlens lines freq/sequential --input feeds --format json

A line's own figures hold the code that was inlined into it from std and other crates; `cum` is with
the project's functions below it. What was called outside of the project is listed at the end, so
that the figures add up to those of `benchlens table`."
)]
pub(super) struct Lines {
    /// The subject, as `benchlens list` names it
    subject: String,
    /// The input that it ran on; by default the first that it was measured with
    #[arg(long)]
    input: Option<String>,
    /// Fold inlined functions into the function whose machine code they are
    #[arg(long)]
    no_inlines: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    places: Places,
}

/// Where profiles and sources are.
#[derive(clap::Args)]
pub(super) struct Places {
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results/latest")]
    pub(super) results: PathBuf,
    /// Folder of the project's sources
    #[arg(long, value_name = "DIR", default_value = ".")]
    source: PathBuf,
}

impl Verb for Lines {
    fn run(self) -> anyhow::Result<ExitCode> {
        let case = self.case()?;
        let view = self
            .places
            .view(&case, &self.places.sources()?, self.no_inlines)?;
        match self.format {
            Format::Json => super::print_json(&view)?,
            Format::Text => print_styled(&text::render(&view))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Lines {
    fn case(&self) -> anyhow::Result<String> {
        if let Some(input) = &self.input {
            return Ok(format!("{}/{input}", self.subject));
        }
        let prefix = format!("{}/", self.subject);
        let cases = self.places.cases()?;
        let measured = cases.into_iter().find(|case| case.starts_with(&prefix));
        measured.ok_or_else(|| {
            let results = self.places.results.display();
            Usage(format!(
                "{results} has no case of {}: see `benchlens list`, or run `cargo bench`",
                self.subject
            ))
            .into()
        })
    }
}

impl Places {
    /// Every case that the heap lens measured, in the order of the table.
    pub(super) fn cases(&self) -> anyhow::Result<Vec<String>> {
        let rows = benchlens::store::read_rows(&self.results, benchlens::measurement::Lens::Heap)?;
        let mut cases: Vec<_> = rows.into_iter().map(|row| row.case).collect();
        cases.dedup();
        Ok(cases)
    }

    pub(super) fn sources(&self) -> anyhow::Result<Sources> {
        Ok(page::sources(&self.source)?)
    }

    /// The view of a case; without instructions where valgrind was not there to count them.
    pub(super) fn view(
        &self,
        case: &str,
        sources: &Sources,
        folded: bool,
    ) -> anyhow::Result<LineView> {
        let heap = self.profile(case, "dhat", HeapProfile::read)?;
        let instructions = self.profile(case, "callgrind", InlineProfile::read)?;
        if heap.is_none() && instructions.is_none() {
            anyhow::bail!(
                "{} has no profile of {case}: run `cargo bench` first, or name another --input or \
                 --results",
                self.results.display()
            );
        }
        let heap = heap.map(|profile| profile.within_call(HEAP_HARNESS));
        let view = LineView::new(case, heap.as_ref(), instructions.as_ref(), sources, folded);
        view.with_context(|| format!("cannot show {case} line by line"))
    }

    /// Where the cases allocate, as far as profiles and sources tell.
    pub(super) fn sites(&self, cases: &[&str]) -> Vec<Site> {
        let Ok(sources) = self.sources() else {
            return Vec::new();
        };
        (cases.iter())
            .filter_map(|case| {
                let profile = HeapProfile::read(&self.path(case, "dhat")).ok()?;
                let profile = profile.within_call(HEAP_HARNESS);
                LineView::new(case, Some(&profile), None, &sources, false).ok()
            })
            .flat_map(|view| sites::of_view(&view))
            .collect()
    }

    fn path(&self, case: &str, lens: &str) -> PathBuf {
        let file = format!("{}.json", case.replace('/', "_"));
        self.results.join(lens).join(file)
    }

    fn profile<T>(
        &self,
        case: &str,
        lens: &str,
        read: fn(&Path) -> Result<T, Error>,
    ) -> anyhow::Result<Option<T>> {
        match read(&self.path(case, lens)) {
            Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                super::complain(format_args!(
                    "{case} has no profile in {lens}: its figures are missing here, run `cargo bench`"
                ));
                Ok(None)
            }
            read => Ok(Some(read?)),
        }
    }
}

/// Writes to standard output, in colour where that is a terminal.
pub(super) fn print_styled(text: &str) -> anyhow::Result<()> {
    let mut output = anstream::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}
