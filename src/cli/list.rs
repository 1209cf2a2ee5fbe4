//! `benchlens list`: lists the subjects of the suite.

use std::process::ExitCode;

use benchlens_suite::allocations::Allocations;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::inlining::Pair;
use benchlens_suite::inlining::registry::PAIRS;
use benchlens_suite::rewrite::registry::{CONTROL, MANY_NEEDLES, REWRITERS};
use benchlens_suite::rewrite::{Lengths, Rewriter};
use serde::Serialize;

use super::{Format, Verb};

/// List the algorithms, one per line, its name first
#[derive(clap::Parser)]
#[command(after_help = "Examples:\n  benchlens list\n  benchlens list --format json")]
pub(super) struct List {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Subject {
    name: String,
    summary: &'static str,
    heap: &'static str,
    notes: Vec<String>,
}

impl Verb for List {
    fn run(self) -> anyhow::Result<ExitCode> {
        let subjects = subjects();
        match self.format {
            Format::Json => super::print_json(&subjects)?,
            Format::Text => super::print(&text(&subjects))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn subjects() -> Vec<Subject> {
    let mut subjects: Vec<_> = REWRITERS
        .iter()
        .map(|row| rewriter(format!("rewrite/{}", row.name), row))
        .collect();
    subjects.push(rewriter(format!("rewrite/{}", CONTROL.name), &CONTROL));
    subjects.extend(MANY_NEEDLES.iter().map(|row| Subject {
        name: format!("many/{}", row.name),
        summary: row.summary,
        heap: heap(row.heap),
        notes: Vec::new(),
    }));
    subjects.extend(COUNTERS.iter().map(|row| Subject {
        name: format!("freq/{}", row.name),
        summary: row.summary,
        heap: heap(row.heap),
        notes: vec![row.threads.to_string()],
    }));
    subjects.extend(PAIRS.iter().map(pair));
    subjects
}

fn pair(row: &'static Pair) -> Subject {
    Subject {
        name: format!("inlining/{}", row.name),
        summary: row.summary,
        heap: heap(row.called.heap()),
        notes: vec![
            match row.inlined.heap() {
                Allocations::None => "inlined: none",
                _ => "inlined: fewer",
            }
            .to_owned(),
        ],
    }
}

fn rewriter(name: String, row: &Rewriter) -> Subject {
    let mut notes = Vec::new();
    if row.needs_whole_input() {
        notes.push("reads everything into memory".to_owned());
    }
    if row.lengths == Lengths::Equal {
        notes.push("equal lengths only".to_owned());
    }
    Subject {
        name,
        summary: row.summary,
        heap: heap(row.heap),
        notes,
    }
}

const fn heap(bound: Allocations) -> &'static str {
    match bound {
        Allocations::None => "no allocation",
        Allocations::Constant(_) => "constant allocations",
        Allocations::Linear => "allocations grow with the input",
    }
}

fn text(subjects: &[Subject]) -> String {
    let width = subjects.iter().map(|subject| subject.name.len()).max();
    let width = width.unwrap_or_default();
    let line = |subject: &Subject| {
        let mut words = vec![subject.summary, subject.heap];
        words.extend(subject.notes.iter().map(String::as_str));
        format!("{:width$}  {}\n", subject.name, words.join("; "))
    };
    subjects.iter().map(line).collect()
}
