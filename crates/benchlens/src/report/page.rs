//! The page: all that a run measured as one HTML file that needs no network, no server and no script
//! to be read.
//!
//! Everything is drawn here, from the rows that the table is made of; the page's script only sorts,
//! filters, folds and remembers in the address what the reader looks at. The templates escape all
//! text, so a file called `<script>` is a name like any other.

use std::path::{Path, PathBuf};

use askama::Template;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::Compression;
use flate2::write::GzEncoder;
use thiserror::Error;

use super::inlining::PairView;
use super::lines::sources::Sources;
use super::table::{Row, Table};
use crate::evidence::remarks::Remark;
use crate::store::{self, RowFile};

mod axis;
mod dots;
mod figures;
mod heap;
mod inlining;
mod machine;
mod overview;
mod pictures;
mod profiles;
mod source;
mod verdict;

use figures::Figures;
use heap::Heap;
use inlining::Inlining;
use machine::Machine;
use overview::Overview;
use pictures::Pictures;
use profiles::Profiles;
use source::{Listing, Source};
use verdict::Verdict;

/// Where the page's figures are.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a> {
    /// What the benches left: rows, sheet and profiles.
    pub results: &'a Path,
    /// What the gate compares with; need not be there.
    pub baseline: &'a Path,
}

/// What the page knows of the project beside the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Project<'a> {
    /// The source, if it is at hand; without it the source view says so.
    pub sources: Option<&'a Sources>,
    /// The function that makes the measured call under dhat, such as `benchlens_heap::measure`.
    pub heap_harness: &'a str,
    /// The pairs, with what is known of them.
    pub pairs: &'a [PairView],
    /// What the compiler said of the calls that it inlined, if it was asked.
    pub remarks: Option<&'a [Remark]>,
}

/// Why there is no page.
#[derive(Debug, Error)]
pub enum Error {
    /// The results could not be read, or the page not be written.
    #[error(transparent)]
    Record(#[from] store::Error),
    /// The data for the page's script could not be encoded.
    #[error("cannot encode the page's data")]
    Data(#[from] serde_json::Error),
    /// A template could not be filled in.
    #[error("cannot fill in a template of the page")]
    Template(#[from] askama::Error),
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    summary: String,
    overview: Overview,
    pictures: Pictures,
    source: Source,
    inlining: Inlining,
    heap: Heap,
    machine: Machine,
    profiles: String,
    costs: String,
}

const STYLE: &str = concat!(
    include_str!("page/css/page.css"),
    include_str!("page/css/overview.css"),
    include_str!("page/css/pictures.css"),
    include_str!("page/css/source.css"),
    include_str!("page/css/inlining.css"),
    include_str!("page/css/heap.css"),
    include_str!("page/css/print.css"),
);

const SCRIPT: &str = concat!(
    include_str!("page/js/place.js"),
    include_str!("page/js/theme.js"),
    include_str!("page/js/overview.js"),
    include_str!("page/js/pictures.js"),
    include_str!("page/js/picker.js"),
    include_str!("page/js/page.js"),
    include_str!("page/js/source.js"),
    include_str!("page/js/heap.js"),
    include_str!("page/js/ready.js"),
);

/// The page of a run; the same folders give the same bytes.
///
/// What is missing beside the rows, such as a profile, the baseline or a lens, is said in its place.
/// The cost is that of reading every profile once.
///
/// # Errors
///
/// [`Error::Record`] if there are no results, or rows are broken.
pub fn render(folders: Folders<'_>, project: Project<'_>) -> Result<String, Error> {
    let table = Table::read(folders.results)?;
    let figures = Figures::read(
        folders.results,
        [RowFile::GROWTH, RowFile::SAMPLES, RowFile::THREADS],
    )?;
    let mut profiles = Profiles::new(project.heap_harness);
    let mut listing = Listing::default();
    let mut heap = Heap::default();
    let profiled = |row: &&Row| row.allocations.is_some() || row.instructions.is_some();
    for row in table.rows.iter().filter(profiled) {
        let profile = (row.allocations)
            .map(|_| profiles.add(&row.case, &profile_of(folders.results, "dhat", &row.case)));
        if let Some(profile) = &profile {
            heap.add(&row.case, profile.as_ref());
        }
        let profile = profile.and_then(Result::ok);
        listing.add(
            &row.case,
            profile.as_ref(),
            folders.results,
            project.sources,
        );
    }
    let (source, costs) = listing.finish(project.remarks);
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        summary: machine::summary(&table),
        overview: Overview::new(&table, Verdict::read(folders)),
        pictures: Pictures::new(&table, &figures)?,
        source,
        inlining: Inlining::new(project.pairs, project.sources),
        heap,
        machine: Machine::new(&table, &figures),
        profiles: packed(&profiles)?,
        costs: packed(&costs)?,
    };
    Ok(page.render()?)
}

/// Where a bench leaves the profile of a case.
fn profile_of(results: &Path, lens: &str, case: &str) -> PathBuf {
    results
        .join(lens)
        .join(format!("{}.json", case.replace('/', "_")))
}

/// Data for the page's script: JSON, compressed, in letters that have no meaning in HTML.
fn packed(data: &impl serde::Serialize) -> Result<String, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut encoder, data)?;
    let bytes = encoder.finish().map_err(serde_json::Error::io)?;
    Ok(BASE64_STANDARD.encode(bytes))
}
