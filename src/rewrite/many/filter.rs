//! Finds where a needle may begin: 64 positions at once, one bit each.

#[cfg(target_arch = "x86_64")]
use super::super::avx2::Avx2;
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

/// With more needles than this, [`Teddy`] passes too many false candidates.
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
    Teddy(Box<Teddy>, Avx2),
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
        if needles.len() <= FEW
            && let Some(avx2) = Avx2::detect()
        {
            return Self::Teddy(Box::new(Teddy::new(needles)), avx2);
        }
        Self::Grams(Grams::new(needles))
    }

    /// All filters that this machine supports.
    #[cfg(test)]
    pub(super) fn available(needles: &[&[u8]]) -> Vec<Self> {
        let mut filters = vec![Self::Grams(Grams::new(needles))];
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            filters.push(Self::Teddy(Box::new(Teddy::new(needles)), avx2));
        }
        filters
    }

    /// Looks up this filter's candidates.
    pub(super) fn run(&self, candidates: Candidates<'_, '_, '_>) {
        match self {
            Self::Nothing => candidates.pass_over(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `avx2` is proof that the processor has AVX2.
            Self::Teddy(teddy, avx2) => unsafe { teddy::look_up(teddy, *avx2, candidates) },
            Self::Grams(grams) => grams.look_up(candidates),
        }
    }
}
