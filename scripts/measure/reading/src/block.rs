//! Memory to read into, at a chosen place in a page: on some processors it decides how fast the kernel copies.

use std::ops::{Deref, DerefMut};

/// Longer than any of the files.
pub const LENGTH: usize = 256 << 10;
const PAGE: usize = 4096;

/// [`LENGTH`] bytes.
pub struct Block {
    bytes: Vec<u8>,
    start: usize,
}

impl Block {
    /// A block that begins `offset` bytes into a page.
    pub fn at(offset: usize) -> Self {
        let bytes = vec![0; PAGE + offset + LENGTH];
        let start = bytes.as_ptr().align_offset(PAGE) + offset;
        Self { bytes, start }
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..][..LENGTH]
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..][..LENGTH]
    }
}
