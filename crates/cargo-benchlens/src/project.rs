//! What the verbs know of the project that they look at.

use std::path::{Path, PathBuf};

use benchlens::report::lines::sources::{Error, Sources};

/// Where a project has its things, and how the command that looks at it is called.
#[derive(Clone, Copy, Debug)]
pub struct Project {
    /// What people type, such as `cargo benchlens`.
    pub command: &'static str,
    /// Where its benches leave their rows.
    pub results: &'static str,
    /// What the gate judges by.
    pub baseline: &'static str,
    /// The names of its crates, as they stand at the beginning of a function's path.
    pub crates: &'static [&'static str],
    /// The module that hands cases to the harness, whose code is not shown; may be empty.
    pub harness: &'static str,
    /// What the examples in the help are about.
    pub example: Example,
}

/// A case and other names that occur in the project, for the examples in the help.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// A subject with its group.
    pub subject: &'static str,
    /// An input that it is measured with.
    pub input: &'static str,
    /// Another folder of results.
    pub results: &'static str,
}

impl Project {
    /// A text of the help with the project's own names in the place of `{command}` and the like.
    pub(crate) fn fill_in(&self, text: &str) -> String {
        text.replace("{command}", self.command)
            .replace("{subject}", self.example.subject)
            .replace("{input}", self.example.input)
            .replace("{results}", self.example.results)
            .replace("{baseline}", self.baseline)
    }

    /// The project's source below `root`, as the line views want it.
    pub(crate) fn sources(&self, root: &Path) -> Result<Sources, Error> {
        Sources::read(root, self.crates, self.harness)
    }
}

/// Where the results of a run are.
#[derive(clap::Args)]
pub(crate) struct ResultsArgument {
    /// Folder of the results, if not the one where the benches leave them
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
}

/// Where the baseline is.
#[derive(clap::Args)]
pub(crate) struct BaselineArgument {
    /// Folder of the baseline, if not the project's own
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
}

impl ResultsArgument {
    pub(crate) fn folder(&self, project: &Project) -> PathBuf {
        (self.results.clone()).unwrap_or_else(|| project.results.into())
    }
}

impl BaselineArgument {
    pub(crate) fn folder(&self, project: &Project) -> PathBuf {
        (self.baseline.clone()).unwrap_or_else(|| project.baseline.into())
    }
}
