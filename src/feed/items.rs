//! Turns events into the titles and descriptions of items.
//!
//! An item is an RSS `item` in the root or in a channel below it, or an Atom `entry`. Its title and
//! description are the first such children in its own namespace; `media:title` is in another one
//! and does not count. Atom has `summary` or `content` instead of a description; RSS has
//! `content:encoded` beside it.
//!
//! Feeds often declare a wrong default namespace, or none. So a root, a channel or an item without a
//! prefix is recognised by its name alone. With a prefix, it must be in the namespace of its format.
//! A root in another namespace is a feed's only if it contains an item.

use std::borrow::Cow;

use super::decode::Decoded;
use super::reader::{Event, Reader};
use super::vocabulary::{Element, Field, Format, Namespace};
use super::{Error, Limits, Problem, excerpt};

/// One part of a document, in document order.
#[derive(Debug)]
pub enum Part<'a> {
    /// An item begins.
    ItemStart,
    /// A piece of the text of a field; all pieces until its end belong together.
    Text(Cow<'a, str>),
    /// A field has ended.
    FieldEnd(Field),
    /// The item has ended.
    ItemEnd,
    /// The document has ended and is well-formed.
    End,
}

/// A pull reader of the items of a decoded document.
pub struct Items<'a> {
    reader: Reader<'a>,
    document: &'a Decoded<'a>,
    format: Option<Format>,
    /// For a root in a foreign namespace: the error if there is no item.
    doubt: Option<Box<Error>>,
    depth: usize,
    /// The depth of items: 2, or 3 in a channel.
    item_depth: usize,
    item: Option<Item>,
    field: Option<Field>,
}

/// The open item.
struct Item {
    namespace: Namespace,
    /// The name of its namespace, if it is [`Namespace::Other`].
    other: Option<String>,
    /// Which fields have occurred.
    seen: [bool; 3],
}

impl<'a> Items<'a> {
    /// A reader at the start of the document.
    pub fn new(document: &'a Decoded<'a>, limits: Limits) -> Self {
        let mut reader = Reader::new(document, limits);
        reader.want_text(false);
        Self {
            reader,
            document,
            format: None,
            doubt: None,
            depth: 0,
            item_depth: 2,
            item: None,
            field: None,
        }
    }

    /// The next part. Not to be called after [`Part::End`] or an error.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] with what is wrong and where.
    pub fn next_part(&mut self) -> Result<Part<'a>, Error> {
        loop {
            let part = match self.reader.next_event()? {
                Event::Start {
                    namespace,
                    prefixed,
                    local,
                } => self.start(namespace, prefixed, local)?,
                Event::End => self.end(),
                Event::Text(text) => self.field.map(|_| Part::Text(text)),
                Event::Eof => match self.doubt.take() {
                    Some(doubt) => return Err(*doubt),
                    None => Some(Part::End),
                },
            };
            if let Some(part) = part {
                return Ok(part);
            }
        }
    }

    /// The offset in the text after the last part.
    pub(super) fn offset(&self) -> usize {
        self.reader.offset()
    }

    fn start(
        &mut self,
        namespace: Namespace,
        prefixed: bool,
        name: &str,
    ) -> Result<Option<Part<'a>>, Error> {
        self.depth += 1;
        let Some(format) = self.format else {
            self.root(namespace, prefixed, name)?;
            return Ok(None);
        };
        if self.item.is_some() {
            if self.depth == self.item_depth + 1 {
                self.field(format, namespace, name);
            }
        } else if self.depth == self.item_depth && (!prefixed || namespace == format.namespace()) {
            let element = format.element(name.as_bytes());
            if element == Some(Element::Item) {
                self.doubt = None;
                let is_other = namespace == Namespace::Other;
                self.item = Some(Item {
                    namespace,
                    other: is_other.then(|| self.reader.innermost().1.to_owned()),
                    seen: [false; 3],
                });
                return Ok(Some(Part::ItemStart));
            }
            if element == Some(Element::Channel) && self.depth == 2 {
                self.item_depth = 3;
            }
        }
        Ok(None)
    }

    /// Handles the start of an item's child.
    fn field(&mut self, format: Format, namespace: Namespace, name: &str) {
        let Some(item) = &mut self.item else {
            return;
        };
        let own = namespace == item.namespace
            && (item.other.as_deref()).is_none_or(|other| other == self.reader.innermost().1);
        let field = match format.element(name.as_bytes()) {
            Some(Element::Field(field)) if own => Some(field),
            _ if format.is_encoded_content(namespace, name.as_bytes()) => Some(Field::Content),
            _ => None,
        };
        self.field = field.filter(|field| !item.seen[*field as usize]);
        self.reader.want_text(self.field.is_some());
        if let Some(field) = self.field {
            item.seen[field as usize] = true;
        }
    }

    fn end(&mut self) -> Option<Part<'a>> {
        let depth = self.depth;
        self.depth -= 1;
        match (&self.item, self.field) {
            (Some(_), Some(field)) if depth == self.item_depth + 1 => {
                self.field = None;
                self.reader.want_text(false);
                Some(Part::FieldEnd(field))
            }
            (Some(_), _) if depth == self.item_depth => {
                self.item = None;
                Some(Part::ItemEnd)
            }
            _ => {
                if depth == 2 {
                    self.item_depth = 2;
                }
                None
            }
        }
    }

    fn root(&mut self, namespace: Namespace, prefixed: bool, name: &str) -> Result<(), Error> {
        let found = Format::of_root(name.as_bytes());
        self.format = found.map(|(format, _)| format);
        if found.is_some_and(|(_, own)| namespace == own) {
            return Ok(());
        }
        let (name, namespace) = self.reader.innermost();
        let problem = Problem::Root {
            name: excerpt(name),
            namespace: excerpt(namespace),
        };
        let error = self.document.error(self.reader.tag_start(), problem);
        if found.is_none() || prefixed {
            return Err(error);
        }
        self.doubt = Some(Box::new(error));
        Ok(())
    }
}
