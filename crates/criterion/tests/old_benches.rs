//! Benches written for criterion 0.3 to 0.7 that 0.8 accepts must compile.

#![allow(
    deprecated,
    dead_code,
    unused_imports,
    reason = "old benches use old names"
)]

#[macro_use]
extern crate criterion;

mod of_0_3 {
    use criterion::{
        AxisScale, BatchSize, Bencher, BenchmarkGroup, BenchmarkId, Criterion, PlotConfiguration,
        SamplingMode, Throughput, black_box, criterion_group, criterion_main,
        measurement::{Measurement, WallTime},
    };
    use std::time::Duration;

    fn by_name(b: &mut Bencher) {
        b.iter(|| black_box(1) + 1);
    }

    fn with_measurement(b: &mut Bencher<WallTime>, n: &usize) {
        b.iter_with_setup(|| vec![0; *n], |v| v.len());
    }

    fn in_group(group: &mut BenchmarkGroup<WallTime>) {
        group.bench_function("named", by_name);
        group.bench_function(String::from("owned"), |b: &mut Bencher| b.iter(|| ()));
        group.bench_function(BenchmarkId::from_parameter(3), |b| b.iter(|| ()));
        group.bench_function(format!("{}-{}", 1, 2), |b| b.iter(|| ()));
        group.bench_with_input(BenchmarkId::new("sized", 1), &1, with_measurement);
        group.bench_with_input("str", "input", |b, text: &str| b.iter(|| text.len()));
        group.bench_with_input("slice", &[1, 2][..], |b, slice| b.iter(|| slice.len()));
    }

    fn generic<M: Measurement + 'static>(c: &mut Criterion<M>, size: usize) {
        let mut group: BenchmarkGroup<'_, M> = c.benchmark_group(format!("generic {size}"));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(1))
            .measurement_time(Duration::from_millis(5))
            .nresamples(2000)
            .noise_threshold(0.05)
            .confidence_level(0.9)
            .significance_level(0.1)
            .throughput(Throughput::Elements(size as u64))
            .sampling_mode(SamplingMode::Flat)
            .plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
        group.bench_function("moved", move |b| {
            b.iter_batched(|| vec![0; size], |v| v, BatchSize::PerIteration)
        });
        group.finish();
    }

    fn all(c: &mut Criterion) {
        c.bench_function("by name", by_name)
            .bench_function("chained", |b| b.iter(|| 1));
        c.bench_with_input(BenchmarkId::new("sized", 2), &2, with_measurement);
        in_group(&mut c.benchmark_group("in group"));
        generic(c, 4);
    }

    criterion_group!(short, all,);
    criterion_group!(
        name = long;
        config = Criterion::default()
            .sample_size(10)
            .noise_threshold(0.05)
            .with_plots()
            .significance_level(0.1)
            .warm_up_time(Duration::from_millis(1))
            .measurement_time(Duration::from_millis(5));
        targets = all, all
    );
    criterion_main!(short, long);

    /// Compiled like a bench, and run as far as criterion's argument parser allows in a test.
    #[test]
    fn runs() {
        let mut c = Criterion::default()
            .with_filter("^no benchmark has this name$")
            .without_plots()
            .save_baseline("base".into());
        all(&mut c);
    }
}

mod with_macro_use {
    use criterion::Criterion;
    use criterion::profiler::Profiler;
    use std::path::Path;

    struct Silent;

    impl Profiler for Silent {
        fn start_profiling(&mut self, _: &str, _: &Path) {}
        fn stop_profiling(&mut self, _: &str, _: &Path) {}
    }

    fn bench(c: &mut Criterion) {
        for size in [1_usize, 2].iter() {
            c.bench_function(&format!("size {}", size), move |b| {
                b.iter(|| vec![0; *size])
            });
        }
    }

    criterion_group! {
        name = benches;
        config = Criterion::default().with_profiler(Silent);
        targets = bench
    }
    criterion_main! { benches }
}

mod with_a_measurement {
    use criterion::measurement::{Measurement, ValueFormatter, WallTime};
    use criterion::{Criterion, PlottingBackend, Throughput, criterion_group};

    struct Own(WallTime);

    impl Measurement for Own {
        type Intermediate = <WallTime as Measurement>::Intermediate;
        type Value = <WallTime as Measurement>::Value;

        fn start(&self) -> Self::Intermediate {
            self.0.start()
        }
        fn end(&self, started: Self::Intermediate) -> Self::Value {
            self.0.end(started)
        }
        fn add(&self, one: &Self::Value, other: &Self::Value) -> Self::Value {
            self.0.add(one, other)
        }
        fn zero(&self) -> Self::Value {
            self.0.zero()
        }
        fn to_f64(&self, value: &Self::Value) -> f64 {
            self.0.to_f64(value)
        }
        fn formatter(&self) -> &dyn ValueFormatter {
            self.0.formatter()
        }
    }

    fn bench(c: &mut Criterion<Own>) {
        c.bench_function("own", |b| b.iter(|| 1));
    }

    criterion_group! {
        name = benches;
        config = Criterion::default().with_measurement(Own(WallTime)).plotting_backend(PlottingBackend::None);
        targets = bench
    }
}
