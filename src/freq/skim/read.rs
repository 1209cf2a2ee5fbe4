//! Reads a file into a reused buffer, with padding after it.
//!
//! The buffer begins at a page, as files do in the page cache. AMD's Zen 3 copies from there to an address 1 to 31 bytes
//! further into a page at a fifth of its speed, and the C library puts large blocks 16 bytes into a page.

use std::collections::TryReserveError;
use std::io::{self, Read};
use std::path::Path;

use super::document::{FILLING, PADDING};
use crate::feed::{self, Error, Limits, Problem};
use crate::freq::regions::{self, Regions, Wait};

/// The initial length of a buffer, enough for nearly every feed.
pub(super) const FIRST: usize = 256 << 10;

/// The alignment of the buffer, in bytes. Where pages are larger, this is still enough.
const PAGE: usize = 4096;

/// Space for one document and its padding.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Where the first page of `bytes` begins.
    start: usize,
}

impl Buffer {
    pub(super) fn new() -> Self {
        let bytes = vec![0; PAGE + FIRST];
        let start = first_page(&bytes);
        Self { bytes, start }
    }

    /// The bytes that documents are read to.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    /// Makes space for `wanted` bytes and keeps the first `length` of them.
    fn grow(&mut self, wanted: usize, length: usize) -> Result<(), TryReserveError> {
        let more = (PAGE + wanted).saturating_sub(self.bytes.len());
        self.bytes.try_reserve_exact(more)?;
        self.bytes.resize(self.bytes.len() + more, 0);
        let start = first_page(&self.bytes);
        self.bytes
            .copy_within(self.start..self.start + length, start);
        self.start = start;
        Ok(())
    }
}

/// Where the first page in a block of more than one page begins.
fn first_page(bytes: &[u8]) -> usize {
    // An offset that is not known is allowed to be very large.
    bytes.as_ptr().align_offset(PAGE).min(PAGE)
}

/// Reads a whole file to the start of `buffer` and returns its length. The [`PADDING`] bytes after
/// it are set to `=`, which is in no name and ends every run of white space.
///
/// The buffer only grows, and is never shorter than [`FIRST`]. The file's length is queried only if
/// the file does not fit, which saves two system calls per file.
pub(super) fn read_padded<R: Regions>(
    path: &Path,
    limits: Limits,
    buffer: &mut Buffer,
) -> Result<usize, Error> {
    let open = R::enter(regions::OPEN);
    let mut file = feed::open(path)?;
    drop(open);
    let _read = R::wait(regions::READ, Wait::Read);
    // At most one byte beyond the limit is read.
    let most = limits.document_bytes.saturating_add(1);
    let mut length = 0;
    loop {
        let room = buffer.bytes().len() - PADDING - length;
        if room == 0 {
            let known = file.metadata().map_or(0, |metadata| metadata.len());
            let wanted = (known.min(most) as usize).max(length + length / 2);
            let wanted = wanted + 1 + PADDING;
            buffer
                .grow(wanted, length)
                .map_err(|_| failed(length, io::ErrorKind::OutOfMemory.into()))?;
            continue;
        }
        let room = (most - length as u64).min(room as u64) as usize;
        match file.read(&mut buffer.bytes_mut()[length..length + room]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(failed(length, source)),
        }
    }
    if length as u64 > limits.document_bytes {
        return Err(Error::Document {
            offset: limits.document_bytes,
            problem: Problem::TooLong(limits.document_bytes),
        });
    }
    buffer.bytes_mut()[length..length + PADDING].fill(FILLING);
    Ok(length)
}

fn failed(read: usize, source: io::Error) -> Error {
    Error::Read {
        offset: read as u64,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freq::regions::Unrecorded;

    #[test]
    fn documents_of_all_lengths_begin_at_a_page_and_end_in_padding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document");
        let mut buffer = Buffer::new();
        // Around the end of the first buffer, one that needs a longer one, and what a used buffer then holds.
        let lengths = [
            0,
            1,
            FIRST - PADDING - 1,
            FIRST - PADDING,
            FIRST,
            5 * FIRST,
            3,
        ];
        for length in lengths {
            let document: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &document).unwrap();
            let end = read_padded::<Unrecorded>(&path, Limits::default(), &mut buffer).unwrap();
            let bytes = buffer.bytes();
            assert_eq!(bytes.as_ptr() as usize % PAGE, 0);
            assert!(bytes[..end] == document, "{length}");
            assert_eq!(bytes[end..][..PADDING], [FILLING; PADDING]);
        }
    }
}
