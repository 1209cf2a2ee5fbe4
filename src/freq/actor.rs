//! Four stages, open, read, parse and search, joined by bounded channels.
//!
//! Time: that of the slowest stage, which is parse, so parse has one worker per thread and the
//! others have one each.
//! Space: bounded by the channels.
//! Heap: as `sequential`, and the channels.
//! Wins: if stages wait for different things, such as a slow disk.
//! Source: the actor pipeline of the Go course.

use std::path::Path;
use std::thread;

use crossbeam_channel::{Receiver, RecvError, Sender, bounded};

use super::regions::{self, Regions, Wait};
use super::{Counter, Job, Outcome, guarded};
use crate::feed::Error;

/// Documents that may wait between two stages.
const WAITING: usize = 16;

pub(super) struct Actor;

/// A document in the pipeline, with the result of the previous stage.
type Passed<'a, T> = (&'a Path, Result<T, Error>);

impl Counter for Actor {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let (to_read, opened) = bounded(WAITING);
        let (to_parse, read) = bounded(WAITING);
        let (to_search, parsed) = bounded(WAITING);
        // The closure's ends of the channels are dropped when it returns, which ends the stages.
        let outcome = thread::scope(move |scope| {
            let mut outcome = Outcome::default();
            let workers = (0..job.threads.get()).map_while(|_| {
                let (read, to_search) = (read.clone(), to_search.clone());
                let work = |bytes: Vec<u8>| {
                    let _parse = R::enter(regions::PARSE);
                    document::parse(&bytes, job)
                };
                let parse = move || stage::<R, _, _>(&read, &to_search, work);
                thread::Builder::new().spawn_scoped(scope, parse).ok()
            });
            // Every stage has its thread before documents are sent.
            let is_parsed = workers.count() > 0;
            let work = |file| {
                let _read = R::wait(regions::READ, Wait::Read);
                document::read(file, job)
            };
            let all_read = move || stage::<R, _, _>(&opened, &to_parse, work);
            let is_read = is_parsed && thread::Builder::new().spawn_scoped(scope, all_read).is_ok();
            let all_opened = move || {
                for path in job.paths {
                    let open = R::enter(regions::OPEN);
                    let file = document::open(path);
                    drop(open);
                    let _hand_over = R::wait(regions::HAND_OVER, Wait::Channel);
                    let _ = to_read.send((path.as_path(), file));
                }
            };
            if !is_read
                || thread::Builder::new()
                    .spawn_scoped(scope, all_opened)
                    .is_err()
            {
                for path in job.paths {
                    outcome.record(path, guarded(|| document::whole(path, job)));
                }
                return outcome;
            }
            drop((read, to_search));
            while let Ok((path, read)) = next::<R, _>(&parsed) {
                let _search = R::enter(regions::SEARCH);
                let result = read.and_then(|read| guarded(|| Ok(document::search(read, job))));
                outcome.record(path, result);
            }
            outcome
        });
        outcome.sorted()
    }
}

/// Does `work` on every incoming document and passes it on; a failed one is only passed on.
fn stage<'a, R: Regions, T, U>(
    incoming: &Receiver<Passed<'a, T>>,
    outgoing: &Sender<Passed<'a, U>>,
    work: impl Fn(T) -> Result<U, Error>,
) {
    while let Ok((path, passed)) = next::<R, _>(incoming) {
        let attempt = || passed.and_then(&work);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt));
        let _hand_over = R::wait(regions::HAND_OVER, Wait::Channel);
        // The next stage outlives this one, so sending cannot fail.
        let _ = outgoing.send((path, result.unwrap_or(Err(Error::Abandoned))));
    }
}

/// Waits for the next document.
fn next<R: Regions, T>(incoming: &Receiver<T>) -> Result<T, RecvError> {
    let _next = R::wait(regions::NEXT, Wait::Channel);
    incoming.recv()
}

/// The work on a document, stage by stage: heap blocks allocated below these functions are the counter's own.
mod document {
    use std::path::Path;

    use super::super::sequential::{self, Item};
    use super::super::{DocumentCount, Job};
    use crate::feed::repair::Repair;
    use crate::feed::{self, Error, Opened};

    /// All stages in sequence, for when their threads cannot be started.
    pub(super) fn whole(path: &Path, job: &Job<'_>) -> Result<DocumentCount, Error> {
        let bytes = read(open(path)?, job)?;
        Ok(search(parse(&bytes, job)?, job))
    }

    /// The items of a document, with its repairs.
    type Read = (Vec<Item>, Vec<Repair>);

    #[inline(never)]
    pub(super) fn open(path: &Path) -> Result<Opened, Error> {
        feed::open(path)
    }

    #[inline(never)]
    pub(super) fn read(file: Opened, job: &Job<'_>) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        feed::read_open(file, job.limits, &mut bytes)?;
        Ok(bytes)
    }

    #[inline(never)]
    pub(super) fn parse(bytes: &[u8], job: &Job<'_>) -> Result<Read, Error> {
        job.read(bytes, |bytes| sequential::parse(bytes, job.limits))
    }

    #[inline(never)]
    pub(super) fn search((items, repairs): Read, job: &Job<'_>) -> DocumentCount {
        (sequential::search(&items, job.topic), repairs).into()
    }
}
