//! Error messages: the cause, which a library knows, and advice, which only the command can give.

use std::io;
use std::process::ExitCode;

use benchlens::failure::chain;
use benchlens::judge::gate::{Refusal, Side};
use benchlens::report::lines::sources;
use benchlens::store;

use crate::Project;
use crate::project::Home;
use crate::terminal::warn;

/// Arguments that are well-formed but cannot be satisfied; exits 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints why a verb failed. A closed pipe is not a failure.
pub(crate) fn report(verb: &str, error: &anyhow::Error, project: &Project) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    warn(format_args!("{verb}: {}", explained(error)));
    if error.is::<Usage>() {
        warn(format_args!("see {} {verb} --help", project.command));
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

/// An error's message, each cause once, with advice.
pub(crate) fn explained(error: &anyhow::Error) -> String {
    let advice = error.chain().find_map(advice).unwrap_or_default();
    format!("{}{advice}", chain(error.as_ref()))
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

/// Prints why results are neither judged nor accepted, one reason per line, with advice.
pub(crate) fn warn_of_refusal(verb: &str, bench: &str, refusal: &Refusal) {
    for doubt in &refusal.doubts {
        warn(format_args!("{verb}: {bench}not from one run: {doubt}"));
    }
    for failure in &refusal.failures {
        warn(format_args!("{verb}: {bench}the run failed: {failure}"));
    }
    if !refusal.doubts.is_empty() {
        warn(format_args!(
            "{verb}: run `cargo bench` without a filter first"
        ));
    }
}

/// Prints which cases have no figure. In a workspace this does not prevent judging the others; a figure that
/// the baseline has is reported as missing.
pub(crate) fn warn_and_drop_failed_cases(
    verb: &str,
    bench: &str,
    side: &mut Side,
    project: &Project,
) {
    if !matches!(project.home, Home::Workspace) {
        return;
    }
    for failure in side.failures.iter().filter(|it| it.case.is_some()) {
        warn(format_args!("{verb}: {bench}no figure: {failure}"));
    }
    side.failures.retain(|failure| failure.case.is_none());
}

/// Whether standard output was closed by its reader.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

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
