//! The two sides of the gate as folders: the results of a run, and the baseline made from one.
//!
//! Both hold heap.csv and instructions.csv; results say what they hold for in machine.json, a
//! baseline in key.json. A baseline also keeps where its cases allocate, in sites.csv.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::gate::{Key, Side};
use super::sites::{self, Site};
use crate::measurement::Lens;
use crate::store::folder::{Staged, Writer};
use crate::store::{self, Error, RowFile, Sheet};

/// Reads the results of a run.
///
/// # Errors
///
/// What [`store::read_rows`] and [`store::read_sheet`] say, and [`Error::Malformed`] where a lens
/// that the gate judges could not measure; each names the file.
pub fn read_results(folder: &Path) -> Result<Side, Error> {
    let sheet = store::read_sheet(folder)?;
    let mut failures = Vec::new();
    for lens in [Lens::Heap, Lens::Instructions] {
        let Some(run) = sheet.lenses.get(&lens) else {
            continue;
        };
        if let Some(reason) = &run.unavailable {
            // What stands in its file is of an older run.
            return Err(Error::Malformed {
                path: folder.join("machine.json"),
                line: 1,
                reason: format!("the lens {lens} could not measure: {reason}"),
            });
        }
        failures.extend(run.failures.iter().cloned());
    }
    let side = read(folder, key(&sheet))?;
    Ok(Side { failures, ..side })
}

/// Reads a baseline.
///
/// # Errors
///
/// As [`read_results`], for key.json in the place of machine.json.
pub fn read_baseline(folder: &Path) -> Result<Side, Error> {
    let path = folder.join("key.json");
    let json = fs::read(&path).map_err(|source| Error::Access {
        path: path.clone(),
        source,
    })?;
    let key = serde_json::from_slice(&json).map_err(|error| Error::Malformed {
        path,
        line: error.line() as u64,
        reason: error.to_string(),
    })?;
    read(folder, key)
}

/// Writes `results` as the baseline in `folder`, with the `sites` where they allocate.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`]. Until all is on the disk, the old baseline stands whole.
pub fn write_baseline(folder: &Path, results: &Side, sites: &[Site]) -> Result<(), Error> {
    let key = folder.join("key.json");
    let access = |source| Error::Access {
        path: key.clone(),
        source,
    };
    let mut json = serde_json::to_vec_pretty(&results.key).map_err(|error| access(error.into()))?;
    json.push(b'\n');
    let sites = sites::encode(sites).map_err(|error| access(error.into()))?;
    let writer = Writer::lock(folder)?;
    let stage = |lens, rows| writer.stage(RowFile::from(lens).name(), &store::encode_rows(rows)?);
    let rows = [
        stage(Lens::Heap, &results.heap)?,
        stage(Lens::Instructions, &results.instructions)?,
        writer.stage(sites::FILE, &sites)?,
    ];
    let new_key = writer.stage("key.json", &json)?;
    // First away with the key: a baseline that was left half-way has none, and is refused.
    match fs::remove_file(&key) {
        Err(source) if source.kind() != ErrorKind::NotFound => return Err(access(source)),
        _ => {}
    }
    rows.into_iter().try_for_each(Staged::commit)?;
    new_key.commit()
}

fn read(folder: &Path, key: Key) -> Result<Side, Error> {
    let rows = |lens| match store::read_rows(folder, lens) {
        // Nothing would be judged by it.
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
        failures: Vec::new(),
    })
}

fn key(sheet: &Sheet) -> Key {
    Key {
        rustc: sheet.rustc.clone(),
        target: sheet.target.clone(),
        profile: sheet.profile.clone(),
        cpu_features: sheet.cpu_features.clone(),
        libc: sheet.libc.clone(),
        threads: sheet.cores.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Measurement;

    fn side() -> Side {
        let row = |lens, metric: &str| Measurement::new("a/b", lens, metric, 2.0, "", true);
        Side {
            key: Key::default(),
            heap: vec![row(Lens::Heap, "allocations")],
            instructions: vec![row(Lens::Instructions, "instructions")],
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        write_baseline(folder.path(), &side(), &[]).unwrap();
        assert_eq!(read_baseline(folder.path()).unwrap(), side());
    }

    #[test]
    fn a_missing_or_cut_file_is_an_error_that_names_it() {
        for name in ["key.json", "heap.csv", "instructions.csv"] {
            let folder = tempfile::tempdir().unwrap();
            write_baseline(folder.path(), &side(), &[]).unwrap();
            let path = folder.path().join(name);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..whole.len() - 3]).unwrap();
            let message = read_baseline(folder.path()).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
            fs::remove_file(&path).unwrap();
            let message = read_baseline(folder.path()).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }
}
