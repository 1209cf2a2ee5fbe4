//! Where a thread's time went: it worked, it was blocked, or it had no processor.
//!
//! The kernel counts how long a thread ran, and how long it was ready to run without a processor. The rest of
//! the time it slept, which is called blocked. If the second count is missing, the time in regions that wait counts as
//! blocked, and the remainder as time without a processor.

use serde::Serialize;

use crate::region::{Kind, LaneRecord};

/// The time of one thread, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// How long the thread existed, within the recording.
    pub time: u64,
    /// On a processor; `None` if the system does not say.
    pub worked: Option<u64>,
    /// Asleep, waiting for something.
    pub blocked: Option<u64>,
    /// Ready to run, without a processor.
    pub unscheduled: Option<u64>,
    /// In regions that wait, by kind, in the order of [`Kind::ALL`] without work. At any time only the
    /// innermost region counts.
    pub waits: [u64; Kind::ALL.len() - 1],
}

impl Shares {
    pub(super) fn of(lane: &LaneRecord) -> Self {
        let time = lane.end - lane.begin;
        let waits = waits(lane);
        let rest = lane.worked.map(|worked| time.saturating_sub(worked));
        let (blocked, unscheduled) = match (rest, lane.waited) {
            (Some(rest), Some(waited)) => {
                let waited = waited.min(rest);
                (Some(rest - waited), Some(waited))
            }
            (Some(rest), None) => {
                let blocked = rest.min(waits.iter().sum());
                (Some(blocked), Some(rest - blocked))
            }
            (None, _) => (None, None),
        };
        Self {
            time,
            worked: lane.worked.map(|worked| worked.min(time)),
            blocked,
            unscheduled,
            waits,
        }
    }

    /// The sum of both; a part that is unknown in either is unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = |left: Option<u64>, right: Option<u64>| Some(left? + right?);
        let mut waits = self.waits;
        for (sum, more) in waits.iter_mut().zip(other.waits) {
            *sum += more;
        }
        Self {
            time: self.time + other.time,
            worked: both(self.worked, other.worked),
            blocked: both(self.blocked, other.blocked),
            unscheduled: both(self.unscheduled, other.unscheduled),
            waits,
        }
    }

    /// The shares of no thread, to which others are added.
    pub const NONE: Self = Self {
        time: 0,
        worked: Some(0),
        blocked: Some(0),
        unscheduled: Some(0),
        waits: [0; Kind::ALL.len() - 1],
    };
}

/// How long the innermost region was one that waits, by its kind.
fn waits(lane: &LaneRecord) -> [u64; Kind::ALL.len() - 1] {
    let mut waits = [0; Kind::ALL.len() - 1];
    let place = |kind: Kind| Kind::ALL.iter().position(|it| *it == kind).unwrap_or(0);
    let mut regions: Vec<_> = lane.regions.iter().collect();
    regions.sort_by_key(|region| (region.start, std::cmp::Reverse(region.end)));
    // The open regions, the innermost last: the end and the kind of each.
    let mut open: Vec<(u64, Kind)> = Vec::new();
    let mut at = 0;
    let mut give = |kind: Kind, from: u64, to: u64| {
        if kind.is_blocked() {
            waits[place(kind) - 1] += to.saturating_sub(from);
        }
    };
    for region in regions {
        while let Some(&(end, kind)) = open.last()
            && end <= region.start
        {
            give(kind, at, end);
            at = at.max(end);
            open.pop();
        }
        if let Some(&(_, kind)) = open.last() {
            give(kind, at, region.start);
        }
        at = at.max(region.start);
        open.push((region.end, region.kind));
    }
    while let Some((end, kind)) = open.pop() {
        give(kind, at, end);
        at = at.max(end);
    }
    waits
}
