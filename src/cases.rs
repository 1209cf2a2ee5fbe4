//! Declares the suite's algorithms as cases of the harness: every subject on every input, with its
//! oracle.

use std::io;
use std::path::PathBuf;

use benchlens::{AllocationBound, Suite};

use crate::allocations::Allocations;

use counting::Feeds;

pub mod counting;
pub mod inlining;
pub mod many_needles;
pub mod rewriting;

/// The input files could not be created.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the input {}", path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

/// Declares every case, in the order of the table.
pub fn declare(suite: &mut Suite, feeds: &Feeds) {
    rewriting::declare(suite);
    many_needles::declare(suite);
    counting::declare(suite, feeds);
    inlining::declare(suite);
}

impl From<Allocations> for AllocationBound {
    fn from(allocations: Allocations) -> Self {
        match allocations {
            Allocations::None => Self::None,
            Allocations::Constant(count) => Self::Constant(count),
            Allocations::Linear => Self::Linear,
        }
    }
}
