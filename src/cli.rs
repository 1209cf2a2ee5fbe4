//! The command: one file per job. The verbs for measured figures are those of [`cargo_benchlens`].
//!
//! Exit codes: 0 done, 1 something could not be read, written or counted, 2 wrong usage. A new job is
//! one file that implements [`Verb`], its `mod` line, and one line in [`JOBS`].

use std::process::ExitCode;

use cargo_benchlens::{
    Example, Format, Home, Project, Row, Suite, Usage, print, print_json, say, warn,
};
use clap::{Command, Parser};

mod completions;
mod freq;
mod generate;
mod list;
mod man;
mod map;
mod reading;
mod rewrite;
mod serve;
mod verify;

/// The suite's own jobs, in the order of the help.
const JOBS: &[Row] = &[
    job::<list::List>("list"),
    job::<rewrite::Rewrite>("rewrite"),
    job::<freq::Freq>("freq"),
    job::<map::Map>("map"),
    job::<serve::Serve>("serve"),
    job::<verify::Verify>("verify"),
    job::<generate::Generate>("generate"),
    job::<completions::Completions>("completions"),
    job::<man::Manual>("man"),
];

/// The suite's files and folders.
const SUITE: Project = Project {
    command: "benchlens",
    home: Home::Suite(Suite {
        package: env!("CARGO_PKG_NAME"),
        pairs: || benchlens::run::describe(benchlens_suite::cases::inlining::declare),
        results: "results/latest",
        baseline: "results/baseline",
        counting: &["heap", "instructions"],
        crates: &["benchlens_suite"],
        harness: "benchlens_suite::cases",
    }),
    example: Example {
        subject: "rewrite/alg_one",
        input: "dense",
        pair: "alg_one",
        folders: [
            "results/baseline",
            "results/record/2026-11-26-x86_64-2-cores",
        ],
    },
};

const EXAMPLES: &str = "\
Examples:
  benchlens list                                              every algorithm of the suite
  benchlens rewrite --find elvis --replace Elvis <in >out     a stream
  benchlens rewrite --find foo --replace bar -i *.rs          the files themselves
  benchlens freq --topic president feeds/                     items that mention it

Exit codes: 0 done; 1 something could not be read, written or counted; 2 wrong usage.";

/// A job of the suite.
trait Verb: Parser {
    /// Runs the job. An error is printed and determines the exit code.
    fn run(self) -> anyhow::Result<ExitCode>;
}

const fn job<V: Verb>(name: &'static str) -> Row {
    Row::new(name, V::command, |matches, _| {
        V::from_arg_matches(matches)?.run()
    })
}

/// Runs the command on the arguments of the process.
pub(crate) fn run() -> ExitCode {
    let verbs = [JOBS, cargo_benchlens::VERBS].concat();
    cargo_benchlens::run(about(), &verbs, &SUITE, std::env::args_os())
}

/// The whole command, with all of its verbs.
fn command() -> Command {
    let verbs = [JOBS, cargo_benchlens::VERBS].concat();
    cargo_benchlens::command(about(), &verbs, &SUITE)
}

fn about() -> Command {
    Command::new("benchlens")
        .version(env!("CARGO_PKG_VERSION"))
        .about("What an algorithm costs: time, heap and instructions side by side")
        .after_help(EXAMPLES)
}

/// Standard output without its line buffer.
#[cfg(unix)]
fn raw_output() -> anyhow::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Standard output.
#[cfg(not(unix))]
fn raw_output() -> anyhow::Result<std::io::StdoutLock<'static>> {
    Ok(std::io::stdout().lock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        command().debug_assert();
    }
}
