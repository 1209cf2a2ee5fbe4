//! The machine code of both sides of a pair, with the differences marked.

use std::collections::HashMap;
use std::path::Path;

use crate::assembly::{Code, Role, differing, stored};
use crate::profile::stored::Profiles;
use crate::report::assembly::{FunctionView, Line, Order, Row};
use crate::report::inlining::{PairView, SideView};
use crate::report::lines::sources::Sources;
use crate::report::units;
use crate::{CaseId, CaseInfo, PairSide, store};

/// The code of all sides of pairs, by pair and function.
#[derive(Default)]
pub(super) struct Codes(HashMap<(CaseId, String), Result<Vec<Code>, String>>);

/// Both sides of a pair.
pub(super) struct Machine {
    pub(super) summary: String,
    pub(super) sides: Vec<MachineSide>,
}

pub(super) struct MachineSide {
    pub(super) name: &'static str,
    pub(super) functions: Vec<Listed>,
    /// Why there is no code.
    pub(super) missing: String,
}

pub(super) struct Listed {
    pub(super) function: String,
    pub(super) executed: String,
    pub(super) rows: Vec<ListedRow>,
}

/// A line of source, or an instruction.
pub(super) struct ListedRow {
    pub(super) is_source: bool,
    pub(super) executed: String,
    pub(super) offset: String,
    pub(super) text: String,
    /// The role of a call: `allocates`, `frees`, `panics`, or empty.
    pub(super) role: &'static str,
    pub(super) differs: bool,
}

impl Codes {
    /// The code of the sides among the declared cases.
    pub(super) fn read(results: &Path, declared: &[CaseInfo]) -> Result<Self, store::Error> {
        let mut profiles = Profiles::of(results)?;
        let sides = declared
            .iter()
            .filter_map(|case| Some((case, case.pair.as_ref()?)));
        let of_side = |(case, side): (&CaseInfo, &PairSide)| {
            let functions = [side.callee.as_str(), side.function.as_str()];
            let code = stored::of_case(&mut profiles, &case.id, &functions);
            ((case.id.without_input(), side.function.clone()), code)
        };
        Ok(Self(sides.map(of_side).collect()))
    }

    fn of(&self, pair: &CaseId, side: &SideView) -> Result<&[Code], &str> {
        match self.0.get(&(pair.clone(), side.function.clone())) {
            Some(Ok(code)) => Ok(code),
            Some(Err(reason)) => Err(reason),
            None => Err("it is not declared"),
        }
    }
}

impl Machine {
    /// The code of a pair.
    pub(super) fn new(codes: &Codes, view: &PairView, sources: Option<&Sources>) -> Self {
        let both = [("called", &view.called), ("inlined", &view.inlined)];
        let code = both.map(|(_, side)| codes.of(&view.pair, side));
        let own = both.map(|(_, side)| [side.callee.as_str(), side.function.as_str()]);
        let marks = differing(
            code.map(|code| code.unwrap_or_default()),
            [&own[0], &own[1]],
        );
        let words = |(name, code): (&str, Result<&[Code], &str>)| match code {
            Ok(code) => format!("{name} {}", summary(code)),
            Err(_) => format!("{name} n/a"),
        };
        let names = both.map(|(name, _)| name);
        let all: Vec<String> = names.into_iter().zip(code).map(words).collect();
        Self {
            summary: all.join("; "),
            sides: (names.into_iter().zip(code).zip(marks))
                .map(|((name, code), marks)| MachineSide {
                    name,
                    functions: (code.unwrap_or_default().iter().zip(marks))
                        .map(|(code, marks)| listed(code, &marks, sources))
                        .collect(),
                    missing: code.err().unwrap_or_default().to_owned(),
                })
                .collect(),
        }
    }
}

/// Counts the instructions, and the calls to the allocator.
fn summary(code: &[Code]) -> String {
    let instructions = || code.iter().flat_map(|code| &code.instructions);
    let calls = |role: Role| {
        let roles = instructions().filter_map(|it| it.callee()?.role);
        roles.filter(|own| *own == role).count()
    };
    let allocator = match [calls(Role::Allocates), calls(Role::Frees)] {
        [0, 0] => "no call of the allocator".to_owned(),
        [allocates, frees] => format!("calls that allocate: {allocates}, that free: {frees}"),
    };
    let length = units::count(instructions().count() as u64);
    format!("has {length} instructions, {allocator}")
}

fn listed(code: &Code, marks: &[bool], sources: Option<&Sources>) -> Listed {
    let view = FunctionView::new(code, sources, Order::Address);
    let mut marks = marks.iter();
    let mut rows = Vec::new();
    for shown in view.condensed() {
        match shown.row {
            Row::Source(line) => rows.push(ListedRow {
                is_source: true,
                executed: String::new(),
                offset: String::new(),
                text: format!("{:1$}{2}", "", 2 * shown.depth, source(line)),
                role: "",
                differs: false,
            }),
            Row::Instruction(step) => rows.push(ListedRow {
                is_source: false,
                executed: match step.executed {
                    Some(0) => "·".to_owned(),
                    Some(executed) => units::count(executed),
                    None => "n/a".to_owned(),
                },
                offset: format!("+{:#x}", step.offset),
                text: format!("{}  {}", step.text, step.seen())
                    .trim_end()
                    .to_owned(),
                role: step.role().map_or("", Role::word),
                differs: marks.next().copied().unwrap_or(false),
            }),
        }
    }
    Listed {
        function: view.function,
        executed: view.executed.map_or_else(|| "n/a".to_owned(), units::count),
        rows,
    }
}

fn source(line: &Line) -> String {
    let arrow = if line.depth == 0 { "" } else { "↳ " };
    let place = match line.line {
        0 => line.file.clone(),
        number => format!("{}:{number}", line.file),
    };
    match &line.text {
        Some(text) => format!("{arrow}{place}  {text}"),
        None if line.depth == 0 => place,
        None => format!("{arrow}{}, {place}", line.function),
    }
}
