//! pprof's profile format: its messages, and a builder of profiles. Profiles contain names, files, lines and
//! inlined functions, so `go tool pprof` reads them without the executable.
//!
//! ```
//! use benchlens_pprof::{Builder, Compression, Frame, Profile};
//!
//! # fn main() -> Result<(), benchlens_pprof::Error> {
//! let mut builder = Builder::<usize>::new(&[("samples", "count"), ("cpu", "nanoseconds")], "cpu");
//! let address = 0x1000;
//! let frames = [
//!     Frame { function: "inlined", file: "src/lib.rs", line: 7, ..Frame::default() },
//!     Frame { function: "physical", file: "src/lib.rs", line: 20, ..Frame::default() },
//! ];
//! let location = builder.location(&address, 0x1000, frames);
//! builder.sample(vec![location], &[3, 30_000_000], &[("thread", "main")])?;
//! let gzipped = builder.finish(Compression::default())?;
//!
//! let profile = Profile::read(&gzipped)?;
//! let stack = profile.stack(&profile.samples[0]).unwrap();
//! assert_eq!(stack, frames);
//! # Ok(())
//! # }
//! ```
//!
//! Building is linear in time and space, with a hash lookup for each string of a new location.

use std::fmt;
use std::io;

pub use flate2::Compression;

mod builder;
mod messages;
mod read;

pub use builder::{Builder, signed};
pub use messages::{Function, Label, Line, Location, Mapping, Profile, Sample, ValueType};

/// A function in a stack, and the line in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The readable name.
    pub function: &'a str,
    /// The linker's name, by which pprof recognises equal functions; empty if unknown. It must not be the readable
    /// name, which pprof would demangle, dropping everything within `<>`.
    pub system_name: &'a str,
    /// The function's file, empty if unknown.
    pub file: &'a str,
    /// The line in the file, 0 if unknown.
    pub line: u32,
}

/// Why a profile could not be built or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The value exceeds the range of the format's signed values.
    Overflow(u64),
    /// A sample has too few values, or too many.
    Values {
        /// The number of its values.
        given: usize,
        /// The number of the profile's kinds of values.
        kinds: usize,
    },
    /// The compressor failed.
    Compress(io::Error),
    /// The data is not gzipped, or is incomplete.
    Decompress(io::Error),
    /// The data is gzipped, but not a profile.
    Decode(prost::DecodeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow(value) => write!(
                f,
                "a figure of {value} does not fit into the 63 bits of a pprof value"
            ),
            Self::Values { given, kinds } => write!(
                f,
                "a sample has {given} values in a profile with {kinds} sample types"
            ),
            Self::Compress(_) => f.write_str("cannot compress the profile"),
            Self::Decompress(_) => f.write_str("cannot decompress the profile"),
            Self::Decode(_) => f.write_str("cannot decode the profile"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Overflow(_) | Self::Values { .. } => None,
            Self::Compress(error) | Self::Decompress(error) => Some(error),
            Self::Decode(error) => Some(error),
        }
    }
}
