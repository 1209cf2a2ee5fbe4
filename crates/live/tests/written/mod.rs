//! A pprof profile as it is read back: the messages again, from pprof's own description of them.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(int64, tag = "10")]
    pub(crate) duration_nanos: i64,
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
pub(crate) struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_ids: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
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

/// A function of a stack; inlined ones are frames, too.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) name: String,
    pub(crate) system_name: String,
    pub(crate) file: String,
    pub(crate) line: i64,
}

impl Profile {
    fn string(&self, index: i64) -> &str {
        &self.strings[index as usize]
    }

    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.sample_types
            .iter()
            .map(|it| self.string(it.kind))
            .collect()
    }

    pub(crate) fn default_kind(&self) -> &str {
        self.string(self.default_sample_type)
    }

    /// A stack, innermost frame first.
    fn stack(&self, sample: &Sample) -> Vec<Frame> {
        let locations = sample
            .location_ids
            .iter()
            .map(|id| &self.locations[*id as usize - 1]);
        let lines = locations.flat_map(|location| &location.lines);
        lines
            .map(|line| {
                let function = &self.functions[line.function_id as usize - 1];
                Frame {
                    name: self.string(function.name).to_owned(),
                    system_name: self.string(function.system_name).to_owned(),
                    file: self.string(function.file).to_owned(),
                    line: line.line,
                }
            })
            .collect()
    }

    /// The sums of all samples that have a function in their stack.
    pub(crate) fn sum(&self, function: &str) -> Vec<i64> {
        let mut sums = vec![0; self.sample_types.len()];
        for sample in &self.samples {
            if self
                .stack(sample)
                .iter()
                .any(|frame| frame.name == function)
            {
                for (sum, value) in sums.iter_mut().zip(&sample.values) {
                    *sum += value;
                }
            }
        }
        sums
    }

    /// The sum of one kind over all samples.
    pub(crate) fn total(&self, kind: usize) -> i64 {
        self.samples.iter().map(|sample| sample.values[kind]).sum()
    }

    /// The stack of a sample that has the function in it.
    pub(crate) fn stack_with(&self, function: &str) -> Option<Vec<Frame>> {
        let mut stacks = self.samples.iter().map(|sample| self.stack(sample));
        stacks.find(|stack| stack.iter().any(|frame| frame.name == function))
    }
}
