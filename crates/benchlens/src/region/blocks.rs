//! What the threads allocate while regions are recorded, and the live heap over time.
//!
//! The counting allocator calls [`told`] for each block. Cost: two thread-local additions and an atomic one,
//! about 8 ns a block, and a point of the curve whenever the live heap has moved by [`STEP`].

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Makes the counting allocator tell an observer of every block, or of none; `benchlens_heap::observe`.
pub type Observable = fn(Option<fn(usize, usize)>);

static OBSERVABLE: Mutex<Option<Observable>> = Mutex::new(None);

/// How far the live heap moves between two points of its curve.
pub(super) const STEP: i64 = 16 << 10;
/// The most points of a curve; beyond them it ends.
const POINTS: usize = 1 << 18;

/// Live bytes, relative to those when the observer began.
static LIVE: AtomicI64 = AtomicI64::new(0);
/// The value of the last point.
static SHOWN: AtomicI64 = AtomicI64::new(0);
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
    // Without destructors, so that the allocator may use them at any time in a thread's life.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
    /// Whether the recorder itself is at work here, whose blocks are not counted.
    static APART: Cell<bool> = const { Cell::new(false) };
}

/// Names the counting allocator of this executable. Without one, regions have no allocations.
pub fn set_observable(observable: Observable) {
    *OBSERVABLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(observable);
}

/// How the counting allocator of this executable is observed, if it has one.
pub(crate) fn observable() -> Option<Observable> {
    *OBSERVABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to count; `false` if there is no counting allocator.
pub(super) fn watch() -> bool {
    let Some(observe) = observable() else {
        return false;
    };
    let _apart = Apart::begin();
    LIVE.store(0, Ordering::Relaxed);
    SHOWN.store(0, Ordering::Relaxed);
    let mut curve = curve();
    curve.clear();
    curve.push((Instant::now(), 0));
    drop(curve);
    observe(Some(told));
    true
}

/// Ends counting, and returns the curve of the live heap.
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

/// While this lives, blocks of this thread are the recorder's.
pub(super) struct Apart(bool);

impl Apart {
    #[inline]
    pub(super) fn begin() -> Self {
        Self(APART.replace(true))
    }
}

impl Drop for Apart {
    #[inline]
    fn drop(&mut self) {
        APART.set(self.0);
    }
}

fn told(allocated: usize, freed: usize) {
    if APART.get() {
        return;
    }
    if allocated > 0 {
        COUNT.set(COUNT.get().wrapping_add(1));
        BYTES.set(BYTES.get().wrapping_add(allocated as u64));
    }
    let change = allocated as i64 - freed as i64;
    let live = LIVE.fetch_add(change, Ordering::Relaxed) + change;
    if (live - SHOWN.load(Ordering::Relaxed)).abs() >= STEP {
        show();
    }
}

#[cold]
fn show() {
    let _apart = Apart::begin();
    let mut curve = curve();
    // Another thread may have shown the same movement meanwhile.
    let live = LIVE.load(Ordering::Relaxed);
    if (live - SHOWN.load(Ordering::Relaxed)).abs() >= STEP && curve.len() < POINTS {
        SHOWN.store(live, Ordering::Relaxed);
        curve.push((Instant::now(), live));
    }
}

fn curve() -> std::sync::MutexGuard<'static, Vec<(Instant, i64)>> {
    CURVE.lock().unwrap_or_else(PoisonError::into_inner)
}
