//! The page of a run with arbitrary texts.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

#[path = "../bodies/page.rs"]
mod page;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| page::check(data, FOLDER.path()));
