//! A cache of checked start tags, compared byte for byte, as a whole or up to their last value.
//!
//! **Idea**: a feed repeats a few tags, mostly in the same order. The result for one tag is valid
//! for all that begin with the same bytes while the same namespaces are in scope, so one SIMD
//! comparison replaces parsing the name and the attributes. The tag to compare with is predicted
//! from what followed the previous tag, or else looked up by name in a two-way cache.
//!
//! **Space**: 64 tags of up to 64 bytes; an evicted tag is simply checked again.

use super::document::Document;
use super::lanes::{LONG, Lanes, WIDE};

const SLOTS: usize = 64;
/// The longest start tag of a root that is cached.
const ROOT: usize = 1024;

/// A cached tag that declares no namespace.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Tag {
    /// The whole tag, or up to the quote that opens the value of its last attribute.
    bytes: [u8; LONG],
    /// The element's end tag.
    end: [u8; WIDE],
    /// A bit for each cached byte.
    mask: u64,
    end_mask: u32,
    /// The namespace scope in which the tag was checked.
    scope: u64,
    name_length: u8,
    /// The quote that ends the last value; 0 if the whole tag is cached.
    pub(super) quote: u8,
    /// The element's role in a feed.
    pub(super) role: u8,
    /// The index of the tag that followed.
    next: u8,
}

impl Tag {
    const NONE: Self = Self {
        bytes: [0; LONG],
        end: [0; WIDE],
        mask: 0,
        end_mask: 0,
        scope: 0,
        name_length: 0,
        quote: 0,
        role: 0,
        next: 0,
    };

    /// How many bytes of the tag are cached.
    #[inline(always)]
    pub(super) fn length(&self) -> usize {
        self.mask.trailing_ones() as usize
    }

    /// Whether the whole tag is cached and the element has no role in a feed.
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        self.quote | self.role == 0
    }

    #[inline(always)]
    pub(super) fn name_length(&self) -> usize {
        usize::from(self.name_length)
    }

    #[inline(always)]
    fn matches_start_tag<L: Lanes>(&self, lanes: L, head: &[u8; LONG], scope: u64) -> bool {
        self.scope == scope && lanes.agree(head, &self.bytes, self.mask)
    }

    /// Whether `text` begins with its end tag.
    #[inline(always)]
    pub(super) fn matches_end_tag<L: Lanes>(&self, lanes: L, text: &[u8; WIDE]) -> bool {
        lanes.agree_short(text, &self.end, self.end_mask)
    }
}

/// In which order tags follow each other: the indices of the last tag, and of the one that followed it the last time.
#[derive(Clone, Copy, Default)]
pub(super) struct Order {
    last: usize,
    predicted: usize,
}

/// The cache for one document, valid within a scope of namespaces.
pub(super) struct Tags {
    slots: [Tag; SLOTS],
    /// The current scope.
    scope: u64,
    /// The newest scope so far.
    newest: u64,
    /// The start tag of the root, and the scope inside of it. Entries of that scope are valid for
    /// the next document too, if its root is the same.
    root: [u8; ROOT],
    root_length: usize,
    root_scope: u64,
}

impl Tags {
    pub(super) fn new() -> Self {
        Self {
            slots: [Tag::NONE; SLOTS],
            scope: 1,
            newest: 1,
            root: [0; ROOT],
            root_length: 0,
            root_scope: 0,
        }
    }

    /// Invalidates all entries: another document begins, or other namespaces are in scope.
    pub(super) fn forget(&mut self) {
        self.newest += 1;
        self.scope = self.newest;
    }

    /// Enters the document's root, with this start tag.
    pub(super) fn enter_root(&mut self, tag: &[u8]) {
        if self.root_length > 0 && tag == &self.root[..self.root_length] {
            self.scope = self.root_scope;
            return;
        }
        self.root_length = 0;
        self.root_scope = self.scope;
        if let Some(room) = self.root.get_mut(..tag.len()) {
            room.copy_from_slice(tag);
            self.root_length = tag.len();
        }
    }

    /// Returns to the scope in which only the root's declarations are valid.
    pub(super) fn back_to_root(&mut self) {
        self.scope = self.root_scope;
    }

    #[inline(always)]
    fn slot(head: &[u8; LONG], name_length: usize) -> usize {
        let start = u64::from_le_bytes(*head[1..].first_chunk().expect("eight bytes"));
        let name = start << (64 - 8 * name_length.clamp(1, 8));
        (name.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % SLOTS
    }

    /// The tag at `mark`, if it is cached.
    #[inline(always)]
    pub(super) fn lookup<L: Lanes>(
        &mut self,
        order: &mut Order,
        lanes: L,
        document: Document<'_>,
        mark: usize,
    ) -> Option<&Tag> {
        let head = document.long(mark).ok()?;
        let predicted = order.predicted % SLOTS;
        if self.slots[predicted].matches_start_tag(lanes, head, self.scope) {
            order.last = predicted;
            order.predicted = usize::from(self.slots[predicted].next);
            return Some(&self.slots[predicted]);
        }
        let name = document.wide(mark + 1).ok()?;
        let mut slot = Self::slot(head, lanes.name(name).0.trailing_zeros() as usize);
        if !self.slots[slot].matches_start_tag(lanes, head, self.scope) {
            slot ^= 1;
            if !self.slots[slot].matches_start_tag(lanes, head, self.scope) {
                return None;
            }
        }
        self.slots[order.last % SLOTS].next = slot as u8;
        order.last = slot;
        order.predicted = usize::from(self.slots[slot].next);
        Some(&self.slots[slot])
    }

    /// Caches a tag that begins with the bytes of `head`.
    ///
    /// Values often repeat, as in `<guid isPermaLink="true">`, so the whole tag is cached if that is possible. The next
    /// time, with another value, it is cached up to its last value.
    pub(super) fn remember(&mut self, head: &[u8; LONG], checked: Checked) {
        let Checked {
            name_length, role, ..
        } = checked;
        let end_length = name_length + 3;
        if end_length > WIDE {
            return;
        }
        let mut end = [0; WIDE];
        end[..2].copy_from_slice(b"</");
        end[2..end_length - 1].copy_from_slice(&head[1..=name_length]);
        end[end_length - 1] = b'>';
        let first = Self::slot(head, name_length);
        let other = &self.slots[first];
        let taken = other.scope == self.scope && other.end != end;
        let slot = first ^ usize::from(taken);
        let other = &self.slots[slot];
        let has_varied = other.scope == self.scope && other.end == end;
        let whole = checked.whole.filter(|_| !has_varied);
        let (length, quote) = match whole {
            Some(length) => (length, 0),
            None => checked.to_last_value,
        };
        if length > LONG {
            return;
        }
        self.slots[slot] = Tag {
            bytes: *head,
            end,
            mask: u64::MAX >> (LONG - length),
            end_mask: u32::MAX >> (WIDE - end_length),
            scope: self.scope,
            name_length: name_length as u8,
            quote,
            role,
            next: other.next,
        };
    }
}

/// A start tag that the walk has checked.
pub(super) struct Checked {
    /// Its length, if it is at most [`LONG`], has no mark but its own `<`, and does not end in `/>`.
    pub(super) whole: Option<usize>,
    /// Its length up to the value of its last attribute, and the quote that opens that value. The whole length and 0
    /// if there are no attributes.
    pub(super) to_last_value: (usize, u8),
    pub(super) name_length: usize,
    /// The element's role in a feed.
    pub(super) role: u8,
}
