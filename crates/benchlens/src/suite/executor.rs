//! Runs futures to completion.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// An executor for cases whose work is a future. Wrapping a runtime takes three lines:
///
/// ```
/// # struct Runtime;
/// # impl Runtime { fn block_on<F: Future>(&self, future: F) -> F::Output { benchlens::Executor::block_on(&benchlens::BlockOn::default(), future) } }
/// struct Tokio(Runtime);
///
/// impl benchlens::Executor for Tokio {
///     fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
///         self.0.block_on(future)
///     }
/// }
/// ```
pub trait Executor {
    /// Runs the future to completion on the calling thread.
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T;
}

/// A minimal executor: polls on the thread that created it, and parks between wake-ups. A call does
/// not allocate.
#[derive(Clone, Debug)]
pub struct BlockOn(Waker);

impl Default for BlockOn {
    fn default() -> Self {
        Self(Waker::from(Arc::new(Unpark(thread::current()))))
    }
}

impl Executor for BlockOn {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(&self.0);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task;

    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_comes_to_its_end() {
        let (sender, receiver) = mpsc::channel::<Waker>();
        let waking = thread::spawn(move || receiver.recv().map(Waker::wake));
        let mut is_first = true;
        let future = std::future::poll_fn(move |context: &mut task::Context<'_>| {
            if std::mem::take(&mut is_first) {
                sender.send(context.waker().clone()).unwrap();
                return Poll::Pending;
            }
            Poll::Ready(7)
        });
        assert_eq!(BlockOn::default().block_on(future), 7);
        waking.join().unwrap().unwrap();
    }
}
