//! A line view for a terminal: aligned columns beside the source, the hottest lines in colour.
//!
//! Only lines with a cost are shown, with one line of context and the head of their function. The
//! text contains colour sequences, which a writer such as `anstream`'s removes where colours are
//! not supported. Control characters in names and source are escaped.

use std::fmt::Write as _;

use anstyle::Style;

use super::top::Top;
use super::{Costs, Function, Inlined, Line, LineView};
use crate::report::style::{ACCENT, FAINT, HOT, TITLE, WARM};
use crate::report::{plain, units};

/// Lines of context around a line with a cost.
const CONTEXT: usize = 1;
/// A line with at least this percentage of all instructions is highlighted.
const WARM_PERCENT: u64 = 10;

/// The view as text.
pub fn render(view: &LineView) -> String {
    let columns = Columns::of(view.total);
    let mut text = format!(
        "{TITLE}{}{TITLE:#}: {}{}\n",
        plain(&view.case.to_string()),
        summary(view.total),
        if view.folded {
            ", inlined functions folded into their callers"
        } else {
            ""
        }
    );
    if let Some(why) = &view.unresolved {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "instructions are at callgrind's own lines, without inlined functions: {}",
            plain(why)
        );
    }
    for file in &view.files {
        let _ = writeln!(
            text,
            "\n{TITLE}{}{TITLE:#}: {}\n{}",
            plain(&file.path),
            summary(file.flat),
            columns.head()
        );
        for (index, function) in file.functions.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            function_lines(&mut text, function, &columns);
        }
    }
    if !view.external.is_empty() {
        let _ = writeln!(
            text,
            "\n{TITLE}outside of the project{TITLE:#}\n{}",
            columns.head()
        );
        for row in &view.external {
            let costs = columns.flat(row.flat);
            let _ = writeln!(text, "{costs}       from {}", plain(&row.function));
        }
    }
    text
}

/// The top lines as text.
pub fn render_top(top: &Top) -> String {
    let columns = Columns::of(top.largest());
    let mut text = format!(
        "{TITLE}{} lines of {} cases{TITLE:#}\n{}\n",
        top.lines.len(),
        top.cases,
        columns.head()
    );
    for line in &top.lines {
        let _ = writeln!(
            text,
            "{}  {ACCENT}{}:{}{ACCENT:#}  {}  {FAINT}{}{FAINT:#}",
            columns.row(line.flat, line.cumulative),
            plain(&line.path),
            line.number,
            plain(line.text.trim()),
            match line.subjects.as_slice() {
                [one] => plain(one).into_owned(),
                [first, others @ ..] => format!("{} and {} more", plain(first), others.len()),
                [] => String::new(),
            }
        );
    }
    text
}

fn summary(costs: Costs) -> String {
    let mut text = format!(
        "{} allocations, {} bytes, {} instructions",
        or_not_measured(costs.allocations),
        or_not_measured(costs.allocated_bytes),
        or_not_measured(costs.instructions)
    );
    if let Some(samples) = costs.samples {
        // Writing to a string cannot fail.
        let _ = write!(text, ", {} samples", units::count(samples));
    }
    text
}

fn function_lines(text: &mut String, function: &Function, columns: &Columns) {
    let lines = &function.lines;
    let costs_something = |line: &Line| line.cumulative.is_something();
    let head = lines
        .iter()
        .take_while(|line| line.text.trim_start().starts_with('#'))
        .count();
    let is_shown = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let to = (index + CONTEXT).min(lines.len() - 1);
        index <= head || lines[from..=to].iter().any(costs_something)
    };
    let mut skipped = false;
    for (index, line) in lines.iter().enumerate() {
        if !is_shown(index) {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            let _ = writeln!(
                text,
                "{FAINT}{:>width$}{FAINT:#}",
                "⋮",
                width = columns.width() + 6
            );
        }
        source_line(text, line, columns);
    }
}

fn source_line(text: &mut String, line: &Line, columns: &Columns) {
    let style = columns.heat(line);
    let costs = columns.row(line.flat, line.cumulative);
    // A tab would be escaped; expand it as editors do.
    let source = line.text.replace('\t', "    ");
    let (number, source) = (line.number, plain(&source));
    let _ = writeln!(
        text,
        "{style}{costs}  {number:>4}{style:#}  {style}{source}{style:#}"
    );
    let indentation = source.len() - source.trim_start().len();
    for call in &line.inlined {
        let _ = writeln!(text, "{}", mark(call, indentation, columns));
    }
}

/// The row that names an inlined call, below its line.
fn mark(call: &Inlined, indentation: usize, columns: &Columns) -> String {
    // Costs that are at the project's own lines are not repeated here.
    let costs = match call.of_the_project || !call.cost.is_something() {
        true => " ".repeat(columns.width()),
        false => columns.flat(call.cost),
    };
    format!(
        "{FAINT}{costs}{FAINT:#}        {}{ACCENT}↳ {} {}{ACCENT:#}",
        " ".repeat(indentation),
        if call.of_the_project {
            "inlined"
        } else {
            "inlined, from"
        },
        plain(&call.callee)
    )
}

/// The columns, each as wide as its largest figure.
struct Columns {
    allocations: usize,
    bytes: usize,
    instructions: usize,
    /// Absent unless processor time was sampled.
    samples: Option<usize>,
    total: Costs,
}

impl Columns {
    fn of(total: Costs) -> Self {
        let wide = |figure, least: usize| or_not_measured(figure).len().max(least);
        Self {
            allocations: wide(total.allocations, 6),
            bytes: wide(total.allocated_bytes, 6),
            instructions: wide(total.instructions, 12),
            samples: (total.samples).map(|samples| wide(Some(samples), 7)),
            total,
        }
    }

    fn width(&self) -> usize {
        let samples = self.samples.map_or(0, |width| 2 * (width + 1));
        2 * (self.allocations + 1) + 2 * (self.bytes + 1) + self.instructions + 1 + samples
    }

    fn head(&self) -> String {
        let (a, b, i) = (self.allocations, self.bytes, self.instructions);
        let samples = (self.samples).map_or(String::new(), |width| {
            format!(" {:>width$} {:>width$}", "samples", "cum")
        });
        format!(
            "{FAINT} {:>a$} {:>a$} {:>b$} {:>b$} {:>i$}{samples}{FAINT:#}",
            "allocs", "cum", "bytes", "cum", "instructions"
        )
    }

    fn row(&self, flat: Costs, cumulative: Costs) -> String {
        let (a, b, i) = (self.allocations, self.bytes, self.instructions);
        let samples = self.samples.map_or(String::new(), |width| {
            let (flat, cumulative) = (figure(flat.samples), figure(cumulative.samples));
            format!(" {flat:>width$} {cumulative:>width$}")
        });
        format!(
            " {:>a$} {:>a$} {:>b$} {:>b$} {:>i$}{samples}",
            figure(flat.allocations),
            figure(cumulative.allocations),
            figure(flat.allocated_bytes),
            figure(cumulative.allocated_bytes),
            figure(flat.instructions)
        )
    }

    /// The figures of a row without a cumulative cost.
    fn flat(&self, flat: Costs) -> String {
        self.row(flat, Costs::none_of(flat))
    }

    fn heat(&self, line: &Line) -> Style {
        let of = |costs: Costs| costs.instructions.unwrap_or(0);
        let (own, total) = (of(line.flat), of(self.total));
        let warm = own.saturating_mul(100) >= total.saturating_mul(WARM_PERCENT);
        match line.flat.allocations {
            Some(1..) => HOT,
            _ if own > 0 && warm => WARM,
            _ if !line.cumulative.is_something() => FAINT,
            _ => Style::new(),
        }
    }
}

fn figure(value: Option<u64>) -> String {
    match value {
        Some(0) => ".".to_owned(),
        value => or_not_measured(value),
    }
}

fn or_not_measured(value: Option<u64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), units::count)
}
