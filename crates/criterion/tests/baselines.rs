//! Baselines by name, which cover all lenses: what is kept, compared and shown, and what is missing.

use benchlens::{Lens, store};

use crate::bench::{Bench, Ran, TABLE, ran};

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

fn sized(bench: &Bench, size: usize, arguments: &[&str], lenses: &str) -> Ran {
    let mut command = bench.command();
    command
        .env("SIZE", size.to_string())
        .env("BENCHLENS", lenses);
    ran(command.args(["--bench", "--noplot"]).args(arguments))
}

fn kept_bytes(bench: &Bench, name: &str, case: &str) -> Option<u64> {
    let rows = store::read_baseline(&bench.results, name).unwrap();
    let is_it = |row: &&benchlens::Figure| {
        row.case.to_string() == case && row.metric == benchlens::Metric::AllocatedBytes
    };
    rows.iter().find(is_it)?.value.count()
}

#[test]
fn a_baseline_is_kept_compared_and_left_as_it_is() {
    let bench = Bench::new("baselines", "named");
    let first = sized(&bench, 100, &["--save-baseline", "main"], "time,heap");
    assert!(!first.shown.contains("since `main`"), "{}", first.shown);
    assert_eq!(kept_bytes(&bench, "main", "sized"), Some(100));

    for arguments in [
        ["--baseline", "main"],
        ["--baseline-lenient", "main"],
        ["-b", "main"],
    ] {
        let compared = sized(&bench, 80, &arguments, "time,heap");
        assert!(compared.output.status.success(), "{}", compared.said);
        assert!(
            compared.line("sized").contains("80 B (-20.00 %)"),
            "{}",
            compared.shown
        );
        assert!(
            !compared.line("constant").contains("10 B ("),
            "{}",
            compared.shown
        );
        assert!(
            compared.shown.contains("since `main`: "),
            "{}",
            compared.shown
        );
        assert_eq!(kept_bytes(&bench, "main", "sized"), Some(100));
    }
    // Compared with the saved baseline, not with the run that was only compared.
    let again = sized(&bench, 50, &["--save-baseline=main"], "time,heap");
    assert!(
        again.line("sized").contains("50 B (-50.00 %)"),
        "{}",
        again.shown
    );
    assert_eq!(kept_bytes(&bench, "main", "sized"), Some(50));
}

#[test]
fn without_a_name_each_run_is_compared_with_the_one_before() {
    let bench = Bench::new("baselines", "unnamed");
    sized(&bench, 100, &[], "heap");
    let second = sized(&bench, 99, &[], "heap");
    assert!(
        second.line("sized").contains("99 B (-1.00 %)"),
        "{}",
        second.shown
    );
    assert!(
        second
            .shown
            .contains("since `base`: 2 of 6 figures differ."),
        "{}",
        second.shown
    );
    // A filtered run replaces only its own cases.
    sized(&bench, 98, &["constant"], "heap");
    assert_eq!(kept_bytes(&bench, "base", "sized"), Some(99));
    let third = sized(&bench, 97, &["--discard-baseline"], "heap");
    assert!(!third.shown.contains("since"), "{}", third.shown);
    assert_eq!(kept_bytes(&bench, "base", "sized"), Some(99));
}

#[test]
fn a_new_case_is_an_error_where_criterion_makes_it_one() {
    let bench = Bench::new("baselines", "strict");
    sized(&bench, 100, &["--save-baseline", "main"], "time,heap");
    for lenses in ["time,heap", "heap"] {
        let strict = sized(&bench, 200, &["--baseline", "main"], lenses);
        assert_eq!(strict.output.status.code(), Some(101), "{lenses}");
        assert!(
            strict.said.contains("Baseline 'main' must exist"),
            "{}",
            strict.said
        );
        assert!(!strict.shown.contains(TABLE), "{lenses}");
        let lenient = sized(&bench, 200, &["--baseline-lenient", "main"], lenses);
        assert!(lenient.output.status.success(), "{}", lenient.said);
        assert!(
            lenient.shown.contains("1 case is not in it"),
            "{}",
            lenient.shown
        );
    }
    let none = sized(&bench, 100, &["--baseline", "nosuch"], "heap");
    assert_eq!(none.output.status.code(), Some(101));
}

#[test]
fn two_baselines_are_compared_without_measuring() {
    let bench = Bench::new("baselines", "load");
    sized(&bench, 100, &["--save-baseline", "old"], "time,heap");
    sized(&bench, 150, &["--save-baseline", "later"], "time,heap");
    let arguments = ["--load-baseline", "later", "--baseline", "old", "sized"];
    let loaded = sized(&bench, 7, &arguments, "time,heap");
    assert!(loaded.output.status.success(), "{}", loaded.said);
    assert!(
        loaded.line("sized").contains("150 B (+50.00 %)"),
        "{}",
        loaded.shown
    );
    assert_eq!(kept_bytes(&bench, "later", "sized"), Some(150));
}

#[test]
fn instructions_are_compared_like_all_else() {
    if !bench::has_valgrind() {
        return;
    }
    let bench = Bench::new("baselines", "instructions");
    sized(&bench, 100, &["--save-baseline", "main"], "instructions");
    let same = sized(&bench, 100, &["--baseline", "main"], "instructions");
    assert!(
        same.shown.contains("since `main`: 0 of 2 figures differ."),
        "{}",
        same.shown
    );
    let other = sized(
        &bench,
        99_999,
        &["--baseline-lenient", "main"],
        "instructions",
    );
    assert!(other.line("sized").contains(" %)"), "{}", other.shown);
    let rows = store::read_baseline(&bench.results, "main").unwrap();
    assert!(
        rows.iter()
            .all(|row| row.metric.lens() == Lens::Instructions)
    );
}
