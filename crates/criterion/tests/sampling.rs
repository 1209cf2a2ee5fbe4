//! Sampling a case of the drop-in, by perf and by the timer in its process: what is seen is the routine's, and
//! neither criterion's nor the set-up's.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

use std::time::Duration;

use benchlens::profile::samples::{SampleProfile, Way};
use benchlens::report::functions::{FunctionView, Sort};
use benchlens::run::repeat::Until;
use benchlens::sampling::{self, Error, Plan};

use crate::bench::Bench;

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

fn take(bench: &Bench, case: &str, way: Way) -> Option<SampleProfile> {
    let plan = Plan {
        way: Some(way),
        until: Until::Time(Duration::from_millis(1500)),
        ..Plan::default()
    };
    let id = bench.row(case).info.id;
    let folder = bench.executable.with_file_name("files");
    match sampling::take(&bench.results, &id, &plan, &folder) {
        Ok(profile) => Some(profile),
        // The timer is permitted wherever this test runs.
        Err(Error::NotPermitted { way: Way::Perf, .. }) => None,
        Err(error) => panic!("{case}: {error}"),
    }
}

#[test]
fn the_routine_is_seen_and_nothing_around_it() {
    let bench = Bench::new("routines", "sampling");
    bench.run(&["--bench", "--noplot"], "heap");
    for way in [Way::Timer, Way::Perf] {
        for case in ["plain", "batched", "reads"] {
            let Some(profile) = take(&bench, case, way) else {
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
                assert!(view.system.share > 0.3, "{way:?}: {view:?}");
                continue;
            }
            assert!(share("routines::routine") > 0.9, "{way:?} {case}: {view:?}");
            assert!(share("routines::work") > 0.9, "{way:?} {case}: {view:?}");
            assert!(share("routines::set_up") < 0.01, "{way:?} {case}: {view:?}");
            let mut functions = view.functions.iter().map(|row| &row.function);
            assert!(
                functions.all(|it| !it.starts_with("criterion::bencher")),
                "{view:?}"
            );
        }
    }
}
