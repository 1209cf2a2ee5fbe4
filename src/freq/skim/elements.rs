//! The elements that are open.

use super::given_up::{GivenUp, Walked};

/// The deepest nesting that is followed.
const DEEPEST: usize = 256;

/// Scratch for where the names of the open elements stand, and their lengths.
pub(super) type Names = [(u32, u32); DEEPEST];

pub(super) const NO_NAMES: Names = [(0, 0); DEEPEST];

/// A stack of them.
pub(super) struct Elements<'a> {
    names: &'a mut Names,
    /// How many there are.
    pub(super) depth: usize,
    /// How many there may be.
    deepest: usize,
}

impl<'a> Elements<'a> {
    /// None, at most `limit`.
    pub(super) fn new(names: &'a mut Names, limit: usize) -> Self {
        Self {
            names,
            depth: 0,
            deepest: limit.min(DEEPEST),
        }
    }

    /// Whether there may be one more.
    #[inline(always)]
    pub(super) fn have_room(&self) -> bool {
        self.depth < self.deepest
    }

    /// One more, whose name stands at `start`.
    #[inline(always)]
    pub(super) fn open(&mut self, start: usize, length: usize) -> Walked<()> {
        let slot = self.names.get_mut(self.depth);
        *slot.ok_or(GivenUp::Depth)? = (start as u32, length as u32);
        self.depth += 1;
        Ok(())
    }

    /// Names the innermost one.
    #[inline(always)]
    pub(super) fn name(&mut self, start: usize, length: usize) -> Walked<()> {
        let slot = self.names.get_mut(self.depth.wrapping_sub(1));
        *slot.ok_or(GivenUp::Depth)? = (start as u32, length as u32);
        Ok(())
    }

    /// Where the name of the innermost one stands, and its length.
    #[inline(always)]
    pub(super) fn innermost(&self) -> Walked<(usize, usize)> {
        let name = self.names.get(self.depth.wrapping_sub(1));
        let &(start, length) = name.ok_or(GivenUp::EndTag)?;
        Ok((start as usize, length as usize))
    }

    /// The root has ended: there may be no other.
    #[inline(always)]
    pub(super) fn admit_no_more(&mut self) {
        self.deepest = 0;
    }
}
