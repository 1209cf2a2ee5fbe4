//! The loops that time a routine: criterion's own, called as often as the role requires.

use real::BatchSize;
use real::measurement::{Measurement, WallTime};

#[cfg(feature = "async")]
use crate::AsyncBencher;
#[cfg(feature = "async")]
use crate::async_executor::AsyncExecutor;
use crate::engine::{self, Counted, Role};
use crate::metered::Metered;

/// Times a routine, or counts it; passed to the closure of a benchmark.
///
/// Timing is left to [criterion](real::Bencher). For counting, the same loop of criterion's runs a
/// single iteration: once to warm up, once to count, and again to find out whether calls differ.
/// The routine is passed by reference, so that there is one compiled loop for all roles: what is
/// counted is what is timed.
#[repr(transparent)]
pub struct Bencher<'a, M: Measurement = WallTime> {
    pub(crate) real: real::Bencher<'a, Metered<M>>,
}

impl<'a, M: Measurement> Bencher<'a, M> {
    pub(crate) fn wrap<'b>(real: &'b mut real::Bencher<'a, Metered<M>>) -> &'b mut Self {
        let wrapped = std::ptr::from_mut(real).cast::<Self>();
        // SAFETY: `Self` is a transparent wrapper of the other type, and the exclusive borrow is
        // transferred.
        unsafe { &mut *wrapped }
    }

    /// Calls `routine` and drops what it returns, within the measurement.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut criterion = criterion::Criterion::default().profile_time(None).with_filter("^$");
    /// criterion.bench_function("sum", |b| b.iter(|| (0..100).sum::<u64>()));
    /// ```
    #[inline(never)]
    pub fn iter<O, R>(&mut self, mut routine: R)
    where
        R: FnMut() -> O,
    {
        in_role(Counted::Measured, &mut || self.real.iter(&mut routine));
    }

    /// Leaves the measurement to `routine`, which is passed the number of iterations.
    ///
    /// Only the closure knows which part of it is timed, so the whole closure is counted, for one
    /// iteration, and its figures have a note.
    #[inline(never)]
    pub fn iter_custom<R>(&mut self, mut routine: R)
    where
        R: FnMut(u64) -> M::Value,
    {
        in_role(Counted::WholeClosure, &mut || {
            self.real.iter_custom(|iterations| {
                engine::open();
                let value = routine(iterations);
                engine::close();
                value
            });
        });
    }

    #[doc(hidden)]
    pub fn iter_with_setup<I, O, S, R>(&mut self, setup: S, routine: R)
    where
        S: FnMut() -> I,
        R: FnMut(I) -> O,
    {
        self.iter_batched(setup, routine, BatchSize::PerIteration);
    }

    /// Calls `routine` within the measurement, and drops what it returns outside.
    #[inline(never)]
    pub fn iter_with_large_drop<O, R>(&mut self, mut routine: R)
    where
        R: FnMut() -> O,
    {
        in_role(Counted::Measured, &mut || {
            self.real.iter_with_large_drop(&mut routine)
        });
    }

    /// Makes inputs with `setup` outside of the measurement, and calls `routine` with each within
    /// it.
    ///
    /// What `routine` returns is dropped outside; an input that it does not return is dropped
    /// inside.
    ///
    /// # Panics
    ///
    /// If `size` results in batches without iterations.
    #[inline(never)]
    pub fn iter_batched<I, O, S, R>(&mut self, mut setup: S, mut routine: R, size: BatchSize)
    where
        S: FnMut() -> I,
        R: FnMut(I) -> O,
    {
        in_role(Counted::Measured, &mut || {
            self.real.iter_batched(&mut setup, &mut routine, size);
        });
    }

    /// Like [`Self::iter_batched`], but `routine` borrows its input, which is dropped outside too.
    ///
    /// # Panics
    ///
    /// If `size` results in batches without iterations.
    #[inline(never)]
    pub fn iter_batched_ref<I, O, S, R>(&mut self, mut setup: S, mut routine: R, size: BatchSize)
    where
        S: FnMut() -> I,
        R: FnMut(&mut I) -> O,
    {
        in_role(Counted::Measured, &mut || {
            self.real.iter_batched_ref(&mut setup, &mut routine, size);
        });
    }

    /// The same loops for routines that return a future, which `runner` runs.
    #[cfg(feature = "async")]
    pub fn to_async<'b, A: AsyncExecutor>(&'b mut self, runner: A) -> AsyncBencher<'a, 'b, A, M> {
        AsyncBencher::new(self, runner)
    }
}

/// Runs one of criterion's loops: once for timing, or as often as the engine requires for counting.
pub(crate) fn in_role(counted: Counted, call: &mut dyn FnMut()) {
    match engine::role() {
        Role::Main => call(),
        Role::Lens(_) | Role::Repeat => engine::count(counted, call),
    }
}
