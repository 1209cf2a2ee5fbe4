//! The bytes of a document with readable padding after them.

use super::given_up::{GivenUp, Walked};
use super::lanes::{LONG, Lanes, WIDE};

/// Bytes that can be read beyond the end of a document.
pub(super) const PADDING: usize = 128;
/// The padding byte: it is in no name, ends every run of white space, and begins no markup.
pub(super) const FILLING: u8 = b'=';

/// A document and its padding.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    bytes: &'a [u8],
    end: usize,
    /// The last offset from which [`LONG`] bytes can be read.
    last: usize,
}

impl<'a> Document<'a> {
    /// The first `end` bytes; `None` if there is no padding after them, or if offsets would
    /// overflow.
    pub(super) fn new(bytes: &'a [u8], end: usize) -> Option<Self> {
        let padding = bytes.get(end..end.checked_add(PADDING)?)?;
        debug_assert_eq!(padding, [FILLING; PADDING]);
        u32::try_from(bytes.len()).is_ok().then_some(Self {
            bytes,
            end,
            last: end + PADDING - LONG,
        })
    }

    /// The document's length.
    #[inline(always)]
    pub(super) fn end(self) -> usize {
        self.end
    }

    /// The whole document, without the padding.
    #[inline(always)]
    pub(super) fn whole(self) -> &'a [u8] {
        &self.bytes[..self.end]
    }

    /// A part of it.
    #[inline(always)]
    pub(super) fn part(self, start: usize, end: usize) -> &'a [u8] {
        &self.bytes[start..end]
    }

    /// One byte, possibly of the padding.
    #[inline(always)]
    pub(super) fn byte(self, at: usize) -> Walked<u8> {
        self.wide(at).map(|bytes| bytes[0])
    }

    /// [`LONG`] bytes at an offset that is not far beyond the end.
    #[inline(always)]
    pub(super) fn long(self, start: usize) -> Walked<&'a [u8; LONG]> {
        const { assert!(WIDE <= LONG && LONG <= PADDING) };
        if start > self.last {
            return Err(GivenUp::End);
        }
        // SAFETY: `new` has checked that there are `LONG` bytes from `last` on. Gain: see `wide`.
        Ok(unsafe { &*self.bytes.as_ptr().add(start).cast() })
    }

    /// Gives access to all offsets below `stop`, which must not be far beyond the end.
    #[inline(always)]
    pub(super) fn below(self, stop: usize) -> Option<Below<'a>> {
        (stop <= self.last).then_some(Below {
            bytes: self.bytes,
            stop,
        })
    }

    /// The offset of the next `wanted` byte, which must not be the padding byte.
    #[inline(always)]
    pub(super) fn find<L: Lanes>(self, lanes: L, from: usize, wanted: u8) -> Walked<usize> {
        let mut at = from;
        while at < self.end {
            let found = lanes.equal(self.long(at)?, wanted);
            if found != 0 {
                return Ok(at + found.trailing_zeros() as usize);
            }
            at += LONG;
        }
        Err(GivenUp::End)
    }

    /// The offset of the next `first` byte that is followed by `second`.
    #[inline(always)]
    pub(super) fn find_pair<L: Lanes>(
        self,
        lanes: L,
        from: usize,
        [first, second]: [u8; 2],
    ) -> Walked<usize> {
        let mut at = from;
        while at < self.end {
            let found =
                lanes.equal(self.long(at)?, first) & lanes.equal(self.long(at + 1)?, second);
            if found != 0 {
                return Ok(at + found.trailing_zeros() as usize);
            }
            at += LONG;
        }
        Err(GivenUp::End)
    }

    /// [`WIDE`] bytes at an offset that is not far beyond the end.
    #[inline(always)]
    pub(super) fn wide(self, start: usize) -> Walked<&'a [u8; WIDE]> {
        if start > self.last {
            return Err(GivenUp::End);
        }
        // SAFETY: `new` has checked that there are `LONG` bytes from `last` on, and `WIDE <= LONG`.
        // Gain: a checked slice is slower, see "What did not help" in results/README.md.
        Ok(unsafe { &*self.bytes.as_ptr().add(start).cast() })
    }
}

/// The bytes at offsets that have been checked together.
#[derive(Clone, Copy)]
pub(super) struct Below<'a> {
    bytes: &'a [u8],
    stop: usize,
}

impl<'a> Below<'a> {
    /// [`LONG`] bytes at an offset, and as many one byte later. Panics if the offset is not below the limit.
    #[inline(always)]
    pub(super) fn block(self, start: usize) -> [&'a [u8; LONG]; 2] {
        assert!(start < self.stop);
        let from = self.bytes.as_ptr();
        // SAFETY: `stop` is at most the last offset from which `LONG` bytes can be read, and `start + 1` is at most
        // `stop`. Gain: see `wide`.
        unsafe { [&*from.add(start).cast(), &*from.add(start + 1).cast()] }
    }
}
