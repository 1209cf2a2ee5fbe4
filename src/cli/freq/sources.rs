//! The documents to count: files, folders, lists of paths, standard input.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens_suite::feed::file;
use walkdir::WalkDir;

use super::super::Usage;
use super::report::Failure;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What to read.
#[derive(clap::Args)]
pub(super) struct Sources {
    /// Also read the files and folders listed in a file, one path per line; - for standard input
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// Paths in that list end with a zero byte, as in the output of find -print0
    #[arg(short = '0', long = "null", requires = "files_from")]
    ends_in_zero: bool,
    /// Extension of files in folders, instead of xml, rss, atom and rdf; may be repeated
    #[arg(long = "extension", value_name = "EXT")]
    extensions: Vec<String>,
    /// Feed files, and folders of them; - for a feed from standard input
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// What was found.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) paths: Vec<PathBuf>,
    /// Folders that could not be searched, or that have no feed.
    pub(super) failures: Vec<Failure>,
}

impl Sources {
    /// The documents at and below all paths, sorted by name within each folder. The counter reports
    /// what cannot be opened.
    pub(super) fn documents(&self) -> anyhow::Result<Documents> {
        let listed = self.listed()?;
        let is_input = |path: &&PathBuf| is_standard_input(path);
        let inputs = self.paths.iter().chain(&listed).filter(is_input).count();
        let list_is_input = self.files_from.as_deref().is_some_and(is_standard_input);
        if inputs + usize::from(list_is_input) > 1 {
            let reason = "standard input can be read once: name - once";
            return Err(Usage(reason.to_owned()).into());
        }
        let mut documents = Documents::default();
        for path in self.paths.iter().chain(&listed) {
            match !is_standard_input(path) && path.is_dir() {
                true => self.search(path, &mut documents),
                false => documents.paths.push(path.clone()),
            }
        }
        Ok(documents)
    }

    /// The paths of the list.
    fn listed(&self) -> anyhow::Result<Vec<PathBuf>> {
        let Some(list) = &self.files_from else {
            return Ok(Vec::new());
        };
        let mut bytes = Vec::new();
        let read = match is_standard_input(list) {
            true => io::stdin().lock().read_to_end(&mut bytes).map(drop),
            false => fs::read(list).map(|read| bytes = read),
        };
        read.with_context(|| format!("cannot read the list {}", list.display()))?;
        let end = if self.ends_in_zero { 0 } else { b'\n' };
        let paths = bytes
            .split(|&byte| byte == end)
            .filter(|path| !path.is_empty());
        paths.map(path).collect()
    }

    fn search(&self, folder: &Path, documents: &mut Documents) {
        let before = documents.paths.len();
        let (mut skipped, mut has_failed) = (BTreeMap::new(), false);
        for entry in WalkDir::new(folder).sort_by_file_name() {
            match entry {
                Ok(entry) if self.is_feed(&entry) => documents.paths.push(entry.into_path()),
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => *skipped.entry(ending(entry.path())).or_insert(0) += 1,
                Err(error) => {
                    has_failed = true;
                    let below = error.path().unwrap_or(folder).to_owned();
                    documents.failures.push(Failure::new(&below, error));
                }
            }
        }
        if documents.paths.len() == before && !has_failed {
            let reason = nothing_in(&skipped);
            documents
                .failures
                .push(Failure::new(folder, anyhow::Error::msg(reason)));
        }
    }

    /// Decided by extension, optionally followed by .gz. A dangling link is left for the counter to
    /// report; folders, pipes and devices are skipped.
    fn is_feed(&self, entry: &walkdir::DirEntry) -> bool {
        let is_named = match self.extensions.as_slice() {
            [] => file::is_named_feed(entry.path(), &file::EXTENSIONS),
            extensions => file::is_named_feed(entry.path(), extensions),
        };
        is_named && fs::metadata(entry.path()).map_or(true, |target| target.is_file())
    }
}

/// Whether the path stands for standard input.
pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}

fn ending(path: &Path) -> String {
    match path.extension() {
        Some(extension) => format!(".{}", extension.to_string_lossy()),
        None => "without an extension".to_owned(),
    }
}

/// Why there is no feed in a folder.
fn nothing_in(skipped: &BTreeMap<String, u64>) -> String {
    if skipped.is_empty() {
        return "no file is in it".to_owned();
    }
    let kinds: Vec<_> = skipped
        .iter()
        .map(|(ending, count)| format!("{count} {ending}"))
        .collect();
    format!(
        "no feed is in it, only {}: choose with --extension",
        kinds.join(", ")
    )
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    // Lines may end in a carriage return, too.
    let line = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let text = std::str::from_utf8(line).context("a path of the list is not UTF-8")?;
    Ok(OsStr::new(text).into())
}
