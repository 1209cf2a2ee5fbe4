//! The line view of real work, profiled here: both views contain every counted allocation, at the
//! lines that allocate.

use std::num::NonZeroUsize;
use std::path::Path;

use benchlens::CaseId;
use benchlens::profile::dhat::HeapProfile;
use benchlens::report::lines::sources::Sources;
use benchlens::report::lines::{Costs, LineView};
use benchlens_suite::feed::Limits;
use benchlens_suite::freq::Job;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::input::feeds::{self, TOPIC};
use benchlens_suite::input::text;
use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Method, Substitution};

fn flat(view: &LineView) -> Costs {
    let mut sum = Costs {
        allocations: Some(0),
        allocated_bytes: Some(0),
        ..Costs::default()
    };
    let lines = view.lines().map(|(_, line)| line.flat);
    (lines.chain(view.external.iter().map(|row| row.flat))).for_each(|flat| sum += flat);
    sum
}

/// Calls `call`; profiles are cut to the stack frames below this function.
#[inline(never)]
fn profiled(call: &mut dyn FnMut()) {
    call();
    std::hint::black_box(());
}

/// The profile of a call, and the blocks and bytes that dhat itself counted.
fn profile(folder: &Path, call: &mut dyn FnMut()) -> (HeapProfile, Costs) {
    let json = folder.join("profile.json");
    let (stats, ()) = benchlens_heap::measure(Some(&json), || profiled(call));
    let counted = Costs {
        allocations: Some(stats.total_blocks),
        allocated_bytes: Some(stats.total_bytes),
        ..Costs::default()
    };
    let profile = HeapProfile::read(&json).unwrap();
    (profile.within_call("heap::lines::profiled"), counted)
}

pub(super) fn every_counted_block_stands_in_both_views() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = Sources::read(root, &["benchlens_suite"], "benchlens_suite::cases").unwrap();
    let mut seen = 0;
    let mut check = |group: &str, subject: &str, call: &mut dyn FnMut()| {
        call();
        let (profile, counted) = profile(folder.path(), call);
        for folded in [false, true] {
            let case = CaseId::new(group, subject, "seed");
            let view = LineView::new(&case, Some(&profile), None, &sources, folded).unwrap();
            assert_eq!(flat(&view), view.total, "{case}");
            assert_eq!(view.total, counted, "{case}");
            if (group, subject) == ("rewrite", "alg_one") {
                alg_one(&view);
            }
        }
        seen += 1;
    };
    let substitution = Substitution::new(b"elvis", b"Elvis").unwrap();
    for rewriter in REWRITERS {
        let mut output = Vec::with_capacity(2 * text::SEED.len());
        check("rewrite", rewriter.name, &mut || {
            output.clear();
            match rewriter.method {
                Method::Stream { measured, .. } | Method::Slice(measured) => {
                    measured(text::SEED, substitution, &mut output)
                }
                _ => rewriter.rewrite_to_vec(text::SEED, substitution).map(|_| 0),
            }
            .unwrap();
        });
    }
    let paths = feeds::write(folder.path(), 8).unwrap();
    for counter in COUNTERS {
        let job = Job {
            paths: &paths,
            topic: TOPIC,
            threads: NonZeroUsize::MIN,
            limits: Limits::default(),
            lenient: false,
        };
        check("freq", counter.name, &mut || {
            (counter.count)(&job);
        });
    }
    assert!(seen > 15, "{seen}");
}

/// The course's two allocations: the box in the constructor, and the window.
fn alg_one(view: &LineView) {
    let allocating = view
        .lines()
        .filter(|(_, line)| line.flat.allocations > Some(0));
    assert_eq!(view.total.allocations, Some(2));
    let code: Vec<_> = allocating.map(|(_, line)| line.text.trim()).collect();
    assert!(code.contains(&"Box::new(Source::new(reader))"), "{code:?}");
    if !view.folded {
        assert!(
            code.contains(&"let mut window = vec![0; needle.len()];"),
            "{code:?}"
        );
    }
}
