//! Timelines of a job's workers: a page or a Perfetto trace for any counter, or Chromium's trace event format,
//! for `about:tracing`, for the one counter that records the document of each region.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use benchlens::CaseId;
use benchlens::region;
use benchlens::report::amount;
use benchlens::report::timeline::{self, Timeline};
use benchlens_suite::freq::per_core_regions::{Region, count_with_regions};
use benchlens_suite::freq::regions::Unrecorded;
use benchlens_suite::freq::{CounterRow, Job, Outcome};
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

/// The format of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A page, like that of the verb `timeline`.
    Page,
    /// Perfetto's protobuf.
    Perfetto,
    /// Chromium's JSON.
    Chromium,
}

impl Form {
    /// The format for the file's extension.
    pub(super) fn of(file: &Path) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("html" | "htm") => Self::Page,
            Some("pftrace" | "perfetto-trace") => Self::Perfetto,
            _ => Self::Chromium,
        }
    }
}

/// Counts, and writes the workers' timeline to `file`; `names` are the documents' original names.
pub(super) fn count(
    file: &Path,
    counter: &CounterRow,
    job: &Job<'_>,
    names: &[PathBuf],
) -> anyhow::Result<Outcome> {
    let form = Form::of(file);
    let (outcome, bytes) = if form == Form::Chromium {
        let (outcome, regions) = count_with_regions::<Unrecorded>(job);
        (outcome, encode(&regions, names)?)
    } else {
        let (outcome, recording) = region::record(|| (counter.recorded)(job));
        let timeline = Timeline {
            case: CaseId::new("freq", counter.name, amount(names.len() as u64, "file")),
            executable: String::new(),
            recording,
            overhead: None,
        };
        let bytes = match form {
            Form::Perfetto => timeline::perfetto(&timeline),
            _ => timeline::page(&[timeline])?.into_bytes(),
        };
        (outcome, bytes)
    };
    let written = File::create(file).and_then(|mut file| file.write_all(&bytes));
    written.with_context(|| format!("cannot write the trace {}", file.display()))?;
    Ok(outcome)
}

/// The regions as JSON; `paths` are the documents that they refer to.
fn encode(regions: &[Region], paths: &[PathBuf]) -> anyhow::Result<Vec<u8>> {
    let microseconds = |duration: Duration| duration.as_nanos() as f64 / 1000.0;
    let events = regions
        .iter()
        .map(|region| Event {
            name: region.stage.name(),
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
    Ok(serde_json::to_vec(&trace)?)
}
