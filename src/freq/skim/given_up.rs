//! Why a walk gives up: something is wrong, or right and so rare that it is not followed.

/// What the strict reader has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// An attribute without space, equals sign or quotes, or one too many, or one that may stand there twice.
    Attributes,
    /// Characters that XML does not allow, or bytes that are not UTF-8.
    Characters,
    /// The XML declaration: malformed, or of another encoding.
    Declaration,
    /// Nesting deeper than is followed.
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
    /// A prefix that is not bound, or a declaration that is wrong or not followed.
    Namespace,
    /// A reference to nothing, or to what is not XML's own.
    Reference,
    /// A root element of no feed.
    Root,
    /// A start tag or an end tag that does not end where it must.
    Tag,
    /// Text where there may be none, or `]]>` in it.
    Text,
}

/// What comes of a part of the walk.
pub(super) type Walked<T> = Result<T, GivenUp>;

/// Goes on only where something holds.
#[inline(always)]
pub(super) fn require(holds: bool, reason: GivenUp) -> Walked<()> {
    if holds { Ok(()) } else { Err(reason) }
}
