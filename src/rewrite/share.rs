//! A part of an output that is not written yet, to be filled from its beginning.

use std::io;
use std::mem::MaybeUninit;

/// Appends `length` bytes to `output`, which `fill` writes.
///
/// # Panics
///
/// If `fill` writes fewer or more.
#[inline]
pub(super) fn append<T>(
    output: &mut Vec<u8>,
    length: usize,
    fill: impl FnOnce(&mut Share<'_>) -> T,
) -> T {
    output.reserve(length);
    let mut share = Share::new(&mut output.spare_capacity_mut()[..length]);
    let buffer = std::ptr::from_ref::<[_]>(share.buffer);
    let result = fill(&mut share);
    let is_same = std::ptr::eq(buffer, share.buffer);
    assert!(is_same && share.is_full(), "all of a share is filled");
    // SAFETY: all of these bytes have been written: the share is full, and no other was put in its place. Gain: they
    // are not zeroed first.
    unsafe { output.set_len(output.len() + length) };
    result
}

/// A buffer of fixed length, and how much of it is filled.
pub(super) struct Share<'a> {
    buffer: &'a mut [MaybeUninit<u8>],
    filled: usize,
}

impl<'a> Share<'a> {
    pub(super) fn new(buffer: &'a mut [MaybeUninit<u8>]) -> Self {
        Self { buffer, filled: 0 }
    }

    /// Appends all of `bytes`.
    ///
    /// # Panics
    ///
    /// If the buffer has no room for them.
    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8]) {
        // SAFETY: initialised bytes are valid as maybe-uninitialised ones. Gain: nothing is zeroed, which would
        // be a pass over all bytes on one thread.
        let bytes: &[MaybeUninit<u8>] =
            unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) };
        self.buffer[self.filled..][..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    /// What is filled.
    #[inline]
    pub(super) fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: all of these bytes have been written: `append` writes them, and callers of `advance` promise it.
        unsafe { std::slice::from_raw_parts_mut(self.buffer.as_mut_ptr().cast(), self.filled) }
    }

    /// Splits the rest into parts of these lengths.
    ///
    /// # Panics
    ///
    /// If the rest is shorter than all parts together.
    pub(super) fn split(&mut self, lengths: &[usize]) -> Vec<Share<'_>> {
        let mut rest = self.rest();
        let mut part = |&length| {
            let (part, behind) = std::mem::take(&mut rest).split_at_mut(length);
            rest = behind;
            Share::new(part)
        };
        lengths.iter().map(&mut part).collect()
    }

    /// The unfilled rest.
    #[inline]
    pub(super) fn rest(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.buffer[self.filled..]
    }

    /// Counts the first `length` bytes of the rest as filled.
    ///
    /// # Safety
    ///
    /// The caller has initialised these bytes.
    #[inline]
    pub(super) unsafe fn advance(&mut self, length: usize) {
        debug_assert!(length <= self.buffer.len() - self.filled);
        self.filled += length;
    }

    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.filled == self.buffer.len()
    }
}

impl io::Write for Share<'_> {
    /// Takes as many bytes as the buffer has room for.
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.buffer.len() - self.filled);
        self.append(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
