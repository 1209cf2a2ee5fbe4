//! A line view for a terminal: aligned columns beside the source, the hottest lines in colour.
//!
//! Only the lines that cost anything are shown, with a line around them and the head of their
//! function. The text holds escape sequences; a writer such as `anstream`'s takes them out where
//! nobody sees colours.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};

use super::top::Top;
use super::{Costs, Function, Inlined, Line, LineView};
use crate::report::units;

const HOT: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Red)))
    .bold();
const WARM: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const MARK: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
const FAINT: Style = Style::new().dimmed();
const TITLE: Style = Style::new().bold();
/// Lines shown around one that cost something.
const CONTEXT: usize = 1;
/// From this share of all instructions on, a line is warm.
const WARM_SHARE: u64 = 10;

/// The view as text.
pub fn render(view: &LineView) -> String {
    let columns = Columns::of(view.total);
    let mut text = format!(
        "{TITLE}{}{TITLE:#}: {}{}\n",
        view.case,
        summary(view.total),
        if view.folded {
            ", inlined functions folded into their callers"
        } else {
            ""
        }
    );
    for file in &view.files {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n{TITLE}{}{TITLE:#}: {}\n{}",
            file.path,
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
    if !view.elsewhere.is_empty() {
        let _ = writeln!(
            text,
            "\n{TITLE}outside of the project{TITLE:#}\n{}",
            columns.head()
        );
        for row in &view.elsewhere {
            let costs = columns.row(row.flat, Costs::default());
            let _ = writeln!(text, "{costs}       from {}", row.function);
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
            "{}  {MARK}{}:{}{MARK:#}  {}  {FAINT}{}{FAINT:#}",
            columns.row(line.flat, line.cumulative),
            line.path,
            line.number,
            line.text.trim(),
            match line.subjects.as_slice() {
                [one] => one.clone(),
                [first, others @ ..] => format!("{first} and {} more", others.len()),
                [] => String::new(),
            }
        );
    }
    text
}

fn summary(costs: Costs) -> String {
    format!(
        "{} allocations, {} bytes, {} instructions",
        units::count(costs.allocations as f64),
        units::count(costs.allocated_bytes as f64),
        units::count(costs.instructions as f64)
    )
}

fn function_lines(text: &mut String, function: &Function, columns: &Columns) {
    let lines = &function.lines;
    let costs_something = |line: &Line| line.cumulative != Costs::default();
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
    let (number, source) = (line.number, &line.text);
    let _ = writeln!(
        text,
        "{style}{costs}  {number:>4}{style:#}  {style}{source}{style:#}"
    );
    let indentation = source.len() - source.trim_start().len();
    for call in &line.inlined {
        let _ = writeln!(text, "{}", mark(call, indentation, columns));
    }
}

/// The row below a line that says what was inlined there.
fn mark(call: &Inlined, indentation: usize, columns: &Columns) -> String {
    // What stands at the project's own lines would be read twice.
    let cost = match call.of_the_project {
        true => Costs::default(),
        false => call.cost,
    };
    let costs = match cost {
        Costs {
            allocations: 0,
            allocated_bytes: 0,
            instructions: 0,
        } => " ".repeat(columns.width()),
        cost => columns.row(cost, Costs::default()),
    };
    format!(
        "{FAINT}{costs}{FAINT:#}        {}{MARK}↳ {} {}{MARK:#}",
        " ".repeat(indentation),
        if call.of_the_project {
            "inlined"
        } else {
            "inlined, from"
        },
        call.callee
    )
}

/// The columns of figures, as wide as the largest.
struct Columns {
    allocations: usize,
    bytes: usize,
    instructions: usize,
    total: Costs,
}

impl Columns {
    fn of(total: Costs) -> Self {
        let wide = |figure: u64, least: usize| units::count(figure as f64).len().max(least);
        Self {
            allocations: wide(total.allocations, 6),
            bytes: wide(total.allocated_bytes, 6),
            instructions: wide(total.instructions, 12),
            total,
        }
    }

    fn width(&self) -> usize {
        2 * (self.allocations + 1) + 2 * (self.bytes + 1) + self.instructions + 1
    }

    fn head(&self) -> String {
        let (a, b, i) = (self.allocations, self.bytes, self.instructions);
        format!(
            "{FAINT} {:>a$} {:>a$} {:>b$} {:>b$} {:>i$}{FAINT:#}",
            "allocs", "cum", "bytes", "cum", "instructions"
        )
    }

    fn row(&self, flat: Costs, cumulative: Costs) -> String {
        let (a, b, i) = (self.allocations, self.bytes, self.instructions);
        format!(
            " {:>a$} {:>a$} {:>b$} {:>b$} {:>i$}",
            figure(flat.allocations),
            figure(cumulative.allocations),
            figure(flat.allocated_bytes),
            figure(cumulative.allocated_bytes),
            figure(flat.instructions)
        )
    }

    fn heat(&self, line: &Line) -> Style {
        let warm = line.flat.instructions.saturating_mul(100)
            >= self.total.instructions.saturating_mul(WARM_SHARE);
        match line.flat {
            flat if flat.allocations > 0 => HOT,
            flat if flat.instructions > 0 && warm => WARM,
            _ if line.cumulative == Costs::default() => FAINT,
            _ => Style::new(),
        }
    }
}

fn figure(value: u64) -> String {
    match value {
        0 => ".".to_owned(),
        value => units::count(value as f64),
    }
}
