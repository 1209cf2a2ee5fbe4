//! Opens documents under a limit on open files.
//!
//! A counter with many threads holds several documents open for a short time. If the limit is reached,
//! opening is retried as soon as another document may have been closed, so a limit costs time, but no
//! document. Cost: four atomic operations per document.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::Error;

/// How many documents of this process are open or being opened.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// How many have been closed.
static CLOSED: AtomicUsize = AtomicUsize::new(0);

const PAUSE: Duration = Duration::from_millis(1);

/// An open document.
#[derive(Debug)]
pub struct Opened {
    // Fields are dropped in this order: the file is closed before it stops counting as held.
    file: File,
    _held: Held,
}

#[derive(Debug)]
struct Held {
    is_open: bool,
}

impl Held {
    fn new() -> Self {
        HELD.fetch_add(1, Ordering::SeqCst);
        Self { is_open: false }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_open {
            CLOSED.fetch_add(1, Ordering::SeqCst);
        }
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Deref for Opened {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

/// Opens a document. If too many files are open, retries for as long as any of them is a document of
/// this process.
///
/// # Errors
///
/// [`Error::Open`].
pub fn open(path: &Path) -> Result<Opened, Error> {
    loop {
        let closed = CLOSED.load(Ordering::SeqCst);
        let mut held = Held::new();
        match File::open(path) {
            Ok(file) => {
                held.is_open = true;
                return Ok(Opened { file, _held: held });
            }
            Err(error) if is_exhausted(&error) => {
                drop(held);
                // None is held now, but one held during the attempt may have been closed since: then retry.
                let is_closed = CLOSED.load(Ordering::SeqCst) != closed;
                if HELD.load(Ordering::SeqCst) == 0 && !is_closed {
                    return Err(Error::Open(error));
                }
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(Error::Open(error)),
        }
    }
}

/// Whether the process's or the system's limit on open files is reached.
fn is_exhausted(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}
