//! The allocations of each thread while regions are recorded, and the live heap over time.
//!
//! The counting allocator calls [`on_block`] for each block. Cost: two thread-local additions, an atomic one, and a
//! point of the curve whenever the live heap has changed by [`STEP`].

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Sets or removes the observer that the counting allocator calls for every block: `benchlens_heap::observe`.
pub type Observable = fn(Option<fn(usize, usize)>);

static OBSERVABLE: Mutex<Option<Observable>> = Mutex::new(None);

/// The change of the live heap between two points of its curve.
pub(super) const STEP: i64 = 16 << 10;
/// The maximum number of points of a curve; later points are dropped.
const POINTS: usize = 1 << 18;

/// Live bytes relative to the moment when the observer was set.
static LIVE: AtomicI64 = AtomicI64::new(0);
/// The live bytes at the last point of the curve.
static LAST_POINT: AtomicI64 = AtomicI64::new(0);
static CURVE: Mutex<Vec<(Instant, i64)>> = Mutex::new(Vec::new());

/// Blocks and bytes that a thread has allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Blocks {
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            count: self.count.wrapping_sub(earlier.count),
            bytes: self.bytes.wrapping_sub(earlier.bytes),
        }
    }
}

thread_local! {
    // No destructors, so the allocator may use them at any time in a thread's life.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread runs the recorder itself, whose blocks are not counted.
    static UNCOUNTED: Cell<bool> = const { Cell::new(false) };
}

/// Sets how the counting allocator of this executable is observed. Without it, regions have no allocations.
pub fn set_observable(observable: Observable) {
    *OBSERVABLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(observable);
}

/// How the counting allocator of this executable is observed, if it has one.
pub(crate) fn observable() -> Option<Observable> {
    *OBSERVABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts counting; `false` if there is no counting allocator.
pub(super) fn watch() -> bool {
    let Some(observe) = observable() else {
        return false;
    };
    let _uncounted = Uncounted::begin();
    LIVE.store(0, Ordering::Relaxed);
    LAST_POINT.store(0, Ordering::Relaxed);
    let mut curve = curve();
    curve.clear();
    curve.push((Instant::now(), 0));
    drop(curve);
    observe(Some(on_block));
    true
}

/// Stops counting, and returns the curve of the live heap.
pub(super) fn unwatch() -> Vec<(Instant, i64)> {
    let Some(observe) = observable() else {
        return Vec::new();
    };
    observe(None);
    let mut curve = curve();
    let live = LIVE.load(Ordering::Relaxed);
    curve.push((Instant::now(), live));
    std::mem::take(&mut *curve)
}

/// What this thread has allocated so far.
#[inline]
pub(super) fn so_far() -> Blocks {
    Blocks {
        count: COUNT.get(),
        bytes: BYTES.get(),
    }
}

/// While this lives, blocks of this thread belong to the recorder and are not counted.
pub(super) struct Uncounted(bool);

impl Uncounted {
    #[inline]
    pub(super) fn begin() -> Self {
        Self(UNCOUNTED.replace(true))
    }
}

impl Drop for Uncounted {
    #[inline]
    fn drop(&mut self) {
        UNCOUNTED.set(self.0);
    }
}

fn on_block(allocated: usize, freed: usize) {
    if UNCOUNTED.get() {
        return;
    }
    if allocated > 0 {
        COUNT.set(COUNT.get().wrapping_add(1));
        BYTES.set(BYTES.get().wrapping_add(allocated as u64));
    }
    let change = allocated as i64 - freed as i64;
    let live = LIVE.fetch_add(change, Ordering::Relaxed) + change;
    if (live - LAST_POINT.load(Ordering::Relaxed)).abs() >= STEP {
        add_point();
    }
}

#[cold]
fn add_point() {
    let _uncounted = Uncounted::begin();
    let mut curve = curve();
    // Another thread may have added a point meanwhile.
    let live = LIVE.load(Ordering::Relaxed);
    if (live - LAST_POINT.load(Ordering::Relaxed)).abs() >= STEP && curve.len() < POINTS {
        LAST_POINT.store(live, Ordering::Relaxed);
        curve.push((Instant::now(), live));
    }
}

fn curve() -> std::sync::MutexGuard<'static, Vec<(Instant, i64)>> {
    CURVE.lock().unwrap_or_else(PoisonError::into_inner)
}
