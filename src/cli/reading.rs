//! How feeds are read: the arguments shared by `freq` and `map`, and how failures and repairs are
//! reported.

use benchlens::failure;
use benchlens::report::amount;
use benchlens_suite::feed::{self, Limits, Problem};
use serde::Serialize;

/// Options for reading documents.
#[derive(Clone, Copy, clap::Args)]
pub(super) struct Reading {
    /// Repair documents that are not well-formed if the intent is clear, and report each repair
    ///
    /// Repairs: white space, comments and byte-order marks before the XML declaration; HTML entities;
    /// a bare &; invalid characters and undecodable bytes, which become U+FFFD; a declared encoding
    /// that the bytes are not in; and content after the root. A well-formed document is never changed.
    #[arg(long)]
    pub(super) lenient: bool,
    /// A longer document fails
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().document_bytes)]
    max_document_bytes: u64,
    /// A document with deeper nesting fails; at most 5000
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth as u16,
          value_parser = clap::value_parser!(u16).range(1..=5000))]
    max_depth: u16,
}

impl Reading {
    pub(super) fn limits(self) -> Limits {
        Limits {
            document_bytes: self.max_document_bytes,
            depth: self.max_depth.into(),
        }
    }
}

/// A repair as JSON.
#[derive(Serialize)]
pub(super) struct Repair {
    offset: u64,
    repair: String,
}

impl From<feed::repair::Repair> for Repair {
    fn from(repair: feed::repair::Repair) -> Self {
        Self {
            offset: repair.offset,
            repair: repair.fault.to_string(),
        }
    }
}

/// An error's message, with its causes and the argument that raises the exceeded limit.
pub(super) fn message(error: impl Into<anyhow::Error>) -> String {
    let error = error.into();
    let advice = match error.downcast_ref() {
        Some(feed::Error::Document { problem, .. }) => match problem {
            Problem::TooLong(_) => " (see --max-document-bytes)",
            Problem::TooDeep(_) => " (see --max-depth)",
            _ => "",
        },
        _ => "",
    };
    format!("{}{advice}", failure::chain(error.as_ref()))
}

/// The repairs of one document in a line: each kind, its count, and the first offset.
pub(super) fn summary(repairs: &[feed::repair::Repair]) -> String {
    let mut kinds: Vec<_> = repairs.iter().map(|repair| repair.fault).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let parts = kinds.into_iter().map(|fault| {
        let mut places = repairs.iter().filter(|repair| repair.fault == fault);
        let first = places.next().map_or(0, |repair| repair.offset);
        match places.count() {
            0 => format!("{fault} at byte {first}"),
            more => format!("{fault} at byte {first} and {more} more"),
        }
    });
    let parts: Vec<_> = parts.collect();
    let amount = amount(repairs.len() as u64, "repair");
    format!("{amount}: {}", parts.join(", "))
}
