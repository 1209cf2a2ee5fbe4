//! The thread that makes profiles: one at a time, and always the same.
//!
//! So a profile takes one processor at most, and the memory that it needs for a moment comes from one of the
//! allocator's arenas, which the next profile uses again. On the threads of a pool each would leave some in
//! another: resident memory of `benchlens serve` grew by 17 % in ten minutes with a profile a minute.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use axum::response::Response;
use tokio::sync::oneshot;

use crate::answer::Refusal;

type Job = Box<dyn FnOnce() + Send>;

/// `None` if the thread could not be started.
static JOBS: LazyLock<Option<Mutex<Sender<Job>>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let thread = thread::Builder::new().name("pprof".to_owned());
    let started = thread.spawn(move || {
        for job in jobs {
            // Whoever waits for it sees that its sender is gone.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    });
    started.ok().map(|_| Mutex::new(sender))
});

/// Runs the work on the thread for profiles, when that is free.
pub(crate) async fn run(
    work: impl FnOnce() -> Result<Response, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let (sender, done) = oneshot::channel();
    let job = Box::new(move || {
        // Nobody waits any more; no profile is needed.
        if !sender.is_closed() {
            let answer = work();
            // What was parsed of the executable's debug information is larger than many a service.
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
