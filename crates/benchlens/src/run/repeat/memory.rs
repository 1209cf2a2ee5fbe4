//! Samples the memory of a process that repeats a case: one line per interval. Sampling starts before the first
//! call, since that is the one that takes memory from the system.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use benchlens_memory::{Allocator, Levels, Sampler};

use super::Observe;
use crate::region::{Observable, observable};

const SAMPLES: &str = "memory.csv";
/// The file with the name of the process's allocator; empty if the allocator is not known.
const ALLOCATOR: &str = "allocator";

/// A sampler at work.
pub(super) struct Watched {
    sampler: Sampler,
    observable: Option<Observable>,
}

/// Starts the sampler before the warm-up, if memory is to be observed; its files go to `folder`.
pub(super) fn begin(observe: &Observe, folder: &Path) -> io::Result<Option<Watched>> {
    let Observe::Memory { interval } = *observe else {
        return Ok(None);
    };
    let observable = observable();
    // A bench without the hook may have any allocator, so it is not known.
    let allocator = observable.is_some().then(own_allocator);
    let name = allocator.map_or("", |allocator| allocator.name);
    fs::write(folder.join(ALLOCATOR), name)?;
    let output = File::create(folder.join(SAMPLES))?;
    let levels = move || match allocator {
        None => Levels::default(),
        Some(allocator) => Levels {
            live: Some(live()),
            held: (allocator.levels)().held,
        },
    };
    let sampler = Sampler::start(output, interval, "warm-up", levels)?;
    // Last, so that the sampler's own blocks are not counted.
    if let Some(observe) = observable {
        observe(Some(on_block));
    }
    Ok(Some(Watched {
        sampler,
        observable,
    }))
}

impl Watched {
    /// Marks the end of the warm-up.
    pub(super) fn warmed_up(&self) {
        self.sampler.enter("calls");
    }

    /// Ends sampling and completes the file.
    pub(super) fn end(self) -> io::Result<()> {
        let ended = self.sampler.stop();
        if let Some(observe) = self.observable {
            observe(None);
        }
        ended
    }
}

/// The allocator behind the hook of this process; see the features of `benchlens-heap`.
fn own_allocator() -> &'static Allocator {
    #[cfg(any(feature = "mimalloc", feature = "jemalloc"))]
    if std::env::var_os("BENCHLENS_ALLOCATOR").is_none_or(|name| name != "system") {
        #[cfg(feature = "mimalloc")]
        return &benchlens_memory::MIMALLOC;
        #[cfg(not(feature = "mimalloc"))]
        return &benchlens_memory::JEMALLOC;
    }
    &benchlens_memory::SYSTEM
}

/// Live bytes by thread, so that threads do not contend for a cache line. A block that another thread frees can
/// make a shard negative; only the sum is meaningful.
static LIVE: [Shard; SHARDS] = [const { Shard(AtomicI64::new(0)) }; SHARDS];
const SHARDS: usize = 64;

#[repr(align(128))]
struct Shard(AtomicI64);

/// Called by the allocator for every block. Cost: a thread-local read and an uncontended atomic addition.
fn on_block(allocated: usize, freed: usize) {
    let moved = allocated as i64 - freed as i64;
    LIVE[shard()].0.fetch_add(moved, Relaxed);
}

fn shard() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        // No destructor, so the allocator may use it at any time in a thread's life.
        static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    OWN.with(|own| {
        if own.get() == usize::MAX {
            own.set(THREADS.fetch_add(1, Relaxed) % SHARDS);
        }
        own.get()
    })
}

/// Bytes that were allocated and not freed since sampling began. Never below zero, though blocks from before
/// may be freed.
fn live() -> u64 {
    let sum: i64 = LIVE.iter().map(|shard| shard.0.load(Relaxed)).sum();
    u64::try_from(sum).unwrap_or(0)
}

/// The file with the samples of the process whose files are in `folder`.
#[cfg(feature = "profiles")]
pub fn samples(folder: &Path) -> std::path::PathBuf {
    folder.join(SAMPLES)
}

/// The name of the allocator of the process whose files are in `folder`; `None` if it is not known, or was not
/// recorded.
#[cfg(feature = "profiles")]
pub fn allocator(folder: &Path) -> Option<String> {
    let name = fs::read_to_string(folder.join(ALLOCATOR)).ok()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_thread_allocates_and_another_frees_is_not_live() {
        on_block(100, 0);
        std::thread::spawn(|| on_block(50, 30)).join().unwrap();
        assert_eq!(live(), 120);
        std::thread::spawn(|| on_block(0, 120)).join().unwrap();
        assert_eq!(live(), 0);
        on_block(0, 7);
        assert_eq!(live(), 0, "a block from before");
        on_block(7, 0);
    }
}
