//! Turns the counts of two processes into figures.

use crate::{CaseId, Dimensions, Figure, Metric, Worth};

/// One count, taken by two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) first: u64,
    pub(super) second: u64,
}

impl Counts {
    /// The figure of the first count. `unsteady` is the reason that the case declares for counts
    /// that differ.
    pub(super) fn figure(
        self,
        case: &CaseId,
        metric: Metric,
        size: Option<u32>,
        unsteady: Option<&str>,
    ) -> Figure {
        let (worth, note) = self.worth(unsteady);
        Figure {
            at: Dimensions {
                size,
                ..Dimensions::default()
            },
            worth,
            note,
            ..Figure::exact(case.clone(), metric, self.first)
        }
    }

    fn worth(self, unsteady: Option<&str>) -> (Worth, String) {
        let Self { first, second } = self;
        let spread = (first != second).then(|| (first.min(second), first.max(second)));
        match (spread, unsteady) {
            (spread, Some(why)) => (Worth::Shown(spread), why.to_owned()),
            (Some(_), None) => {
                let note = format!("two processes counted {first} and {second}");
                (Worth::Shown(spread), note)
            }
            (None, None) => (Worth::Exact, String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(first: u64, second: u64, unsteady: Option<&str>) -> Figure {
        let counts = Counts { first, second };
        counts.figure(&CaseId::default(), Metric::Instructions, None, unsteady)
    }

    #[test]
    fn exact_is_what_two_processes_agree_on() {
        let exact = figure(7, 7, None);
        assert_eq!((exact.worth, exact.note.as_str()), (Worth::Exact, ""));
        let spread = figure(7, 9, None);
        assert_eq!(spread.worth, Worth::Shown(Some((7, 9))));
        assert!(spread.note.contains("7 and 9"), "{}", spread.note);
    }

    #[test]
    fn what_is_declared_unsteady_is_never_exact() {
        for (second, spread) in [(7, None), (5, Some((5, 7)))] {
            let declared = figure(7, second, Some("chance decides"));
            assert_eq!(declared.worth, Worth::Shown(spread));
            assert_eq!(declared.note, "chance decides");
        }
    }
}
