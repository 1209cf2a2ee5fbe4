//! The regions of a job as a trace that browsers show: the trace event format of Chromium, which
//! `about:tracing` and Perfetto open.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use benchlens_suite::freq::per_core_regions::{Region, Stage};
use serde::Serialize;

#[derive(Serialize)]
struct Trace<'a> {
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "traceEvents")]
    events: Vec<Event<'a>>,
}

/// A complete event: one bar in the row of its worker. Times are in microseconds.
#[derive(Serialize)]
struct Event<'a> {
    name: &'static str,
    #[serde(rename = "ph")]
    phase: &'static str,
    #[serde(rename = "ts")]
    start: f64,
    #[serde(rename = "dur")]
    duration: f64,
    #[serde(rename = "pid")]
    process: u32,
    #[serde(rename = "tid")]
    worker: usize,
    #[serde(rename = "args")]
    arguments: Document<'a>,
}

#[derive(Serialize)]
struct Document<'a> {
    document: std::borrow::Cow<'a, str>,
}

/// Writes the regions to `file`; `paths` are the documents that they refer to.
pub(super) fn write(file: &Path, regions: &[Region], paths: &[PathBuf]) -> anyhow::Result<()> {
    let microseconds = |duration: Duration| duration.as_nanos() as f64 / 1000.0;
    let events = regions
        .iter()
        .map(|region| Event {
            name: match region.stage {
                Stage::Open => "open",
                Stage::Read => "read",
                Stage::Parse => "parse",
                Stage::Search => "search",
            },
            phase: "X",
            start: microseconds(region.start),
            duration: microseconds(region.duration),
            process: std::process::id(),
            worker: region.worker,
            arguments: Document {
                document: paths[region.document].to_string_lossy(),
            },
        })
        .collect();
    let trace = Trace { unit: "ms", events };
    let written = File::create(file).and_then(|file| {
        let mut output = BufWriter::new(file);
        serde_json::to_writer(&mut output, &trace)?;
        output.flush()
    });
    written.with_context(|| format!("cannot write the trace {}", file.display()))
}
