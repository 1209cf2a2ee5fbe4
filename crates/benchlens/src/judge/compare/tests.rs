use super::*;
use crate::store::{Environment, LensRun};

fn results<const N: usize>(rows: [(&str, u64); N]) -> Results {
    let figures = rows
        .map(|(case, count)| Figure::exact(CaseId::new("", case, ""), Metric::Instructions, count));
    Results {
        figures: figures.to_vec(),
        ..Results::default()
    }
}

#[test]
fn the_mean_of_double_and_half_is_one() {
    let before = results([("a", 100), ("b", 100)]);
    let after = results([("a", 200), ("b", 50)]);
    let means = Comparison::new(&before, &after).means();
    assert!((means[0].ratio().unwrap() - 1.0).abs() < 1e-12);
    assert_eq!((means[0].compared, means[0].left_out), (2, 0));
}

#[test]
fn a_missing_case_and_a_first_allocation_are_shown_and_counted() {
    let before = results([("a", 0), ("b", 100), ("d", 0)]);
    let after = results([("a", 3), ("c", 7), ("d", 0)]);
    let comparison = Comparison::new(&before, &after);
    let means = comparison.means();
    assert_eq!((means[0].compared, means[0].left_out), (1, 3));
    let text = comparison.to_markdown();
    for line in [
        "| a | instructions | 0 | 3 | n/a |",
        "| b | instructions | 100 | missing | n/a |",
        "| c | instructions | missing | 7 | n/a |",
        "1 of 4 figures are equal",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn counts_beyond_what_a_double_holds_differ() {
    let before = results([("a", 1 << 53)]);
    let after = results([("a", (1 << 53) + 1)]);
    let text = Comparison::new(&before, &after).to_markdown();
    assert!(text.contains("0 of 1 figures are equal"), "{text}");
    assert!(
        text.contains("| 9007199254740992 | 9007199254740993 |"),
        "{text}"
    );
}

#[test]
fn a_name_breaks_no_table() {
    let text = Comparison::new(&results([("a|b\n| c |", 1)]), &results([])).to_markdown();
    assert!(
        text.contains("| a\\|b\\n\\| c \\| | instructions | 1 | missing | n/a |"),
        "{text}"
    );
}

#[test]
fn what_the_results_depend_on_is_named_first_where_it_differs() {
    let side = |cpu: &str, features: &str| {
        let record = RunRecord {
            environment: Environment {
                cpu: cpu.to_owned(),
                rustc: "1.95".to_owned(),
                ..Environment::default()
            },
            lenses: [(
                Lens::Instructions,
                LensRun {
                    features: features.to_owned(),
                    ..LensRun::default()
                },
            )]
            .into(),
        };
        Results {
            environment: of_record(&record),
            ..results([("a", 1)])
        }
    };
    let text = Comparison::new(&side("one", "avx2"), &side("two", "")).to_markdown();
    assert!(
        text.starts_with("Not measured in the same environment"),
        "{text}"
    );
    assert!(text.contains("| cpu | one | two |\n"), "{text}");
    assert!(text.contains("| cpu_features | avx2 |  |\n"), "{text}");
    assert!(!text.contains("rustc"), "{text}");
    let same = Comparison::new(&side("one", "avx2"), &side("one", "avx2")).to_markdown();
    assert!(same.starts_with("| case |"), "{same}");
    // A baseline does not store the processor's name.
    let key = Results {
        environment: of_key(&Key {
            rustc: "1.96".to_owned(),
            ..Key::default()
        }),
        ..results([("a", 1)])
    };
    let text = Comparison::new(&key, &side("one", "")).to_markdown();
    assert!(text.contains("| rustc | 1.96 | 1.95 |"), "{text}");
    assert!(!text.contains("| cpu |"), "{text}");
}
