//! The bytes of a feed to its items: decoding, well-formedness, and the text of XML.
//!
//! Three layers, each over the one before: [`decode`] turns bytes of any supported encoding into
//! text, [`reader`] turns text into namespace-aware events and refuses what is not well-formed,
//! [`items`] turns events into the titles and descriptions of items.
//!
//! [`repair`] stands before all of them, for those who ask for it: it makes bytes that the strict reader
//! has refused well-formed.
//!
//! The first error in document order is the one reported, so that every way to count reports the
//! same failure of the same document.

use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

pub mod decode;
mod doctype;
mod foreign;
pub mod items;
mod markup;
mod open;
pub mod reader;
pub mod repair;

pub use open::{Opened, open};

/// What a document may ask for before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest document, in bytes.
    pub document_bytes: u64,
    /// The deepest nesting of elements.
    pub depth: usize,
}

impl Limits {
    /// The most attributes of one tag.
    pub const ATTRIBUTES: usize = 1024;
    /// The most namespaces bound at one place, by its element and all around it. One whose name is
    /// written with references counts as two.
    pub const NAMESPACES: usize = 128;
}

impl Default for Limits {
    /// 64 MiB and a depth of 256.
    fn default() -> Self {
        Self {
            document_bytes: 64 << 20,
            depth: 256,
        }
    }
}

/// Why a document failed. Offsets are bytes from the start of the file, in its own encoding.
#[derive(Debug, Error)]
pub enum Error {
    /// It could not be opened.
    #[error("cannot be opened")]
    Open(#[source] io::Error),
    /// It could not be read.
    #[error("cannot be read at byte {offset}")]
    Read {
        /// How many bytes had been read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// It could be read but is no feed.
    #[error("{problem} at byte {offset}")]
    Document {
        /// Where.
        offset: u64,
        /// What is wrong there.
        problem: Problem,
    },
    /// The worker that had the document ended before it was counted.
    #[error("not counted: the worker that had it panicked")]
    Abandoned,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// No bytes, but perhaps a byte-order mark.
    #[error("empty document")]
    Empty,
    /// Nothing but white space.
    #[error("nothing but white space")]
    Blank,
    /// No element: comments, instructions or a type declaration are all there is.
    #[error("no element, nothing but comments or instructions")]
    NoElement,
    /// Something else than XML, by its first bytes.
    #[error("{0}, not a feed")]
    Foreign(&'static str),
    /// Longer than [`Limits::document_bytes`].
    #[error("document longer than {0} bytes")]
    TooLong(u64),
    /// Nested deeper than [`Limits::depth`].
    #[error("elements nested deeper than {0}")]
    TooDeep(usize),
    /// More of something than [`Limits`] allows.
    #[error("more than {1} {0}")]
    TooMany(&'static str, usize),
    /// An encoding that is not of the encoding standard.
    #[error("unsupported encoding `{0}`")]
    Encoding(String),
    /// The declaration names an encoding of two bytes a character, and the bytes are not in it.
    #[error("declared as `{0}`, which the bytes are not")]
    EncodingRefuted(String),
    /// Bytes that the encoding does not have.
    #[error("bytes that are not {0}")]
    Undecodable(&'static str),
    /// A root element of no known format; or of a known one in another namespace, without any item.
    #[error(
        "root element `{name}` in {} is not of a feed (RSS, RDF or Atom)",
        told(namespace)
    )]
    Root {
        /// Its name, with the prefix.
        name: String,
        /// Its namespace; empty where it has none.
        namespace: String,
    },
    /// The document ends before its root does.
    #[error("document ends inside an element")]
    Truncated,
    /// Something other than comments and instructions outside the root.
    #[error("{0} outside the root element")]
    OutsideRoot(&'static str),
    /// An attribute that stands twice in a tag.
    #[error("duplicate attribute `{0}`")]
    DuplicateAttribute(String),
    /// A character that XML does not allow.
    #[error("invalid character U+{0:04X}")]
    Character(u32),
    /// A reference to an entity beyond the five predefined ones, or to no character.
    #[error("unknown reference `&{0};`")]
    Reference(String),
    /// Any other breach of the grammar.
    #[error("not well-formed: {0}")]
    Syntax(String),
}

fn told(namespace: &str) -> String {
    match namespace {
        "" => "no namespace".to_owned(),
        namespace => format!("namespace `{namespace}`"),
    }
}

/// As much of a document's own words as a message can bear: the start, and nothing that a terminal
/// would act upon.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    let visible = |found: char| {
        if found.is_control() {
            '\u{FFFD}'
        } else {
            found
        }
    };
    let mut excerpt: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Opens a file and reads all of it into `buffer`, which is cleared first and can be reused.
///
/// The limit holds while reading: no more than one byte beyond it is ever read.
///
/// # Errors
///
/// [`Error::Open`], [`Error::Read`], or [`Problem::TooLong`].
pub fn read_file(path: &Path, limits: Limits, buffer: &mut Vec<u8>) -> Result<(), Error> {
    read_open(open(path)?, limits, buffer)
}

/// Reads the rest of an open file into `buffer`, as [`read_file`] does.
///
/// # Errors
///
/// [`Error::Read`] or [`Problem::TooLong`].
pub fn read_open(mut file: Opened, limits: Limits, buffer: &mut Vec<u8>) -> Result<(), Error> {
    buffer.clear();
    let known = file.metadata().map_or(0, |metadata| metadata.len());
    // A byte of room beyond the end spares the growth that would find out that it is the end.
    // Room that cannot be had is found out about while reading, as an error.
    let _ = buffer.try_reserve(known.min(limits.document_bytes) as usize + 1);
    let read = (&mut *file)
        .take(limits.document_bytes.saturating_add(1))
        .read_to_end(buffer);
    read.map_err(|source| Error::Read {
        offset: buffer.len() as u64,
        source,
    })?;
    if buffer.len() as u64 > limits.document_bytes {
        return Err(Error::Document {
            offset: limits.document_bytes,
            problem: Problem::TooLong(limits.document_bytes),
        });
    }
    Ok(())
}
