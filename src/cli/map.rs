//! `benchlens map`: reads paths of feeds and writes the count of each, for engines that distribute work.

use std::ffi::OsStr;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::failure::chain;
use benchlens_suite::feed::file::is_packed;
use benchlens_suite::feed::{self, Limits};
use benchlens_suite::freq::{DocumentCount, Session};
use serde::Serialize;

use super::freq::unpack::copy;
use super::reading::{self, Reading};
use super::{Usage, Verb};

/// Count items in feeds whose paths come from standard input: a filter for clusters
///
/// Reads one path per line and writes one JSON line per document, in the same order and unbuffered. A
/// document that fails is reported in its line and the exit code stays 0, so that an engine does not
/// retry the batch. Only a failure of standard input or output ends the filter with 1. It keeps no
/// state and writes nothing else, so the same paths may be counted again, on another machine and at
/// the same time.
///
/// A line has `path`, and either `found` and `items`, or `error` and, for errors in a document,
/// `offset`. For a path that is not UTF-8, `path_bytes` has the bytes. Only regular files are opened,
/// since a pipe would block. Files ending in .gz are unpacked.
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  find feeds -name '*.xml' | benchlens map --topic president
  benchlens map --topic president <paths.txt >counted.jsonl
  rdd.pipe(\"benchlens map --topic president\", checkCode=True)      in PySpark")]
pub(super) struct Map {
    /// The word to look for, case-sensitive; not empty
    #[arg(long, allow_hyphen_values = true)]
    topic: String,
    #[command(flatten)]
    reading: Reading,
}

/// A line of the output.
#[derive(Serialize)]
struct Line<'a> {
    path: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<&'a [u8]>,
    #[serde(flatten)]
    result: Outcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Counted {
        found: u64,
        items: u64,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        repairs: Vec<reading::Repair>,
    },
    Failed {
        error: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    },
}

impl Verb for Map {
    fn run(self) -> anyhow::Result<ExitCode> {
        if self.topic.is_empty() {
            return Err(Usage("--topic is empty: name what to look for".into()).into());
        }
        // `copy` unpacks one byte more, so that the reader notices a document that is too long.
        let limits = self.reading.limits();
        let mut session = Session::new(&self.topic, self.reading.limits(), self.reading.lenient);
        let (mut input, mut output) = (io::stdin().lock(), super::raw_output()?);
        let (mut path, mut line) = (Vec::new(), Vec::new());
        loop {
            path.clear();
            let read = input.read_until(b'\n', &mut path);
            if read.context("cannot read standard input")? == 0 {
                return Ok(ExitCode::SUCCESS);
            }
            if path.last() == Some(&b'\n') {
                path.pop();
            }
            line.clear();
            serde_json::to_writer(&mut line, &line_of(&path, limits, &mut session))?;
            line.push(b'\n');
            // Unbuffered, so that a line is available as soon as its document is done.
            let written = output.write_all(&line);
            written.context("cannot write to standard output")?;
        }
    }
}

/// The output line for one path. A compressed document is unpacked up to one byte beyond the limit.
fn line_of<'a>(path: &'a [u8], limits: Limits, session: &mut Session<'_>) -> Line<'a> {
    let text = String::from_utf8_lossy(path);
    let is_utf8 = matches!(text, std::borrow::Cow::Borrowed(_));
    let result = match os_str(path) {
        Some(path) => counted(Path::new(path), limits, session),
        None => Outcome::Failed {
            error: "no path of this system".to_owned(),
            offset: None,
        },
    };
    Line {
        path: text,
        path_bytes: (!is_utf8).then_some(path),
        result,
    }
}

fn counted(path: &Path, limits: Limits, session: &mut Session<'_>) -> Outcome {
    let failed = |error: String| Outcome::Failed {
        error,
        offset: None,
    };
    // The reader reports a missing file; anything else that is not a regular file is not opened.
    if path.metadata().is_ok_and(|it| !it.is_file()) {
        return failed("not a file".to_owned());
    }
    if !is_packed(path) {
        return count(path, session);
    }
    let unpacked = tempfile::NamedTempFile::new().context("cannot make a temporary file");
    match unpacked.and_then(|file| copy(path, file.path(), limits).map(|()| file)) {
        Ok(file) => count(file.path(), session),
        Err(error) => failed(chain(error.as_ref())),
    }
}

fn count(path: &Path, session: &mut Session<'_>) -> Outcome {
    match session.count(path) {
        Ok(DocumentCount { count, repairs }) => Outcome::Counted {
            found: count.found,
            items: count.items,
            repairs: repairs.into_iter().map(reading::Repair::from).collect(),
        },
        Err(error) => {
            let offset = match &error {
                feed::Error::Document { offset, .. } | feed::Error::Read { offset, .. } => {
                    Some(*offset)
                }
                _ => None,
            };
            Outcome::Failed {
                error: reading::message(error),
                offset,
            }
        }
    }
}

#[cfg(unix)]
fn os_str(path: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(path))
}

#[cfg(not(unix))]
fn os_str(path: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(path).ok().map(OsStr::new)
}
