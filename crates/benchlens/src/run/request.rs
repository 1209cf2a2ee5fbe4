//! The arguments of a bench. criterion parses them too; this module reads only what the other lenses need.

use regex::Regex;

use crate::CaseId;

/// criterion's options that take a value.
const WITH_VALUE: [&str; 20] = [
    "--color",
    "--colour",
    "-c",
    "--save-baseline",
    "-s",
    "--baseline",
    "-b",
    "--baseline-lenient",
    "--format",
    "--profile-time",
    "--load-baseline",
    "--sample-size",
    "--warm-up-time",
    "--measurement-time",
    "--nresamples",
    "--noise-threshold",
    "--confidence-level",
    "--significance-level",
    "--plotting-backend",
    "--output-format",
];

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Every lens, and the table.
    Measure,
    /// The names of the cases.
    List,
    /// Each case once, without measuring: `--test`, or no `--bench`, as `cargo test --benches` does.
    Test,
    /// Only criterion: it shows saved results, or the user profiles the bench with another tool.
    Criterion,
}

/// The saved figures that a run is compared with.
///
/// A name covers the figures of all lenses, as criterion's own baselines cover times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Compare with the baseline of this name, if it exists, then replace it.
    Save(String),
    /// Compare with the baseline of this name and leave it unchanged.
    Compare {
        /// The name.
        name: String,
        /// Whether every case must be in it.
        is_strict: bool,
    },
    /// Neither compare nor save.
    Discard,
}

impl Baseline {
    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Save(name) | Self::Compare { name, .. } => Some(name),
            Self::Discard => None,
        }
    }
}

impl Default for Baseline {
    /// criterion's default: compare each run with the previous one.
    fn default() -> Self {
        Self::Save("base".to_owned())
    }
}

/// The arguments of a bench.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is to be done.
    pub task: Task,
    /// The baseline in the arguments, if there is one.
    pub baseline: Option<Baseline>,
    /// The name of saved figures to show instead of measuring.
    pub load: Option<String>,
    filter: Filter,
}

/// Which cases are asked for.
#[derive(Clone, Debug)]
enum Filter {
    All,
    /// `--ignored` selects ignored tests; no bench case is ignored.
    None,
    Exact(String),
    Matching(Box<Regex>),
}

/// A filter that is not a regular expression.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{filter}` is not a regular expression: {source}")]
pub struct InvalidFilter {
    filter: String,
    source: regex::Error,
}

impl Request {
    /// Reads the arguments after the executable's name, as criterion does: the first one that is not
    /// an option is a regular expression, or with `--exact` the whole name of a case.
    ///
    /// # Errors
    ///
    /// [`InvalidFilter`].
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, InvalidFilter> {
        let (mut filter, mut baseline, mut load) = (None, None, None);
        let mut ignored = false;
        let (mut bench, mut list, mut test, mut criterion, mut exact) = Default::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => bench = true,
                "--list" => list = true,
                "--test" => test = true,
                "--exact" => exact = true,
                "--ignored" => ignored = true,
                "--" => {
                    filter = filter.or_else(|| arguments.next());
                    break;
                }
                option if option.starts_with('-') => {
                    let (name, value) = with_value(option, &mut arguments);
                    criterion |= matches!(name, "--profile-time" | "--load-baseline");
                    match (name, value) {
                        ("--load-baseline", value) => load = value,
                        (name, value) => baseline = named(name, value).or(baseline),
                    }
                }
                _ => {
                    filter.get_or_insert(argument);
                }
            }
        }
        let task = match (list, test || !bench, criterion) {
            (true, _, _) => Task::List,
            (_, true, _) => Task::Test,
            (_, _, true) => Task::Criterion,
            _ => Task::Measure,
        };
        let filter = match filter {
            _ if ignored => Filter::None,
            None => Filter::All,
            Some(name) if exact => Filter::Exact(name),
            Some(filter) => match Regex::new(&filter) {
                Ok(regex) => Filter::Matching(Box::new(regex)),
                Err(source) => return Err(InvalidFilter { filter, source }),
            },
        };
        Ok(Self {
            task,
            baseline,
            load,
            filter,
        })
    }

    /// Whether the arguments name cases, so that an empty selection is an error.
    pub const fn names_cases(&self) -> bool {
        matches!(self.filter, Filter::Exact(_) | Filter::Matching(_))
    }

    /// Whether the case is asked for.
    pub fn selects(&self, case: &CaseId) -> bool {
        match &self.filter {
            Filter::All => true,
            Filter::None => false,
            Filter::Exact(name) => case.to_string() == *name,
            Filter::Matching(regex) => regex.is_match(&case.to_string()),
        }
    }
}

/// An option and its value: after `=`, after a single letter, or in the next argument.
fn with_value<'a>(
    option: &'a str,
    rest: &mut impl Iterator<Item = String>,
) -> (&'a str, Option<String>) {
    if WITH_VALUE.contains(&option) {
        return (option, rest.next());
    }
    let letter = option.get(..2).filter(|it| WITH_VALUE.contains(it));
    let attached = match (option.split_once('='), letter) {
        (_, Some(letter)) => Some((letter, &option[2..])),
        (whole, None) => whole,
    };
    attached.map_or((option, None), |(name, value)| {
        let value = value.strip_prefix('=').unwrap_or(value);
        (name, Some(value.to_owned()))
    })
}

fn named(option: &str, value: Option<String>) -> Option<Baseline> {
    let compare = |is_strict| move |name| Baseline::Compare { name, is_strict };
    match option {
        "--save-baseline" | "-s" => value.map(Baseline::Save),
        "--baseline" | "-b" => value.map(compare(true)),
        "--baseline-lenient" => value.map(compare(false)),
        "--discard-baseline" => Some(Baseline::Discard),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(arguments: &str) -> Request {
        Request::parse(arguments.split_whitespace().map(str::to_owned)).unwrap()
    }

    #[test]
    fn the_task_is_what_criterion_would_do() {
        for (arguments, task) in [
            ("--bench", Task::Measure),
            ("--bench --quick", Task::Measure),
            ("", Task::Test),
            ("--bench --test", Task::Test),
            ("--list --format terse", Task::List),
            ("--bench --profile-time 5", Task::Criterion),
            ("--bench --profile-time=5", Task::Criterion),
            ("--bench --load-baseline a --baseline b", Task::Criterion),
        ] {
            assert_eq!(request(arguments).task, task, "{arguments}");
        }
    }

    #[test]
    fn a_baseline_is_named_as_criterion_lets_it_be() {
        let compare = |name: &str, is_strict| {
            let name = name.to_owned();
            Some(Baseline::Compare { name, is_strict })
        };
        let save = |name: &str| Some(Baseline::Save(name.to_owned()));
        for (arguments, baseline) in [
            ("--bench", None),
            ("--bench --save-baseline main", save("main")),
            ("--save-baseline=main --bench", save("main")),
            ("-s main case --bench", save("main")),
            ("-smain --bench", save("main")),
            ("--baseline main --bench", compare("main", true)),
            ("-b=main --bench", compare("main", true)),
            ("--baseline-lenient main", compare("main", false)),
            ("--discard-baseline", Some(Baseline::Discard)),
            ("-- --baseline main", None),
        ] {
            assert_eq!(request(arguments).baseline, baseline, "{arguments}");
        }
        let loads = request("--load-baseline new --baseline=old --bench");
        assert_eq!(loads.load.as_deref(), Some("new"));
        assert_eq!(loads.baseline, compare("old", true));
    }

    #[test]
    fn the_filter_is_what_no_option_takes() {
        let (one, two) = (
            CaseId::new("group", "one", "x"),
            CaseId::new("group", "two", "x"),
        );
        for arguments in [
            "--bench one",
            "one --bench",
            "--bench --sample-size 20 one",
            "--bench gr.*one",
            "--exact group/one/x --bench",
            "--bench --save-baseline two one",
        ] {
            let request = request(arguments);
            assert!(
                request.selects(&one) && !request.selects(&two),
                "{arguments}"
            );
        }
        assert!(request("--bench --noplot").selects(&two));
        assert!(request("--bench -- one").selects(&one));
        assert!(!request("--bench --ignored one").selects(&one));
        assert!(!request("--bench --exact one").selects(&one));
        assert!(Request::parse(["(".to_owned()]).is_err());
    }
}
