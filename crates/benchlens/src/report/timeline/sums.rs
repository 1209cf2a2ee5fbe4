//! The regions of a recording, added up by name.

use std::collections::HashMap;

use serde::Serialize;

use crate::region::{Kind, Recording};

/// All regions of one name and kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sum {
    /// The name.
    pub name: String,
    /// What the thread did.
    pub kind: Kind,
    /// How many regions there are.
    pub count: u64,
    /// Their total time in nanoseconds, inner regions included.
    pub sum: u64,
    /// The median of their times; for an even number the lower of the middle two.
    pub median: u64,
    /// The longest.
    pub longest: u64,
    /// Their share of the time of all threads.
    pub share: f64,
    /// Blocks and bytes that were allocated within them; `None` if unknown for any of them.
    pub blocks: Option<[u64; 2]>,
}

/// The sums, the most time first.
pub(super) fn of(recording: &Recording) -> Vec<Sum> {
    /// The regions of one name and kind: the time of each, and the allocations of all.
    type Found = (Vec<u64>, Option<[u64; 2]>);
    let mut times: HashMap<(u32, Kind), Found> = HashMap::new();
    for region in recording.lanes.iter().flat_map(|lane| &lane.regions) {
        let (times, blocks) =
            (times.entry((region.name, region.kind))).or_insert_with(|| (Vec::new(), Some([0; 2])));
        times.push(region.end - region.start);
        *blocks = (blocks.zip(region.blocks)).map(|(all, own)| [all[0] + own[0], all[1] + own[1]]);
    }
    let whole = lanes_time(recording) as f64;
    let mut sums: Vec<Sum> = (times.into_iter())
        .map(|((name, kind), (mut times, blocks))| {
            times.sort_unstable();
            let sum = times.iter().sum();
            Sum {
                name: (recording.names.get(name as usize).cloned()).unwrap_or_default(),
                kind,
                count: times.len() as u64,
                sum,
                median: times[(times.len() - 1) / 2],
                longest: times[times.len() - 1],
                share: if whole > 0.0 { sum as f64 / whole } else { 0.0 },
                blocks,
            }
        })
        .collect();
    sums.sort_by(|left, right| {
        (right.sum, &left.name, left.kind.name()).cmp(&(left.sum, &right.name, right.kind.name()))
    });
    sums
}

/// The time of all threads together.
pub(super) fn lanes_time(recording: &Recording) -> u64 {
    let times = recording.lanes.iter().map(|lane| lane.end - lane.begin);
    times.sum()
}
