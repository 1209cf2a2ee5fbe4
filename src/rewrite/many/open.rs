//! Which needles can match at all, and which positions cannot be decided without more bytes.

use super::{Many, Pair};

/// Removes every pair with an earlier needle as a prefix: the earlier one always wins.
pub(super) fn retain_reachable(pairs: &mut Vec<Pair>) {
    let needles: Vec<&[u8]> = pairs.iter().map(|pair| &*pair.needle).collect();
    let sorted = sorted(&needles);
    let mut is_reachable = vec![true; needles.len()];
    // In sorted order, a needle comes after its prefixes. The stack holds the current prefixes,
    // each with the lowest list index from the bottom up to it.
    let mut beginnings: Vec<(u32, u32)> = Vec::new();
    for index in sorted {
        let needle = needles[index as usize];
        while let Some(&(below, _)) = beginnings.last()
            && !needle.starts_with(needles[below as usize])
        {
            beginnings.pop();
        }
        let first = beginnings.last().map_or(u32::MAX, |&(_, first)| first);
        is_reachable[index as usize] = index < first;
        beginnings.push((index, first.min(index)));
    }
    let mut kept = is_reachable.iter();
    pairs.retain(|_| *kept.next().unwrap_or(&true));
}

/// The indices of the needles, sorted by bytes; equal needles in list order.
pub(super) fn sorted(needles: &[&[u8]]) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..needles.len() as u32).collect();
    sorted.sort_by_key(|&index| (needles[index as usize], index));
    sorted
}

impl Many {
    /// The first undecided position from `at` on, where the rest of the text is a proper prefix of
    /// a needle; the end of the text if there is none.
    ///
    /// Time: usually O(l log k) for `k` needles of `l` bytes.
    pub(super) fn first_undecided(&self, text: &[u8], at: usize) -> usize {
        let tail = (text.len() + 1).saturating_sub(self.longest).max(at);
        (tail..text.len())
            .find(|&position| self.is_beginning(&text[position..]))
            .unwrap_or(text.len())
    }

    /// Whether `text` is a proper prefix of a needle.
    fn is_beginning(&self, text: &[u8]) -> bool {
        if !self.lookup.may_begin_with(text[0]) {
            return false;
        }
        let needle = |index: &u32| &*self.pairs[*index as usize].needle;
        let next = self.sorted.partition_point(|index| needle(index) <= text);
        let mut next = self.sorted[next..].iter();
        next.next()
            .is_some_and(|index| needle(index).starts_with(text))
    }
}
