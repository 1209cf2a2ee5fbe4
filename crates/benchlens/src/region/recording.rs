//! Recordings: what all threads did during one call, or during several calls of a short routine.
//!
//! Calls differ, so several recordings are made. The one of median duration is kept, as it is neither lucky nor
//! disturbed.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::lane::{self, Lane, Raw};
use super::scheduled::{self, Clocks};
use super::{Kind, ON, blocks, enter};

/// The name of the region that spans each call.
pub const CALL: &str = "call";

/// Calls are added to a recording until it is this long, so that short calls can be seen …
const LONG: Duration = Duration::from_millis(1);
/// … or until it has this many calls.
const CALLS: u64 = 1000;
/// The times of at most this many calls are kept.
const TIMES: usize = 1 << 20;
/// No further recording begins once this many regions are kept.
const REGIONS: usize = 1 << 20;

/// What the threads of a process did while it made one or more calls. Times are nanoseconds from the
/// beginning of the first call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// How many calls the recording has.
    pub calls: u64,
    /// When the last call ended.
    pub end: u64,
    /// How many recordings were made; this is the one of median duration.
    pub of: u64,
    /// The time of a call in nanoseconds, as the tenth percentile of all calls: a call that nothing else on the
    /// machine disturbed.
    pub quick: u64,
    /// The cost of recording a region in nanoseconds, measured in this process; `None` if regions were not
    /// recorded.
    pub cost: Option<f64>,
    /// The names of the regions.
    pub names: Vec<String>,
    /// The threads that had regions.
    pub lanes: Vec<LaneRecord>,
    /// The live heap over time, relative to the beginning; `None` if no counting allocator is linked.
    pub heap: Option<Vec<Point>>,
}

/// A thread and its regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneRecord {
    /// The thread's id.
    pub thread: u64,
    /// The thread's name; may be empty.
    pub name: String,
    /// When the thread began, or the recording if that was later.
    pub begin: u64,
    /// When the thread ended, or the recording if that was earlier.
    pub end: u64,
    /// How long the thread ran; `None` if the system does not say.
    pub worked: Option<u64>,
    /// How long the thread was ready to run without a processor; `None` if the system does not say.
    pub waited: Option<u64>,
    /// Blocks and bytes that the thread allocated from its first region on; `None` without a counting allocator.
    pub blocks: Option<[u64; 2]>,
    /// The thread's regions, in the order of their ends.
    pub regions: Vec<RegionRecord>,
}

/// A region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub struct RegionRecord {
    /// The index of the region's name in [`Recording::names`].
    pub name: u32,
    /// What the thread did.
    pub kind: Kind,
    /// When the region began.
    pub start: u64,
    /// When the region ended.
    pub end: u64,
    /// Blocks and bytes that the thread allocated within the region; `None` if unknown.
    pub blocks: Option<[u64; 2]>,
}

/// A region as it is stored: a tuple, which is much smaller in JSON.
type Row = (u32, Kind, u64, u64, Option<[u64; 2]>);

impl From<Row> for RegionRecord {
    fn from((name, kind, start, end, blocks): Row) -> Self {
        Self {
            name,
            kind,
            start,
            end,
            blocks,
        }
    }
}

impl From<RegionRecord> for Row {
    fn from(region: RegionRecord) -> Self {
        let RegionRecord {
            name,
            kind,
            start,
            end,
            blocks,
        } = region;
        (name, kind, start, end, blocks)
    }
}

/// The live heap at a point in time, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, i64)", into = "(u64, i64)")]
pub struct Point {
    /// The time.
    pub at: u64,
    /// Live bytes relative to the beginning.
    pub live: i64,
}

impl From<(u64, i64)> for Point {
    fn from((at, live): (u64, i64)) -> Self {
        Self { at, live }
    }
}

impl From<Point> for (u64, i64) {
    fn from(point: Point) -> Self {
        (point.at, point.live)
    }
}

/// Records one call after another.
pub(crate) struct Recorder {
    done: Vec<Recording>,
    regions: usize,
    current: Option<Active>,
    /// When the current call began.
    call: Instant,
    times: Vec<u64>,
    /// The cost of a region; `None` if only the times of the calls are wanted.
    cost: Option<f64>,
}

/// Records one call in this process, and returns its result too. Concurrent recordings wait for each other.
///
/// `timeline` repeats the case instead, which shows how calls differ and what recording costs.
///
/// ```
/// use benchlens::region::{self, Kind};
///
/// let (sum, recording) = region::record(|| {
///     let _sum = benchlens::region!("sum");
///     (0..1000).sum::<u64>()
/// });
/// assert_eq!(sum, 499_500);
/// let regions = &recording.lanes[0].regions;
/// let names: Vec<_> = regions.iter().map(|it| recording.names[it.name as usize].as_str()).collect();
/// assert_eq!(names, ["sum", "call"]);
/// ```
pub fn record<T>(call: impl FnOnce() -> T) -> (T, Recording) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Stops recording even if the call panics.
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            ON.store(false, Ordering::Relaxed);
            drop(blocks::unwatch());
        }
    }
    let mut recorder = Recorder::new(true);
    recorder.prepare();
    let off = Off;
    recorder.opened();
    let result = call();
    recorder.closed();
    let recording = recorder.end().unwrap_or_default();
    drop(off);
    (result, recording)
}

/// A recording in progress.
struct Active {
    number: u64,
    calls: u64,
    begin: Instant,
    /// When the last call ended.
    ended: Instant,
    allocated: blocks::Blocks,
    clocks: HashMap<u64, Clocks>,
    has_heap: bool,
}

impl Recorder {
    /// A recorder before the first call. Without `regions`, only the times of the calls are taken.
    pub(crate) fn new(regions: bool) -> Self {
        Self {
            done: Vec::new(),
            regions: 0,
            current: None,
            call: Instant::now(),
            times: Vec::new(),
            cost: regions.then(cost),
        }
    }

    /// Called before each call, for work that must not count towards its time.
    pub(crate) fn prepare(&mut self) {
        let may_begin = self.cost.is_some() && self.regions < REGIONS;
        if may_begin && self.current.is_none() {
            self.current = Some(Active::begin());
        }
    }

    /// Called when a call begins.
    #[inline]
    pub(crate) fn opened(&mut self) {
        if let Some(active) = &mut self.current {
            active.allocated = blocks::so_far();
            ON.store(true, Ordering::Relaxed);
        }
        self.call = Instant::now();
        if let Some(active) = &mut self.current
            && active.calls == 0
        {
            active.begin = self.call;
        }
    }

    /// Called when a call has ended.
    pub(crate) fn closed(&mut self) {
        let now = Instant::now();
        ON.store(false, Ordering::Relaxed);
        let _uncounted = blocks::Uncounted::begin();
        if self.times.len() < TIMES {
            let time = now.saturating_duration_since(self.call).as_nanos();
            self.times.push(u64::try_from(time).unwrap_or(u64::MAX));
        }
        let Some(active) = &mut self.current else {
            return;
        };
        active.calls += 1;
        active.ended = now;
        lane::call(self.call, now, blocks::so_far().since(active.allocated));
        if (now - active.begin >= LONG || active.calls == CALLS)
            && let Some(active) = self.current.take()
        {
            let recording = active.end();
            let lanes = recording.lanes.iter();
            self.regions += lanes.map(|lane| lane.regions.len()).sum::<usize>();
            self.done.push(recording);
        }
    }

    /// The recording of median duration; `None` if there was no call.
    pub(crate) fn end(mut self) -> Option<Recording> {
        if let Some(active) = self.current.take()
            && active.calls > 0
        {
            // The last recording may be too short, so it is kept only if there is no other.
            let recording = active.end();
            if self.done.is_empty() {
                self.done.push(recording);
            }
        }
        self.times.sort_unstable();
        let quick = *self.times.get(self.times.len() / 10)?;
        let duration = |recording: &Recording| recording.end / recording.calls.max(1);
        self.done.sort_by_key(duration);
        let of = self.done.len() as u64;
        let middle = self.done.len().saturating_sub(1) / 2;
        let chosen = self.done.into_iter().nth(middle).unwrap_or_default();
        Some(Recording {
            of,
            quick,
            cost: self.cost,
            ..chosen
        })
    }
}

impl Active {
    fn begin() -> Self {
        // The clocks are read before the observer is set, so their allocations are not counted.
        let clocks = scheduled::all().into_iter().collect();
        let now = Instant::now();
        Self {
            number: lane::next_recording(),
            calls: 0,
            begin: now,
            ended: now,
            allocated: blocks::Blocks::default(),
            clocks,
            has_heap: blocks::watch(),
        }
    }

    fn end(self) -> Recording {
        let now = self.ended;
        let curve = blocks::unwatch();
        let mut lanes: Vec<LaneRecord> = Vec::new();
        let mut names = Names::default();
        for lane in lane::collect() {
            let raw = lane.buffer().drain(self.number);
            if !raw.is_empty() {
                lanes.push(self.lane(&lane, &raw, now, &mut names));
            }
        }
        lanes.sort_by_key(|lane| (lane.begin, lane.thread));
        let point = |(at, live)| Point {
            at: self.at(at),
            live,
        };
        Recording {
            calls: self.calls,
            end: self.at(now),
            of: 1,
            quick: 0,
            cost: None,
            names: names.all,
            lanes,
            heap: self
                .has_heap
                .then(|| curve.into_iter().map(point).collect()),
        }
    }

    fn at(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.begin).as_nanos()).unwrap_or(u64::MAX)
    }

    fn lane(&self, lane: &Lane, raw: &[Raw], now: Instant, names: &mut Names) -> LaneRecord {
        let (ended, seen, clocks) = ends(lane);
        let earlier = self.clocks.get(&lane.thread).copied();
        let spent = clocks.since(earlier.unwrap_or(Clocks::ZERO));
        // A thread that is joined implicitly, as by a scope, may end a little after the call.
        let end = self.at(ended.map_or(now, |ended| ended.min(now)));
        let begin = match (earlier, seen) {
            (None, Some(seen)) => {
                // The thread existed before its first region, at least for the time that it ran and waited.
                let spent = spent.worked.unwrap_or(0) + spent.waited.unwrap_or(0);
                self.at(seen).min(end.saturating_sub(spent))
            }
            _ => 0,
        };
        let allocated = lane.buffer().allocated();
        LaneRecord {
            thread: lane.thread,
            name: lane.name.clone(),
            begin,
            end,
            // The clocks are read a little before and after the calls, so they may exceed the lane's time.
            worked: spent.worked.map(|worked| worked.min(end - begin)),
            waited: spent.waited.map(|waited| {
                let worked = spent.worked.unwrap_or(0).min(end - begin);
                waited.min(end - begin - worked)
            }),
            blocks: self.has_heap.then_some([allocated.count, allocated.bytes]),
            regions: (raw.iter())
                .map(|raw| RegionRecord {
                    name: names.number(raw.name),
                    kind: raw.kind,
                    start: self.at(raw.start),
                    end: self.at(raw.end),
                    blocks: (raw.blocks)
                        .filter(|_| self.has_heap)
                        .map(|blocks| [blocks.count, blocks.bytes]),
                })
                .collect(),
        }
    }
}

/// When a lane's thread ended, when its first region began, and its clocks at its end or now.
fn ends(lane: &Lane) -> (Option<Instant>, Option<Instant>, Clocks) {
    // A thread scope returns before its threads have fully ended, so this waits for them briefly.
    for _ in 0..20 {
        let buffer = lane.buffer();
        let seen = buffer.seen;
        if let Some((ended, clocks)) = buffer.ended {
            return (Some(ended), seen, clocks);
        }
        drop(buffer);
        let clocks = scheduled::of(lane.thread);
        if clocks.worked.is_some() {
            return (None, seen, clocks);
        }
        thread::sleep(Duration::from_micros(50));
    }
    (None, lane.buffer().seen, Clocks::default())
}

/// The names of regions, in order of first use.
#[derive(Default)]
struct Names {
    all: Vec<String>,
    numbers: HashMap<&'static str, u32>,
}

impl Names {
    fn number(&mut self, name: &'static str) -> u32 {
        *self.numbers.entry(name).or_insert_with(|| {
            self.all.push(name.to_owned());
            (self.all.len() - 1) as u32
        })
    }
}

/// The cost of recording a region in this process, in nanoseconds: the fastest of several batches, with the
/// heap observed.
fn cost() -> f64 {
    const BATCHES: u32 = 9;
    const BATCH: u32 = 2000;
    let batch = || {
        let active = Active::begin();
        ON.store(true, Ordering::Relaxed);
        let begin = Instant::now();
        for _ in 0..BATCH {
            drop(enter(CALL, Kind::Work));
        }
        let spent = begin.elapsed();
        ON.store(false, Ordering::Relaxed);
        drop(active.end());
        spent
    };
    let fastest = (0..BATCHES).map(|_| batch()).min().unwrap_or_default();
    fastest.as_secs_f64() * 1e9 / f64::from(BATCH)
}
