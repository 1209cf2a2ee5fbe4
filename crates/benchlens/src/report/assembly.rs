//! Machine code with its source: functions as rows of source and instructions.
//!
//! Plain data, so that the terminal, JSON and the page show the same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lines::sources::Sources;
use crate::CaseId;
use crate::assembly::{CaseCode, Code, External, Instruction, ObservedCall, Role, Target};
use crate::profile::inlined::Frame;

pub mod text;

/// Machine code, with a case's execution counts if there are any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssemblyView {
    /// The case that was counted.
    pub case: Option<CaseId>,
    /// The executable or library.
    pub executable: String,
    /// Instructions of the case, in all objects.
    pub total: Option<u64>,
    /// The place that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// The functions, the costliest first.
    pub functions: Vec<FunctionView>,
    /// Where the case executed the rest of its instructions.
    pub external: Vec<External>,
}

/// A place that was asked for, such as `function+0x39`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The function there.
    pub function: String,
    /// Bytes after its beginning.
    pub offset: u64,
    /// The call that returns there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns_from: Option<Step>,
    /// The source, outermost first.
    pub lines: Vec<Line>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionView {
    /// Its demangled name.
    pub function: String,
    /// Other names of the same code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its address in the file.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
    /// Instructions executed in it.
    pub executed: Option<u64>,
    /// How many instructions it has.
    pub instructions: usize,
    /// Source and instructions.
    pub rows: Vec<Row>,
}

/// A row of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// The source of the instructions below.
    Source(Line),
    /// An instruction.
    Instruction(Step),
}

/// A row as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The row.
    pub row: &'a Row,
    /// The indentation of a line of source.
    pub depth: usize,
    /// How many rows were left out before it.
    pub skipped: usize,
}

/// A line of source, of the function itself or of one that was inlined there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// 0 for the function itself, 1 for a function inlined into it, and so on.
    pub depth: usize,
    /// The function.
    pub function: String,
    /// The file; relative to its project, if it is known.
    pub file: String,
    /// The line in it; 0 if unknown.
    pub line: u32,
    /// The text, if the source is available.
    pub text: Option<String>,
    /// Instructions executed for it; only in [`Order::Source`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed: Option<u64>,
}

/// An instruction with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its address in the file.
    pub address: u64,
    /// Bytes after the beginning of the function.
    pub offset: u64,
    /// The instruction.
    pub text: String,
    /// How often it was executed.
    pub executed: Option<u64>,
    /// The callee, if it is outside of the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The callees that were observed, if the operand does not name one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<ObservedCall>,
    /// Whether this is the instruction that was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_wanted: bool,
}

impl Step {
    /// The role of its callee, if the callee's name reveals one.
    pub fn role(&self) -> Option<Role> {
        let seen = self.reached.first().map(|seen| &seen.target);
        self.target.as_ref().or(seen)?.role
    }

    /// The observed callees with their numbers of calls, if there are several.
    pub fn seen(&self) -> String {
        match self.reached.as_slice() {
            [] => String::new(),
            [one] => format!("→ {}", one.target.function),
            several => {
                let each = several.iter();
                let words = each.map(|seen| format!("{} ×{}", seen.target.function, seen.calls));
                format!("→ {}", words.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The order of instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By address.
    #[default]
    Address,
    /// Line by line, all instructions of a line together.
    Source,
}

impl AssemblyView {
    /// The view of what a case executed.
    pub fn of_case(
        case: &CaseId,
        code: &CaseCode,
        sources: Option<&Sources>,
        order: Order,
    ) -> Self {
        let functions = code.functions.iter();
        Self {
            case: Some(case.clone()),
            executable: code.executable.clone(),
            total: Some(code.total),
            asked: Vec::new(),
            functions: functions
                .map(|code| FunctionView::new(code, sources, order))
                .collect(),
            external: code.external.clone(),
        }
    }
}

impl Asked {
    /// The place at an address of a function, and the index of its instruction. If the address is a return
    /// address, that is the call. `None` outside of the function's instructions.
    pub fn at(code: &Code, address: u64, sources: Option<&Sources>) -> Option<(Self, usize)> {
        let call = code.call_before(address);
        let index = call.or_else(|| code.index_of(address))?;
        let instruction = &code.instructions[index];
        let chain = instruction.chain.iter().rev().enumerate();
        let asked = Self {
            function: code.function.clone(),
            offset: address - code.address,
            returns_from: call.map(|_| step(code, instruction)),
            lines: chain
                .map(|(depth, frame)| line_of(frame, depth, sources))
                .collect(),
        };
        Some((asked, index))
    }
}

impl FunctionView {
    /// A function with its source, in the given order.
    pub fn new(code: &Code, sources: Option<&Sources>, order: Order) -> Self {
        let rows = match order {
            Order::Address => by_address(code, code.instructions.iter(), sources),
            Order::Source => by_source(code, sources),
        };
        Self {
            function: code.function.clone(),
            aliases: code.aliases.clone(),
            address: code.address,
            size: code.size,
            executed: code.executed(),
            instructions: code.instructions.len(),
            rows,
        }
    }

    /// The instructions within `around` of the one at this index, which is marked.
    #[must_use]
    pub fn near(code: &Code, index: usize, around: usize, sources: Option<&Sources>) -> Self {
        let from = index.saturating_sub(around);
        let until = (index + around + 1).min(code.instructions.len());
        let near = code.instructions.get(from..until).unwrap_or_default();
        let mut view = Self {
            rows: by_address(code, near.iter(), sources),
            ..Self::new(
                &Code {
                    instructions: Vec::new(),
                    ..code.clone()
                },
                sources,
                Order::Address,
            )
        };
        view.executed = code.executed();
        view.instructions = code.instructions.len();
        let wanted = code.instructions.get(index).map(|it| it.address);
        for row in &mut view.rows {
            if let Row::Instruction(step) = row {
                step.is_wanted = Some(step.address) == wanted;
            }
        }
        view
    }

    /// The rows without intermediate functions whose source is not available: of a chain through the standard
    /// library only the innermost function remains, one level below the project's own code.
    pub fn condensed(&self) -> impl Iterator<Item = Shown<'_>> {
        let (mut skipped, mut own) = (0, 0);
        let rows = self.rows.iter().enumerate();
        rows.filter_map(move |(index, row)| {
            let is_innermost = matches!(self.rows.get(index + 1), Some(Row::Instruction(_)));
            let depth = match row {
                Row::Instruction(_) => 0,
                Row::Source(line) if line.text.is_some() || line.depth == 0 => {
                    own = line.depth;
                    own
                }
                Row::Source(line) => {
                    own = own.min(line.depth - 1);
                    if !is_innermost {
                        skipped += 1;
                        return None;
                    }
                    own + 1
                }
            };
            let skipped = std::mem::take(&mut skipped);
            Some(Shown {
                row,
                depth,
                skipped,
            })
        })
    }

    /// The function's instructions.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.rows.iter().filter_map(|row| match row {
            Row::Instruction(step) => Some(step),
            Row::Source(_) => None,
        })
    }
}

/// A line of source that a frame names.
pub fn line_of(frame: &Frame, depth: usize, sources: Option<&Sources>) -> Line {
    let found = sources.and_then(|it| it.text(&frame.function, &frame.file, frame.line));
    Line {
        depth,
        function: frame.function.clone(),
        file: found.map_or_else(|| short_path(&frame.file), |(path, _)| path.to_owned()),
        line: frame.line,
        text: found.map(|(_, text)| text.trim().to_owned()),
        executed: None,
    }
}

/// A path without the folder that the standard library or a dependency was compiled in.
pub fn short_path(file: &str) -> String {
    if let Some((before, within)) = file.split_once("/library/")
        && (before.starts_with("/rustc/") || before.ends_with("/rust"))
    {
        return within.to_owned();
    }
    // `…/registry/src/<index>/<package>/src/lib.rs`.
    match file.split_once("/registry/src/") {
        Some((_, rest)) => rest
            .split_once('/')
            .map_or(rest, |(_, path)| path)
            .to_owned(),
        None => file.to_owned(),
    }
}

/// Instructions by address. A line of source is inserted where it or an outer line changes.
fn by_address<'a>(
    code: &Code,
    instructions: impl Iterator<Item = &'a Instruction>,
    sources: Option<&Sources>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut above: Vec<&Frame> = Vec::new();
    for instruction in instructions {
        let mut chain: Vec<&Frame> = instruction.chain.iter().rev().collect();
        // Code without a line belongs to the line above it.
        for (frame, known) in chain.iter_mut().zip(&above) {
            if frame.line == 0 && frame.function == known.function {
                *frame = known;
            }
        }
        let same = above.iter().zip(&chain).take_while(|(a, b)| a == b).count();
        // On return to an outer function, that function's line is repeated.
        let from = match same == chain.len() && same < above.len() {
            true => same.saturating_sub(1),
            false => same,
        };
        let lines = chain.iter().enumerate().skip(from);
        rows.extend(lines.map(|(depth, frame)| Row::Source(line_of(frame, depth, sources))));
        rows.push(Row::Instruction(step(code, instruction)));
        above = chain;
    }
    rows
}

/// Every line of the function itself, in order, with its instructions.
fn by_source(code: &Code, sources: Option<&Sources>) -> Vec<Row> {
    let mut lines: BTreeMap<(&str, u32), Vec<&Instruction>> = BTreeMap::new();
    let mut place = ("", 0);
    for instruction in &code.instructions {
        let own = instruction.chain.last();
        place = match own {
            Some(frame) if frame.line > 0 => (frame.file.as_str(), frame.line),
            _ => place,
        };
        lines.entry(place).or_default().push(instruction);
    }
    let mut rows = Vec::new();
    for instructions in lines.into_values() {
        let from = rows.len();
        let executed = instructions.iter().map(|it| it.executed).sum();
        rows.extend(by_address(code, instructions.into_iter(), sources));
        if let Some(Row::Source(line)) = rows.get_mut(from) {
            line.executed = executed;
        }
    }
    rows
}

fn step(code: &Code, instruction: &Instruction) -> Step {
    Step {
        address: instruction.address,
        offset: instruction.address - code.address,
        text: instruction.text.clone(),
        executed: instruction.executed,
        target: instruction.target.clone(),
        reached: instruction.reached.clone(),
        is_wanted: false,
    }
}

#[cfg(test)]
mod tests;
