//! The monotonic clock that all processes share, in nanoseconds; the kernel's tools can use the same. And the
//! clocks of processor time.

/// The time now.
#[cfg(unix)]
pub(super) fn now() -> u64 {
    // Every Unix has this clock.
    read(libc::CLOCK_MONOTONIC).unwrap_or(0)
}

/// The processor time of this process until now, its ended threads included; `None` where no clock tells.
#[cfg(unix)]
pub(super) fn processor() -> Option<u64> {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The time of a clock; `None` if there is none of this name, as of a thread that has ended.
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

/// The time since this was first called, where there is no shared clock.
#[cfg(not(unix))]
pub(super) fn now() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since = FIRST.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Nothing tells the processor time here.
#[cfg(not(unix))]
pub(super) fn processor() -> Option<u64> {
    None
}
