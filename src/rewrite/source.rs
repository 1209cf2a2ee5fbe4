//! The reading end of a stream: retries interrupted reads and tracks its offset.

use std::io::{self, Read};
use std::slice;

use super::Error;

/// A reader whose errors carry the offset at which they happened.
#[derive(Debug)]
pub(crate) struct Source<R> {
    reader: R,
    read: u64,
}

impl<R: Read> Source<R> {
    #[inline]
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, read: 0 }
    }

    /// Reads at least one byte into `buffer`; 0 at the end of the stream.
    #[inline]
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            match self.reader.read(buffer) {
                Ok(count) => {
                    self.read += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(Error::Read {
                        offset: self.read,
                        source,
                    });
                }
            }
        }
    }

    /// The next byte; `None` at the end of the stream.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<Option<u8>, Error> {
        let mut byte = 0;
        Ok(match self.read(slice::from_mut(&mut byte))? {
            0 => None,
            _ => Some(byte),
        })
    }
}
