//! The line view of real cases, profiled here: every allocation that the profiler counted stands
//! in both views, and the lines are those that allocate.

#![cfg(feature = "cli")]

use std::path::Path;

use benchlens::profile::dhat::HeapProfile;
use benchlens::report::lines::sources::Sources;
use benchlens::report::lines::{Costs, LineView};
use benchlens_heap::HeapCost;
use benchlens_suite::case;

fn flat(view: &LineView) -> Costs {
    let mut sum = Costs::default();
    let lines = view.lines().map(|(_, line)| line.flat);
    (lines.chain(view.elsewhere.iter().map(|row| row.flat))).for_each(|flat| sum += flat);
    sum
}

/// One test, for only one profiler can run at a time.
#[test]
fn every_counted_block_stands_in_both_views() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benchlens");
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = Sources::read(root, &["benchlens_suite"], "benchlens_suite::case").unwrap();
    let mut seen = 0;
    for case in case::suite(&scratch).unwrap() {
        if case.time_only || !matches!(&*case.input, "seed" | "feeds") {
            continue;
        }
        let Ok(mut prepared) = (case.prepare)(1) else {
            continue;
        };
        let json = folder.path().join("profile.json");
        (prepared.reset)();
        let (cost, ()) = benchlens_heap::measure(Some(&json), || (prepared.run)());
        let profile = HeapProfile::read(&json)
            .unwrap()
            .within_call("benchlens_heap::measure");
        for folded in [false, true] {
            let view = LineView::new(&case.name(), Some(&profile), None, &sources, folded).unwrap();
            assert_eq!(flat(&view), view.total, "{}", case.name());
            if !case.threaded {
                let HeapCost {
                    allocations,
                    allocated_bytes,
                    ..
                } = cost;
                let total = (view.total.allocations, view.total.allocated_bytes);
                assert_eq!(total, (allocations, allocated_bytes), "{}", case.name());
            }
            if case.subject == "rewrite/alg_one" {
                alg_one(&view);
            }
        }
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

/// The course's two allocations: the box in the constructor, and the window.
fn alg_one(view: &LineView) {
    let allocating = view.lines().filter(|(_, line)| line.flat.allocations > 0);
    let code: Vec<_> = allocating.map(|(_, line)| line.text.trim()).collect();
    assert_eq!(view.total.allocations, 2);
    assert!(code.contains(&"Box::new(Source::new(reader))"), "{code:?}");
    if !view.folded {
        assert!(
            code.contains(&"let mut window = vec![0; needle.len()];"),
            "{code:?}"
        );
    }
}
