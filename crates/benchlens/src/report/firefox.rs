//! Samples in the format of <https://profiler.firefox.com>: by thread, each at its time, with inlined functions.
//!
//! The viewer runs in the browser and uploads nothing.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameInfo, Profile,
    SamplingInterval, Timestamp,
};

use crate::profile::is_standard;
use crate::profile::samples::{SYSTEM_CALL, SampleProfile};

/// Encodes the samples as JSON; `title` names the process. Its number is that of the first sample's thread.
/// Equal profiles give equal bytes.
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
                frame: Frame::Label(profile.intern_string(&frame.function)),
                category_pair: categories.of(&frame.function).into(),
                flags: FrameFlags::empty(),
            })
            .collect();
        let stack = profile.intern_stack_frames(thread, frames.into_iter());
        let spent = CpuDelta::from(Duration::from_nanos(sample.nanoseconds));
        profile.add_sample(thread, at, stack, spent, 1);
    }
    serde_json::to_vec(&profile)
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
    use serde_json::Value;

    use super::*;
    use crate::profile::inlined;
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
}
