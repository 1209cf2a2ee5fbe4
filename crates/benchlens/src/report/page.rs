//! The page: everything that a run measured, as one HTML file that can be read without a network, a
//! server or scripts.
//!
//! What can be read without a script is rendered here. The page's script sorts, filters, folds,
//! draws the costs, the heap and the timeline of the chosen case, and stores the current view in
//! the address. The templates escape all text, so a file called `<script>` does no harm.

use std::path::Path;

use askama::Template;
use thiserror::Error;

use super::inlining::views;
use super::lines::sources::Sources;
use super::packed::packed;
use super::table::Table;
use super::timeline::Section as Timelines;
use crate::evidence::witnesses::Witnesses;
use crate::profile::stored;
use crate::store::{self, RowFile};
use crate::{CaseId, Metric};

mod assembly;
mod axis;
mod curves;
mod dots;
mod figures;
mod heap;
mod inlining;
mod machine;
mod memory;
mod overview;
mod pictures;
mod processor;
mod profiles;
mod source;
mod verdict;

use figures::Figures;
use heap::Heap;
use inlining::Inlining;
use machine::Machine;
use memory::Memory;
use overview::Overview;
use pictures::Pictures;
use processor::Processor;
use profiles::Profiles;
use source::{Listing, Source};
use verdict::Verdict;

/// The folders that the page is made from.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a> {
    /// The results of the benches: rows, declarations, the record of the run, and profiles.
    pub results: &'a Path,
    /// The gate's baseline; may be missing.
    pub baseline: &'a Path,
}

/// What the page shows of the project besides the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Project<'a> {
    /// The source, if available; otherwise the source view says that it is missing.
    pub sources: Option<&'a Sources>,
    /// Evidence from machine code and compiler on the pairs and on inlined calls, if collected.
    pub witnesses: Option<&'a Witnesses>,
}

/// Why the page could not be made.
#[derive(Debug, Error)]
pub enum Error {
    /// The results could not be read, or the page could not be written.
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
    memory: Memory,
    processor: Processor,
    timeline: Timelines,
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
    include_str!("page/css/assembly.css"),
    include_str!("page/css/heap.css"),
    include_str!("page/css/memory.css"),
    include_str!("flame/flame.css"),
    include_str!("callgraph/graph.css"),
    include_str!("page/css/processor.css"),
    include_str!("timeline/timeline.css"),
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
    include_str!("flame/flame.js"),
    include_str!("page/js/processor.js"),
    "{\n",
    include_str!("timeline/js/model.js"),
    include_str!("timeline/js/draw.js"),
    include_str!("timeline/js/hand.js"),
    include_str!("timeline/js/tell.js"),
    "}\n",
    include_str!("page/js/ready.js"),
);

/// The page of a run; the same folders give the same bytes.
///
/// Where something besides the rows is missing, such as a profile, the baseline or a lens, the page
/// says so. Cost: reading every profile once.
///
/// # Errors
///
/// [`Error::Record`] if there are no results, or rows are broken.
pub fn render(folders: Folders<'_>, project: Project<'_>) -> Result<String, Error> {
    let table = Table::read(folders.results)?;
    let declared = store::read_cases(folders.results)?.cases;
    let figures = Figures::read(
        folders.results,
        [RowFile::GROWTH, RowFile::SAMPLES, RowFile::THREADS],
    )?;
    let profiled = profiled(folders.results, &table, project)?;
    let pairs = views(&declared, &table.rows, project.witnesses);
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        summary: machine::summary(&table),
        overview: Overview::new(&table, Verdict::read(folders)),
        pictures: Pictures::new(&table, &figures, &declared)?,
        source: profiled.source,
        inlining: Inlining::new(
            &pairs,
            project.sources,
            &assembly::Codes::read(folders.results, &declared)?,
        ),
        heap: profiled.heap,
        memory: Memory::read(folders.results)?,
        processor: profiled.processor,
        timeline: Timelines::among(folders.results)?,
        machine: Machine::new(&table, &figures),
        profiles: packed(&profiled.profiles)?,
        costs: packed(&profiled.costs)?,
    };
    Ok(page.render()?)
}

/// What the profiles of the cases show.
struct Profiled {
    profiles: Profiles,
    heap: Heap,
    processor: Processor,
    source: Source,
    costs: source::LineData,
}

/// Reads the profiles of every counted case. The page identifies a case by its index in the table.
fn profiled(results: &Path, table: &Table, project: Project<'_>) -> Result<Profiled, Error> {
    let mut stored = stored::Profiles::of(results)?;
    let mut profiles = Profiles::default();
    let mut listing = Listing::default();
    let mut heap = Heap::default();
    let mut processor = Processor::default();
    for (place, row) in table.rows.iter().enumerate() {
        let case: &CaseId = &row.info.id;
        processor.add(case, stored.samples(case));
        let has_heap = row.count(Metric::Allocations).is_some();
        if !has_heap && row.count(Metric::Instructions).is_none() {
            continue;
        }
        let profile = has_heap.then(|| profiles.add(place, case, &stored));
        if let Some(profile) = &profile {
            heap.add(case, profile.as_ref());
        }
        let profile = profile.and_then(Result::ok);
        listing.add(place, case, profile.as_ref(), &mut stored, project.sources);
    }
    let remarks = (project.witnesses).map(|witnesses| witnesses.inlined.as_slice());
    let (source, costs) = listing.finish(remarks);
    Ok(Profiled {
        profiles,
        heap,
        processor,
        source,
        costs,
    })
}
