//! Judges two measured revisions and explains each change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use benchlens::judge::baseline;
use benchlens::judge::cause::{self, Cause, LineChange};
use benchlens::judge::compare::{Comparison, Results};
use benchlens::judge::gate::{self, Change, Finding};
use benchlens::profile::stored::Profiles;
use benchlens::report::{lines::LineView, markdown};
use benchlens::{CaseId, Metric};

use super::revisions::Measured;
use crate::scope::Target;

/// How many lines are named for a change.
const NAMED: usize = 2;
/// The maximum width of a source line.
const WIDTH: usize = 60;

/// The verdict on all bench targets.
#[derive(Default)]
pub(super) struct Judged {
    rows: Vec<Row>,
    /// How many figures were judged, and how many only shown.
    judged: usize,
    shown: usize,
    /// Differences between the environments.
    environment_differences: BTreeSet<(String, String, String)>,
    /// Packages with different versions.
    dependencies: Vec<String>,
    /// Notes below the table.
    notes: Vec<String>,
}

/// A figure that changed.
struct Row {
    bench: String,
    case: CaseId,
    change: Change,
    cause: Option<Cause>,
}

impl Row {
    /// Whether only the compiler's code placement changed.
    fn is_moved(&self) -> bool {
        self.change.metric == Metric::Instructions && matches!(self.cause, Some(Cause::Moved(_)))
    }
}

impl Judged {
    pub(super) fn new(before: &Measured, after: &Measured, tolerance: f64) -> anyhow::Result<Self> {
        let mut judged = Self {
            dependencies: differing_packages(&before.lock, &after.lock),
            ..Self::default()
        };
        let several = before.targets.len().max(after.targets.len()) > 1;
        for target in &after.targets {
            match before.targets.iter().find(|old| old.of == target.of) {
                Some(old) => judged.add(old, target, [before, after], tolerance, several)?,
                None => judged.add_one_sided(target, false)?,
            }
        }
        for target in &before.targets {
            if !after.targets.iter().any(|new| new.of == target.of) {
                judged.add_one_sided(target, true)?;
            }
        }
        Ok(judged)
    }

    /// The gate's exit code, or 0 if only the compiler's code placement changed.
    pub(super) fn exit_code(&self, is_strict: bool) -> u8 {
        let fails = |row: &Row| is_strict || !row.is_moved();
        match self.rows.iter().any(fails) {
            true => 1,
            false if self.judged == 0 => 2,
            false => 0,
        }
    }

    /// A bench that one revision lacks counts as a change of all its cases.
    fn add_one_sided(&mut self, target: &Target, is_gone: bool) -> anyhow::Result<()> {
        let side = baseline::read_results(&target.results)?;
        for figure in side.heap.iter().chain(&side.instructions) {
            let count = figure.value.count();
            let (before, after) = if is_gone {
                (count, None)
            } else {
                (None, count)
            };
            self.rows.push(Row {
                bench: target.name(),
                case: figure.case.clone(),
                change: Change {
                    metric: figure.metric,
                    at: figure.at,
                    before,
                    after,
                    no_longer_exact: None,
                },
                cause: None,
            });
        }
        Ok(())
    }

    fn add(
        &mut self,
        old: &Target,
        new: &Target,
        [before, after]: [&Measured; 2],
        tolerance: f64,
        several: bool,
    ) -> anyhow::Result<()> {
        let sides = [old, new].map(|target| baseline::read_results(&target.results));
        let [old_side, new_side] = sides;
        let (old_side, new_side) = (old_side?, new_side?);
        // Both were measured with the same arguments, so a filter is no reason to refuse.
        let verdict = gate::differences(&old_side, &new_side, tolerance)?;
        self.judged += verdict.judged;
        self.shown += verdict.shown;
        let comparison =
            Comparison::new(&Results::read(&old.results)?, &Results::read(&new.results)?);
        self.environment_differences
            .extend(comparison.environment_differences);
        for failure in &new_side.failures {
            self.notes.push(format!("no figure: {failure}"));
        }
        let mut profiles = [Profiles::of(&old.results)?, Profiles::of(&new.results)?];
        for finding in &verdict.findings {
            let views = views(&mut profiles, &finding.case, [before, after]);
            let bench = if several { new.name() } else { String::new() };
            self.rows
                .extend(rows(bench, finding, views, [before, after]));
        }
        Ok(())
    }

    /// The table, with differences above it and notes below.
    pub(super) fn to_markdown(&self, base: &str, head: &str) -> String {
        let mut text = format!("### {} against {}\n\n", markdown(head), markdown(base));
        // Writing to a string cannot fail.
        if !self.environment_differences.is_empty() {
            text.push_str("Not measured in the same environment:\n\n");
            text.push_str("| | base | head |\n| --- | --- | --- |\n");
            for (name, before, after) in &self.environment_differences {
                let [name, before, after] = [name, before, after].map(|text| markdown(text));
                let _ = writeln!(text, "| {name} | {before} | {after} |");
            }
            text.push('\n');
        }
        if !self.rows.is_empty() {
            text.push_str("| case | metric | base | head | change | why |\n");
            text.push_str("| --- | --- | ---: | ---: | ---: | --- |\n");
            for row in &self.rows {
                text.push_str(&self.line(row));
            }
            text.push('\n');
        }
        let moved = self.rows.iter().filter(|row| row.is_moved()).count();
        let changed = self.rows.len() - moved;
        let _ = writeln!(
            text,
            "{} figures judged: {changed} changed, {moved} more only where code moved; {} are not exact and \
             only shown.",
            self.judged, self.shown
        );
        if !self.dependencies.is_empty() {
            let names: Vec<String> = self.dependencies.iter().map(|it| markdown(it)).collect();
            let _ = writeln!(text, "\nOther versions are built: {}.", names.join(", "));
        }
        for note in &self.notes {
            let _ = writeln!(text, "\n{}", markdown(note));
        }
        text
    }

    fn line(&self, row: &Row) -> String {
        let change = &row.change;
        let figure = |value: Option<u64>| value.map_or("missing".to_owned(), |it| it.to_string());
        let case = match row.bench.as_str() {
            "" => row.case.to_string(),
            bench => format!("{bench}: {}", row.case),
        };
        format!(
            "| {} | {}{} | {} | {} | {} | {} |\n",
            markdown(&case),
            change.metric,
            change.at,
            figure(change.before),
            figure(change.after),
            difference(change),
            self.why(row)
        )
    }

    fn why(&self, row: &Row) -> String {
        if let Some(reason) = &row.change.no_longer_exact {
            return format!("no longer exact: {}", markdown(reason));
        }
        match &row.cause {
            None => match (row.change.before, row.change.after) {
                (Some(_), None) => "gone".to_owned(),
                (None, Some(_)) => "new".to_owned(),
                _ => "no profile tells".to_owned(),
            },
            Some(Cause::Source(lines)) => named(lines),
            Some(Cause::Moved(lines)) => {
                let words = match self.dependencies.is_empty() {
                    true => "code moved: no source of the case changed",
                    false => "code moved, or a dependency changed: no source of the case did",
                };
                match lines.is_empty() {
                    true => words.to_owned(),
                    false => format!("{words}; {}", named(lines)),
                }
            }
        }
    }
}

fn views(
    profiles: &mut [Profiles; 2],
    case: &CaseId,
    sides: [&Measured; 2],
) -> Option<[LineView; 2]> {
    let [before, after] = profiles;
    let view = |profiles: &mut Profiles, side: &Measured| {
        crate::lines::view(profiles, case, &side.sources, false).ok()?
    };
    Some([view(before, sides[0])?, view(after, sides[1])?])
}

fn rows(
    bench: String,
    finding: &Finding,
    views: Option<[LineView; 2]>,
    [before, after]: [&Measured; 2],
) -> impl Iterator<Item = Row> {
    let cause = move |metric| {
        let [old, new] = views.as_ref()?;
        // Peak bytes have no costs by line, so allocated bytes explain them.
        let metric = match metric {
            Metric::PeakBytes => Metric::AllocatedBytes,
            metric => metric,
        };
        let (old, new) = (
            cause::Side {
                view: old,
                sources: &before.sources,
            },
            cause::Side {
                view: new,
                sources: &after.sources,
            },
        );
        cause::of(old, new, metric)
    };
    (finding.changes.iter()).map(move |change| Row {
        bench: bench.clone(),
        case: finding.case.clone(),
        change: change.clone(),
        cause: cause(change.metric),
    })
}

fn difference(change: &Change) -> String {
    let Some((before, after)) = change.before.zip(change.after) else {
        return "n/a".to_owned();
    };
    let difference = i128::from(after) - i128::from(before);
    match before {
        0 => format!("{difference:+}"),
        _ => format!(
            "{difference:+} ({:+.2} %)",
            difference as f64 / before as f64 * 100.0
        ),
    }
}

/// Names the lines that changed most: added or removed lines first, then other lines of the project, then
/// functions outside of it.
fn named(lines: &[LineChange]) -> String {
    if lines.is_empty() {
        return "the source changed, and no line's own cost".to_owned();
    }
    let mut sorted: Vec<&LineChange> = lines.iter().collect();
    sorted.sort_by_key(|line| (line.line == 0, !line.is_new_or_gone));
    let words: Vec<String> = sorted.into_iter().take(NAMED).map(one).collect();
    let more = lines.len().saturating_sub(NAMED);
    match more {
        0 => words.join("; "),
        more => format!("{}; {more} more lines", words.join("; ")),
    }
}

fn one(line: &LineChange) -> String {
    let state = match (line.is_new_or_gone, line.after) {
        (false, _) => "",
        (true, 0) => ", gone",
        (true, _) => ", new",
    };
    let place = match line.line {
        0 => markdown(&line.place),
        number => format!("{}:{number}", markdown(&line.place)),
    };
    let source: String = line.source.chars().take(WIDTH).collect();
    let source = match source.is_empty() {
        true => String::new(),
        // A backquote would end the code span.
        false => format!(" `{}`", markdown(&source).replace('`', "'")),
    };
    format!("{place}{source} {:+}{state}", line.difference())
}

/// The packages whose versions differ between two lock files, each with both versions.
fn differing_packages(before: &str, after: &str) -> Vec<String> {
    let packages = |lock: &str| -> BTreeSet<(String, String)> {
        let lock: toml_edit::DocumentMut = lock.parse().unwrap_or_default();
        let packages = lock.get("package").and_then(|it| it.as_array_of_tables());
        (packages.into_iter().flatten())
            .filter_map(|package| {
                let text = |key| package.get(key)?.as_str().map(str::to_owned);
                // Skips workspace members, which have no source.
                package.get("source")?;
                Some((text("name")?, text("version")?))
            })
            .collect()
    };
    let (old, new) = (packages(before), packages(after));
    let gone: Vec<_> = old.difference(&new).collect();
    let fresh: Vec<_> = new.difference(&old).collect();
    let mut words: Vec<String> = (fresh.iter())
        .map(
            |(name, version)| match gone.iter().find(|(old, _)| old == name) {
                Some((_, old)) => format!("{name} {old} -> {version}"),
                None => format!("{name} {version} is new"),
            },
        )
        .collect();
    let is_left = |name: &String| fresh.iter().any(|(new, _)| new == name);
    words.extend(
        (gone.iter())
            .filter(|(name, _)| !is_left(name))
            .map(|(name, version)| format!("{name} {version} is gone")),
    );
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_named_first() {
        let change = |place: &str, line, after, is_new_or_gone| LineChange {
            place: place.to_owned(),
            line,
            source: String::new(),
            before: 0,
            after,
            is_new_or_gone,
        };
        let lines = [
            change("malloc", 0, 900, true),
            change("src/lib.rs", 7, 80, false),
            change("src/lib.rs", 3, 5, true),
        ];
        assert_eq!(
            named(&lines),
            "src/lib.rs:3 +5, new; src/lib.rs:7 +80; 1 more lines"
        );
    }

    #[test]
    fn versions_that_differ_are_named() {
        let lock = |text: &str| {
            format!("version = 4\n[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\n{text}")
        };
        let package = |name: &str, version: &str| {
            format!(
                "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry\"\n"
            )
        };
        let before = lock(&(package("a", "1.0.0") + &package("b", "1.0.0")));
        let after = lock(&(package("a", "1.1.0") + &package("c", "2.0.0")));
        assert_eq!(
            differing_packages(&before, &after),
            ["a 1.0.0 -> 1.1.0", "c 2.0.0 is new", "b 1.0.0 is gone"]
        );
        assert!(differing_packages(&before, &before).is_empty());
    }
}
