//! The source of all subjects with the cost of each line, and why calls in it were inlined.
//!
//! A source line is on the page once, however many cases ran it. Its gutters show the first case,
//! and the page's script fills in the others from [`LineData`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::CaseId;
use crate::evidence::remarks::Remark;
use crate::profile::dhat::HeapProfile;
use crate::profile::stored;
use crate::report::lines::sources::Sources;
use crate::report::lines::{self, Line, LineView, Measured};
use crate::report::units;

/// The listing.
#[derive(Default)]
pub(super) struct Source {
    pub(super) files: Vec<File>,
    /// Cases that cannot be shown line by line, and why.
    pub(super) missing: Vec<(String, String)>,
    /// Why instructions are shown without inlined functions, and in how many cases.
    pub(super) unresolved: Vec<(String, usize)>,
    /// Whether compiler remarks are available.
    pub(super) has_reasons: bool,
    /// Whether any case was sampled.
    pub(super) has_samples: bool,
}

pub(super) struct File {
    pub(super) index: usize,
    pub(super) path: String,
    pub(super) functions: Vec<Function>,
}

pub(super) struct Function {
    /// The case whose figures are in the gutters.
    pub(super) case: String,
    pub(super) lines: Vec<ShownLine>,
}

pub(super) struct ShownLine {
    pub(super) number: u32,
    pub(super) text: String,
    /// Allocations flat and cumulative, bytes, instructions, samples flat and cumulative; empty if there are
    /// none.
    pub(super) figures: [String; 6],
    /// Whether the compiler inlined a call here.
    pub(super) is_inlined: bool,
}

/// What each line cost in every case, for the page's script.
#[derive(Default, Serialize)]
pub(super) struct LineData {
    /// Functions outside of the project.
    names: Vec<String>,
    /// Functions that were inlined, each with the compiler's reason if that is known.
    inlined: Vec<String>,
    /// By file: the lines where calls were inlined, each with its indices into `inlined`.
    marks: BTreeMap<usize, Vec<(u32, Vec<usize>)>>,
    /// By the case's index in the table: with inlined functions, and folded.
    cases: BTreeMap<usize, [CaseCosts; 2]>,
}

#[derive(Default, Serialize)]
struct CaseCosts {
    /// Allocations, bytes, instructions, samples; null if the lens left no profile.
    total: [Option<u64>; 4],
    /// By file, hottest first: its index and its lines, each a number followed by instructions, allocations,
    /// bytes and samples, each flat and cumulative, without trailing zeros.
    files: Vec<(usize, Vec<Vec<u64>>)>,
    /// A name and its allocations, bytes, instructions and samples.
    external: Vec<Vec<u64>>,
}

/// Collects the views of all cases, one after the other.
#[derive(Default)]
pub(super) struct Listing {
    paths: Vec<String>,
    files: BTreeMap<String, BTreeMap<(u32, u32), Collected>>,
    missing: Vec<(String, String)>,
    unresolved: BTreeMap<String, usize>,
    costs: LineData,
    names: BTreeMap<String, usize>,
}

struct Collected {
    case: String,
    lines: BTreeMap<u32, CollectedLine>,
}

struct CollectedLine {
    text: String,
    figures: [String; 6],
    inlined: BTreeSet<String>,
}

impl Listing {
    /// Adds a case with its index in the table and its heap profile. Its instruction profile is read
    /// from the stored profiles.
    pub(super) fn add(
        &mut self,
        place: usize,
        case: &CaseId,
        heap: Option<&HeapProfile>,
        stored: &mut stored::Profiles,
        sources: Option<&Sources>,
    ) {
        match both_views(case, heap, stored, sources) {
            Ok([unfolded, folded]) => {
                self.collect(&unfolded, true);
                self.collect(&folded, false);
                let costs = [self.encode(&unfolded), self.encode(&folded)];
                self.costs.cases.insert(place, costs);
                if let Some(why) = unfolded.unresolved {
                    *self.unresolved.entry(why).or_default() += 1;
                }
            }
            Err(reason) => self.missing.push((case.to_string(), reason)),
        }
    }

    /// The listing, with compiler remarks if available.
    pub(super) fn finish(self, remarks: Option<&[Remark]>) -> (Source, LineData) {
        let reasons = Reasons::new(remarks.unwrap_or_default());
        let mut costs = self.costs;
        let mut inlined = BTreeMap::new();
        let mut files = Vec::new();
        for (path, functions) in self.files {
            let index = self
                .paths
                .iter()
                .position(|known| *known == path)
                .unwrap_or_default();
            let marks = costs.marks.entry(index).or_default();
            let lines = functions.values().flat_map(|function| &function.lines);
            for (&number, line) in lines.filter(|(_, line)| !line.inlined.is_empty()) {
                let names = line.inlined.iter().map(|callee| {
                    let next = inlined.len();
                    *inlined
                        .entry(reasons.of(&path, number, callee))
                        .or_insert(next)
                });
                marks.push((number, names.collect()));
            }
            files.push(File {
                index,
                path,
                functions: functions.into_values().map(Collected::shown).collect(),
            });
        }
        let mut in_order: Vec<_> = inlined.into_iter().collect();
        in_order.sort_by_key(|(_, index)| *index);
        costs.inlined = in_order.into_iter().map(|(words, _)| words).collect();
        let source = Source {
            files,
            missing: self.missing,
            unresolved: self.unresolved.into_iter().collect(),
            has_reasons: remarks.is_some_and(|remarks| !remarks.is_empty()),
            has_samples: (costs.cases.values()).any(|[one, _]| one.total[3].is_some()),
        };
        (source, costs)
    }

    fn collect(&mut self, view: &LineView, with_figures: bool) {
        for file in &view.files {
            if !self.paths.contains(&file.path) {
                self.paths.push(file.path.clone());
            }
            let functions = self.files.entry(file.path.clone()).or_default();
            for function in &file.functions {
                let Some((first, last)) = function.lines.first().zip(function.lines.last()) else {
                    continue;
                };
                let collected = functions
                    .entry((first.number, last.number))
                    .or_insert_with(|| {
                        Collected::new(function, &view.case.to_string(), with_figures)
                    });
                for line in &function.lines {
                    if let Some(known) = collected.lines.get_mut(&line.number) {
                        known
                            .inlined
                            .extend(line.inlined.iter().map(|call| call.callee.clone()));
                    }
                }
            }
        }
    }

    fn encode(&mut self, view: &LineView) -> CaseCosts {
        let files = view.files.iter().map(|file| {
            let number = self
                .paths
                .iter()
                .position(|path| *path == file.path)
                .unwrap_or_default();
            let lines = file.functions.iter().flat_map(|function| &function.lines);
            (number, lines.filter_map(encode_line).collect())
        });
        let files = files.collect();
        let external = (view.external.iter()).map(|outside| {
            let next = self.names.len();
            let name = *self.names.entry(outside.function.clone()).or_insert(next);
            if name == next {
                self.costs.names.push(outside.function.clone());
            }
            let mut row = vec![name as u64];
            row.extend(figures(outside.flat).map(Option::unwrap_or_default));
            row
        });
        CaseCosts {
            total: figures(view.total),
            files,
            external: external.collect(),
        }
    }
}

/// The views with inlined functions and folded. The error says why there are none.
fn both_views(
    case: &CaseId,
    heap: Option<&HeapProfile>,
    stored: &mut stored::Profiles,
    sources: Option<&Sources>,
) -> Result<[LineView; 2], String> {
    let sources = sources.ok_or("the project's source was not available")?;
    let instructions = stored
        .instructions(case)
        .map_err(|error| error.to_string())?;
    // The processor section says why samples cannot be read.
    let samples = stored.samples(case).unwrap_or_default();
    if heap.is_none() && instructions.is_none() {
        return Err("neither the heap lens nor the instruction lens left a profile".to_owned());
    }
    let view = |folded| {
        let measured = Measured {
            heap,
            instructions: instructions.as_ref(),
            samples: samples.as_ref(),
        };
        LineView::of(case, measured, sources, folded).map_err(|error| error.to_string())
    };
    Ok([view(false)?, view(true)?])
}

impl Collected {
    fn shown(self) -> Function {
        let line = |(number, line): (u32, CollectedLine)| ShownLine {
            number,
            text: line.text,
            figures: line.figures,
            is_inlined: !line.inlined.is_empty(),
        };
        Function {
            case: self.case,
            lines: self.lines.into_iter().map(line).collect(),
        }
    }

    fn new(function: &lines::Function, case: &str, with_figures: bool) -> Self {
        let line = |line: &Line| CollectedLine {
            text: line.text.clone(),
            figures: match with_figures {
                true => gutters(line),
                false => Default::default(),
            },
            inlined: BTreeSet::new(),
        };
        Self {
            case: case.to_owned(),
            lines: function
                .lines
                .iter()
                .map(|each| (each.number, line(each)))
                .collect(),
        }
    }
}

fn gutters(line: &Line) -> [String; 6] {
    let or_nothing = |count: Option<u64>| match count {
        None | Some(0) => String::new(),
        Some(count) => units::count(count),
    };
    [
        or_nothing(line.flat.allocations),
        or_nothing(line.cumulative.allocations),
        or_nothing(line.flat.allocated_bytes),
        or_nothing(line.flat.instructions),
        or_nothing(line.flat.samples),
        or_nothing(line.cumulative.samples),
    ]
}

fn figures(costs: lines::Costs) -> [Option<u64>; 4] {
    [
        costs.allocations,
        costs.allocated_bytes,
        costs.instructions,
        costs.samples,
    ]
}

fn encode_line(line: &Line) -> Option<Vec<u64>> {
    let [blocks, bytes, instructions, samples] = figures(line.flat).map(Option::unwrap_or_default);
    let [all_blocks, all_bytes, all_instructions, all_samples] =
        figures(line.cumulative).map(Option::unwrap_or_default);
    let mut row = vec![
        u64::from(line.number),
        instructions,
        all_instructions,
        blocks,
        all_blocks,
        bytes,
        all_bytes,
        samples,
        all_samples,
    ];
    while row.last() == Some(&0) {
        row.pop();
    }
    (row.len() > 1).then_some(row)
}

/// The compiler's remarks by file, line and last segment of the callee's name.
struct Reasons<'a>(BTreeMap<(&'a str, u32, &'a str), &'a Remark>);

impl<'a> Reasons<'a> {
    fn new(remarks: &'a [Remark]) -> Self {
        let inlined = remarks.iter().filter(|remark| remark.inlined);
        Self(
            inlined
                .map(|remark| {
                    (
                        (remark.file.as_str(), remark.line, last(&remark.callee)),
                        remark,
                    )
                })
                .collect(),
        )
    }

    fn of(&self, path: &str, line: u32, callee: &str) -> String {
        let Some(remark) = self.0.get(&(path, line, last(callee))) else {
            return callee.to_owned();
        };
        let estimate = match (remark.cost, remark.threshold) {
            (Some(cost), Some(threshold)) => format!("cost {cost}, threshold {threshold}"),
            _ => String::new(),
        };
        let reasons = [remark.reason.clone().unwrap_or_default(), estimate];
        let reasons: Vec<_> = reasons
            .into_iter()
            .filter(|reason| !reason.is_empty())
            .collect();
        match reasons.is_empty() {
            true => callee.to_owned(),
            false => format!("{callee}: {}", reasons.join(", ")),
        }
    }
}

fn last(function: &str) -> &str {
    function.rsplit("::").next().unwrap_or(function)
}
