//! The report of a count, as text and as JSON.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use benchlens::report::{amount, plain};
use benchlens_suite::feed;
use serde::Serialize;

use super::super::reading;

/// A report.
#[derive(Default, Serialize)]
pub(super) struct Report<'a> {
    pub(super) topic: &'a str,
    pub(super) found: u64,
    pub(super) items: u64,
    pub(super) documents: u64,
    /// The count of each document, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<FileCount>>,
    /// Paths of documents without any item.
    pub(super) empty: Vec<Listed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) repaired: Vec<Repaired>,
    pub(super) failures: Vec<Failure>,
}

/// A path, with its exact bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Name {
    path: String,
    /// Its bytes, if they are not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<Vec<u8>>,
}

impl Name {
    pub(super) fn new(path: &Path) -> Self {
        let text = path.to_string_lossy();
        let is_utf8 = matches!(text, Cow::Borrowed(_));
        Self {
            path_bytes: (!is_utf8).then(|| path.as_os_str().as_encoded_bytes().to_vec()),
            path: text.into_owned(),
        }
    }
}

/// A path alone, as a string if it is UTF-8.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub(super) enum Listed {
    Text(String),
    Bytes(Name),
}

impl Listed {
    pub(super) fn new(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(Name::new(path)),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Bytes(name) => &name.path,
        }
    }
}

/// A document that was counted.
#[derive(Serialize)]
pub(super) struct FileCount {
    #[serde(flatten)]
    pub(super) name: Name,
    pub(super) found: u64,
    pub(super) items: u64,
}

/// A document that had to be repaired.
#[derive(Serialize)]
pub(super) struct Repaired {
    #[serde(flatten)]
    name: Name,
    repairs: Vec<reading::Repair>,
    #[serde(skip)]
    summary: String,
}

impl Repaired {
    pub(super) fn new(path: &Path, repairs: Vec<feed::repair::Repair>) -> Self {
        Self {
            name: Name::new(path),
            summary: reading::summary(&repairs),
            repairs: repairs.into_iter().map(Into::into).collect(),
        }
    }
}

/// A document that was not counted.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Failure {
    #[serde(flatten)]
    name: Name,
    /// The byte at which it failed, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// What is wrong, without the offset.
    reason: String,
    /// The full message.
    error: String,
}

impl Failure {
    pub(super) fn new(path: &Path, error: impl Into<anyhow::Error>) -> Self {
        let error = error.into();
        let (offset, reason) = match error.downcast_ref() {
            Some(feed::Error::Document { offset, problem }) => {
                (Some(*offset), Some(problem.to_string()))
            }
            Some(feed::Error::Read { offset, .. }) => (Some(*offset), None),
            _ => (None, None),
        };
        let error = reading::message(error);
        Self {
            name: Name::new(path),
            offset,
            reason: reason.unwrap_or_else(|| error.clone()),
            error,
        }
    }
}

impl Report<'_> {
    /// Whether all documents were counted and at least one item was seen.
    pub(super) const fn is_clean(&self) -> bool {
        self.failures.is_empty() && (self.items > 0 || self.documents == 0)
    }

    /// Sorts its lists by name.
    pub(super) fn sort(&mut self) {
        self.empty.sort();
        self.repaired
            .sort_by(|one, other| one.name.cmp(&other.name));
        self.failures.sort();
    }

    /// Warnings besides the count, one per line.
    pub(super) fn warnings(&self) -> Vec<String> {
        let line = |path: &str, said: &str| format!("{}: {said}", plain(path));
        let repaired = self
            .repaired
            .iter()
            .map(|it| line(&it.name.path, &it.summary));
        let failures = self
            .failures
            .iter()
            .map(|it| line(&it.name.path, &it.error));
        let empty = self.empty.iter().map(|it| line(it.text(), "no item in it"));
        repaired.chain(failures).chain(empty).collect()
    }

    /// The count of each document, if requested, and the total.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for FileCount { name, found, items } in self.files.iter().flatten() {
            let _ = writeln!(text, "{}: {found} of {items}", plain(&name.path));
        }
        let _ = write!(
            text,
            "{} {} \"{}\" out of {} in {}",
            amount(self.found, "item"),
            if self.found == 1 {
                "mentions"
            } else {
                "mention"
            },
            plain(self.topic),
            self.items,
            amount(self.documents, "document")
        );
        if !self.empty.is_empty() {
            let _ = write!(text, "; {} without any item", self.empty.len());
        }
        if !self.repaired.is_empty() {
            let _ = write!(text, "; {} repaired", self.repaired.len());
        }
        if !self.failures.is_empty() {
            let _ = write!(text, "; {} failed", self.failures.len());
        }
        text.push('\n');
        text
    }
}
