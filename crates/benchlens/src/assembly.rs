//! Machine code with its source: what an executable runs, instruction by instruction.
//!
//! An [`Image`] is an executable or a library on disk, with its functions and the callees behind its
//! relocations. [`Code`] is a decoded function; each [`Instruction`] has its chain of inlined functions, its
//! callee, and the number of times that callgrind counted it. [`Place`] is what a person types: a function,
//! `function+0x39`, or an address. [`trace`] explains a backtrace.
//!
//! Only x86-64 is decoded. Input is not trusted: a damaged file is an error that names the file, and every
//! offset from a file or a terminal is checked.

use std::path::PathBuf;

use thiserror::Error;

mod counted;
mod decode;
#[cfg(feature = "page")]
mod difference;
mod image;
mod place;
mod role;
#[cfg(feature = "page")]
pub(crate) mod stored;
pub mod trace;

pub use counted::{CaseCode, External};
pub use decode::{Code, Instruction, ObservedCall, Syntax, Target};
pub use image::{Function, Image};
pub use place::Place;
pub use role::Role;

#[cfg(feature = "page")]
pub(crate) use difference::differing;

/// Why machine code could not be shown.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is not an executable or library.
    #[error("{} is no executable or library: {reason}", file.display())]
    NotCode {
        /// The file.
        file: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The code is for another processor.
    #[error("{} holds code of {found}: only that of x86-64 can be shown", file.display())]
    Processor {
        /// The executable.
        file: PathBuf,
        /// The processor.
        found: String,
    },
    /// The counts do not belong to this code.
    #[error(
        "{} executed something at {address:#x}, where {function} has no instruction: it is not \
         the executable that was counted",
        file.display()
    )]
    OtherCode {
        /// The executable.
        file: PathBuf,
        /// A counted address.
        address: u64,
        /// The function around it.
        function: String,
    },
    /// The instructions do not add up.
    #[error("{}: its instructions add up to {sum}, the profile's total is {total}", file.display())]
    Total {
        /// The executable.
        file: PathBuf,
        /// The sum over all instructions.
        sum: u64,
        /// The total of the profile.
        total: u64,
    },
    /// A file, its debug information or a profile could not be read.
    #[error(transparent)]
    Profile(#[from] crate::profile::Error),
}
