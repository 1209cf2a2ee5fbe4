//! Calls every case of the heap lens, between a line with its name and an end line.
//!
//! `scripts/check-heap-counts` runs it under valgrind, which writes a line for each call to the
//! allocator in between. The argument is the folder of the benches' inputs.

#![allow(clippy::print_stderr, reason = "valgrind writes there too")]

use std::path::Path;

use anyhow::{Context, Result};
use benchlens::{Lens, Suite};
use benchlens_suite::cases::{self, counting::Feeds};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("no folder")?;
    let mut suite = Suite::default();
    cases::declare(&mut suite, &Feeds::in_folder(Path::new(&folder))?);
    suite.each(Lens::Heap, |case, routine| {
        routine.set_up();
        routine.call();
        routine.set_up();
        // Standard error is unbuffered, so it does not allocate and the order is kept.
        eprintln!("begin {}", case.id);
        routine.call();
        eprintln!("end");
    });
    Ok(())
}
