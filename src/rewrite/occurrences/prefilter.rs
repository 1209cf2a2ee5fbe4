//! Which blocks need not be compared in full.

use super::Prepared;
use super::marks::{BLOCK, probe};

/// Positions probed per step, to amortise the loop around the probe.
pub(super) const STRETCH: usize = 4 * BLOCK;
/// Blocks probed with three bytes after a false positive.
const BACKOFF: u8 = 4;

/// Decides which blocks are compared in full: those that may have a match, and the one after a
/// block with several matches. Long stretches without two rare bytes of the needle are skipped;
/// after a false positive, a third byte is probed too.
#[derive(Default)]
pub(super) struct Prefilter {
    dense: bool,
    backoff: u8,
}

impl Prefilter {
    /// Records how many matches a fully compared block had.
    #[inline(always)]
    pub(super) fn saw(&mut self, matches: u64) {
        self.dense = matches > 1;
        if matches > 0 {
            self.backoff = 0;
        }
    }

    /// How many of the next positions certainly have no match.
    #[inline(always)]
    pub(super) fn clear_prefix<const SCALAR: bool>(
        &mut self,
        text: &[u8],
        prepared: &Prepared<'_>,
    ) -> usize {
        let Some(with) = prepared.plan.probe else {
            return 0;
        };
        if SCALAR || self.dense {
            return 0;
        }
        let all = text.len() - prepared.needle.len() + 1;
        if self.backoff == 0 {
            let mut clear = 0;
            while clear < all.min(STRETCH) {
                let positions = (all - clear).min(BLOCK);
                if probe::<2>(&text[clear..], with, positions) {
                    self.backoff = BACKOFF;
                    break;
                }
                clear += positions;
            }
            if clear > 0 {
                return clear;
            }
        }
        self.backoff -= 1;
        let positions = all.min(BLOCK);
        if probe::<3>(text, with, positions) {
            0
        } else {
            positions
        }
    }
}
