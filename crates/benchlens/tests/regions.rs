//! Recordings of what threads do, with the counting allocator: every region is recorded once, with its thread, its
//! time and its allocations, and nothing outside of a call is recorded.
//!
//! `cargo test --package benchlens --features heap --test regions`

use std::hint::black_box;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use benchlens::region::{self, Kind, LaneRecord, Recording, RegionRecord};

/// The tests share a process, and a recording sees all of its threads.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn observed() {
    region::set_observable(benchlens::observable().expect("the counting allocator is linked"));
}

fn named<'a>(recording: &'a Recording, lane: &'a LaneRecord, name: &str) -> Vec<&'a RegionRecord> {
    let is_named = |region: &&RegionRecord| recording.names[region.name as usize] == name;
    lane.regions.iter().filter(is_named).collect()
}

fn all(recording: &Recording, name: &str) -> usize {
    let lanes = recording.lanes.iter();
    lanes.map(|lane| named(recording, lane, name).len()).sum()
}

#[test]
fn nothing_is_recorded_outside_of_a_call() {
    let _alone = alone();
    assert!(!region::is_recorded());
    drop(benchlens::region!("before"));
    let ((), recording) = region::record(|| ());
    drop(benchlens::region!("after"));
    let ((), next) = region::record(|| drop(benchlens::region!("within")));
    assert_eq!(recording.names, ["call"]);
    assert_eq!(next.names, ["within", "call"]);
    assert!(next.cost.is_some_and(|cost| cost > 0.0));
}

#[test]
fn a_region_that_a_call_leaves_open_belongs_to_none() {
    let _alone = alone();
    let (open, first) = region::record(|| benchlens::region!("open"));
    let ((), second) = region::record(|| drop(open));
    assert_eq!((all(&first, "open"), all(&second, "open")), (0, 0));
}

#[test]
fn regions_nest_and_have_the_times_of_a_pair_of_instants() {
    let _alone = alone();
    let (pair, recording) = region::record(|| {
        let _outer = benchlens::region!("outer");
        let begin = Instant::now();
        thread::sleep(Duration::from_millis(2));
        let end = Instant::now();
        region::between("pair", Kind::Lock, begin, end);
        end - begin
    });
    let [lane] = &recording.lanes[..] else {
        panic!("{:?}", recording.lanes);
    };
    let (outer, inner) = (
        named(&recording, lane, "outer"),
        named(&recording, lane, "pair"),
    );
    assert_eq!(u128::from(inner[0].end - inner[0].start), pair.as_nanos());
    assert_eq!(inner[0].kind, Kind::Lock);
    assert!(outer[0].start <= inner[0].start && inner[0].end <= outer[0].end);
    let call = named(&recording, lane, "call")[0];
    assert_eq!((call.start, call.end), (0, recording.end));
}

#[test]
fn every_thread_has_a_lane_whether_it_ends_or_not() {
    let _alone = alone();
    // A thread that starts before the recording and outlives it.
    let (send, receive) = mpsc::channel::<mpsc::Sender<()>>();
    let pool = thread::spawn(move || {
        for done in receive {
            drop(benchlens::region!("pool"));
            done.send(()).unwrap();
        }
    });
    let ((), recording) = region::record(|| {
        thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| drop(benchlens::region!("short")));
            }
        });
        let (done, wait) = mpsc::channel();
        send.send(done).unwrap();
        wait.recv().unwrap();
    });
    drop(send);
    pool.join().unwrap();
    assert_eq!(
        (all(&recording, "short"), all(&recording, "pool")),
        (100, 1)
    );
    assert_eq!(recording.lanes.len(), 102);
    for lane in &recording.lanes {
        assert!(
            lane.begin <= lane.end && lane.end <= recording.end,
            "{lane:?}"
        );
        for region in &lane.regions {
            assert!(
                region.start <= region.end && region.end <= lane.end,
                "{lane:?}"
            );
            assert!(lane.begin <= region.start, "{lane:?}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_sleeps_is_told_from_one_that_works() {
    let _alone = alone();
    let ((), recording) = region::record(|| {
        thread::scope(|scope| {
            scope.spawn(|| {
                let _sleep = benchlens::region!("sleep", Kind::Lock);
                thread::sleep(Duration::from_millis(60));
            });
            scope.spawn(|| {
                let _work = benchlens::region!("work");
                let begin = Instant::now();
                while begin.elapsed() < Duration::from_millis(60) {
                    black_box((0..100).sum::<u64>());
                }
            });
        });
    });
    let of = |name: &str| {
        let lanes = recording.lanes.iter();
        lanes
            .clone()
            .find(|lane| !named(&recording, lane, name).is_empty())
            .unwrap()
    };
    let asleep =
        |lane: &LaneRecord| lane.end - lane.begin - lane.worked.unwrap() - lane.waited.unwrap();
    // Other processes take processor time, but put no thread to sleep.
    assert!(asleep(of("sleep")) > asleep(of("work")), "{recording:?}");
    assert!(of("work").worked > of("sleep").worked, "{recording:?}");
}

#[test]
fn what_a_region_allocates_is_counted_to_the_block() {
    let _alone = alone();
    observed();
    let ((), recording) = region::record(|| {
        let _outer = benchlens::region!("outer");
        drop(black_box(vec![0_u8; 1000]));
        {
            let _inner = benchlens::region!("inner");
            let mut grown = black_box(Vec::with_capacity(10));
            grown.push(1_u8);
            grown.reserve_exact(99);
            drop(black_box(grown));
        }
    });
    let lane = &recording.lanes[0];
    let blocks = |name| named(&recording, lane, name)[0].blocks;
    // As dhat counts: a reallocation is a block of its new size.
    assert_eq!(blocks("inner"), Some([2, 110]));
    assert_eq!(blocks("outer"), Some([3, 1110]));
    assert_eq!(blocks("call"), Some([3, 1110]));
    assert_eq!(lane.blocks, Some([3, 1110]));
}

#[test]
fn the_live_heap_is_a_curve_of_all_threads() {
    let _alone = alone();
    observed();
    const BLOCK: usize = 1 << 20;
    let ((), recording) = region::record(|| {
        let both = Arc::new(Barrier::new(2));
        thread::scope(|scope| {
            for _ in 0..2 {
                let both = Arc::clone(&both);
                scope.spawn(move || {
                    let block = black_box(vec![1_u8; BLOCK]);
                    both.wait();
                    drop(block);
                });
            }
        });
    });
    let points = recording.heap.unwrap();
    let peak = points.iter().map(|point| point.live).max().unwrap();
    // The threads' runtime allocates too, and points are 16 KiB apart.
    let expected = 2 * BLOCK as i64 - (64 << 10)..2 * BLOCK as i64 + (256 << 10);
    assert!(expected.contains(&peak), "{points:?}");
    assert!(points.is_sorted_by_key(|point| point.at));
    assert!(points.last().unwrap().live.abs() < 256 << 10);
}

#[test]
fn a_call_of_any_length_has_its_curve() {
    let _alone = alone();
    observed();
    const BLOCK: usize = 1 << 20;
    for slept in [0, 3] {
        let ((), recording) = region::record(|| {
            drop(black_box(vec![1_u8; BLOCK]));
            thread::sleep(Duration::from_millis(slept));
        });
        let points = recording.heap.unwrap();
        let peak = points.iter().map(|point| point.live).max();
        assert!(peak >= Some(BLOCK as i64), "{slept} ms: {points:?}");
    }
}

#[test]
fn a_panic_ends_the_recording() {
    let _alone = alone();
    let panicked = std::panic::catch_unwind(|| region::record(|| panic!("on purpose")));
    assert!(panicked.is_err());
    assert!(!region::is_recorded());
    let (answer, recording) = region::record(|| 7);
    assert_eq!((answer, recording.calls), (7, 1));
}
