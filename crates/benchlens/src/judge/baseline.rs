//! The folders that the gate compares: the results of a run, and a baseline made from one.
//!
//! Both contain heap.csv and instructions.csv. The record of a run, and key.json in a baseline, say
//! what the figures are valid for. A baseline also stores where its cases allocate, in sites.csv.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::gate::{Key, Side};
use super::sites::{self, Site};
use crate::store::folder::{Staged, Writer};
use crate::store::{self, Error, RECORD, RowFile};
use crate::{Figure, Lens};

/// The file that says what a baseline is valid for.
pub const KEY: &str = "key.json";

/// Reads the results of a run, with its failures and every reason to doubt its rows.
///
/// # Errors
///
/// Those of [`store::read_rows`] and [`store::read_record`], and [`Error::Malformed`] if a lens that
/// the gate judges could not measure. Each error names the file.
pub fn read_results(folder: &Path) -> Result<Side, Error> {
    let record = store::read_record(folder)?;
    let mut failures = Vec::new();
    for lens in [Lens::Heap, Lens::Instructions] {
        let Some(run) = record.lenses.get(&lens) else {
            continue;
        };
        if let Some(reason) = &run.unavailable {
            // Its rows are from an older run.
            return Err(Error::Malformed {
                path: folder.join(RECORD),
                line: 1,
                reason: format!("the lens {lens} could not measure: {reason}"),
            });
        }
        failures.extend(run.failures.iter().cloned());
    }
    failures.sort_by(|left, right| (&left.case, &left.reason).cmp(&(&right.case, &right.reason)));
    failures.dedup();
    let side = read(folder, Key::of(&record))?;
    let doubts = store::doubts(
        &record,
        &[
            (Lens::Heap, &side.heap),
            (Lens::Instructions, &side.instructions),
        ],
    );
    Ok(Side {
        failures,
        doubts,
        ..side
    })
}

/// Reads a baseline.
///
/// # Errors
///
/// Like [`read_results`], with key.json instead of the record.
pub fn read_baseline(folder: &Path) -> Result<Side, Error> {
    read(folder, read_key(folder)?)
}

/// Reads the key of the baseline in `folder`: what it is valid for.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Access`] and [`Error::Malformed`].
pub fn read_key(folder: &Path) -> Result<Key, Error> {
    let path = folder.join(KEY);
    let json = store::folder::read(&path)?;
    serde_json::from_str(&json).map_err(|error| Error::Malformed {
        path,
        line: error.line() as u64,
        reason: error.to_string(),
    })
}

/// Writes `results` as the baseline in `folder`, with the `sites` where they allocate. The caller
/// checks [`Side::require_one_whole_run`] first.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`]. The old baseline stays intact until everything is on
/// disk.
pub fn write_baseline(folder: &Path, results: &Side, sites: &[Site]) -> Result<(), Error> {
    let key = folder.join(KEY);
    let access = |source| Error::Access {
        path: key.clone(),
        source,
    };
    let mut json = serde_json::to_vec_pretty(&results.key).map_err(|error| access(error.into()))?;
    json.push(b'\n');
    let sites = sites::encode(sites).map_err(|error| access(error.into()))?;
    let writer = Writer::lock(folder)?;
    let stage = |lens, rows: &[Figure]| {
        writer.stage(RowFile::from(lens).name(), &store::encode_rows(rows)?)
    };
    let rows = [
        stage(Lens::Heap, &results.heap)?,
        stage(Lens::Instructions, &results.instructions)?,
        writer.stage(sites::FILE, &sites)?,
    ];
    let new_key = writer.stage(KEY, &json)?;
    // The key is removed first, so an incomplete baseline has none and is refused.
    match fs::remove_file(&key) {
        Err(source) if source.kind() != ErrorKind::NotFound => return Err(access(source)),
        _ => {}
    }
    rows.into_iter().try_for_each(Staged::commit)?;
    new_key.commit()
}

fn read(folder: &Path, key: Key) -> Result<Side, Error> {
    let rows = |lens| match store::read_current_rows(folder, lens) {
        // An empty baseline would judge nothing.
        Ok(rows) if rows.is_empty() => Err(Error::Malformed {
            path: folder.join(RowFile::from(lens).name()),
            line: 1,
            reason: "there are no rows after the header".to_owned(),
        }),
        other => other,
    };
    Ok(Side {
        key,
        heap: rows(Lens::Heap)?,
        instructions: rows(Lens::Instructions)?,
        ..Side::default()
    })
}

#[cfg(test)]
mod tests;
