//! The description of a case: plain data, stored beside the rows of a run.

use serde::{Deserialize, Serialize};

use super::{AllocationBound, Work};
use crate::id::{CaseId, is_first};

/// Every case of a suite in the order of its declaration, as `cases.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteInfo {
    /// The package that declares it.
    pub package: String,
    /// The suite's name, by default that of its bench target.
    pub suite: String,
    /// Its cases.
    pub cases: Vec<CaseInfo>,
}

/// The declaration of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct CaseInfo {
    /// Its name.
    pub id: CaseId,
    /// Its role in its group.
    pub role: Role,
    /// The amount of work of one call, main unit first.
    pub work: Vec<Work>,
    /// How many threads it uses, if declared.
    pub threads: Option<u32>,
    /// Its bound on allocations.
    pub bound: Option<AllocationBound>,
    /// Which side of a pair it is.
    pub pair: Option<PairSide>,
    /// A short description of the subject.
    pub summary: Option<String>,
}

/// A case with the parts of its name as fields. Written out, because serde's `flatten` buffers all
/// fields first, which compiles to much more code.
#[derive(Serialize, Deserialize)]
struct Written {
    group: String,
    subject: String,
    #[serde(default)]
    input: String,
    #[serde(default, skip_serializing_if = "is_first")]
    ordinal: u32,
    #[serde(default, skip_serializing_if = "is_subject")]
    role: Role,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    work: Vec<Work>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threads: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<AllocationBound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<PairSide>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
}

impl From<Written> for CaseInfo {
    fn from(written: Written) -> Self {
        Self {
            id: CaseId {
                group: written.group,
                subject: written.subject,
                input: written.input,
                ordinal: written.ordinal,
            },
            role: written.role,
            work: written.work,
            threads: written.threads,
            bound: written.bound,
            pair: written.pair,
            summary: written.summary,
        }
    }
}

impl From<CaseInfo> for Written {
    fn from(info: CaseInfo) -> Self {
        Self {
            group: info.id.group,
            subject: info.id.subject,
            input: info.id.input,
            ordinal: info.id.ordinal,
            role: info.role,
            work: info.work,
            threads: info.threads,
            bound: info.bound,
            pair: info.pair,
            summary: info.summary,
        }
    }
}

impl CaseInfo {
    /// A subject known only by its name.
    pub const fn of(id: CaseId) -> Self {
        Self {
            id,
            role: Role::Subject,
            work: Vec::new(),
            threads: None,
            bound: None,
            pair: None,
            summary: None,
        }
    }

    /// The key of the comparison that it belongs to: cases with an equal key do the same work. Both
    /// sides of a pair form one comparison; all other cases of a group are compared by input.
    pub fn comparison(&self) -> (&str, &str, bool) {
        match self.pair {
            Some(_) => (&self.id.group, &self.id.subject, true),
            None => (&self.id.group, &self.id.input, false),
        }
    }
}

/// The role of a case in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A candidate: it can be the best of its group.
    #[default]
    Subject,
    /// A lower bound to compare with, such as a plain copy; never the best.
    Control,
    /// Another library that does the same job.
    Peer,
}

/// The functions of one side of a pair, by their symbol names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairSide {
    /// The function that is measured, which is never inlined itself.
    pub function: String,
    /// The function that is called by it or inlined into it.
    pub callee: String,
}

fn is_subject(role: &Role) -> bool {
    *role == Role::Subject
}
