//! The content of the pairs' boxes: a text and the position in it.

use std::io::{self, Read};

/// Reads a text from memory. Its state changes with every byte, so the optimiser needs its memory
/// unless it sees all uses.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a [u8],
    next: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, next: 0 }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.next)?;
        self.next += 1;
        Some(byte)
    }
}

impl Read for Reader<'_> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.text.get(self.next..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.next += count;
        Ok(count)
    }
}

/// The expected result of the readers, computed in the obvious way.
pub(super) fn sum(text: &[u8]) -> u64 {
    text.iter().copied().map(u64::from).sum()
}
