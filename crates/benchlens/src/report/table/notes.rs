//! Footnotes of a table: why a figure is missing, and notes on figures.

use std::fmt::Write as _;

use super::Row;
use crate::{Metric, Worth};

/// The notes of a table, each once, in the order of first reference.
#[derive(Default)]
pub(super) struct Notes(Vec<String>);

impl Notes {
    /// The number of a note, from 1.
    pub(super) fn number(&mut self, note: String) -> usize {
        let known = self.0.iter().position(|it| *it == note);
        known.map_or_else(
            || {
                self.0.push(note);
                self.0.len()
            },
            |place| place + 1,
        )
    }

    pub(super) fn write(&self, text: &mut String, safe: &dyn Fn(&str) -> String) {
        for (place, note) in self.0.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "[{}] {}", place + 1, safe(note));
        }
    }
}

impl Row {
    /// The note for a row's `metric`; at most one per lens.
    pub(super) fn note(&self, metric: Metric) -> Option<String> {
        let is_first = matches!(
            metric,
            Metric::Time | Metric::Allocations | Metric::Instructions
        );
        if !is_first {
            return None;
        }
        let lens = metric.lens();
        let failed = (self.failures.iter()).filter(|(of, _)| *of == lens);
        // A varying figure is marked with `~` instead.
        let noted = (self.figures.iter()).filter(|figure| {
            figure.metric.lens() == lens && figure.worth == Worth::Exact && !figure.note.is_empty()
        });
        let mut said: Vec<&str> = Vec::new();
        for words in (failed.map(|(_, reason)| reason.as_str()))
            .chain(noted.map(|figure| figure.note.as_str()))
        {
            if !said.contains(&words) {
                said.push(words);
            }
        }
        (!said.is_empty()).then(|| said.join("; "))
    }
}
