//! A folder of results, changed by one writer at a time.
//!
//! A writer locks the file `.lock` in the folder, stages each new file under a temporary name, and
//! renames it. Readers need no lock, since a name always refers to a whole file. Staged files of a
//! killed writer are ignored by readers and removed by the next writer.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{process, thread};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(1);
const STAGED: (&str, &str) = (".benchlens-", ".tmp");

/// The exclusive right to change a folder; released when dropped, and by the system when the
/// process ends.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    _lock: File,
}

/// A file that is complete on disk but not yet renamed; removed unless [`Staged::commit`] is called.
#[derive(Debug)]
pub struct Staged {
    /// `None` once the file has its final name.
    temporary: Option<PathBuf>,
    path: PathBuf,
}

impl Writer {
    /// Waits up to one second for the right to change `folder`, which is created if it is missing.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if another writer keeps the lock, [`Error::Access`].
    pub fn lock(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|source| access(folder, source))?;
        let path = folder.join(".lock");
        let lock = (File::options().create(true).append(true).open(&path))
            .map_err(|source| access(&path, source))?;
        let begin = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begin.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => return Err(Error::Locked { path }),
                Err(TryLockError::Error(source)) => return Err(access(&path, source)),
            }
        }
        remove_staged(folder);
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file under a temporary name and syncs it.
    ///
    /// # Errors
    ///
    /// [`Error::Access`].
    pub fn stage(&self, name: &str, bytes: &[u8]) -> Result<Staged, Error> {
        let path = self.folder.join(name);
        let failed = |source| access(&path, source);
        let temporary = self.folder.join(name_of_staged());
        // The file cannot exist yet: only the holder of the lock stages files, and each name is used once.
        let mut file = File::create_new(&temporary).map_err(failed)?;
        let staged = Staged {
            temporary: Some(temporary),
            path: path.clone(),
        };
        file.write_all(bytes).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(staged)
    }

    /// Replaces a file as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::Access`]; an older file of that name is then untouched.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.stage(name, bytes)?.commit()
    }
}

impl Staged {
    /// Renames the file to its final name, replacing an older one.
    ///
    /// # Errors
    ///
    /// [`Error::Access`]; an older file of that name is then untouched.
    pub fn commit(mut self) -> Result<(), Error> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        fs::rename(temporary, &self.path).map_err(|source| access(&self.path, source))?;
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Best effort: a temporary file that stays is harmless.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A name that no file in the folder has: it contains the process id and a number that is used once.
fn name_of_staged() -> String {
    static STAGED_BEFORE: AtomicU32 = AtomicU32::new(0);
    let number = STAGED_BEFORE.fetch_add(1, Ordering::Relaxed);
    format!("{}{}-{number}{}", STAGED.0, process::id(), STAGED.1)
}

/// Removes staged files of killed writers. Requires the lock, so no live writer has staged files.
fn remove_staged(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(STAGED.0) && name.ends_with(STAGED.1) {
            // Best effort: a temporary file that stays is harmless.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn access(path: &Path, source: io::Error) -> Error {
    Error::Access {
        path: path.to_owned(),
        source,
    }
}

/// Writes a file as a whole.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`]; an older file of that name is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    Writer::lock(folder)?.replace(&name, bytes)
}

/// The text of a file.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`], and [`Error::Malformed`] where it is not UTF-8.
pub fn read(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing {
            path: path.to_owned(),
        },
        _ => access(path, source),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Error::Malformed {
            path: path.to_owned(),
            line: 1 + good.iter().filter(|&&byte| byte == b'\n').count() as u64,
            reason: "bytes that are not UTF-8".to_owned(),
        }
    })
}

/// Encodes a value as JSON; `path` only names the file in errors.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let encoded = serde_json::to_vec_pretty(value);
    let mut bytes = encoded.map_err(|error| access(path, error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Decodes a value from JSON; `path` only names the file in errors.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    // From bytes, like all other JSON here: a decoder for text would be compiled in addition to that for bytes.
    serde_json::from_slice(text.as_bytes()).map_err(|error| Error::Malformed {
        path: path.to_owned(),
        line: error.line() as u64,
        reason: error.to_string(),
    })
}
