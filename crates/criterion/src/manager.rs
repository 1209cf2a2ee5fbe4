//! The manager of benchmarks: which ones run, and in which group.

use std::path::Path;
use std::time::Duration;

use real::BenchmarkFilter;
use real::measurement::{Measurement, WallTime};

use crate::case::Case;
use crate::engine::{self, Baseline, Role};
use crate::entry::{self, Unwinding};
use crate::metered::Metered;
use crate::{Bencher, BenchmarkGroup, BenchmarkId, arguments};

/// Configures and runs benchmarks, as [criterion's](real::Criterion) does.
///
/// The first one created registers what happens when the process ends: if cargo requested
/// benchmarks, the executable is started again for the other lenses.
///
/// # Examples
///
/// ```
/// use criterion::Criterion;
///
/// fn bench(c: &mut Criterion) {
///     c.bench_function("sum", |b| b.iter(|| (0..100).sum::<u64>()));
/// }
///
/// bench(&mut Criterion::default().with_filter("^$"));
/// ```
pub struct Criterion<M: Measurement = WallTime> {
    pub(crate) real: real::Criterion<Metered<M>>,
    /// The baseline that the bench itself sets.
    pub(crate) baseline: Baseline,
    // Dropped last, and not generic: the manager itself has no `Drop`, like criterion's.
    pub(crate) unwinding: Unwinding,
}

impl Default for Criterion {
    /// criterion's defaults: 100 samples, 3 s to warm up, 5 s to measure, no filter.
    fn default() -> Self {
        entry::enlist();
        // Sets the measurement first: criterion's handling of arguments is compiled for each measurement
        // type.
        let mut real = real::Criterion::default().with_measurement(Metered(WallTime));
        if engine::is_lens() && arguments::are_criterions() {
            // criterion enters its test mode only through its arguments, and not every bench has them
            // parsed. A filter among them is ignored, since the engine selects the cases.
            real = real
                .configure_from_args()
                .with_benchmark_filter(BenchmarkFilter::AcceptAll);
        }
        if let Some(folder) = engine::criterion_folder() {
            real = real.output_directory(&folder);
        }
        if !engine::times() {
            real = real.with_benchmark_filter(BenchmarkFilter::RejectAll);
        }
        Self {
            real,
            baseline: Baseline::default(),
            unwinding: Unwinding,
        }
    }
}

impl<M: Measurement> Criterion<M> {
    /// Measures with `m` instead. The joined table has times for [`WallTime`] only.
    pub fn with_measurement<M2: Measurement>(self, m: M2) -> Criterion<M2> {
        Criterion {
            real: self.real.with_measurement(Metered(m)),
            baseline: self.baseline,
            unwinding: self.unwinding,
        }
    }

    /// Parses the arguments of this process, which override earlier settings.
    ///
    /// Ends the process if criterion does not accept them, or if they ask for help.
    #[must_use]
    pub fn configure_from_args(self) -> Self {
        entry::criterion_reads_arguments();
        let mut configured = self
            .with(real::Criterion::configure_from_args)
            .select(|real| real);
        if let Some(baseline) = engine::baseline_of_arguments() {
            configured.baseline = baseline;
        }
        configured
    }

    /// Writes criterion's final report.
    #[doc(hidden)]
    pub fn final_summary(&self) {
        self.real.final_summary();
    }

    /// Where criterion writes its files.
    #[doc(hidden)]
    #[must_use]
    pub fn output_directory(self, path: &Path) -> Self {
        self.with(|real| real.output_directory(path))
    }

    /// Starts or stops profiling instead of benchmarking.
    #[doc(hidden)]
    #[must_use]
    pub fn profile_time(self, profile_time: Option<Duration>) -> Self {
        match engine::role() {
            Role::Main => self.with(|real| real.profile_time(profile_time)),
            // A profile time would end criterion's test mode.
            Role::Lens(_) | Role::Repeat => self,
        }
    }

    /// Opens a group of benchmarks.
    ///
    /// # Panics
    ///
    /// If the name is empty.
    pub fn benchmark_group<S: Into<String>>(&mut self, group_name: S) -> BenchmarkGroup<'_, M> {
        BenchmarkGroup::new(self, group_name.into())
    }

    /// Lets `filter` select benchmarks, unless the role selects them.
    pub(crate) fn select(
        self,
        filter: impl FnOnce(real::Criterion<Metered<M>>) -> real::Criterion<Metered<M>>,
    ) -> Self {
        self.with(|real| match engine::role() {
            Role::Main if engine::times() => filter(real),
            Role::Main => real.with_benchmark_filter(BenchmarkFilter::RejectAll),
            // The engine knows which benchmarks the timing role ran.
            Role::Lens(_) | Role::Repeat => real.with_benchmark_filter(BenchmarkFilter::AcceptAll),
        })
    }

    pub(crate) fn with(
        self,
        change: impl FnOnce(real::Criterion<Metered<M>>) -> real::Criterion<Metered<M>>,
    ) -> Self {
        Self {
            real: change(self.real),
            ..self
        }
    }
}

impl<M: Measurement + 'static> Criterion<M> {
    /// Measures what `f` does with its [`Bencher`], in a group of its own.
    ///
    /// # Panics
    ///
    /// If `id` is empty, or if `f` calls none of the bencher's methods.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use criterion::Criterion;
    /// fn bench(c: &mut Criterion) {
    ///     c.bench_function("sort", |b| {
    ///         b.iter_batched_ref(|| vec![3, 1, 2], |v| v.sort(), criterion::BatchSize::SmallInput)
    ///     });
    /// }
    /// ```
    pub fn bench_function<F>(&mut self, id: &str, mut f: F) -> &mut Self
    where
        F: FnMut(&mut Bencher<'_, M>),
    {
        Case::named::<M>(id, None, None, None)
            .compared(&self.baseline)
            .run(
                |bencher: &mut Bencher<'_, M>, (): &()| f(bencher),
                |f| {
                    self.real.bench_function(id, |bencher| f(bencher, &()));
                },
            );
        self
    }

    /// Measures what `f` does with its [`Bencher`] and `input`, in a group named after the id's function.
    ///
    /// # Panics
    ///
    /// As [`Self::bench_function`]; and if `id` was made by [`BenchmarkId::from_parameter`].
    pub fn bench_with_input<F, I>(&mut self, id: BenchmarkId, input: &I, f: F) -> &mut Self
    where
        F: FnMut(&mut Bencher<'_, M>, &I),
    {
        let group = id.function.expect(
            "Cannot use BenchmarkId::from_parameter with Criterion::bench_with_input. \
             Consider using a BenchmarkGroup or BenchmarkId::new instead.",
        );
        let parameter = id.parameter.unwrap_or_default();
        Case::named::<M>(&group, None, Some(&parameter), None)
            .compared(&self.baseline)
            .run(f, |f| {
                self.real
                    .bench_with_input(real::BenchmarkId::new(&group, &parameter), input, f);
            });
        self
    }
}
