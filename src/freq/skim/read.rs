//! Reads a file into a reused buffer, with padding after it.

use std::io::{self, Read};
use std::path::Path;

use super::document::{FILLING, PADDING};
use crate::feed::{self, Error, Limits, Problem};
use crate::freq::regions::{self, Regions, Wait};

/// The initial length of a buffer, enough for nearly every feed.
pub(super) const FIRST: usize = 256 << 10;

/// Reads a whole file to the start of `buffer` and returns its length. The [`PADDING`] bytes after
/// it are set to `=`, which is in no name and ends every run of white space.
///
/// The buffer only grows, and is never shorter than [`FIRST`]. The file's length is queried only if
/// the file does not fit, which saves two system calls per file.
pub(super) fn read_padded<R: Regions>(
    path: &Path,
    limits: Limits,
    buffer: &mut Vec<u8>,
) -> Result<usize, Error> {
    let open = R::enter(regions::OPEN);
    let mut file = feed::open(path)?;
    drop(open);
    let _read = R::wait(regions::READ, Wait::Read);
    // At most one byte beyond the limit is read.
    let most = limits.document_bytes.saturating_add(1);
    let mut length = 0;
    loop {
        let room = buffer.len() - PADDING - length;
        if room == 0 {
            let known = file.metadata().map_or(0, |metadata| metadata.len());
            let wanted = (known.min(most) as usize).max(length + length / 2);
            let wanted = wanted + 1 + PADDING;
            buffer
                .try_reserve_exact(wanted - buffer.len())
                .map_err(|_| failed(length, io::ErrorKind::OutOfMemory.into()))?;
            buffer.resize(wanted, 0);
            continue;
        }
        let room = (most - length as u64).min(room as u64) as usize;
        match file.read(&mut buffer[length..length + room]) {
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
    buffer[length..length + PADDING].fill(FILLING);
    Ok(length)
}

fn failed(read: usize, source: io::Error) -> Error {
    Error::Read {
        offset: read as u64,
        source,
    }
}
