//! The recording of a call as a timeline, for the terminal, as a page, and for Perfetto.
//!
//! All three show the same figures: [`Timeline::sums`] has one row per name of a region, and [`Timeline::shares`] shows
//! where each thread's time went.

use serde::{Deserialize, Serialize};

use crate::CaseId;
use crate::region::Recording;

mod data;
mod layout;
mod page;
mod perfetto;
mod section;
mod shares;
mod sums;
pub mod text;

pub use page::{Error, page};
pub use perfetto::perfetto;
pub(super) use section::Section;
pub use shares::Shares;
pub use sums::Sum;

/// The recording of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The case.
    pub case: CaseId,
    /// The hash of the executable, as in rows.
    pub executable: String,
    /// The recording.
    pub recording: Recording,
    /// The cost of recording, if it was measured.
    pub overhead: Option<Overhead>,
}

/// The time of a call with and without the recorder, from processes that took turns.
///
/// Other programs on the machine only make calls slower. So each process contributes the tenth percentile of its
/// calls, and the fastest round of either kind counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overhead {
    /// The time of a call in nanoseconds, without the recorder.
    pub without: u64,
    /// The time of a call in nanoseconds, with the recorder.
    pub with: u64,
    /// How many rounds there were, each of one process with the recorder and one without.
    pub rounds: u32,
}

impl Overhead {
    /// The overhead from the times of a call in each round, without and with the recorder; `None` without rounds.
    pub fn of(rounds: &[(u64, u64)]) -> Option<Self> {
        Some(Self {
            without: rounds.iter().map(|(without, _)| *without).min()?,
            with: rounds.iter().map(|(_, with)| *with).min()?,
            rounds: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
        })
    }

    /// How much longer a call takes with the recorder, in per cent.
    pub fn percent(&self) -> f64 {
        match self.without {
            0 => 0.0,
            without => (self.with as f64 / without as f64 - 1.0) * 100.0,
        }
    }
}

impl Timeline {
    /// The regions added up by name and kind, the most time first.
    pub fn sums(&self) -> Vec<Sum> {
        sums::of(&self.recording)
    }

    /// Where each thread's time went, in the order of the recording's lanes.
    pub fn shares(&self) -> Vec<Shares> {
        self.recording.lanes.iter().map(Shares::of).collect()
    }

    /// The time of all threads together, in nanoseconds, which shares are relative to.
    pub fn lanes_time(&self) -> u64 {
        sums::lanes_time(&self.recording)
    }
}

#[cfg(test)]
mod tests;
