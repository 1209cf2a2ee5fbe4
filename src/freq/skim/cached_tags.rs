//! Elements whose start tags have been checked before: nearly all elements of a feed.
//!
//! **Idea**: one loop that does nothing else, so that its state stays in registers. It looks at the
//! next four marks together, so an element that contains only text takes one step.

use super::document::Document;
use super::given_up::{GivenUp, Walked, require};
use super::items::FIELDS;
use super::lanes::Lanes;
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
    /// Finds the content from `start` on, if it is only text or a single CDATA section.
    #[inline(always)]
    fn find<L: Lanes>(
        tag: &Tag,
        lanes: L,
        document: Document<'_>,
        start: usize,
        [second, third, fourth]: [usize; 3],
    ) -> Option<Self> {
        let behind = document.wide(second).ok()?;
        if tag.matches_end_tag(lanes, behind) {
            let (end, marks) = (second, 2);
            return Some(Self { start, end, marks });
        }
        if start != second || !behind.starts_with(b"<![CDATA[") {
            return None;
        }
        let whole = document.wide(third).ok()?.starts_with(b"]]>")
            && fourth == third + 3
            && tag.matches_end_tag(lanes, document.wide(fourth).ok()?);
        let (start, end, marks) = (second + 9, third, 4);
        whole.then_some(Self { start, end, marks })
    }
}

impl<L: Lanes> Walk<'_, L> {
    /// Processes elements whose tags are cached, and stops before anything else.
    #[inline(always)]
    pub(super) fn walk_cached(&mut self) -> Walked<()> {
        let (lanes, document) = (self.lanes, self.document);
        let (mut next, mut tag_before) = (self.next, self.tag_before);
        while !self.capture.is_on {
            let [first, second, third, fourth] = self.marks.ahead(&mut next, lanes, document);
            if document.wide(first)?.starts_with(b"</") {
                next += 1;
                self.close(first)?;
                continue;
            }
            let Some(tag) = (self.tags).lookup(&mut tag_before, lanes, document, first) else {
                break;
            };
            if tag.quote == 0 && tag.role == 0 && self.elements.has_room() {
                // The code below would find the same; this shortcut for the most frequent case saves instructions.
                if tag.matches_end_tag(lanes, document.wide(second)?) {
                    next += 2;
                    continue;
                }
            }
            let Some(tag_end) = TagEnd::find(tag, lanes, document, first, second) else {
                break;
            };
            if tag_end.empty {
                if tag.role != 0 || !self.elements.has_room() {
                    break;
                }
                next += 1;
                continue;
            }
            let cursor = tag_end.after;
            require(self.elements.has_room(), GivenUp::Depth)?;
            let depth = self.elements.depth + 1;
            let role = self.items.role_at(depth, tag.role);
            if role == 0 {
                if tag.matches_end_tag(lanes, document.wide(second)?) {
                    next += 2;
                    continue;
                }
            } else if role & FIELDS != 0 && depth > self.items.item_depth {
                let ahead = [second, third, fourth];
                if let Some(text) = Text::find(tag, lanes, document, cursor, ahead) {
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
        (self.next, self.tag_before) = (next, tag_before);
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
