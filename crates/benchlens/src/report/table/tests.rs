use super::*;
use crate::PairSide;

fn exact(case: (&str, &str, &str), metric: Metric, count: u64) -> Figure {
    Figure::exact(CaseId::new(case.0, case.1, case.2), metric, count)
}

fn time(case: (&str, &str, &str), nanoseconds: f64) -> Figure {
    Figure::measured(
        CaseId::new(case.0, case.1, case.2),
        Metric::Time,
        nanoseconds,
    )
}

fn info(group: &str, subject: &str, input: &str, role: Role) -> CaseInfo {
    CaseInfo {
        role,
        work: vec![Work::new("bytes", 1000)],
        ..CaseInfo::of(CaseId::new(group, subject, input))
    }
}

fn table(cases: Vec<CaseInfo>, figures: Vec<Figure>) -> Table {
    Table {
        rows: join(cases, figures, Vec::new()),
        ..Table::default()
    }
}

fn example() -> Table {
    table(
        vec![
            info("parse", "two", "seed", Role::Subject),
            info("parse", "two", "dense", Role::Subject),
            info("parse", "regex", "seed", Role::Peer),
            info("parse", "copy", "seed", Role::Control),
            info("parse", "one", "seed", Role::Subject),
            info("parse", "never", "seed", Role::Subject),
        ],
        vec![
            time(("parse", "two", "seed"), 150.0),
            time(("parse", "two", "dense"), 1e6),
            time(("parse", "regex", "seed"), 100.0),
            time(("parse", "copy", "seed"), 1.0),
            exact(("parse", "two", "seed"), Metric::Allocations, 0),
            exact(("parse", "one", "seed"), Metric::Allocations, 2),
        ],
    )
}

#[test]
fn rows_are_joined_and_stand_in_comparisons() {
    let cases: Vec<_> = (example().rows.iter())
        .map(|row| row.info.id.to_string())
        .collect();
    let expected = [
        "parse/two/seed",
        "parse/regex/seed",
        "parse/copy/seed",
        "parse/one/seed",
        "parse/two/dense",
    ];
    assert_eq!(cases, expected);
}

fn line(text: &str, name: &str) -> String {
    let found = text.lines().find(|line| line.contains(name));
    found
        .unwrap_or_else(|| panic!("no {name} in {text}"))
        .to_owned()
}

#[test]
fn the_best_is_marked_and_zero_is_zero() {
    let text = example().render(Format::Text);
    assert!(line(&text, "two ").contains("* 0"), "{text}");
    assert!(text.contains("* best of its group"), "{text}");
    assert!(line(&text, "regex (peer)").contains("* 100 ns"), "{text}");
    assert!(!line(&text, "copy (control)").contains('*'), "{text}");
    assert!(line(&text, "one ").contains("n/a"), "{text}");
    assert!(line(&text, "regex").contains("10.0 GB/s"), "{text}");
}

#[test]
fn what_stands_alone_is_no_best() {
    let alone = |name: &str| CaseInfo::of(CaseId::new(name, "", ""));
    let cases = vec![alone("encode"), alone("decode")];
    let figures = (cases.iter())
        .map(|case| Figure::exact(case.id.clone(), Metric::Allocations, 1))
        .collect();
    let text = table(cases, figures).render(Format::Text);
    assert!(!text.contains('*'), "{text}");
}

#[test]
fn all_pairs_are_one_block_and_each_has_its_own_best() {
    let pair = |subject: &str, input: &str| CaseInfo {
        pair: Some(PairSide {
            function: String::new(),
            callee: String::new(),
        }),
        ..CaseInfo::of(CaseId::new("pairs", subject, input))
    };
    let text = table(
        vec![
            CaseInfo::of(CaseId::new("other", "", "")),
            pair("boxed", "called"),
            pair("boxed", "inlined"),
            pair("kept", "called"),
            pair("kept", "inlined"),
        ],
        vec![
            exact(("other", "", ""), Metric::Allocations, 9),
            exact(("pairs", "boxed", "called"), Metric::Allocations, 1),
            exact(("pairs", "boxed", "inlined"), Metric::Allocations, 0),
            exact(("pairs", "kept", "called"), Metric::Allocations, 2),
            exact(("pairs", "kept", "inlined"), Metric::Allocations, 1),
        ],
    )
    .render(Format::Text);
    let lines: Vec<_> = text.lines().map(|line| line.replace(' ', "")).collect();
    assert!(
        lines[1].starts_with("other") && lines[2].is_empty(),
        "{text}"
    );
    let marked: Vec<_> = lines[3..7].iter().map(|line| line.contains('*')).collect();
    assert_eq!(marked, [false, true, false, true], "{text}");
    assert!(!text.contains("throughput"), "{text}");
}

#[cfg(feature = "profiles")]
#[test]
fn a_figure_that_is_not_exact_is_marked_and_its_reason_is_for_programs() {
    let mut shown = exact(("a", "b", "c"), Metric::Instructions, 7);
    shown.worth = crate::Worth::Shown(None);
    shown.note = "chance decides".to_owned();
    let table = table(Vec::new(), vec![shown]);
    assert!(table.render(Format::Text).contains("~7"));
    let rows: serde_json::Value = serde_json::from_str(&table.render(Format::Json)).unwrap();
    assert_eq!(rows[0]["exact"], false);
    assert_eq!(rows[0]["reason"], "instructions: chance decides");
}

#[cfg(feature = "profiles")]
#[test]
fn json_has_null_where_nothing_was_measured() {
    let rows: serde_json::Value = serde_json::from_str(&example().render(Format::Json)).unwrap();
    assert_eq!(rows[0]["case"], "parse/two/seed");
    assert_eq!(rows[0]["allocations"], 0);
    assert_eq!(rows[0]["exact"], true);
    assert!(rows[0]["instructions"].is_null());
    assert!(rows[1]["exact"].is_null());
}

#[test]
fn a_hostile_name_forges_no_line_and_no_column() {
    let name = "a|b\n* 0 | \u{1b}[31m\u{202e}";
    let figure = Figure::exact(CaseId::new(name, "", ""), Metric::Allocations, 1);
    let table = table(Vec::new(), vec![figure]);
    for format in [Format::Text, Format::Markdown] {
        let text = table.render(format);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        let plain = example().render(format);
        let lines = |text: &str| text.lines().filter(|line| line.contains("n/a")).count();
        assert_eq!(lines(&text), 1, "{text}");
        assert!(plain.lines().count() > 1);
    }
    let markdown = table.render(Format::Markdown);
    assert!(markdown.contains("a\\|b"), "{markdown}");
}

#[test]
fn a_folder_without_results_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = Table::read(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}

#[cfg(feature = "profiles")]
#[test]
fn rows_of_several_benches_say_which_and_hold_exactly_what_is_promised() {
    let named = |suite: &str| Table {
        package: "mine".to_owned(),
        suite: suite.to_owned(),
        ..example()
    };
    let tables = [named("first"), named("second")];
    let text = render(&tables, Format::Text);
    assert!(line(&text, "mine/second").contains("parse/two"), "{text}");
    let rows: serde_json::Value = serde_json::from_str(&render(&tables, Format::Json)).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 10);
    assert_eq!(rows[9]["bench"], "second");
    let mut keys: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    keys.sort_unstable();
    let expected = [
        "allocated_bytes",
        "allocations",
        "bench",
        "case",
        "exact",
        "instructions",
        "package",
        "peak_bytes",
        "reason",
        "time_ns",
    ];
    assert_eq!(keys, expected);
    let csv = render(&tables, Format::Csv);
    assert_eq!(csv.lines().count(), 11, "{csv}");
}

#[cfg(feature = "profiles")]
#[test]
fn cases_of_one_name_have_an_ordinal_and_what_failed_a_reason() {
    let second = CaseId {
        ordinal: 1,
        ..CaseId::new("a", "b", "c")
    };
    let figures = vec![
        exact(("a", "b", "c"), Metric::Allocations, 1),
        Figure::exact(second.clone(), Metric::Allocations, 2),
    ];
    let failed = CaseId::new("a", "worse", "");
    let failures = vec![(Lens::Heap, failed, "it panicked".to_owned())];
    let table = Table {
        rows: join(Vec::new(), figures, failures),
        ..Table::default()
    };
    let rows: serde_json::Value = serde_json::from_str(&table.render(Format::Json)).unwrap();
    let of = |place: usize| (rows[place]["case"].clone(), rows[place]["ordinal"].clone());
    assert_eq!(of(0), ("a/b/c".into(), 0.into()));
    assert_eq!(of(1), ("a/b/c".into(), 1.into()));
    assert_eq!(of(2), ("a/worse".into(), serde_json::Value::Null));
    assert!(rows[2]["allocations"].is_null());
    assert_eq!(rows[2]["reason"], "heap: it panicked");
}

#[test]
fn a_change_stands_behind_its_figure_and_a_note_below() {
    let case = ("parse", "two", "seed");
    let all = |allocations, instructions, times: [f64; 3]| {
        let [low, estimate, high] = times;
        let of = |metric, value| Figure {
            metric,
            ..time(case, value)
        };
        vec![
            time(case, estimate),
            of(Metric::TimeLow, low),
            of(Metric::TimeHigh, high),
            exact(case, Metric::Allocations, allocations),
            exact(case, Metric::Instructions, instructions),
        ]
    };
    let mut now = all(3, 1000, [140.0, 150.0, 160.0]);
    now[3].note = "calls differ".to_owned();
    let mut table = table(vec![info("parse", "two", "seed", Role::Subject)], now);
    assert!(!table.render(Format::Text).contains("(change)"));
    // Times with overlapping intervals do not differ.
    table.compare_with("main", all(0, 800, [130.0, 135.0, 141.0]));
    let text = table.render(Format::Text);
    let row = line(&text, "two ");
    assert!(row.contains("150 ns  "), "{row}");
    assert!(row.contains("3 (+3) [1]"), "{row}");
    assert!(row.contains("1 000 (+25.00 %)"), "{row}");
    assert!(
        text.contains("\n(change) since `main`: 2 of 3 figures differ.\n"),
        "{text}"
    );
    assert!(text.ends_with("[1] calls differ\n"), "{text}");
}

#[test]
fn a_change_too_small_for_percents_is_a_number_and_equal_is_nothing() {
    let case = ("parse", "two", "seed");
    let row = |before: u64, now: u64| {
        let cases = vec![info("parse", "two", "seed", Role::Subject)];
        let mut table = table(cases, vec![exact(case, Metric::Instructions, now)]);
        table.compare_with("main", vec![exact(case, Metric::Instructions, before)]);
        line(&table.render(Format::Text), "two ")
    };
    assert!(row(1_000_000_000, 999_999_999).ends_with("999 999 999 (-1)"));
    // Beyond the precision of a double.
    assert!(row(1 << 60, (1 << 60) + 1).ends_with("(+1)"));
    assert!(row(7, 7).ends_with(" 7"));
    assert!(row(8, 0).ends_with(" 0 (-100.00 %)"));
}
