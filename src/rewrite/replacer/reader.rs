//! The reading adapter.

use std::io::{self, BufRead, Read};

use super::Replacer;
use super::pieces::Pieces;

/// Reads from another reader and rewrites what it reads. Created by [`Replacer::reader`].
///
/// It reads 64 KiB at once and buffers as much output, so neither side needs its own buffer. A read
/// returns bytes as soon as they are decided, and blocks only for a possible partial match. An
/// error of the inner reader is passed on, and the next read tries again.
#[derive(Debug)]
pub struct ReplaceReader<R> {
    reader: R,
    /// The input buffer; allocated by the first read.
    piece: Vec<u8>,
    pieces: Pieces,
    has_ended: bool,
}

impl<R> ReplaceReader<R> {
    /// How many replacements there were so far.
    pub const fn replacements(&self) -> u64 {
        self.pieces.count()
    }

    /// The inner reader.
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The inner reader. Bytes that were read from it but not returned yet are lost.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read> ReplaceReader<R> {
    pub(super) fn new(replacer: Replacer, reader: R) -> Self {
        Self {
            reader,
            piece: Vec::new(),
            pieces: Pieces::new(replacer),
            has_ended: false,
        }
    }
}

impl<R: Read> BufRead for ReplaceReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.pieces.ready().is_empty() && !self.has_ended {
            self.piece.resize(self.pieces.piece(), 0);
            let read = self.reader.read(&mut self.piece)?;
            self.pieces.waiting.extend_from_slice(&self.piece[..read]);
            self.has_ended = read == 0;
            self.pieces.rewrite(self.has_ended);
        }
        Ok(self.pieces.ready())
    }

    fn consume(&mut self, count: usize) {
        self.pieces.hand_on(count);
    }
}

impl<R: Read> Read for ReplaceReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}
