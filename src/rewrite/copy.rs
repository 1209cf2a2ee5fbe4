//! The control: copies, and replaces nothing.
//!
//! Idea: one copy of the whole slice.
//! Time: O(n) at the speed of memory.
//! Space: none beyond the output. Its cost is the lower bound in every lens. The command does not
//! offer it.

use super::{Error, SliceRewriter, Substitution};

/// See the [module](self).
#[derive(Debug)]
pub struct Copy;

impl SliceRewriter for Copy {
    #[inline]
    fn rewrite(haystack: &[u8], _: Substitution<'_>, output: &mut Vec<u8>) -> Result<u64, Error> {
        output.extend_from_slice(haystack);
        Ok(0)
    }
}
