//! Detects whether other threads ran during a call, from the processor time of the process beyond that
//! of the calling thread. This includes threads that began and ended within the call.
//!
//! Counts of several threads depend on scheduling, so two processes may agree by chance. Cost: four
//! system calls, outside of the counted window.

use std::time::Duration;

/// The clocks when the call began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch(#[cfg(unix)] system::Used);

impl Watch {
    /// Reads the clocks before the call.
    pub(super) fn begin() -> Self {
        #[cfg(unix)]
        {
            // The process clock last, so that time between the two reads cannot look like another
            // thread's.
            let thread = system::used_by_thread();
            let process = system::used_by_process();
            Self(system::Used { process, thread })
        }
        #[cfg(not(unix))]
        Self()
    }

    /// After the call, on the same thread: whether other threads used the processor. `false` if the
    /// system has no such clocks.
    pub(super) fn others_ran(self) -> bool {
        #[cfg(unix)]
        {
            let process = system::used_by_process() - self.0.process;
            let thread = system::used_by_thread() - self.0.thread;
            process > thread
        }
        #[cfg(not(unix))]
        false
    }
}

/// Processor time of this thread so far; zero if the system has no such clock.
pub(super) fn used_by_this() -> Duration {
    #[cfg(unix)]
    {
        Duration::from_nanos(u64::try_from(system::used_by_thread()).unwrap_or_default())
    }
    #[cfg(not(unix))]
    Duration::ZERO
}

#[cfg(unix)]
mod system {
    /// Processor time in nanoseconds.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Used {
        pub(super) process: i128,
        pub(super) thread: i128,
    }

    pub(super) fn used_by_process() -> i128 {
        read(libc::CLOCK_PROCESS_CPUTIME_ID)
    }

    pub(super) fn used_by_thread() -> i128 {
        read(libc::CLOCK_THREAD_CPUTIME_ID)
    }

    fn read(clock: libc::clockid_t) -> i128 {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` is valid for the write. A missing clock leaves zeros.
        unsafe { libc::clock_gettime(clock, &raw mut time) };
        i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
    }
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
