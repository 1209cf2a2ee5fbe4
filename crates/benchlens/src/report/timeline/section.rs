//! The timelines' section of a page: text that can be read without a script, and the data for the script.

use std::path::Path;

use super::data::Data;
use super::text::{self, Cells};
use super::{Sum, Timeline};
use crate::store;

/// The section, for the template.
#[derive(Default)]
pub(in super::super) struct Section {
    pub(in super::super) cases: Vec<Case>,
    /// Why some timelines could not be read.
    pub(in super::super) broken: Vec<String>,
    /// The recordings for the script, compressed; empty if there are none.
    pub(in super::super) data: String,
}

pub(in super::super) struct Case {
    pub(in super::super) name: String,
    pub(in super::super) about: String,
    pub(in super::super) overhead: Option<String>,
    pub(in super::super) heads: Vec<&'static str>,
    pub(in super::super) threads: Vec<Cells>,
    pub(in super::super) sums: Vec<Cells>,
}

impl Section {
    /// The section of the timelines among the results in `folder`.
    ///
    /// # Errors
    ///
    /// The JSON encoder's error.
    pub(in super::super) fn among(folder: &Path) -> Result<Self, serde_json::Error> {
        let taken = store::read_timelines(folder);
        Ok(Self {
            broken: taken.broken,
            ..Self::of(&taken.read)?
        })
    }

    /// The section of these timelines.
    ///
    /// # Errors
    ///
    /// The JSON encoder's error.
    pub(in super::super) fn of(timelines: &[Timeline]) -> Result<Self, serde_json::Error> {
        if timelines.is_empty() {
            return Ok(Self::default());
        }
        let data: Vec<Data> = timelines.iter().map(Data::of).collect();
        Ok(Self {
            cases: timelines.iter().map(Case::of).collect(),
            broken: Vec::new(),
            data: super::super::packed::packed(&data)?,
        })
    }
}

impl Case {
    fn of(timeline: &Timeline) -> Self {
        let (heads, threads) = text::threads(timeline);
        Self {
            name: timeline.case.to_string(),
            about: text::about(timeline),
            overhead: text::overhead(timeline),
            heads,
            threads,
            sums: timeline.sums().iter().map(Sum::cells).collect(),
        }
    }
}
