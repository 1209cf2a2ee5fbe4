//! The names in feeds: namespaces, formats with their elements, and the entities that XML predefines.
//!
//! The feed reader and `skim` share them. The oracle has its own tables, because it checks both.

/// The entities that every document has, each with its character.
pub const ENTITIES: [(&str, char); 5] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
];

/// The namespaces that matter to feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace, or one that was used for RSS 2.0: RSS 0.91 to 2.0.
    None,
    /// RDF syntax, the namespace of RSS 1.0's root.
    Rdf,
    /// RSS 1.0, and RSS 0.90 before it.
    Rss1,
    /// Atom 1.0, and Atom 0.3 before it.
    Atom,
    /// The RSS content module, with `encoded`.
    Content,
    /// Any other, and unbound prefixes.
    Other,
}

impl Namespace {
    /// The namespace of that name.
    ///
    /// ```
    /// use benchlens_suite::feed::vocabulary::Namespace;
    ///
    /// assert_eq!(Namespace::named(b"http://www.w3.org/2005/Atom"), Namespace::Atom);
    /// assert_eq!(Namespace::named(b"http://search.yahoo.com/mrss/"), Namespace::Other);
    /// ```
    #[must_use]
    pub fn named(name: &[u8]) -> Self {
        match name {
            b"" => Self::None,
            b"http://backend.userland.com/rss"
            | b"http://backend.userland.com/rss2"
            | b"http://backend.userland.com/rss2.1"
            | b"http://blogs.law.harvard.edu/tech/rss" => Self::None,
            b"http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Self::Rdf,
            b"http://purl.org/rss/1.0/"
            | b"http://purl.org/rss/1.0"
            | b"http://my.netscape.com/rdf/simple/0.9/"
            | b"http://channel.netscape.com/rdf/simple/0.9/" => Self::Rss1,
            b"http://www.w3.org/2005/Atom" | b"http://purl.org/atom/ns#" => Self::Atom,
            b"http://purl.org/rss/1.0/modules/content/" => Self::Content,
            _ => Self::Other,
        }
    }
}

/// The format of a feed, as decided by its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RSS 0.91 to 2.0.
    Rss,
    /// RSS 0.90 and 1.0.
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
}

/// An element that matters to the items of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// RSS's `channel`, which may contain items.
    Channel,
    /// An `item`; Atom's `entry`.
    Item,
    /// A field of an item.
    Field(Field),
}

/// A field of an item that is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// The description; Atom's summary.
    Description,
    /// Atom's content, which may occur beside a summary, or RSS's `content:encoded`.
    Content,
}

impl Format {
    /// The format with a root of this local name, and the namespace that such a root should be in.
    #[must_use]
    pub fn of_root(local: &[u8]) -> Option<(Self, Namespace)> {
        match local {
            b"rss" => Some((Self::Rss, Namespace::None)),
            b"RDF" => Some((Self::Rdf, Namespace::Rdf)),
            b"feed" => Some((Self::Atom, Namespace::Atom)),
            _ => None,
        }
    }

    /// The namespace of channels, items and their fields.
    #[must_use]
    pub const fn namespace(self) -> Namespace {
        match self {
            Self::Rss => Namespace::None,
            Self::Rdf => Namespace::Rss1,
            Self::Atom => Namespace::Atom,
        }
    }

    /// The element of this local name in the format's own namespace.
    #[must_use]
    pub fn element(self, local: &[u8]) -> Option<Element> {
        match (self, local) {
            (_, b"title") => Some(Element::Field(Field::Title)),
            (Self::Rss | Self::Rdf, b"description") | (Self::Atom, b"summary") => {
                Some(Element::Field(Field::Description))
            }
            (Self::Atom, b"content") => Some(Element::Field(Field::Content)),
            (Self::Rss | Self::Rdf, b"item") | (Self::Atom, b"entry") => Some(Element::Item),
            (Self::Rss | Self::Rdf, b"channel") => Some(Element::Channel),
            _ => None,
        }
    }

    /// Whether an element is RSS's `content:encoded`, a field in another namespace.
    #[must_use]
    pub fn is_encoded_content(self, namespace: Namespace, local: &[u8]) -> bool {
        self != Self::Atom && namespace == Namespace::Content && local == b"encoded"
    }
}
