//! The regions of a job in Chromium's trace event format, which `about:tracing` and Perfetto open.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use benchlens_suite::freq::per_core_regions::{Region, Stage};
use serde::Serialize;

use super::Usage;

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

/// Refuses a trace that would overwrite a document to be counted.
pub(super) fn refuse_input(file: &Path, paths: &[PathBuf]) -> anyhow::Result<()> {
    let target = identity(file);
    let is_target = |path: &&PathBuf| target.is_some() && identity(path) == target;
    match paths.iter().find(is_target) {
        Some(path) => Err(Usage(format!(
            "the trace would be written over {}, which is to be counted: name another file",
            path.display()
        ))
        .into()),
        None => Ok(()),
    }
}

/// Identifies a file by device and inode; `None` if it does not exist.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let file = path.metadata().ok()?;
    file.is_file().then(|| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
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
