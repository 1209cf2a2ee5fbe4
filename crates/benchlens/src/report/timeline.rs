//! What happened when: the recording of a call as lanes of regions, for the terminal, as a page, and for
//! Perfetto.
//!
//! All of them show the same figures: [`Timeline::sums`], one row for each name of a region, and
//! [`Timeline::shares`], where the time of the threads went.

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
    /// What was recorded.
    pub recording: Recording,
    /// What recording costs.
    pub overhead: Option<Overhead>,
}

/// The time of a call with and without the recorder, from processes that took turns.
///
/// Another program on the machine only ever makes a call slower, so of each process the tenth of its calls is
/// taken that was fastest, and of all rounds the quietest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overhead {
    /// The time of a call in nanoseconds where nothing was recorded.
    pub without: u64,
    /// The same where every call was recorded.
    pub with: u64,
    /// How many rounds there were, each with a process of both kinds.
    pub rounds: u32,
}

impl Overhead {
    /// From the times of a call in each round, without and with the recorder; `None` if there are none.
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
    /// The regions by name and kind, the one with most time first.
    pub fn sums(&self) -> Vec<Sum> {
        sums::of(&self.recording)
    }

    /// Where the time of each thread went, in the order of the recording's lanes.
    pub fn shares(&self) -> Vec<Shares> {
        self.recording.lanes.iter().map(Shares::of).collect()
    }

    /// The time of all threads together, in nanoseconds: what a share is a share of.
    pub fn lanes_time(&self) -> u64 {
        sums::lanes_time(&self.recording)
    }
}

#[cfg(test)]
mod tests;
