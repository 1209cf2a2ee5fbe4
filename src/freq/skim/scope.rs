//! The namespaces in scope that matter to feeds.

use super::document::Document;
use super::given_up::{GivenUp, Walked, require};
use super::lanes::Lanes;

/// The most declarations in scope.
const MOST: usize = 32;

/// A namespace that matters to feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    None,
    Rdf,
    Rss1,
    Atom,
    /// Of RSS's `content:encoded`.
    Content,
    Other,
}

impl Space {
    /// The namespace of that name; `None` for names with special rules.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Some(Self::Rdf),
            b"http://purl.org/rss/1.0/"
            | b"http://purl.org/rss/1.0"
            | b"http://my.netscape.com/rdf/simple/0.9/"
            | b"http://channel.netscape.com/rdf/simple/0.9/" => Some(Self::Rss1),
            b"http://www.w3.org/2005/Atom" | b"http://purl.org/atom/ns#" => Some(Self::Atom),
            b"http://purl.org/rss/1.0/modules/content/" => Some(Self::Content),
            b"http://backend.userland.com/rss"
            | b"http://backend.userland.com/rss2"
            | b"http://backend.userland.com/rss2.1"
            | b"http://blogs.law.harvard.edu/tech/rss" => Some(Self::None),
            b"" | b"http://www.w3.org/XML/1998/namespace" | b"http://www.w3.org/2000/xmlns/" => {
                None
            }
            _ => Some(Self::Other),
        }
    }
}

#[derive(Clone, Copy)]
struct Binding {
    /// The offset of the prefix in the document, and its length; 0 for the default namespace.
    prefix: (usize, usize),
    space: Space,
    depth: usize,
}

/// The declarations of all open elements.
pub(super) struct Scope {
    bindings: [Binding; MOST],
    count: usize,
    /// The default namespace.
    default: Space,
    /// Depth of the innermost element with declarations.
    pub(super) innermost: usize,
}

impl Scope {
    pub(super) fn new() -> Self {
        let none = Binding {
            prefix: (0, 0),
            space: Space::None,
            depth: 0,
        };
        Self {
            bindings: [none; MOST],
            count: 0,
            default: Space::None,
            innermost: 0,
        }
    }

    /// Starts a document.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.default = Space::None;
        self.innermost = 0;
    }

    /// Binds a prefix in the element at `depth`, as long as there is space.
    pub(super) fn bind(
        &mut self,
        prefix: (usize, usize),
        space: Space,
        depth: usize,
    ) -> Walked<()> {
        let slot = self.bindings.get_mut(self.count);
        let slot = slot.ok_or(GivenUp::Namespace)?;
        *slot = Binding {
            prefix,
            space,
            depth,
        };
        self.count += 1;
        self.innermost = depth;
        if prefix.1 == 0 {
            self.default = space;
        }
        Ok(())
    }

    /// Forgets what the element at `depth` declared.
    #[cold]
    pub(super) fn close(&mut self, depth: usize) {
        let bound = |count: usize| count.checked_sub(1).map(|last| self.bindings[last]);
        let mut count = self.count;
        while bound(count).is_some_and(|last| last.depth >= depth) {
            count -= 1;
        }
        self.innermost = bound(count).map_or(0, |last| last.depth);
        self.count = count;
        let default = self.bindings[..count]
            .iter()
            .rfind(|bound| bound.prefix.1 == 0);
        self.default = default.map_or(Space::None, |bound| bound.space);
    }

    /// The namespace of names without a prefix.
    pub(super) fn default_space(&self) -> Space {
        self.default
    }

    /// The namespace that the prefix of `length` bytes at `start` stands for, if it is bound.
    #[inline(always)]
    pub(super) fn find<L: Lanes>(
        &self,
        lanes: L,
        document: Document<'_>,
        start: usize,
        length: usize,
    ) -> Walked<Space> {
        let prefix = document.wide(start)?;
        for bound in self.bindings[..self.count].iter().rev() {
            let (known, known_length) = bound.prefix;
            if known_length == length && lanes.common(prefix, document.wide(known)?) >= length {
                return Ok(bound.space);
            }
        }
        require(prefix[..length].eq(b"xml"), GivenUp::Namespace)?;
        Ok(Space::Other)
    }
}
