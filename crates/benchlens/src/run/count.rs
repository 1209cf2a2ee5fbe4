//! Counting one case, in a process that does nothing else.
//!
//! What is counted stands between [`open`] and [`close`], as what is timed stands between two looks at
//! the clock; outside of a count both do nothing.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::plan::{Mark, Outcome, Plan};
use super::threads::Watch;
use super::{client_request, stack};
use crate::{HeapCost, Lens};

/// The function that makes the counted call of a declared case. A stack outside of it is the harness's.
pub const COUNTED_CALL: &str = "benchlens::run::count::counted_call";

/// Work that can be called again and again, each time on a fresh input.
pub trait Routine {
    /// Makes the input of the next call, and drops the output of the last. Never counted.
    fn set_up(&mut self);

    /// The counted call.
    fn call(&mut self);
}

/// Turns the counting allocator on and off; `benchlens_heap::count`.
pub type Switch = fn(bool);

/// The case that is being counted.
struct Current {
    /// Where its heap profile goes; none where only the figures are asked for.
    profile: Option<PathBuf>,
    /// The profiler of an open window.
    profiler: Option<dhat::Profiler>,
    /// The heap costs of the windows so far.
    costs: Vec<HeapCost>,
    /// How many windows were closed.
    windows: usize,
    /// Of an open window.
    watch: Option<Watch>,
    marks: Vec<Mark>,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);
static SWITCH: Mutex<Option<Switch>> = Mutex::new(None);
/// Whether a window counts: from the second call on.
static COUNTS: AtomicBool = AtomicBool::new(false);

/// Names the counting allocator of this executable. Without one, the heap lens has no figures.
pub fn set_allocator(switch: Switch) {
    *lock(&SWITCH) = Some(switch);
}

/// In a process of a lens, within [`isolated`](super::isolated): calls `routine` once to warm up and
/// twice to count, the second time to see whether calls differ. Elsewhere it does nothing.
///
/// Counted is what the call does on all threads. Cost: under dhat 2 to 8 µs an allocation, under
/// callgrind about 50 times the time of the call.
pub fn count(routine: &mut dyn Routine) {
    count_windows(None, &mut || {
        routine.set_up();
        open();
        counted_call(routine);
        close();
    });
}

/// As [`count`], for a `call` that opens and closes one window itself, each time it is called. Where a
/// case is counted more than once, the last holds.
pub fn count_windows(mark: Option<Mark>, call: &mut dyn FnMut()) {
    if Plan::of_process().is_none() {
        return;
    }
    if let Some(current) = lock(&CURRENT).as_mut() {
        current.costs.clear();
        current.windows = 0;
        current.marks = mark.into_iter().collect();
    }
    stack::aligned(call);
    for _ in 0..2 {
        COUNTS.store(true, Ordering::Relaxed);
        stack::aligned(call);
        COUNTS.store(false, Ordering::Relaxed);
    }
}

/// Counts from here on, if a count is going on.
#[inline(always)]
pub fn open() {
    if COUNTS.load(Ordering::Relaxed) {
        open_window();
    }
}

/// Ends what [`open`] began, and keeps the figures.
#[inline(always)]
pub fn close() {
    if COUNTS.load(Ordering::Relaxed) {
        close_window();
    }
}

#[inline(never)]
fn open_window() {
    let Some(plan) = Plan::of_process() else {
        return;
    };
    if let Some(current) = lock(&CURRENT).as_mut() {
        // Room for it, which must not be taken within a later window.
        current.marks.reserve(2);
        current.watch = Some(Watch::begin());
    }
    match plan.lens {
        Lens::Heap => open_heap(),
        _ => {
            client_request::zero();
            client_request::start();
        }
    }
}

#[inline(never)]
fn close_window() {
    client_request::stop();
    let Some(plan) = Plan::of_process() else {
        return;
    };
    if plan.lens == Lens::Heap {
        close_heap();
    }
    let mut current = lock(&CURRENT);
    let Some(current) = current.as_mut() else {
        return;
    };
    current.windows += 1;
    let others_ran = current.watch.take().is_some_and(Watch::others_ran);
    if others_ran && !current.marks.contains(&Mark::OtherThreads) {
        current.marks.push(Mark::OtherThreads);
    }
    // The first call's counts go to a file of their own; the next one's are written at the end of the
    // process.
    if plan.lens == Lens::Instructions && current.windows == 1 {
        client_request::dump();
    }
}

/// The profile is of the first window alone.
fn open_heap() {
    let Some(switch) = *lock(&SWITCH) else {
        return;
    };
    if let Some(current) = lock(&CURRENT).as_mut() {
        let builder = dhat::Profiler::builder().trim_backtraces(None);
        let builder = match &current.profile {
            Some(path) if current.windows == 0 => builder.file_name(path),
            _ => builder.testing(),
        };
        current.profiler = Some(builder.build());
        // Room for its cost, which must not be taken within a later window.
        current.costs.reserve(2);
    }
    switch(true);
}

fn close_heap() {
    let Some(switch) = *lock(&SWITCH) else {
        return;
    };
    switch(false);
    let mut current = lock(&CURRENT);
    let Some(current) = current.as_mut() else {
        return;
    };
    if let Some(profiler) = current.profiler.take() {
        let stats = dhat::HeapStats::get();
        current.costs.push(HeapCost {
            allocations: stats.total_blocks,
            allocated_bytes: stats.total_bytes,
            peak_bytes: stats.max_bytes as u64,
        });
        drop(profiler);
    }
}

/// A case begins, on an input `size` times as large as its own.
pub(super) fn begin(plan: &Plan, size: u32) {
    *lock(&CURRENT) = Some(Current {
        profile: (size == 1).then(|| plan.profile(std::process::id())),
        profiler: None,
        costs: Vec::new(),
        windows: 0,
        watch: None,
        marks: Vec::new(),
    });
}

/// What came of it.
pub(super) fn outcome(plan: &Plan) -> (Outcome, Vec<Mark>) {
    let failed = |reason: &str| (Outcome::Failed(reason.to_owned()), Vec::new());
    let Some(current) = lock(&CURRENT).take() else {
        return failed("nothing was counted");
    };
    let outcome = match (plan.lens, &current.costs[..], current.windows) {
        (_, _, 0) => return failed("the bench never called what it measures"),
        (Lens::Heap, [first, .., second], _) => Outcome::Heap {
            first: *first,
            second: *second,
            profile: current.profile,
        },
        (Lens::Heap, ..) => return failed("this executable has no counting allocator"),
        _ => Outcome::Instructions {
            process: std::process::id(),
        },
    };
    (outcome, current.marks)
}

/// Reads the debug information of the executable before it forks: each fork would read it anew, which
/// takes a tenth of a second where it is large.
pub(super) fn read_symbols(plan: &Plan) {
    if plan.lens != Lens::Heap {
        return;
    }
    if let Some(switch) = *lock(&SWITCH) {
        let path = plan.profile(0);
        let profiler = dhat::Profiler::builder().file_name(path).build();
        switch(true);
        drop(black_box(Box::new(0)));
        switch(false);
        drop(profiler);
    }
}

/// Never inlined and not left by a tail call, so that its frame stands at the end of every stack.
#[inline(never)]
fn counted_call(routine: &mut dyn Routine) {
    routine.call();
    black_box(());
}

/// What a panic left behind a lock is as good as before it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
