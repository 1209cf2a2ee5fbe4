//! The system's clocks, in nanoseconds: the monotonic clock, which all processes share and perf can use too, and the
//! processor time clocks. Cost: a system call per read, except for the monotonic clock on Linux.

/// The time now.
#[cfg(unix)]
pub(crate) fn now() -> u64 {
    // Every Unix has this clock.
    read(libc::CLOCK_MONOTONIC).unwrap_or(0)
}

/// The processor time of this process so far, including ended threads; `None` if the system has no such clock.
#[cfg(unix)]
pub(crate) fn of_process() -> Option<u64> {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The processor time of this thread so far; `None` if the system has no such clock.
#[cfg(unix)]
pub(crate) fn of_this_thread() -> Option<u64> {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// The processor time of a thread of this process, by its id in `/proc`; `None` if it has ended.
#[cfg(target_os = "linux")]
pub(crate) fn of_thread(thread: u64) -> Option<u64> {
    // How Linux encodes the id of any thread's clock.
    let thread = libc::clockid_t::try_from(thread).ok()?;
    read(!thread << 3 | 6)
}

#[cfg(unix)]
fn read(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for the write.
    let read = unsafe { libc::clock_gettime(clock, &raw mut time) };
    (read == 0).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// The time since the first call, since there is no shared clock here.
#[cfg(not(unix))]
pub(crate) fn now() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since = FIRST.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Processor time is not available here.
#[cfg(not(unix))]
pub(crate) fn of_process() -> Option<u64> {
    None
}

/// Processor time is not available here.
#[cfg(not(unix))]
pub(crate) fn of_this_thread() -> Option<u64> {
    None
}
