//! The messages of pprof's
//! [`profile.proto`](https://github.com/google/pprof/blob/main/proto/profile.proto), with its tags.
//!
//! A string is an index into [`Profile::strings`], whose first string is empty. Messages refer to each other by
//! id. Fields that this crate does not write are left out, and skipped when reading.

use prost::Message;

/// The kind of a value and its unit, such as `cpu` and `nanoseconds`.
#[derive(Clone, PartialEq, Message)]
pub struct ValueType {
    /// The kind's name.
    #[prost(int64, tag = "1")]
    pub kind: i64,
    /// The unit.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// A whole profile.
#[derive(Clone, PartialEq, Message)]
pub struct Profile {
    /// The kinds of a sample's values, in order.
    #[prost(message, repeated, tag = "1")]
    pub sample_types: Vec<ValueType>,
    /// The values by stack.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// The executable and its libraries.
    #[prost(message, repeated, tag = "3")]
    pub mappings: Vec<Mapping>,
    /// The physical frames of all stacks.
    #[prost(message, repeated, tag = "4")]
    pub locations: Vec<Location>,
    /// The functions of all frames.
    #[prost(message, repeated, tag = "5")]
    pub functions: Vec<Function>,
    /// All strings, each once.
    #[prost(string, repeated, tag = "6")]
    pub strings: Vec<String>,
    /// When the profile began, since 1970.
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    /// The time that the profile covers.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// The kind of the sampling period.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    /// The sampling period: how much of that kind lies between two samples.
    #[prost(int64, tag = "12")]
    pub period: i64,
    /// Comments, which pprof prints above its reports.
    #[prost(int64, repeated, tag = "13")]
    pub comments: Vec<i64>,
    /// The name of the kind that is shown unless another is asked for.
    #[prost(int64, tag = "14")]
    pub default_sample_type: i64,
}

/// The values of one stack.
#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    /// The stack, innermost frame first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_ids: Vec<u64>,
    /// A value of each kind.
    #[prost(int64, repeated, tag = "2")]
    pub values: Vec<i64>,
    /// The sample's labels, which `pprof -tags` shows.
    #[prost(message, repeated, tag = "3")]
    pub labels: Vec<Label>,
}

/// A key and a value that describe a sample, such as `thread` and a thread's name.
#[derive(Clone, PartialEq, Message)]
pub struct Label {
    /// The key.
    #[prost(int64, tag = "1")]
    pub key: i64,
    /// The value.
    #[prost(int64, tag = "2")]
    pub text: i64,
}

/// A mapped file, and what is known of its symbols.
#[derive(Clone, PartialEq, Message)]
pub struct Mapping {
    /// Its id, not 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The first address.
    #[prost(uint64, tag = "2")]
    pub memory_start: u64,
    /// The address after the last one.
    #[prost(uint64, tag = "3")]
    pub memory_limit: u64,
    /// Its path.
    #[prost(int64, tag = "5")]
    pub file: i64,
    /// Its locations have functions.
    #[prost(bool, tag = "7")]
    pub has_functions: bool,
    /// Its functions have files.
    #[prost(bool, tag = "8")]
    pub has_filenames: bool,
    /// Its locations have line numbers.
    #[prost(bool, tag = "9")]
    pub has_line_numbers: bool,
    /// Its locations have inlined functions.
    #[prost(bool, tag = "10")]
    pub has_inline_frames: bool,
}

/// A physical frame.
#[derive(Clone, PartialEq, Message)]
pub struct Location {
    /// Its id, not 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Its mapping.
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    /// Its address, 0 if unknown.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// The functions inlined there, innermost first, and last the physical one.
    #[prost(message, repeated, tag = "4")]
    pub lines: Vec<Line>,
}

/// A line of a function.
#[derive(Clone, PartialEq, Message)]
pub struct Line {
    /// The function.
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// The line in its file, 0 if unknown.
    #[prost(int64, tag = "2")]
    pub line: i64,
}

/// A function and its file.
#[derive(Clone, PartialEq, Message)]
pub struct Function {
    /// Its id, not 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The readable name.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// The linker's name.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// Its file.
    #[prost(int64, tag = "4")]
    pub file: i64,
}
