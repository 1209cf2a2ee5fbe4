//! Figures as files of flat rows: one CSV per lens, and additional ones for growth, samples and
//! threads.
//!
//! Reading fails closed: a malformed row is an error that names the file and the line. A count
//! stays an integer from file to file.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;

use csv::StringRecord;

use super::Error;
use super::folder::{Writer, read};
use crate::{CaseId, Dimensions, Figure, Lens, Metric, Value, Worth};

/// The columns of a row, in order. An empty field means absent.
pub const HEADER: [&str; 16] = [
    "group",
    "subject",
    "input",
    "ordinal",
    "metric",
    "size",
    "threads",
    "sample",
    "value",
    "unit",
    "worth",
    "note",
    "low",
    "high",
    "run",
    "executable",
];

/// A file of flat rows in a folder of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowFile {
    name: &'static str,
    lens: Lens,
}

impl RowFile {
    /// Allocations and peak of each case on its input, and on inputs twice and four times as large.
    pub const GROWTH: Self = Self::of("growth.csv", Lens::Heap);
    /// The time of a call in each of criterion's samples.
    pub const SAMPLES: Self = Self::of("samples.csv", Lens::Time);
    /// The time of a call by number of threads.
    pub const THREADS: Self = Self::of("threads.csv", Lens::Time);

    const fn of(name: &'static str, lens: Lens) -> Self {
        Self { name, lens }
    }

    /// The file's name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The lens that its rows belong to.
    pub const fn lens(self) -> Lens {
        self.lens
    }
}

impl From<Lens> for RowFile {
    fn from(lens: Lens) -> Self {
        match lens {
            Lens::Time => Self::of("time.csv", lens),
            Lens::Heap => Self::of("heap.csv", lens),
            Lens::Instructions => Self::of("instructions.csv", lens),
        }
    }
}

/// Reads the rows of a lens, or of an additional file, from `folder`.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`], or [`Error::Malformed`] for another header, an unknown metric
/// or one of another lens, a unit that is not the metric's, a count that is not a whole number, an
/// estimate that is negative or not finite, a duplicate, and a file that was cut.
pub fn read_rows(folder: &Path, file: impl Into<RowFile>) -> Result<Vec<Figure>, Error> {
    read_file(folder, file.into())
}

fn read_file(folder: &Path, RowFile { name, lens }: RowFile) -> Result<Vec<Figure>, Error> {
    let path = folder.join(name);
    let text = read(&path)?;
    let malformed = |line: u64, reason: String| Error::Malformed {
        path: path.clone(),
        line,
        reason,
    };
    if !text.ends_with('\n') {
        let line = text.lines().count().max(1) as u64;
        let reason = "the file is cut short: the last line has no end";
        return Err(malformed(line, reason.to_owned()));
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| malformed(1, error.to_string()))?;
    if !header.iter().eq(HEADER) {
        let expected = HEADER.join(",");
        return Err(malformed(1, format!("the header is not `{expected}`")));
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let line = |place: Option<&csv::Position>| place.map_or(0, csv::Position::line);
        let record =
            record.map_err(|error| malformed(line(error.position()), error.to_string()))?;
        let line = line(record.position());
        let figure = decode(&record, lens).map_err(|reason| malformed(line, reason))?;
        if !seen.insert((figure.case.clone(), figure.metric, figure.at)) {
            let reason = format!("{} of {} appears twice", figure.metric, figure.case);
            return Err(malformed(line, reason));
        }
        rows.push(figure);
    }
    Ok(rows)
}

/// The rows as the content of a file.
///
/// # Errors
///
/// [`Error::Access`], which cannot happen in memory.
pub fn encode_rows(rows: &[Figure]) -> Result<Vec<u8>, Error> {
    let failed = |source: csv::Error| Error::Access {
        path: "rows".into(),
        source: source.into(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(failed)?;
    for row in rows {
        writer.write_record(encode(row)).map_err(failed)?;
    }
    (writer.into_inner()).map_err(|error| failed(error.into_error().into()))
}

/// Replaces the rows of all cases for which `replaces` is true with `measured`, and keeps the others.
///
/// A replaced case without a fresh row loses its old one.
///
/// # Errors
///
/// As [`read_rows`], except that a missing file counts as empty.
pub fn replace_rows(
    writer: &Writer,
    file: impl Into<RowFile>,
    measured: &[Figure],
    replaces: impl Fn(&CaseId) -> bool,
) -> Result<Vec<Figure>, Error> {
    let file = file.into();
    let mut rows = match read_rows(writer.folder(), file) {
        Err(Error::Missing { .. }) => Vec::new(),
        other => other?,
    };
    rows.retain(|row| !replaces(&row.case));
    rows.extend_from_slice(measured);
    writer.replace(file.name, &encode_rows(&rows)?)?;
    Ok(rows)
}

fn encode(row: &Figure) -> [String; HEADER.len()] {
    let optional = |number: Option<u32>| number.map_or_else(String::new, |it| it.to_string());
    let (worth, spread) = match row.worth {
        Worth::Exact => ("exact", None),
        Worth::Shown(spread) => ("shown", spread),
    };
    let (low, high) = spread.map_or_else(Default::default, |(low, high)| {
        (low.to_string(), high.to_string())
    });
    [
        row.case.group.clone(),
        row.case.subject.clone(),
        row.case.input.clone(),
        row.case.ordinal.to_string(),
        row.metric.name().to_owned(),
        optional(row.at.size),
        optional(row.at.threads),
        optional(row.at.sample),
        row.value.to_string(),
        row.metric.unit().to_owned(),
        worth.to_owned(),
        row.note.clone(),
        low,
        high,
        row.run.clone(),
        row.executable.clone(),
    ]
}

fn decode(record: &StringRecord, lens: Lens) -> Result<Figure, String> {
    let field = |column: &str| {
        let index = HEADER.iter().position(|name| *name == column);
        index
            .and_then(|index| record.get(index))
            .unwrap_or_default()
    };
    let optional = |column| match field(column) {
        "" => Ok(None),
        text => number(column, text).map(Some),
    };
    let metric = Metric::from_str(field("metric")).map_err(|error| error.to_string())?;
    if metric.lens() != lens {
        return Err(format!("{metric} in a file of the lens {lens}"));
    }
    if field("unit") != metric.unit() {
        return Err(format!(
            "{metric} in {:?}, not in {}",
            field("unit"),
            metric.unit()
        ));
    }
    Ok(Figure {
        case: CaseId {
            group: field("group").to_owned(),
            subject: field("subject").to_owned(),
            input: field("input").to_owned(),
            ordinal: number("ordinal", field("ordinal"))?,
        },
        metric,
        at: Dimensions {
            size: optional("size")?,
            threads: optional("threads")?,
            sample: optional("sample")?,
        },
        value: value(metric, field("value"))?,
        worth: worth(field("worth"), field("low"), field("high"))?,
        note: field("note").to_owned(),
        run: field("run").to_owned(),
        executable: field("executable").to_owned(),
    })
}

fn number<T: FromStr>(column: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{column} is {text:?}, not a whole number"))
}

fn value(metric: Metric, text: &str) -> Result<Value, String> {
    if metric.lens() != Lens::Time {
        return number("value", text).map(Value::Count);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(Value::Measured(value)),
        _ => Err(format!("{text:?} is not a time")),
    }
}

fn worth(worth: &str, low: &str, high: &str) -> Result<Worth, String> {
    match (worth, low, high) {
        ("exact", "", "") => Ok(Worth::Exact),
        ("shown", "", "") => Ok(Worth::Shown(None)),
        ("shown", low, high) => Ok(Worth::Shown(Some((
            number("low", low)?,
            number("high", high)?,
        )))),
        _ => Err(format!("{worth:?} is neither `exact` nor `shown`")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn rows() -> Vec<Figure> {
        let case = |subject: &str| CaseId::new("group", subject, "a,\"b\n|");
        let mut shown = Figure::exact(case("two"), Metric::PeakBytes, u64::MAX);
        shown.worth = Worth::Shown(Some((3, u64::MAX)));
        shown.note = "why\nso".to_owned();
        shown.at.size = Some(4);
        shown.run = "run".to_owned();
        vec![
            Figure::exact(case("one"), Metric::Allocations, (1 << 53) + 1),
            shown,
        ]
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::lock(folder.path()).unwrap();
        let written = replace_rows(&writer, Lens::Heap, &rows(), |_| false).unwrap();
        assert_eq!(written, rows());
        assert_eq!(read_rows(folder.path(), Lens::Heap).unwrap(), rows());
        let time = [Figure::measured(CaseId::default(), Metric::Time, 1.5)];
        replace_rows(&writer, Lens::Time, &time, |_| false).unwrap();
        assert_eq!(read_rows(folder.path(), Lens::Time).unwrap(), time);
    }

    #[test]
    fn a_filtered_run_replaces_its_own_cases_only() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::lock(folder.path()).unwrap();
        replace_rows(&writer, Lens::Heap, &rows(), |_| false).unwrap();
        let two = |case: &CaseId| case.subject == "two";
        let mut changed = rows().remove(1);
        changed.value = Value::Count(3);
        replace_rows(&writer, Lens::Heap, &[changed.clone()], two).unwrap();
        let first = rows().remove(0);
        let expected = [first.clone(), changed];
        assert_eq!(read_rows(folder.path(), Lens::Heap).unwrap(), expected);
        replace_rows(&writer, Lens::Heap, &[], two).unwrap();
        assert_eq!(read_rows(folder.path(), Lens::Heap).unwrap(), [first]);
    }

    #[test]
    fn damage_is_named_by_file_and_line() {
        let header = HEADER.join(",");
        let good = "a,b,c,0,allocations,,,,2,blocks,exact,,,,r,x";
        let with = |from: &str, to: &str| format!("{header}\n{good}\n{}\n", good.replace(from, to));
        for (text, line) in [
            (String::new(), 1),
            ("case,lens\na,heap\n".to_owned(), 1),
            (with("", ""), 3),
            (with("a,b", "a,d").replace("2,blocks", "2.5,blocks"), 2),
            (
                with("a,b,c,0,allocations,,,,2", "a,d,c,0,allocations,,,,-1"),
                3,
            ),
            (with("a,b,c,0,allocations", "a,d,c,0,blocks"), 3),
            (with("a,b,c,0,allocations", "a,d,c,0,time_ns"), 3),
            (with("blocks,exact", "bytes,exact"), 3),
            (with("exact", "good"), 3),
            (with("a,b,c,0", "a,d,c,x"), 3),
            (
                with(
                    "a,b,c,0,allocations,,,,2",
                    "a,d,c,0,allocations,,,,18446744073709551616",
                ),
                3,
            ),
            (format!("{header}\n{good}\na,b,d"), 3),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("heap.csv"), &text).unwrap();
            let message = read_rows(folder.path(), Lens::Heap)
                .unwrap_err()
                .to_string();
            let place = format!("heap.csv, line {line}:");
            assert!(message.contains(&place), "{message}: {text}");
        }
    }
}
