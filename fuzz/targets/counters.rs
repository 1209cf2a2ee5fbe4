//! Every counter against the oracle.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

#[path = "../bodies/counters.rs"]
mod counters;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| counters::check(data, FOLDER.path()));
