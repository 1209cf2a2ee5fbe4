//! The layout of lanes and regions: threads that do not exist at the same time share a track, and outer regions
//! are in rows above the inner ones.

use std::cmp::Reverse;

use crate::region::{LaneRecord, Recording, RegionRecord};

/// A lane in its track, with its regions in the order of their starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed<'a> {
    pub(super) lane: &'a LaneRecord,
    pub(super) track: usize,
    /// The regions, each with its row; the outermost row is 0.
    pub(super) regions: Vec<(usize, RegionRecord)>,
}

/// All lanes that have regions, each in the first track that is free when the lane begins.
pub(super) fn placed(recording: &Recording) -> Vec<Placed<'_>> {
    let mut lanes: Vec<&LaneRecord> = recording.lanes.iter().collect();
    lanes.sort_by_key(|lane| (lane.begin, lane.thread));
    let mut free: Vec<u64> = Vec::new();
    (lanes.into_iter())
        .map(|lane| {
            let track = free.iter().position(|&free| free <= lane.begin);
            let track = track.unwrap_or(free.len());
            free.resize(free.len().max(track + 1), 0);
            free[track] = lane.end;
            Placed {
                lane,
                track,
                regions: in_rows(&lane.regions),
            }
        })
        .collect()
}

/// Gives each region a row. Regions from guards nest. A region from two instants may overlap another one, and
/// then takes the next free row.
fn in_rows(regions: &[RegionRecord]) -> Vec<(usize, RegionRecord)> {
    let mut order: Vec<(usize, &RegionRecord)> = regions.iter().enumerate().collect();
    // Regions are recorded as they end, so of two with equal times the later one is the outer one.
    order.sort_by_key(|&(place, region)| (region.start, Reverse(region.end), Reverse(place)));
    let mut free: Vec<u64> = Vec::new();
    (order.into_iter())
        .map(|(_, region)| {
            // Never above an open region, which it would seem to contain.
            let open = free.iter().rposition(|&free| free > region.start);
            let row = open.map_or(0, |row| row + 1);
            free.resize(free.len().max(row + 1), 0);
            free[row] = region.end;
            (row, *region)
        })
        .collect()
}
