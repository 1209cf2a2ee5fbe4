//! A document as a tree whose elements stand beside each other.

use std::ops::Range;

/// The elements in the order of their start tags, and all text of the document in one piece.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) elements: Vec<Element>,
    pub(super) text: String,
}

pub(super) struct Element {
    pub(super) namespace: String,
    /// Whether the name has a prefix.
    pub(super) prefixed: bool,
    pub(super) local: String,
    /// Places in [`Tree::elements`].
    pub(super) children: Vec<usize>,
    /// Where in [`Tree::text`] the text of the element and of all that is in it stands.
    pub(super) text: Range<usize>,
}

impl Tree {
    /// The root. A tree is only handed out with one.
    pub(super) fn root(&self) -> &Element {
        &self.elements[0]
    }

    /// The children of an element.
    pub(super) fn children<'a>(&'a self, parent: &Element) -> impl Iterator<Item = &'a Element> {
        let children = parent.children.clone().into_iter();
        children.map(|child| &self.elements[child])
    }

    /// The text of an element and of all that is in it.
    pub(super) fn text(&self, element: &Element) -> &str {
        &self.text[element.text.clone()]
    }
}
