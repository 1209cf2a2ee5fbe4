//! The bytes of a feed to its items: decoding, well-formedness, and the text of XML.

use std::io;

use thiserror::Error;

/// What a document may ask for before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest document, in bytes.
    pub document_bytes: u64,
    /// The deepest nesting of elements.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 << 20,
            depth: 256,
        }
    }
}

/// Why a document failed.
#[derive(Debug, Error)]
pub enum Error {
    /// It could not be opened or read.
    #[error("cannot read at byte {offset}")]
    Read {
        /// How many bytes had been read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
}
