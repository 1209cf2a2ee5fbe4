//! The inlining pairs: both sides next to each other, with the evidence of what was inlined.
//!
//! Plain data, so that the terminal and the page show the same.

use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table as Grid, Width, presets};
use serde::{Deserialize, Serialize};

use super::table::Row;
use super::{plain, units};
use crate::evidence::witnesses::{Decision, Witness, Witnesses};
use crate::{CaseId, CaseInfo, Metric, PairSide};

/// The width of the text, on a terminal and in a pipe.
const WIDTH: u16 = 100;
/// The width of the first column.
const LABEL: u16 = 14;

/// A pair with all its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairView {
    /// Its name: that of its cases, without the input.
    pub pair: CaseId,
    /// A short description of what is called or inlined.
    pub summary: String,
    /// The side with the call.
    pub called: SideView,
    /// The side without it.
    pub inlined: SideView,
}

/// One side of a pair; what was not measured is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideView {
    /// Its entry point.
    pub function: String,
    /// What is called from there, or inlined.
    pub callee: String,
    /// Heap blocks per call.
    pub allocations: Option<u64>,
    /// Heap bytes per call.
    pub allocated_bytes: Option<u64>,
    /// Instructions per call.
    pub instructions: Option<u64>,
    /// Evidence from machine code and compiler.
    pub witness: Option<Witness>,
}

/// The pairs among `cases`, in their order, with the figures in `rows` and the evidence, if there is
/// any.
pub fn views(cases: &[CaseInfo], rows: &[Row], witnesses: Option<&Witnesses>) -> Vec<PairView> {
    let mut views: Vec<PairView> = Vec::new();
    let sides = |comparison| {
        let own = move |case: &&CaseInfo| case.comparison() == comparison;
        cases.iter().filter(own)
    };
    for case in cases.iter().filter(|case| case.pair.is_some()) {
        let pair = case.id.without_input();
        if views.iter().any(|view| view.pair == pair) {
            continue;
        }
        // The side declared first is the one with the call.
        let mut sides = sides(case.comparison()).map(|side| view(side, rows, witnesses));
        if let Some((called, inlined)) = sides.next().zip(sides.next()) {
            views.push(PairView {
                pair,
                summary: case.summary.clone().unwrap_or_default(),
                called,
                inlined,
            });
        }
    }
    views
}

fn view(case: &CaseInfo, rows: &[Row], witnesses: Option<&Witnesses>) -> SideView {
    let row = rows.iter().find(|row| row.info.id == case.id);
    let count = |metric| row.and_then(|row| row.count(metric));
    let names = |name: fn(&PairSide) -> &String| case.pair.as_ref().map(name).cloned();
    SideView {
        function: names(|side| &side.function).unwrap_or_default(),
        callee: names(|side| &side.callee).unwrap_or_default(),
        allocations: count(Metric::Allocations),
        allocated_bytes: count(Metric::AllocatedBytes),
        instructions: count(Metric::Instructions),
        witness: witnesses.and_then(|all| all.of_case(&case.id).cloned()),
    }
}

/// The pairs as text, a block each.
pub fn text(views: &[PairView]) -> String {
    let mut text = String::new();
    for view in views {
        let pair = view.pair.to_string();
        let _ = writeln!(text, "{}: {}\n", plain(&pair), plain(&view.summary));
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
            let sides = [&view.called, &view.inlined].map(|side| plain(&cell(side)).into_owned());
            let [called, inlined] = sides;
            grid.add_row([label.to_owned(), called, inlined]);
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

fn figure(value: Option<u64>, unit: fn(u64) -> String) -> String {
    value.map_or_else(|| "n/a".to_owned(), unit)
}

/// Describes the machine-code evidence on a side.
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

/// Describes the compiler's decision on a side.
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
            format!("no remark on {callee}")
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

/// The last segment of a path, without its generic arguments, which may contain paths.
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
    use crate::Figure;
    use crate::report::table::join;

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
            pair: CaseId::new("boxes", "pair", ""),
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
    #[test]
    fn pairs_are_found_by_their_declaration_and_joined_with_their_figures() {
        let side = |subject: &str, input: &str, declared: bool| CaseInfo {
            pair: declared.then(|| PairSide {
                function: format!("mine::{subject}::{input}"),
                callee: "mine::boxed".to_owned(),
            }),
            summary: Some("a box".to_owned()),
            ..CaseInfo::of(CaseId::new("boxes", subject, input))
        };
        let cases = [
            side("one", "called", true),
            side("one", "inlined", true),
            side("other", "called", false),
            side("two", "called", true),
            side("two", "inlined", true),
        ];
        let figure =
            |case: &CaseInfo, count| Figure::exact(case.id.clone(), Metric::Allocations, count);
        let rows = join(
            cases.to_vec(),
            vec![figure(&cases[0], 1), figure(&cases[1], 0)],
            Vec::new(),
        );
        let views = views(&cases, &rows, None);
        let names: Vec<_> = views.iter().map(|view| view.pair.to_string()).collect();
        assert_eq!(names, ["boxes/one", "boxes/two"]);
        assert_eq!(views[0].called.allocations, Some(1));
        assert_eq!(views[0].inlined.allocations, Some(0));
        assert_eq!(views[1].called.allocations, None);
        assert_eq!(views[1].called.function, "mine::two::called");
    }
}
