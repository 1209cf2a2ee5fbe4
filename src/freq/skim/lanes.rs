//! Operations on many bytes at once, for each instruction set.
//!
//! Everything here is inlined into a caller that is compiled once for each instruction set.
//! Closures are not allowed: a closure is a separate function, compiled for the baseline.

use super::super::Count;
use super::document::Document;
use super::given_up::Walked;
use super::marks::Marks;
use super::topic::Topic;
use super::walk::{self, Scratch, Walk};
pub(super) use words::Words;
#[cfg(target_arch = "x86_64")]
pub(super) use {avx2::Avx2, avx512::Avx512};

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod words;

/// Bytes of a name that are classified at once.
pub(super) const WIDE: usize = 32;
/// Bytes whose markup is found at once.
pub(super) const BLOCK: usize = 64;
/// Bytes of a tag that are compared, and of a text that are searched, at once.
pub(super) const LONG: usize = 64;

/// What was seen in all blocks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScanFlags {
    /// A byte that XML does not allow.
    pub(super) control: bool,
    /// A byte beyond ASCII: only then must UTF-8 be checked.
    pub(super) beyond_ascii: bool,
}

/// A set of instructions.
pub(super) trait Lanes: Compiled {
    /// The state from which [`ScanFlags`] are computed.
    type FlagBits: Copy;

    /// The state before the first block.
    fn no_flags(self) -> Self::FlagBits;

    /// One bit per position of the block: whether it has a `<`, a `&`, or the first of two `]`. `next` holds the
    /// byte after each position.
    fn marks(self, block: &[u8; BLOCK], next: &[u8; BLOCK], flag_bits: &mut Self::FlagBits) -> u64;

    /// What has been seen in all blocks.
    fn flags(self, flag_bits: Self::FlagBits) -> ScanFlags;

    /// Two masks: of the bytes that cannot be in an ASCII name, exact up to the first such byte,
    /// and of the colons before that one.
    fn name(self, bytes: &[u8; WIDE]) -> (u32, u32);

    /// Mask of the bytes that equal `wanted`.
    fn equal(self, bytes: &[u8; LONG], wanted: u8) -> u64;

    /// The length of the common prefix.
    fn common(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> usize;

    /// Writes the positions of the bits of `mask`, offset by `start`, to the first slots; the
    /// remaining slots may be overwritten.
    #[inline(always)]
    fn positions(self, mut mask: u64, start: u32, slots: &mut [u32; BLOCK]) {
        let [first, others @ ..] = slots.as_chunks_mut::<4>().0 else {
            return;
        };
        // Without a branch, since most blocks have no more.
        put_four(&mut mask, start, first);
        for four in others {
            if mask == 0 {
                break;
            }
            put_four(&mut mask, start, four);
        }
    }

    /// Whether both agree in their first bytes: as many as the mask has ones from the lowest bit on.
    fn agree(self, left: &[u8; LONG], right: &[u8; LONG], mask: u64) -> bool;

    /// Like [`agree`](Self::agree), for [`WIDE`] bytes.
    fn agree_short(self, left: &[u8; WIDE], right: &[u8; WIDE], mask: u32) -> bool;
}

/// Takes four positions out of a mask.
#[inline(always)]
fn put_four(mask: &mut u64, start: u32, slots: &mut [u32; 4]) {
    for slot in slots {
        *slot = start + mask.trailing_zeros();
        *mask &= mask.wrapping_sub(1);
    }
}

/// The functions that everything else is inlined into.
pub(super) trait Compiled: Copy {
    /// [`walk::walk`].
    fn walk(
        self,
        document: Document<'_>,
        topic: &Topic<'_>,
        depth_limit: usize,
        scratch: &mut Scratch,
    ) -> Walked<Count>;

    /// [`Marks::fill`].
    fn refill(self, marks: &mut Marks, passed: usize, document: &Document<'_>);

    /// [`Walk::step`].
    fn step(self, walk: &mut Walk<'_, Self>) -> Walked<bool>;
}

/// Implements [`Compiled`] with the target features of an instruction set.
#[cfg(target_arch = "x86_64")]
macro_rules! compiled {
    ($lanes:ty, $(#[$features:meta])+) => {
        impl Compiled for $lanes {
            #[inline(always)]
            fn walk(
                self,
                document: Document<'_>,
                topic: &Topic<'_>,
                depth_limit: usize,
                scratch: &mut Scratch,
            ) -> Walked<Count> {
                $(#[$features])+
                fn compiled(
                    lanes: $lanes,
                    document: Document<'_>,
                    topic: &Topic<'_>,
                    depth_limit: usize,
                    scratch: &mut Scratch,
                ) -> Walked<Count> {
                    walk::walk(lanes, document, topic, depth_limit, scratch)
                }
                // SAFETY: `self` proves that the instructions are supported.
                unsafe { compiled(self, document, topic, depth_limit, scratch) }
            }

            #[inline(always)]
            fn refill(self, marks: &mut Marks, passed: usize, document: &Document<'_>) {
                #[inline(never)]
                $(#[$features])+
                fn compiled(
                    lanes: $lanes,
                    marks: &mut Marks,
                    passed: usize,
                    document: &Document<'_>,
                ) {
                    marks.fill(lanes, passed, document)
                }
                // SAFETY: `self` proves that the instructions are supported.
                unsafe { compiled(self, marks, passed, document) }
            }

            #[inline(always)]
            fn step(self, walk: &mut Walk<'_, Self>) -> Walked<bool> {
                #[inline(never)]
                $(#[$features])+
                fn compiled(walk: &mut Walk<'_, $lanes>) -> Walked<bool> {
                    walk.step()
                }
                // SAFETY: `self` proves that the instructions are supported.
                unsafe { compiled(walk) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compiled!(
    Avx512,
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
);
#[cfg(target_arch = "x86_64")]
compiled!(Avx2, #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);

impl Compiled for Words {
    #[inline(always)]
    fn walk(
        self,
        document: Document<'_>,
        topic: &Topic<'_>,
        depth_limit: usize,
        scratch: &mut Scratch,
    ) -> Walked<Count> {
        walk::walk(self, document, topic, depth_limit, scratch)
    }

    #[inline(never)]
    fn refill(self, marks: &mut Marks, passed: usize, document: &Document<'_>) {
        marks.fill(self, passed, document)
    }

    #[inline(never)]
    fn step(self, walk: &mut Walk<'_, Self>) -> Walked<bool> {
        walk.step()
    }
}
