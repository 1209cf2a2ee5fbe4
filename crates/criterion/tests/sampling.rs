//! Sampling a case of the drop-in, by perf and by the timer in its process: samples show the routine, and neither
//! criterion nor the set-up.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

use std::time::Duration;

use benchlens::profile::samples::{SampleProfile, SamplerKind};
use benchlens::report::functions::{FunctionView, Sort};
use benchlens::run::repeat::Until;
use benchlens::sampling::{self, Error, Plan};

use crate::bench::Bench;

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

fn take(bench: &Bench, case: &str, sampler: SamplerKind) -> Option<SampleProfile> {
    let plan = Plan {
        sampler: Some(sampler),
        until: Until::Time(Duration::from_millis(1500)),
        ..Plan::default()
    };
    let id = bench.row(case).info.id;
    let folder = bench.executable.with_file_name("files");
    match sampling::take(&bench.results, &id, &plan, &folder) {
        Ok(profile) => Some(profile),
        // The timer is permitted wherever this test runs.
        Err(Error::NotPermitted {
            sampler: SamplerKind::Perf,
            ..
        }) => None,
        Err(error) => panic!("{case}: {error}"),
    }
}

#[test]
fn the_routine_is_seen_and_nothing_around_it() {
    let bench = Bench::new("routines", "sampling");
    bench.run(&["--bench", "--noplot"], "heap");
    for sampler in [SamplerKind::Timer, SamplerKind::Perf] {
        for case in ["plain", "batched", "reads"] {
            let Some(profile) = take(&bench, case, sampler) else {
                continue;
            };
            let id = bench.row(case).info.id;
            let view = FunctionView::new(&id, &profile, Sort::Own, false);
            let share = |function: &str| {
                let mut rows = view.functions.iter();
                let row = rows.find(|row| row.function.ends_with(function));
                row.map_or(0.0, |row| row.cumulative.share)
            };
            if case == "reads" {
                assert!(view.system.share > 0.3, "{sampler:?}: {view:?}");
                continue;
            }
            assert!(
                share("routines::routine") > 0.9,
                "{sampler:?} {case}: {view:?}"
            );
            assert!(
                share("routines::work") > 0.9,
                "{sampler:?} {case}: {view:?}"
            );
            assert!(
                share("routines::set_up") < 0.01,
                "{sampler:?} {case}: {view:?}"
            );
            let mut functions = view.functions.iter().map(|row| &row.function);
            assert!(
                functions.all(|it| !it.starts_with("criterion::bencher")),
                "{view:?}"
            );
        }
    }
}
