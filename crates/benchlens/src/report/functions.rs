//! Processor time by function, own and cumulative.
//!
//! Inlined functions count as functions, unless they are folded into the physical function that contains them. A
//! sample counts only once for a recursive function. Own samples add up to the profile's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::grid::{Grid, Look};
use super::{plain, units};
use crate::CaseId;
use crate::profile::inlined::Frame;
use crate::profile::samples::{Facts, SYSTEM_CALL, SampleProfile, Weighted};

/// The functions of a case by processor time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionView {
    /// The case.
    pub case: CaseId,
    /// How the case was sampled.
    pub facts: Facts,
    /// The number of samples that shares are relative to.
    pub samples: u64,
    /// The processor time of one call on all threads, in nanoseconds; `None` without a sample.
    pub time_of_call: Option<f64>,
    /// The share of system calls.
    pub system: Share,
    /// Whether inlined functions are folded into physical ones.
    pub folded: bool,
    /// The most expensive first.
    pub functions: Vec<FunctionRow>,
}

/// A share of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// How many samples.
    pub samples: u64,
    /// The fraction of all samples, from 0 to 1.
    pub share: f64,
    /// Half the width of the 95 % confidence interval.
    pub error: f64,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionRow {
    /// Demangled name.
    pub function: String,
    /// Samples in the function itself.
    pub own: Share,
    /// Samples in the function or in functions that it called.
    pub cumulative: Share,
}

/// The order of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By a function's own samples.
    Own,
    /// By a function's cumulative samples.
    Cumulative,
}

impl FunctionView {
    /// All functions of a profile. Linear in the frames of its stacks.
    pub fn new(case: &CaseId, profile: &SampleProfile, sort: Sort, folded: bool) -> Self {
        let mut rows: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut system = 0;
        for stack in profile.weighted() {
            let functions = names(profile, &stack, folded);
            let Some(own) = functions.first() else {
                continue;
            };
            rows.entry(own).or_default().0 += stack.samples;
            if own.starts_with(SYSTEM_CALL) {
                system += stack.samples;
            }
            for function in functions.iter().collect::<BTreeSet<_>>() {
                rows.entry(function).or_default().1 += stack.samples;
            }
        }
        let share = |samples| Share::of(samples, profile);
        let mut functions: Vec<_> = (rows.into_iter())
            .map(|(function, (own, cumulative))| FunctionRow {
                function: function.to_owned(),
                own: share(own),
                cumulative: share(cumulative),
            })
            .collect();
        functions.sort_by_key(|row| {
            let (own, cumulative) = (row.own.samples, row.cumulative.samples);
            Reverse(match sort {
                Sort::Own => (own, cumulative),
                Sort::Cumulative => (cumulative, own),
            })
        });
        Self {
            case: case.clone(),
            facts: profile.facts.clone(),
            samples: profile.total(),
            time_of_call: profile.time_of_call(),
            system: share(system),
            folded,
            functions,
        }
    }

    /// The view for a terminal, with at most `most` functions.
    pub fn render(&self, most: usize) -> String {
        let mut text = format!("{}: {}\n", plain(&self.case.to_string()), self.summary());
        for note in self.notes() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{note}");
        }
        if self.functions.is_empty() {
            return text;
        }
        let head = ["samples", "own", "±", "samples", "with calls", "±"];
        let mut grid = Grid::new(Look::Plain, 0, head.map(str::to_owned).to_vec());
        let shown = &self.functions[..most.min(self.functions.len())];
        for row in shown {
            let cells = [row.own, row.cumulative].map(|share| {
                [
                    units::count(share.samples),
                    units::percent(share.share),
                    units::percent(share.error),
                ]
            });
            grid.add(cells.concat());
        }
        let mut lines = grid.lines().into_iter();
        let _ = writeln!(text, "\n{}  function", lines.next().unwrap_or_default());
        for (line, row) in lines.zip(shown) {
            let _ = writeln!(text, "{line}  {}", plain(&row.function));
        }
        let more = self.functions.len() - shown.len();
        if more > 0 {
            let _ = writeln!(text, "{} more", units::amount(more as u64, "function"));
        }
        text
    }

    /// One sentence about how the figures were taken.
    pub fn summary(&self) -> String {
        let Facts {
            sampler,
            frequency,
            calls,
            ..
        } = &self.facts;
        let time = match self.time_of_call {
            Some(time) => format!("{} of processor time a call, ", units::time(time)),
            None => String::new(),
        };
        format!(
            "{time}from {} in {} ({} by {}, {frequency} a second)",
            amount(self.samples, "sample"),
            amount(*calls, "call"),
            match self.facts.sees_kernel {
                true => "sampled",
                false => "user code sampled",
            },
            sampler.name(),
        )
    }

    /// Warnings that a reader of the figures needs.
    pub fn notes(&self) -> Vec<String> {
        let facts = &self.facts;
        let mut notes = Vec::new();
        if self.system.samples > 0 {
            let Share { share, error, .. } = self.system;
            notes.push(format!(
                "system calls: {} ± {} of the time is the machine's and not the code's",
                units::percent(share),
                units::percent(error)
            ));
        }
        if !facts.sees_kernel {
            notes.push(
                "system calls are not seen: the kernel lets perf sample user code only".into(),
            );
        }
        if !facts.why.is_empty() {
            notes.push(format!("not by perf: {}", plain(&facts.why)));
        }
        if let Some(coverage) = facts
            .coverage()
            .filter(|&coverage| coverage < FULL_COVERAGE)
        {
            notes.push(format!(
                "all samples stand for {} of the processor time: of threads that end within a period, or \
                 block signals, few or none are taken",
                units::percent(coverage)
            ));
        }
        if facts.outside > 0 {
            notes.push(format!(
                "without {} outside of the calls, where inputs are made and the clock is read",
                amount(facts.outside, "sample")
            ));
        }
        if facts.cut > 0 {
            notes.push(format!(
                "{} with a stack that could not be followed to the call: they have own time, and miss in \
                 the functions that called (--stack copies more)",
                amount(facts.cut, "sample")
            ));
        }
        if facts.lost > 0 {
            notes.push(format!("{} lost by perf", amount(facts.lost, "sample")));
        }
        if self.samples < FEW {
            notes.push(
                "few samples: every share is uncertain (--seconds or --calls makes more)".into(),
            );
        }
        notes
    }
}

/// If samples cover less of the processor time, the rest could change the order of functions.
const FULL_COVERAGE: f64 = 0.8;

/// With fewer samples, even a share of a third is uncertain by a tenth.
const FEW: u64 = 100;

impl Share {
    fn of(samples: u64, profile: &SampleProfile) -> Self {
        Self {
            samples,
            share: samples as f64 / profile.total().max(1) as f64,
            error: profile.error(samples),
        }
    }
}

/// The names on a stack, innermost first.
pub(super) fn names<'a>(
    profile: &'a SampleProfile,
    stack: &Weighted<'a>,
    folded: bool,
) -> Vec<&'a str> {
    let name = |frame: &'a Frame| frame.function.as_str();
    match folded {
        false => profile.frames_of(stack.chains).map(name).collect(),
        true => (stack.chains.iter())
            .filter_map(|&chain| profile.chains[chain].last())
            .map(|&frame| name(&profile.frames[frame]))
            .collect(),
    }
}

fn amount(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", units::count(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::Builder;

    fn frame(function: &str) -> Frame {
        Frame {
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        }
    }

    fn profile() -> SampleProfile {
        let mut builder = Builder::default();
        let read = builder.chain(&[frame("[system call] read")]);
        let inner = builder.chain(&[frame("inlined"), frame("inner")]);
        let outer = builder.chain(&[frame("outer")]);
        for at in 0..60 {
            builder.sample(at, 1_000_000, 1, vec![inner, inner, outer]);
        }
        for at in 60..100 {
            builder.sample(at, 1_000_000, 1, vec![read, outer]);
        }
        builder.finish(Facts {
            calls: 10,
            sees_kernel: true,
            outside: 3,
            used: Some(150_000_000),
            stood_for: 103_000_000,
            ..Facts::default()
        })
    }

    fn view(sort: Sort, folded: bool) -> FunctionView {
        FunctionView::new(&CaseId::new("a", "b", ""), &profile(), sort, folded)
    }

    #[test]
    fn own_samples_add_up_and_a_recursive_function_has_each_once() {
        let view = view(Sort::Own, false);
        let own: u64 = view.functions.iter().map(|row| row.own.samples).sum();
        assert_eq!((own, view.samples), (100, 100));
        let row = |name: &str| {
            view.functions
                .iter()
                .find(|row| row.function == name)
                .unwrap()
        };
        assert_eq!(view.functions[0].function, "inlined");
        assert_eq!(row("inner").cumulative.samples, 60);
        assert_eq!(
            (row("outer").own.samples, row("outer").cumulative.samples),
            (0, 100)
        );
        assert_eq!(view.system.samples, 40);
    }

    #[test]
    fn folded_an_inlined_function_is_a_part_of_the_physical_one() {
        let view = view(Sort::Cumulative, true);
        assert_eq!(view.functions[0].function, "outer");
        let inner = view.functions.iter().find(|row| row.function == "inner");
        assert_eq!(inner.unwrap().own.samples, 60);
        assert!(view.functions.iter().all(|row| row.function != "inlined"));
    }

    #[test]
    fn the_text_says_what_it_rests_on() {
        let text = view(Sort::Own, false).render(2);
        assert!(text.starts_with(
            "a/b: 10.0 ms of processor time a call, from 100 samples in 10 calls (sampled by perf"
        ), "{text}");
        assert!(
            text.contains("system calls: 40.0 % ± 9.4 % of the time"),
            "{text}"
        );
        assert!(
            text.contains("without 3 samples outside of the calls"),
            "{text}"
        );
        assert!(
            text.contains("all samples stand for 68.7 % of the processor time"),
            "{text}"
        );
        assert!(text.contains("\n      60  60.0 %  9.4 %"), "{text}");
        assert!(text.ends_with("2 functions more\n"), "{text}");
    }
}
