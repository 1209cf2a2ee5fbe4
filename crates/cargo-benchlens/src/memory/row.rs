//! The rows of the experiment: each allocator with its defaults, and with settings that make it return memory.

use benchlens::CaseId;
use benchlens::memory::GROUP;

use super::Allocator;

/// One process of the experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) allocator: Allocator,
    /// The name of the settings.
    name: &'static str,
    /// The settings, as environment variables.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// Whether one block in a hundred is kept.
    pub(super) is_pinned: bool,
}

/// An allocator's settings, and a name for them.
struct Settings {
    allocator: Allocator,
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

const fn settings(
    allocator: Allocator,
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
) -> Settings {
    Settings {
        allocator,
        name,
        variables,
    }
}

const SETTINGS: &[Settings] = &[
    settings(Allocator::System, "defaults", &[]),
    // Each block of the experiment is a mapping of its own, so freeing it unmaps it.
    settings(
        Allocator::System,
        "each block mapped",
        &[("MALLOC_MMAP_THRESHOLD_", "16384")],
    ),
    settings(Allocator::Mimalloc, "defaults", &[]),
    settings(
        Allocator::Mimalloc,
        "purge_delay=0",
        &[("MIMALLOC_PURGE_DELAY", "0")],
    ),
    settings(Allocator::Jemalloc, "defaults", &[]),
    settings(
        Allocator::Jemalloc,
        "background_thread",
        &[("_RJEM_MALLOC_CONF", "background_thread:true")],
    ),
    settings(
        Allocator::Jemalloc,
        "dirty_decay_ms=0",
        &[("_RJEM_MALLOC_CONF", "dirty_decay_ms:0")],
    ),
];

/// One block in this many is kept.
pub(super) const PINNED_EVERY: u64 = 100;

/// Prefixes of environment variables that configure an allocator. A row runs only with its own.
const PREFIXES: [&str; 5] = [
    "MALLOC_",
    "MIMALLOC_",
    "_RJEM_",
    "JEMALLOC_",
    "GLIBC_TUNABLES",
];

/// The rows of one allocator, or of all.
pub(super) fn rows(only: Option<Allocator>) -> Vec<Row> {
    let wanted = SETTINGS
        .iter()
        .filter(|it| only.is_none_or(|only| only == it.allocator));
    wanted
        .flat_map(|it| {
            [false, true].map(|is_pinned| Row {
                allocator: it.allocator,
                name: it.name,
                settings: it.variables,
                is_pinned,
            })
        })
        .collect()
}

impl Row {
    /// The settings as they are stored: `NAME=value`.
    pub(super) fn settings(self) -> Vec<String> {
        (self.settings.iter())
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    /// The row's name among the results.
    pub(super) fn case(self) -> CaseId {
        let kept = if self.is_pinned { " + 1 % kept" } else { "" };
        CaseId::new(GROUP, self.allocator.name(), format!("{}{kept}", self.name))
    }
}

/// The variables in this process's environment that configure an allocator, with their values.
pub(super) fn inherited() -> Vec<(String, String)> {
    let all = std::env::vars_os().map(|(name, value)| {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        (text(name), text(value))
    });
    let mut found: Vec<_> = all
        .filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own() {
        let mut names: Vec<_> = rows(None).iter().map(|row| row.case()).collect();
        let all = names.len();
        assert_eq!(all, 2 * SETTINGS.len());
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
        for only in [Allocator::System, Allocator::Mimalloc, Allocator::Jemalloc] {
            let rows = rows(Some(only));
            assert!(rows.len() >= 4 && rows.iter().all(|row| row.allocator == only));
        }
    }
}
