//! The timelines of cases, each a file of compressed JSON with the results.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::Error;
use super::folder::Writer;
use super::profiles::file_name;
use crate::CaseId;
use crate::report::timeline::Timeline;

const FOLDER: &str = "timelines";
const EXTENSION: &str = "json.gz";
/// The maximum number of bytes that are decompressed; a timeline of a million regions takes a tenth
/// of this.
const LONGEST: u64 = 1 << 30;

/// The path of a case's timeline among the results in `folder`.
pub fn timeline(folder: &Path, case: &CaseId) -> PathBuf {
    let name = format!("{}.{EXTENSION}", file_name(case));
    folder.join(FOLDER).join(name)
}

/// Stores a timeline with the results in `folder`, replacing an earlier one of the case.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`].
pub fn keep_timeline(folder: &Path, taken: &Timeline) -> Result<PathBuf, Error> {
    let path = timeline(folder, &taken.case);
    let failed = |source| Error::Access {
        path: path.clone(),
        source,
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut encoder, taken).map_err(|error| failed(error.into()))?;
    let bytes = encoder.finish().map_err(failed)?;
    let below = folder.join(FOLDER);
    let name = format!("{}.{EXTENSION}", file_name(&taken.case));
    Writer::lock(&below)?.replace(&name, &bytes)?;
    Ok(path)
}

/// The timelines among some results.
#[derive(Clone, Debug, Default)]
pub struct Timelines {
    /// The timelines that could be read, sorted by case.
    pub read: Vec<Timeline>,
    /// Why others could not be read, for instance because they have another version's format.
    pub broken: Vec<String>,
}

/// All timelines among the results in `folder`.
pub fn read_timelines(folder: &Path) -> Timelines {
    let mut all = Timelines::default();
    let entries = fs::read_dir(folder.join(FOLDER)).into_iter();
    for entry in entries.flatten().flatten() {
        if !entry.file_name().to_string_lossy().ends_with(EXTENSION) {
            continue;
        }
        match read(&entry.path()) {
            Ok(taken) => all.read.push(taken),
            Err(error) => all
                .broken
                .push(format!("{}: {error}", entry.path().display())),
        }
    }
    all.read.sort_by_key(|taken| taken.case.to_string());
    all.broken.sort_unstable();
    all
}

fn read(path: &Path) -> io::Result<Timeline> {
    let json = GzDecoder::new(fs::File::open(path)?).take(LONGEST);
    Ok(serde_json::from_reader(io::BufReader::new(json))?)
}
