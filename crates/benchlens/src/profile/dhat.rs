//! A heap profile: what dhat wrote in its JSON.
//!
//! dhat keeps a table of frames and a list of program points, each the stack of one place that
//! allocates, innermost frame first. Consecutive frames with the same address are one physical
//! frame: all but the outermost of them were inlined into it. dhat keeps the last three components
//! of a path only.
//!
//! valgrind's own DHAT writes the same file in the mode `heap`, with whole names and no columns. Its
//! frames are those of any language. Profiles of events (`ad-hoc`) and of copies are of something else,
//! and are refused by name.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::Error;
use crate::run::is_harness;

/// Every place that allocated during one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapProfile {
    /// The frames that stacks refer to.
    pub frames: Vec<Frame>,
    /// One stack with its figures each.
    pub points: Vec<ProgramPoint>,
}

/// One function on a stack, physical or inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Address in the process that was profiled; frames that share it are one physical frame.
    pub address: u64,
    /// Demangled name.
    pub function: String,
    /// The last three components of the source file's path, or `???`.
    pub file: String,
    /// Line in that file, from 1; 0 where it is not known.
    pub line: u32,
}

/// A stack that allocated, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramPoint {
    /// What it took from the heap.
    pub cost: Cost,
    /// Indices into [`HeapProfile::frames`], innermost first.
    pub stack: Vec<usize>,
}

/// What was taken from the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Blocks asked for; a reallocation counts as one.
    pub allocations: u64,
    /// Bytes asked for.
    pub allocated_bytes: u64,
    /// Blocks live at the moment when the process held the most bytes.
    pub peak_blocks: u64,
    /// Bytes live at that moment.
    pub peak_bytes: u64,
}

impl Cost {
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
        let json = fs::read(path).map_err(|source| Error::Read {
            file: path.to_owned(),
            source,
        })?;
        Self::parse(&json, path)
    }

    /// Decodes `json`; `path` only names it in errors. Linear in time and space.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] where it is not whole, [`Error::Malformed`] where it is not a Rust heap
    /// profile of version 2, refers to a frame that it does not have, holds a frame that is not
    /// `address: function (file:line:column)`, or where its figures overflow 64 bits.
    pub fn parse(json: &[u8], path: &Path) -> Result<Self, Error> {
        let malformed = |place: String, reason| Error::Malformed {
            file: path.to_owned(),
            place,
            reason,
        };
        let written: Written = serde_json::from_slice(json).map_err(|source| Error::Json {
            file: path.to_owned(),
            source,
        })?;
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
        let mut total = Cost::default();
        let mut points = Vec::with_capacity(written.points.len());
        for (index, point) in written.points.into_iter().enumerate() {
            let place = || format!("program point {index}");
            if point.stack.iter().any(|&frame| frame >= frames.len()) {
                return Err(malformed(
                    place(),
                    "its stack names a frame that is not there",
                ));
            }
            let cost = Cost {
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
    pub fn total(&self) -> Cost {
        sum(self.points.iter())
    }

    /// The sum over the program points whose stack holds a function with this name or a closure
    /// in it, and the sum over all others.
    ///
    /// Threads make the runtime allocate too, differently from run to run; the blocks under the
    /// function that does one piece of work are the same in every run.
    pub fn own_and_runtime(&self, function: &str) -> (Cost, Cost) {
        self.split(|frame| is_within(frame, function))
    }

    /// The sum over the program points whose stack holds a function that `is_own` names, and the sum
    /// over all others.
    pub(crate) fn split(&self, is_own: impl Fn(&str) -> bool) -> (Cost, Cost) {
        let (own, others): (Vec<_>, Vec<_>) = self.points.iter().partition(|point| {
            let mut functions = (point.stack.iter()).map(|&frame| &self.frames[frame].function);
            functions.any(|function| is_own(function))
        });
        (sum(own.into_iter()), sum(others.into_iter()))
    }

    /// The same profile with stacks that begin where the allocator was entered and end where the
    /// work of the case began: without the frames of the profiler and of the harness.
    ///
    /// `counted_call` is the function that makes the call, [`COUNTED_CALL`](crate::run::COUNTED_CALL)
    /// in what benches leave. A stack that would lose all its frames keeps them, so that no figure is
    /// lost.
    pub fn within_call(&self, counted_call: &str) -> Self {
        let function = |frame: &usize| self.frames[*frame].function.as_str();
        let within = |stack: &[usize]| {
            let end = (stack.iter())
                .position(|frame| is_within(function(frame), counted_call))
                .unwrap_or(stack.len());
            // What stands between the call and the case's own closure.
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

    /// The physical frames of `point`, innermost first; of each, the inlined frames come first
    /// and the function whose machine code it is comes last.
    ///
    /// Recursion through one call site repeats an address with all that was inlined there: such a
    /// group is as many frames as it has periods.
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

/// The length of the shortest beginning of `group` of which it is a whole number of copies.
fn period(group: &[usize]) -> usize {
    (1..=group.len())
        .filter(|length| group.len().is_multiple_of(*length))
        .find(|&length| group.chunks(length).all(|copy| *copy == group[..length]))
        .unwrap_or(1)
}

/// Sums cannot overflow: `parse` checked the sum over all points.
fn sum<'a>(points: impl Iterator<Item = &'a ProgramPoint>) -> Cost {
    points.fold(Cost::default(), |total, point| {
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

/// Whether places in the file have columns.
fn mode(written: &Written) -> Result<bool, &'static str> {
    match (written.version, written.mode.as_str()) {
        (2, "rust-heap") => Ok(true),
        (2, "heap") => Ok(false),
        (2, "ad-hoc" | "rust-ad-hoc") => {
            Err("an ad-hoc profile counts events, not memory: only heap profiles are shown")
        }
        (2, "copy") => Err("a copy profile counts bytes that were copied, not taken from the heap"),
        _ => Err("only version 2 of a heap profile is known"),
    }
}

/// `0x7f01: name (some/file.rs:12:3)`; the first entry of the table is `[root]`.
fn parse_frame(text: &str, has_columns: bool) -> Option<Frame> {
    if text == "[root]" {
        return Some(Frame {
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
    Some(Frame {
        address,
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    })
}

/// `name(int) (file.cpp:12)`, `name (in /lib/object.so)`, or a name alone.
fn valgrinds_frame(address: u64, text: &str) -> Frame {
    let frame = |function: &str, file: &str, line| Frame {
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
        // The parenthesis is a part of the name: there is no place.
        _ => frame(text, "???", 0),
    }
}

/// As people read it: valgrind does not know every scheme.
fn demangled(name: &str) -> String {
    #[cfg(feature = "profiles")]
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        return format!("{demangled:#}");
    }
    name.to_owned()
}

/// `name (some/file.rs:12:3)` at the parenthesis that belongs to the last one: names and paths may
/// hold parentheses of their own. Where a path has one without its counterpart, at the last that opens.
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
mod tests {
    use super::*;

    const FIXTURE: &str = include_str!("../../fixtures/profiles/dhat.json");

    fn parse(json: &str) -> Result<HeapProfile, Error> {
        HeapProfile::parse(json.as_bytes(), Path::new("dhat.json"))
    }

    #[test]
    fn the_total_is_what_dhat_printed() {
        let expected = Cost {
            allocations: 7,
            allocated_bytes: 639,
            peak_blocks: 4,
            peak_bytes: 415,
        };
        assert_eq!(parse(FIXTURE).unwrap().total(), expected);
    }

    #[test]
    fn own_blocks_are_those_under_the_named_function() {
        let profile = parse(FIXTURE).unwrap();
        let (own, runtime) = profile.own_and_runtime("profile_fixture::numbers");
        assert_eq!((own.allocations, own.allocated_bytes), (6, 539));
        assert_eq!((runtime.allocations, runtime.allocated_bytes), (1, 100));
        let (own, _) = profile.own_and_runtime("profile_fixture::doc");
        assert_eq!(own.allocations, 0);
        let (own, _) = profile.own_and_runtime("");
        assert_eq!(own.allocations, 0);
    }

    #[test]
    fn the_frames_of_profiler_and_harness_are_cut_and_no_figure_is_lost() {
        let whole = parse(FIXTURE).unwrap();
        let cut = whole.within_call("benchlens_heap::measure");
        assert_eq!(cut.total(), whole.total());
        for point in &cut.points {
            let name = |frame: Option<&usize>| cut.frames[*frame.unwrap()].function.clone();
            assert_eq!(name(point.stack.first()), "alloc::alloc::alloc");
            assert_eq!(
                name(point.stack.last()),
                "profile_fixture::main::{{closure}}"
            );
        }
        let nothing_left = whole.within_call("backtrace::backtrace::libunwind::trace");
        assert_eq!(nothing_left, whole);
    }

    #[test]
    fn an_inlined_constructor_shares_the_frame_of_its_caller() {
        let profile = parse(FIXTURE).unwrap();
        let boxed = profile
            .points
            .iter()
            .find(|point| point.cost.allocated_bytes == 32)
            .unwrap();
        let physical = profile
            .physical_frames(boxed)
            .map(|frames| {
                frames
                    .iter()
                    .map(|&frame| profile.frames[frame].function.as_str())
                    .collect::<Vec<_>>()
            })
            .find(|names| names.contains(&"profile_fixture::boxed"))
            .unwrap();
        assert_eq!(physical.last(), Some(&"profile_fixture::numbers"));
    }

    #[test]
    fn recursion_through_one_call_site_is_one_frame_a_call() {
        let frame = |address, function: &str| Frame {
            address,
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        };
        let profile = HeapProfile {
            frames: vec![frame(1, "inlined"), frame(1, "walk"), frame(2, "main")],
            points: Vec::new(),
        };
        let frames = |stack: &[usize]| {
            let point = ProgramPoint {
                cost: Cost::default(),
                stack: stack.to_vec(),
            };
            let frames = profile.physical_frames(&point).map(<[usize]>::to_vec);
            frames.collect::<Vec<_>>()
        };
        assert_eq!(frames(&[0, 1, 0, 1, 2]), [vec![0, 1], vec![0, 1], vec![2]]);
        assert_eq!(frames(&[1, 1, 1, 2]), [vec![1], vec![1], vec![1], vec![2]]);
        assert_eq!(frames(&[0, 1, 2]), [vec![0, 1], vec![2]]);
        assert_eq!(frames(&[0, 0, 1]), [vec![0, 0, 1]]);
    }

    #[test]
    fn parentheses_in_names_and_paths_stay_where_they_are() {
        for (text, function, file) in [
            ("a::b (src/a.rs:1:2)", "a::b", "src/a.rs"),
            ("a::b (my (own)/a.rs:1:2)", "a::b", "my (own)/a.rs"),
            (
                "<fn (u8) as a::B>::c (a (1).rs:1:2)",
                "<fn (u8) as a::B>::c",
                "a (1).rs",
            ),
        ] {
            let frame = parse_frame(&format!("0x1f: {text}"), true).unwrap();
            assert_eq!((&*frame.function, &*frame.file), (function, file));
        }
    }

    #[test]
    fn a_profile_of_valgrinds_own_is_read_and_other_modes_are_refused_by_name() {
        let written = |mode: &str| {
            format!(
                r#"{{"dhatFileVersion":2,"mode":"{mode}","verb":"Allocated","bklt":true,"bkacc":true,
                "cmd":"./a","pid":1,"te":9,"tg":5,"pps":[{{"tb":64,"tbk":2,"tl":1,"mb":32,"mbk":1,
                "gb":32,"gbk":1,"eb":0,"ebk":0,"rb":1,"wb":2,"acc":[-1,0],"fs":[1,2,3,4,5]}}],
                "ftbl":["[root]",
                "0x1: operator new(unsigned long) (vg_replace_malloc.c:422)",
                "0x2: ns::Tree<int>::grow(int const&) (tree (old).hpp:12)",
                "0x3: ??? (in /usr/lib/libx.so)", "0x4: main", "0x5: call(int)"]}}"#
            )
        };
        let profile = parse(&written("heap")).unwrap();
        assert_eq!(profile.total().allocations, 2);
        let frame = |at: usize| {
            let frame = &profile.frames[at];
            (frame.function.as_str(), frame.file.as_str(), frame.line)
        };
        let new = ("operator new(unsigned long)", "vg_replace_malloc.c", 422);
        assert_eq!(frame(1), new);
        let grow = ("ns::Tree<int>::grow(int const&)", "tree (old).hpp", 12);
        assert_eq!(frame(2), grow);
        assert_eq!(frame(3), ("???", "???", 0));
        assert_eq!(frame(4), ("main", "???", 0));
        assert_eq!(frame(5), ("call(int)", "???", 0));
        for (mode, word) in [
            ("ad-hoc", "ad-hoc"),
            ("rust-ad-hoc", "ad-hoc"),
            ("copy", "copy"),
        ] {
            let message = parse(&written(mode)).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn what_makes_the_call_is_not_shown() {
        let names = [
            "alloc::alloc::alloc",
            "mine::parse",
            "<benchlens::suite::prepared::Ready<S,I,O,F> as benchlens::suite::prepared::Prepared>::call",
            crate::run::COUNTED_CALL,
            "main",
        ];
        let frames = names.iter().map(|name| Frame {
            address: 1,
            function: (*name).to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        });
        let point = ProgramPoint {
            cost: Cost::default(),
            stack: (0..names.len()).collect(),
        };
        let whole = HeapProfile {
            frames: frames.collect(),
            points: vec![point],
        };
        let within = whole.within_call(crate::run::COUNTED_CALL);
        assert_eq!(within.points[0].stack, [0, 1]);
    }

    #[test]
    fn a_profile_cut_at_any_byte_is_an_error() {
        for end in 0..FIXTURE.trim_end().len() {
            let cut = &FIXTURE.as_bytes()[..end];
            assert!(HeapProfile::parse(cut, Path::new("cut")).is_err(), "{end}");
        }
    }

    #[test]
    fn damage_is_named_by_file_and_place() {
        let missing_frame = FIXTURE.replacen("36\n]", "3600\n]", 1);
        let message = parse(&missing_frame).unwrap_err().to_string();
        assert!(
            message.starts_with("dhat.json: program point 0"),
            "{message}"
        );
        let other_frame = FIXTURE.replacen("0x556444abfecf: backtrace", "backtrace", 1);
        let message = parse(&other_frame).unwrap_err().to_string();
        assert!(message.starts_with("dhat.json: frame 1"), "{message}");
        let huge = FIXTURE.replacen("\"tb\": 480", "\"tb\": 18446744073709551615", 1);
        let message = parse(&huge).unwrap_err().to_string();
        assert!(message.contains("overflows"), "{message}");
        let other_version = FIXTURE.replacen("Version\": 2", "Version\": 3", 1);
        assert!(parse(&other_version).is_err());
        let negative = FIXTURE.replacen("\"tbk\": 4", "\"tbk\": -4", 1);
        assert!(matches!(parse(&negative), Err(Error::Json { .. })));
    }
}
