//! Finds where a needle may begin: 64 positions at once, one bit each.

use super::scan::Candidates;
use grams::Grams;
#[cfg(target_arch = "x86_64")]
use teddy::Teddy;

mod grams;
#[cfg(target_arch = "x86_64")]
mod teddy;

/// Positions per block.
pub(super) const BLOCK: usize = 64;
/// Bytes that may be read for a block.
pub(super) const WINDOW: usize = BLOCK + 16;

/// More needles than this pass too many false candidates through [`Teddy`].
#[cfg(target_arch = "x86_64")]
const FEW: usize = 16;

/// A filter for a block of positions.
pub(super) trait Blocks {
    /// A bit for each of the first [`BLOCK`] positions where a needle may begin. Past the end of the
    /// text, the window has zeros.
    fn candidates(&self, window: &[u8; WINDOW]) -> u64;
}

/// A filter for a list of needles.
pub(super) enum Filter {
    /// No needles, no candidates.
    Nothing,
    /// A few needles, with AVX2.
    #[cfg(target_arch = "x86_64")]
    Teddy(Box<Teddy>),
    /// Any number of needles, on any processor.
    Grams(Grams),
}

impl Filter {
    /// The fastest for these needles on this machine.
    pub(super) fn new(needles: &[&[u8]]) -> Self {
        if needles.is_empty() {
            return Self::Nothing;
        }
        #[cfg(target_arch = "x86_64")]
        if needles.len() <= FEW && std::arch::is_x86_feature_detected!("avx2") {
            return Self::Teddy(Box::new(Teddy::new(needles)));
        }
        Self::Grams(Grams::new(needles))
    }

    /// All filters that this machine supports.
    #[cfg(test)]
    pub(super) fn available(needles: &[&[u8]]) -> Vec<Self> {
        let mut filters = vec![Self::Grams(Grams::new(needles))];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            filters.push(Self::Teddy(Box::new(Teddy::new(needles))));
        }
        filters
    }

    /// Runs the lookup of candidates.
    pub(super) fn run(&self, candidates: Candidates<'_, '_, '_>) {
        match self {
            Self::Nothing => candidates.pass_over(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this filter is only chosen where the processor has AVX2.
            Self::Teddy(teddy) => unsafe { teddy::look_up(teddy, candidates) },
            Self::Grams(grams) => grams.look_up(candidates),
        }
    }
}
