//! `threads`: the current stack of every thread, with its name and state.
//!
//! A signal asks each thread to record its own stack. A thread that blocks the signal, or is in uninterruptible
//! sleep, does not answer within a second and is listed without a stack.

#[cfg(not(target_os = "linux"))]
mod unsupported {
    use axum::response::Response;

    use crate::answer::Refusal;

    pub(crate) fn count() -> Option<usize> {
        None
    }

    pub(crate) fn answer(_: bool) -> Result<Response, Refusal> {
        Err(Refusal::Platform)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::fmt::Write as _;
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant, SystemTime};

    use axum::response::Response;
    use benchlens_pprof::Error;

    use crate::answer::{self, Refusal};
    use crate::encode::{Encoder, Shape};
    use crate::heap::write_stack;
    use crate::signal;
    use crate::symbols::Symbols;

    /// How long a thread may take to answer.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// How many threads are asked at once, so that each finds a slot.
    const AT_ONCE: usize = 256;

    struct Thread {
        id: i32,
        name: String,
        /// The kernel's state: running, sleeping, …
        state: &'static str,
        /// The stack, innermost frame first; `None` if the thread did not answer.
        stack: Option<Box<[usize]>>,
    }

    /// The kernel ids of this process's threads.
    pub(crate) fn ids() -> Vec<i32> {
        let entries = fs::read_dir("/proc/self/task").into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter_map(|name| name.parse().ok()).collect()
    }

    pub(crate) fn count() -> Option<usize> {
        Some(ids().len())
    }

    /// Asks all threads, and answers with text or a profile. It blocks, so it is not for an async runtime's thread.
    pub(crate) fn answer(as_text: bool) -> Result<Response, Refusal> {
        let threads = all()?;
        if as_text {
            return Ok(answer::text(text(&threads)));
        }
        Ok(answer::file("threads", encode(&threads)?))
    }

    fn all() -> Result<Vec<Thread>, Refusal> {
        let ring = signal::REQUESTED_STACKS.start()?;
        let mut threads = Vec::new();
        for batch in ids().chunks(AT_ONCE) {
            // The states are read first, since asking a thread wakes it.
            let mut asked: Vec<_> = batch.iter().filter_map(|id| describe(*id)).collect();
            asked.retain(|thread| signal::request_stack(thread.id));
            let mut stacks = HashMap::new();
            let end = Instant::now() + PATIENCE;
            while stacks.len() < asked.len() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
                ring.collect(|id, stack| drop(stacks.insert(id, stack.into())));
            }
            for thread in &mut asked {
                thread.stack = stacks.remove(&thread.id);
            }
            threads.append(&mut asked);
        }
        threads.sort_by_key(|thread| thread.id);
        Ok(threads)
    }

    /// Name and state of a thread; `None` if it has ended.
    fn describe(id: i32) -> Option<Thread> {
        let name = fs::read(format!("/proc/self/task/{id}/comm")).ok()?;
        let name = String::from_utf8_lossy(&name).trim_end().to_owned();
        let stat = fs::read_to_string(format!("/proc/self/task/{id}/stat")).ok()?;
        // The name before the state is in parentheses, and may contain parentheses.
        let (_, after) = stat.rsplit_once(") ")?;
        let state = match after.chars().next()? {
            'R' => "running",
            'S' => "sleeping",
            'D' => "waiting for a device",
            'T' | 't' => "stopped",
            _ => "ending",
        };
        Some(Thread {
            id,
            name,
            state,
            stack: None,
        })
    }

    fn encode(threads: &[Thread]) -> Result<Vec<u8>, Error> {
        let mut encoder = Encoder::new(&Shape {
            kinds: &[("threads", "count")],
            default: "threads",
            period_kind: ("threads", "count"),
            period: 1,
        })?;
        for thread in threads {
            let id = thread.id.to_string();
            let labels = [
                ("thread", thread.name.as_str()),
                ("id", &id),
                ("state", thread.state),
            ];
            encoder.sample(thread.stack.as_deref().unwrap_or(&[]), &[1], &labels)?;
        }
        encoder.finish(SystemTime::now(), None)
    }

    fn text(threads: &[Thread]) -> String {
        let mut text = format!("threads: {}\n", threads.len());
        let mut symbols = Symbols::default();
        for thread in threads {
            let name: String = thread.name.escape_debug().collect();
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "\n{name} ({}), {}", thread.id, thread.state);
            match &thread.stack {
                Some(stack) => write_stack(&mut text, stack, &mut symbols),
                None => text.push_str("    (did not answer within a second)\n"),
            }
        }
        text
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{answer, count, ids};
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::{answer, count};
