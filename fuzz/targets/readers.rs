//! Every reader of tool output, on any bytes.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

#[path = "../bodies/readers.rs"]
mod readers;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::check(data, FOLDER.path()));
