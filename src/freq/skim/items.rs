//! The items of a feed: at which depth they are, and what has been found in the current one.

use super::super::Count;
use super::given_up::{GivenUp, Walked};
use crate::feed::vocabulary::{Element, Field, Format, Namespace};

// The roles of elements in a feed: bits, so that one byte holds the fields that an item has had.
const TITLE: u8 = 1;
const DESCRIPTION: u8 = 2;
const CONTENT: u8 = 4;
pub(super) const FIELDS: u8 = TITLE | DESCRIPTION | CONTENT;
const ITEM: u8 = 8;
const CHANNEL: u8 = 16;
pub(super) const ROOT: u8 = 32;

/// The items found so far, and the state of the current one.
pub(super) struct Items {
    root: Option<Format>,
    /// The depth of items: 2, or 3 in a channel.
    pub(super) item_depth: usize,
    /// The depth at which the next element that matters begins: the root, then a channel, an item,
    /// its fields.
    pub(super) target_depth: usize,
    /// One bit for each field that the item has had.
    seen: u8,
    /// Whether the item mentions the topic.
    pub(super) mentioned: bool,
    pub(super) count: Count,
}

impl Items {
    /// The state before the root.
    pub(super) fn new() -> Self {
        Self {
            root: None,
            item_depth: 2,
            target_depth: 1,
            seen: 0,
            mentioned: false,
            count: Count::default(),
        }
    }

    /// Whether the root has begun.
    pub(super) fn have_root(&self) -> bool {
        self.root.is_some()
    }

    /// The role of an element in a feed of this format, at any depth. The root decides the format.
    pub(super) fn role(
        &mut self,
        local: &[u8],
        is_prefixed: bool,
        namespace: Namespace,
    ) -> Walked<u8> {
        let Some(format) = self.root else {
            let found = Format::of_root(local).filter(|(_, own)| namespace == *own);
            self.root = Some(found.ok_or(GivenUp::Root)?.0);
            return Ok(ROOT);
        };
        let element = format.element(local);
        if namespace != format.namespace() {
            return match element {
                // Without a prefix, the name alone decides.
                Some(Element::Item | Element::Channel) if !is_prefixed => Err(GivenUp::Item),
                _ if format.is_encoded_content(namespace, local) => Ok(CONTENT),
                _ => Ok(0),
            };
        }
        Ok(match element {
            Some(Element::Field(Field::Title)) => TITLE,
            Some(Element::Field(Field::Description)) => DESCRIPTION,
            Some(Element::Field(Field::Content)) => CONTENT,
            Some(Element::Item) => ITEM,
            Some(Element::Channel) => CHANNEL,
            None => 0,
        })
    }

    /// The role of an element at this depth: `role` at the target depth, none elsewhere.
    #[inline(always)]
    pub(super) fn role_at(&self, depth: usize, role: u8) -> u8 {
        match depth == self.target_depth {
            true => role,
            false => 0,
        }
    }

    /// Begins an element at the target depth; returns whether its text matters.
    #[inline(always)]
    pub(super) fn begin(&mut self, role: u8, depth: usize) -> bool {
        if depth > self.item_depth {
            let field = role & FIELDS;
            let is_first = field != 0 && self.seen & field == 0;
            self.seen |= field;
            return is_first;
        }
        if role == ITEM {
            self.target_depth += 1;
            self.seen = 0;
            self.mentioned = false;
        } else if role == ROOT {
            self.target_depth += 1;
        } else if role == CHANNEL && depth == 2 {
            self.target_depth += 1;
            self.item_depth = 3;
        }
        false
    }

    /// Whether the text of a field may still change the answer. Only the first field of a kind counts.
    #[inline(always)]
    pub(super) fn awaits(&self, role: u8) -> bool {
        self.seen & role == 0 && !self.mentioned
    }

    /// Marks as seen a field that was processed as a whole.
    #[inline(always)]
    pub(super) fn mark_field_seen(&mut self, role: u8) {
        self.seen |= role;
    }

    /// Ends the innermost element that matters: an item, or an element around it.
    #[inline(always)]
    pub(super) fn end(&mut self, depth: usize) {
        self.target_depth = depth;
        if depth == self.item_depth {
            self.count.items += 1;
            self.count.found += u64::from(self.mentioned);
        } else if depth > 1 {
            self.item_depth = 2;
        }
    }
}
