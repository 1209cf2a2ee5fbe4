//! Start tags that have been checked before, byte for byte the same up to their last value.
//!
//! **Idea**: a feed writes the same few tags over and over, mostly in the same order. What was
//! found out about one holds for all that begin with the same bytes, as long as the same namespaces
//! are in scope: one comparison of vectors takes the place of looking through the name and the
//! attributes. Which tag to compare with is foretold by what followed the last one, or else looked
//! up by name, which has two places where it may be.
//!
//! **Space**: 64 tags of up to 64 bytes; one that is written over is merely checked again.

use super::document::Document;
use super::lanes::{LONG, Lanes, WIDE};

const SLOTS: usize = 64;
/// The longest start tag of a root that is kept.
const ROOT: usize = 1024;

/// What is known of a tag that declares no namespace.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Tag {
    /// All of it, or up to the quote that opens the value of its last attribute.
    bytes: [u8; LONG],
    /// Its end tag.
    end: [u8; WIDE],
    /// A bit for each of the known bytes.
    mask: u64,
    end_mask: u32,
    /// The scope that it was checked in.
    scope: u64,
    name_length: u8,
    /// That quote; 0 if all of the tag is known.
    pub(super) quote: u8,
    /// What the element is to a feed.
    pub(super) role: u8,
    /// Where the tag is that came next.
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

    /// How many bytes of it are known.
    #[inline(always)]
    pub(super) fn length(&self) -> usize {
        self.mask.trailing_ones() as usize
    }

    #[inline(always)]
    pub(super) fn name_length(&self) -> usize {
        usize::from(self.name_length)
    }

    #[inline(always)]
    fn begins<L: Lanes>(&self, lanes: L, head: &[u8; LONG], scope: u64) -> bool {
        self.scope == scope && lanes.agree(head, &self.bytes, self.mask)
    }

    /// Whether `text` begins with its end tag.
    #[inline(always)]
    pub(super) fn ends<L: Lanes>(&self, lanes: L, text: &[u8; WIDE]) -> bool {
        lanes.agree_short(text, &self.end, self.end_mask)
    }
}

/// The tags of one document, and of the parts of it between declarations of namespaces.
pub(super) struct Tags {
    slots: [Tag; SLOTS],
    /// The scope that they are now checked in.
    scope: u64,
    /// The last one that there was.
    newest: u64,
    /// The start tag of the root, and the scope inside of it. What is known there holds for the next
    /// document too, if its root is the same.
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

    /// Forgets all: another document begins, or other namespaces are in scope.
    pub(super) fn forget(&mut self) {
        self.newest += 1;
        self.scope = self.newest;
    }

    /// The document's root has begun, with this start tag.
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

    /// Only what the root declares is in scope again.
    pub(super) fn back_to_root(&mut self) {
        self.scope = self.root_scope;
    }

    #[inline(always)]
    fn slot(head: &[u8; LONG], name_length: usize) -> usize {
        let start = u64::from_le_bytes(*head[1..].first_chunk().expect("eight bytes"));
        let name = start << (64 - 8 * name_length.clamp(1, 8));
        (name.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % SLOTS
    }

    /// The tag that begins at `mark`, if it is known. `last` is where the one before it was found.
    #[inline(always)]
    pub(super) fn known<L: Lanes>(
        &mut self,
        last: &mut usize,
        lanes: L,
        document: Document<'_>,
        mark: usize,
    ) -> Option<&Tag> {
        let head = document.long(mark)?;
        let foretold = usize::from(self.slots[*last % SLOTS].next) % SLOTS;
        if self.slots[foretold].begins(lanes, head, self.scope) {
            *last = foretold;
            return Some(&self.slots[foretold]);
        }
        let name = document.wide(mark + 1)?;
        let mut slot = Self::slot(head, lanes.name(name).0.trailing_zeros() as usize);
        if !self.slots[slot].begins(lanes, head, self.scope) {
            slot ^= 1;
            if !self.slots[slot].begins(lanes, head, self.scope) {
                return None;
            }
        }
        self.slots[*last % SLOTS].next = slot as u8;
        *last = slot;
        Some(&self.slots[slot])
    }

    /// Remembers the tag whose first `length` bytes `head` begins with.
    pub(super) fn remember(
        &mut self,
        head: &[u8; LONG],
        length: usize,
        quote: u8,
        name_length: usize,
        role: u8,
    ) {
        let end_length = name_length + 3;
        if length > LONG || end_length > WIDE {
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
        self.slots[slot] = Tag {
            bytes: *head,
            end,
            mask: u64::MAX >> (LONG - length),
            end_mask: u32::MAX >> (WIDE - end_length),
            scope: self.scope,
            name_length: name_length as u8,
            quote,
            role,
            next: self.slots[slot].next,
        };
    }
}
