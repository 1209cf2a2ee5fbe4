//! Why a figure changed: the lines whose cost changed, and whether their source did.
//!
//! A line is identified by its source, because its number shifts when lines above it change. If the
//! source of every function that a case runs is unchanged, the compiler placed or inlined code
//! differently: the change is real, but not in the source.

use std::collections::BTreeMap;

use crate::Metric;
use crate::report::lines::sources::Sources;
use crate::report::lines::{Costs, LineView};

/// The cause of a changed figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Source that the case runs changed. Holds the lines whose cost changed, largest change first.
    Source(Vec<LineChange>),
    /// No source that the case runs changed: code moved. Holds the lines whose cost changed
    /// nevertheless.
    Moved(Vec<LineChange>),
}

/// A line, or a function outside of the project, whose cost changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// The file, or the function outside of the project.
    pub place: String,
    /// The line number in the later source, or in the earlier source if the line is gone; 0 for a
    /// function outside.
    pub line: u32,
    /// The source.
    pub source: String,
    /// Its earlier cost.
    pub before: u64,
    /// Its later cost.
    pub after: u64,
    /// Whether the other side has no such line.
    pub is_new_or_gone: bool,
}

impl LineChange {
    /// The difference.
    pub fn difference(&self) -> i128 {
        i128::from(self.after) - i128::from(self.before)
    }
}

/// A case on one side: its lines, and the sources of that side.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What each line cost.
    pub view: &'a LineView,
    /// The source that was measured.
    pub sources: &'a Sources,
}

/// Compares a case line by line in one metric: allocations, allocated bytes, or instructions. `None` for a
/// metric without costs per line, or one that a view lacks. Linear in the lines of both views.
pub fn of(before: Side<'_>, after: Side<'_>, metric: Metric) -> Option<Cause> {
    let figure = figure_of(metric)?;
    figure(&before.view.total)?;
    figure(&after.view.total)?;
    let changes = changes(before.view, after.view, figure);
    let is_same = is_within(before.view, after.sources) && is_within(after.view, before.sources);
    Some(match is_same {
        true => Cause::Moved(changes),
        false => Cause::Source(changes),
    })
}

fn figure_of(metric: Metric) -> Option<fn(&Costs) -> Option<u64>> {
    match metric {
        Metric::Allocations => Some(|costs| costs.allocations),
        Metric::AllocatedBytes => Some(|costs| costs.allocated_bytes),
        Metric::Instructions => Some(|costs| costs.instructions),
        _ => None,
    }
}

/// Whether `sources` contains every function of the view unchanged.
fn is_within(view: &LineView, sources: &Sources) -> bool {
    (view.files.iter())
        .flat_map(|file| file.functions.iter().map(move |function| (file, function)))
        .all(|(file, function)| {
            let lines: Vec<&str> = function.lines.iter().map(|it| it.text.as_str()).collect();
            sources.holds(&file.path, &lines)
        })
}

/// Place, source, and the index among that file's lines with the same source.
type Key<'a> = (&'a str, &'a str, usize);

/// The lines of a view by key: number and cost.
fn lines<'a>(
    view: &'a LineView,
    figure: fn(&Costs) -> Option<u64>,
) -> BTreeMap<Key<'a>, (u32, u64)> {
    let mut found = BTreeMap::new();
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut add = |place: &'a str, source: &'a str, line: u32, costs: &Costs| {
        let Some(cost) = figure(costs) else {
            return;
        };
        let count = seen.entry((place, source)).or_default();
        found.insert((place, source, *count), (line, cost));
        *count += 1;
    };
    for file in &view.files {
        for line in file.functions.iter().flat_map(|function| &function.lines) {
            add(&file.path, line.text.trim(), line.number, &line.flat);
        }
    }
    for outside in &view.external {
        add(&outside.function, "", 0, &outside.flat);
    }
    found
}

fn changes(
    before: &LineView,
    after: &LineView,
    figure: fn(&Costs) -> Option<u64>,
) -> Vec<LineChange> {
    let (old, new) = (lines(before, figure), lines(after, figure));
    let mut keys: Vec<&Key<'_>> = old.keys().chain(new.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut changes: Vec<LineChange> = (keys.into_iter())
        .filter_map(|key| {
            let (then, now) = (old.get(key), new.get(key));
            let (line, _) = *now.or(then)?;
            let cost = |side: Option<&(u32, u64)>| side.map_or(0, |&(_, cost)| cost);
            Some(LineChange {
                place: key.0.to_owned(),
                line,
                source: key.1.to_owned(),
                before: cost(then),
                after: cost(now),
                is_new_or_gone: then.is_none() || now.is_none(),
            })
        })
        .filter(|change| change.before != change.after)
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.difference().unsigned_abs()));
    changes
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::CaseId;
    use crate::profile::inlined::{Chain, Frame, InlineProfile};

    /// The view and the sources of a project with one function, with the given costs by line.
    fn side(source: &str, costs: &[(u32, u64)]) -> (LineView, Sources) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), source).unwrap();
        let sources = Sources::read(folder.path(), &["mine"], "").unwrap();
        let frame = |line| Frame {
            function: "mine::run".to_owned(),
            file: "src/lib.rs".to_owned(),
            line,
        };
        let profile = InlineProfile {
            total: costs.iter().map(|(_, cost)| cost).sum(),
            frames: costs.iter().map(|&(line, _)| frame(line)).collect(),
            chains: (costs.iter().enumerate())
                .map(|(at, &(_, instructions))| Chain {
                    instructions,
                    frames: vec![at],
                })
                .collect(),
            unresolved: None,
        };
        let case = CaseId::new("a", "b", "");
        let view = LineView::new(&case, None, Some(&profile), &sources, false).unwrap();
        (view, sources)
    }

    fn cause(before: &(LineView, Sources), after: &(LineView, Sources)) -> Cause {
        let (before, after) = (
            Side {
                view: &before.0,
                sources: &before.1,
            },
            Side {
                view: &after.0,
                sources: &after.1,
            },
        );
        of(before, after, Metric::Instructions).unwrap()
    }

    const SOURCE: &str = "fn run() {\n    one();\n    two();\n}\n";

    #[test]
    fn without_a_change_of_source_code_moved() {
        let before = side(SOURCE, &[(2, 10), (3, 5)]);
        let after = side(&format!("// above\n{SOURCE}"), &[(3, 14), (4, 5)]);
        let Cause::Moved(lines) = cause(&before, &after) else {
            panic!("the source is the same");
        };
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].line, lines[0].difference()), (3, 4));
        assert!(!lines[0].is_new_or_gone);
    }

    #[test]
    fn a_new_line_is_named_with_what_it_costs() {
        let before = side(SOURCE, &[(2, 10), (3, 5)]);
        let source = "fn run() {\n    one();\n    three();\n    two();\n}\n";
        let after = side(source, &[(2, 10), (3, 70), (4, 5)]);
        let Cause::Source(lines) = cause(&before, &after) else {
            panic!("a line is new");
        };
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!((lines[0].line, &*lines[0].source), (3, "three();"));
        assert_eq!(lines[0].difference(), 70);
        assert!(lines[0].is_new_or_gone);
    }

    #[test]
    fn a_lens_without_a_profile_gives_no_cause() {
        let one = side(SOURCE, &[(2, 10)]);
        let side = Side {
            view: &one.0,
            sources: &one.1,
        };
        assert_eq!(of(side, side, Metric::Allocations), None);
        assert_eq!(of(side, side, Metric::PeakBytes), None);
    }
}
