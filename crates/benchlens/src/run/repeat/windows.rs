//! The windows in which repeated calls were made, as a file of pairs of times.
//!
//! Between calls a bench makes inputs and drops outputs, and samples taken then do not belong to a call. Calls
//! with a short pause between them are one window, so the file stays small for calls of nanoseconds.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::count;
use crate::run::clock;

const FILE: &str = "windows";

/// The windows of this process, while recording.
static RECORD: Mutex<Option<Record>> = Mutex::new(None);

struct Record {
    file: BufWriter<File>,
    /// Windows separated by a shorter pause are joined; in nanoseconds.
    joined: u64,
    /// The last window, which the next call may still extend.
    last: Option<(u64, u64)>,
    /// When the current call began.
    begun: u64,
    failed: io::Result<()>,
}

/// A running recording, which [`Recording::end`] stops.
pub(super) struct Recording;

/// Starts recording, if `joined` is given.
pub(super) fn begin(joined: Option<Duration>, folder: &Path) -> io::Result<Recording> {
    if let Some(joined) = joined {
        let file = BufWriter::new(File::create(folder.join(FILE))?);
        *record() = Some(Record {
            file,
            joined: u64::try_from(joined.as_nanos()).unwrap_or(u64::MAX),
            last: None,
            begun: 0,
            failed: Ok(()),
        });
        count::enable_windows(true);
    }
    Ok(Recording)
}

impl Recording {
    /// Stops recording and completes the file.
    pub(super) fn end(self) -> io::Result<()> {
        count::enable_windows(false);
        let Some(mut record) = record().take() else {
            return Ok(());
        };
        record.write_last();
        record.failed?;
        record.file.flush()
    }
}

impl Record {
    fn write_last(&mut self) {
        if let Some((begin, end)) = self.last.take() {
            let bytes = [begin.to_le_bytes(), end.to_le_bytes()].concat();
            let written = self.file.write_all(&bytes);
            if self.failed.is_ok() {
                self.failed = written;
            }
        }
    }
}

/// Called when a call begins.
pub(in crate::run) fn opened() {
    if let Some(record) = record().as_mut() {
        record.begun = clock::now();
    }
}

/// Called when a call has ended.
pub(in crate::run) fn closed() {
    let now = clock::now();
    if let Some(record) = record().as_mut() {
        let begun = record.begun;
        match &mut record.last {
            Some((_, end)) if begun.saturating_sub(*end) < record.joined => *end = now,
            _ => {
                record.write_last();
                record.last = Some((begun, now));
            }
        }
    }
}

fn record() -> std::sync::MutexGuard<'static, Option<Record>> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A span of time within calls, in nanoseconds on the monotonic clock.
#[cfg(feature = "profiles")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it began.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
}

/// The windows of the process whose files are in `folder`, in order.
///
/// # Errors
///
/// The error of reading the file.
#[cfg(feature = "profiles")]
pub fn read(folder: &Path) -> io::Result<Vec<Window>> {
    let bytes = std::fs::read(folder.join(FILE))?;
    let (pairs, _) = bytes.as_chunks::<16>();
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
    Ok((pairs.iter())
        .map(|pair| Window {
            begin: number(&pair[..8]),
            end: number(&pair[8..]),
        })
        .collect())
}
