//! Machine code for a terminal: counts and offsets beside the instructions, their source above them.
//!
//! The text contains colour sequences, which a writer such as `anstream`'s removes where colours are
//! not supported. Control characters in names and source are escaped.

use std::fmt::Write as _;

use anstyle::Style;

use super::{Asked, AssemblyView, FunctionView, Line, Row, Shown, Step};
use crate::assembly::Role;
use crate::report::style::{ACCENT, FAINT, HOT, TITLE, WARM};
use crate::report::{plain, units};

/// An instruction is highlighted if it has at least this share of those executed in the function, in percent.
const WARM_PERCENT: u64 = 5;
const HOT_PERCENT: u64 = 10;
/// The most rows in the list of external functions.
const EXTERNAL: usize = 20;

/// The view as text. With `chains`, inlining chains are shown whole; otherwise intermediate functions without available
/// source are left out.
pub fn render(view: &AssemblyView, chains: bool) -> String {
    let mut text = String::new();
    if let Some((case, total)) = view.case.as_ref().zip(view.total) {
        let case = case.to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{TITLE}{}{TITLE:#}: {} instructions, in {}",
            plain(&case),
            units::count(total),
            plain(&view.executable)
        );
    } else {
        let _ = writeln!(text, "{TITLE}{}{TITLE:#}", plain(&view.executable));
    }
    for asked in &view.asked {
        place(&mut text, asked);
    }
    for function in &view.functions {
        text.push('\n');
        one(&mut text, function, chains);
    }
    external(&mut text, view);
    text
}

/// Where a place is: its instruction, its line, and what is inlined there.
fn place(text: &mut String, asked: &Asked) {
    let _ = write!(
        text,
        "\n{TITLE}{}+{:#x}{TITLE:#}",
        plain(&asked.function),
        asked.offset
    );
    let _ = match &asked.returns_from {
        Some(call) => writeln!(
            text,
            ": where the call at +{:#x} returns: {}",
            call.offset,
            plain(&call.text)
        ),
        None => writeln!(text),
    };
    for line in &asked.lines {
        text.push_str("  ");
        source(text, line, line.depth, 0);
    }
}

/// What was executed in functions that are not shown.
fn external(text: &mut String, view: &AssemblyView) {
    if view.external.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n{TITLE}external{TITLE:#}\n{FAINT}{:>12}{FAINT:#}",
        "executed"
    );
    let (shown, rest) = view.external.split_at(view.external.len().min(EXTERNAL));
    for row in shown {
        let object = row.object.rsplit('/').next().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:>12}  {}  {FAINT}{}{FAINT:#}",
            units::count(row.instructions),
            plain(&row.function),
            plain(object)
        );
    }
    if !rest.is_empty() {
        let sum: u64 = rest.iter().map(|row| row.instructions).sum();
        let _ = writeln!(
            text,
            "{:>12}  {} more functions",
            units::count(sum),
            rest.len()
        );
    }
}

fn one(text: &mut String, function: &FunctionView, chains: bool) {
    let _ = write!(
        text,
        "{TITLE}{}{TITLE:#}: {} instructions at {:#x}",
        plain(&function.function),
        units::count(function.instructions as u64),
        function.address,
    );
    let _ = match function.executed {
        Some(executed) => writeln!(text, ", {} executed", units::count(executed)),
        None => writeln!(text),
    };
    for alias in &function.aliases {
        let _ = writeln!(text, "{FAINT}  the same code as {}{FAINT:#}", plain(alias));
    }
    let columns = Columns::of(function);
    let _ = writeln!(text, "{}", columns.head());
    let mut whole = function.rows.iter().map(|row| Shown {
        row,
        depth: match row {
            Row::Source(line) => line.depth,
            Row::Instruction(_) => 0,
        },
        skipped: 0,
    });
    let mut condensed = function.condensed();
    let rows: &mut dyn Iterator<Item = Shown<'_>> = match chains {
        true => &mut whole,
        false => &mut condensed,
    };
    for shown in rows {
        match shown.row {
            Row::Source(line) => columns.source(text, line, shown),
            Row::Instruction(step) => columns.instruction(text, step),
        }
    }
}

/// The columns, each as wide as its largest figure.
struct Columns {
    executed: usize,
    offset: usize,
    /// The width of the instructions with a target, after which the callees' roles are aligned.
    text: usize,
    total: u64,
}

impl Columns {
    fn of(function: &FunctionView) -> Self {
        let wide = |step: &Step| count(step.executed).len();
        let lines = function.rows.iter().filter_map(|row| match row {
            Row::Source(line) => Some(count(line.executed).len()),
            Row::Instruction(_) => None,
        });
        let offset = format!("+{:#x}", function.size).len();
        let with_target = function.steps().filter(|step| step.target.is_some());
        let length = |step: &Step| step.text.chars().count();
        Self {
            executed: (function.steps().map(wide).chain(lines).max().unwrap_or(0)).max(8),
            offset: offset.max(6),
            text: (with_target.map(length).max().unwrap_or(0)).min(60),
            total: function.executed.unwrap_or(0),
        }
    }

    fn head(&self) -> String {
        let (executed, offset) = (self.executed, self.offset);
        format!(
            "{FAINT} {:>executed$} {:>offset$}{FAINT:#}",
            "executed", "offset"
        )
    }

    /// Writes a line of source: the function's own at the margin, inlined ones below it and indented.
    fn source(&self, text: &mut String, line: &Line, shown: Shown<'_>) {
        let figure = match line.executed {
            Some(_) => count(line.executed),
            None => String::new(),
        };
        let width = self.executed;
        let _ = write!(
            text,
            " {FAINT}{figure:>width$}{FAINT:#}{:1$} ",
            "",
            self.offset + 1
        );
        source(text, line, shown.depth, shown.skipped);
    }

    fn instruction(&self, text: &mut String, step: &Step) {
        let (executed, offset) = (self.executed, self.offset);
        let style = self.heat(step);
        let at = format!("+{:#x}", step.offset);
        let arrow = if step.is_wanted { '→' } else { ' ' };
        let _ = write!(
            text,
            "{arrow}{style}{:>executed$} {at:>offset$}  {}",
            count(step.executed),
            plain(&step.text)
        );
        let seen = step.seen();
        if !seen.is_empty() {
            let _ = write!(text, "  {}", plain(&seen));
        }
        let _ = match step.role() {
            Some(role) if !seen.is_empty() => writeln!(text, "{style:#}  {}", mark(role)),
            Some(role) => {
                let gap = self.text.saturating_sub(step.text.chars().count());
                writeln!(text, "{style:#}{:gap$}  {}", "", mark(role))
            }
            None => writeln!(text, "{style:#}"),
        };
    }

    fn heat(&self, step: &Step) -> Style {
        let executed = step.executed.unwrap_or(0);
        let has = |percent| executed.saturating_mul(100) >= self.total.saturating_mul(percent);
        match has(WARM_PERCENT) {
            _ if step.is_wanted => TITLE,
            _ if executed == 0 => match step.executed {
                Some(_) => FAINT,
                None => Style::new(),
            },
            true if has(HOT_PERCENT) => HOT,
            true => WARM,
            false => Style::new(),
        }
    }
}

/// Writes the place and text of a line, indented if it was inlined.
fn source(text: &mut String, line: &Line, depth: usize, skipped: usize) {
    let place = match line.line {
        0 => line.file.clone(),
        number => format!("{}:{number}", line.file),
    };
    let place = plain(&place);
    let _ = match line.depth {
        0 => write!(text, "{ACCENT}{place}{ACCENT:#}"),
        _ => write!(
            text,
            "{:1$}{ACCENT}↳ inlined {2}, {place}{ACCENT:#}",
            "",
            2 * depth,
            plain(&line.function)
        ),
    };
    if skipped > 0 {
        let _ = write!(text, " {FAINT}through {skipped} more{FAINT:#}");
    }
    let _ = match &line.text {
        // A tab would be escaped; expand it as editors do.
        Some(source) => writeln!(text, "  {}", plain(&source.replace('\t', "    "))),
        None => writeln!(text),
    };
}

fn mark(role: Role) -> String {
    let style = match role {
        Role::Allocates => HOT,
        Role::Frees => WARM,
        Role::Panics => ACCENT,
    };
    format!("{style}◂ {}{style:#}", role.word())
}

fn count(executed: Option<u64>) -> String {
    match executed {
        None => "n/a".to_owned(),
        Some(0) => ".".to_owned(),
        Some(executed) => units::count(executed),
    }
}
