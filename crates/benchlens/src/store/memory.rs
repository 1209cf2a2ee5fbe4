//! Recordings of memory over time. `memory/recordings.json` lists them; the samples of each are in a file of
//! their own, as the process wrote them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use super::folder::{Writer, json, read, read_json};
use super::profiles::file_name;
use crate::memory::{About, GROUP, Recording};

const FOLDER: &str = "memory";
const FILE: &str = "recordings.json";

/// A recording, and the file of its samples.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    about: About,
    samples: String,
}

/// Stores a recording with the results in `folder`; `text` is its samples. It replaces an older recording of the
/// same case, allocator and settings.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Locked`]; [`Error::Malformed`] where the older ones cannot be read.
pub fn keep_memory(folder: &Path, about: &About, text: &str) -> Result<(), Error> {
    let writer = Writer::lock(&folder.join(FOLDER))?;
    let mut all = kept(folder)?;
    let samples = format!("{}.csv", name(about));
    writer.replace(&samples, text.as_bytes())?;
    let new = Kept {
        about: about.clone(),
        samples,
    };
    match all.iter_mut().find(|old| is_same(&old.about, about)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
    writer.replace(FILE, &json(&list(folder), &all)?)
}

/// The recordings among the results in `folder`, in the order in which they were first made.
///
/// # Errors
///
/// [`Error::Missing`] if samples are missing, [`Error::Access`] and [`Error::Malformed`].
pub fn read_memory(folder: &Path) -> Result<Vec<Recording>, Error> {
    let recording = |kept: Kept| {
        let path = folder.join(FOLDER).join(&kept.samples);
        let malformed = |line| Error::Malformed {
            path: path.clone(),
            line,
            reason: "not a sample".to_owned(),
        };
        // The name comes from a file, so it must not lead to another folder.
        if Path::new(&kept.samples).file_name() != Some(kept.samples.as_ref()) {
            return Err(malformed(0));
        }
        Recording::parse(kept.about, &read(&path)?).map_err(malformed)
    };
    kept(folder)?.into_iter().map(recording).collect()
}

fn list(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join(FILE)
}

fn kept(folder: &Path) -> Result<Vec<Kept>, Error> {
    let path = list(folder);
    match read(&path) {
        Err(Error::Missing { .. }) => Ok(Vec::new()),
        text => read_json(&path, &text?),
    }
}

fn is_same(left: &About, right: &About) -> bool {
    (&left.case, &left.allocator, &left.settings)
        == (&right.case, &right.allocator, &right.settings)
}

/// A file name that is unique for a case, an allocator and its settings.
fn name(about: &About) -> String {
    let mut named = about.case.clone();
    // The names of the experiment's cases already contain allocator and settings.
    if named.group != GROUP {
        let settings = about.settings.iter().map(String::as_str);
        let parts = [named.input.as_str(), about.allocator.as_str()];
        let parts: Vec<_> = parts.into_iter().chain(settings).collect();
        named.input = parts.join(" ");
    }
    file_name(&named)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::CaseId;

    const TEXT: &str = "1000,one,0,,4096,10,0\n";

    fn about(subject: &str, settings: &[&str]) -> About {
        About {
            case: CaseId::new("parse", subject, ""),
            settings: settings.iter().map(|&it| it.to_owned()).collect(),
            ..About::default()
        }
    }

    #[test]
    fn one_of_the_same_settings_is_replaced_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(read_memory(folder).unwrap(), []);
        let (plain, purging) = (about("a", &[]), about("a", &["DELAY=0"]));
        keep_memory(folder, &plain, TEXT).unwrap();
        keep_memory(folder, &purging, TEXT).unwrap();
        keep_memory(folder, &plain, &TEXT.repeat(2)).unwrap();
        let all = read_memory(folder).unwrap();
        let found: Vec<_> = all.iter().map(|it| (&it.about, it.samples.len())).collect();
        assert_eq!(found, [(&plain, 2), (&purging, 1)]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        keep_memory(folder, &about("a", &[]), "no sample\nat all\n").unwrap();
        let error = read_memory(folder).unwrap_err();
        assert!(matches!(error, Error::Malformed { line: 1, .. }), "{error}");
        let list = list(folder);
        let text = fs::read_to_string(&list).unwrap();
        fs::write(&list, text.replace("\"samples\": \"", "\"samples\": \"../")).unwrap();
        let error = read_memory(folder).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
        fs::write(&list, "{").unwrap();
        assert!(matches!(read_memory(folder), Err(Error::Malformed { .. })));
    }
}
