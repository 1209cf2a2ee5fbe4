//! Counts on which two processes agree by chance.
//!
//! A count that depends on a hash seed takes few values, so two processes may agree on it by chance. If they differ
//! on one case of an executable, two more processes recount its other cases, and a count that differs then is not
//! exact either. Cost: as much as the first count for such executables; nothing for others.

use super::lens::{LensResult, Start, Wanted};
use crate::figure::Value;
use crate::{Figure, Worth};

/// How a lens counts.
pub(super) type Measure = fn(&[Wanted], &Start<'_>, &mut dyn FnMut(usize)) -> LensResult;

/// Recounts the cases that two processes agreed on, if they differ on another case.
pub(super) fn recount(
    taken: &mut LensResult,
    cases: &[Wanted],
    start: &Start<'_>,
    measure: Measure,
) {
    let differs = |case: &&Wanted| {
        let is_explained = case.is_declared() || taken.threaded.contains(&case.id);
        !is_explained && !taken.is_exact(&case.id)
    };
    if !cases.iter().any(|case| differs(&case)) {
        return;
    }
    let doubtful: Vec<_> = (cases.iter())
        .filter(|case| !case.is_declared() && taken.is_exact(&case.id))
        .cloned()
        .collect();
    if doubtful.is_empty() {
        return;
    }
    let folder = start.folder.join("again");
    let start = Start {
        folder: &folder,
        ..*start
    };
    let again = measure(&doubtful, &start, &mut |_| ());
    doubt(&mut taken.figures, &again.figures);
    doubt(&mut taken.growth, &again.growth);
    doubt(&mut taken.allocations, &again.allocations);
}

/// Marks figures whose recount differs as inexact.
fn doubt(figures: &mut [Figure], again: &[Figure]) {
    for figure in figures.iter_mut().filter(|it| it.worth.is_exact()) {
        let is_it =
            |it: &&Figure| (&it.case, it.metric, it.at) == (&figure.case, figure.metric, figure.at);
        let other = again.iter().find(is_it);
        let (Value::Count(first), Some(other)) = (figure.value, other) else {
            continue;
        };
        let (low, high) = match (other.worth, other.value) {
            (Worth::Shown(Some(spread)), _) => spread,
            (_, Value::Count(count)) => (count, count),
            _ => continue,
        };
        let spread = (first.min(low), first.max(high));
        if spread.0 != spread.1 {
            figure.worth = Worth::Shown(Some(spread));
            figure.add_note(&format!(
                "four processes counted {} to {}",
                spread.0, spread.1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CaseId, Metric};

    fn figure(case: &str, value: u64, worth: Worth) -> Figure {
        Figure {
            worth,
            ..Figure::exact(CaseId::new("a", case, ""), Metric::Instructions, value)
        }
    }

    #[test]
    fn what_is_counted_otherwise_again_is_not_exact() {
        let mut figures = ["same", "other", "spread", "gone"].map(|it| figure(it, 7, Worth::Exact));
        let again = [
            figure("spread", 7, Worth::Shown(Some((7, 9)))),
            figure("other", 5, Worth::Exact),
            figure("same", 7, Worth::Exact),
        ];
        doubt(&mut figures, &again);
        let worths = figures.each_ref().map(|it| it.worth);
        let shown = |low, high| Worth::Shown(Some((low, high)));
        assert_eq!(
            worths,
            [Worth::Exact, shown(5, 7), shown(7, 9), Worth::Exact]
        );
        assert_eq!(figures[1].note, "four processes counted 5 to 7");
        assert!(figures[0].note.is_empty());
    }
}
