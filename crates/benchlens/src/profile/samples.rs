//! Samples of processor time: where the threads of a case were while it was repeated.
//!
//! A sample has a time, the processor time for which it stands, and a stack: a list of physical frames, each a
//! chain of inlined functions. A figure from samples is an estimate; [`SampleProfile::error`] is its uncertainty.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use super::inlined::Frame;

/// What a sampler saw of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleProfile {
    /// How it was sampled.
    pub facts: Facts,
    /// The frames that chains refer to, by index.
    pub frames: Vec<Frame>,
    /// Physical frames: indices into [`frames`](Self::frames), innermost first; the last is the physical
    /// function, all others were inlined into it.
    pub chains: Vec<Vec<usize>>,
    /// Indices into [`chains`](Self::chains), innermost first; none is empty.
    pub stacks: Vec<Vec<usize>>,
    /// In the order of time.
    pub samples: Vec<Sample>,
}

/// How a case was sampled, and what is not in the stacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The sampler.
    pub sampler: SamplerKind,
    /// Why perf was not used; empty if it was, or if this sampler was asked for.
    pub why: String,
    /// The requested number of samples per second of processor time.
    pub frequency: u32,
    /// How many calls were made.
    pub calls: u64,
    /// How long the calls took, including the time between them, in nanoseconds.
    pub nanoseconds: u64,
    /// The hash of the executable, as in rows.
    pub executable: String,
    /// Samples outside of the calls: inputs being made, outputs dropped, the harness.
    pub outside: u64,
    /// Samples in a call whose stack could not be followed to its beginning.
    pub cut: u64,
    /// Samples that the sampler lost.
    pub lost: u64,
    /// Whether time within the kernel is seen.
    pub sees_kernel: bool,
    /// The processor time of the process while it was sampled, in nanoseconds; `None` if the system has no such clock.
    pub used: Option<u64>,
    /// The processor time that all samples stand for, including those outside of the calls, in nanoseconds.
    pub stood_for: u64,
}

impl Facts {
    /// The share of the processor time that the samples stand for; `None` if the processor time is not known.
    pub fn coverage(&self) -> Option<f64> {
        let used = self.used.filter(|&used| used > 0)?;
        Some(self.stood_for as f64 / used as f64)
    }
}

/// The sampler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SamplerKind {
    /// The kernel, through `perf`.
    #[default]
    Perf,
    /// A timer in the process, whose signals are handled on the return from a system call, not within it.
    Timer,
}

impl SamplerKind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf",
            Self::Timer => "timer",
        }
    }
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// When, in nanoseconds since the first call began.
    pub at: u64,
    /// The processor time that it stands for, in nanoseconds.
    pub nanoseconds: u64,
    /// The thread's id.
    pub thread: u32,
    /// The index of its stack.
    pub stack: usize,
}

/// A stack, and the samples that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighted<'a> {
    /// Indices into [`SampleProfile::chains`], innermost first.
    pub chains: &'a [usize],
    /// How many samples have it.
    pub samples: u64,
    /// The processor time that they stand for, in nanoseconds.
    pub nanoseconds: u64,
}

/// The prefix of the name of a frame that stands for a system call.
pub const SYSTEM_CALL: &str = "[system call] ";

impl SampleProfile {
    /// Decodes `json`, which [`to_json`](Self::to_json) wrote; `path` only names it in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], and [`Error::Malformed`] if a part refers to a missing one.
    pub fn parse(json: &[u8], path: &Path) -> Result<Self, Error> {
        let profile: Self = super::decode(json, path)?;
        let is_whole = |parts: &[Vec<usize>], among: usize| {
            (parts.iter()).all(|part| !part.is_empty() && part.iter().all(|&at| at < among))
        };
        let place = if !is_whole(&profile.chains, profile.frames.len()) {
            "chains"
        } else if !is_whole(&profile.stacks, profile.chains.len()) {
            "stacks"
        } else if (profile.samples.iter()).any(|sample| sample.stack >= profile.stacks.len()) {
            "samples"
        } else {
            return Ok(profile);
        };
        Err(Error::Malformed {
            file: path.to_owned(),
            place: place.to_owned(),
            reason: "one is empty or refers to something that is missing",
        })
    }

    /// Reads the profile at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and as [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&super::read(path)?, path)
    }

    /// The profile as JSON.
    ///
    /// # Errors
    ///
    /// What the encoder says.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Each stack once, with the number of its samples and their processor time.
    pub fn weighted(&self) -> Vec<Weighted<'_>> {
        let mut weighted: Vec<_> = (self.stacks.iter())
            .map(|chains| Weighted {
                chains,
                samples: 0,
                nanoseconds: 0,
            })
            .collect();
        for sample in &self.samples {
            let stack = &mut weighted[sample.stack];
            stack.samples += 1;
            stack.nanoseconds = stack.nanoseconds.saturating_add(sample.nanoseconds);
        }
        weighted
    }

    /// The frames of a stack, innermost first, including inlined ones.
    pub fn frames_of<'a>(&'a self, stack: &'a [usize]) -> impl Iterator<Item = &'a Frame> {
        let chains = stack.iter().flat_map(|&chain| &self.chains[chain]);
        chains.map(|&frame| &self.frames[frame])
    }

    /// The number of samples.
    pub fn total(&self) -> u64 {
        self.samples.len() as u64
    }

    /// The processor time that all samples stand for, in nanoseconds.
    pub fn processor_time(&self) -> u64 {
        let times = self.samples.iter().map(|sample| sample.nanoseconds);
        times.fold(0, u64::saturating_add)
    }

    /// The processor time of one call, in nanoseconds; `None` without a sample.
    pub fn time_of_call(&self) -> Option<f64> {
        let is_known = self.facts.calls > 0 && !self.samples.is_empty();
        is_known.then(|| self.processor_time() as f64 / self.facts.calls as f64)
    }

    /// Half the width of the 95 % confidence interval of a share that `samples` of all samples have. It is Wilson's
    /// interval, which is right for few samples too.
    pub fn error(&self, samples: u64) -> f64 {
        const WIDTH: f64 = 1.96;
        let all = self.total() as f64;
        if all == 0.0 {
            return 1.0;
        }
        let share = samples as f64 / all;
        let square = WIDTH * WIDTH;
        let spread = share * (1.0 - share) / all + square / (4.0 * all * all);
        WIDTH * spread.sqrt() / (1.0 + square / all)
    }
}

/// Builds a profile that stores every frame, chain and stack once.
#[derive(Debug, Default)]
pub struct Builder {
    profile: SampleProfile,
    frames: HashMap<Frame, usize>,
    chains: HashMap<Vec<usize>, usize>,
    stacks: HashMap<Vec<usize>, usize>,
}

impl Builder {
    /// The index of a physical frame. `chain` holds its functions, innermost first, and is not empty.
    pub fn chain(&mut self, chain: &[Frame]) -> usize {
        let known = &mut self.frames;
        let frames = &mut self.profile.frames;
        let chain = (chain.iter())
            .map(|frame| {
                *known.entry(frame.clone()).or_insert_with(|| {
                    frames.push(frame.clone());
                    frames.len() - 1
                })
            })
            .collect();
        index(&mut self.chains, &mut self.profile.chains, chain)
    }

    /// Adds a sample. `stack` holds indices of chains, innermost first, and is not empty.
    pub fn sample(&mut self, at: u64, nanoseconds: u64, thread: u32, stack: Vec<usize>) {
        let stack = index(&mut self.stacks, &mut self.profile.stacks, stack);
        self.profile.samples.push(Sample {
            at,
            nanoseconds,
            thread,
            stack,
        });
    }

    /// The profile.
    pub fn finish(mut self, facts: Facts) -> SampleProfile {
        self.profile.samples.sort_by_key(|sample| sample.at);
        self.profile.facts = facts;
        self.profile
    }
}

#[cfg(test)]
impl Builder {
    /// The index of a physical frame into which nothing was inlined.
    pub(crate) fn plain(&mut self, function: &str) -> usize {
        self.chain(&[Frame {
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        }])
    }
}

fn index(
    known: &mut HashMap<Vec<usize>, usize>,
    all: &mut Vec<Vec<usize>>,
    one: Vec<usize>,
) -> usize {
    *known.entry(one).or_insert_with_key(|one| {
        all.push(one.clone());
        all.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, line: u32) -> Frame {
        Frame {
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line,
        }
    }

    fn profile() -> SampleProfile {
        let mut builder = Builder::default();
        let inner = builder.chain(&[frame("inlined", 7), frame("inner", 3)]);
        let outer = builder.chain(&[frame("outer", 1)]);
        builder.sample(20, 500, 1, vec![inner, outer]);
        builder.sample(10, 700, 1, vec![inner, outer]);
        builder.sample(30, 300, 2, vec![outer]);
        builder.finish(Facts {
            calls: 3,
            ..Facts::default()
        })
    }

    #[test]
    fn equal_stacks_are_one_and_the_samples_are_in_the_order_of_time() {
        let profile = profile();
        assert_eq!((profile.frames.len(), profile.stacks.len()), (3, 2));
        let times: Vec<_> = profile.samples.iter().map(|sample| sample.at).collect();
        assert_eq!(times, [10, 20, 30]);
        let weighted = profile.weighted();
        assert_eq!((weighted[0].samples, weighted[0].nanoseconds), (2, 1200));
        let names: Vec<_> = (profile.frames_of(weighted[0].chains))
            .map(|frame| frame.function.as_str())
            .collect();
        assert_eq!(names, ["inlined", "inner", "outer"]);
        assert_eq!(profile.time_of_call(), Some(500.0));
    }

    #[test]
    fn few_samples_are_a_wide_estimate() {
        let mut profile = profile();
        assert!(profile.error(1) > 0.3);
        let one = profile.samples[0];
        profile.samples = vec![one; 10_000];
        let half = profile.error(5_000);
        assert!((0.0095..0.0102).contains(&half), "{half}");
        // Nothing was seen in 10 000 samples, so the share is small, but not known to be 0.
        assert!((0.0001..0.001).contains(&profile.error(0)));
    }

    #[test]
    fn what_refers_to_a_missing_part_is_an_error_that_names_the_file() {
        let profile = profile();
        let json = String::from_utf8(profile.to_json().unwrap()).unwrap();
        let read = SampleProfile::parse(json.as_bytes(), Path::new("a.json")).unwrap();
        assert_eq!(read, profile);
        for damaged in [
            json[..json.len() - 1].to_owned(),
            json.replace("\"chains\":[[0,1]", "\"chains\":[[0,9]"),
            json.replace("\"stacks\":[[0,1]", "\"stacks\":[[]"),
            json.replace("\"thread\":2,\"stack\":1", "\"thread\":2,\"stack\":2"),
        ] {
            assert_ne!(damaged, json);
            let error = SampleProfile::parse(damaged.as_bytes(), Path::new("a.json")).unwrap_err();
            assert!(error.to_string().contains("a.json"), "{error}");
        }
    }
}
