use super::*;
use crate::region::{Kind, LaneRecord, Point, RegionRecord};

/// Regions of the names `call`, `parse` and `wait`, as name, start and end.
pub(super) fn recording(lanes: &[&[(u32, Kind, u64, u64)]], end: u64) -> Recording {
    let lane = |(thread, regions): (usize, &&[(u32, Kind, u64, u64)])| LaneRecord {
        thread: thread as u64 + 7,
        end,
        worked: Some(end / 2),
        waited: Some(end / 10),
        blocks: Some([3, 300]),
        regions: (regions.iter())
            .map(|&(name, kind, start, end)| RegionRecord {
                name,
                kind,
                start,
                end,
                blocks: Some([1, 100]),
            })
            .collect(),
        ..LaneRecord::default()
    };
    Recording {
        calls: 1,
        end,
        of: 9,
        quick: 100,
        cost: Some(80.0),
        names: ["call", "parse", "wait"].map(str::to_owned).to_vec(),
        lanes: lanes.iter().enumerate().map(lane).collect(),
        heap: Some(vec![
            Point { at: 0, live: 0 },
            Point {
                at: 60,
                live: 1 << 20,
            },
        ]),
    }
}

pub(super) fn timeline(recording: Recording) -> Timeline {
    Timeline {
        case: CaseId::new("group", "subject", "input"),
        executable: String::new(),
        recording,
        overhead: Overhead::of(&[(50, 60), (60, 52), (70, 70)]),
    }
}

const WORK: Kind = Kind::Work;
const LOCK: Kind = Kind::Lock;

#[test]
fn regions_are_summed_by_name_and_kind() {
    let recording = recording(
        &[
            &[
                (1, WORK, 0, 10),
                (1, WORK, 20, 50),
                (2, LOCK, 60, 65),
                (0, WORK, 0, 100),
            ],
            &[(1, WORK, 5, 25), (1, LOCK, 30, 31)],
        ],
        100,
    );
    let sums = timeline(recording).sums();
    let short: Vec<_> = (sums.iter())
        .map(|sum| {
            (
                sum.name.as_str(),
                sum.kind,
                sum.count,
                sum.sum,
                sum.median,
                sum.longest,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("call", WORK, 1, 100, 100, 100),
            ("parse", WORK, 3, 60, 20, 30),
            ("wait", LOCK, 1, 5, 5, 5),
            ("parse", LOCK, 1, 1, 1, 1),
        ]
    );
    assert_eq!(sums[1].share, 0.3);
    assert_eq!(sums[1].blocks, Some([3, 300]));
}

#[test]
fn what_a_thread_did_adds_up_to_its_time() {
    let mut recording = recording(
        &[&[(2, LOCK, 10, 40), (1, WORK, 20, 30), (0, WORK, 0, 100)]],
        100,
    );
    let shares = Shares::of(&recording.lanes[0]);
    // The kernel's figures, whatever the regions say.
    let all = [shares.worked, shares.blocked, shares.unscheduled];
    assert_eq!(all, [Some(50), Some(40), Some(10)]);
    // Work within the wait does not count as waiting.
    let lock = Kind::ALL.iter().position(|kind| *kind == LOCK).unwrap() - 1;
    assert_eq!(shares.waits[lock], 20);
    assert_eq!(shares.waits.iter().sum::<u64>(), 20);
    // Where the kernel does not count it, the regions tell how much of the rest was blocked.
    recording.lanes[0].waited = None;
    let shares = Shares::of(&recording.lanes[0]);
    assert_eq!((shares.blocked, shares.unscheduled), (Some(20), Some(30)));
    recording.lanes[0].worked = None;
    let shares = Shares::of(&recording.lanes[0]);
    assert_eq!(
        (shares.worked, shares.blocked, shares.unscheduled),
        (None, None, None)
    );
}

#[test]
fn the_overhead_is_that_of_the_quietest_rounds() {
    let overhead = Overhead::of(&[(50, 60), (60, 52), (70, 70)]).unwrap();
    assert_eq!(
        (overhead.without, overhead.with, overhead.rounds),
        (50, 52, 3)
    );
    assert!((overhead.percent() - 4.0).abs() < 1e-9);
    assert_eq!(Overhead::of(&[]), None);
    assert_eq!(Overhead::of(&[(0, 0)]).map(|it| it.percent()), Some(0.0));
}

#[test]
fn threads_share_a_track_one_after_the_other_and_regions_stand_in_rows() {
    let mut recording = recording(
        &[
            // A pair of instants overlaps the first two, without nesting.
            &[
                (1, WORK, 0, 10),
                (1, WORK, 10, 20),
                (2, LOCK, 12, 15),
                (1, WORK, 5, 12),
                (0, WORK, 0, 20),
            ],
            &[(1, WORK, 0, 5)],
            &[(1, WORK, 10, 12)],
        ],
        100,
    );
    recording.lanes[1].end = 8;
    recording.lanes[2].begin = 8;
    let placed = layout::placed(&recording);
    assert_eq!(
        placed.iter().map(|it| it.track).collect::<Vec<_>>(),
        [0, 1, 1]
    );
    let rows: Vec<_> = (placed[0].regions.iter())
        .map(|(row, region)| (*row, region.start, region.end))
        .collect();
    assert_eq!(
        rows,
        [(0, 0, 20), (1, 0, 10), (2, 5, 12), (3, 10, 20), (4, 12, 15)]
    );
}

#[test]
fn the_text_has_every_sum_and_shows_nothing_that_would_harm_a_terminal() {
    let mut recording = recording(&[&[(1, WORK, 0, 10), (0, WORK, 0, 100)]], 100);
    recording.names[1] = "\u{1b}[31mred".to_owned();
    recording.lanes[0].name = "\u{7}bell".to_owned();
    let text = text::render(&timeline(recording));
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    assert!(
        text.contains("group/subject/input: 1 call in 100 ns"),
        "{text}"
    );
    assert!(
        text.contains("50.0 %") && text.contains("80 ns a region"),
        "{text}"
    );
    assert!(text.contains("4.0 % more"), "{text}");
}

#[test]
fn a_page_escapes_what_names_hold() {
    let mut recording = recording(&[&[(1, WORK, 0, 10), (0, WORK, 0, 100)]], 100);
    recording.names[1] = "</script><script>alert(1)</script>".to_owned();
    let page = page(&[timeline(recording)]).unwrap();
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("group/subject/input"));
}
