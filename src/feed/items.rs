//! Events to the titles and descriptions of items.
//!
//! An item is an `item` of RSS, in a `channel` or in RDF's root, or an `entry` of Atom. Its own
//! title and description are children of it in its own namespace, the first of each; `media:title`
//! is in another one and does not count. Atom says `summary` or `content` for the description.

use std::borrow::Cow;

use super::decode::Decoded;
use super::reader::{Event, Namespace, Reader};
use super::{Error, Limits, Problem, excerpt};

/// A field of an item that is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// The description; Atom's summary.
    Description,
    /// Atom's content, which may stand beside a summary.
    Content,
}

/// One part of a document, in its order.
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
    /// The document has ended, well-formed to its last byte.
    End,
}

/// A pull reader of the items of a decoded document.
pub struct Items<'a> {
    reader: Reader<'a>,
    document: &'a Decoded<'a>,
    format: Option<Format>,
    depth: usize,
    /// The depth of the item that is open.
    item: Option<usize>,
    field: Option<Field>,
    seen: [bool; 3],
    in_channel: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// RSS 0.91 to 2.0.
    Rss,
    /// RSS 1.0.
    Rdf,
    Atom,
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
            depth: 0,
            item: None,
            field: None,
            seen: [false; 3],
            in_channel: false,
        }
    }

    /// The next part. After [`Part::End`] or an error there is nothing more to read.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] with what is wrong and where.
    pub fn next_part(&mut self) -> Result<Part<'a>, Error> {
        loop {
            let part = match self.reader.next_event()? {
                Event::Start { namespace, local } => self.start(namespace, local)?,
                Event::End => self.end(),
                Event::Text(text) => self.field.map(|_| Part::Text(text)),
                Event::Eof => Some(Part::End),
            };
            if let Some(part) = part {
                return Ok(part);
            }
        }
    }

    fn start(&mut self, namespace: Namespace, name: &str) -> Result<Option<Part<'a>>, Error> {
        self.depth += 1;
        let Some(format) = self.format else {
            self.format = Some(self.root(namespace, name)?);
            return Ok(None);
        };
        let own = match format {
            Format::Rss => Namespace::None,
            Format::Rdf => Namespace::Rss1,
            Format::Atom => Namespace::Atom,
        };
        if namespace != own {
            return Ok(None);
        }
        match self.item {
            Some(item) if self.depth == item + 1 => {
                self.field = field_of(format, name).filter(|field| !self.seen[*field as usize]);
                self.reader.want_text(self.field.is_some());
                if let Some(field) = self.field {
                    self.seen[field as usize] = true;
                }
            }
            Some(_) => {}
            None if self.depth == 2 && format == Format::Rss && name == "channel" => {
                self.in_channel = true;
            }
            None => {
                let (depth, item) = match format {
                    Format::Rss => (if self.in_channel { 3 } else { 0 }, "item"),
                    Format::Rdf => (2, "item"),
                    Format::Atom => (2, "entry"),
                };
                if self.depth == depth && name == item {
                    self.item = Some(self.depth);
                    self.seen = [false; 3];
                    return Ok(Some(Part::ItemStart));
                }
            }
        }
        Ok(None)
    }

    fn end(&mut self) -> Option<Part<'a>> {
        let depth = self.depth;
        self.depth -= 1;
        match (self.item, self.field) {
            (Some(item), Some(field)) if depth == item + 1 => {
                self.field = None;
                self.reader.want_text(false);
                Some(Part::FieldEnd(field))
            }
            (Some(item), _) if depth == item => {
                self.item = None;
                Some(Part::ItemEnd)
            }
            _ => {
                self.in_channel &= depth != 2;
                None
            }
        }
    }

    fn root(&self, namespace: Namespace, name: &str) -> Result<Format, Error> {
        match (namespace, name) {
            (Namespace::None, "rss") => Ok(Format::Rss),
            (Namespace::Rdf, "RDF") => Ok(Format::Rdf),
            (Namespace::Atom, "feed") => Ok(Format::Atom),
            _ => {
                let offset = self.reader.tag_start();
                Err(self.document.error(offset, Problem::Root(excerpt(name))))
            }
        }
    }
}

fn field_of(format: Format, name: &str) -> Option<Field> {
    match (format, name) {
        (_, "title") => Some(Field::Title),
        (Format::Rss | Format::Rdf, "description") | (Format::Atom, "summary") => {
            Some(Field::Description)
        }
        (Format::Atom, "content") => Some(Field::Content),
        _ => None,
    }
}
