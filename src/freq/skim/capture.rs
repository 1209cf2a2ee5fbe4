//! The text of a field, from its start tag to its end tag.
//!
//! **Idea**: most fields are one piece of text, which is kept as a range; several pieces and resolved references are
//! copied into a buffer.

use super::document::Document;
use super::given_up::Walked;
use super::lanes::Lanes;
use super::topic::Topic;

/// The text captured so far.
pub(super) struct Capture<'a> {
    /// Whether the walk looks at text: inside a field, and outside of the root, where it must be blank.
    pub(super) is_on: bool,
    /// The range in the document, while the text is one piece.
    only: (usize, usize),
    /// The joined pieces, otherwise.
    joined: &'a mut Vec<u8>,
}

impl<'a> Capture<'a> {
    /// The state before the root.
    pub(super) fn new(joined: &'a mut Vec<u8>) -> Self {
        joined.clear();
        Self {
            is_on: true,
            only: (0, 0),
            joined,
        }
    }

    /// Takes a piece of text.
    #[inline(always)]
    pub(super) fn piece(&mut self, document: Document<'_>, start: usize, end: usize) {
        if start == end {
        } else if self.only.1 == 0 && self.joined.is_empty() {
            self.only = (start, end);
        } else {
            self.join(document);
            self.joined.extend_from_slice(document.part(start, end));
        }
    }

    /// Takes the character that a reference stands for.
    #[inline(always)]
    pub(super) fn character(&mut self, document: Document<'_>, found: char) {
        self.join(document);
        let mut room = [0; 4];
        self.joined
            .extend_from_slice(found.encode_utf8(&mut room).as_bytes());
    }

    /// Switches from one piece to joined pieces.
    #[inline(always)]
    fn join(&mut self, document: Document<'_>) {
        if self.joined.is_empty() {
            let (start, end) = self.only;
            self.joined.extend_from_slice(document.part(start, end));
        }
    }

    /// Whether the captured text mentions the topic.
    #[inline(always)]
    pub(super) fn mentions<L: Lanes>(
        &self,
        topic: &Topic<'_>,
        lanes: L,
        document: Document<'_>,
    ) -> Walked<bool> {
        if self.joined.is_empty() {
            let (start, end) = self.only;
            topic.is_in(lanes, document, start, end)
        } else {
            Ok(topic.finder.find(self.joined).is_some())
        }
    }

    /// Ends the capture and forgets its text.
    #[inline(always)]
    pub(super) fn end(&mut self) {
        self.is_on = false;
        self.only = (0, 0);
        self.joined.clear();
    }
}
