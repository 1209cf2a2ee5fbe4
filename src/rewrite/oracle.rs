//! The plain obvious way, for everything else to be compared with.
//!
//! Idea: at each position, is the needle here? Time O(n·m), space O(n). Never measured.

use super::Substitution;

/// The rewritten `haystack` and the number of replacements.
///
/// ```
/// use benchlens_suite::rewrite::{Substitution, oracle};
/// let substitution = Substitution::new(b"aa", b"b")?;
/// assert_eq!(oracle::rewrite(b"aaa", substitution), (b"ba".to_vec(), 1));
/// # Ok::<(), benchlens_suite::rewrite::Error>(())
/// ```
pub fn rewrite(haystack: &[u8], substitution: Substitution<'_>) -> (Vec<u8>, u64) {
    let mut output = Vec::new();
    let mut count = 0;
    let mut rest = haystack;
    while let Some((&first, after)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(substitution.needle()) {
            output.extend_from_slice(substitution.replacement());
            count += 1;
            rest = behind;
        } else {
            output.push(first);
            rest = after;
        }
    }
    (output, count)
}
