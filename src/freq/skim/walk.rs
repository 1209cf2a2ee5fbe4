//! One pass over a document that proves it well-formed and counts, or gives up.
//!
//! **Idea**: from mark to mark. Every construct of the grammar that feeds are made of is checked in
//! full; whatever is rare or wrong, such as a DOCTYPE, a name beyond ASCII or any error, makes the
//! walk give up, and the strict reader decides. So there is one place that says what is wrong, and
//! here only a proof that nothing is.

use super::super::Count;
use super::document::Document;
use super::grammar::{NAME_START, Name, Rest, is_space};
use super::lanes::{Lanes, WIDE};
use super::marks::Marks;
use super::scope::{Scope, Space};
use super::tags::Tags;
use super::topic::Topic;

/// The deepest nesting that is followed.
const DEEPEST: usize = 256;
/// The most attributes of one element.
const ATTRIBUTES: usize = 16;

/// Room that is used again for every document.
pub(super) struct Room {
    marks: Marks,
    scope: Scope,
    tags: Tags,
    /// Where the names of the open elements stand, and their lengths.
    open: [(u32, u32); DEEPEST],
    /// Likewise of the attributes of one element.
    attributes: [(u32, u32); ATTRIBUTES],
    /// The text of a field that comes in several pieces.
    joined: Vec<u8>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::new(),
            scope: Scope::new(),
            tags: Tags::new(),
            open: [(0, 0); DEEPEST],
            attributes: [(0, 0); ATTRIBUTES],
            joined: Vec::with_capacity(4096),
        }
    }
}

/// How many items there are and how many mention the topic, if the document is proven to be well-formed.
#[inline(always)]
pub(super) fn walk<L: Lanes>(
    lanes: L,
    document: Document<'_>,
    topic: &Topic<'_>,
    depth_limit: usize,
    room: &mut Room,
) -> Option<Count> {
    let mark = b"\xEF\xBB\xBF";
    let start = if document.whole().starts_with(mark) {
        mark.len()
    } else {
        0
    };
    room.marks.begin(start, document.end());
    room.scope.clear();
    room.tags.forget();
    room.joined.clear();
    let mut walk = Walk {
        lanes,
        document,
        topic,
        marks: &mut room.marks,
        next: 0,
        scope: &mut room.scope,
        tags: &mut room.tags,
        tag_before: 0,
        open: &mut room.open,
        attributes: &mut room.attributes,
        deepest: depth_limit.min(DEEPEST),
        cursor: start,
        depth: 0,
        root: None,
        item_depth: 2,
        interest: 1,
        listening: true,
        seen: 0,
        mentioned: false,
        only: (0, 0),
        joined: &mut room.joined,
        count: Count::default(),
    };
    walk.prolog(start)?;
    walk.whole()?;
    let count = walk.count;
    let doubts = room.marks.doubts();
    let proven = !doubts.control && (!doubts.beyond_ascii || is_text(document.whole()));
    proven.then_some(count)
}

/// Whether bytes without control characters are text that XML allows.
#[cold]
fn is_text(bytes: &[u8]) -> bool {
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    simdutf8::basic::from_utf8(bytes).is_ok()
        && memchr::memmem::find_iter(bytes, b"\xEF\xBF")
            .all(|at| bytes.get(at + 2).is_some_and(|&last| last < 0xBE))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Rss,
    Rdf,
    Atom,
}

// What an element is to a feed: bits, so that the fields that an item has had can be kept.
const TITLE: u8 = 1;
const DESCRIPTION: u8 = 2;
const CONTENT: u8 = 4;
pub(super) const FIELDS: u8 = TITLE | DESCRIPTION | CONTENT;
const ITEM: u8 = 8;
const CHANNEL: u8 = 16;
const ROOT: u8 = 32;

/// A walk under way.
pub(super) struct Walk<'a, L> {
    pub(super) lanes: L,
    pub(super) document: Document<'a>,
    pub(super) topic: &'a Topic<'a>,
    pub(super) marks: &'a mut Marks,
    /// Where the next mark is in their list.
    pub(super) next: usize,
    pub(super) scope: &'a mut Scope,
    pub(super) tags: &'a mut Tags,
    /// Where among them the last one was found.
    pub(super) tag_before: usize,
    pub(super) open: &'a mut [(u32, u32); DEEPEST],
    pub(super) attributes: &'a mut [(u32, u32); ATTRIBUTES],
    /// How deep elements may be nested; 0 when the root has ended.
    pub(super) deepest: usize,
    /// Where the last construct ended: from here to the next mark is text.
    pub(super) cursor: usize,
    pub(super) depth: usize,
    root: Option<Format>,
    /// The depth at which items stand: 2, or 3 in a channel.
    pub(super) item_depth: usize,
    /// The depth at which the next element that matters begins: the root, then a channel, an item,
    /// its fields.
    pub(super) interest: usize,
    /// Whether text matters: that of a field does, and there may be none outside of the root.
    pub(super) listening: bool,
    /// One bit for each field that the item has had.
    pub(super) seen: u8,
    pub(super) mentioned: bool,
    /// The field's text, while it is in one piece.
    only: (usize, usize),
    /// And when it is not.
    pub(super) joined: &'a mut Vec<u8>,
    count: Count,
}

impl<L: Lanes> Walk<'_, L> {
    /// The position of the next mark, or the end of the document.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> usize {
        self.marks.ahead(&mut self.next, self.lanes, self.document)[0]
    }

    #[inline(always)]
    pub(super) fn take(&mut self) -> usize {
        let mark = self.peek();
        self.next += 1;
        mark
    }

    /// Passes what is in a construct that ends before `cursor`.
    #[inline(always)]
    pub(super) fn go_to(&mut self, cursor: usize) {
        self.cursor = cursor;
        while self.peek() < cursor {
            self.next += 1;
        }
    }

    #[inline(always)]
    fn whole(&mut self) -> Option<()> {
        loop {
            self.known()?;
            if self.lanes.step(self)? {
                return Some(());
            }
        }
    }

    /// Passes one construct, whatever it is; whether the document has ended.
    #[inline(always)]
    pub(super) fn step(&mut self) -> Option<bool> {
        let mark = self.take();
        if self.listening {
            self.text(mark)?;
        }
        let head = self.document.wide(mark)?;
        match head[..2] {
            [b'<', b'/'] => self.close(mark)?,
            [b'<', b'!'] => self.declaration(mark)?,
            [b'<', b'?'] => self.instruction(mark)?,
            [b'<', first] => {
                NAME_START[usize::from(first)].then_some(())?;
                self.start(mark)?;
            }
            [b'&', _] => self.reference(mark)?,
            [b']', _] => {
                // `]]>` may not stand in text; any other bracket may.
                (head[2] != b'>').then_some(())?;
                self.cursor = mark;
            }
            // The padding.
            _ => return (self.depth == 0 && self.root.is_some()).then_some(true),
        }
        Some(false)
    }

    /// Text that matters, up to a mark: of a field, or outside of the root.
    #[inline(always)]
    fn text(&mut self, mark: usize) -> Option<()> {
        if self.depth == 0 {
            let between = self.document.part(self.cursor, mark);
            return between.iter().all(|&byte| is_space(byte)).then_some(());
        }
        self.piece(self.cursor, mark);
        Some(())
    }

    #[inline(always)]
    pub(super) fn close(&mut self, mark: usize) -> Option<()> {
        let &(start, length) = self.open.get(self.depth.wrapping_sub(1))?;
        self.end_tag(mark, start as usize, length as usize)
    }

    /// The end tag of the element whose name stands at `start`.
    #[inline(always)]
    fn end_tag(&mut self, mark: usize, start: usize, length: usize) -> Option<()> {
        let name = self.document.wide(mark + 2)?;
        let common = self.lanes.common(self.document.wide(start)?, name);
        (common >= length).then_some(())?;
        let mut after = mark + 2 + length;
        // Names are shorter than what is looked at.
        if name[length % WIDE] != b'>' {
            after = self.after_space(after)?;
            (self.document.byte(after)? == b'>').then_some(())?;
        }
        self.cursor = after + 1;
        self.end_of_element()
    }

    #[inline(always)]
    fn end_of_element(&mut self) -> Option<()> {
        let depth = self.depth;
        self.depth = depth - 1;
        if depth == self.interest {
            if self.listening {
                self.end_of_field()?;
            }
        } else if depth < self.interest {
            self.end_of_interest(depth);
        }
        if depth == self.scope.innermost {
            self.scope.close(depth);
            if self.scope.innermost > 1 {
                self.tags.forget();
            } else {
                self.tags.back_to_root();
            }
        }
        Some(())
    }

    /// The innermost element of interest has ended: an item, or one around it.
    #[inline(always)]
    fn end_of_interest(&mut self, depth: usize) {
        self.interest = depth;
        if depth == self.item_depth {
            self.count.items += 1;
            self.count.found += u64::from(self.mentioned);
        } else if depth == 1 {
            self.deepest = 0;
            self.listening = true;
        } else {
            self.item_depth = 2;
        }
    }

    #[inline(always)]
    fn end_of_field(&mut self) -> Option<()> {
        self.listening = false;
        if !self.mentioned {
            self.mentioned = if self.joined.is_empty() {
                let (start, end) = self.only;
                self.topic.is_in(self.lanes, self.document, start, end)?
            } else {
                self.topic.finder.find(self.joined).is_some()
            };
        }
        self.only = (0, 0);
        self.joined.clear();
        Some(())
    }

    /// Takes a piece of the text of a field.
    #[inline(always)]
    pub(super) fn piece(&mut self, start: usize, end: usize) {
        if start == end || self.mentioned {
        } else if self.only.1 == 0 && self.joined.is_empty() {
            self.only = (start, end);
        } else {
            self.join();
            self.joined
                .extend_from_slice(self.document.part(start, end));
        }
    }

    /// From one piece to several.
    #[inline(always)]
    pub(super) fn join(&mut self) {
        if self.joined.is_empty() {
            let (start, end) = self.only;
            self.joined
                .extend_from_slice(self.document.part(start, end));
        }
    }

    #[inline(always)]
    fn start(&mut self, mark: usize) -> Option<()> {
        let start = mark + 1;
        (self.depth < self.deepest).then_some(())?;
        self.depth += 1;
        let name = self.name(start)?;
        let after = start + name.length;
        let rest = if name.after == b'>' {
            self.cursor = after + 1;
            Rest {
                empty: false,
                last: None,
            }
        } else {
            self.attributes(after)?
        };
        // Of a name with a prefix, the prefix must be bound even where the name does not matter.
        let space = match name.prefix {
            0 => self.scope.default_space(),
            length => (self.scope).find(self.lanes, self.document, start, length)?,
        };
        let role = self.role(name, space)?;
        self.remember(mark, name, &rest, role)?;
        if self.depth == self.interest {
            self.element(role);
        }
        if rest.empty {
            return self.end_of_element();
        }
        *self.open.get_mut(self.depth - 1)? = (start as u32, name.length as u32);
        Some(())
    }

    /// Keeps what was found out of a tag for the next one like it.
    #[inline(always)]
    fn remember(&mut self, mark: usize, name: Name, rest: &Rest, role: u8) -> Option<()> {
        let declares = self.scope.innermost == self.depth;
        // What the root is, no other element is.
        if role == ROOT {
            self.tags.enter_root(self.document.part(mark, self.cursor));
            return Some(());
        }
        // The text of a field is never passed at once.
        if declares || self.listening {
            return Some(());
        }
        let (known, quote) = match rest.last {
            Some((value, quote)) => (value, quote),
            None if rest.empty => return Some(()),
            None => (self.cursor, 0),
        };
        let head = self.document.long(mark)?;
        (self.tags).remember(head, known - mark, quote, name.length, role);
        Some(())
    }

    /// What an element is to a feed of this format, wherever it stands. The root gives the format.
    fn role(&mut self, name: Name, space: Space) -> Option<u8> {
        let skipped = name.prefix + usize::from(name.prefix > 0);
        let end = name.start + name.length;
        let local = self.document.part(name.start + skipped, end);
        let Some(format) = self.root else {
            self.root = Some(match (space, local) {
                (Space::None, b"rss") => Format::Rss,
                (Space::Rdf, b"RDF") => Format::Rdf,
                (Space::Atom, b"feed") => Format::Atom,
                _ => return None,
            });
            return Some(ROOT);
        };
        let own = match format {
            Format::Rss => Space::None,
            Format::Rdf => Space::Rss1,
            Format::Atom => Space::Atom,
        };
        if space != own {
            return match (format, local) {
                // Without a prefix it may be the feed's own all the same.
                (Format::Rss | Format::Rdf, b"item" | b"channel") | (Format::Atom, b"entry")
                    if name.prefix == 0 =>
                {
                    None
                }
                (Format::Rss | Format::Rdf, b"encoded") if space == Space::Content => Some(CONTENT),
                _ => Some(0),
            };
        }
        Some(match (format, local) {
            (_, b"title") => TITLE,
            (Format::Rss | Format::Rdf, b"description") | (Format::Atom, b"summary") => DESCRIPTION,
            (Format::Atom, b"content") => CONTENT,
            (Format::Rss | Format::Rdf, b"item") | (Format::Atom, b"entry") => ITEM,
            (Format::Rss | Format::Rdf, b"channel") => CHANNEL,
            _ => 0,
        })
    }

    /// An element begins at the depth of interest.
    #[inline(always)]
    pub(super) fn element(&mut self, role: u8) {
        if self.depth > self.item_depth {
            let field = role & FIELDS;
            self.listening = field != 0 && self.seen & field == 0;
            self.seen |= field;
        } else if role == ITEM {
            self.interest += 1;
            self.seen = 0;
            self.mentioned = false;
        } else if role == ROOT {
            self.interest += 1;
            self.listening = false;
        } else if role == CHANNEL && self.depth == 2 {
            self.interest += 1;
            self.item_depth = 3;
        }
    }

    #[inline(always)]
    fn reference(&mut self, mark: usize) -> Option<()> {
        (self.depth > 0).then_some(())?;
        let (after, found) = self.resolve(mark)?;
        self.cursor = after;
        if self.listening && !self.mentioned {
            self.join();
            let mut room = [0; 4];
            self.joined
                .extend_from_slice(found.encode_utf8(&mut room).as_bytes());
        }
        Some(())
    }
}
