//! The one thread that makes all profiles, one at a time.
//!
//! So profiles take one processor at most, and the temporary memory of each comes from the same arena of the
//! allocator, where the next one reuses it. On a pool, each thread would leave memory in another arena, and the
//! resident set would grow from profile to profile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use axum::response::Response;
use tokio::sync::oneshot;

use crate::answer::Refusal;

type Job = Box<dyn FnOnce() + Send>;

/// The queue of the thread; `None` if it could not be started.
static JOBS: LazyLock<Option<Mutex<Sender<Job>>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let thread = thread::Builder::new().name("pprof".to_owned());
    let started = thread.spawn(move || {
        for job in jobs {
            // After a panic, the client sees that the sender is gone.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    });
    started.ok().map(|_| Mutex::new(sender))
});

/// Runs `work` on the profile thread once it is free.
pub(crate) async fn run(
    work: impl FnOnce() -> Result<Response, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let (sender, done) = oneshot::channel();
    let job = Box::new(move || {
        // Skipped if the client is gone.
        if !sender.is_closed() {
            let answer = work();
            // The parsed debug information can be larger than the service itself.
            backtrace::clear_symbol_cache();
            let _ = sender.send(answer);
        }
    });
    let failed = || Refusal::Failed("its thread is gone".to_owned());
    let jobs = JOBS.as_ref().ok_or_else(failed)?;
    let sent = jobs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send(job);
    sent.map_err(|_| failed())?;
    done.await.map_err(|_| failed())?
}
