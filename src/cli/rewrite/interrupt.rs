//! Handles SIGINT and SIGTERM while files are replaced: temporary files are removed, and the process
//! ends as the signal would have ended it.
//!
//! The handler only stores the signal's number, and the next read or write fails. So no thread is
//! needed, and the handler is async-signal-safe.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The signal that arrived, if any.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Catches the signals from now on.
    pub(super) fn catch() -> io::Result<Self> {
        let caught = Self::default();
        #[cfg(unix)]
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let number = Arc::clone(&caught.0);
            signal_hook::flag::register_usize(signal, number, signal as usize)?;
        }
        Ok(caught)
    }

    /// Fails if a signal arrived.
    pub(super) fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(io::Error::other(format!("ended by signal {signal}"))),
        }
    }

    /// Ends the process as the signal would have, if one arrived.
    pub(super) fn end_process(&self) {
        #[cfg(unix)]
        if let signal @ 1.. = self.0.load(Ordering::Relaxed) {
            // Does not return for the signals that are caught.
            let _ = signal_hook::low_level::emulate_default_handler(signal as i32);
        }
    }

    /// A file whose reads and writes fail once a signal arrived.
    pub(super) fn watching<F>(&self, file: F) -> Watched<F> {
        Watched {
            file,
            interrupt: self.clone(),
        }
    }
}

pub(super) struct Watched<F> {
    file: F,
    interrupt: Interrupt,
}

impl<F: Read> Read for Watched<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt.check()?;
        self.file.read(buffer)
    }
}

impl<F: Write> Write for Watched<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt.check()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
