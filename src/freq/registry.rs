//! The counters, one line each.

use super::actor::Actor;
use super::per_core::PerCore;
use super::per_core_regions::PerCoreRegions;
use super::pull::Pull;
#[cfg(feature = "cli")]
use super::regions::Recorded;
use super::regions::Unrecorded;
use super::reused::Reused;
use super::semaphore::Semaphore;
use super::sequential::Sequential;
use super::skim::Skim;
use super::thread_per_document::ThreadPerDocument;
use super::work_stealing::WorkStealing;
use super::{Counter, CounterRow, Threads};
use crate::allocations::Allocations;

/// Every counter of the suite, from the course's first to the fastest.
pub static COUNTERS: &[CounterRow] = &[
    CounterRow {
        name: "sequential",
        summary: "each file whole, a tree of owned structs, then searched",
        threads: Threads::One,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::sequential::document",
        keeps_memory: false,
        count: Sequential::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Sequential::count::<Recorded>,
    },
    CounterRow {
        name: "pull",
        summary: "borrowed events, searched as they go by",
        threads: Threads::One,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::pull::document",
        keeps_memory: false,
        count: Pull::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Pull::count::<Recorded>,
    },
    CounterRow {
        name: "thread_per_document",
        summary: "a thread for every document",
        threads: Threads::PerDocument,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::pull::document",
        keeps_memory: false,
        count: ThreadPerDocument::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: ThreadPerDocument::count::<Recorded>,
    },
    CounterRow {
        name: "semaphore",
        summary: "a thread for every document, one a core at work",
        threads: Threads::PerDocument,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::pull::document",
        keeps_memory: false,
        count: Semaphore::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Semaphore::count::<Recorded>,
    },
    CounterRow {
        name: "per_core",
        summary: "one worker a core, fed by a bounded channel",
        threads: Threads::PerCore,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::pull::document",
        keeps_memory: false,
        count: PerCore::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: PerCore::count::<Recorded>,
    },
    CounterRow {
        name: "per_core_regions",
        summary: "one worker a core, each stage recorded",
        threads: Threads::PerCore,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::per_core_regions::document",
        keeps_memory: true,
        count: PerCoreRegions::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: PerCoreRegions::count::<Recorded>,
    },
    CounterRow {
        name: "actor",
        summary: "four stages joined by bounded channels",
        threads: Threads::PerCoreAnd(3),
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::actor::document",
        keeps_memory: false,
        count: Actor::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Actor::count::<Recorded>,
    },
    CounterRow {
        name: "work_stealing",
        summary: "rayon over the documents",
        threads: Threads::PerCore,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::pull::document",
        keeps_memory: false,
        count: WorkStealing::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: WorkStealing::count::<Recorded>,
    },
    CounterRow {
        name: "reused",
        summary: "one worker a core, each with one buffer for all its files",
        threads: Threads::PerCore,
        heap: Allocations::Linear,
        document_function: "benchlens_suite::freq::reused::document",
        keeps_memory: true,
        count: Reused::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Reused::count::<Recorded>,
    },
    CounterRow {
        name: "skim",
        summary: "one vectorised pass that proves and counts; the strict reader where it cannot",
        threads: Threads::PerCore,
        heap: Allocations::Constant(3),
        document_function: "benchlens_suite::freq::skim::document",
        keeps_memory: true,
        count: Skim::count::<Unrecorded>,
        #[cfg(feature = "cli")]
        recorded: Skim::count::<Recorded>,
    },
];

/// The fastest counter.
pub fn default_counter() -> &'static CounterRow {
    // The last one: the registry is sorted from the first to the fastest.
    &COUNTERS[COUNTERS.len() - 1]
}
