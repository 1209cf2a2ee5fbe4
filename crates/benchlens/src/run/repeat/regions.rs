//! Records the regions and durations of the repeated calls, and writes the recording of median duration as JSON.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::count;
use crate::region::Recorder;
#[cfg(feature = "profiles")]
use crate::region::Recording;

const FILE: &str = "regions.json";

/// The recorder of this process, while one is running.
static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

/// A running recorder; [`Recorded::end`] stops it.
pub(super) struct Recorded {
    file: PathBuf,
}

/// Starts recording; without `regions` only the durations of the calls.
pub(super) fn begin(folder: &Path, regions: bool) -> Recorded {
    *recorder() = Some(Recorder::new(regions));
    count::enable_windows(true);
    Recorded {
        file: folder.join(FILE),
    }
}

impl Recorded {
    /// Stops the recorder and writes the recording.
    pub(super) fn end(self) -> io::Result<()> {
        count::enable_windows(false);
        let recording = recorder().take().and_then(Recorder::end);
        let recording = recording.ok_or_else(|| io::Error::other("no call was recorded"))?;
        let mut file = BufWriter::new(File::create(&self.file)?);
        serde_json::to_writer(&mut file, &recording)?;
        file.flush()
    }
}

/// Called before a call, outside of its time.
pub(super) fn prepare() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.prepare();
    }
}

/// Called when the call begins.
pub(super) fn opened() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.opened();
    }
}

/// Called when a call has ended.
pub(super) fn closed() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.closed();
    }
}

fn recorder() -> MutexGuard<'static, Option<Recorder>> {
    RECORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The recording of the process whose files are in `folder`.
///
/// # Errors
///
/// The system's error, or what is wrong with the file.
#[cfg(feature = "profiles")]
pub fn read(folder: &Path) -> io::Result<Recording> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join(FILE))?)?)
}
