//! A heap profile, read from dhat's JSON.
//!
//! The file has a table of frames and a list of program points, each the stack of one allocation
//! site, innermost frame first. Consecutive frames with the same address are one physical frame:
//! all but the outermost were inlined into it. dhat keeps only the last three components of a path.
//!
//! Valgrind's DHAT writes the same format in its mode `heap`, with full names and without columns, for
//! programs in any language. Profiles of its modes `ad-hoc` and `copy` are refused by name.

use std::path::Path;

use serde::Deserialize;

use super::Error;
use crate::run::is_harness;

/// Every allocation site of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapProfile {
    /// The frames that stacks refer to, by index.
    pub frames: Vec<StackFrame>,
    /// One stack each, with its costs.
    pub points: Vec<ProgramPoint>,
}

/// One function on a stack, physical or inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// Address in the process that was profiled; frames that share it are one physical frame.
    pub address: u64,
    /// Demangled name.
    pub function: String,
    /// The last three components of the source file's path, or `???`.
    pub file: String,
    /// Line in that file, from 1; 0 if unknown.
    pub line: u32,
}

/// A stack that allocated, and its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramPoint {
    /// Its heap cost.
    pub cost: StackCost,
    /// Indices into [`HeapProfile::frames`], innermost first.
    pub stack: Vec<usize>,
}

/// What was allocated on one stack, or on several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StackCost {
    /// Blocks allocated; a reallocation counts as one.
    pub allocations: u64,
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// Blocks live at the moment when the process held the most bytes.
    pub peak_blocks: u64,
    /// Bytes live at that moment.
    pub peak_bytes: u64,
}

impl StackCost {
    fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            allocations: self.allocations.checked_add(other.allocations)?,
            allocated_bytes: self.allocated_bytes.checked_add(other.allocated_bytes)?,
            peak_blocks: self.peak_blocks.checked_add(other.peak_blocks)?,
            peak_bytes: self.peak_bytes.checked_add(other.peak_bytes)?,
        })
    }
}

impl HeapProfile {
    /// Reads the profile at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Json`] and [`Error::Malformed`]; see [`HeapProfile::parse`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&super::read(path)?, path)
    }

    /// Decodes `json`; `path` only names it in errors. Linear in time and space.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if it is truncated. [`Error::Malformed`] if it is not a heap profile of
    /// version 2, refers to a missing frame, contains a frame that is not `address: function
    /// (file:line:column)`, or if its figures overflow 64 bits.
    pub fn parse(json: &[u8], path: &Path) -> Result<Self, Error> {
        let malformed = |place: String, reason| Error::Malformed {
            file: path.to_owned(),
            place,
            reason,
        };
        let written: Written = super::decode(json, path)?;
        let has_columns = match mode(&written) {
            Ok(has_columns) => has_columns,
            Err(reason) => return Err(malformed("dhatFileVersion and mode".to_owned(), reason)),
        };
        let frames = written
            .frames
            .iter()
            .enumerate()
            .map(|(index, frame)| {
                parse_frame(frame, has_columns)
                    .ok_or_else(|| malformed(format!("frame {index}"), "not a frame of a stack"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut total = StackCost::default();
        let mut points = Vec::with_capacity(written.points.len());
        for (index, point) in written.points.into_iter().enumerate() {
            let place = || format!("program point {index}");
            if point.stack.iter().any(|&frame| frame >= frames.len()) {
                return Err(malformed(place(), "its stack refers to a missing frame"));
            }
            let cost = StackCost {
                allocations: point.blocks,
                allocated_bytes: point.bytes,
                peak_blocks: point.peak_blocks,
                peak_bytes: point.peak_bytes,
            };
            total = total
                .checked_add(cost)
                .ok_or_else(|| malformed(place(), "the sum of its figures overflows"))?;
            points.push(ProgramPoint {
                cost,
                stack: point.stack,
            });
        }
        Ok(Self { frames, points })
    }

    /// The sum over all program points.
    pub fn total(&self) -> StackCost {
        sum(self.points.iter())
    }

    /// The sum over the program points whose stack contains this function or one of its closures,
    /// and the sum over all others.
    ///
    /// The runtime of threads allocates differently from run to run, while blocks below the
    /// function that does the work are the same in every run.
    pub fn own_and_runtime(&self, function: &str) -> (StackCost, StackCost) {
        self.split(|frame| is_within(frame, function))
    }

    /// The sum over the program points whose stack contains a function for which `is_own` is true,
    /// and the sum over all others.
    pub(crate) fn split(&self, is_own: impl Fn(&str) -> bool) -> (StackCost, StackCost) {
        let (own, others): (Vec<_>, Vec<_>) = self.points.iter().partition(|point| {
            let mut functions = (point.stack.iter()).map(|&frame| &self.frames[frame].function);
            functions.any(|function| is_own(function))
        });
        (sum(own.into_iter()), sum(others.into_iter()))
    }

    /// The same profile without the frames of the profiler and of the harness: stacks begin at the
    /// call to the allocator and end where the work of the case begins.
    ///
    /// `counted_call` is the function that makes the call; in profiles of benches it is
    /// [`COUNTED_CALL`](crate::run::COUNTED_CALL). A stack that would lose all its frames keeps them,
    /// so no cost is lost.
    pub fn within_call(&self, counted_call: &str) -> Self {
        let function = |frame: &usize| self.frames[*frame].function.as_str();
        let within = |stack: &[usize]| {
            let end = (stack.iter())
                .position(|frame| is_within(function(frame), counted_call))
                .unwrap_or(stack.len());
            // Cuts the harness's frames between the counted call and the case's closure.
            let end = (stack[..end].iter())
                .position(|frame| is_harness(function(frame)))
                .unwrap_or(end);
            let start = (stack[..end].iter())
                .rposition(|frame| is_profiler(function(frame)))
                .map_or(0, |last| last + 1);
            match &stack[start..end] {
                [] => stack.to_vec(),
                inner => inner.to_vec(),
            }
        };
        let points = (self.points.iter())
            .map(|point| ProgramPoint {
                cost: point.cost,
                stack: within(&point.stack),
            })
            .collect();
        Self {
            frames: self.frames.clone(),
            points,
        }
    }

    /// The physical frames of `point`, innermost first. Within each, inlined frames come first and
    /// the physical function comes last.
    ///
    /// Recursion through one call site repeats an address with everything inlined there; such a
    /// group is split into its periods.
    pub fn physical_frames<'a>(
        &'a self,
        point: &'a ProgramPoint,
    ) -> impl Iterator<Item = &'a [usize]> {
        point
            .stack
            .chunk_by(|&inner, &outer| self.frames[inner].address == self.frames[outer].address)
            .flat_map(|group| group.chunks(period(group)))
    }
}

/// The length of the shortest prefix that, repeated, gives `group`.
fn period(group: &[usize]) -> usize {
    (1..=group.len())
        .filter(|length| group.len().is_multiple_of(*length))
        .find(|&length| group.chunks(length).all(|copy| *copy == group[..length]))
        .unwrap_or(1)
}

/// The sum over `points`. Cannot overflow: `parse` checked the sum over all points.
fn sum<'a>(points: impl Iterator<Item = &'a ProgramPoint>) -> StackCost {
    points.fold(StackCost::default(), |total, point| {
        total.checked_add(point.cost).unwrap_or(total)
    })
}

fn is_profiler(function: &str) -> bool {
    let path = function.trim_start_matches('<');
    [
        "dhat::",
        "benchlens_heap::Switch",
        "backtrace::",
        "__rustc::",
    ]
    .iter()
    .any(|prefix| path.starts_with(prefix))
}

/// Whether `name` is a function of this path, or a closure in it.
pub(crate) fn is_within(name: &str, function: &str) -> bool {
    !function.is_empty()
        && name
            .strip_prefix(function)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether locations in the file have columns; an error if the mode is not supported.
fn mode(written: &Written) -> Result<bool, &'static str> {
    match (written.version, written.mode.as_str()) {
        (2, "rust-heap") => Ok(true),
        (2, "heap") => Ok(false),
        (2, "ad-hoc" | "rust-ad-hoc") => {
            Err("an ad-hoc profile counts events, not memory: only heap profiles are shown")
        }
        (2, "copy") => Err("a copy profile counts bytes that were copied, not taken from the heap"),
        _ => Err("only version 2 of a heap profile is supported"),
    }
}

/// `0x7f01: name (some/file.rs:12:3)`; the first entry of the table is `[root]`.
fn parse_frame(text: &str, has_columns: bool) -> Option<StackFrame> {
    if text == "[root]" {
        return Some(StackFrame {
            address: 0,
            function: text.to_owned(),
            file: "???".to_owned(),
            line: 0,
        });
    }
    let (address, rest) = text.split_once(": ")?;
    let address = u64::from_str_radix(address.strip_prefix("0x")?, 16).ok()?;
    if !has_columns {
        return Some(valgrinds_frame(address, rest));
    }
    let (function, place) = split_place(rest)?;
    let mut parts = place.rsplitn(3, ':');
    let _column: u32 = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    Some(StackFrame {
        address,
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    })
}

/// `name(int) (file.cpp:12)`, `name (in /lib/object.so)`, or a name alone.
fn valgrinds_frame(address: u64, text: &str) -> StackFrame {
    let frame = |function: &str, file: &str, line| StackFrame {
        address,
        function: demangled(function),
        file: file.to_owned(),
        line,
    };
    let Some((function, place)) = split_place(text) else {
        return frame(text, "???", 0);
    };
    if place.starts_with("in ") {
        return frame(function, "???", 0);
    }
    match place
        .rsplit_once(':')
        .map(|(file, line)| (file, line.parse()))
    {
        Some((file, Ok(line))) => frame(function, file, line),
        // The parenthesis is part of the name; there is no location.
        _ => frame(text, "???", 0),
    }
}

/// Demangles a name that valgrind left mangled.
fn demangled(name: &str) -> String {
    #[cfg(feature = "profiles")]
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        return format!("{demangled:#}");
    }
    name.to_owned()
}

/// Splits `name (some/file.rs:12:3)` at the parenthesis that matches the last one, since names and
/// paths may contain parentheses. If they are unbalanced, splits at the last opening one.
fn split_place(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 0_usize;
    for (at, letter) in inner.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' if depth == 0 && inner[..at].ends_with(' ') => {
                return Some((&inner[..at - 1], &inner[at + 1..]));
            }
            '(' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    inner.rsplit_once(" (")
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "dhatFileVersion")]
    version: u32,
    mode: String,
    #[serde(rename = "pps")]
    points: Vec<WrittenPoint>,
    #[serde(rename = "ftbl")]
    frames: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenPoint {
    #[serde(rename = "tb")]
    bytes: u64,
    #[serde(rename = "tbk")]
    blocks: u64,
    #[serde(rename = "gb")]
    peak_bytes: u64,
    #[serde(rename = "gbk")]
    peak_blocks: u64,
    #[serde(rename = "fs")]
    stack: Vec<usize>,
}

#[cfg(test)]
mod tests;
