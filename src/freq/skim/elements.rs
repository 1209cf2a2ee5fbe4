//! The stack of open elements.

use super::given_up::{GivenUp, Walked};

/// The walk gives up at deeper nesting.
const DEEPEST: usize = 256;

/// Scratch space: offset and length of the name of each open element.
pub(super) type Names = [(u32, u32); DEEPEST];

pub(super) const NO_NAMES: Names = [(0, 0); DEEPEST];

/// The stack of open elements.
pub(super) struct Elements<'a> {
    names: &'a mut Names,
    /// How many elements are open.
    pub(super) depth: usize,
    /// How many may be open; 0 after the end of the root.
    deepest: usize,
}

impl<'a> Elements<'a> {
    /// An empty stack for at most `limit` elements.
    pub(super) fn new(names: &'a mut Names, limit: usize) -> Self {
        Self {
            names,
            depth: 0,
            deepest: limit.min(DEEPEST),
        }
    }

    /// Whether another element may open.
    #[inline(always)]
    pub(super) fn has_room(&self) -> bool {
        self.depth < self.deepest
    }

    /// Opens an element whose name is at `start`.
    #[inline(always)]
    pub(super) fn open(&mut self, start: usize, length: usize) -> Walked<()> {
        let slot = self.names.get_mut(self.depth);
        *slot.ok_or(GivenUp::Depth)? = (start as u32, length as u32);
        self.depth += 1;
        Ok(())
    }

    /// Sets the name of the innermost element.
    #[inline(always)]
    pub(super) fn set_innermost_name(&mut self, start: usize, length: usize) -> Walked<()> {
        let slot = self.names.get_mut(self.depth.wrapping_sub(1));
        *slot.ok_or(GivenUp::Depth)? = (start as u32, length as u32);
        Ok(())
    }

    /// Offset and length of the innermost element's name.
    #[inline(always)]
    pub(super) fn innermost(&self) -> Walked<(usize, usize)> {
        let name = self.names.get(self.depth.wrapping_sub(1));
        let &(start, length) = name.ok_or(GivenUp::EndTag)?;
        Ok((start as usize, length as usize))
    }

    /// Refuses further elements, after the end of the root.
    #[inline(always)]
    pub(super) fn admit_no_more(&mut self) {
        self.deepest = 0;
    }
}
