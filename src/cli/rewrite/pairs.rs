//! Needles and replacements, as given on the command line.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::super::Usage;
use super::escapes;

/// `--find` and `--replace`, from the command line or from files, any number of times.
#[derive(Debug)]
pub(super) struct Pairs {
    needles: Vec<Given>,
    replacements: Vec<Given>,
    has_escapes: bool,
}

/// Bytes, or the file that contains them.
#[derive(Debug)]
enum Given {
    Literal(OsString),
    File(PathBuf),
}

impl Pairs {
    /// The bytes of every pair, in the order of the command line: the first needle goes with the
    /// first replacement.
    pub(super) fn read(&self) -> anyhow::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let (needles, replacements) = (self.needles.len(), self.replacements.len());
        if needles != replacements {
            return Err(Usage(format!(
                "{needles} to find and {replacements} to put in their place: each --find (or \
                 --find-file) needs its --replace (or --replace-file)"
            ))
            .into());
        }
        let pairs = self.needles.iter().zip(&self.replacements);
        pairs
            .map(|(needle, replacement)| {
                let needle = self.bytes(needle, "--find")?;
                if needle.is_empty() {
                    let reason = "--find is empty: name at least one byte to look for";
                    return Err(Usage(reason.to_owned()).into());
                }
                Ok((needle, self.bytes(replacement, "--replace")?))
            })
            .collect()
    }

    fn bytes(&self, given: &Given, argument: &str) -> anyhow::Result<Vec<u8>> {
        match given {
            Given::Literal(bytes) if self.has_escapes => escapes::decode(bytes.as_encoded_bytes())
                .map_err(|reason| Usage(format!("{argument}: {reason}")).into()),
            Given::Literal(bytes) => Ok(bytes.as_encoded_bytes().to_vec()),
            Given::File(file) => fs::read(file)
                .with_context(|| format!("cannot read {argument}-file {}", file.display())),
        }
    }
}

const FIND: &str = "find";
const FIND_FILE: &str = "find-file";
const REPLACE: &str = "replace";
const REPLACE_FILE: &str = "replace-file";
const ESCAPES: &str = "escapes";

/// Implemented by hand, because needles and replacements of both kinds are paired by their order.
impl Args for Pairs {
    fn augment_args(command: Command) -> Command {
        let bytes = |name| {
            Arg::new(name)
                .long(name)
                .value_name("BYTES")
                .value_parser(value_parser!(OsString))
                .allow_hyphen_values(true)
                .action(ArgAction::Append)
        };
        let file = |name| {
            Arg::new(name)
                .long(name)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
        };
        let either = |name, one, other| {
            ArgGroup::new(name)
                .args([one, other])
                .required(true)
                .multiple(true)
        };
        command
            .arg(
                bytes(FIND).help(
                    "The bytes to look for; not empty. May be repeated, each with its --replace",
                ),
            )
            .arg(bytes(REPLACE).help("The bytes to put in their place; may be empty"))
            .arg(file(FIND_FILE).help("A file that holds the bytes to look for, to its last byte"))
            .arg(
                file(REPLACE_FILE)
                    .help("A file that holds the bytes to put in their place, to its last byte"),
            )
            .arg(
                Arg::new(ESCAPES)
                    .long(ESCAPES)
                    .action(ArgAction::SetTrue)
                    .help(r"Read \n, \r, \t, \0, \\, \xff and \u{20ac} in --find and --replace"),
            )
            .group(either("needles", FIND, FIND_FILE))
            .group(either("replacements", REPLACE, REPLACE_FILE))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Pairs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            needles: in_order(matches, FIND, FIND_FILE),
            replacements: in_order(matches, REPLACE, REPLACE_FILE),
            has_escapes: matches.get_flag(ESCAPES),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of both arguments, in the order of the command line.
fn in_order(matches: &ArgMatches, here: &str, file: &str) -> Vec<Given> {
    let places = |name| matches.indices_of(name).into_iter().flatten();
    let bytes = matches
        .get_many(here)
        .into_iter()
        .flatten()
        .cloned()
        .map(Given::Literal);
    let files = matches
        .get_many(file)
        .into_iter()
        .flatten()
        .cloned()
        .map(Given::File);
    let mut given: Vec<_> = places(here)
        .zip(bytes)
        .chain(places(file).zip(files))
        .collect();
    given.sort_by_key(|&(place, _)| place);
    given.into_iter().map(|(_, given)| given).collect()
}
