//! The rewriters, one line each.

use super::Rewriter;

/// Every rewriter of the suite, from the textbook's to the fastest.
pub static REWRITERS: &[Rewriter] = &[];
