//! `cargo benchlens` as a library: one file per verb, so that another command can offer the same
//! verbs beside its own.
//!
//! Commands differ in one value, [`Project`]: where results, baseline and sources are, which code
//! belongs to the project, and the command's name. A new verb is one file with the trait [`Verb`], its
//! `mod` line, and one line in [`VERBS`].
//!
//! Exit codes: 0 done, 1 something could not be read, written or counted, 2 wrong usage; the gate has
//! its own. A closed pipe ends the command silently with 0.

use std::process::ExitCode;

use benchlens::report::plain;
use clap::error::ContextValue;
use clap::{ArgMatches, Command, Parser};

mod accept;
mod adopt;
mod asm;
mod bench;
mod bench_profile;
mod ci;
mod compare;
mod doctor;
mod export;
mod failure;
mod foreign;
mod gate;
mod graph;
mod inlining;
mod lines;
mod memory;
mod named;
mod origin;
mod output;
mod page;
mod profile;
mod project;
mod scope;
mod table;
mod terminal;
mod timeline;
mod top;
mod trace;
mod workspace;

pub use failure::Usage;
pub use project::{Example, Home, Project, Suite};
pub use terminal::{Format, print, print_json, say, warn};

/// Every verb on measured figures, in the order of the help.
pub const VERBS: &[Row] = &[
    Row::of::<bench::Run>("run"),
    Row::of::<table::ShowTable>("table"),
    Row::of::<lines::Lines>("lines"),
    Row::of::<top::ShowTop>("top"),
    Row::of::<asm::Asm>("asm"),
    Row::of::<trace::Trace>("trace"),
    Row::of::<inlining::Inlining>("inlining"),
    Row::of::<memory::Memory>("memory"),
    Row::of::<profile::Profile>("profile"),
    Row::of::<graph::Graph>("graph"),
    Row::of::<timeline::TakeTimeline>("timeline"),
    Row::of::<page::WritePage>("page"),
    Row::of::<export::Export>("export"),
    Row::of::<accept::Accept>("accept"),
    Row::of::<gate::Gate>("gate"),
    Row::of::<compare::Compare>("compare"),
    Row::of::<adopt::Adopt>("adopt"),
    Row::of::<doctor::Doctor>("doctor"),
    Row::of::<ci::Ci>("ci"),
];

/// A verb: its arguments, and what it does with them.
pub trait Verb: Parser {
    /// Runs the verb. An error is printed and determines the exit code.
    ///
    /// # Errors
    ///
    /// Any reason why the verb failed; [`Usage`] if the arguments cannot be satisfied.
    fn run(self, project: &Project) -> anyhow::Result<ExitCode>;
}

/// Runs a verb on arguments parsed by clap.
pub type Run = fn(&ArgMatches, &Project) -> anyhow::Result<ExitCode>;

/// A verb with its type erased.
#[derive(Clone, Copy)]
pub struct Row {
    name: &'static str,
    command: fn() -> Command,
    run: Run,
}

impl Row {
    /// The row of the verb that is called `name`.
    pub const fn of<V: Verb>(name: &'static str) -> Self {
        Self::new(name, V::command, |matches, project| {
            V::from_arg_matches(matches)?.run(project)
        })
    }

    /// A row made of a name, arguments and a function.
    pub const fn new(name: &'static str, command: fn() -> Command, run: Run) -> Self {
        Self { name, command, run }
    }

    /// The verb's arguments and its help, with examples for `project`.
    fn command(self, project: &Project) -> Command {
        let command = (self.command)().name(self.name);
        match command.get_after_help().map(ToString::to_string) {
            Some(help) => command.after_help(unwrapped(&project.fill_in(&help))),
            None => command,
        }
    }
}

/// A help text with each paragraph in one line, which is wrapped to the terminal's width when it is shown.
/// Examples, which are indented, stay lines.
fn unwrapped(help: &str) -> String {
    let mut text = String::new();
    let mut is_open = false;
    for line in help.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if !text.is_empty() {
            text.push(if is_open && is_prose { ' ' } else { '\n' });
        }
        text.push_str(line);
        is_open = is_prose && !line.ends_with(':');
    }
    text
}

/// The command with its verbs.
pub fn command(about: Command, verbs: &[Row], project: &Project) -> Command {
    about
        .subcommand_required(true)
        .arg_required_else_help(true)
        .propagate_version(true)
        .max_term_width(100)
        .subcommands(verbs.iter().map(|row| row.command(project)))
}

/// An ordinary cargo workspace.
const WORKSPACE: Project = Project {
    command: "cargo benchlens",
    home: Home::Workspace,
    example: Example {
        subject: "parse/split",
        input: "short",
        pair: "parse/boxed",
        folders: ["before", "after"],
    },
};

/// `cargo benchlens`, on the arguments of the process.
pub fn main() -> ExitCode {
    let about = Command::new("cargo benchlens")
        .version(env!("CARGO_PKG_VERSION"))
        .about("What each bench of a crate costs: time, heap and instructions, line by line");
    let mut arguments: Vec<_> = std::env::args_os().collect();
    // Cargo passes the subcommand's name as the first argument.
    if arguments
        .get(1)
        .is_some_and(|argument| argument == "benchlens")
    {
        arguments.remove(1);
    }
    run(about, VERBS, &WORKSPACE, arguments)
}

/// Runs the command on `arguments`, the first of which is its name.
pub fn run(
    about: Command,
    verbs: &[Row],
    project: &Project,
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let verbs = named(arguments.get(1), verbs);
    let matches = match command(about, verbs, project).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(mut error) => {
            make_plain(&mut error);
            // Standard error is closed; ignore.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let (name, matches) = matches.subcommand().expect("clap asks for a verb");
    let row = verbs
        .iter()
        .find(|row| row.name == name)
        .expect("clap knows the verbs from the same table");
    (row.run)(matches, project).unwrap_or_else(|error| failure::report(name, &error, project))
}

/// The verb that an argument names, or all of them. Describing all of them to clap takes as long as
/// everything else in a short run.
fn named<'a>(argument: Option<&std::ffi::OsString>, verbs: &'a [Row]) -> &'a [Row] {
    let place = verbs
        .iter()
        .position(|row| argument.is_some_and(|argument| argument == row.name));
    place.map_or(verbs, |place| &verbs[place..=place])
}

/// Escapes the control characters of a wrong argument, which the message repeats.
fn make_plain(error: &mut clap::Error) {
    let context: Vec<_> = (error.context())
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, plain(text).into_owned())),
            _ => None,
        })
        .collect();
    for (kind, text) in context {
        error.insert(kind, ContextValue::String(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_of_help_is_one_line_and_examples_are_lines() {
        let help = "Examples:\n  one\n  two\n\nProse that\ngoes on:\nand on.\n\nMore.";
        let text = "Examples:\n  one\n  two\n\nProse that goes on:\nand on.\n\nMore.";
        assert_eq!(unwrapped(help), text);
    }
}
