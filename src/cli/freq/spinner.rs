//! A progress indicator on a terminal while documents are counted.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

/// The duration of a frame.
const PICTURE: Duration = Duration::from_millis(100);

/// A spinner that turns until it is ended. If its thread cannot be started, it does not turn;
/// nothing depends on that.
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

    /// Ends it and clears its line.
    pub(super) fn end(self) {
        if let Some((end, thread)) = self.turning {
            drop(end);
            // A panic of the drawing thread is harmless.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
