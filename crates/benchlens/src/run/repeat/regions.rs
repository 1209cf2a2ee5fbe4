//! Records the regions of the repeated calls and how long the calls take, and leaves the recording of median
//! duration as JSON.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::count;
use crate::region::Recorder;
#[cfg(feature = "profiles")]
use crate::region::Recording;

const FILE: &str = "regions.json";

/// The recorder of this process, while it records.
static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

/// Records until [`Recorded::end`].
pub(super) struct Recorded {
    file: PathBuf,
}

/// Records from here on; without `regions` only how long the calls take.
pub(super) fn begin(folder: &Path, regions: bool) -> Recorded {
    *recorder() = Some(Recorder::new(regions));
    count::watch_windows(true);
    Recorded {
        file: folder.join(FILE),
    }
}

impl Recorded {
    /// Writes the recording.
    pub(super) fn end(self) -> io::Result<()> {
        count::watch_windows(false);
        let recording = recorder().take().and_then(Recorder::end);
        let recording = recording.ok_or_else(|| io::Error::other("no call was recorded"))?;
        let mut file = BufWriter::new(File::create(&self.file)?);
        serde_json::to_writer(&mut file, &recording)?;
        file.flush()
    }
}

/// A call is about to begin.
pub(super) fn prepare() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.prepare();
    }
}

/// It begins.
pub(super) fn opened() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.opened();
    }
}

/// A call has ended.
pub(super) fn closed() {
    if let Some(recorder) = recorder().as_mut() {
        recorder.closed();
    }
}

fn recorder() -> MutexGuard<'static, Option<Recorder>> {
    RECORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a process recorded that left its files in `folder`.
///
/// # Errors
///
/// The system's error, or what is wrong with the file.
#[cfg(feature = "profiles")]
pub fn read(folder: &Path) -> io::Result<Recording> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join(FILE))?)?)
}
