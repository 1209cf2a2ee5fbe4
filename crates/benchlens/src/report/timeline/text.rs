//! A timeline for the terminal: the regions by name, and where each thread's time went.

use super::super::grid::{Grid, Look};
use super::super::units::{amount, bytes, count, percent, time};
use super::{Shares, Sum, Timeline};
use crate::region::Kind;
use crate::report::plain;

/// The number of threads that are listed; further ones share one row.
const SHOWN: usize = 12;

/// A row of a table: its name and its cells.
pub(in super::super) struct Cells {
    pub(in super::super) name: String,
    pub(in super::super) cells: Vec<String>,
}

/// The timeline as text.
pub fn render(timeline: &Timeline) -> String {
    let mut text = format!("{}\n\n", plain(&about(timeline)));
    let header = [
        "region",
        "waits for",
        "count",
        "sum",
        "median",
        "share",
        "allocs",
        "bytes",
    ];
    let sums = timeline.sums();
    add_table(&mut text, 2, &header, sums.iter().map(Sum::cells));
    text.push('\n');
    let (heads, threads) = threads(timeline);
    let header: Vec<&str> = ["thread"].into_iter().chain(heads).collect();
    add_table(&mut text, 1, &header, threads.into_iter());
    if let Some(overhead) = overhead(timeline) {
        text.push_str(&format!("\n{overhead}\n"));
    }
    text
}

fn add_table(text: &mut String, names: usize, header: &[&str], rows: impl Iterator<Item = Cells>) {
    let owned = header.iter().map(|&head| head.to_owned()).collect();
    let mut grid = Grid::new(Look::Plain, names, owned);
    for row in rows {
        let name = plain(&row.name).into_owned();
        grid.add([name].into_iter().chain(row.cells).collect());
    }
    for line in grid.lines() {
        text.push_str(&line);
        text.push('\n');
    }
}

/// A sentence about what was recorded.
pub(super) fn about(timeline: &Timeline) -> String {
    let recording = &timeline.recording;
    let of = match (recording.calls, recording.of) {
        (1, 1) => "the only call".to_owned(),
        (1, of) => format!("the call of median duration among {of}"),
        (_, 1) => String::new(),
        (_, of) => format!("the recording of median duration among {of}"),
    };
    let regions: usize = (recording.lanes.iter())
        .map(|lane| lane.regions.len())
        .sum();
    let parts = [
        amount(recording.calls, "call"),
        format!("in {}", time(recording.end as f64)),
        of,
        amount(recording.lanes.len() as u64, "thread"),
        match regions {
            1 => "1 region".to_owned(),
            regions => format!("{} regions", count(regions as u64)),
        },
    ];
    let peak = recording.heap.as_ref().map(|points| {
        let peak = points.iter().map(|point| point.live).max();
        format!(
            "the live heap rose by {} at most",
            bytes(peak.unwrap_or(0).max(0).unsigned_abs())
        )
    });
    let parts: Vec<String> = (parts.into_iter().chain(peak))
        .filter(|part| !part.is_empty())
        .collect();
    format!("{}: {}", timeline.case, parts.join(", ")).replacen(", in ", " in ", 1)
}

/// A sentence about the cost of recording; `None` if it was not measured.
pub(super) fn overhead(timeline: &Timeline) -> Option<String> {
    let (overhead, cost) = timeline.overhead.zip(timeline.recording.cost)?;
    let direction = if overhead.percent() < 0.0 {
        "less"
    } else {
        "more"
    };
    Some(format!(
        "Recording takes {:.0} ns a region. A call takes {} with the recorder and {} without, {:.1} % {direction}: \
         the fastest tenth of its calls in the quietest of {}, in each of which a process of either kind took its turn.",
        cost,
        time(overhead.with as f64),
        time(overhead.without as f64),
        overhead.percent().abs(),
        amount(overhead.rounds.into(), "round"),
    ))
}

impl Sum {
    pub(super) fn cells(&self) -> Cells {
        let figure = |place: usize| self.blocks.map(|blocks| blocks[place]);
        let waits = match self.kind {
            Kind::Work => "",
            kind => kind.name(),
        };
        Cells {
            name: self.name.clone(),
            cells: vec![
                waits.to_owned(),
                count(self.count),
                time(self.sum as f64),
                time(self.median as f64),
                percent(self.share),
                figure(0).map_or_else(unknown, count),
                figure(1).map_or_else(unknown, bytes),
            ],
        }
    }
}

/// Where each thread's time went: the column heads, and one row per thread. Threads beyond the first
/// [`SHOWN`] share one row.
pub(super) fn threads(timeline: &Timeline) -> (Vec<&'static str>, Vec<Cells>) {
    let lanes = &timeline.recording.lanes;
    let shares = timeline.shares();
    let waits: Vec<usize> = (0..Kind::ALL.len() - 1)
        .filter(|&place| shares.iter().any(|shares| shares.waits[place] > 0))
        .collect();
    let mut heads = vec!["time", "worked", "blocked", "not scheduled"];
    heads.extend(waits.iter().map(|&place| Kind::ALL[place + 1].name()));
    let row = |name: String, shares: Shares| {
        let part = |part: u64| percent(part as f64 / (shares.time as f64).max(1.0));
        let parts = [shares.worked, shares.blocked, shares.unscheduled];
        let mut cells = vec![time(shares.time as f64)];
        cells.extend(parts.map(|it| it.map_or_else(unknown, part)));
        cells.extend(waits.iter().map(|&place| part(shares.waits[place])));
        Cells { name, cells }
    };
    let shown = match lanes.len() {
        all if all <= SHOWN + 1 => all,
        _ => SHOWN,
    };
    let mut rows: Vec<Cells> = (lanes.iter().zip(&shares))
        .take(shown)
        .map(|(lane, shares)| match lane.name.as_str() {
            "" => row(format!("thread {}", lane.thread), *shares),
            name => row(name.to_owned(), *shares),
        })
        .collect();
    if lanes.len() > shown {
        let others = shares[shown..].iter();
        let others = others.fold(Shares::NONE, |all, shares| all.and(*shares));
        rows.push(row(
            format!("{} more", count((lanes.len() - shown) as u64)),
            others,
        ));
    }
    let all = shares
        .iter()
        .fold(Shares::NONE, |all, shares| all.and(*shares));
    if lanes.len() > 1 {
        rows.push(row("all".to_owned(), all));
    }
    (heads, rows)
}

fn unknown() -> String {
    "n/a".to_owned()
}
