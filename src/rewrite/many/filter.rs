//! Where a needle may begin: 64 positions at once, a bit each.

use super::scan::Candidates;
use grams::Grams;
#[cfg(target_arch = "x86_64")]
use teddy::Teddy;

mod grams;
#[cfg(target_arch = "x86_64")]
mod teddy;

/// Positions that are answered for at once.
pub(super) const BLOCK: usize = 64;
/// What may be read for them.
pub(super) const WINDOW: usize = BLOCK + 16;

/// More needles than this pass too many false candidates through [`Teddy`].
#[cfg(target_arch = "x86_64")]
const FEW: usize = 16;

/// Answers for a block of positions.
pub(super) trait Blocks {
    /// A bit for each of the first [`BLOCK`] positions where a needle may begin. Where the text ends
    /// within the window, zeros follow.
    fn candidates(&self, window: &[u8; WINDOW]) -> u64;
}

/// What is known of the needles.
pub(super) enum Filter {
    /// No needle: none begins anywhere.
    Nothing,
    /// A few needles, on a processor with AVX2.
    #[cfg(target_arch = "x86_64")]
    Teddy(Box<Teddy>),
    /// Any needles, anywhere.
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

    /// All that this machine can run.
    #[cfg(test)]
    pub(super) fn available(needles: &[&[u8]]) -> Vec<Self> {
        let mut filters = vec![Self::Grams(Grams::new(needles))];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            filters.push(Self::Teddy(Box::new(Teddy::new(needles))));
        }
        filters
    }

    /// Has candidates looked up.
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
