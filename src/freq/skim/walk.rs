//! One pass over a document that proves it well-formed and counts, or gives up.
//!
//! **Idea**: from mark to mark. Every construct of the grammar that feeds are made of is checked in
//! full; whatever is rare or wrong, such as a DOCTYPE, a name beyond ASCII or any error, makes the
//! walk give up, and the strict reader decides. So there is one place that says what is wrong, and
//! here only a proof that nothing is.

use memchr::memmem::Finder;

use super::document::Document;
use super::lanes::{Lanes, WIDE};
use super::marks::Marks;
use super::scope::{Scope, Space};

/// The deepest nesting that is followed.
const DEEPEST: usize = 256;
/// The most attributes of one element.
const ATTRIBUTES: usize = 16;

/// Room that is used again for every document.
pub(super) struct Room {
    marks: Marks,
    scope: Scope,
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
            open: [(0, 0); DEEPEST],
            attributes: [(0, 0); ATTRIBUTES],
            joined: Vec::with_capacity(4096),
        }
    }
}

/// A topic, ready to be looked for.
pub(super) struct Topic<'t> {
    finder: Finder<'t>,
    /// Two of its bytes that are rare in text, and where they stand in it.
    rare: [(usize, u8); 2],
}

impl<'t> Topic<'t> {
    /// A topic that line ends and references cannot change: not empty, on one line.
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
        Some(Self {
            finder: Finder::new(topic),
            rare,
        })
    }

    /// Whether it stands in `bytes[start..end]`, of a document with its padding.
    #[inline(always)]
    fn is_in<L: Lanes>(
        &self,
        lanes: L,
        document: Document<'_>,
        start: usize,
        end: usize,
    ) -> Option<bool> {
        let length = self.finder.needle().len();
        let [(one, first), (two, second)] = self.rare;
        let mut at = start;
        while at + length <= end {
            let found = lanes.equal(document.wide(at + one)?, first)
                & lanes.equal(document.wide(at + two)?, second);
            // Positions from which the topic would reach over the end do not count.
            let positions = end - length + 1 - at;
            let within = u32::MAX >> WIDE.saturating_sub(positions);
            if found & within != 0 {
                return Some(self.finder.find(document.part(at, end)).is_some());
            }
            at += WIDE;
        }
        Some(false)
    }
}

/// How many items mention the topic, if the document is proven to be well-formed.
#[inline(always)]
pub(super) fn walk<L: Lanes>(
    lanes: L,
    document: Document<'_>,
    topic: &Topic<'_>,
    depth_limit: usize,
    room: &mut Room,
) -> Option<u64> {
    let mark = b"\xEF\xBB\xBF";
    let start = if document.whole().starts_with(mark) {
        mark.len()
    } else {
        0
    };
    room.marks.begin(start, document.end());
    room.scope.clear();
    room.joined.clear();
    let mut walk = Walk {
        lanes,
        document,
        topic,
        marks: &mut room.marks,
        scope: &mut room.scope,
        open: &mut room.open,
        attributes: &mut room.attributes,
        deepest: depth_limit.min(DEEPEST),
        cursor: start,
        depth: 0,
        root: None,
        interest: 1,
        listening: true,
        seen: 0,
        mentioned: false,
        only: (0, 0),
        joined: &mut room.joined,
        found: 0,
    };
    walk.prolog(start)?;
    walk.whole()?;
    let found = walk.found;
    let doubts = room.marks.doubts();
    let proven = !doubts.control && (!doubts.beyond_ascii || is_text(document.whole()));
    proven.then_some(found)
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

struct Walk<'a, L> {
    lanes: L,
    document: Document<'a>,
    topic: &'a Topic<'a>,
    marks: &'a mut Marks,
    scope: &'a mut Scope,
    open: &'a mut [(u32, u32); DEEPEST],
    attributes: &'a mut [(u32, u32); ATTRIBUTES],
    /// How deep elements may be nested; 0 when the root has ended.
    deepest: usize,
    /// Where the last construct ended: from here to the next mark is text.
    cursor: usize,
    depth: usize,
    root: Option<Format>,
    /// The depth at which the next element that matters begins: the root, then a channel, an item,
    /// its fields.
    interest: usize,
    /// Whether text matters: that of a field does, and there may be none outside of the root.
    listening: bool,
    /// One bit for each field that the item has had.
    seen: u8,
    mentioned: bool,
    /// The field's text, while it is in one piece.
    only: (usize, usize),
    /// And when it is not.
    joined: &'a mut Vec<u8>,
    found: u64,
}

#[inline(always)]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Which bytes of ASCII a name may start with, other than a colon.
static NAME_START: [bool; 256] = {
    let mut starts = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        starts[byte as usize] = byte.is_ascii_alphabetic() || byte == b'_';
        byte += 1;
    }
    starts
};

/// A name: where it stands, how long it is, and how much of it is the prefix; 0 without one.
#[derive(Clone, Copy)]
struct Name {
    start: usize,
    length: usize,
    prefix: usize,
    /// The byte behind it.
    after: u8,
}

impl<L: Lanes> Walk<'_, L> {
    #[inline(always)]
    fn take(&mut self) -> usize {
        let mark = self.marks.peek(self.lanes, self.document);
        self.marks.advance();
        mark
    }

    /// Passes what is in a construct that ends before `cursor`.
    #[inline(always)]
    fn go_to(&mut self, cursor: usize) {
        self.cursor = cursor;
        while self.marks.peek(self.lanes, self.document) < cursor {
            self.marks.advance();
        }
    }

    #[inline(always)]
    fn whole(&mut self) -> Option<()> {
        loop {
            let mark = self.take();
            if self.listening {
                self.text(mark)?;
            }
            let head = self.document.wide(mark)?;
            if head[0] != b'<' {
                match head[0] {
                    b'&' => self.reference(mark)?,
                    b']' => {
                        // `]]>` may not stand in text; any other bracket may.
                        (head[2] != b'>').then_some(())?;
                        self.cursor = mark;
                    }
                    // The padding.
                    _ => return (self.depth == 0 && self.root.is_some()).then_some(()),
                }
            } else if head[1] == b'/' {
                self.close(mark)?;
            } else if NAME_START[usize::from(head[1])] {
                self.start(mark)?;
            } else if head[1] == b'!' {
                self.declaration(mark)?;
            } else {
                (head[1] == b'?').then_some(())?;
                self.instruction(mark)?;
            }
        }
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
    fn close(&mut self, mark: usize) -> Option<()> {
        let &(start, length) = self.open.get(self.depth.wrapping_sub(1))?;
        let name = self.document.wide(mark + 2)?;
        let length = length as usize;
        let common = self.lanes.common(self.document.wide(start as usize)?, name);
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
        }
        Some(())
    }

    /// The innermost element of interest has ended: an item, or one around it.
    #[inline(always)]
    fn end_of_interest(&mut self, depth: usize) {
        self.interest = depth;
        if depth == self.item_depth() {
            self.found += u64::from(self.mentioned);
        } else if depth == 1 {
            self.deepest = 0;
            self.listening = true;
        }
    }

    #[inline(always)]
    fn item_depth(&self) -> usize {
        match self.root {
            Some(Format::Rss) => 3,
            _ => 2,
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
    fn piece(&mut self, start: usize, end: usize) {
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
    fn join(&mut self) {
        if self.joined.is_empty() {
            let (start, end) = self.only;
            self.joined
                .extend_from_slice(self.document.part(start, end));
        }
    }

    #[inline(always)]
    fn start(&mut self, mark: usize) -> Option<()> {
        let name = self.name(mark + 1)?;
        let slot = self.open[..self.deepest].get_mut(self.depth)?;
        *slot = (name.start as u32, name.length as u32);
        self.depth += 1;
        let after = name.start + name.length;
        let empty = if name.after == b'>' {
            self.cursor = after + 1;
            false
        } else {
            self.attributes(after)?
        };
        // Of a name with a prefix, the prefix must be bound even where the name does not matter.
        let space = match name.prefix {
            0 => self.scope.default_space(),
            length => (self.scope).find(self.lanes, self.document, name.start, length)?,
        };
        if self.depth == self.interest {
            self.element(name, space)?;
        }
        if empty {
            self.end_of_element()?;
        }
        Some(())
    }

    /// An element at the depth of interest.
    #[inline(always)]
    fn element(&mut self, name: Name, space: Space) -> Option<()> {
        let skipped = name.prefix + usize::from(name.prefix > 0);
        let local = self
            .document
            .part(name.start + skipped, name.start + name.length);
        let Some(format) = self.root else {
            self.root = Some(match (space, local) {
                (Space::None, b"rss") => Format::Rss,
                (Space::Rdf, b"RDF") => Format::Rdf,
                (Space::Atom, b"feed") => Format::Atom,
                _ => return None,
            });
            self.interest = 2;
            self.listening = false;
            return Some(());
        };
        let own = match format {
            Format::Rss => Space::None,
            Format::Rdf => Space::Rss1,
            Format::Atom => Space::Atom,
        };
        if space != own {
            return Some(());
        }
        let item_depth = self.item_depth();
        if self.depth > item_depth {
            let field = match (format, local) {
                (_, b"title") => 1,
                (Format::Rss | Format::Rdf, b"description") | (Format::Atom, b"summary") => 2,
                (Format::Atom, b"content") => 4,
                _ => return Some(()),
            };
            self.listening = self.seen & field == 0;
            self.seen |= field;
        } else if self.depth < item_depth {
            self.interest += usize::from(local == b"channel");
        } else if local
            == if format == Format::Atom {
                &b"entry"[..]
            } else {
                b"item"
            }
        {
            self.interest += 1;
            self.seen = 0;
            self.mentioned = false;
        }
        Some(())
    }

    /// Where the white space that may begin at `at` has ended.
    #[inline(always)]
    fn after_space(&self, mut at: usize) -> Option<usize> {
        // Nothing else that may stand there is as small.
        while self.document.byte(at)? <= b' ' {
            is_space(self.document.byte(at)?).then_some(())?;
            at += 1;
        }
        Some(at)
    }

    /// A name of ASCII, with at most one colon.
    #[inline(always)]
    fn name(&self, start: usize) -> Option<Name> {
        let head = self.document.wide(start)?;
        let (none, colons) = self.lanes.name(head);
        // Of a name as long as all that was asked about, the end is not known.
        (none != 0 && NAME_START[usize::from(head[0])]).then_some(())?;
        let prefix = if colons == 0 {
            0
        } else {
            let prefix = colons.trailing_zeros() as usize;
            let local = NAME_START[usize::from(head[(prefix + 1) % WIDE])];
            (colons & (colons - 1) == 0 && local).then_some(prefix)?
        };
        let length = none.trailing_zeros() as usize;
        Some(Name {
            start,
            length,
            prefix,
            after: head[length % WIDE],
        })
    }

    /// The rest of a start tag; whether it is an empty element.
    #[inline(always)]
    fn attributes(&mut self, after: usize) -> Option<bool> {
        let document = self.document;
        let mut count = 0;
        let mut prefixed = false;
        let mut at = after;
        let empty = loop {
            let mut head = document.wide(at)?;
            let spaced = is_space(head[0]);
            if spaced {
                at = self.after_space(at + 1)?;
                head = document.wide(at)?;
            }
            if head[0] == b'>' {
                at += 1;
                break false;
            }
            if head[0] == b'/' {
                (head[1] == b'>').then_some(())?;
                at += 2;
                break true;
            }
            spaced.then_some(())?;
            let name = self.name(at)?;
            let (open, close) = self.value(name.start + name.length)?;
            at = close + 1;
            for &(start, length) in &self.attributes[..count] {
                let (one, two) = (document.wide(start as usize)?, document.wide(name.start)?);
                if length as usize == name.length && self.lanes.common(one, two) >= name.length {
                    return None;
                }
            }
            *self.attributes.get_mut(count)? = (name.start as u32, name.length as u32);
            count += 1;
            if name.prefix == 5 && document.wide(name.start)?.starts_with(b"xmlns") {
                let local = (name.start + 6, name.length - 6);
                if matches!(document.part(local.0, local.0 + local.1), b"xml" | b"xmlns") {
                    return None;
                }
                self.bind(local, open, close)?;
            } else if name.prefix > 0 {
                (self.scope).find(self.lanes, document, name.start, name.prefix)?;
                // Two prefixes may stand for one namespace: that is left to the strict reader.
                (!prefixed).then_some(())?;
                prefixed = true;
            } else if name.length == 5 && document.wide(name.start)?.starts_with(b"xmlns") {
                self.bind((0, 0), open, close)?;
            }
        };
        self.check_values(at)?;
        Some(empty)
    }

    fn bind(&mut self, prefix: (usize, usize), open: usize, close: usize) -> Option<()> {
        let value = self.document.part(open, close);
        (!value.contains(&b'&')).then_some(())?;
        self.scope.bind(prefix, Space::named(value)?, self.depth)
    }

    /// Where the value of an attribute begins and ends, given the end of its name.
    #[inline(always)]
    fn value(&self, after: usize) -> Option<(usize, usize)> {
        let mut at = after;
        let mut head = self.document.wide(at)?;
        if head[0] != b'=' || head[1] <= b' ' {
            at = self.after_space(at)?;
            (self.document.byte(at)? == b'=').then_some(())?;
            at = self.after_space(at + 1)? - 1;
            head = self.document.wide(at)?;
        }
        let quote = head[1];
        (quote == b'"' || quote == b'\'').then_some(())?;
        let open = at + 2;
        let mut close = open;
        while close < self.document.end() {
            let found = self.lanes.equal(self.document.wide(close)?, quote);
            if found != 0 {
                return Some((open, close + found.trailing_zeros() as usize));
            }
            close += WIDE;
        }
        None
    }

    /// Passes a start tag of which only the marks in the values of its attributes are not checked.
    #[inline(always)]
    fn check_values(&mut self, cursor: usize) -> Option<()> {
        self.cursor = cursor;
        loop {
            let mark = self.marks.peek(self.lanes, self.document);
            if mark >= cursor {
                return Some(());
            }
            match self.document.byte(mark)? {
                b'<' => return None,
                // A reference holds no quote, so it ends in the value that it begins in.
                b'&' => drop(self.resolve(mark)?),
                _ => {}
            }
            self.marks.advance();
        }
    }

    /// The end of a reference, and what it stands for.
    #[inline(always)]
    fn resolve(&self, mark: usize) -> Option<(usize, char)> {
        let text = self.document.wide(mark + 1)?;
        let named = [
            (&b"amp;"[..], '&'),
            (b"lt;", '<'),
            (b"gt;", '>'),
            (b"quot;", '"'),
            (b"apos;", '\''),
        ];
        for (name, found) in named {
            if text.starts_with(name) {
                return Some((mark + 1 + name.len(), found));
            }
        }
        let number = text.strip_prefix(b"#")?;
        let (digits, radix) = match number.strip_prefix(b"x") {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        let mut code = 0;
        // Nine digits cannot overflow.
        for (index, &byte) in digits.iter().enumerate().take(9) {
            if byte == b';' && index > 0 {
                let found = char::from_u32(code)?;
                let allowed = matches!(found,
                    '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
                let length = number.len() - digits.len() + index + 3;
                return allowed.then_some((mark + length, found));
            }
            code = code * radix + (byte as char).to_digit(radix)?;
        }
        None
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

    /// A comment or character data.
    #[inline(always)]
    fn declaration(&mut self, mark: usize) -> Option<()> {
        let rest = self.document.wide(mark)?;
        if rest.starts_with(b"<![CDATA[") && self.depth > 0 {
            let start = mark + 9;
            loop {
                let next = self.take();
                let head = self.document.wide(next)?;
                if head[0] == b']' && head[2] == b'>' {
                    if self.listening {
                        self.piece(start, next);
                    }
                    self.cursor = next + 3;
                    return Some(());
                }
                (next < self.document.end()).then_some(())?;
            }
        }
        if !rest.starts_with(b"<!--") || rest.starts_with(b"<!-->") || rest.starts_with(b"<!--->") {
            return None;
        }
        let content = self.document.whole().get(mark + 4..)?;
        let dashes = mark + 4 + memchr::memmem::find(content, b"--")?;
        (self.document.byte(dashes + 2)? == b'>').then_some(())?;
        self.go_to(dashes + 3);
        Some(())
    }

    /// An instruction that is not the XML declaration.
    #[inline(always)]
    fn instruction(&mut self, mark: usize) -> Option<()> {
        let target = self.name(mark + 2)?;
        let after = target.start + target.length;
        let name = self.document.part(target.start, after);
        let ended =
            is_space(self.document.byte(after)?) || self.document.wide(after)?.starts_with(b"?>");
        if !ended || target.prefix > 0 || name.eq_ignore_ascii_case(b"xml") {
            return None;
        }
        let end = after + memchr::memmem::find(self.document.whole().get(after..)?, b"?>")?;
        self.go_to(end + 2);
        Some(())
    }

    /// The XML declaration, if there is one, of a document in UTF-8.
    #[inline(always)]
    fn prolog(&mut self, start: usize) -> Option<()> {
        let Some(rest) = self.document.whole()[start..].strip_prefix(b"<?xml") else {
            return Some(());
        };
        const FIELDS: [&[u8]; 3] = [b"version", b"encoding", b"standalone"];
        let mut at = start + 5;
        let mut next = 0;
        is_space(*rest.first()?).then_some(())?;
        loop {
            let before = at;
            at = self.after_space(at)?;
            if self.document.wide(at)?.starts_with(b"?>") {
                self.go_to(at + 2);
                return (next > 0).then_some(());
            }
            let name = self.name(at)?;
            let (open, close) = self.value(name.start + name.length)?;
            let (found, value) = (
                self.document.part(name.start, name.start + name.length),
                self.document.part(open, close),
            );
            let field = FIELDS.iter().position(|field| *field == found)?;
            let valid = match field {
                0 => value == b"1.0" || value == b"1.1",
                1 => value.eq_ignore_ascii_case(b"utf-8"),
                _ => value == b"yes" || value == b"no",
            };
            // Version first, then the others in their order.
            let ordered = field >= next && (field == 0) == (next == 0);
            (valid && ordered && at > before).then_some(())?;
            next = field + 1;
            at = close + 1;
        }
    }
}
