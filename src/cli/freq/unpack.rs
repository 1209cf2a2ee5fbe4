//! Documents that are not plain files: standard input and compressed files.
//!
//! Counters read files, so these documents are first written to a temporary folder: at most one byte
//! beyond the limit, so that a small compressed file cannot fill the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens_suite::feed::Limits;
use benchlens_suite::feed::file::{is_packed, unpacked};
use rayon::prelude::*;
use tempfile::TempDir;

use super::report::Failure;
use super::sources::is_standard_input;

/// Files that can be counted, and their original names.
pub(super) struct Unpacked {
    /// What to read, in the order of the documents.
    pub(super) files: Vec<PathBuf>,
    /// The original name of each.
    pub(super) names: Vec<PathBuf>,
    pub(super) failures: Vec<Failure>,
    _folder: Option<TempDir>,
}

/// Whether the document has to be written to a file first.
pub(super) fn is_needed(path: &Path) -> bool {
    is_standard_input(path) || is_packed(path)
}

/// Writes documents to files if needed, each up to the limit and one byte more.
pub(super) fn unpack(documents: &[PathBuf], limits: Limits) -> anyhow::Result<Unpacked> {
    let folder = match documents.iter().any(|path| is_needed(path)) {
        false => None,
        true => Some(tempfile::tempdir().context("cannot make a temporary folder")?),
    };
    let below = folder.as_ref().map_or(Path::new(""), TempDir::path);
    let one = |(index, path): (usize, &PathBuf)| match is_needed(path) {
        false => Ok(path.clone()),
        true => {
            let file = below.join(index.to_string());
            copy(path, &file, limits).map(|()| file)
        }
    };
    // 0: as many as there are cores.
    let unpacked: Vec<_> = match folder.as_ref().and_then(|_| super::pool(0)) {
        Some(pool) => pool.install(|| documents.par_iter().enumerate().map(one).collect()),
        None => documents.iter().enumerate().map(one).collect(),
    };
    let mut result = Unpacked {
        files: Vec::new(),
        names: Vec::new(),
        failures: Vec::new(),
        _folder: folder,
    };
    for (name, file) in documents.iter().zip(unpacked) {
        match file {
            Ok(file) => {
                result.files.push(file);
                result.names.push(name.clone());
            }
            Err(error) => result.failures.push(Failure::new(name, error)),
        }
    }
    Ok(result)
}

/// Writes a document to a file, up to the limit and one byte more.
pub(in crate::cli) fn copy(path: &Path, file: &Path, limits: Limits) -> anyhow::Result<()> {
    let mut target = File::create(file).context("cannot make a temporary file")?;
    let mut source: Box<dyn Read> = match is_standard_input(path) {
        true => Box::new(
            io::stdin()
                .lock()
                .take(limits.document_bytes.saturating_add(1)),
        ),
        false => {
            let file = File::open(path).context("it cannot be opened")?;
            Box::new(unpacked(file, limits))
        }
    };
    io::copy(&mut source, &mut target).context("it cannot be unpacked")?;
    Ok(())
}
