//! Explains a backtrace or a panic message with the executable that it comes from.
//!
//! [`Text::read`] understands Rust's panics, short and full, and the frames of the crate `backtrace`, gdb,
//! sanitizers, valgrind, glibc and Go. [`explain`] finds each frame's instruction: by its address, if the load
//! address of the executable can be inferred; by `function+0x39`; or by its function and line, if only one call
//! fits. A frame that cannot be found carries the reason.

use serde::Serialize;

use super::Image;
use crate::profile::inlined::{Frame, Symbols};

mod base;
mod calls;
mod read;
mod resolve;

/// A trace as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The panics, in order.
    pub panics: Vec<Panic>,
    /// The frames, in order.
    pub frames: Vec<RawFrame>,
    /// What was left out, because there was too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// A panic message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Panic {
    /// The thread's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// What it says.
    pub message: String,
    /// Where it happened.
    pub place: Option<Location>,
    /// How many frames precede it.
    #[serde(skip)]
    pub before: usize,
}

/// A place in source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, as the text names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, if it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// A frame as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RawFrame {
    /// Its number.
    pub number: Option<u32>,
    /// Its address in the running process.
    pub address: Option<u64>,
    /// The function, demangled and without hashes.
    pub function: Option<String>,
    /// Bytes after the function's beginning.
    pub offset: Option<u64>,
    /// Its line.
    pub place: Option<Location>,
    /// The executable or library that it is said to be in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Whether it is inlined into the next one: it has no number or address of its own.
    pub is_inlined: bool,
}

/// An explained trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The executable, if one was found that fits.
    pub executable: Option<String>,
    /// The load address of the executable, if it could be inferred.
    pub base: Option<u64>,
    /// The panics, with the calls that may have raised them.
    pub panics: Vec<ExplainedPanic>,
    /// The physical frames, with the functions inlined there.
    pub frames: Vec<ExplainedFrame>,
    /// What was left out, because there was too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// A panic, and where its machine code is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedPanic {
    /// The message.
    #[serde(flatten)]
    pub panic: Panic,
    /// The calls that panic at that line; several if the line is inlined in several places.
    pub raised_at: Vec<Call>,
}

/// One or more frames of the text that share machine code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedFrame {
    /// The frames as they were written, innermost first.
    pub written: Vec<RawFrame>,
    /// The explanation.
    #[serde(flatten)]
    pub found: Found,
}

/// The explanation of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    /// The instruction was found.
    Instruction(Call),
    /// Only the function was found; no call in it, or more than one, fits the frame.
    Function {
        /// The demangled name.
        function: String,
        /// Its address in the file.
        address: u64,
        /// How many calls fit the line.
        calls: usize,
    },
    /// Nothing was found.
    Nothing {
        /// Why.
        reason: String,
    },
}

/// An instruction in a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The function that contains it.
    pub function: String,
    /// The offset in the function of the return address or, if the instruction is not a call, of the instruction.
    pub offset: u64,
    /// The offset in the function of the instruction itself.
    pub at: u64,
    /// The address of the instruction in the file.
    pub address: u64,
    /// The instruction.
    pub text: String,
    /// The functions there, innermost first; all but the last are inlined.
    pub chain: Vec<Frame>,
}

/// Explains `text` with an executable. Without one, or without debug information, less is found.
///
/// Cost: decoding the functions of the frames.
pub fn explain(text: &Text, image: Option<&Image>, symbols: Option<&Symbols>) -> Explained {
    resolve::explain(text, image, symbols)
}

/// Counts the text's functions outside of the standard library: those with machine code in `image`, and all of them.
/// Used to choose the executable.
pub fn fits(text: &Text, image: &Image) -> (usize, usize) {
    resolve::fits(text, image)
}
