//! Finds out from the arguments of this executable whether criterion is to run benchmarks.
//!
//! criterion parses them itself, in every role. Here they are only scanned, since a bench with a
//! `main` of its own may take other arguments, at which criterion's parser would end the process.

use std::env;
use std::ffi::OsString;
use std::iter;

/// Options of criterion 0.8 without a value.
const FLAGS: [&str; 15] = [
    "--bench",
    "--discard-baseline",
    "--exact",
    "--help",
    "--ignored",
    "--include-ignored",
    "--list",
    "--nocapture",
    "--noplot",
    "--quick",
    "--quiet",
    "--show-output",
    "--test",
    "--verbose",
    "--version",
];

/// Options of criterion 0.8 with a value.
const WITH_VALUE: [&str; 17] = [
    "--baseline",
    "--baseline-lenient",
    "--color",
    "--colour",
    "--confidence-level",
    "--format",
    "--load-baseline",
    "--measurement-time",
    "--noise-threshold",
    "--nresamples",
    "--output-format",
    "--plotting-backend",
    "--profile-time",
    "--sample-size",
    "--save-baseline",
    "--significance-level",
    "--warm-up-time",
];

/// criterion's short options, and whether a value follows.
const LETTERS: [(char, bool); 7] = [
    ('b', true),
    ('c', true),
    ('h', false),
    ('n', false),
    ('s', true),
    ('v', false),
    ('V', false),
];

/// Options that request something other than benchmarks.
const NO_BENCHMARK: [&str; 7] = [
    "--test",
    "--list",
    "--profile-time",
    "--help",
    "-h",
    "--version",
    "-V",
];

/// The meaning of an argument to criterion.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    /// An option as written, without a value in the same argument.
    Option(&'a str),
    Filter,
    Unknown,
}

/// Whether criterion is to run benchmarks: cargo passed `--bench`, and nothing requests a test, a
/// list, a profile or help instead.
pub(crate) fn benchmarking() -> bool {
    asks_for_benchmarks(&own())
}

/// Whether criterion's parser would accept the options, with at most one filter.
pub(crate) fn are_criterions() -> bool {
    readable(&own())
}

/// The arguments for starting the executable again: `--test` makes criterion call each closure
/// once.
///
/// If criterion parses the arguments, no others are passed on. A lens learns the selected cases in
/// another way, because a filter argument would change its heap and its counts.
pub(crate) fn for_lens(read_by_criterion: bool) -> Vec<OsString> {
    if read_by_criterion {
        return ["--bench", "--test"].map(OsString::from).to_vec();
    }
    let mut arguments: Vec<OsString> = env::args_os().skip(1).collect();
    // Before `--`, after which nothing is an option; otherwise last, since a bench may index its
    // own arguments from the front.
    let at = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    arguments.insert(at, OsString::from("--test"));
    arguments
}

fn own() -> Vec<String> {
    env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

fn asks_for_benchmarks(arguments: &[String]) -> bool {
    let has = |names: &[&str]| {
        parts(arguments).any(|part| matches!(part, Part::Option(name) if names.contains(&name)))
    };
    has(&["--bench"]) && !has(&NO_BENCHMARK)
}

fn readable(arguments: &[String]) -> bool {
    parts(arguments).all(|part| part != Part::Unknown)
        && parts(arguments)
            .filter(|part| *part == Part::Filter)
            .count()
            <= 1
}

fn parts(arguments: &[String]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = arguments.iter();
    let mut only_filters = false;
    iter::from_fn(move || {
        let mut argument = rest.next()?.as_str();
        if argument == "--" && !only_filters {
            only_filters = true;
            argument = rest.next()?;
        }
        if only_filters || argument == "-" || !argument.starts_with('-') {
            return Some(Part::Filter);
        }
        let name = argument.split_once('=').map_or(argument, |(name, _)| name);
        let Some(takes_value) = takes_value(name) else {
            return Some(Part::Unknown);
        };
        if takes_value && name.len() == argument.len() {
            rest.next();
        }
        Some(Part::Option(name))
    })
}

/// Whether the next argument is the option's value; `None` for an unknown option.
fn takes_value(name: &str) -> Option<bool> {
    if FLAGS.contains(&name) {
        return Some(false);
    }
    if WITH_VALUE.contains(&name) {
        return Some(true);
    }
    let mut letters = name.strip_prefix('-')?.chars();
    let first = letters.next()?;
    let (_, follows) = LETTERS.iter().find(|(letter, _)| *letter == first)?;
    // In `-sname` the value is in the same argument.
    Some(*follows && letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn benchmarks_are_asked_for_by_cargo_alone() {
        for line in [
            "--bench",
            "some/case --bench",
            "--save-baseline before --bench",
            "--save-baseline=before --bench",
            "-s --test --bench",
            "--exact case --quick --bench",
            "--bench -- --test",
        ] {
            assert!(asks_for_benchmarks(&split(line)), "{line}");
        }
        for line in [
            "",
            "--list --format terse",
            "--bench --test",
            "--bench --list",
            "--profile-time 5 --bench",
            "--profile-time=5 --bench",
            "--bench --help",
            "-- --bench",
            "--save-baseline --bench",
        ] {
            assert!(!asks_for_benchmarks(&split(line)), "{line}");
        }
    }

    #[test]
    fn other_options_are_not_criterions() {
        for line in [
            "",
            "--bench",
            "-nv -c always filter",
            "-sbase --noplot --bench",
            "-- a",
        ] {
            assert!(readable(&split(line)), "{line}");
        }
        for line in ["--size 3 --bench", "-x", "one two --bench", "-- a b"] {
            assert!(!readable(&split(line)), "{line}");
        }
    }
}
