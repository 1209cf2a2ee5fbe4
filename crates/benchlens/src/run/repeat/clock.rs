//! Clocks in nanoseconds: the monotonic clock, which all processes and perf share, and processor time.

/// The time now.
#[cfg(unix)]
pub(super) fn now() -> u64 {
    // Every Unix has this clock.
    read(libc::CLOCK_MONOTONIC).unwrap_or(0)
}

/// The processor time of this process, ended threads included; `None` if the system has no such clock.
#[cfg(unix)]
pub(super) fn processor() -> Option<u64> {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The time of a clock; `None` if the clock does not exist, such as that of a thread that has ended.
#[cfg(unix)]
pub(super) fn read(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for the write.
    let read = unsafe { libc::clock_gettime(clock, &raw mut time) };
    (read == 0).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// The time since the first call of this function: there is no shared clock.
#[cfg(not(unix))]
pub(super) fn now() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since = FIRST.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Processor time is not measured on this system.
#[cfg(not(unix))]
pub(super) fn processor() -> Option<u64> {
    None
}
