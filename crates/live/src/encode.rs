//! A profile as a gzipped pprof protobuf, which `go tool pprof` reads.
//!
//! An address is one location, and the functions inlined there are its lines, innermost first. Names are put
//! in here, so that pprof needs no executable.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use flate2::{Compression, GzBuilder};
use prost::Message;

use crate::symbols::Symbols;

/// A kind of figure and its unit: `("alloc_space", "bytes")`.
pub(crate) type Kind = (&'static str, &'static str);

/// What a profile counts.
pub(crate) struct Shape {
    /// The figures of each sample, in their order.
    pub(crate) kinds: &'static [Kind],
    /// The one that is shown unless another is asked for.
    pub(crate) default: &'static str,
    /// What is between two samples.
    pub(crate) period_kind: Kind,
    pub(crate) period: u64,
}

/// A profile in the making.
pub(crate) struct Encoder {
    strings: HashMap<String, i64>,
    functions: HashMap<(i64, i64), u64>,
    locations: HashMap<usize, u64>,
    symbols: Symbols,
    written: Profile,
}

impl Encoder {
    pub(crate) fn new(shape: &Shape) -> Self {
        let mut encoder = Self {
            strings: HashMap::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            symbols: Symbols::default(),
            written: Profile::default(),
        };
        encoder.string("");
        for kind in shape.kinds {
            let kind = encoder.kind(kind);
            encoder.written.sample_types.push(kind);
        }
        encoder.written.period_type = Some(encoder.kind(&shape.period_kind));
        encoder.written.period = shape.period as i64;
        encoder.written.default_sample_type = encoder.string(shape.default);
        let executable = std::env::current_exe().unwrap_or_default();
        // The mapping declares that symbols are present; otherwise pprof would search for the executable.
        let mapping = Mapping {
            id: 1,
            memory_limit: u64::MAX,
            file: encoder.string(&executable.to_string_lossy()),
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Mapping::default()
        };
        encoder.written.mappings.push(mapping);
        encoder
    }

    /// Adds a sample; `labels` are shown by `pprof -tags`.
    pub(crate) fn sample(&mut self, stack: &[usize], values: &[i64], labels: &[(&str, &str)]) {
        let location_ids = stack
            .iter()
            .map(|&address| self.location(address))
            .collect();
        let labels = labels.iter().map(|(key, value)| Label {
            key: self.string(key),
            text: self.string(value),
        });
        let labels = labels.collect();
        self.written.samples.push(Sample {
            location_ids,
            values: values.to_vec(),
            labels,
        });
    }

    /// A remark that pprof prints above its reports.
    pub(crate) fn comment(&mut self, text: &str) {
        let text = self.string(text);
        self.written.comments.push(text);
    }

    /// Names of the addresses, to look into before they are sampled.
    pub(crate) fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// The encoded profile. `duration` is the time that it covers, if that is not the process's life.
    pub(crate) fn finish(
        mut self,
        start: SystemTime,
        duration: Option<Duration>,
    ) -> io::Result<Vec<u8>> {
        let since = start.duration_since(SystemTime::UNIX_EPOCH);
        self.written.time_nanos = since.map_or(0, |since| since.as_nanos() as i64);
        self.written.duration_nanos = duration.map_or(0, |it| it.as_nanos() as i64);
        let mut compressor = GzBuilder::new().write(Vec::new(), Compression::fast());
        compressor.write_all(&self.written.encode_to_vec())?;
        compressor.finish()
    }

    fn kind(&mut self, (kind, unit): &Kind) -> ValueType {
        ValueType {
            kind: self.string(kind),
            unit: self.string(unit),
        }
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

    fn location(&mut self, address: usize) -> u64 {
        if let Some(&id) = self.locations.get(&address) {
            return id;
        }
        let lines = self.symbols.at(address);
        let lines = lines.iter().map(|line| Line {
            function_id: self.function(&line.name, &line.system_name, &line.file),
            line: i64::from(line.line),
        });
        let lines = lines.collect();
        let id = self.locations.len() as u64 + 1;
        self.locations.insert(address, id);
        self.written.locations.push(Location {
            id,
            mapping_id: 1,
            address: address as u64,
            lines,
        });
        id
    }

    fn function(&mut self, name: &str, system_name: &str, file: &str) -> u64 {
        let (name, file) = (self.string(name), self.string(file));
        let system_name = self.string(system_name);
        let next = self.functions.len() as u64 + 1;
        let id = *self.functions.entry((system_name, file)).or_insert(next);
        if id == next {
            self.written.functions.push(Function {
                id,
                name,
                system_name,
                file,
            });
        }
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
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, repeated, tag = "13")]
    comments: Vec<i64>,
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
    #[prost(message, repeated, tag = "3")]
    labels: Vec<Label>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(int64, tag = "2")]
    text: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(int64, tag = "5")]
    file: i64,
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
