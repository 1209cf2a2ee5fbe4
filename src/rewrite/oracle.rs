//! The oracle: the obvious algorithm, for comparison with all others.
//!
//! Idea: compare the needle at each position.
//! Time: O(n·m).
//! Space: O(n). Never measured.

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

/// The rewritten `haystack` and the number of replacements, for many needles: at each position, the
/// first pair of the list whose needle matches.
///
/// # Panics
///
/// If a needle is empty.
///
/// ```
/// use benchlens_suite::rewrite::oracle;
/// let pairs: [(&[u8], &[u8]); 2] = [(b"ab", b"1"), (b"b", b"2")];
/// assert_eq!(oracle::rewrite_many(b"abb", &pairs), (b"12".to_vec(), 2));
/// ```
pub fn rewrite_many(haystack: &[u8], pairs: &[(&[u8], &[u8])]) -> (Vec<u8>, u64) {
    let mut output = Vec::new();
    let mut count = 0;
    let mut rest = haystack;
    while let Some((&first, after)) = rest.split_first() {
        // Comparing the first byte saves nearly all calls of `memcmp`.
        let matches = |it: &[u8]| it[0] == first && rest.starts_with(it);
        if let Some((needle, replacement)) = pairs.iter().find(|(it, _)| matches(it)) {
            output.extend_from_slice(replacement);
            count += 1;
            rest = &rest[needle.len()..];
        } else {
            output.push(first);
            rest = after;
        }
    }
    (output, count)
}
