//! The page of our own suite: results, source and pairs handed to the report.

use std::path::{Path, PathBuf};

use super::HEAP_HARNESS;
use super::inlining::names;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::inlining::views;
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{self, Folders, Project};
use benchlens::store;

/// The project's source below `root`, as the line views want it.
///
/// # Errors
///
/// [`benchlens::report::lines::sources::Error::Read`].
pub fn sources(root: &Path) -> Result<Sources, benchlens::report::lines::sources::Error> {
    Sources::read(root, &[env!("CARGO_CRATE_NAME")], "benchlens_suite::case")
}

/// Writes the page to `output`, or to report.html among the results, and returns where it is.
///
/// `source` is the project's folder. What is not at hand, such as the source or the witnesses to what
/// was inlined, which [`Witnesses::of`] leaves among the results, is left out, and the page says so.
///
/// # Errors
///
/// [`page::Error`], if the results cannot be read or the page not be written.
pub fn write(
    folders: Folders<'_>,
    source: &Path,
    output: Option<&Path>,
) -> Result<PathBuf, page::Error> {
    let witnesses = Witnesses::kept(folders.results);
    let sources = sources(source).ok();
    let pairs = views(&names(), folders.results, witnesses.as_ref())?;
    let project = Project {
        sources: sources.as_ref(),
        heap_harness: HEAP_HARNESS,
        pairs: &pairs,
        remarks: witnesses
            .as_ref()
            .map(|witnesses| witnesses.inlined.as_slice()),
    };
    let html = page::render(folders, project)?;
    let output = output.map_or_else(|| folders.results.join("report.html"), Path::to_owned);
    store::write(&output, html.as_bytes())?;
    Ok(output)
}
