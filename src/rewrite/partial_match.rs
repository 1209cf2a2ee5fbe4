//! A match that may have begun: how many bytes of the needle stand at the end of what was read.
//!
//! Nothing has to be kept for it but that number, because the bytes are the needle's own.

/// The length of the longest end of `text` that is a proper beginning of `needle`.
///
/// Time: O(m) as a rule, O(m²) where the needle almost repeats itself.
pub(super) fn longest_at_end(text: &[u8], needle: &[u8]) -> usize {
    let reach = text.len().min(needle.len() - 1);
    let tail = &text[text.len() - reach..];
    memchr::memchr_iter(needle[0], tail)
        .map(|start| &tail[start..])
        .find(|end| needle.starts_with(end))
        .map_or(0, <[u8]>::len)
}

/// The length of the longest proper beginning of `matched` that is also its end.
///
/// Time: O(m²) at worst; no table, so no memory.
#[inline]
pub(super) fn border(matched: &[u8]) -> usize {
    (1..matched.len())
        .rev()
        .find(|&length| matched[..length] == matched[matched.len() - length..])
        .unwrap_or(0)
}
