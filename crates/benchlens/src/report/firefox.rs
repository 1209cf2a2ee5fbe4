//! Samples in the format of <https://profiler.firefox.com>: by thread, each at its time, with inlined functions and
//! lines.
//!
//! The viewer runs in the browser and uploads nothing.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameInfo, Profile,
    SamplingInterval, Timestamp,
};
use serde_json::{Value, json};

use crate::profile::inlined;
use crate::profile::is_standard;
use crate::profile::samples::{SYSTEM_CALL, SampleProfile};

/// Encodes the samples as JSON; `title` names the process. The process id is the thread id of the first sample. Equal
/// profiles give equal bytes.
///
/// # Errors
///
/// The JSON encoder's error.
pub fn encode(samples: &SampleProfile, title: &str) -> Result<Vec<u8>, serde_json::Error> {
    let period = 1_000_000_000 / u64::from(samples.facts.frequency.max(1));
    let begin = SystemTime::UNIX_EPOCH;
    let interval = SamplingInterval::from_nanos(period);
    let mut profile = Profile::new(title, begin.into(), interval);
    // All functions have names, so the viewer need not ask a symbol server.
    profile.set_symbolicated(true);
    let categories = Categories {
        own: profile.add_category("The code", CategoryColor::Orange),
        standard: profile.add_category("Standard library", CategoryColor::Blue),
        system: profile.add_category("System calls", CategoryColor::Red),
    };
    let first = samples.samples.first().map_or(0, |sample| sample.thread);
    let process = profile.add_process(title, first, Timestamp::from_nanos_since_reference(0));
    let mut threads = BTreeMap::new();
    for sample in &samples.samples {
        let at = Timestamp::from_nanos_since_reference(sample.at);
        let number = sample.thread;
        let thread = *threads.entry(number).or_insert_with(|| {
            let thread = profile.add_thread(process, number, at, number == first);
            profile.set_thread_name(thread, &format!("thread {number}"));
            thread
        });
        let frames: Vec<_> = samples.frames_of(&samples.stacks[sample.stack]).collect();
        let frames: Vec<_> = (frames.into_iter().rev())
            .map(|frame| FrameInfo {
                frame: Frame::Label(profile.intern_string(&label(frame))),
                category_pair: categories.of(&frame.function).into(),
                flags: FrameFlags::empty(),
            })
            .collect();
        let stack = profile.intern_stack_frames(thread, frames.into_iter());
        let spent = CpuDelta::from(Duration::from_nanos(sample.nanoseconds));
        profile.add_sample(thread, at, stack, spent, 1);
    }
    let mut profile = serde_json::to_value(&profile)?;
    for thread in profile["threads"].as_array_mut().into_iter().flatten() {
        split_labels(thread);
    }
    serde_json::to_vec(&profile)
}

/// A separator that no name of a function or file contains.
const BETWEEN: char = '\0';

/// Packs a frame and its place into one label, since the encoder has no lines.
fn label(frame: &inlined::Frame) -> String {
    let inlined::Frame {
        function,
        file,
        line,
    } = frame;
    format!("{function}{BETWEEN}{file}{BETWEEN}{line}")
}

/// The function, file and line of a [`label`].
fn parts(label: &str) -> (&str, &str, u32) {
    let mut parts = label.split(BETWEEN);
    let mut next = || parts.next().unwrap_or("");
    (next(), next(), next().parse().unwrap_or(0))
}

/// Unpacks the labels of a thread, so that each function occurs once and each frame has its line.
fn split_labels(thread: &mut Value) {
    let column = |table: &Value| table.as_array().cloned().unwrap_or_default();
    let labels = column(&thread["stringArray"]);
    let names = column(&thread["funcTable"]["name"]);
    let mut texts = Texts::default();
    let mut functions = Vec::new();
    let mut known = HashMap::new();
    let (mut funcs, mut lines) = (Vec::new(), Vec::new());
    for func in column(&thread["frameTable"]["func"]) {
        let at = |table: &[Value], index: &Value| -> Option<Value> {
            table.get(usize::try_from(index.as_u64()?).ok()?).cloned()
        };
        let label = at(&names, &func).and_then(|name| at(&labels, &name));
        let label = label.as_ref().and_then(Value::as_str).unwrap_or("");
        let (function, file, line) = parts(label);
        let place = (texts.index(function), texts.index(file));
        funcs.push(*known.entry(place).or_insert_with(|| {
            functions.push((place.0, (!file.is_empty()).then_some(place.1)));
            functions.len() - 1
        }));
        lines.push((line > 0).then_some(line));
    }
    let each = |value: Value| vec![value; functions.len()];
    thread["frameTable"]["func"] = json!(funcs);
    thread["frameTable"]["line"] = json!(lines);
    thread["funcTable"] = json!({
        "length": functions.len(),
        "name": functions.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "isJS": each(false.into()),
        "relevantForJS": each(false.into()),
        "resource": each((-1).into()),
        "fileName": functions.iter().map(|(_, file)| file).collect::<Vec<_>>(),
        "lineNumber": each(Value::Null),
        "columnNumber": each(Value::Null),
    });
    thread["stringArray"] = json!(texts.all);
}

/// A table of distinct strings.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Texts {
    fn index(&mut self, text: &str) -> usize {
        if let Some(&index) = self.known.get(text) {
            return index;
        }
        self.all.push(text.to_owned());
        self.known.insert(text.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }
}

/// The categories, which colour the viewer's timeline.
struct Categories {
    own: CategoryHandle,
    standard: CategoryHandle,
    system: CategoryHandle,
}

impl Categories {
    fn of(&self, function: &str) -> CategoryHandle {
        if function.starts_with(SYSTEM_CALL) || function.starts_with("[kernel]") {
            self.system
        } else if is_standard(function) {
            self.standard
        } else {
            self.own
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{Builder, Facts};

    #[test]
    fn every_sample_has_its_time_its_thread_and_its_stack() {
        let frame = |function: &str| inlined::Frame {
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        };
        let mut builder = Builder::default();
        let read = builder.chain(&[frame("[system call] read")]);
        let main = builder.chain(&[frame("inlined"), frame("mine::main")]);
        builder.sample(2_000_000, 900_000, 7, vec![read, main]);
        builder.sample(3_000_000, 900_000, 7, vec![main]);
        builder.sample(4_000_000, 900_000, 8, vec![main]);
        let facts = Facts {
            frequency: 1000,
            ..Facts::default()
        };
        let json = encode(&builder.finish(facts), "a/b").unwrap();
        let profile: Value = serde_json::from_slice(&json).unwrap();
        let threads = profile["threads"].as_array().unwrap();
        let lengths: Vec<_> = (threads.iter())
            .map(|thread| thread["samples"]["length"].as_u64().unwrap())
            .collect();
        assert_eq!(lengths, [2, 1]);
        // The stack table is a tree of frames: main, inlined, read. Both stacks share `main`.
        assert_eq!(threads[0]["stackTable"]["length"], 3);
        let text = String::from_utf8(json).unwrap();
        assert!(text.contains("[system call] read") && text.contains("\"interval\":1"));
    }

    #[test]
    fn a_function_is_one_and_its_frames_have_lines() {
        let frame = |line| inlined::Frame {
            function: "mine::main".to_owned(),
            file: "a.rs".to_owned(),
            line,
        };
        let mut builder = Builder::default();
        for line in [3, 7, 0] {
            let chain = builder.chain(&[frame(line)]);
            builder.sample(u64::from(line), 900_000, 7, vec![chain]);
        }
        let json = encode(&builder.finish(Facts::default()), "a/b").unwrap();
        let profile: Value = serde_json::from_slice(&json).unwrap();
        let thread = &profile["threads"][0];
        assert_eq!(thread["stringArray"], json!(["mine::main", "a.rs"]));
        assert_eq!(thread["funcTable"]["name"], json!([0]));
        assert_eq!(thread["funcTable"]["fileName"], json!([1]));
        assert_eq!(thread["frameTable"]["func"], json!([0, 0, 0]));
        let mut lines = thread["frameTable"]["line"].as_array().unwrap().clone();
        lines.sort_by_key(Value::as_u64);
        assert_eq!(lines, [json!(null), json!(3), json!(7)]);
    }
}
