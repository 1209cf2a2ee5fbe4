//! Turns the bytes of a feed into its items: decoding, well-formedness checks, and XML text.
//!
//! There are three layers. [`decode`] turns bytes of any supported encoding into text. [`reader`]
//! turns text into namespace-aware events and refuses what is not well-formed. [`items`] turns
//! events into the titles and descriptions of items, and [`entries`] into whole items with their links.
//!
//! [`repair`] is an optional step before them: it makes well-formed what the strict reader has refused.
//! `file`, behind the feature `input`, says which files are feeds, and unpacks compressed ones.
//!
//! The first error in document order is reported, so every counter reports the same failure for the
//! same document.

use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

pub mod decode;
mod doctype;
pub mod entries;
#[cfg(feature = "input")]
pub mod file;
mod foreign;
pub mod items;
mod markup;
mod open;
pub mod reader;
pub mod repair;
pub mod vocabulary;

pub use open::{Opened, open};

/// Limits beyond which a document is refused.
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
    /// The most namespaces in scope at one element. A binding whose name contains references counts
    /// twice.
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
        /// The system's error.
        source: io::Error,
    },
    /// It could be read but is not a feed.
    #[error("{problem} at byte {offset}")]
    Document {
        /// Where.
        offset: u64,
        /// What is wrong there.
        problem: Problem,
    },
    /// The worker processing the document panicked before it was counted.
    #[error("not counted: the worker that had it panicked")]
    Abandoned,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// No bytes, except perhaps a byte-order mark.
    #[error("empty document")]
    Empty,
    /// Nothing but white space.
    #[error("nothing but white space")]
    Blank,
    /// No element, only comments, instructions or a type declaration.
    #[error("no element, nothing but comments or instructions")]
    NoElement,
    /// Another format than XML, by its first bytes.
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
    /// An encoding outside of the encoding standard.
    #[error("unsupported encoding `{0}`")]
    Encoding(String),
    /// The declaration names UTF-16, but the bytes are not UTF-16.
    #[error("declared as `{0}`, which the bytes are not")]
    EncodingRefuted(String),
    /// Bytes that are invalid in the encoding.
    #[error("bytes that are not {0}")]
    Undecodable(&'static str),
    /// A root element of an unknown format, or of a known one in another namespace and without any
    /// item.
    #[error(
        "root element `{name}` in {} is not of a feed (RSS, RDF or Atom)",
        described(namespace)
    )]
    Root {
        /// Its name, with the prefix.
        name: String,
        /// Its namespace; empty if it has none.
        namespace: String,
    },
    /// The document ends before its root does.
    #[error("document ends inside an element")]
    Truncated,
    /// Something other than comments and instructions outside the root.
    #[error("{0} outside the root element")]
    OutsideRoot(&'static str),
    /// An attribute that occurs twice in a tag.
    #[error("duplicate attribute `{0}`")]
    DuplicateAttribute(String),
    /// A character that XML does not allow.
    #[error("invalid character U+{0:04X}")]
    Character(u32),
    /// A reference to an entity beyond the five predefined ones, or to no character.
    #[error("unknown reference `&{0};`")]
    Reference(String),
    /// Any other violation of the grammar.
    #[error("not well-formed: {0}")]
    Syntax(String),
}

fn described(namespace: &str) -> String {
    match namespace {
        "" => "no namespace".to_owned(),
        namespace => format!("namespace `{namespace}`"),
    }
}

/// An excerpt of a document for a message: the start, with control characters replaced.
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
/// The limit is enforced while reading: at most one byte beyond it is read.
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
    // One spare byte lets `read_to_end` see the end without growing. If the memory cannot be
    // reserved, reading reports the error.
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
