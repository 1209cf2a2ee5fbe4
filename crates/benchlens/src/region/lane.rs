//! The buffers of regions: one per thread, to which only that thread writes during a call.
//!
//! Threads of a pool outlive the call, so the recorder reads their buffers from outside. Therefore each buffer
//! has a lock, which is uncontended during the call. A buffer grows in pieces, so no region has to wait while
//! earlier ones are copied.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::Kind;
use super::blocks::{self, Blocks, Uncounted};
use super::scheduled::{self, Clocks};

/// The lanes of all threads with regions, except those that ended before the last collection.
static LANES: Mutex<Vec<Arc<Lane>>> = Mutex::new(Vec::new());
/// The number of the current recording. A region that spans two recordings belongs to neither.
static RECORDING: AtomicU64 = AtomicU64::new(0);

/// How many threads have ended in this recording.
static ENDED: AtomicU64 = AtomicU64::new(0);
/// `schedstat` is read for this many ended threads; later ones have only their CPU clock.
const MAX_SCHEDSTAT_READS: u64 = 64;

/// How many regions a piece of a buffer holds; the first piece is short.
const PIECE: usize = 1024;
const FIRST_PIECE: usize = 8;

/// A region that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    name: &'static str,
    kind: Kind,
    recording: u64,
    blocks: Blocks,
    start: Instant,
}

/// A region that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) start: Instant,
    pub(super) end: Instant,
    /// `None` for a region from two instants.
    pub(super) blocks: Option<Blocks>,
}

/// A thread and its buffer.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) thread: u64,
    pub(super) name: String,
    buffer: Mutex<Buffer>,
}

#[derive(Debug, Default)]
pub(super) struct Buffer {
    recording: u64,
    pieces: Vec<Vec<Raw>>,
    /// The thread's allocations so far, before the first region of this recording and after its last.
    blocks: Option<[Blocks; 2]>,
    /// When the thread's first region began.
    pub(super) seen: Option<Instant>,
    /// When the thread ended, and its clocks then.
    pub(super) ended: Option<(Instant, Clocks)>,
}

impl Buffer {
    fn push(&mut self, recording: u64, raw: Raw) {
        if self.recording != recording {
            *self = Self {
                recording,
                seen: self.seen,
                ended: self.ended,
                ..Self::default()
            };
        }
        let after = blocks::so_far();
        let before = match raw.blocks {
            Some(own) => after.since(own),
            None => after,
        };
        // Regions are pushed as they end, so an outer one follows those that it contains.
        let [first, last] = self.blocks.get_or_insert([before; 2]);
        if before.count < first.count {
            *first = before;
        }
        *last = after;
        let is_full = |piece: &Vec<Raw>| piece.len() == piece.capacity();
        if self.pieces.last().is_none_or(is_full) {
            let room = match self.pieces.is_empty() {
                true => FIRST_PIECE,
                false => PIECE,
            };
            self.pieces.push(Vec::with_capacity(room));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(raw);
        }
    }

    /// The thread's allocations from the beginning of its first region to the end of its last.
    pub(super) fn allocated(&self) -> Blocks {
        let [before, after] = self.blocks.unwrap_or_default();
        after.since(before)
    }

    /// Takes the regions of recording number `recording`.
    pub(super) fn drain(&mut self, recording: u64) -> Vec<Raw> {
        match self.recording == recording {
            true => std::mem::take(&mut self.pieces).concat(),
            false => Vec::new(),
        }
    }
}

impl Lane {
    pub(super) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// This thread's lane. Dropping it, when the thread ends, records that end.
struct OwnLane(OnceCell<Arc<Lane>>);

thread_local! {
    static OWN: OwnLane = const { OwnLane(OnceCell::new()) };
}

impl Drop for OwnLane {
    fn drop(&mut self) {
        if let Some(lane) = self.0.get() {
            let _uncounted = Uncounted::begin();
            let now = Instant::now();
            // In a call that starts thousands of threads, reading the file for each would dominate.
            let asks = ENDED.fetch_add(1, Ordering::Relaxed) < MAX_SCHEDSTAT_READS;
            let clocks = scheduled::of_this(asks);
            lane.buffer().ended = Some((now, clocks));
        }
    }
}

/// Registers this thread, whose first region began at `begun`.
fn enlist(begun: Instant) -> Arc<Lane> {
    let lane = Arc::new(Lane {
        thread: scheduled::this(),
        name: thread::current().name().unwrap_or_default().to_owned(),
        buffer: Mutex::new(Buffer {
            seen: Some(begun),
            ..Buffer::default()
        }),
    });
    lanes().push(Arc::clone(&lane));
    lane
}

#[inline(never)]
pub(super) fn begin(name: &'static str, kind: Kind) -> Begun {
    Begun {
        name,
        kind,
        recording: RECORDING.load(Ordering::Relaxed),
        blocks: blocks::so_far(),
        // Last, so that the region excludes the recorder's time.
        start: Instant::now(),
    }
}

#[inline(never)]
pub(super) fn end(begun: Begun) {
    // First, so that the region excludes the recorder's time.
    let end = Instant::now();
    let blocks = blocks::so_far().since(begun.blocks);
    let raw = Raw {
        name: begun.name,
        kind: begun.kind,
        start: begun.start,
        end,
        blocks: Some(blocks),
    };
    push(begun.recording, raw);
}

#[inline(never)]
pub(super) fn between(name: &'static str, kind: Kind, start: Instant, end: Instant) {
    let raw = Raw {
        name,
        kind,
        start,
        end: end.max(start),
        blocks: None,
    };
    push(RECORDING.load(Ordering::Relaxed), raw);
}

/// The region of a whole call.
pub(super) fn call(start: Instant, end: Instant, blocks: Blocks) {
    let raw = Raw {
        name: super::recording::CALL,
        kind: Kind::Work,
        start,
        end,
        blocks: Some(blocks),
    };
    push(RECORDING.load(Ordering::Relaxed), raw);
}

fn push(recording: u64, raw: Raw) {
    if recording != RECORDING.load(Ordering::Relaxed) {
        return;
    }
    let _uncounted = Uncounted::begin();
    // A thread that is ending may have dropped its lane; then the region is lost.
    let _ = OWN.try_with(|own| {
        let lane = own.0.get_or_init(|| enlist(raw.start));
        lane.buffer().push(recording, raw);
    });
}

/// Begins a new recording and returns its number. Regions that are open now will belong to no recording.
pub(super) fn next_recording() -> u64 {
    ENDED.store(0, Ordering::Relaxed);
    RECORDING.fetch_add(1, Ordering::Relaxed) + 1
}

/// All lanes. Those of ended threads are returned for the last time.
pub(super) fn collect() -> Vec<Arc<Lane>> {
    let mut lanes = lanes();
    let all = lanes.clone();
    lanes.retain(|lane| lane.buffer().ended.is_none());
    all
}

fn lanes() -> MutexGuard<'static, Vec<Arc<Lane>>> {
    LANES.lock().unwrap_or_else(PoisonError::into_inner)
}
