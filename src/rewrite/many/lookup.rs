//! Finds the first needle of the list that matches at a position.
//!
//! Needles are listed by their first two bytes, and compared by their first eight bytes as one
//! word. Needles of one byte have a separate table.

/// The number of hash bits that select a list.
const BITS: u32 = 10;
const NONE: u32 = u32::MAX;
/// Bytes compared at once.
const WORD: usize = 8;

/// All needles, by their first bytes.
pub(super) struct Lookup {
    /// The start of each hash's list in `entries`; the list ends at the next start.
    lists: Box<[u32; (1 << BITS) + 1]>,
    entries: Vec<Entry>,
    /// For each byte, the needle that consists of it alone.
    single: Option<Box<[u32; 256]>>,
    /// Whether a needle begins with this byte.
    first: [bool; 256],
}

/// A needle of two bytes or more.
struct Entry {
    /// The first eight bytes, padded with zeros.
    word: u64,
    /// Ones where the word has bytes of the needle.
    mask: u64,
    needle: u32,
    length: usize,
    /// The words after the first; the last one ends where the needle ends, and may overlap another.
    rest: Box<[u64]>,
}

/// The result of a lookup, and its cost.
pub(super) struct Answer {
    /// The needle.
    pub(super) needle: Option<u32>,
    /// How many entries and further words were compared.
    pub(super) compared: u32,
}

impl Lookup {
    pub(super) fn new(needles: &[&[u8]]) -> Self {
        let mut first = [false; 256];
        let mut single = None;
        let mut hashed: Vec<(usize, u32)> = Vec::new();
        for (index, needle) in (0_u32..).zip(needles) {
            first[usize::from(needle[0])] = true;
            match needle {
                [byte] => {
                    let table = single.get_or_insert_with(|| Box::new([NONE; 256]));
                    table[usize::from(*byte)] = index;
                }
                _ => hashed.push((hash(word(needle)), index)),
            }
        }
        hashed.sort_unstable();
        let mut lists = Box::new([0; (1 << BITS) + 1]);
        for &(hash, _) in &hashed {
            lists[hash + 1] += 1;
        }
        for index in 1..lists.len() {
            lists[index] += lists[index - 1];
        }
        let entries = hashed
            .iter()
            .map(|&(_, index)| Entry::new(needles[index as usize], index));
        Self {
            entries: entries.collect(),
            lists,
            single,
            first,
        }
    }

    /// Whether a needle begins with this byte.
    pub(super) fn may_begin_with(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }

    /// The first needle of the list that is a prefix of `text`, which is not empty.
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8]) -> Answer {
        let word = word(text);
        let hash = hash(word);
        let list = self.lists[hash] as usize..self.lists[hash + 1] as usize;
        let mut answer = Answer {
            needle: self
                .single
                .as_ref()
                .and_then(|single| match single[usize::from(text[0])] {
                    NONE => None,
                    needle => Some(needle),
                }),
            compared: 1,
        };
        for entry in &self.entries[list] {
            answer.compared += 1;
            if (word ^ entry.word) & entry.mask == 0 && entry.length <= text.len() {
                answer.compared += entry.rest.len() as u32;
                if entry.goes_on_in(text) {
                    answer.needle = Some(answer.needle.unwrap_or(NONE).min(entry.needle));
                    break;
                }
            }
        }
        answer
    }
}

impl Entry {
    fn new(needle: &[u8], index: u32) -> Self {
        let length = needle.len();
        let rest = (WORD..length)
            .step_by(WORD)
            .map(|at| word(&needle[at.min(length - WORD)..]));
        Self {
            word: word(needle),
            mask: word(&[0xff; WORD][..length.min(WORD)]),
            needle: index,
            length,
            rest: rest.collect(),
        }
    }

    /// Whether all words after the first match the text, which must be long enough. For so few
    /// bytes a call to `memcmp` would cost more than everything else here.
    #[inline(always)]
    fn goes_on_in(&self, text: &[u8]) -> bool {
        let mut places = (WORD..self.length).step_by(WORD);
        self.rest.iter().all(|&rest| {
            let at = places.next().map_or(0, |at| at.min(self.length - WORD));
            word(&text[at..]) == rest
        })
    }
}

/// The first eight bytes of a text, padded with zeros.
#[inline(always)]
fn word(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => {
            let mut bytes = [0; WORD];
            bytes[..text.len()].copy_from_slice(text);
            u64::from_le_bytes(bytes)
        }
    }
}

/// A hash of the first two bytes.
#[inline(always)]
fn hash(word: u64) -> usize {
    ((word as u32 & 0xffff).wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}
