//! Memory over time as text: one line per interval, and the experiment's table.

use std::fmt::Write as _;

use super::grid::{Grid, Look};
use super::{amount, markdown, plain, units};
use crate::memory::{GiveBack, Recording, Step};

/// A line similar to those of Go's `gctrace`: live bytes, bytes that the allocator holds, the resident set, and the
/// changes since the previous line. What is not counted is `n/a`.
pub fn line(step: &Step<'_>) -> String {
    let or_not_known = |bytes: Option<u64>| bytes.map_or_else(|| "n/a".to_owned(), units::bytes);
    let levels = step.sample.levels;
    format!(
        "mem {} @{:.3}s {}: {} live, {} held, {} resident, {}, {} given back",
        step.number,
        step.elapsed_ns as f64 / 1e9,
        plain(&step.sample.phase),
        or_not_known(levels.live),
        or_not_known(levels.held),
        units::bytes(step.sample.usage.resident),
        amount(step.faults, "fault"),
        units::bytes(step.given_back),
    )
}

/// One line about a whole recording.
pub fn summary(recording: &Recording) -> String {
    let totals = recording.totals();
    let about = &recording.about;
    let mut text = format!(
        "{}, {}: ",
        plain(&about.case.to_string()),
        plain(&about.allocator)
    );
    if let Some(calls) = about.calls {
        let _ = write!(text, "{} in ", amount(calls, "call"));
    }
    let _ = write!(
        text,
        "{}, {} resident at most, {}",
        units::time(totals.time_ns as f64),
        units::bytes(totals.peak_resident),
        amount(totals.faults, "fault"),
    );
    let calls = about.calls.filter(|calls| *calls > 0);
    if let Some((calls, faults)) = calls.zip(recording.faults_of("calls")) {
        let a_call = faults as f64 / calls as f64;
        let _ = write!(text, " ({a_call:.1} a call after the first)");
    }
    let _ = write!(
        text,
        ", at least {} given back",
        units::bytes(totals.given_back)
    );
    text
}

/// The names of the table's columns.
pub(crate) const fn table_header() -> [&'static str; 12] {
    [
        "allocator",
        "settings",
        "loaded",
        "freed",
        "idle",
        "half back after",
        "light work",
        "its faults",
        "asked",
        "1 % kept: idle",
        "light work",
        "asked",
    ]
}

/// The cells of a row: the resident set in MiB.
pub(crate) fn table_cells(row: &GiveBack) -> Vec<String> {
    let (freed, pinned) = (row.freed, row.pinned);
    let mut cells = vec![row.allocator.clone(), settings(&row.settings)];
    let places = [freed.loaded, freed.freed, freed.idle];
    cells.extend(places.map(mebibytes));
    cells.push(match (freed.half_after_ns, freed.idle) {
        (Some(0), _) => "at once".to_owned(),
        (Some(time), _) => units::time(time as f64),
        (None, Some(_)) => "never".to_owned(),
        (None, None) => mebibytes(None),
    });
    cells.push(mebibytes(freed.worked));
    let faults = freed.work_faults.map(units::count);
    cells.push(faults.unwrap_or_else(|| "n/a".to_owned()));
    let places = [freed.asked, pinned.idle, pinned.worked, pinned.asked];
    cells.extend(places.map(mebibytes));
    cells
}

/// The experiment's table: the resident set in MiB after each phase, for people or as Markdown.
pub fn table(rows: &[GiveBack], is_markdown: bool) -> String {
    let look = match is_markdown {
        true => Look::Markdown,
        false => Look::Plain,
    };
    let mut grid = Grid::new(look, 2, table_header().map(str::to_owned).to_vec());
    for row in rows {
        // Text from a file must not break the line or contain markup.
        grid.add(table_cells(row).iter().map(|cell| markdown(cell)).collect());
    }
    grid.lines().join("\n") + "\n"
}

/// An allocator's settings in a few words.
pub fn settings(settings: &[String]) -> String {
    match settings {
        [] => "defaults".to_owned(),
        settings => settings.join(" "),
    }
}

fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(
        || "n/a".to_owned(),
        |bytes| units::count((bytes as f64 / f64::from(1 << 20)).round() as u64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::About;

    const TEXT: &str = "1000,load,0,,4194304,10,0
11001000,load,1048576,2097152,6291456,13,0
21001000,free,0,2097152,5242880,13,0
";

    #[test]
    fn a_line_says_what_is_and_what_happened() {
        let recording = Recording::parse(About::default(), TEXT).unwrap();
        let lines: Vec<_> = recording.steps().map(|step| line(&step)).collect();
        let expected = [
            "mem 1 @0.000s load: 0 live, n/a held, 4.00 MiB resident, 0 faults, 0 given back",
            "mem 2 @0.011s load: 1.00 MiB live, 2.00 MiB held, 6.00 MiB resident, 3 faults, 0 given back",
            "mem 3 @0.021s free: 0 live, 2.00 MiB held, 5.00 MiB resident, 0 faults, 1.00 MiB given back",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_summary_has_calls_only_where_there_were_some() {
        let mut recording = Recording::parse(About::default(), TEXT).unwrap();
        recording.about.allocator = "system".to_owned();
        let rest = "21.0 ms, 6.00 MiB resident at most, 3 faults";
        let end = ", at least 1.00 MiB given back";
        assert_eq!(summary(&recording), format!(", system: {rest}{end}"));
        let text = TEXT.replace("free", "calls");
        let mut recording = Recording::parse(recording.about, &text).unwrap();
        recording.about.calls = Some(2);
        recording.samples[2].usage.minor_faults += 3;
        let rest = rest.replace("3 faults", "6 faults");
        let expected = format!(", system: 2 calls in {rest} (1.5 a call after the first){end}");
        assert_eq!(summary(&recording), expected);
    }

    #[test]
    fn what_was_not_sampled_is_not_zero() {
        let row = GiveBack {
            allocator: "a|b".to_owned(),
            settings: vec!["DELAY=0".to_owned()],
            ..GiveBack::default()
        };
        let markdown = table(&[row], true);
        assert!(markdown.contains("| a\\|b"), "{markdown}");
        assert!(
            markdown.contains("n/a") && !markdown.contains(" 0 "),
            "{markdown}"
        );
    }
}
