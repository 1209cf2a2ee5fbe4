//! The charts of rates: by input relative to the control, and by number of threads.

use super::super::axis::Scale;
use super::super::dots::{self, Chart};
use super::super::figures::Figures;
use super::super::overview::{in_unit, kind};
use super::{DECIMAL, counted, magnitude};
use crate::report::table::{Row, Table};
use crate::report::units;
use crate::{CaseInfo, Lens, Role, Work};

/// Each subject's rate by input, beside that of its group's control.
pub(super) fn throughput(table: &Table) -> Result<Vec<(String, String)>, askama::Error> {
    let mut charts = Vec::new();
    for group in groups_with_control(table) {
        let rows: Vec<(&Row, &Work, f64)> = (table.rows.iter())
            .filter(|row| row.info.id.group == group && row.info.pair.is_none())
            .filter_map(|row| {
                let (work, rate) = row.rates().next()?;
                Some((row, work, rate))
            })
            .collect();
        // One axis for all, so that the charts can be compared.
        let rates = rows.iter().map(|(_, _, rate)| *rate);
        let bounds = [
            rates.clone().fold(f64::MAX, f64::min),
            rates.fold(0.0, f64::max),
        ];
        let mut subjects: Vec<_> = Vec::new();
        for (row, _, _) in rows
            .iter()
            .filter(|(row, _, _)| row.info.role != Role::Control)
        {
            let subject = row.info.id.without_input();
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        for subject in subjects {
            let own: Vec<_> = (rows.iter())
                .filter(|(row, _, _)| row.info.id.without_input() == subject)
                .copied()
                .collect();
            let chart = by_input(&rows, &own, charts.len()).draw_within(&bounds)?;
            charts.push((subject.to_string(), chart));
        }
    }
    Ok(charts)
}

/// The groups with a control that has a rate, in the order of the table.
fn groups_with_control(table: &Table) -> Vec<&str> {
    let controls = (table.rows.iter())
        .filter(|row| row.info.role == Role::Control && row.rates().next().is_some());
    let mut groups: Vec<&str> = Vec::new();
    for row in controls {
        if !groups.contains(&row.info.id.group.as_str()) {
            groups.push(&row.info.id.group);
        }
    }
    groups
}

/// The rates of one subject beside those of the control among `all`.
fn by_input(all: &[(&Row, &Work, f64)], own: &[(&Row, &Work, f64)], number: usize) -> Chart {
    let control = |input: &str| {
        (all.iter())
            .find(|(row, _, _)| row.info.role == Role::Control && row.info.id.input == input)
            .map(|(_, _, rate)| *rate)
    };
    let rows = own.iter().map(|(row, work, rate)| dots::Row {
        name: row.info.id.input.clone(),
        kind: kind(row),
        figures: vec![*rate],
        reference: control(&row.info.id.input),
        words: in_unit(work, *rate),
        ..dots::Row::default()
    });
    let is_bytes = own.iter().all(|(_, work, _)| work.unit == Work::BYTES);
    let subject = own.first().map(|(row, _, _)| row.info.id.without_input());
    Chart {
        id: format!("chart-throughput-{number}"),
        title: format!("Throughput of {} by input", subject.unwrap_or_default()),
        lens: Lens::Time.name(),
        scale: DECIMAL,
        unit: if is_bytes {
            units::bytes_per_second
        } else {
            magnitude
        },
        width: 300.0,
        rows: rows.collect(),
        reference: "the throughput of the control",
    }
}

/// One case by number of threads: its work per second.
struct Scaling<'a> {
    case: &'a CaseInfo,
    series: Vec<(u32, f64)>,
}

impl Scaling<'_> {
    /// The rate per second, in the first unit of the case's work, or in calls if it declares none.
    fn rate(&self, nanoseconds: f64) -> f64 {
        let calls = 1e9 / nanoseconds;
        (self.case.work.first()).map_or(calls, |work| work.per_second(nanoseconds))
    }

    fn unit(&self) -> &str {
        (self.case.work.first()).map_or("calls", |work| work.unit.as_str())
    }

    /// The rate of one thread, computed from the smallest number of threads.
    fn alone(&self) -> Option<f64> {
        let (threads, time) = self.series.first()?;
        Some(self.rate(*time) / f64::from(*threads))
    }

    fn chart(&self, number: usize) -> Chart {
        let alone = self.alone().filter(|_| self.series.len() > 1);
        let rows = self.series.iter().map(|(threads, time)| dots::Row {
            name: match threads {
                1 => "1 thread".to_owned(),
                _ => format!("{threads} threads"),
            },
            kind: "own",
            figures: vec![self.rate(*time)],
            reference: alone.map(|rate| rate * f64::from(*threads)),
            words: format!("{}/s", counted(self.rate(*time))),
            ..dots::Row::default()
        });
        Chart {
            id: format!("chart-threads-{number}"),
            title: format!("{} a second of {} by threads", self.unit(), self.case.id),
            lens: Lens::Time.name(),
            scale: Scale::Linear,
            unit: counted,
            width: 300.0,
            rows: rows.collect(),
            reference: "what perfect scaling would give",
        }
    }
}

/// Work per second by number of threads, with the line of perfect scaling.
pub(super) fn threads(
    figures: &Figures,
    declared: &[CaseInfo],
) -> Result<Vec<(String, String)>, askama::Error> {
    let unknown: Vec<CaseInfo> = figures.cases().cloned().map(CaseInfo::of).collect();
    let all: Vec<Scaling<'_>> = (unknown.iter())
        .map(|unknown| Scaling {
            case: (declared.iter())
                .find(|case| case.id == unknown.id)
                .unwrap_or(unknown),
            series: figures.by_threads(&unknown.id),
        })
        .filter(|scaling| !scaling.series.is_empty())
        .collect();
    let most = (all.iter())
        .flat_map(|scaling| {
            let last = scaling
                .series
                .last()
                .map(|(threads, _)| f64::from(*threads));
            let perfect = scaling.alone().zip(last).map(|(rate, last)| rate * last);
            let rates = scaling.series.iter().map(|(_, time)| scaling.rate(*time));
            rates.chain(perfect)
        })
        .fold(0.0, f64::max);
    (all.iter().enumerate())
        .map(|(number, scaling)| {
            let title = format!("{}, {} a second", scaling.case.id, scaling.unit());
            Ok((title, scaling.chart(number).draw_within(&[0.0, most])?))
        })
        .collect()
}
