//! Regions: named spans of time on a thread, which `timeline` draws.
//!
//! ```
//! fn count(text: &str) -> usize {
//!     let words: Vec<&str> = {
//!         let _split = benchlens::region!("split");
//!         text.split(' ').collect()
//!     };
//!     let _count = benchlens::region!("count");
//!     words.len()
//! }
//! # assert_eq!(count("a b"), 2);
//! ```
//!
//! A region lasts until its guard is dropped. A region in which the thread waits says for what:
//! `region!("next job", Kind::Channel)`. Where a guard does not fit, [`between`] records a region from
//! two [`Instant`]s.
//!
//! **Cost**: one relaxed load and a branch, unless the process records. Then a region costs two reads of the
//! clock and a push to the thread's own buffer, under an uncontended lock. `timeline` measures and prints that
//! cost each time; `scripts/check-timeline` fails above 150 ns. The buffers grow by about 64 bytes per region.
//!
//! If the counting allocator is linked, a region also has the blocks and bytes that its thread allocated in it,
//! including those of inner regions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

mod blocks;
mod lane;
mod recording;
mod scheduled;

pub(crate) use blocks::observable;
pub use blocks::{Observable, set_observable};
pub(crate) use recording::Recorder;
pub use recording::{CALL, LaneRecord, Point, Recording, RegionRecord, record};

/// Whether a call is being recorded.
static ON: AtomicBool = AtomicBool::new(false);

/// What a thread does in a region.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It works.
    #[default]
    Work,
    /// It waits until a channel has a value, or has space for one.
    Channel,
    /// It waits for a lock.
    Lock,
    /// It waits for a permit of a semaphore.
    Permit,
    /// It waits for bytes of a file or a socket.
    Read,
    /// It waits for another thread to end.
    Thread,
}

impl Kind {
    /// All kinds, work first.
    pub const ALL: [Self; 6] = [
        Self::Work,
        Self::Channel,
        Self::Lock,
        Self::Permit,
        Self::Read,
        Self::Thread,
    ];

    /// The kind's name, as on the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Channel => "channel",
            Self::Lock => "lock",
            Self::Permit => "permit",
            Self::Read => "read",
            Self::Thread => "thread",
        }
    }

    /// Whether the thread waits for something.
    pub const fn is_blocked(self) -> bool {
        !matches!(self, Self::Work)
    }
}

/// Begins a region that lasts until the returned guard is dropped: `region!("parse")`, or
/// `region!("next job", Kind::Channel)` if the thread waits. See [`region`](mod@crate::region).
#[macro_export]
macro_rules! region {
    ($name:expr) => {
        $crate::region::enter($name, $crate::region::Kind::Work)
    };
    ($name:expr, $kind:expr) => {
        $crate::region::enter($name, $kind)
    };
}

/// The guard of a region, which ends when this is dropped.
#[derive(Debug)]
#[must_use = "a region ends when its guard is dropped: give it a name, as in `let _parse = …`"]
pub struct Region {
    begun: Option<lane::Begun>,
    /// Keeps the guard on its thread: raw pointers are not `Send`.
    _of_thread: std::marker::PhantomData<*const ()>,
}

/// Begins a region; [`region!`](crate::region!) is shorter.
#[inline(always)]
pub fn enter(name: &'static str, kind: Kind) -> Region {
    Region {
        begun: match is_recorded() {
            true => Some(lane::begin(name, kind)),
            false => None,
        },
        _of_thread: std::marker::PhantomData,
    }
}

impl Drop for Region {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            lane::end(begun);
        }
    }
}

/// Records a region of this thread from two points in time. Its allocations are not known.
#[inline]
pub fn between(name: &'static str, kind: Kind, start: Instant, end: Instant) {
    if is_recorded() {
        lane::between(name, kind, start, end);
    }
}

/// Whether regions are being recorded: in a process that `timeline` started, during a call.
#[inline(always)]
pub fn is_recorded() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Whether this process was started to record regions. A bench can use code with regions only then, and
/// otherwise save even the check.
pub fn is_wanted() -> bool {
    crate::run::repeat::records_regions()
}
