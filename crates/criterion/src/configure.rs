//! Settings of the manager, which are criterion's. All except baselines affect only timing.

use std::time::Duration;

use real::measurement::Measurement;
use real::profiler::Profiler;
use real::{BenchmarkFilter, PlottingBackend};

use crate::Criterion;
use crate::engine::Baseline;

impl<M: Measurement> Criterion<M> {
    /// The profiler that is started by `--profile-time`.
    #[must_use]
    pub fn with_profiler<P: Profiler + 'static>(self, p: P) -> Self {
        self.with(|real| real.with_profiler(p))
    }

    /// What draws the plots: gnuplot, if there is one, or the crate plotters.
    ///
    /// # Panics
    ///
    /// If gnuplot is asked for and not installed, or plotters without the feature of that name.
    #[must_use]
    pub fn plotting_backend(self, backend: PlottingBackend) -> Self {
        self.with(|real| real.plotting_backend(backend))
    }

    /// How many samples are timed; at least 10.
    ///
    /// # Panics
    ///
    /// If `n` is below 10.
    #[must_use]
    pub fn sample_size(self, n: usize) -> Self {
        self.with(|real| real.sample_size(n))
    }

    /// How long a routine runs before it is timed.
    ///
    /// # Panics
    ///
    /// If `dur` is zero.
    #[must_use]
    pub fn warm_up_time(self, dur: Duration) -> Self {
        self.with(|real| real.warm_up_time(dur))
    }

    /// About how long a routine is timed.
    ///
    /// # Panics
    ///
    /// If `dur` is zero.
    #[must_use]
    pub fn measurement_time(self, dur: Duration) -> Self {
        self.with(|real| real.measurement_time(dur))
    }

    /// How many resamples the statistics draw; criterion warns about small numbers.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    #[must_use]
    pub fn nresamples(self, n: usize) -> Self {
        self.with(|real| real.nresamples(n))
    }

    /// The relative change of time below which nothing is reported; 0.01 is 1 %.
    ///
    /// # Panics
    ///
    /// If `threshold` is negative.
    #[must_use]
    pub fn noise_threshold(self, threshold: f64) -> Self {
        self.with(|real| real.noise_threshold(threshold))
    }

    /// The confidence level: the probability with which the interval should contain the true time.
    ///
    /// # Panics
    ///
    /// If `cl` is not between 0 and 1.
    #[must_use]
    pub fn confidence_level(self, cl: f64) -> Self {
        self.with(|real| real.confidence_level(cl))
    }

    /// The significance level: the probability with which equal code may be reported as different.
    ///
    /// # Panics
    ///
    /// If `sl` is not between 0 and 1.
    #[must_use]
    pub fn significance_level(self, sl: f64) -> Self {
        self.with(|real| real.significance_level(sl))
    }

    /// Draws plots.
    ///
    /// # Panics
    ///
    /// If there is nothing to draw them with.
    #[must_use]
    pub fn with_plots(self) -> Self {
        self.with(real::Criterion::with_plots)
    }

    /// Draws no plots.
    #[must_use]
    pub fn without_plots(self) -> Self {
        self.with(real::Criterion::without_plots)
    }

    /// Saves the results under the name `baseline`.
    #[must_use]
    pub fn save_baseline(mut self, baseline: String) -> Self {
        self.baseline = Baseline::Save(baseline.clone());
        self.with(|real| real.save_baseline(baseline))
    }

    /// Compares with `baseline` and leaves it as it is; if `strict`, every benchmark must be in it.
    #[must_use]
    pub fn retain_baseline(mut self, baseline: String, strict: bool) -> Self {
        self.baseline = Baseline::Compare {
            name: baseline.clone(),
            is_strict: strict,
        };
        self.with(|real| real.retain_baseline(baseline, strict))
    }

    /// Runs only benchmarks whose id matches the regular expression `filter`.
    ///
    /// # Panics
    ///
    /// If `filter` is not a regular expression.
    #[must_use]
    pub fn with_filter<S: Into<String>>(self, filter: S) -> Self {
        self.select(|real| real.with_filter(filter))
    }

    /// Runs only benchmarks that `filter` accepts.
    pub fn with_benchmark_filter(self, filter: BenchmarkFilter) -> Self {
        self.select(|real| real.with_benchmark_filter(filter))
    }

    /// Whether what criterion prints is coloured.
    #[must_use]
    pub fn with_output_color(self, enabled: bool) -> Self {
        self.with(|real| real.with_output_color(enabled))
    }
}
