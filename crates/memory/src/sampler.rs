//! A thread that writes one line per interval and does not allocate.
//!
//! It wakes at multiples of the interval. If it has no processor at such a time, that line is missing; each line
//! has the time at which it was taken. Cost of a line: two system calls, the allocator's statistics, and a write.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::sample::{self, HEADER, LONGEST, Levels};
use crate::{Kernel, Usage};

/// Writes lines until it is stopped or dropped.
#[derive(Debug)]
pub struct Sampler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    is_stopped: AtomicBool,
}

struct State {
    output: Box<dyn Write + Send>,
    kernel: Kernel,
    levels: Box<dyn Fn() -> Levels + Send>,
    phase: &'static str,
    /// The first error; no line is written after it.
    failed: Option<io::Error>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (formatter.debug_struct("State").field("phase", &self.phase)).finish_non_exhaustive()
    }
}

impl Sampler {
    /// Writes the header and a first line to `output`, and then a line every `interval`.
    ///
    /// `levels` is called on the sampler's thread. It must not allocate, as that would change the measurement.
    /// For the same reason `output` should be a file or a pipe, not a growing buffer.
    ///
    /// # Errors
    ///
    /// The system's error, and [`io::ErrorKind::Unsupported`] where there is no `/proc`.
    pub fn start(
        output: impl Write + Send + 'static,
        interval: Duration,
        phase: &'static str,
        levels: impl Fn() -> Levels + Send + 'static,
    ) -> io::Result<Self> {
        let mut state = State {
            output: Box::new(output),
            kernel: Kernel::open()?,
            levels: Box::new(levels),
            phase,
            failed: None,
        };
        writeln!(state.output, "{HEADER}")?;
        state.try_write()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            is_stopped: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("memory-sampler".to_owned())
            .spawn(move || of_thread.run(interval))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Ends the current phase with a last line, and begins the phase `next`.
    pub fn enter(&self, next: &'static str) {
        let mut state = self.shared.lock();
        state.write();
        state.phase = next;
    }

    /// Writes a last line and ends the thread.
    ///
    /// # Errors
    ///
    /// The error that caused lines to be missing.
    pub fn stop(mut self) -> io::Result<()> {
        self.end();
        let mut state = self.shared.lock();
        state.write();
        state.failed.take().map_or(Ok(()), Err)
    }

    fn end(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread fails only if `levels` panics; then lines are missing.
            if thread.join().is_err() {
                let panicked = io::Error::other("the sampler panicked");
                self.shared.lock().failed.get_or_insert(panicked);
            }
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, interval: Duration) {
        // Avoids a division by zero.
        let interval = interval.max(Duration::from_micros(1)).as_nanos();
        let begin = Instant::now();
        loop {
            let elapsed = begin.elapsed().as_nanos();
            let due = (elapsed / interval + 1) * interval;
            let due = begin + Duration::from_nanos(u64::try_from(due).unwrap_or(u64::MAX));
            loop {
                if self.is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                thread::park_timeout(left);
            }
            self.lock().write();
        }
    }
}

impl State {
    fn write(&mut self) {
        if self.failed.is_none() {
            self.failed = self.try_write().err();
        }
    }

    fn try_write(&mut self) -> io::Result<()> {
        let levels = (self.levels)();
        let usage: Usage = self.kernel.read()?;
        let mut line = [0; LONGEST];
        let length = sample::write(&mut line, now(), self.phase, levels, usage)?;
        self.output.write_all(&line[..length])?;
        self.output.flush()
    }
}

/// Nanoseconds on the monotonic clock, which all processes share.
#[cfg(unix)]
fn now() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is valid for writing. The clock exists on every Unix.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default()
}

#[cfg(not(unix))]
fn now() -> u64 {
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::Sample;

    /// An output that can be read while it is written.
    #[derive(Clone, Default)]
    struct Shown(Arc<Mutex<Vec<u8>>>);

    impl Write for Shown {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Shown {
        fn samples(&self) -> Vec<Sample> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            assert_eq!(text.lines().next(), Some(HEADER));
            let lines = text.lines().skip(1);
            lines.map(|line| Sample::parse(line).unwrap()).collect()
        }
    }

    #[test]
    fn every_phase_ends_with_a_line_and_time_goes_on() {
        let shown = Shown::default();
        let held = || Levels {
            live: Some(7),
            held: None,
        };
        let sampler = Sampler::start(shown.clone(), Duration::from_millis(1), "one", held).unwrap();
        while shown.samples().len() < 5 {
            thread::yield_now();
        }
        sampler.enter("two");
        sampler.enter("three");
        sampler.stop().unwrap();
        let samples = shown.samples();
        let mut phases: Vec<_> = samples.iter().map(|it| it.phase.as_str()).collect();
        phases.dedup();
        assert_eq!(phases, ["one", "two", "three"]);
        assert!(samples.is_sorted_by_key(|it| it.time_ns));
        assert!(
            samples
                .iter()
                .all(|it| it.levels == held() && it.usage.resident > 0)
        );
        let lines = samples.len();
        thread::sleep(Duration::from_millis(5));
        assert_eq!(shown.samples().len(), lines, "it has stopped");
    }

    #[test]
    fn an_output_that_fails_is_told_at_the_end() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let sampler = Sampler::start(Full(4), Duration::from_secs(60), "one", Levels::default);
        let sampler = sampler.unwrap();
        (0..4).for_each(|_| sampler.enter("two"));
        let error = sampler.stop().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
