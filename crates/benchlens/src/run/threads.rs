//! Detects whether other threads ran during a call: then the process used more processor time than the
//! calling thread. This includes threads that began and ended within the call.
//!
//! Counts of several threads depend on scheduling, so two processes may agree by chance. Cost: four
//! system calls, outside of the counted window.

use std::time::Duration;

use super::clock;

/// The clocks when the call began; `None` if the system has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch(Option<Used>);

/// Processor time in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Used {
    process: u64,
    thread: u64,
}

impl Watch {
    /// Reads the clocks before the call.
    pub(super) fn begin() -> Self {
        // The process clock last, so that time between the two reads cannot look like another thread's.
        let thread = clock::of_this_thread();
        let process = clock::of_process();
        let used = |(process, thread)| Used { process, thread };
        Self(process.zip(thread).map(used))
    }

    /// After the call, on the same thread: whether other threads used the processor. `false` if the
    /// system has no such clocks.
    pub(super) fn others_ran(self) -> bool {
        let process = clock::of_process();
        let thread = clock::of_this_thread();
        let ran = |((process, thread), begun): ((u64, u64), Used)| {
            process.saturating_sub(begun.process) > thread.saturating_sub(begun.thread)
        };
        process.zip(thread).zip(self.0).is_some_and(ran)
    }
}

/// Processor time of this thread so far; zero if the system has no such clock.
pub(super) fn used_by_this() -> Duration {
    Duration::from_nanos(clock::of_this_thread().unwrap_or(0))
}

#[cfg(all(test, unix))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_is_seen_that_begins_and_ends_within() {
        // Other tests of this process may run on other threads.
        let watch = Watch::begin();
        let sum = || (0..1000).map(std::hint::black_box).sum::<u64>();
        assert_eq!(thread::spawn(sum).join().unwrap(), sum());
        assert!(watch.others_ran());
    }
}
