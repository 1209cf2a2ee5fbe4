//! The inlining pairs as cases: each with the two inputs `called` and `inlined`.

use super::Case;

/// Every pair, `called` before `inlined`.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
