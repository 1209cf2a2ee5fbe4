//! The command: one file a verb; the only place that prints.
//!
//! Exit codes: 0 done, 1 something could not be read, written or counted, 2 wrong usage. A closed
//! pipe ends the command with 0 and without a word. A new verb is one file with the trait
//! [`Verb`], its `mod` line, and one line in [`VERBS`].

use std::io::{self, Write};
use std::process::ExitCode;

use benchlens::judge::gate::Refusal;
use benchlens::report::lines::sources;
use benchlens::report::plain;
use benchlens::store;
use clap::{ArgMatches, Command, Parser};

mod accept;
mod compare;
mod export;
mod freq;
mod gate;
mod generate;
mod inlining;
mod lines;
mod list;
mod named;
mod page;
mod rewrite;
mod table;
mod top;
mod verify;

/// Every verb, in the order of the help.
const VERBS: &[Row] = &[
    Row::of::<list::List>(),
    Row::of::<rewrite::Rewrite>(),
    Row::of::<freq::Freq>(),
    Row::of::<table::ShowTable>(),
    Row::of::<inlining::Inlining>(),
    Row::of::<page::WritePage>(),
    Row::of::<verify::Verify>(),
    Row::of::<generate::Generate>(),
    Row::of::<lines::Lines>(),
    Row::of::<top::ShowTop>(),
    Row::of::<export::Export>(),
    Row::of::<accept::Accept>(),
    Row::of::<gate::Gate>(),
    Row::of::<compare::Compare>(),
];

const EXAMPLES: &str = "\
Examples:
  benchlens list                                     every algorithm of the suite
  benchlens rewrite <in.txt >out.txt                 elvis becomes Elvis
  benchlens rewrite --find foo --replace bar -i *.rs
  benchlens freq --topic president feeds/            items that mention it

Exit codes: 0 done; 1 something could not be read, written or counted; 2 wrong usage.";

/// What a verb does with its arguments.
trait Verb: Parser {
    /// Does it. The error is printed and makes the exit code.
    fn run(self) -> anyhow::Result<ExitCode>;
}

/// A verb without its type.
struct Row {
    command: fn() -> Command,
    run: fn(&ArgMatches) -> anyhow::Result<ExitCode>,
}

impl Row {
    const fn of<V: Verb>() -> Self {
        Self {
            command: V::command,
            run: |matches| V::from_arg_matches(matches)?.run(),
        }
    }
}

/// Arguments that are well-formed and yet ask for what cannot be; exits 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// What a verb writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs the command on the arguments of the process.
pub(crate) fn run() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // Nobody can be told that nobody listens.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let (name, matches) = matches.subcommand().expect("clap asks for a verb");
    let row = VERBS
        .iter()
        .find(|row| (row.command)().get_name() == name)
        .expect("clap knows the verbs from the same table");
    (row.run)(matches).unwrap_or_else(|error| report(name, &error))
}

fn command() -> Command {
    Command::new("benchlens")
        .version(env!("CARGO_PKG_VERSION"))
        .about("What an algorithm costs: time, heap and instructions side by side")
        .after_help(EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .subcommands(VERBS.iter().map(|row| (row.command)()))
}

fn report(verb: &str, error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    complain(format_args!("{verb}: {}", explained(error)));
    if error.is::<Usage>() {
        complain(format_args!("see benchlens {verb} --help"));
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

/// What an error says, with the way out where a library can only know the cause.
fn explained(error: &anyhow::Error) -> String {
    let advice = error.chain().find_map(advice).unwrap_or_default();
    format!("{error:#}{advice}")
}

fn advice(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let missing = match cause.downcast_ref() {
        Some(benchlens::report::page::Error::Record(error)) => Some(error),
        _ => cause.downcast_ref(),
    };
    if let Some(store::Error::Missing { .. }) = missing {
        return Some(": run `cargo bench` in the project's folder, or name another folder");
    }
    match cause.downcast_ref()? {
        sources::Error::Missing { .. } => {
            Some(": run this in the project's folder, or name it with --source")
        }
        sources::Error::Changed { .. } => Some(", run `cargo bench` again"),
        sources::Error::Read { .. } => None,
    }
}

/// Says why results are neither judged nor accepted, a reason a line, and what helps.
fn complain_of_refusal(verb: &str, refusal: &Refusal) {
    for doubt in &refusal.doubts {
        complain(format_args!("{verb}: not those of one run: {doubt}"));
    }
    for failure in &refusal.failures {
        let failure = failure.to_string();
        complain(format_args!("{verb}: the run failed: {}", plain(&failure)));
    }
    if !refusal.doubts.is_empty() {
        complain(format_args!(
            "{verb}: run `cargo bench` without a filter first"
        ));
    }
}

/// Writes a line to standard error, if anybody listens there.
fn complain(message: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "benchlens: {message}");
}

/// Whether the reader of our output has gone away.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes one JSON value and a newline to standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// Writes `text` to standard output.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|error| anyhow::Error::new(error).context("cannot write to standard output"))
}

/// Standard output without the buffer of lines around it.
#[cfg(unix)]
fn raw_output() -> anyhow::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Standard output.
#[cfg(not(unix))]
fn raw_output() -> anyhow::Result<io::StdoutLock<'static>> {
    Ok(io::stdout().lock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn an_error_of_the_library_is_told_with_the_way_out() {
        let missing = || store::Error::Missing {
            path: "latest/heap.csv".into(),
        };
        let advised = "latest/heap.csv is missing: run `cargo bench` in the project's folder, or name another folder";
        assert_eq!(explained(&missing().into()), advised);
        let of_the_page = benchlens::report::page::Error::Record(missing());
        let within = anyhow::Error::new(of_the_page).context("no page");
        assert_eq!(explained(&within), format!("no page: {advised}"));
        let changed = sources::Error::Changed {
            file: "src/a.rs".to_owned(),
            lines: 3,
            line: 4,
        };
        assert!(explained(&changed.into()).ends_with("since the run, run `cargo bench` again"));
        let elsewhere = sources::Error::Missing {
            function: "a::b".to_owned(),
            file: "src/a.rs".to_owned(),
            root: "there".into(),
        };
        assert!(explained(&elsewhere.into()).ends_with("name it with --source"));
        assert_eq!(explained(&Usage("no verb".to_owned()).into()), "no verb");
    }
}
