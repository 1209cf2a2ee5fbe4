//! The cases that a process counts, as a mapped file of sorted hashes.

use std::fs;
use std::io;
use std::path::Path;

use crate::CaseId;

const FILE: &str = "selected";

/// The hashes of the selected cases.
#[derive(Debug, Default)]
pub(super) struct Selection(&'static [u8]);

/// Writes the selection for a process.
pub(super) fn write(folder: &Path, cases: &[CaseId]) -> io::Result<()> {
    let mut hashes: Vec<u64> = cases.iter().map(hash).collect();
    hashes.sort_unstable();
    let bytes: Vec<u8> = hashes.into_iter().flat_map(u64::to_le_bytes).collect();
    fs::write(folder.join(FILE), bytes)
}

impl Selection {
    /// Maps what [`write`] wrote; if that fails, nothing is selected.
    pub(super) fn map(folder: &Path) -> Self {
        Self(system::map(&folder.join(FILE)).unwrap_or_default())
    }

    /// Whether the case was selected. Does not allocate.
    pub(super) fn holds(&self, case: &CaseId) -> bool {
        let (hashes, _) = self.0.as_chunks();
        let wanted = hash(case);
        let found = hashes.binary_search_by_key(&wanted, |bytes| u64::from_le_bytes(*bytes));
        found.is_ok()
    }
}

/// FNV-1a over the name's parts, each ended by a byte that UTF-8 never contains. Equal in every
/// process.
fn hash(case: &CaseId) -> u64 {
    let parts = [&case.group, &case.subject, &case.input].map(|part| part.as_bytes());
    let ordinal = case.ordinal.to_le_bytes();
    let bytes =
        (parts.into_iter().chain([&ordinal[..]])).flat_map(|part| part.iter().chain(&[0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::os::fd::AsRawFd as _;
    use std::path::Path;
    use std::{ptr, slice};

    /// The file's bytes, for as long as the process lives.
    pub(super) fn map(path: &Path) -> Option<&'static [u8]> {
        let file = File::open(path).ok()?;
        let length = usize::try_from(file.metadata().ok()?.len()).ok()?;
        if length == 0 {
            return None;
        }
        let (read, private) = (libc::PROT_READ, libc::MAP_PRIVATE);
        // SAFETY: a new mapping, at an address that the kernel chooses, of a file that is no longer
        // written.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), length, read, private, file.as_raw_fd(), 0) };
        // SAFETY: the mapping is as long as the file, readable, and never unmapped.
        (start != libc::MAP_FAILED).then(|| unsafe { slice::from_raw_parts(start.cast(), length) })
    }
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    pub(super) fn map(path: &Path) -> Option<&'static [u8]> {
        let bytes = std::fs::read(path).ok()?;
        Some(bytes.leak())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_selected_is_held_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let case = |subject: &str, input: &str| CaseId::new("group", subject, input);
        let cases: Vec<_> = (0..100).map(|n| case("it", &n.to_string())).collect();
        write(folder.path(), &cases).unwrap();
        let selection = Selection::map(folder.path());
        assert!(cases.iter().all(|case| selection.holds(case)));
        assert!(!selection.holds(&case("it", "100")));
        assert!(!selection.holds(&case("it1", "")));
        let second = CaseId {
            ordinal: 1,
            ..cases[7].clone()
        };
        assert!(!selection.holds(&second));
        write(folder.path(), &[]).unwrap();
        assert!(!Selection::map(folder.path()).holds(&cases[0]));
    }
}
