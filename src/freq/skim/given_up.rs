//! Why the walk hands a document to the strict reader: it is malformed, or uses a rare construct.

/// What the strict reader has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// A malformed attribute, too many attributes, or possibly a duplicate.
    Attributes,
    /// Characters that XML does not allow, or bytes that are not UTF-8.
    Characters,
    /// The XML declaration: malformed, or of another encoding.
    Declaration,
    /// Nesting deeper than the walk follows.
    Depth,
    /// The document ends inside of a construct, or of the root.
    End,
    /// An end tag without its start tag.
    EndTag,
    /// An item, entry or channel in a namespace that is not the feed's own.
    Item,
    /// A DOCTYPE, or a malformed comment, instruction or piece of character data.
    Markup,
    /// A name that is malformed, beyond ASCII or very long.
    Name,
    /// An unbound prefix, or a malformed or rare declaration of a namespace.
    Namespace,
    /// A malformed reference, or an entity that XML does not predefine.
    Reference,
    /// A root element of no feed.
    Root,
    /// A start tag or an end tag that does not end where it must.
    Tag,
    /// Text where there may be none, or `]]>` in it.
    Text,
}

/// The result of a step of the walk.
pub(super) type Walked<T> = Result<T, GivenUp>;

/// Gives up with `reason` unless `holds`.
#[inline(always)]
pub(super) fn require(holds: bool, reason: GivenUp) -> Walked<()> {
    if holds { Ok(()) } else { Err(reason) }
}
