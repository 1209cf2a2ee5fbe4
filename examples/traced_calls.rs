//! Calls every case that works on one thread, between a line that names it and one that ends it.
//!
//! `scripts/check-heap-counts` runs it under valgrind, which writes a line for each call of the
//! allocator between them. The argument is the folder of the benches' inputs.

#![allow(clippy::print_stderr, reason = "valgrind writes there too")]

use std::path::Path;

use anyhow::{Context, Result};
use benchlens_suite::case::{self, Error};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("no folder")?;
    for case in case::suite(Path::new(&folder))? {
        if case.threaded || case.time_only {
            continue;
        }
        let mut prepared = match (case.prepare)(1) {
            Err(Error::Unsupported(_)) => continue,
            other => other?,
        };
        (prepared.reset)();
        (prepared.run)();
        (prepared.reset)();
        // Standard error has no buffer, so nothing is allocated for it and the order is kept.
        eprintln!("begin {}", case.name());
        (prepared.run)();
        eprintln!("end");
    }
    Ok(())
}
