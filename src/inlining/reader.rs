//! What the pairs keep in their boxes: a text and how far it has been read.

use std::io::{self, Read};

/// Reads a text from memory, and changes with every byte, so that the optimiser cannot do without
/// its memory unless it sees all of its uses.
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

/// The plain obvious way to what the readers are asked for.
pub(super) fn sum(text: &[u8]) -> u64 {
    text.iter().copied().map(u64::from).sum()
}
