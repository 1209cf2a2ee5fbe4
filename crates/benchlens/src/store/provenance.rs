//! Whether rows are from one run and one build.

use std::fmt;

use super::RunRecord;
use crate::{Figure, Lens};

/// A reason why figures shown together may not belong together. They are shown with the reason, and
/// neither judged nor accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The rows of a lens are from several runs.
    Runs {
        /// The lens.
        lens: Lens,
        /// How many runs.
        runs: usize,
    },
    /// The rows of a lens are from several executables.
    Executables {
        /// The lens.
        lens: Lens,
        /// How many executables.
        executables: usize,
    },
    /// Two lenses ran in different runs.
    DifferentRuns {
        /// One lens.
        lens: Lens,
        /// The other lens.
        other: Lens,
    },
    /// A filter left cases out of the last run of a lens.
    Partial {
        /// The lens.
        lens: Lens,
        /// How many cases it measured.
        selected: usize,
        /// How many cases there are.
        of: usize,
    },
    /// The rows of a lens are not from its last recorded run.
    Stale {
        /// The lens.
        lens: Lens,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs { lens, runs } => write!(formatter, "{lens}: rows of {runs} different runs"),
            Self::Executables { lens, executables } => {
                write!(formatter, "{lens}: rows of {executables} different builds")
            }
            Self::DifferentRuns { lens, other } => {
                write!(
                    formatter,
                    "{lens} and {other} were measured in different runs"
                )
            }
            Self::Partial { lens, selected, of } => write!(
                formatter,
                "{lens}: the last run measured {selected} of {of} cases"
            ),
            Self::Stale { lens } => write!(
                formatter,
                "{lens}: the rows are older than its last run, which could not write its own"
            ),
        }
    }
}

/// The distinct values of a column, searched linearly: thousands of rows mostly have one value.
pub(super) fn distinct(rows: &[Figure], of: fn(&Figure) -> &String) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for row in rows {
        let said = of(row).as_str();
        if !found.contains(&said) {
            found.push(said);
        }
    }
    found
}

/// What is doubtful about `lenses`, each with its rows, given the record of the last runs.
pub fn doubts(record: &RunRecord, lenses: &[(Lens, &[Figure])]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let mut last: Option<(Lens, Vec<&str>)> = None;
    for &(lens, rows) in lenses {
        if rows.is_empty() {
            continue;
        }
        let runs = distinct(rows, |row| &row.run);
        let executables = distinct(rows, |row| &row.executable);
        if runs.len() > 1 {
            let runs = runs.len();
            doubts.push(Doubt::Runs { lens, runs });
        }
        if executables.len() > 1 {
            let executables = executables.len();
            doubts.push(Doubt::Executables { lens, executables });
        }
        match record.lenses.get(&lens) {
            Some(run) if run.selected < run.of => doubts.push(Doubt::Partial {
                lens,
                selected: run.selected,
                of: run.of,
            }),
            Some(run) if !runs.contains(&run.run.as_str()) => doubts.push(Doubt::Stale { lens }),
            Some(_) => {}
            None => doubts.push(Doubt::Stale { lens }),
        }
        if let Some((other, other_runs)) = &last
            && runs.len() == 1
            && other_runs.len() == 1
            && runs != *other_runs
        {
            let other = *other;
            doubts.push(Doubt::DifferentRuns { lens, other });
        }
        last = Some((lens, runs));
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LensRun;
    use crate::{CaseId, Metric};

    fn row(run: &str, executable: &str) -> Figure {
        Figure {
            run: run.to_owned(),
            executable: executable.to_owned(),
            ..Figure::exact(CaseId::new("a", run, executable), Metric::Allocations, 1)
        }
    }

    fn record(selected: usize) -> RunRecord {
        let run = LensRun {
            run: "one".to_owned(),
            selected,
            of: 2,
            ..LensRun::default()
        };
        let lenses = [(Lens::Heap, run.clone()), (Lens::Instructions, run)];
        RunRecord {
            lenses: lenses.into(),
            ..RunRecord::default()
        }
    }

    #[test]
    fn one_run_of_one_build_is_beyond_doubt() {
        let rows = [row("one", "x"), row("one", "x")];
        let others = [row("one", "y")];
        let lenses: [(Lens, &[Figure]); 2] = [(Lens::Heap, &rows), (Lens::Instructions, &others)];
        assert_eq!(doubts(&record(2), &lenses), []);
    }

    #[test]
    fn each_mixture_is_named() {
        let lens = Lens::Heap;
        let of = |rows: &[Figure]| doubts(&record(2), &[(lens, rows)]);
        assert_eq!(
            of(&[row("one", "x"), row("two", "x")]),
            [Doubt::Runs { lens, runs: 2 }]
        );
        assert_eq!(
            of(&[row("one", "x"), row("one", "y")]),
            [Doubt::Executables {
                lens,
                executables: 2
            }]
        );
        assert_eq!(of(&[row("two", "x")]), [Doubt::Stale { lens }]);
        let rows = [row("one", "x")];
        let (selected, of) = (1, 2);
        assert_eq!(
            doubts(&record(1), &[(lens, &rows)]),
            [Doubt::Partial { lens, selected, of }]
        );
        let other = Lens::Instructions;
        let later = [row("two", "x")];
        let both: [(Lens, &[Figure]); 2] = [(other, &rows), (lens, &later)];
        let found = doubts(&record(2), &both);
        assert!(
            found.contains(&Doubt::DifferentRuns { lens, other }),
            "{found:?}"
        );
    }

    #[test]
    fn rows_of_which_no_run_is_recorded_are_doubted_and_no_rows_are_not() {
        let rows = [row("one", "x")];
        let lens = Lens::Heap;
        let nothing = RunRecord::default();
        assert_eq!(doubts(&nothing, &[(lens, &rows)]), [Doubt::Stale { lens }]);
        assert_eq!(doubts(&nothing, &[(lens, &[])]), []);
        // A lens without rows in between does not hide the others.
        let later = [row("two", "y")];
        let three: [(Lens, &[Figure]); 3] = [
            (Lens::Heap, &rows),
            (Lens::Time, &[]),
            (Lens::Instructions, &later),
        ];
        let apart = Doubt::DifferentRuns {
            lens: Lens::Instructions,
            other: Lens::Heap,
        };
        assert!(doubts(&record(2), &three).contains(&apart));
    }
}
