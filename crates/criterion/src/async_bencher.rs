//! The loops for routines that return a future.

use std::future::Future;

use real::BatchSize;
use real::async_executor::AsyncExecutor;
use real::measurement::{Measurement, WallTime};

use crate::Bencher;
use crate::bencher::in_role;
use crate::engine::{self, Counted};
use crate::metered::Metered;

/// Times or counts a routine that returns a future; made by [`Bencher::to_async`].
///
/// Each loop is [`Bencher`]'s loop of the same name, within the runner's `block_on`. Work that the
/// runner's other threads do meanwhile is counted too.
pub struct AsyncBencher<'a, 'b, A: AsyncExecutor, M: Measurement = WallTime> {
    bencher: &'b mut Bencher<'a, M>,
    runner: A,
}

impl<'a, 'b, A: AsyncExecutor, M: Measurement> AsyncBencher<'a, 'b, A, M> {
    pub(crate) fn new(bencher: &'b mut Bencher<'a, M>, runner: A) -> Self {
        Self { bencher, runner }
    }

    fn real(&mut self) -> real::AsyncBencher<'a, '_, Borrowed<'_, A>, Metered<M>> {
        self.bencher.real.to_async(Borrowed(&self.runner))
    }

    /// Awaits what `routine` returns, and drops the output, within the measurement.
    #[inline(never)]
    pub fn iter<O, R, F>(&mut self, mut routine: R)
    where
        R: FnMut() -> F,
        F: Future<Output = O>,
    {
        in_role(Counted::Measured, &mut || self.real().iter(&mut routine));
    }

    /// Leaves the measurement to `routine`; see [`Bencher::iter_custom`].
    #[inline(never)]
    pub fn iter_custom<R, F>(&mut self, mut routine: R)
    where
        R: FnMut(u64) -> F,
        F: Future<Output = M::Value>,
    {
        in_role(Counted::WholeClosure, &mut || {
            self.real().iter_custom(|iterations| {
                engine::open();
                let future = routine(iterations);
                async {
                    let value = future.await;
                    engine::close();
                    value
                }
            });
        });
    }

    #[doc(hidden)]
    pub fn iter_with_setup<I, O, S, R, F>(&mut self, setup: S, routine: R)
    where
        S: FnMut() -> I,
        R: FnMut(I) -> F,
        F: Future<Output = O>,
    {
        self.iter_batched(setup, routine, BatchSize::PerIteration);
    }

    /// Awaits what `routine` returns within the measurement, and drops the output outside.
    #[inline(never)]
    pub fn iter_with_large_drop<O, R, F>(&mut self, mut routine: R)
    where
        R: FnMut() -> F,
        F: Future<Output = O>,
    {
        in_role(Counted::Measured, &mut || {
            self.real().iter_with_large_drop(&mut routine)
        });
    }

    #[doc(hidden)]
    pub fn iter_with_large_setup<I, O, S, R, F>(&mut self, setup: S, routine: R)
    where
        S: FnMut() -> I,
        R: FnMut(I) -> F,
        F: Future<Output = O>,
    {
        self.iter_batched(setup, routine, BatchSize::NumBatches(1));
    }

    /// Makes inputs outside of the measurement; see [`Bencher::iter_batched`].
    ///
    /// # Panics
    ///
    /// If `size` results in batches without iterations.
    #[inline(never)]
    pub fn iter_batched<I, O, S, R, F>(&mut self, mut setup: S, mut routine: R, size: BatchSize)
    where
        S: FnMut() -> I,
        R: FnMut(I) -> F,
        F: Future<Output = O>,
    {
        in_role(Counted::Measured, &mut || {
            self.real().iter_batched(&mut setup, &mut routine, size);
        });
    }

    /// Lends inputs to `routine`; see [`Bencher::iter_batched_ref`].
    ///
    /// # Panics
    ///
    /// If `size` results in batches without iterations.
    #[inline(never)]
    pub fn iter_batched_ref<I, O, S, R, F>(&mut self, mut setup: S, mut routine: R, size: BatchSize)
    where
        S: FnMut() -> I,
        R: FnMut(&mut I) -> F,
        F: Future<Output = O>,
    {
        in_role(Counted::Measured, &mut || {
            self.real().iter_batched_ref(&mut setup, &mut routine, size);
        });
    }
}

/// A borrowed runner, where criterion takes one by value.
struct Borrowed<'a, A>(&'a A);

impl<A: AsyncExecutor> AsyncExecutor for Borrowed<'_, A> {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}
