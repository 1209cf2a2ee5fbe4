use super::*;
use crate::Value;

fn row(case: (&str, &str, &str), metric: Metric, count: u64) -> Figure {
    Figure::exact(CaseId::new(case.0, case.1, case.2), metric, count)
}

fn shown(figure: Figure, spread: Option<(u64, u64)>) -> Figure {
    Figure {
        worth: Worth::Shown(spread),
        ..figure
    }
}

const MINE: (&str, &str, &str) = ("parse", "mine", "seed");

fn side(allocations: u64, instructions: u64) -> Side {
    Side {
        key: Key::default(),
        heap: vec![
            row(MINE, Metric::Allocations, allocations),
            shown(row(("sum", "threads", "all"), Metric::PeakBytes, 7), None),
        ],
        instructions: vec![row(MINE, Metric::Instructions, instructions)],
        ..Side::default()
    }
}

fn judged(before: &Side, after: &Side) -> Verdict {
    judge(before, after, TOLERANCE).unwrap()
}

#[test]
fn equal_sides_pass_and_something_was_judged() {
    let verdict = judged(&side(2, 1000), &side(2, 1000));
    assert_eq!(
        (verdict.exit_code(), verdict.judged, verdict.shown),
        (0, 2, 1)
    );
}

#[test]
fn one_allocation_more_or_less_fails_in_one_line() {
    let more = judged(&side(0, 1000), &side(1, 1000));
    assert_eq!((more.exit_code(), more.judged, more.shown), (1, 2, 1));
    assert_eq!(
        more.findings[0].to_string(),
        "parse/mine/seed: allocations 0 -> 1 (+1)"
    );
    let less = judged(&side(2, 1000), &side(1, 1000));
    assert_eq!(less.exit_code(), 1);
    let line = less.findings[0].to_string();
    assert!(line.contains("2 -> 1 (-1, -50.00 %)"), "{line}");
    assert!(line.ends_with("the baseline is stale"), "{line}");
}

#[test]
fn a_name_forges_no_line() {
    let name = ("a\nb: allocations 0 -> 1", "\u{1b}[31m", "\u{202e}");
    let before = Side {
        heap: vec![row(name, Metric::Allocations, 1)],
        ..side(1, 1)
    };
    let line = judged(&before, &side(1, 1)).findings[0].to_string();
    assert!(!line.contains(['\n', '\u{1b}', '\u{202e}']), "{line}");
}

#[test]
fn instructions_pass_to_the_tolerance_and_no_further_both_ways() {
    for (after, code) in [(1005, 0), (995, 0), (1006, 1), (994, 1)] {
        let verdict = judged(&side(1, 1000), &side(1, after));
        assert_eq!(verdict.exit_code(), code, "{after}");
    }
}

#[test]
fn counts_are_compared_as_integers_however_large() {
    const BEYOND: u64 = 1 << 53;
    for (before, after, code) in [(BEYOND, BEYOND, 0), (BEYOND, BEYOND + 1, 1)] {
        let verdict = judged(&side(before, 1000), &side(after, 1000));
        assert_eq!(verdict.exit_code(), code);
        let strict = judge(&side(1, before), &side(1, after), 0.0).unwrap();
        assert_eq!(strict.exit_code(), code);
    }
    let line = judged(&side(BEYOND, 1), &side(BEYOND + 1, 1)).findings[0].to_string();
    assert!(
        line.contains("9007199254740992 -> 9007199254740993 (+1,"),
        "{line}"
    );
    let most = judge(&side(1, u64::MAX), &side(1, 0), 1.0).unwrap();
    assert_eq!(most.exit_code(), 0, "nothing overflows");
    let other_way = judge(&side(1, 0), &side(1, u64::MAX), 1e30).unwrap();
    assert_eq!(other_way.exit_code(), 1, "of nothing, no share is allowed");
}

#[test]
fn a_baseline_that_is_not_exact_is_not_judged_but_may_not_be_missing() {
    let mut before = side(1, 1000);
    let unsteady = |count| {
        let figure = row(("parse", "threads", "dense"), Metric::Instructions, count);
        shown(figure, Some((count - 10, count + 10)))
    };
    before.instructions.push(unsteady(100));
    let mut after = before.clone();
    after.instructions[1] = unsteady(110);
    assert_eq!(judged(&before, &after).exit_code(), 0);
    after.instructions[1].worth = Worth::Exact;
    assert_eq!(
        judged(&before, &after).exit_code(),
        0,
        "a run may be luckier"
    );
    after.instructions.pop();
    assert_eq!(judged(&before, &after).exit_code(), 1);
    assert_eq!(judged(&after, &before).exit_code(), 1);
}

#[test]
fn what_is_no_longer_exact_fails_unless_the_baseline_lies_within_its_spread() {
    let before = side(5, 1000);
    for (allocations, spread, code) in [
        (5, Some((5, 7)), 0),
        (6, Some((4, 6)), 0),
        (6, Some((6, 7)), 1),
        (4, Some((3, 4)), 1),
        (5, None, 1),
    ] {
        let mut after = side(allocations, 1000);
        after.heap[0] = shown(after.heap[0].clone(), spread);
        after.heap[0].note = "chance decides".to_owned();
        let verdict = judged(&before, &after);
        assert_eq!(verdict.exit_code(), code, "{spread:?}");
        if code == 1 {
            let line = verdict.findings[0].to_string();
            assert!(line.ends_with("no longer exact: chance decides"), "{line}");
        } else {
            assert_eq!((verdict.judged, verdict.shown), (1, 2));
        }
    }
}

#[test]
fn what_is_missing_on_either_side_fails() {
    let whole = side(1, 1000);
    let mut less = whole.clone();
    less.heap.remove(1);
    assert_eq!(judged(&whole, &less).exit_code(), 1);
    assert_eq!(judged(&less, &whole).exit_code(), 1);
    let mut other_metric = whole.clone();
    other_metric.heap[0].metric = Metric::AllocatedBytes;
    assert_eq!(judged(&whole, &other_metric).findings[0].changes.len(), 2);
    let mut renamed = whole.clone();
    renamed.heap[0].case = CaseId::new("parse", "mine/seed", "");
    assert_eq!(judged(&whole, &renamed).findings.len(), 2, "names are data");
    let mut no_count = whole.clone();
    no_count.heap[0].value = Value::Measured(1.0);
    assert_eq!(judged(&whole, &no_count).exit_code(), 1);
}

#[test]
fn an_inexact_figure_is_not_judged() {
    let whole = side(1, 1000);
    let mut peak = whole.clone();
    peak.heap[1].value = Value::Count(900);
    assert_eq!(judged(&whole, &peak).exit_code(), 0);
}

#[test]
fn another_key_judges_no_instructions_and_heap_only_under_the_same_compiler() {
    let before = side(1, 1000);
    let mut libc = side(1, 2000);
    libc.key.libc = "2.40".to_owned();
    assert_eq!(judged(&before, &libc).exit_code(), 3);
    assert_eq!(judged(&before, &libc).key_differences[0].0, "libc");
    libc.heap[0].value = Value::Count(2);
    assert_eq!(judged(&before, &libc).exit_code(), 1);
    let mut rustc = side(2, 2000);
    rustc.key.rustc = "1.96.0".to_owned();
    let verdict = judged(&before, &rustc);
    assert_eq!((verdict.exit_code(), verdict.judged), (3, 0));
}

#[test]
fn results_that_are_not_of_one_whole_run_are_refused_and_each_reason_is_named() {
    let whole = side(1, 1000);
    let mut failed = whole.clone();
    let case = CaseId::new("a", "b", "");
    failed.failures.push(Failure::of(&case, "wrong answer"));
    let lens = Lens::Heap;
    let mut mixed = whole.clone();
    mixed.doubts = vec![
        Doubt::Runs { lens, runs: 2 },
        Doubt::Executables {
            lens,
            executables: 3,
        },
        Doubt::Partial {
            lens,
            selected: 1,
            of: 9,
        },
    ];
    for (results, words) in [
        (failed, &["a/b: wrong answer"][..]),
        (
            mixed,
            &["2 different runs", "3 different builds", "1 of 9 cases"],
        ),
    ] {
        let error = judge(&whole, &results, TOLERANCE).unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error}");
        for words in words {
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(
            differences(&whole, &results, TOLERANCE)
                .unwrap()
                .exit_code(),
            0
        );
    }
}

#[test]
fn figures_of_which_none_is_exact_are_never_green() {
    let mut all_shown = side(1, 1000);
    for row in all_shown.heap.iter_mut().chain(&mut all_shown.instructions) {
        row.worth = Worth::Shown(None);
    }
    let error = judge(&all_shown, &all_shown, TOLERANCE).unwrap_err();
    assert_eq!(error, Error::NothingExact(3));
    let verdict = differences(&all_shown, &all_shown, TOLERANCE).unwrap();
    assert_eq!((verdict.judged, verdict.shown), (0, 3));
    // One exact figure is enough.
    all_shown.heap[0].worth = Worth::Exact;
    assert_eq!(judged(&all_shown, &all_shown).judged, 1);
}

#[test]
fn heap_figures_hold_for_one_compiler_target_and_profile() {
    type Field = fn(&mut Key) -> &mut String;
    let fields: [(Field, usize); 6] = [
        (|key| &mut key.rustc, 0),
        (|key| &mut key.target, 0),
        (|key| &mut key.profile, 0),
        (|key| &mut key.cpu_features, 1),
        (|key| &mut key.libc, 1),
        (|key| &mut key.threads, 1),
    ];
    for (field, judged_figures) in fields {
        let mut other = side(1, 2000);
        field(&mut other.key).push_str("other");
        let verdict = judged(&side(1, 1000), &other);
        assert_eq!(verdict.key_differences.len(), 1);
        let name = verdict.key_differences[0].0;
        assert_eq!(
            (verdict.exit_code(), verdict.judged),
            (3, judged_figures),
            "{name}"
        );
    }
}

#[test]
fn an_empty_side_is_an_error_and_never_green() {
    let whole = side(1, 1000);
    let mut no_heap = whole.clone();
    no_heap.heap.clear();
    let mut no_instructions = whole.clone();
    no_instructions.instructions.clear();
    for empty in [no_heap, no_instructions, Side::default()] {
        assert!(judge(&whole, &empty, TOLERANCE).is_err());
        assert!(judge(&empty, &whole, TOLERANCE).is_err());
        assert!(judge(&empty, &empty, TOLERANCE).is_err());
    }
    assert!(judge(&whole, &whole, f64::NAN).is_err());
    assert!(judge(&whole, &whole, -0.1).is_err());
}
