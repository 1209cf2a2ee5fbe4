//! Why a figure is missing.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CaseId;

/// Why a lens has no figure for one case, or for all its remaining cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The case; `None` if the lens failed as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// What happened, for a person to read.
    pub reason: String,
}

impl Failure {
    /// The failure of one case.
    pub fn of(case: &CaseId, reason: impl Into<String>) -> Self {
        Self {
            case: Some(case.clone()),
            reason: reason.into(),
        }
    }

    /// Whether this is a failure of `case`.
    pub fn is_of(&self, case: &CaseId) -> bool {
        self.case.as_ref() == Some(case)
    }

    /// The failure of a lens as a whole, with the causes of `error`.
    pub fn of_lens(error: &dyn Error) -> Self {
        Self {
            case: None,
            reason: chain(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(case) = &self.case {
            write!(formatter, "{case}: ")?;
        }
        formatter.write_str(&self.reason)
    }
}

/// An error with its causes, each once: `cannot read a.json: permission denied`.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
