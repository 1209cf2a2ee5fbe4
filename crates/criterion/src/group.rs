//! Benchmarks that belong together.

use std::time::Duration;

use real::measurement::Measurement;
use real::{PlotConfiguration, SamplingMode, Throughput};

use crate::case::Case;
use crate::engine::Baseline;
use crate::id::{BenchmarkId, IntoBenchmarkId};
use crate::metered::Metered;
use crate::{Bencher, Criterion};

/// A set of benchmarks under one name, with settings of their own.
///
/// Made by [`Criterion::benchmark_group`]. All settings are [criterion's](real::BenchmarkGroup) and
/// affect only timing; [`Self::throughput`] is used for the joined table as well.
pub struct BenchmarkGroup<'a, M: Measurement> {
    real: real::BenchmarkGroup<'a, Metered<M>>,
    name: String,
    throughput: Option<Throughput>,
    baseline: Baseline,
}

impl<'a, M: Measurement> BenchmarkGroup<'a, M> {
    pub(crate) fn new(criterion: &'a mut Criterion<M>, name: String) -> Self {
        let baseline = criterion.baseline.clone();
        let real = criterion.real.benchmark_group(&name);
        Self {
            real,
            name,
            throughput: None,
            baseline,
        }
    }

    /// How many samples are timed; at least 10.
    ///
    /// # Panics
    ///
    /// If `n` is below 10.
    pub fn sample_size(&mut self, n: usize) -> &mut Self {
        self.real.sample_size(n);
        self
    }

    /// How long the routine runs before it is timed.
    ///
    /// # Panics
    ///
    /// If `dur` is zero.
    pub fn warm_up_time(&mut self, dur: Duration) -> &mut Self {
        self.real.warm_up_time(dur);
        self
    }

    /// About how long the routine is timed.
    ///
    /// # Panics
    ///
    /// If `dur` is zero.
    pub fn measurement_time(&mut self, dur: Duration) -> &mut Self {
        self.real.measurement_time(dur);
        self
    }

    /// How many resamples the statistics draw; criterion warns about small numbers.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    pub fn nresamples(&mut self, n: usize) -> &mut Self {
        self.real.nresamples(n);
        self
    }

    /// The relative change of time below which nothing is reported; 0.01 is 1 %.
    ///
    /// # Panics
    ///
    /// If `threshold` is negative.
    pub fn noise_threshold(&mut self, threshold: f64) -> &mut Self {
        self.real.noise_threshold(threshold);
        self
    }

    /// The confidence level: the probability with which the interval should contain the true time.
    ///
    /// # Panics
    ///
    /// If `cl` is not between 0 and 1.
    pub fn confidence_level(&mut self, cl: f64) -> &mut Self {
        self.real.confidence_level(cl);
        self
    }

    /// The significance level: the probability with which equal code may be reported as different.
    ///
    /// # Panics
    ///
    /// If `sl` is not between 0 and 1.
    pub fn significance_level(&mut self, sl: f64) -> &mut Self {
        self.real.significance_level(sl);
        self
    }

    /// How the group's plots are drawn.
    pub fn plot_config(&mut self, new_config: PlotConfiguration) -> &mut Self {
        self.real.plot_config(new_config);
        self
    }

    /// The work of one iteration, for the following benchmarks.
    pub fn throughput(&mut self, throughput: Throughput) -> &mut Self {
        self.throughput = Some(throughput.clone());
        self.real.throughput(throughput);
        self
    }

    /// How iterations are spread over the samples.
    pub fn sampling_mode(&mut self, new_mode: SamplingMode) -> &mut Self {
        self.real.sampling_mode(new_mode);
        self
    }

    /// Measures what `f` does with its [`Bencher`].
    ///
    /// # Panics
    ///
    /// If the group already has a benchmark with that id, if `id` is an empty string, or if `f`
    /// calls none of the bencher's methods.
    pub fn bench_function<ID: IntoBenchmarkId, F>(&mut self, id: ID, mut f: F) -> &mut Self
    where
        F: FnMut(&mut Bencher<'_, M>),
    {
        self.bench_with_input(id, &(), |bencher, ()| f(bencher))
    }

    /// Measures what `f` does with its [`Bencher`] and `input`.
    ///
    /// # Panics
    ///
    /// As [`Self::bench_function`].
    pub fn bench_with_input<ID: IntoBenchmarkId, F, I>(
        &mut self,
        id: ID,
        input: &I,
        f: F,
    ) -> &mut Self
    where
        F: FnMut(&mut Bencher<'_, M>, &I),
        I: ?Sized,
    {
        let BenchmarkId {
            function,
            parameter,
        } = id.into_benchmark_id();
        let (function, parameter) = (function.as_deref(), parameter.as_deref());
        let case = Case::named::<M>(&self.name, function, parameter, self.throughput.as_ref())
            .compared(&self.baseline);
        case.run(f, |f| {
            match (function, parameter) {
                (Some(function), None) => self.real.bench_with_input(function, input, f),
                (function, parameter) => {
                    let parameter = parameter.unwrap_or_default();
                    let id = match function {
                        Some(function) => real::BenchmarkId::new(function, parameter),
                        None => real::BenchmarkId::from_parameter(parameter),
                    };
                    self.real.bench_with_input(id, input, f)
                }
            };
        });
        self
    }

    /// Ends the group and lets criterion summarise it; dropping it does the same.
    pub fn finish(self) {
        self.real.finish();
    }
}
