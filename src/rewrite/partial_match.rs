//! Partial matches: how many bytes of the needle match at the end of the input so far.
//!
//! The length alone is enough, because the bytes are the needle's.

/// The length of the longest suffix of `text` that is a proper prefix of `needle`.
///
/// Time: usually O(m); O(m²) if the needle almost repeats itself.
pub(super) fn longest_at_end(text: &[u8], needle: &[u8]) -> usize {
    let reach = text.len().min(needle.len() - 1);
    let tail = &text[text.len() - reach..];
    memchr::memchr_iter(needle[0], tail)
        .map(|start| &tail[start..])
        .find(|end| needle.starts_with(end))
        .map_or(0, <[u8]>::len)
}

/// The length of the longest proper prefix of `matched` that is also a suffix.
///
/// Time: O(m²) at worst; no table, so no memory.
#[inline]
pub(super) fn border(matched: &[u8]) -> usize {
    (1..matched.len())
        .rev()
        .find(|&length| matched[..length] == matched[matched.len() - length..])
        .unwrap_or(0)
}
