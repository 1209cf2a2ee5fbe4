//! A timeline in Perfetto's protobuf, which <https://ui.perfetto.dev> and its trace processor open.
//!
//! A thread is a track of slices with their allocations, and the live heap is a counter. Names are interned,
//! which makes the file much smaller than Chrome's JSON. The messages are defined here, with the field numbers of
//! `protos/perfetto/trace` and only the fields that are used.

use std::cmp::Reverse;

use prost::Message;

use super::Timeline;
use crate::region::{Kind, LaneRecord, RegionRecord};

/// The id of the only sequence of packets.
const SEQUENCE: u32 = 1;
/// The sequence flag of a packet that clears the interned names of earlier ones.
const CLEARED: u32 = 1;
/// The sequence flag of a packet that refers to interned names.
const NEEDED: u32 = 2;
const PROCESS: u64 = 1;
const HEAP: u64 = 2;
/// The id of the first thread's track.
const FIRST: u64 = 3;
/// A fixed process id, so that equal recordings give equal files.
const PID: i32 = 1;

const SLICE_BEGIN: i32 = 1;
const SLICE_END: i32 = 2;
const COUNTER: i32 = 4;
const SIZE_BYTES: i32 = 3;

/// Encodes a timeline; equal timelines give equal bytes. Linear in time and space.
pub fn perfetto(timeline: &Timeline) -> Vec<u8> {
    let recording = &timeline.recording;
    let mut packets = vec![interned(timeline), process(timeline)];
    if let Some(points) = &recording.heap {
        packets.push(track(TrackDescriptor {
            uuid: Some(HEAP),
            parent_uuid: Some(PROCESS),
            name: Some("live heap".to_owned()),
            counter: Some(CounterDescriptor {
                unit: Some(SIZE_BYTES),
            }),
            ..TrackDescriptor::default()
        }));
        packets.extend(points.iter().map(|point| {
            let event = TrackEvent {
                counter_value: Some(point.live),
                ..TrackEvent::of(COUNTER, HEAP)
            };
            at(point.at, event)
        }));
    }
    let mut next = FIRST;
    for lane in &recording.lanes {
        for (place, regions) in stacks(lane).into_iter().enumerate() {
            packets.push(thread(lane, next, place));
            slices(next, &regions, &mut packets);
            next += 1;
        }
    }
    Trace { packet: packets }.encode_to_vec()
}

/// The interned names, to which all later packets refer by number, from 1.
fn interned(timeline: &Timeline) -> TracePacket {
    let numbered = |names: Vec<String>| -> Vec<Name> {
        (names.into_iter().zip(1..))
            .map(|(name, iid)| Name {
                iid: Some(iid),
                name: Some(name),
            })
            .collect()
    };
    let kinds = Kind::ALL.map(|kind| kind.name().to_owned()).to_vec();
    TracePacket {
        sequence_flags: Some(CLEARED | NEEDED),
        interned_data: Some(InternedData {
            event_categories: numbered(kinds),
            event_names: numbered(timeline.recording.names.clone()),
            debug_annotation_names: numbered(vec!["allocations".into(), "bytes".into()]),
        }),
        ..TracePacket::default()
    }
    .in_sequence()
}

fn process(timeline: &Timeline) -> TracePacket {
    track(TrackDescriptor {
        uuid: Some(PROCESS),
        process: Some(ProcessDescriptor {
            pid: Some(PID),
            process_name: Some(timeline.case.to_string()),
        }),
        ..TrackDescriptor::default()
    })
}

/// A track of a thread. Regions that overlap without nesting need further tracks of the same thread.
fn thread(lane: &LaneRecord, uuid: u64, place: usize) -> TracePacket {
    let name = match lane.name.as_str() {
        "" => format!("thread {}", lane.thread),
        name => name.to_owned(),
    };
    let of_thread = (place == 0).then(|| ThreadDescriptor {
        pid: Some(PID),
        tid: i32::try_from(lane.thread).ok(),
        thread_name: Some(name.clone()),
    });
    track(TrackDescriptor {
        uuid: Some(uuid),
        parent_uuid: Some(PROCESS),
        name: of_thread.is_none().then_some(name),
        thread: of_thread,
        ..TrackDescriptor::default()
    })
}

fn track(descriptor: TrackDescriptor) -> TracePacket {
    TracePacket {
        track_descriptor: Some(descriptor),
        ..TracePacket::default()
    }
    .in_sequence()
}

fn at(timestamp: u64, event: TrackEvent) -> TracePacket {
    TracePacket {
        timestamp: Some(timestamp),
        sequence_flags: Some(NEEDED),
        track_event: Some(event),
        ..TracePacket::default()
    }
    .in_sequence()
}

/// Distributes the regions of a lane over tracks, each in the first where it nests. Each track is in the order of
/// starts.
fn stacks(lane: &LaneRecord) -> Vec<Vec<RegionRecord>> {
    let mut order: Vec<(usize, &RegionRecord)> = lane.regions.iter().enumerate().collect();
    order.sort_by_key(|&(place, region)| (region.start, Reverse(region.end), Reverse(place)));
    // For each track, its regions and the ends of the open ones.
    let mut tracks: Vec<(Vec<RegionRecord>, Vec<u64>)> = Vec::new();
    for (_, region) in order {
        let fit = tracks.iter_mut().position(|(_, open)| {
            while open.last().is_some_and(|&end| end <= region.start) {
                open.pop();
            }
            open.last().is_none_or(|&end| region.end <= end)
        });
        let place = fit.unwrap_or_else(|| {
            tracks.push((Vec::new(), Vec::new()));
            tracks.len() - 1
        });
        tracks[place].0.push(*region);
        tracks[place].1.push(region.end);
    }
    tracks.into_iter().map(|(regions, _)| regions).collect()
}

/// Adds the begin and end events in time order. At equal times, an end comes before a begin.
fn slices(track: u64, regions: &[RegionRecord], packets: &mut Vec<TracePacket>) {
    let end = |at_end: u64| at(at_end, TrackEvent::of(SLICE_END, track));
    let mut open: Vec<u64> = Vec::new();
    for region in regions {
        while let Some(&last) = open.last()
            && last <= region.start
        {
            packets.push(end(last));
            open.pop();
        }
        packets.push(at(region.start, begin(track, region)));
        open.push(region.end);
    }
    packets.extend(open.into_iter().rev().map(end));
}

fn begin(track: u64, region: &RegionRecord) -> TrackEvent {
    let kind = Kind::ALL.iter().position(|kind| *kind == region.kind);
    let annotation = |(place, &value): (usize, &u64)| DebugAnnotation {
        name_iid: Some(place as u64 + 1),
        uint_value: Some(value),
    };
    TrackEvent {
        category_iids: vec![kind.unwrap_or(0) as u64 + 1],
        name_iid: Some(u64::from(region.name) + 1),
        // Most regions allocate nothing, so leaving out zeros makes the file smaller.
        debug_annotations: (region.blocks.iter().flatten().enumerate())
            .filter(|(_, value)| **value > 0)
            .map(annotation)
            .collect(),
        ..TrackEvent::of(SLICE_BEGIN, track)
    }
}

#[derive(Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<TracePacket>,
}

#[derive(Message)]
struct TracePacket {
    /// Nanoseconds since the beginning of the recording.
    #[prost(uint64, optional, tag = "8")]
    timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "10")]
    trusted_packet_sequence_id: Option<u32>,
    #[prost(message, optional, tag = "11")]
    track_event: Option<TrackEvent>,
    #[prost(message, optional, tag = "12")]
    interned_data: Option<InternedData>,
    #[prost(uint32, optional, tag = "13")]
    sequence_flags: Option<u32>,
    #[prost(message, optional, tag = "60")]
    track_descriptor: Option<TrackDescriptor>,
}

impl TracePacket {
    fn in_sequence(mut self) -> Self {
        self.trusted_packet_sequence_id = Some(SEQUENCE);
        self
    }
}

#[derive(Message)]
struct TrackEvent {
    #[prost(uint64, repeated, packed = "false", tag = "3")]
    category_iids: Vec<u64>,
    #[prost(message, repeated, tag = "4")]
    debug_annotations: Vec<DebugAnnotation>,
    #[prost(int32, optional, tag = "9")]
    kind: Option<i32>,
    #[prost(uint64, optional, tag = "10")]
    name_iid: Option<u64>,
    #[prost(uint64, optional, tag = "11")]
    track_uuid: Option<u64>,
    #[prost(int64, optional, tag = "30")]
    counter_value: Option<i64>,
}

impl TrackEvent {
    fn of(kind: i32, track: u64) -> Self {
        Self {
            kind: Some(kind),
            track_uuid: Some(track),
            ..Self::default()
        }
    }
}

#[derive(Message)]
struct DebugAnnotation {
    #[prost(uint64, optional, tag = "1")]
    name_iid: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    uint_value: Option<u64>,
}

#[derive(Message)]
struct InternedData {
    #[prost(message, repeated, tag = "1")]
    event_categories: Vec<Name>,
    #[prost(message, repeated, tag = "2")]
    event_names: Vec<Name>,
    #[prost(message, repeated, tag = "3")]
    debug_annotation_names: Vec<Name>,
}

/// The interned name of a category, an event or an annotation: all three messages have the same two fields.
#[derive(Message)]
struct Name {
    #[prost(uint64, optional, tag = "1")]
    iid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
}

#[derive(Message)]
struct TrackDescriptor {
    #[prost(uint64, optional, tag = "1")]
    uuid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
    #[prost(message, optional, tag = "3")]
    process: Option<ProcessDescriptor>,
    #[prost(message, optional, tag = "4")]
    thread: Option<ThreadDescriptor>,
    #[prost(uint64, optional, tag = "5")]
    parent_uuid: Option<u64>,
    #[prost(message, optional, tag = "8")]
    counter: Option<CounterDescriptor>,
}

#[derive(Message)]
struct ProcessDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(string, optional, tag = "6")]
    process_name: Option<String>,
}

#[derive(Message)]
struct ThreadDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    tid: Option<i32>,
    #[prost(string, optional, tag = "5")]
    thread_name: Option<String>,
}

#[derive(Message)]
struct CounterDescriptor {
    #[prost(int32, optional, tag = "3")]
    unit: Option<i32>,
}
