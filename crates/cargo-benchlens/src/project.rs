//! What the verbs know about the project.

use benchlens::CaseInfo;

/// A project's files and folders, and the command's name.
#[derive(Clone, Copy, Debug)]
pub struct Project {
    /// The command as typed, such as `cargo benchlens`.
    pub command: &'static str,
    /// How its results, its baseline and its sources are found.
    pub home: Home,
    /// The names in the help's examples.
    pub example: Example,
}

/// How a project's files are found.
#[derive(Clone, Copy, Debug)]
pub enum Home {
    /// The cargo workspace around the working folder. Each bench target has its results in
    /// `benchlens/<package>/<bench>` in the target folder.
    Workspace,
    /// One suite with fixed paths below the working folder.
    Suite(Suite),
}

/// A suite with fixed paths.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// Its package.
    pub package: &'static str,
    /// Its pairs, measured or not.
    pub pairs: fn() -> Vec<CaseInfo>,
    /// The folder of its results.
    pub results: &'static str,
    /// The folder of its baseline.
    pub baseline: &'static str,
    /// The bench targets that count; empty if all of them do.
    pub counting: &'static [&'static str],
    /// The names of its crates, as at the beginning of a function's path.
    pub crates: &'static [&'static str],
    /// The module that passes cases to the harness, which line views leave out; may be empty.
    pub harness: &'static str,
}

/// Names from the project, for the help's examples.
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
    /// Fills in the placeholders of a help text, such as `{command}`, with the project's names.
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
