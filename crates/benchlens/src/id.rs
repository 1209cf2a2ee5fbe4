//! The name of a case, as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Identifies a case: a subject on an input, in the group that it is compared with.
///
/// The parts are kept apart all the way from the declaration to the row in a file, so any of them
/// may contain a `/` or be empty. Only [`Display`](fmt::Display) joins them, for people.
///
/// ```
/// use benchlens::CaseId;
///
/// let id = CaseId::new("parse", "mine", "citm_catalog");
/// assert_eq!(id.to_string(), "parse/mine/citm_catalog");
/// assert_ne!(CaseId::new("a", "x/y", ""), CaseId::new("a", "x", "y"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId {
    /// The job that every subject of the group does.
    pub group: String,
    /// The algorithm that does it.
    pub subject: String,
    /// What it is run on.
    #[serde(default)]
    pub input: String,
    /// Distinguishes cases whose other parts are equal, in the order they run, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub ordinal: u32,
}

impl CaseId {
    /// The first case of this name.
    pub fn new(
        group: impl Into<String>,
        subject: impl Into<String>,
        input: impl Into<String>,
    ) -> Self {
        Self {
            group: group.into(),
            subject: subject.into(),
            input: input.into(),
            ordinal: 0,
        }
    }

    /// The id without its input: the name of a subject with all its cases.
    ///
    /// ```
    /// use benchlens::CaseId;
    ///
    /// let id = CaseId::new("parse", "mine", "citm");
    /// assert_eq!(id.without_input().to_string(), "parse/mine");
    /// ```
    pub fn without_input(&self) -> Self {
        Self {
            input: String::new(),
            ..self.clone()
        }
    }
}

impl fmt::Display for CaseId {
    /// The parts that are not empty, joined by `/`. Among cases of equal names, all but the first
    /// get a number: `parse/mine #2`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.group, &self.subject, &self.input];
        let mut separator = "";
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            write!(formatter, "{separator}{part}")?;
            separator = "/";
        }
        match self.ordinal {
            0 => Ok(()),
            ordinal => write!(formatter, " #{}", u64::from(ordinal) + 1),
        }
    }
}

/// Whether there is no earlier case of the same name.
pub(crate) fn is_first(ordinal: &u32) -> bool {
    *ordinal == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parts_leave_no_slash() {
        assert_eq!(CaseId::new("", "alone", "").to_string(), "alone");
        assert_eq!(CaseId::new("group", "", "7").to_string(), "group/7");
        let second = CaseId {
            ordinal: 1,
            ..CaseId::new("group", "subject", "")
        };
        assert_eq!(second.to_string(), "group/subject #2");
    }
}
