//! A case as a person names it.

use std::path::Path;

use benchlens::CaseId;
use benchlens::report::plain;
use benchlens::report::table::{Row, Table};

use crate::{Project, Usage};

/// The argument that names a case.
#[derive(clap::Args)]
pub(crate) struct Named {
    /// The case as the verb `table` names it, or its subject alone
    #[arg(value_name = "CASE")]
    name: String,
    /// The input of the subject; by default the first that it was measured with
    #[arg(long, value_name = "INPUT")]
    input: Option<String>,
}

impl Named {
    /// The case of this name among the rows in `results` that `is_fit`.
    pub(crate) fn find(
        &self,
        results: &Path,
        project: &Project,
        is_fit: impl Fn(&Row) -> bool,
    ) -> anyhow::Result<CaseId> {
        let table = Table::read(results)?;
        let found = || table.rows.iter().filter(|row| self.means(row));
        if let Some(row) = found().find(|row| is_fit(row)) {
            return Ok(row.info.id.clone());
        }
        let (folder, name) = (results.display(), plain(&self.name));
        let command = project.command;
        let input = match &self.input {
            Some(input) => format!(" on {}", plain(input)),
            None => String::new(),
        };
        let reason = match found().next() {
            Some(_) => format!("{name}{input} was only timed: no lens with profiles looks at it"),
            None => format!("{folder} has no case {name}{input}: `{command} table` names them"),
        };
        Err(Usage(reason).into())
    }

    fn means(&self, row: &Row) -> bool {
        let id = &row.info.id;
        let is_subject = || {
            let subject = id.without_input().to_string();
            self.name == subject || self.name == row.subject()
        };
        match &self.input {
            Some(input) => is_subject() && *input == id.input,
            None => self.name == id.to_string() || is_subject(),
        }
    }
}
