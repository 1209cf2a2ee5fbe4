//! The command's output: results to standard output, everything else to standard error.

use std::io::{self, Write};

use anyhow::Context;
use benchlens::report::plain;

/// The format of a verb's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes a warning to standard error; ignores a closed one.
pub fn warn(message: std::fmt::Arguments<'_>) {
    say(format_args!("benchlens: {message}"));
}

/// Writes one line to standard error; ignores a closed one. Names and errors are external, so control
/// characters are escaped.
pub fn say(message: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{}", plain(&message.to_string()));
}

/// Writes one JSON value and a newline to standard output.
///
/// # Errors
///
/// Errors of the encoder or of standard output.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// Writes `text` to standard output.
///
/// # Errors
///
/// Errors of standard output.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes `bytes` to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(bytes)
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}

/// Writes to standard output, in colour if that is a terminal.
pub(crate) fn print_styled(text: &str) -> anyhow::Result<()> {
    let mut output = anstream::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}
