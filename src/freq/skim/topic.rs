//! Searches the text of a field for the topic.
//!
//! **Idea**: compares two rare bytes of the topic at 64 positions at once, inlined, and the whole
//! topic only where both match. Fields are short, so the start-up cost of a search matters most:
//! `memmem`'s own finder took as long as reading the tags.

use memchr::memmem::Finder;

use super::document::Document;
use super::given_up::Walked;
use super::lanes::{LONG, Lanes, WIDE};

/// A prepared topic.
pub(super) struct Topic<'t> {
    pub(super) finder: Finder<'t>,
    /// Two of its bytes that are rare in text, with their offsets.
    rare: [(usize, u8); 2],
    /// Its first bytes, and a bit for each of them.
    bytes: [u8; WIDE],
    mask: u32,
}

impl<'t> Topic<'t> {
    /// A topic that line-end normalisation and references cannot affect: not empty, on one line.
    pub(super) fn new(topic: &'t str) -> Option<Self> {
        let bytes = topic.as_bytes();
        let &first = bytes.first()?;
        if bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return None;
        }
        let near = &bytes[..bytes.len().min(WIDE)];
        let rare = match memchr::arch::all::packedpair::Pair::new(near) {
            Some(pair) => [pair.index1(), pair.index2()].map(|index| {
                let index = usize::from(index);
                (index, near[index])
            }),
            None => [(0, first); 2],
        };
        let mut first_bytes = [0; WIDE];
        first_bytes[..near.len()].copy_from_slice(near);
        Some(Self {
            finder: Finder::new(topic),
            rare,
            bytes: first_bytes,
            mask: u32::MAX >> (WIDE - near.len()),
        })
    }

    /// Whether it occurs in `bytes[start..end]`, in a document with padding.
    #[inline(always)]
    pub(super) fn is_in<L: Lanes>(
        &self,
        lanes: L,
        document: Document<'_>,
        start: usize,
        end: usize,
    ) -> Walked<bool> {
        let length = self.finder.needle().len();
        let [(one, first), (two, second)] = self.rare;
        let mut at = start;
        while at + length <= end {
            let found = lanes.equal(document.long(at + one)?, first)
                & lanes.equal(document.long(at + two)?, second);
            if found != 0 {
                // Positions where the topic would extend past the end do not count.
                let positions = end - length + 1 - at;
                let mut candidates = found & (u64::MAX >> LONG.saturating_sub(positions));
                if candidates != 0 && length > WIDE {
                    return Ok(self.finder.find(document.part(at, end)).is_some());
                }
                while candidates != 0 {
                    let place = at + candidates.trailing_zeros() as usize;
                    if lanes.agree_short(document.wide(place)?, &self.bytes, self.mask) {
                        return Ok(true);
                    }
                    candidates &= candidates - 1;
                }
            }
            at += LONG;
        }
        Ok(false)
    }
}
