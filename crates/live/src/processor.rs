//! `profile`: where processor time goes.
//!
//! Each thread gets a timer on its own processor time, which fires a hundred times a second and makes the thread
//! record its stack. So each thread is sampled in proportion to the time it ran, however many run at once. One
//! timer for the process would lose signals when several threads run. New threads are found within 50 ms.
//!
//! **Cost**: a stack walk for each sample; nothing while no profile is being taken.
//! **Blind to**: waiting. Time in the kernel counts for the function that called it.
//! **Source**: `runtime/signal_unix.go` and `os_linux.go` of Go, which has timers per thread for the same reason.

#[cfg(not(target_os = "linux"))]
mod unsupported {
    use std::time::Duration;

    use benchlens_pprof::Error;

    use crate::answer::Refusal;

    /// Never created on this system.
    pub(crate) enum Samples {}

    impl Samples {
        pub(crate) fn encode(&self, _: Duration) -> Result<Vec<u8>, Error> {
            match *self {}
        }
    }

    pub(crate) async fn samples(_: Duration) -> Result<Samples, Refusal> {
        Err(Refusal::Platform)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::io;
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::time::{Duration, Instant, SystemTime};

    use benchlens_pprof::Error;

    use crate::answer::Refusal;
    use crate::encode::{Encoder, Shape};
    use crate::signal;
    use crate::threads;

    /// The processor time between two samples of a thread: Go's value.
    const PERIOD: Duration = Duration::from_millis(10);

    /// The time between two collections of samples, which also look for new threads.
    const PAUSE: Duration = Duration::from_millis(50);

    /// How often each stack was seen.
    #[derive(Default)]
    pub(crate) struct Samples {
        stacks: HashMap<Box<[usize]>, i64>,
        lost: u64,
        /// Threads for which no timer could be created.
        untimed: usize,
    }

    /// Samples all threads for `span`. Ends early, and stops the timers, if the future is dropped.
    pub(crate) async fn samples(span: Duration) -> Result<Samples, Refusal> {
        let ring = signal::TIMER_SAMPLES.start()?;
        let mut timers = Timers::default();
        let mut samples = Samples::default();
        let end = Instant::now() + span;
        loop {
            samples.untimed = samples.untimed.max(timers.refresh());
            ring.collect(|_, stack| samples.add(stack));
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left.min(PAUSE)).await;
        }
        drop(timers);
        ring.collect(|_, stack| samples.add(stack));
        samples.lost = ring.lost();
        Ok(samples)
    }

    impl Samples {
        fn add(&mut self, stack: &[usize]) {
            match self.stacks.get_mut(stack) {
                Some(count) => *count += 1,
                None => drop(self.stacks.insert(stack.into(), 1)),
            }
        }

        /// The samples as a profile. It is CPU-bound, so not for an async runtime's thread.
        pub(crate) fn encode(&self, span: Duration) -> Result<Vec<u8>, Error> {
            let period = PERIOD.as_nanos() as u64;
            let mut encoder = Encoder::new(&Shape {
                kinds: &[("samples", "count"), ("cpu", "nanoseconds")],
                default: "cpu",
                period_kind: ("cpu", "nanoseconds"),
                period,
            })?;
            for (stack, &count) in &self.stacks {
                encoder.sample(stack, &[count, count * period as i64], &[])?;
            }
            let total: i64 = self.stacks.values().sum();
            let Self { lost, untimed, .. } = self;
            encoder.comment(&format!(
                "{total} samples, {lost} lost, {untimed} threads without a timer"
            ));
            encoder.finish(SystemTime::now() - span, Some(span))
        }
    }

    /// A timer for each thread. Dropping this deletes them.
    #[derive(Default)]
    struct Timers {
        of: HashMap<i32, libc::timer_t>,
    }

    // SAFETY: a timer's id is a number that any thread of the process may use.
    unsafe impl Send for Timers {}

    impl Timers {
        /// Creates timers for new threads, and deletes those of ended threads. Returns how many threads have no
        /// timer, for instance because the limit on pending signals is reached.
        fn refresh(&mut self) -> usize {
            let threads = threads::ids();
            let mut untimed = 0;
            self.of.retain(|thread, timer| {
                let lives = threads.contains(thread);
                if !lives {
                    delete(*timer);
                }
                lives
            });
            for thread in threads {
                if self.of.contains_key(&thread) {
                    continue;
                }
                match start(thread) {
                    Ok(timer) => drop(self.of.insert(thread, timer)),
                    // The thread has ended meanwhile.
                    Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
                    Err(_) => untimed += 1,
                }
            }
            untimed
        }
    }

    impl Drop for Timers {
        fn drop(&mut self) {
            self.of.values().copied().for_each(delete);
        }
    }

    fn delete(timer: libc::timer_t) {
        // SAFETY: the timer was created by `start`, and is deleted only once.
        unsafe { libc::timer_delete(timer) };
    }

    /// Creates a timer that signals `thread` after each period of its processor time.
    fn start(thread: i32) -> io::Result<libc::timer_t> {
        /// The bits of a thread's CPU clock, from `linux/posix-timers.h`.
        const OF_THREAD: i32 = 4 | 2;
        let clock = (!thread << 3) | OF_THREAD;
        // SAFETY: all-zero is a valid event.
        let mut event = unsafe { MaybeUninit::<libc::sigevent>::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGPROF;
        event.sigev_notify_thread_id = thread;
        let mut timer = MaybeUninit::<libc::timer_t>::uninit();
        // SAFETY: the kernel checks clock and thread, reads the event, and writes the timer if it succeeds.
        let timer = unsafe {
            if libc::timer_create(clock, &mut event, timer.as_mut_ptr()) != 0 {
                return Err(io::Error::last_os_error());
            }
            timer.assume_init()
        };
        let period = libc::timespec {
            tv_sec: 0,
            tv_nsec: i64::from(PERIOD.subsec_nanos()) as _,
        };
        let setting = libc::itimerspec {
            it_interval: period,
            it_value: period,
        };
        // SAFETY: the timer was just created.
        match unsafe { libc::timer_settime(timer, 0, &setting, ptr::null_mut()) } {
            0 => Ok(timer),
            _ => {
                let error = io::Error::last_os_error();
                delete(timer);
                Err(error)
            }
        }
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::samples;
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::samples;
