//! Memory over time: a chart for each recording, and the table of the experiment with allocators.

use std::path::Path;

use super::curves::{Chart, Curve};
use crate::failure::chain;
use crate::memory::{GROUP, GiveBack, Recording, Sample, give_backs};
use crate::report::memory::{settings, summary, table_cells, table_header};
use crate::store;

/// The unit of the axis, so that its ticks are round numbers.
const MEBIBYTE: f64 = (1 << 20) as f64;

#[derive(Default)]
pub(super) struct Memory {
    /// Recordings of cases: a title, a summary and a chart each.
    pub(super) cases: Vec<Shown>,
    /// The experiment's recordings.
    pub(super) experiment: Vec<Shown>,
    /// The experiment's table: its header and its rows.
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// Why the recordings could not be read, if so.
    pub(super) unreadable: Option<String>,
}

pub(super) struct Shown {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) chart: String,
}

impl Memory {
    /// Reads the recordings among the results. If they cannot be read, the page says why.
    pub(super) fn read(results: &Path) -> Result<Self, askama::Error> {
        match store::read_memory(results) {
            Ok(recordings) => Self::new(&recordings),
            Err(error) => Ok(Self {
                unreadable: Some(chain(&error)),
                ..Self::default()
            }),
        }
    }

    fn new(recordings: &[Recording]) -> Result<Self, askama::Error> {
        let (of_experiment, of_cases): (Vec<_>, Vec<_>) =
            (recordings.iter()).partition(|it| it.about.case.group == GROUP);
        // All charts of the experiment have one scale, so that they can be compared.
        let most = (of_experiment.iter())
            .map(|it| it.totals().peak_resident)
            .max()
            .unwrap_or_default();
        let rows: Vec<GiveBack> = give_backs(recordings);
        Ok(Self {
            cases: shown(&of_cases, "case", 420.0, 0)?,
            experiment: shown(&of_experiment, "experiment", 300.0, most)?,
            header: match rows.is_empty() {
                true => Vec::new(),
                false => table_header().to_vec(),
            },
            rows: rows.iter().map(table_cells).collect(),
            unreadable: None,
        })
    }
}

fn shown(
    recordings: &[&Recording],
    kind: &str,
    width: f64,
    also: u64,
) -> Result<Vec<Shown>, askama::Error> {
    (recordings.iter().enumerate())
        .map(|(number, recording)| {
            let about = &recording.about;
            let title = match kind {
                "case" => format!("{}, {}", about.case, about.allocator),
                _ => about.case.to_string(),
            };
            let note = match about.settings.is_empty() {
                true => String::new(),
                false => settings(&about.settings),
            };
            let id = format!("chart-memory-{kind}-{number}");
            Ok(Shown {
                chart: chart(recording, id, &title, width, also).draw()?,
                title,
                note,
            })
        })
        .collect()
}

fn chart(recording: &Recording, id: String, title: &str, width: f64, also: u64) -> Chart {
    let begin = recording.samples[0].time_ns;
    let seconds = |time: u64| (time - begin) as f64 / 1e9;
    let curve = |class, value: fn(&Sample) -> Option<u64>| Curve {
        class,
        points: (recording.samples.iter())
            .filter_map(|sample| Some((seconds(sample.time_ns), value(sample)? as f64 / MEBIBYTE)))
            .collect(),
    };
    let phases: Vec<_> = (recording.phases())
        .filter_map(|(name, samples)| {
            let (first, last) = (samples.first()?, samples.last()?);
            Some((
                name.to_owned(),
                seconds(first.time_ns),
                seconds(last.time_ns),
            ))
        })
        .collect();
    Chart {
        id,
        title: format!("Memory over time: {title}"),
        description: summary(recording),
        width,
        unit: |value| format!("{value} MiB"),
        also: also as f64 / MEBIBYTE,
        curves: vec![
            curve("held", |sample| sample.levels.held),
            curve("resident", |sample| Some(sample.usage.resident)),
            curve("live", |sample| sample.levels.live),
        ],
        // A single phase need not be named.
        phases: if phases.len() > 1 { phases } else { Vec::new() },
    }
}
