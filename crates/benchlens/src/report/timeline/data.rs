//! The data of the page's script: a recording as columns of small numbers.
//!
//! Times are nanoseconds. A region's start is stored as the difference from the previous start in its lane, which
//! compresses well.

use serde::Serialize;

use super::layout::{Placed, placed};
use super::shares::Shares;
use super::{Overhead, Timeline};
use crate::region::Kind;

/// A timeline for the script.
#[derive(Serialize)]
pub(super) struct Data {
    case: String,
    calls: u64,
    end: u64,
    names: Vec<String>,
    kinds: Vec<&'static str>,
    lanes: Vec<Lane>,
    /// The name of each region, lane after lane.
    name: Vec<u32>,
    kind: Vec<usize>,
    row: Vec<usize>,
    start: Vec<u64>,
    time: Vec<u64>,
    blocks: Vec<Option<u64>>,
    bytes: Vec<Option<u64>>,
    /// The curve of the live heap, each point as the difference from the previous one.
    heap: Option<[Vec<i64>; 2]>,
    cost: Option<f64>,
    overhead: Option<Overhead>,
}

#[derive(Serialize)]
struct Lane {
    thread: u64,
    name: String,
    track: usize,
    begin: u64,
    end: u64,
    /// How many regions the lane has.
    count: usize,
    shares: Shares,
}

impl Data {
    pub(super) fn of(timeline: &Timeline) -> Self {
        let recording = &timeline.recording;
        let placed = placed(recording);
        let regions = || placed.iter().flat_map(|placed| &placed.regions);
        let kind = |kind: Kind| Kind::ALL.iter().position(|it| *it == kind).unwrap_or(0);
        let blocks = |place: usize| {
            let figure = move |(_, region): &(usize, crate::region::RegionRecord)| {
                region.blocks.map(|blocks| blocks[place])
            };
            regions().map(figure).collect()
        };
        Self {
            case: timeline.case.to_string(),
            calls: recording.calls,
            end: recording.end,
            names: recording.names.clone(),
            kinds: Kind::ALL.map(Kind::name).to_vec(),
            lanes: placed.iter().map(Lane::of).collect(),
            name: regions().map(|(_, region)| region.name).collect(),
            kind: regions().map(|(_, region)| kind(region.kind)).collect(),
            row: regions().map(|(row, _)| *row).collect(),
            start: placed.iter().flat_map(starts).collect(),
            time: regions()
                .map(|(_, region)| region.end - region.start)
                .collect(),
            blocks: blocks(0),
            bytes: blocks(1),
            heap: recording.heap.as_ref().map(|points| {
                [
                    distances(points.iter().map(|point| point.at as i64)),
                    distances(points.iter().map(|point| point.live)),
                ]
            }),
            cost: recording.cost,
            overhead: timeline.overhead,
        }
    }
}

impl Lane {
    fn of(placed: &Placed<'_>) -> Self {
        Self {
            thread: placed.lane.thread,
            name: placed.lane.name.clone(),
            track: placed.track,
            begin: placed.lane.begin,
            end: placed.lane.end,
            count: placed.regions.len(),
            shares: Shares::of(placed.lane),
        }
    }
}

fn starts(placed: &Placed<'_>) -> Vec<u64> {
    let starts = placed.regions.iter().map(|(_, region)| region.start as i64);
    // The starts are in order, so no difference is negative.
    (distances(starts).into_iter().map(i64::unsigned_abs)).collect()
}

fn distances(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut last = 0;
    let distance = |value| value - std::mem::replace(&mut last, value);
    values.map(distance).collect()
}
