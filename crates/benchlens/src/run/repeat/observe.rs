//! Observers of repeated calls, within their process. A new observer takes a variant here, a file beside this
//! one, and a line each in [`begin`] and [`Running::end`].

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::regions::{self, Recorded};
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
use super::sampler as system;

/// The file with the samples of [`Observe::Samples`].
pub(crate) const SAMPLES: &str = "samples";
/// The file with the memory map of the process.
pub(crate) const MAPS: &str = "maps";

/// The observer within the process that repeats the calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observe {
    /// None: another process watches, or only the total time is wanted.
    #[default]
    Nothing,
    /// How long each call takes, as the recorder of regions measures it, but without regions.
    Calls,
    /// The recorder of [regions](mod@crate::region), whose file [`read_regions`](super::read_regions) reads.
    Regions,
    /// Only the memory map, for a sampler in another process.
    Maps,
    /// Samples of each thread's registers and the top of its stack.
    Samples {
        /// Samples per second of a thread's processor time.
        frequency: u32,
        /// How many bytes of the stack are copied.
        stack: u32,
    },
    /// The process's memory, from before the warm-up on: see [`memory`](super::memory).
    Memory {
        /// The time between two samples.
        interval: Duration,
    },
}

/// A running observer.
pub(super) enum Running {
    Nothing,
    Regions(Recorded),
    Maps(std::path::PathBuf),
    Samples(system::Sampler),
}

/// Starts the observer; its files go to `folder`.
pub(super) fn begin(observe: &Observe, folder: &Path) -> io::Result<Running> {
    Ok(match observe {
        // Memory sampling starts before the warm-up; see `memory`.
        Observe::Nothing | Observe::Memory { .. } => Running::Nothing,
        Observe::Calls => Running::Regions(regions::begin(folder, false)),
        Observe::Regions => Running::Regions(regions::begin(folder, true)),
        Observe::Maps => Running::Maps(folder.join(MAPS)),
        Observe::Samples { frequency, stack } => {
            Running::Samples(system::begin(folder, *frequency, *stack)?)
        }
    })
}

impl Running {
    /// Stops the observer and completes its files.
    pub(super) fn end(self) -> io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Regions(recorded) => recorded.end(),
            Self::Maps(path) => std::fs::copy("/proc/self/maps", path).map(drop),
            Self::Samples(sampler) => sampler.end(),
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
mod system {
    use std::io;
    use std::path::Path;

    pub(in crate::run::repeat) struct Sampler;

    pub(super) fn begin(_folder: &Path, _frequency: u32, _stack: u32) -> io::Result<Sampler> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "processor time is sampled on Linux on x86-64 only",
        ))
    }

    impl Sampler {
        pub(super) fn end(self) -> io::Result<()> {
            Ok(())
        }
    }
}
