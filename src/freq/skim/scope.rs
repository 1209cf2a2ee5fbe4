//! The namespaces in scope that matter to feeds.

use super::document::Document;
use super::given_up::{GivenUp, Walked, require};
use super::lanes::Lanes;
use crate::feed::vocabulary::Namespace;

/// The most declarations in scope.
const MOST: usize = 32;

/// Namespace names with special rules: the empty one unbinds a prefix, XML reserves the others.
pub(super) const UNBINDABLE: [&[u8]; 3] = [
    b"",
    b"http://www.w3.org/XML/1998/namespace",
    b"http://www.w3.org/2000/xmlns/",
];

#[derive(Clone, Copy)]
struct Binding {
    /// The offset of the prefix in the document, and its length; 0 for the default namespace.
    prefix: (usize, usize),
    namespace: Namespace,
    depth: usize,
}

/// The declarations of all open elements.
pub(super) struct Scope {
    bindings: [Binding; MOST],
    count: usize,
    /// The default namespace.
    default: Namespace,
    /// Depth of the innermost element with declarations.
    pub(super) innermost: usize,
}

impl Scope {
    pub(super) fn new() -> Self {
        let none = Binding {
            prefix: (0, 0),
            namespace: Namespace::None,
            depth: 0,
        };
        Self {
            bindings: [none; MOST],
            count: 0,
            default: Namespace::None,
            innermost: 0,
        }
    }

    /// Starts a document.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.default = Namespace::None;
        self.innermost = 0;
    }

    /// Binds a prefix in the element at `depth`; gives up if there is no space.
    pub(super) fn bind(
        &mut self,
        prefix: (usize, usize),
        namespace: Namespace,
        depth: usize,
    ) -> Walked<()> {
        let slot = self.bindings.get_mut(self.count);
        let slot = slot.ok_or(GivenUp::Namespace)?;
        *slot = Binding {
            prefix,
            namespace,
            depth,
        };
        self.count += 1;
        self.innermost = depth;
        if prefix.1 == 0 {
            self.default = namespace;
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
        self.default = default.map_or(Namespace::None, |bound| bound.namespace);
    }

    /// The namespace of names without a prefix.
    pub(super) fn default_namespace(&self) -> Namespace {
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
    ) -> Walked<Namespace> {
        let prefix = document.wide(start)?;
        for bound in self.bindings[..self.count].iter().rev() {
            let (known, known_length) = bound.prefix;
            if known_length == length && lanes.common(prefix, document.wide(known)?) >= length {
                return Ok(bound.namespace);
            }
        }
        require(prefix[..length].eq(b"xml"), GivenUp::Namespace)?;
        Ok(Namespace::Other)
    }
}
