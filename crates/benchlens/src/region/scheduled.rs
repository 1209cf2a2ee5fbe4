//! The kernel's account of a thread: the time it ran, and the time it was ready to run without a processor.
//!
//! The first is the thread's CPU clock, in nanoseconds. The second is the second number in Linux's `schedstat`.
//! Both need a system call, and `schedstat` is a file that must be opened. So they are read where a thread
//! begins or ends, and not at every region.

/// A thread's clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clocks {
    /// Nanoseconds on a processor.
    pub(super) worked: Option<u64>,
    /// Nanoseconds ready to run without a processor.
    pub(super) waited: Option<u64>,
}

impl Clocks {
    /// The time since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Self {
        let since = |now: Option<u64>, then: Option<u64>| Some(now?.saturating_sub(then?));
        Self {
            worked: since(self.worked, earlier.worked),
            waited: since(self.waited, earlier.waited),
        }
    }

    /// The clocks of a thread that has just begun.
    pub(super) const ZERO: Self = Self {
        worked: Some(0),
        waited: Some(0),
    };
}

#[cfg(target_os = "linux")]
pub(super) use linux::{all, of, of_this, this};
#[cfg(not(target_os = "linux"))]
pub(super) use unsupported::{all, of, of_this, this};

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io::Read as _;
    use std::path::Path;

    use super::Clocks;
    use crate::run::clock;

    /// This thread's id, as in `/proc`.
    pub(in super::super) fn this() -> u64 {
        // SAFETY: no memory is involved.
        u64::from(unsafe { libc::gettid() }.unsigned_abs())
    }

    /// The clocks of this thread; `waited` only if `waits` is set. Does not allocate.
    pub(in super::super) fn of_this(waits: bool) -> Clocks {
        let file = Path::new("/proc/thread-self/schedstat");
        Clocks {
            worked: clock::of_this_thread(),
            waited: if waits { waited(file) } else { None },
        }
    }

    /// The clocks of another thread of this process; both `None` if it has ended.
    pub(in super::super) fn of(thread: u64) -> Clocks {
        Clocks {
            worked: clock::of_thread(thread),
            waited: waited(Path::new(&format!("/proc/self/task/{thread}/schedstat"))),
        }
    }

    /// The clocks of every thread of this process.
    pub(in super::super) fn all() -> Vec<(u64, Clocks)> {
        let threads = fs::read_dir("/proc/self/task");
        let numbers = (threads.into_iter().flatten().flatten())
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.map(|thread| (thread, of(thread))).collect()
    }

    /// The time without a processor, from a `schedstat` file.
    fn waited(path: &Path) -> Option<u64> {
        let mut text = [0; 80];
        let length = File::open(path).ok()?.read(&mut text).ok()?;
        let text = str::from_utf8(&text[..length]).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod unsupported {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Clocks;

    /// A number for this thread, given at its first call.
    pub(in super::super) fn this() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            static OWN: u64 = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        OWN.try_with(|own| *own).unwrap_or_default()
    }

    pub(in super::super) fn of_this(_waits: bool) -> Clocks {
        Clocks::default()
    }

    pub(in super::super) fn of(_thread: u64) -> Clocks {
        Clocks::default()
    }

    pub(in super::super) fn all() -> Vec<(u64, Clocks)> {
        Vec::new()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_thread_that_computes_is_told_from_one_that_sleeps() {
        // Wall-clock time is read first and last, so its interval contains the thread's.
        let begun = Instant::now();
        let before = of_this(true);
        while of_this(true).since(before).worked.unwrap() < 5_000_000 {
            black_box((0..1000).sum::<u64>());
        }
        let worked = of_this(true).since(before).worked.unwrap();
        assert!(u128::from(worked) <= begun.elapsed().as_nanos());
        let begun = Instant::now();
        let before = of_this(true);
        std::thread::sleep(Duration::from_millis(20));
        let worked = of_this(true).since(before).worked.unwrap();
        assert!(u128::from(worked) < begun.elapsed().as_nanos());
    }

    #[test]
    fn the_clocks_of_a_thread_are_those_that_others_see() {
        let threads = all();
        let (_, seen) = threads
            .iter()
            .find(|(thread, _)| *thread == this())
            .unwrap();
        let own = of_this(true);
        assert!(seen.worked.unwrap() <= own.worked.unwrap());
        assert!(of(u64::MAX >> 8).worked.is_none());
    }
}
