//! A profile as a gzipped pprof protobuf, which `go tool pprof` reads.
//!
//! A physical frame is one location, and the functions inlined into it are its lines, innermost
//! first, so that `-noinlines` folds them into the physical function.

use std::collections::HashMap;
use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use prost::Message;
use thiserror::Error;

use crate::profile::dhat::HeapProfile;
#[cfg(feature = "profiles")]
use crate::profile::inlined::InlineProfile;
#[cfg(feature = "profiles")]
use crate::profile::samples::SampleProfile;

/// The sample types of the heap, in the order of a sample's values.
const OF_HEAP: [(&str, &str); 4] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
];

/// Why a profile could not be encoded.
#[derive(Debug, Error)]
pub enum Error {
    /// pprof's values are signed.
    #[error("a figure of {0} does not fit into the 63 bits of a pprof value")]
    Overflow(u64),
    /// The compressor failed.
    #[error("cannot compress the profile")]
    Compress(#[from] io::Error),
}

/// The default sample type of a heap profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// Blocks allocated.
    Blocks,
    /// Bytes allocated.
    #[default]
    Bytes,
    /// Bytes live at the peak.
    Peak,
}

/// Encodes and compresses a heap profile; equal profiles give equal bytes.
///
/// It contains all sample types; `first` is the default. `inuse` is what was live at the peak. Linear
/// in time and space.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
pub fn heap(profile: &HeapProfile, first: First) -> Result<Vec<u8>, Error> {
    let first = match first {
        First::Blocks => 0,
        First::Bytes => 1,
        First::Peak => 3,
    };
    let mut builder = Builder::new(&OF_HEAP, first);
    let frame = |frame: usize| {
        let frame = &profile.frames[frame];
        (frame.function.as_str(), frame.file.as_str(), frame.line)
    };
    for point in &profile.points {
        let locations = (profile.physical_frames(point))
            .map(|frames| {
                let address = profile.frames[frames[0]].address;
                builder.location(frames, address, frame)
            })
            .collect();
        let cost = point.cost;
        let values = [
            cost.allocations,
            cost.allocated_bytes,
            cost.peak_blocks,
            cost.peak_bytes,
        ];
        builder.sample(locations, &values)?;
    }
    builder.finish()
}

/// Encodes and compresses an instruction profile: one sample per chain of inlined functions.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
#[cfg(feature = "profiles")]
pub fn instructions(profile: &InlineProfile) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new(&[("instructions", "count")], 0);
    let frame = |frame: usize| {
        let frame = &profile.frames[frame];
        (frame.function.as_str(), frame.file.as_str(), frame.line)
    };
    for chain in &profile.chains {
        let location = builder.location(&chain.frames, 0, frame);
        builder.sample(vec![location], &[chain.instructions])?;
    }
    builder.finish()
}

/// Encodes and compresses samples as Go's profiles of processor time have them: their number, and the time that
/// they stand for.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
#[cfg(feature = "profiles")]
pub fn samples(profile: &SampleProfile) -> Result<Vec<u8>, Error> {
    const TYPES: [(&str, &str); 2] = [("samples", "count"), ("cpu", "nanoseconds")];
    let mut builder = Builder::new(&TYPES, 1);
    let frame = |frame: usize| {
        let frame = &profile.frames[frame];
        (frame.function.as_str(), frame.file.as_str(), frame.line)
    };
    for stack in profile.weighted() {
        let chains = stack.chains.iter().map(|&chain| &profile.chains[chain]);
        let locations = chains.map(|chain| builder.location(chain, 0, frame));
        let locations = locations.collect();
        builder.sample(locations, &[stack.samples, stack.nanoseconds])?;
    }
    let facts = &profile.facts;
    builder.written.duration_nanos = signed(facts.nanoseconds)?;
    builder.written.period = 1_000_000_000 / i64::from(facts.frequency.max(1));
    builder.written.period_type = Some(ValueType {
        kind: builder.string("cpu"),
        unit: builder.string("nanoseconds"),
    });
    builder.finish()
}

fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Overflow(value))
}

#[derive(Default)]
struct Builder {
    strings: HashMap<String, i64>,
    functions: HashMap<(i64, i64), u64>,
    locations: HashMap<Vec<usize>, u64>,
    written: Profile,
}

impl Builder {
    fn new(types: &[(&str, &str)], first: usize) -> Self {
        let mut builder = Self::default();
        builder.string("");
        for (kind, unit) in types {
            let sample_type = ValueType {
                kind: builder.string(kind),
                unit: builder.string(unit),
            };
            builder.written.sample_types.push(sample_type);
        }
        builder.written.default_sample_type = builder.string(types[first].0);
        // The mapping declares that symbols are present; otherwise pprof would search for the
        // executable.
        builder.written.mappings.push(Mapping {
            id: 1,
            memory_limit: u64::MAX,
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Mapping::default()
        });
        builder
    }

    fn sample(&mut self, location_ids: Vec<u64>, values: &[u64]) -> Result<(), Error> {
        let values = (values.iter())
            .map(|&value| signed(value))
            .collect::<Result<_, _>>()?;
        self.written.samples.push(Sample {
            location_ids,
            values,
        });
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        let mut compressor = GzBuilder::new()
            .mtime(0)
            .write(Vec::new(), Compression::default());
        compressor.write_all(&self.written.encode_to_vec())?;
        Ok(compressor.finish()?)
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(&index) = self.strings.get(text) {
            return index;
        }
        let index = self.written.strings.len() as i64;
        self.written.strings.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    fn function(&mut self, name: &str, file: &str) -> u64 {
        let (name, file) = (self.string(name), self.string(file));
        let next = self.functions.len() as u64 + 1;
        let id = *self.functions.entry((name, file)).or_insert(next);
        if id == next {
            self.written.functions.push(Function {
                id,
                name,
                // pprof takes a name that equals the system's for a mangled one, and would drop all that stands
                // in `<>` from it.
                system_name: 0,
                file,
            });
        }
        id
    }

    fn location<'a>(
        &mut self,
        frames: &[usize],
        address: u64,
        frame: impl Fn(usize) -> (&'a str, &'a str, u32),
    ) -> u64 {
        if let Some(&id) = self.locations.get(frames) {
            return id;
        }
        let lines = frames
            .iter()
            .map(|&at| {
                let (function, file, line) = frame(at);
                Line {
                    function_id: self.function(function, file),
                    line: i64::from(line),
                }
            })
            .collect();
        let id = self.locations.len() as u64 + 1;
        self.locations.insert(frames.to_vec(), id);
        self.written.locations.push(Location {
            id,
            mapping_id: 1,
            address,
            lines,
        });
        id
    }
}

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mappings: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_ids: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
    #[prost(bool, tag = "8")]
    has_filenames: bool,
    #[prost(bool, tag = "9")]
    has_line_numbers: bool,
    #[prost(bool, tag = "10")]
    has_inline_frames: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    lines: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    file: i64,
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::path::Path;

    use super::*;

    fn fixture() -> HeapProfile {
        let json = include_bytes!("../../fixtures/profiles/dhat.json");
        let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
        profile.within_call("benchlens_heap::measure")
    }

    fn decode(encoded: &[u8]) -> Profile {
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(encoded);
        decoder.read_to_end(&mut bytes).unwrap();
        Profile::decode(bytes.as_slice()).unwrap()
    }

    #[test]
    fn the_samples_add_up_to_the_profile() {
        let decoded = decode(&heap(&fixture(), First::Bytes).unwrap());
        let sum = |index: usize| -> i64 {
            decoded
                .samples
                .iter()
                .map(|sample| sample.values[index])
                .sum()
        };
        assert_eq!([sum(0), sum(1), sum(2), sum(3)], [7, 639, 4, 415]);
    }

    #[test]
    fn an_inlined_function_is_a_line_of_its_callers_location() {
        let decoded = decode(&heap(&fixture(), First::Bytes).unwrap());
        let name = |line: &Line| {
            let function = &decoded.functions[line.function_id as usize - 1];
            decoded.strings[function.name as usize].as_str()
        };
        let boxed = decoded
            .samples
            .iter()
            .find(|sample| sample.values[1] == 32)
            .unwrap();
        let location = &decoded.locations[boxed.location_ids[0] as usize - 1];
        let names: Vec<_> = location.lines.iter().map(name).collect();
        assert_eq!(names.first(), Some(&"alloc::alloc::alloc"));
        assert_eq!(names.last(), Some(&"profile_fixture::numbers"));
        assert!(names.contains(&"profile_fixture::boxed"));
    }

    #[test]
    fn a_figure_beyond_a_signed_value_is_an_error() {
        let mut profile = fixture();
        profile.points[0].cost.allocated_bytes = u64::MAX;
        assert!(matches!(
            heap(&profile, First::Bytes),
            Err(Error::Overflow(u64::MAX))
        ));
    }
}
