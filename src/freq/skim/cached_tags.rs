//! Elements whose start tags have been checked before: nearly all elements of a feed.
//!
//! **Idea**: one loop that does nothing else, so that its state stays in registers. It looks at the
//! next two marks together, so an element that contains only text takes one step.

use super::document::Document;
use super::given_up::Walked;
use super::items::FIELDS;
use super::lanes::Lanes;
use super::marks::Marks;
use super::tag_cache::Tag;
use super::walk::Walk;

/// The end of a cached start tag.
struct TagEnd {
    /// The offset after the tag.
    after: usize,
    /// Whether the element is empty, as in `<br/>`.
    empty: bool,
}

impl TagEnd {
    /// Finds the end; `None` if the last attribute's value must be checked, or if more follows it.
    /// A value must be checked if it contains a mark; the next mark is at `second`.
    #[inline(always)]
    fn find<L: Lanes>(
        tag: &Tag,
        lanes: L,
        document: Document<'_>,
        first: usize,
        second: usize,
    ) -> Option<Self> {
        let known = first + tag.length();
        let (after, empty) = if tag.quote == 0 {
            (known, false)
        } else {
            let close = document.find(lanes, known, tag.quote).ok()?;
            if close > second {
                return None;
            }
            match document.wide(close).ok()? {
                [_, b'>', ..] => (close + 2, false),
                [_, b'/', b'>', ..] => (close + 3, true),
                _ => return None,
            }
        };
        Some(Self { after, empty })
    }
}

/// The content of an element that contains only text.
struct Text {
    start: usize,
    end: usize,
    /// How many marks the element has, those of its tags included.
    marks: usize,
}

impl Text {
    /// Finds the content from `start` on, if it is only text or a single CDATA section. The start tag's own mark has the
    /// index `next`, and the one after it is at `second`.
    #[inline(always)]
    fn find<L: Lanes>(
        tag: &Tag,
        lanes: L,
        document: Document<'_>,
        start: usize,
        marks: &Marks,
        next: usize,
        second: usize,
    ) -> Option<Self> {
        let after = document.wide(second).ok()?;
        if tag.matches_end_tag(lanes, after) {
            let (end, marks) = (second, 2);
            return Some(Self { start, end, marks });
        }
        if start != second || !after.starts_with(b"<![CDATA[") {
            return None;
        }
        let (end, inner) = marks.section_end(next + 2, document)?;
        let whole = tag.matches_end_tag(lanes, document.wide(end + 3).ok()?);
        let (start, marks) = (second + 9, inner + 3);
        whole.then_some(Self { start, end, marks })
    }
}

impl<L: Lanes> Walk<'_, L> {
    /// Processes elements whose tags are cached, and stops before anything else.
    #[inline(always)]
    pub(super) fn walk_cached(&mut self) -> Walked<()> {
        let (lanes, document) = (self.lanes, self.document);
        let (mut next, mut order) = (self.next, self.order);
        while !self.capture.is_on {
            let [first, second] = self.marks.ahead(&mut next, lanes, &self.document);
            if document.wide(first)?.starts_with(b"</") {
                next += 1;
                self.close(first)?;
                continue;
            }
            let Some(tag) = (self.tags).lookup(&mut order, lanes, document, first) else {
                break;
            };
            if !self.elements.has_room() {
                break;
            }
            // The code below would find the same; this shortcut for the most frequent case saves instructions.
            if tag.is_plain() && tag.matches_end_tag(lanes, document.wide(second)?) {
                next += 2;
                continue;
            }
            let Some(tag_end) = TagEnd::find(tag, lanes, document, first, second) else {
                break;
            };
            if tag_end.empty {
                if tag.role != 0 {
                    break;
                }
                next += 1;
                continue;
            }
            let cursor = tag_end.after;
            let depth = self.elements.depth + 1;
            let role = self.items.role_at(depth, tag.role);
            if role == 0 {
                if tag.matches_end_tag(lanes, document.wide(second)?) {
                    next += 2;
                    continue;
                }
            } else if role & FIELDS != 0 && depth > self.items.item_depth {
                let marks = &self.marks;
                let text = Text::find(tag, lanes, document, cursor, marks, next, second);
                if let Some(text) = text {
                    next += text.marks;
                    self.field(role, &text)?;
                    continue;
                }
            }
            self.elements.open(first + 1, tag.name_length())?;
            next += 1;
            self.cursor = cursor;
            if role != 0 {
                self.capture.is_on = self.items.begin(role, depth);
            }
        }
        (self.next, self.order) = (next, order);
        Ok(())
    }

    /// Counts a field that contains only this text. Only the first field of a kind counts.
    #[inline(always)]
    fn field(&mut self, role: u8, text: &Text) -> Walked<()> {
        if self.items.awaits(role) {
            let Text { start, end, .. } = *text;
            self.items.mentioned = (self.topic).is_in(self.lanes, self.document, start, end)?;
        }
        self.items.mark_field_seen(role);
        Ok(())
    }
}
