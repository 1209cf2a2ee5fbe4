//! What the verbs know of the project that they look at.

use benchlens::CaseInfo;

/// Where a project has its things, and how the command that looks at it is called.
#[derive(Clone, Copy, Debug)]
pub struct Project {
    /// What people type, such as `cargo benchlens`.
    pub command: &'static str,
    /// How its results, its baseline and its sources are found.
    pub home: Home,
    /// What the examples in the help are about.
    pub example: Example,
}

/// How a project's things are found.
#[derive(Clone, Copy, Debug)]
pub enum Home {
    /// Cargo knows the packages of the workspace around the working folder. Each bench target leaves its
    /// results in `benchlens/<package>/<bench>` of the target folder.
    Workspace,
    /// One suite, whose places are known and lie below the working folder.
    Suite(Suite),
}

/// A suite whose places are known.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// Its package.
    pub package: &'static str,
    /// Its pairs, whether they have been measured or not.
    pub pairs: fn() -> Vec<CaseInfo>,
    /// Where its benches leave their rows.
    pub results: &'static str,
    /// What the gate judges by.
    pub baseline: &'static str,
    /// The bench targets that count, if not all of them do.
    pub counting: &'static [&'static str],
    /// The names of its crates, as they stand at the beginning of a function's path.
    pub crates: &'static [&'static str],
    /// The module that hands cases to the harness, whose code is not shown; may be empty.
    pub harness: &'static str,
}

/// Names that occur in the project, for the examples in the help.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// A subject with its group.
    pub subject: &'static str,
    /// An input that it is measured with.
    pub input: &'static str,
    /// A pair.
    pub pair: &'static str,
    /// Two folders of results to compare.
    pub folders: [&'static str; 2],
}

impl Project {
    /// A text of the help with the project's own names in the place of `{command}` and the like.
    pub(crate) fn fill_in(&self, text: &str) -> String {
        let Example {
            subject,
            input,
            pair,
            folders: [before, after],
        } = self.example;
        text.replace("{command}", self.command)
            .replace("{subject}", subject)
            .replace("{input}", input)
            .replace("{pair}", pair)
            .replace("{before}", before)
            .replace("{after}", after)
    }
}
