//! A document as a tree, with its elements in one vector.

use std::ops::Range;

/// The elements in the order of their start tags, and the text of the document in one string.
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
    /// Indices into [`Tree::elements`].
    pub(super) children: Vec<usize>,
    /// The range in [`Tree::text`] of the element's text, including its descendants'.
    pub(super) text: Range<usize>,
}

impl Tree {
    /// The root. Every returned tree has one.
    pub(super) fn root(&self) -> &Element {
        &self.elements[0]
    }

    /// The children of an element.
    pub(super) fn children<'a>(&'a self, parent: &Element) -> impl Iterator<Item = &'a Element> {
        let children = parent.children.clone().into_iter();
        children.map(|child| &self.elements[child])
    }

    /// The text of an element, including its descendants'.
    pub(super) fn text(&self, element: &Element) -> &str {
        &self.text[element.text.clone()]
    }
}
