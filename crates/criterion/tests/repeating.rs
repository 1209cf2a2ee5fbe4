//! Repeating a case of the drop-in in its own executable: every form of `iter`, and threads.

use std::time::Duration;

use benchlens::run::repeat::{self, Launch, Observe, Repeat, Repeating, Until};
use benchlens::{CaseId, Lens};

use crate::bench::Bench;

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

fn launch(bench: &Bench, case: &str, until: Until) -> Launch {
    let repeat = Repeat {
        warm_up: Duration::from_millis(5),
        windows: Some(Duration::ZERO),
        ..Repeat::new(until)
    };
    let id: CaseId = bench.row(case).info.id;
    Launch::find(&bench.results, &id, &[Lens::Heap], repeat).unwrap()
}

fn repeated(bench: &Bench, case: &str, until: Until) -> (repeat::Repeated, usize) {
    let folder = bench.executable.with_file_name("files");
    let repeating = Repeating::start(&launch(bench, case, until), &folder).unwrap();
    let repeated = repeating.wait().unwrap();
    (repeated, repeat::read_windows(&folder).unwrap().len())
}

#[test]
fn every_form_of_iter_is_repeated() {
    let bench = Bench::new("groups", "repeat");
    bench.run(&["--bench", "--noplot"], "heap");
    for case in ["dropped inside", "custom", "vector/10", "vector/grow/20"] {
        let (calls, windows) = repeated(&bench, case, Until::Calls(30));
        assert_eq!((calls.calls, windows), (30, 30), "{case}");
    }
    let time = Duration::from_millis(30);
    let (calls, _) = repeated(&bench, "empty", Until::Time(time));
    assert!(calls.time() >= time && calls.calls > 0, "{calls:?}");
    // A case that follows a failing one.
    let (calls, _) = repeated(&bench, "comes after", Until::Calls(3));
    assert_eq!(calls.calls, 3);
}

#[test]
fn a_case_with_threads_and_one_beside_threads_are_repeated() {
    let bench = Bench::new("threads", "repeat-threads");
    bench.run(&["--bench", "--noplot", "spawned|in a process"], "heap");
    for case in ["spawned", "in a process with threads"] {
        let (calls, windows) = repeated(&bench, case, Until::Calls(5));
        assert_eq!((calls.calls, windows), (5, 5), "{case}");
    }
}

#[test]
fn regions_are_recorded_on_every_thread_with_what_they_allocate() {
    let bench = Bench::new("threads", "repeat-regions");
    bench.run(&["--bench", "--noplot", "spawned|one thread"], "heap");
    let folder = bench.executable.with_file_name("files");
    for (case, threads) in [("one thread", 1), ("spawned", 3)] {
        let id: CaseId = bench.row(case).info.id;
        let repeat = Repeat {
            observe: Observe::Regions,
            warm_up: Duration::from_millis(5),
            ..Repeat::new(Until::Calls(20))
        };
        let launch = Launch::find(&bench.results, &id, &[Lens::Heap], repeat).unwrap();
        Repeating::start(&launch, &folder).unwrap().wait().unwrap();
        let recording = repeat::read_regions(&folder).unwrap();
        let regions = recording.lanes.iter().flat_map(|lane| &lane.regions);
        let named = |name: &str| {
            let is_named = |place: u32| recording.names[place as usize] == name;
            let named = regions.clone().filter(|region| is_named(region.name));
            named.collect::<Vec<_>>()
        };
        let calls = usize::try_from(recording.calls).unwrap();
        assert!(calls > 0 && named("call").len() == calls, "{case}");
        assert_eq!(named("work").len(), threads * calls, "{case}");
        assert!(
            named("work")
                .iter()
                .all(|work| work.blocks == Some([1, 800])),
            "{case}"
        );
        assert!(recording.heap.is_some(), "{case}");
    }
}
