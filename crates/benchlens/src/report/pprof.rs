//! A heap profile as a gzipped pprof protobuf, which `go tool pprof` reads.
//!
//! A physical frame is one location, and the functions inlined into it are its lines, innermost
//! first, so that `-noinlines` folds them into the function whose machine code it is.

use std::collections::HashMap;
use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use prost::Message;
use thiserror::Error;

use crate::profile::dhat::HeapProfile;

/// The sample types, in the order of a sample's values.
const SAMPLE_TYPES: [(&str, &str); 4] = [
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

/// Encodes and compresses `profile`; equal profiles give equal bytes.
///
/// `inuse` is what was live when the process held the most bytes. Linear in time and space.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
pub fn encode(profile: &HeapProfile) -> Result<Vec<u8>, Error> {
    let message = Builder::default().build(profile)?;
    let mut compressor = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    compressor.write_all(&message.encode_to_vec())?;
    Ok(compressor.finish()?)
}

#[derive(Default)]
struct Builder {
    strings: HashMap<String, i64>,
    functions: HashMap<(i64, i64), u64>,
    locations: HashMap<Vec<usize>, u64>,
    written: Profile,
}

impl Builder {
    fn build(mut self, profile: &HeapProfile) -> Result<Profile, Error> {
        self.string("");
        for (kind, unit) in SAMPLE_TYPES {
            let sample_type = ValueType {
                kind: self.string(kind),
                unit: self.string(unit),
            };
            self.written.sample_types.push(sample_type);
        }
        self.written.default_sample_type = self.string(SAMPLE_TYPES[1].0);
        // Without a mapping that says so, pprof would look for the executable to find names.
        self.written.mappings.push(Mapping {
            id: 1,
            memory_limit: u64::MAX,
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Mapping::default()
        });
        for point in &profile.points {
            let location_ids = profile
                .physical_frames(point)
                .map(|frames| self.location(profile, frames))
                .collect();
            let cost = point.cost;
            let values = [
                cost.allocations,
                cost.allocated_bytes,
                cost.peak_blocks,
                cost.peak_bytes,
            ];
            let values = values
                .into_iter()
                .map(|value| i64::try_from(value).map_err(|_| Error::Overflow(value)))
                .collect::<Result<_, _>>()?;
            self.written.samples.push(Sample {
                location_ids,
                values,
            });
        }
        Ok(self.written)
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
                system_name: name,
                file,
            });
        }
        id
    }

    fn location(&mut self, profile: &HeapProfile, frames: &[usize]) -> u64 {
        if let Some(&id) = self.locations.get(frames) {
            return id;
        }
        let lines = frames
            .iter()
            .map(|&frame| {
                let frame = &profile.frames[frame];
                Line {
                    function_id: self.function(&frame.function, &frame.file),
                    line: i64::from(frame.line),
                }
            })
            .collect();
        let id = self.locations.len() as u64 + 1;
        self.locations.insert(frames.to_vec(), id);
        self.written.locations.push(Location {
            id,
            mapping_id: 1,
            address: frames
                .first()
                .map_or(0, |&frame| profile.frames[frame].address),
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
        let decoded = decode(&encode(&fixture()).unwrap());
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
        let decoded = decode(&encode(&fixture()).unwrap());
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
        assert!(matches!(encode(&profile), Err(Error::Overflow(u64::MAX))));
    }
}
