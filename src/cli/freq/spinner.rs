//! A sign of life on a terminal while documents are counted.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

/// How long a picture stands.
const PICTURE: Duration = Duration::from_millis(100);

/// Turns until it is ended. Where its thread cannot be had, it stands still: nothing depends on it.
pub(super) struct Spinner {
    bar: ProgressBar,
    turning: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Spinner {
    pub(super) fn start(message: String) -> Self {
        let bar = ProgressBar::new_spinner().with_message(message);
        let turned = bar.clone();
        let (end, ended) = channel();
        let turn = move || {
            while ended.recv_timeout(PICTURE) == Err(RecvTimeoutError::Timeout) {
                turned.tick();
            }
        };
        let thread = match bar.is_hidden() {
            true => None,
            false => Builder::new().spawn(turn).ok(),
        };
        Self {
            bar,
            turning: thread.map(|thread| (end, thread)),
        }
    }

    /// Ends it and leaves no trace on the terminal.
    pub(super) fn end(self) {
        if let Some((end, thread)) = self.turning {
            drop(end);
            // It only draws.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
