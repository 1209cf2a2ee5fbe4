//! One pass over a document that proves it well-formed and counts, or gives up.
//!
//! **Idea**: jump from mark to mark, the positions where markup may begin (see `marks`). The constructs that
//! feeds are made of are checked in full. At anything rare or wrong, such as a DOCTYPE, a name beyond ASCII or
//! any error, the walk gives up, and the strict reader decides. So only the strict reader reports errors.

use super::super::Count;
use super::capture::Capture;
use super::document::Document;
use super::elements::{Elements, NO_NAMES, Names};
use super::given_up::{GivenUp, Walked, require};
use super::grammar::{NAME_START, Name, Rest, is_space};
use super::items::{Items, ROOT};
use super::lanes::{LONG, Lanes, WIDE};
use super::marks::Marks;
use super::scope::Scope;
use super::tag_cache::{Checked, Order, Tags};
use super::topic::Topic;

/// The walk gives up at an element with more attributes.
const ATTRIBUTES: usize = 16;

/// Scratch space, reused for every document.
pub(super) struct Scratch {
    marks: Marks,
    scope: Scope,
    tags: Tags,
    names: Names,
    /// Offset and length of the name of each attribute of one element.
    attributes: [(u32, u32); ATTRIBUTES],
    /// The text of a field that has several pieces, joined.
    joined: Vec<u8>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::new(),
            scope: Scope::new(),
            tags: Tags::new(),
            names: NO_NAMES,
            attributes: [(0, 0); ATTRIBUTES],
            joined: Vec::with_capacity(4096),
        }
    }
}

/// How many items there are and how many mention the topic, if the document is proven well-formed.
#[inline(always)]
pub(super) fn walk<L: Lanes>(
    lanes: L,
    document: Document<'_>,
    topic: &Topic<'_>,
    depth_limit: usize,
    scratch: &mut Scratch,
) -> Walked<Count> {
    let mark = b"\xEF\xBB\xBF";
    let start = if document.whole().starts_with(mark) {
        mark.len()
    } else {
        0
    };
    scratch.marks.begin(start, document.end());
    scratch.scope.clear();
    scratch.tags.forget();
    let mut walk = Walk {
        lanes,
        document,
        topic,
        marks: &mut scratch.marks,
        next: 0,
        cursor: start,
        scope: &mut scratch.scope,
        tags: &mut scratch.tags,
        order: Order::default(),
        attributes: &mut scratch.attributes,
        elements: Elements::new(&mut scratch.names, depth_limit),
        items: Items::new(),
        capture: Capture::new(&mut scratch.joined),
    };
    walk.prolog(start)?;
    walk.whole()?;
    let count = walk.items.count;
    let flags = scratch.marks.flags();
    let proven = !flags.control && (!flags.beyond_ascii || is_text(document.whole()));
    require(proven, GivenUp::Characters)?;
    Ok(count)
}

/// Whether bytes without control characters are text that XML allows.
#[cold]
fn is_text(bytes: &[u8]) -> bool {
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    simdutf8::basic::from_utf8(bytes).is_ok()
        && memchr::memmem::find_iter(bytes, b"\xEF\xBF")
            .all(|at| bytes.get(at + 2).is_some_and(|&last| last < 0xBE))
}

/// The state of a walk.
pub(super) struct Walk<'a, L> {
    pub(super) lanes: L,
    pub(super) document: Document<'a>,
    pub(super) topic: &'a Topic<'a>,
    pub(super) marks: &'a mut Marks,
    /// The index of the next mark in the list of marks.
    pub(super) next: usize,
    /// The end of the last construct; from here to the next mark is text.
    pub(super) cursor: usize,
    pub(super) scope: &'a mut Scope,
    pub(super) tags: &'a mut Tags,
    /// Which tag in `tags` is expected next.
    pub(super) order: Order,
    pub(super) attributes: &'a mut [(u32, u32); ATTRIBUTES],
    pub(super) elements: Elements<'a>,
    pub(super) items: Items,
    pub(super) capture: Capture<'a>,
}

impl<L: Lanes> Walk<'_, L> {
    /// The position of the next mark, or the end of the document.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> usize {
        self.marks.ahead(&mut self.next, self.lanes, &self.document)[0]
    }

    /// Consumes the next mark and returns its position.
    #[inline(always)]
    pub(super) fn take(&mut self) -> usize {
        let mark = self.peek();
        self.next += 1;
        mark
    }

    /// Moves to `cursor` and skips the marks before it.
    #[inline(always)]
    pub(super) fn go_to(&mut self, cursor: usize) {
        self.cursor = cursor;
        while self.peek() < cursor {
            self.next += 1;
        }
    }

    /// Walks to the end of the document.
    #[inline(always)]
    fn whole(&mut self) -> Walked<()> {
        loop {
            self.walk_cached()?;
            if self.lanes.step(self)? {
                return Ok(());
            }
        }
    }

    /// Processes one construct of any kind; returns whether the document has ended.
    #[inline(always)]
    pub(super) fn step(&mut self) -> Walked<bool> {
        let mark = self.take();
        if self.capture.is_on {
            self.text(mark)?;
        }
        let head = self.document.wide(mark)?;
        match head[..2] {
            [b'<', b'/'] => self.close(mark)?,
            [b'<', b'!'] => self.declaration(mark)?,
            [b'<', b'?'] => self.instruction(mark)?,
            [b'<', first] => {
                require(NAME_START[usize::from(first)], GivenUp::Name)?;
                self.start(mark)?;
            }
            [b'&', _] => self.reference(mark)?,
            [b']', _] => {
                // Text must not contain `]]>`; any other bracket is allowed.
                require(head[2] != b'>', GivenUp::Text)?;
                self.cursor = mark;
            }
            // The padding: the document has ended.
            _ => {
                let is_whole = self.elements.depth == 0 && self.items.have_root();
                require(is_whole, GivenUp::End)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Processes the text before `mark` if it matters: in a field, or outside of the root.
    #[inline(always)]
    fn text(&mut self, mark: usize) -> Walked<()> {
        if self.elements.depth == 0 {
            let between = self.document.part(self.cursor, mark);
            let is_blank = between.iter().all(|&byte| is_space(byte));
            return require(is_blank, GivenUp::Text);
        }
        self.piece(self.cursor, mark);
        Ok(())
    }

    /// Adds a piece to the text of a field, unless a mention was already found.
    #[inline(always)]
    pub(super) fn piece(&mut self, start: usize, end: usize) {
        if !self.items.mentioned {
            self.capture.piece(self.document, start, end);
        }
    }

    /// Checks an end tag against the innermost open element.
    #[inline(always)]
    pub(super) fn close(&mut self, mark: usize) -> Walked<()> {
        let (start, length) = self.elements.innermost()?;
        self.end_tag(mark, start, length)
    }

    /// Checks the end tag of the element whose name is at `start`.
    #[inline(always)]
    fn end_tag(&mut self, mark: usize, start: usize, length: usize) -> Walked<()> {
        let name = self.document.wide(mark + 2)?;
        let common = self.lanes.common(self.document.wide(start)?, name);
        require(common >= length, GivenUp::EndTag)?;
        let mut after = mark + 2 + length;
        // `length` is below `WIDE`; the remainder saves the bounds check.
        if name[length % WIDE] != b'>' {
            after = self.after_space(after)?;
            require(self.document.byte(after)? == b'>', GivenUp::EndTag)?;
        }
        self.cursor = after + 1;
        self.end_of_element()
    }

    #[inline(always)]
    fn end_of_element(&mut self) -> Walked<()> {
        let depth = self.elements.depth;
        self.elements.depth = depth - 1;
        if depth == self.items.target_depth {
            if self.capture.is_on {
                self.end_of_field()?;
            }
        } else if depth < self.items.target_depth {
            self.items.end(depth);
            if depth == 1 {
                self.elements.admit_no_more();
                self.capture.is_on = true;
            }
        }
        if depth == self.scope.innermost {
            self.scope.close(depth);
            if self.scope.innermost > 1 {
                self.tags.forget();
            } else {
                self.tags.back_to_root();
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn end_of_field(&mut self) -> Walked<()> {
        if !self.items.mentioned {
            self.items.mentioned =
                (self.capture).mentions(self.topic, self.lanes, self.document)?;
        }
        self.capture.end();
        Ok(())
    }

    #[inline(always)]
    fn start(&mut self, mark: usize) -> Walked<()> {
        let start = mark + 1;
        require(self.elements.has_room(), GivenUp::Depth)?;
        self.elements.depth += 1;
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
        // A prefix must be bound, even if the element does not matter.
        let namespace = match name.prefix {
            0 => self.scope.default_namespace(),
            length => (self.scope).find(self.lanes, self.document, start, length)?,
        };
        let skipped = name.prefix + usize::from(name.prefix > 0);
        let local = self.document.part(start + skipped, after);
        let role = self.items.role(local, name.prefix > 0, namespace)?;
        self.remember(mark, name, &rest, role)?;
        let depth = self.elements.depth;
        if depth == self.items.target_depth {
            self.capture.is_on = self.items.begin(role, depth);
        }
        if rest.empty {
            return self.end_of_element();
        }
        self.elements.set_innermost_name(start, name.length)
    }

    /// Caches a checked start tag for the next one that begins with the same bytes.
    #[inline(always)]
    fn remember(&mut self, mark: usize, name: Name, rest: &Rest, role: u8) -> Walked<()> {
        let declares = self.scope.innermost == self.elements.depth;
        // If the previous document had the same root tag, the tags cached there stay valid.
        if role == ROOT {
            self.tags.enter_root(self.document.part(mark, self.cursor));
            return Ok(());
        }
        // Not cached: a tag that declares a namespace, or one inside of a field's text, which
        // `walk_cached` does not look at.
        if declares || self.capture.is_on {
            return Ok(());
        }
        let to_last_value = match rest.last {
            Some((value, quote)) => (value - mark, quote),
            None if rest.empty => return Ok(()),
            None => (self.cursor - mark, 0),
        };
        let tag = self.document.part(mark, self.cursor);
        // A checked tag has no other `<`. A single `]` is no mark, but rare.
        let may_be_whole =
            !rest.empty && tag.len() <= LONG && !tag.iter().any(|byte| matches!(byte, b'&' | b']'));
        let whole = may_be_whole.then_some(tag.len());
        let checked = Checked {
            whole,
            to_last_value,
            name_length: name.length,
            role,
        };
        self.tags.remember(self.document.long(mark)?, checked);
        Ok(())
    }

    #[inline(always)]
    fn reference(&mut self, mark: usize) -> Walked<()> {
        require(self.elements.depth > 0, GivenUp::Text)?;
        let (after, found) = self.resolve(mark)?;
        self.cursor = after;
        if self.capture.is_on && !self.items.mentioned {
            self.capture.character(self.document, found);
        }
        Ok(())
    }
}
