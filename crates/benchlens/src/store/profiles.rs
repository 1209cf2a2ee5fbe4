//! The path of a case's profile: below the run that took it, so that a figure and its profile belong
//! to the same run.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::provenance::distinct;
use crate::{CaseId, Figure, Lens};

/// The folders of profiles among the results. Samples belong to the executable that takes times.
const FOLDERS: [(Lens, &str, &str); 3] = [
    (Lens::Heap, "dhat", "json"),
    (Lens::Instructions, "callgrind", "out"),
    (Lens::Time, "samples", "json"),
];

/// The path of a case's profile from dhat or callgrind, or of its samples, among the results in `folder`, for
/// the run that the case's rows name.
///
/// ```
/// use std::path::Path;
/// use benchlens::{CaseId, Lens, store};
///
/// let case = CaseId::new("parse", "mine", "citm");
/// let path = store::profile(Path::new("results"), Lens::Heap, "a1-2-3", &case).unwrap();
/// assert!(path.starts_with("results/dhat/a1-2-3"));
/// assert_ne!(
///     store::profile(Path::new(""), Lens::Heap, "r", &CaseId::new("a", "x_y", "")),
///     store::profile(Path::new(""), Lens::Heap, "r", &CaseId::new("a_x", "y", "")),
/// );
/// ```
pub fn profile(folder: &Path, lens: Lens, run: &str, case: &CaseId) -> Option<PathBuf> {
    let (_, tool, extension) = FOLDERS.into_iter().find(|(of, _, _)| *of == lens)?;
    let name = format!("{}.{extension}", file_name(case));
    Some(folder.join(tool).join(run).join(name))
}

/// A recognisable name, and a hash that makes it unique.
pub(super) fn file_name(case: &CaseId) -> String {
    const LONGEST: usize = 80;
    let mut hasher = DefaultHasher::new();
    case.hash(&mut hasher);
    let readable: String = (case.to_string().chars())
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.') => letter,
            _ => '-',
        })
        .take(LONGEST)
        .collect();
    format!("{readable}-{:08x}", hasher.finish() as u32)
}

/// Removes the profiles of runs that none of `rows` names. A leftover is harmless, since nothing reads
/// it.
pub(super) fn remove_unnamed(folder: &Path, lens: Lens, rows: &[Figure]) {
    let named = distinct(rows, |row| &row.run);
    for (_, tool, _) in FOLDERS.into_iter().filter(|(of, _, _)| *of == lens) {
        for entry in fs::read_dir(folder.join(tool))
            .into_iter()
            .flatten()
            .flatten()
        {
            if (named.iter()).any(|run| entry.file_name() == **run) {
                continue;
            }
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
                _ => fs::remove_file(entry.path()),
            };
        }
    }
}
