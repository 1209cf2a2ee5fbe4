//! The inlining pairs: both sides beside each other, with the witnesses to what was inlined.
//!
//! Names and figures only, as plain data, so that the terminal and the page show the same.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{ColumnConstraint, ContentArrangement, Table as Grid, Width, presets};
use serde::{Deserialize, Serialize};

use super::table::{Row, Table};
use super::units;
use crate::evidence::witnesses::{Decision, Witness, Witnesses};
use crate::store;

/// How wide the text is, on a terminal and in a pipe.
const WIDTH: u16 = 100;
/// The column of what is stated of both sides.
const LABEL: u16 = 14;

/// What a pair is called, and the names of its functions as symbols have them.
#[derive(Clone, Debug)]
pub struct PairNames {
    /// The subject: `inlining/boxed_reader`.
    pub subject: String,
    /// A few words on what is called or inlined.
    pub summary: String,
    /// Function and callee of the two sides, which are the inputs `called` and `inlined`.
    pub sides: [SideNames; 2],
}

/// The names of one side of a pair.
#[derive(Clone, Debug)]
pub struct SideNames {
    /// Its case: `inlining/boxed_reader/called`.
    pub case: String,
    /// Its entry point.
    pub function: String,
    /// What is called from there, or inlined.
    pub callee: String,
}

/// A pair with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairView {
    /// The subject: `inlining/boxed_reader`.
    pub subject: String,
    /// A few words on what is called or inlined.
    pub summary: String,
    /// With the call.
    pub called: SideView,
    /// Without it.
    pub inlined: SideView,
}

/// One side of a pair; what was not measured is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideView {
    /// Its entry point.
    pub function: String,
    /// What is called from there, or inlined.
    pub callee: String,
    /// Heap blocks a call: the first witness.
    pub allocations: Option<u64>,
    /// Heap bytes a call.
    pub allocated_bytes: Option<u64>,
    /// Instructions a call.
    pub instructions: Option<u64>,
    /// The machine code and the compiler: the other two.
    pub witness: Option<Witness>,
}

/// Joins the figures in the folder `results` with the witnesses, where there are any.
///
/// # Errors
///
/// Whatever [`Table::read`] finds wrong.
pub fn views(
    pairs: &[PairNames],
    results: &Path,
    witnesses: Option<&Witnesses>,
) -> Result<Vec<PairView>, store::Error> {
    let rows = Table::read(results)?.rows;
    let side = |names: &SideNames| {
        let row = rows.iter().find(|row| row.case == names.case);
        let figure =
            |metric: fn(&Row) -> Option<f64>| row.and_then(metric).map(|value| value as u64);
        SideView {
            function: names.function.clone(),
            callee: names.callee.clone(),
            allocations: figure(|row| row.allocations),
            allocated_bytes: figure(|row| row.allocated_bytes),
            instructions: figure(|row| row.instructions),
            witness: witnesses.and_then(|all| all.sides.get(&names.case).cloned()),
        }
    };
    Ok(pairs
        .iter()
        .map(|pair| PairView {
            subject: pair.subject.clone(),
            summary: pair.summary.clone(),
            called: side(&pair.sides[0]),
            inlined: side(&pair.sides[1]),
        })
        .collect())
}

/// The pairs as text, a block each.
pub fn text(views: &[PairView]) -> String {
    let mut text = String::new();
    for view in views {
        let _ = writeln!(text, "{}: {}\n", view.subject, view.summary);
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header(["", "called", "inlined"]);
        let side = (WIDTH - LABEL) / 2;
        for (column, width) in grid.column_iter_mut().zip([LABEL, side, side]) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        let mut add = |label: &str, cell: fn(&SideView) -> String| {
            grid.add_row([label.to_owned(), cell(&view.called), cell(&view.inlined)]);
        };
        add("allocations", |side| figure(side.allocations, units::count));
        add("bytes", |side| figure(side.allocated_bytes, units::bytes));
        add("instructions", |side| {
            figure(side.instructions, units::count)
        });
        add("machine code", machine_code);
        add("compiler", compiler);
        for line in grid.to_string().lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
    }
    text
}

fn figure(value: Option<u64>, unit: fn(f64) -> String) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| unit(value as f64))
}

/// What the machine code says of a side, in words.
pub(super) fn machine_code(side: &SideView) -> String {
    let Some(witness) = &side.witness else {
        return "n/a".to_owned();
    };
    let mut words = Vec::new();
    for code in &witness.machine_code {
        let name = short(&code.function);
        match (code.calls.kept, code.calls.deleted) {
            (0, 0) => words.push(format!("{name} has no allocation")),
            (0, deleted) => words.push(format!("{name} has none left of {deleted}")),
            (kept, 0) => words.push(format!("{name} allocates in {kept} place{}", plural(kept))),
            (kept, deleted) => words.push(format!(
                "{name} allocates in {kept} place{} of {}",
                plural(kept),
                kept + deleted
            )),
        }
    }
    words.join("; ")
}

const fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What the compiler says of a side, in words.
pub(super) fn compiler(side: &SideView) -> String {
    let callee = short(&side.callee);
    let Some(witness) = &side.witness else {
        return "n/a".to_owned();
    };
    match &witness.decision {
        Decision::Direct(remark) => {
            let verdict = if remark.inlined {
                "inlined"
            } else {
                "not inlined"
            };
            let why = remark.reason.as_ref().map(|reason| format!(": {reason}"));
            format!(
                "{callee} {verdict}{}{} at {}",
                why.unwrap_or_default(),
                cost(remark.cost, remark.threshold),
                place(&remark.file, remark.line)
            )
        }
        Decision::Within(remark) => format!(
            "{callee} inlined, and {} within it{} at {}",
            short(&remark.callee),
            cost(remark.cost, remark.threshold),
            place(&remark.file, remark.line)
        ),
        Decision::Unseen if witness.has_own_code(&side.callee) => {
            format!("no word of {callee}")
        }
        Decision::Unseen => {
            format!("{callee} inlined by rustc, before LLVM: it has no code of its own")
        }
    }
}

fn cost(cost: Option<i64>, threshold: Option<i64>) -> String {
    match (cost, threshold) {
        (Some(cost), Some(threshold)) => format!(" (cost {cost}, threshold {threshold})"),
        _ => String::new(),
    }
}

/// The last part of a path, without its generic arguments, which may hold paths of their own.
pub(super) fn short(function: &str) -> &str {
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in function.char_indices() {
        match character {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && !function[at + 1..].starts_with(['<', ':']) => start = at + 1,
            _ => {}
        }
    }
    let last = &function[start..];
    let name = last.split('<').next().unwrap_or(last).trim_end_matches(':');
    if name.is_empty() { last } else { name }
}

/// File and line, without the folder that the standard library was compiled in.
fn place(file: &str, line: u32) -> String {
    let file = file
        .split_once("/library/")
        .map_or(file, |(_, within)| within);
    format!("{file}:{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_around_their_arguments() {
        for (function, expected) in [
            ("alloc::boxed::box_new_uninit", "box_new_uninit"),
            (
                "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
                "drop_in_place",
            ),
            ("pair::boxed::<pair::Reader<u8>>", "boxed"),
            ("<u8 as alloc::vec::SpecFromElem>::from_elem", "from_elem"),
            ("core::slice::<impl [T]>::iter", "iter"),
            ("main", "main"),
            ("", ""),
        ] {
            assert_eq!(short(function), expected, "{function}");
        }
    }

    #[test]
    fn what_is_not_known_is_said() {
        let side = SideView {
            function: "pair::called".to_owned(),
            callee: "pair::boxed".to_owned(),
            allocations: Some(0),
            allocated_bytes: None,
            instructions: Some(1234),
            witness: None,
        };
        let view = PairView {
            subject: "inlining/pair".to_owned(),
            summary: "a box".to_owned(),
            called: side.clone(),
            inlined: side,
        };
        let text = text(&[view]);
        let words = |label: &str| -> Vec<&str> {
            let line = text.lines().find(|line| line.contains(label)).unwrap();
            line.split_whitespace().collect()
        };
        assert_eq!(words("allocations"), ["allocations", "0", "0"]);
        assert_eq!(words("bytes"), ["bytes", "n/a", "n/a"]);
        assert_eq!(
            words("instructions"),
            ["instructions", "1", "234", "1", "234"]
        );
        assert_eq!(words("compiler"), ["compiler", "n/a", "n/a"]);
    }
}
