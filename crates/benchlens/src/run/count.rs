//! Counting one case, in a process of its own.
//!
//! The counted window begins with [`open`] and ends with [`close`]. Outside of a counting process both
//! do nothing.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{CountNote, Outcome, Plan};
use super::threads::{self, Watch};
use super::{client_request, repeat, stack};
use crate::{HeapCost, Lens};

/// The function that makes the counted call of a declared case. Frames outside of it belong to the
/// harness.
pub const COUNTED_CALL: &str = "benchlens::run::count::counted_call";

/// Work that can be called again and again, each time on a fresh input.
pub trait Routine {
    /// Makes the input of the next call and drops the output of the last one. Never counted.
    fn set_up(&mut self);

    /// The counted call.
    fn call(&mut self);
}

/// Turns the counting allocator on and off; `benchlens_heap::count`.
pub type Switch = fn(bool);

/// The case that is being counted.
struct Current {
    /// Where its heap profile goes; `None` if only the figures are wanted.
    profile: Option<PathBuf>,
    /// The profiler of an open window.
    profiler: Option<dhat::Profiler>,
    /// The heap cost of the counted window.
    cost: Option<HeapCost>,
    /// The heap cost of the last window.
    last: Option<HeapCost>,
    /// How many windows were closed.
    windows: u64,
    /// How many dumps were asked for.
    dumps: u32,
    /// Watches for other threads while a window is open.
    watch: Option<Watch>,
    marks: Vec<CountNote>,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);
static SWITCH: Mutex<Option<Switch>> = Mutex::new(None);
/// How many calls at most follow the counted one, to find out whether their heap costs differ, and how much processor
/// time they may take. Enough for a container to fill its capacity and grow.
const FURTHER_HEAP: (u32, Duration) = (4096, Duration::from_millis(5));
/// The same under callgrind, where each call costs milliseconds because its code is translated again. Enough to see an
/// empty vector grow again, in the fifth call. One call suffices if calls take long: among so many instructions, those
/// of a vector that grows would be less than what counts as a difference.
const FURTHER_INSTRUCTIONS: (u32, Duration) = (3, Duration::from_millis(100));
/// Whether a window counts: from the second call on, and while a repeating process records its windows.
static WINDOWS_ENABLED: AtomicBool = AtomicBool::new(false);

/// Registers the counting allocator of this executable. Without one, the heap lens has no figures.
pub fn set_allocator(switch: Switch) {
    *lock(&SWITCH) = Some(switch);
}

/// Whether this executable has a counting allocator.
pub(super) fn has_allocator() -> bool {
    lock(&SWITCH).is_some()
}

/// In a counting process, within [`isolated`](super::isolated): calls `routine` once to warm up,
/// once to count, and again to find out whether calls differ. In any other process it does nothing.
///
/// All threads are counted. Work that only the first call does, such as filling a cache, is neither counted nor
/// reported as a difference. Cost: up to 5 ms for the further calls; under dhat 2 to 8 µs an allocation, under
/// callgrind about 50 times the time of the call.
pub fn count(routine: &mut dyn Routine) {
    count_windows(None, &mut || {
        routine.set_up();
        open();
        counted_call(routine);
        close();
    });
}

/// Like [`count`], for a `call` that opens and closes the window itself. If a case is counted more
/// than once, the last count is used.
pub fn count_windows(mark: Option<CountNote>, call: &mut dyn FnMut()) {
    let Some(plan) = Plan::of_process() else {
        return;
    };
    if let Some(current) = lock(&CURRENT).as_mut() {
        current.cost = None;
        current.last = None;
        current.windows = 0;
        current.marks = mark.into_iter().collect();
    }
    if let Some(order) = &plan.repeat {
        return repeat::calls(plan.folder(), order, call);
    }
    stack::aligned(call);
    counted(call);
    further(plan, call);
}

fn counted(call: &mut dyn FnMut()) {
    WINDOWS_ENABLED.store(true, Ordering::Relaxed);
    stack::aligned(call);
    WINDOWS_ENABLED.store(false, Ordering::Relaxed);
}

/// Makes further calls until one differs or the budget is spent: the processor time, or ten times as much wall-clock
/// time.
fn further(plan: &Plan, call: &mut dyn FnMut()) {
    let (most, time) = match plan.lens {
        Lens::Heap => FURTHER_HEAP,
        _ => FURTHER_INSTRUCTIONS,
    };
    let begin = (threads::used_by_this(), Instant::now());
    for calls in 0..most {
        let used = threads::used_by_this().saturating_sub(begin.0);
        if calls > 0 && (used > time || begin.1.elapsed() > time * 10) {
            break;
        }
        counted(call);
        if let Some(current) = lock(&CURRENT).as_mut()
            && current.calls_differ()
        {
            current.marks.push(CountNote::CallsDiffer);
            break;
        }
    }
}

impl Current {
    /// Whether the last window's heap cost differs from the counted one's.
    fn calls_differ(&self) -> bool {
        self.last != self.cost
    }
}

/// Opens a counted window, if calls are being counted.
#[inline(always)]
pub fn open() {
    if WINDOWS_ENABLED.load(Ordering::Relaxed) {
        open_window();
    }
}

/// Closes the window that [`open`] opened, and keeps its figures.
#[inline(always)]
pub fn close() {
    if WINDOWS_ENABLED.load(Ordering::Relaxed) {
        close_window();
    }
}

#[inline(never)]
fn open_window() {
    let Some(plan) = Plan::of_process() else {
        return;
    };
    if plan.repeat.is_some() {
        return repeat::opened();
    }
    let is_first = match lock(&CURRENT).as_mut() {
        Some(current) => {
            current.open(plan);
            current.windows == 0
        }
        None => false,
    };
    match plan.lens {
        Lens::Heap => switch(true),
        _ => {
            if is_first {
                client_request::zero();
            }
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
    if plan.repeat.is_some() {
        return repeat::closed();
    }
    if plan.lens == Lens::Heap {
        switch(false);
    }
    let mut current = lock(&CURRENT);
    let Some(current) = current.as_mut() else {
        return;
    };
    current.windows += 1;
    current.close(plan);
}

impl Current {
    /// Each window has its own profiler, because dhat would not see that a block is freed after the
    /// window.
    fn open(&mut self, plan: &Plan) {
        let is_first = self.windows == 0;
        if plan.lens == Lens::Heap && has_allocator() {
            let builder = dhat::Profiler::builder().trim_backtraces(None);
            let builder = match &self.profile {
                Some(path) if is_first => builder.file_name(path),
                _ => builder.testing(),
            };
            self.profiler = Some(builder.build());
        }
        self.watch = is_first.then(Watch::begin);
    }

    fn close(&mut self, plan: &Plan) {
        if let Some(profiler) = self.profiler.take() {
            let stats = dhat::HeapStats::get();
            self.last = Some(HeapCost {
                allocations: stats.total_blocks,
                allocated_bytes: stats.total_bytes,
                peak_bytes: stats.max_bytes as u64,
            });
            drop(profiler);
        }
        if self.windows > 1 {
            return;
        }
        self.cost = self.last;
        if self.watch.take().is_some_and(Watch::others_ran) {
            self.marks.push(CountNote::OtherThreads);
        }
        // The counted window is dumped to its own file; further windows are written when the process
        // ends.
        if plan.lens == Lens::Instructions {
            client_request::dump();
            self.dumps += 1;
        }
    }
}

fn switch(on: bool) {
    if let Some(switch) = *lock(&SWITCH) {
        switch(on);
    }
}

/// Begins a case on an input `size` times as large as its own.
pub(super) fn begin(plan: &Plan, size: u32) {
    *lock(&CURRENT) = Some(Current {
        profile: (size == 1).then(|| plan.profile(std::process::id())),
        profiler: None,
        cost: None,
        last: None,
        windows: 0,
        dumps: 0,
        watch: None,
        marks: Vec::new(),
    });
}

/// In a repeating process: turns the recording of windows on or off.
pub(super) fn enable_windows(on: bool) {
    WINDOWS_ENABLED.store(on, Ordering::Relaxed);
}

/// The outcome of the current case.
pub(super) fn outcome(plan: &Plan) -> (Outcome, Vec<CountNote>) {
    if plan.repeat.is_some() {
        return (repeat::outcome(), Vec::new());
    }
    let failed = |reason: &str| (Outcome::Failed(reason.to_owned()), Vec::new());
    let Some(current) = lock(&CURRENT).take() else {
        return failed("nothing was counted");
    };
    let outcome = match (plan.lens, current.cost, current.windows) {
        (_, _, 0) => return failed("the bench never called its routine"),
        (Lens::Heap, Some(cost), _) => Outcome::Heap {
            cost,
            profile: current.profile,
        },
        (Lens::Heap, None, _) => return failed("this executable has no counting allocator"),
        (_, _, windows) => Outcome::Instructions {
            process: std::process::id(),
            dump: current.dumps,
            further: windows - 1,
        },
    };
    (outcome, current.marks)
}

/// Reads the executable's debug information before forking. Otherwise each fork would read it again,
/// which takes up to a tenth of a second.
pub(super) fn read_symbols(plan: &Plan) {
    if plan.lens != Lens::Heap {
        return;
    }
    if let Some(switch) = *lock(&SWITCH) {
        let path = plan.profile(0);
        // Whole stacks, as in a count: they end in the C library, whose debug information costs the most.
        let profiler = (dhat::Profiler::builder().trim_backtraces(None))
            .file_name(path)
            .build();
        switch(true);
        drop(black_box(Box::new(0)));
        switch(false);
        drop(profiler);
    }
}

/// Makes the counted call. Neither inlined nor left by a tail call, so that its stack frame marks where the harness
/// ends.
#[inline(never)]
fn counted_call(routine: &mut dyn Routine) {
    routine.call();
    black_box(());
}

/// Locks, ignoring poisoning: the data stays consistent when a holder panics.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
