//! Finds a case by the name that a person types.

use benchlens::CaseId;
use benchlens::report::plain;
use benchlens::report::table::{Row, Table};

use crate::scope::Target;
use crate::{Project, Usage};

/// The argument that names a case.
#[derive(clap::Args)]
pub(crate) struct Named {
    /// The case as the verb `table` names it, or its subject alone
    #[arg(value_name = "CASE", required_unless_present = "files")]
    name: Option<String>,
    /// The input of the subject; by default the first that it was measured with
    #[arg(long, value_name = "INPUT")]
    input: Option<String>,
}

/// The argument that names a case of the results, for verbs that read no other profiles.
#[derive(clap::Args)]
pub(crate) struct CaseName {
    /// The case as the verb `table` names it, or its subject alone
    #[arg(value_name = "CASE")]
    name: String,
    /// The input of the subject; by default the first that it was measured with
    #[arg(long, value_name = "INPUT")]
    input: Option<String>,
}

impl CaseName {
    /// The case of this name among the results, with its bench.
    pub(crate) fn find(
        &self,
        targets: &[Target],
        project: &Project,
    ) -> anyhow::Result<(Target, CaseId)> {
        let named = Named {
            name: Some(self.name.clone()),
            input: self.input.clone(),
        };
        named.find(targets, project, |_| true)
    }
}

impl Named {
    /// A case by its name alone.
    pub(crate) const fn of(name: Option<String>) -> Self {
        Self { name, input: None }
    }

    /// The case of this name among the results for which `is_fit` is true, with its bench.
    pub(crate) fn find(
        &self,
        targets: &[Target],
        project: &Project,
        is_fit: impl Fn(&Row) -> bool,
    ) -> anyhow::Result<(Target, CaseId)> {
        let mut was_only_timed = false;
        // A full name takes precedence over a subject of the same name in an earlier bench.
        for means in [Self::is, Self::is_subject_of] {
            for target in targets {
                let table: Table = target.table()?;
                let found = || table.rows.iter().filter(|row| means(self, row));
                if let Some(row) = found().find(|row| is_fit(row)) {
                    return Ok((target.clone(), row.info.id.clone()));
                }
                was_only_timed |= found().next().is_some();
            }
        }
        let name = self.name.as_deref().unwrap_or_default();
        let name = plain(name);
        let input = match &self.input {
            Some(input) => format!(" on {}", plain(input)),
            None => String::new(),
        };
        let reason = match (was_only_timed, targets) {
            (true, _) => {
                format!("{name}{input} was only timed: no lens took a profile of it")
            }
            (false, [only]) => format!(
                "{} has no case {name}{input}: `{} table` names them",
                only.results.display(),
                project.command
            ),
            (false, several) => format!(
                "no case of {} benches is called {name}{input}: `{} table` names them",
                several.len(),
                project.command
            ),
        };
        Err(Usage(reason).into())
    }

    fn is(&self, row: &Row) -> bool {
        match &self.name {
            None => true,
            Some(name) => self.input.is_none() && *name == row.info.id.to_string(),
        }
    }

    fn is_subject_of(&self, row: &Row) -> bool {
        let id = &row.info.id;
        let subject = id.without_input().to_string();
        let is_subject =
            (self.name.as_ref()).is_some_and(|name| *name == subject || *name == row.subject());
        is_subject && (self.input.as_ref()).is_none_or(|input| *input == id.input)
    }
}
