//! The course's first rewriter, with the constructor of its reader called or inlined: 2 allocations,
//! as in the course, or 1.
//!
//! It is `rewrite/alg_one` itself, on a writer that computes a digest. The box of its reader is
//! deleted; its window stays, since it is indexed at run time.

use std::hint::black_box;
use std::io::{self, Write};

use super::{Pair, Side, side};
use crate::rewrite::alg_one::{boxed, boxed_inlined, rewrite_boxed};
use crate::rewrite::elvis::ELVIS;
use crate::rewrite::oracle;

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "alg_one",
    summary: "the constructor of the rewriter's reader",
    called: Side {
        callee: "benchlens_suite::rewrite::alg_one::boxed",
        ..side!(called, boxed, 2)
    },
    inlined: Side {
        callee: "benchlens_suite::rewrite::alg_one::boxed_inlined",
        ..side!(inlined, boxed_inlined, 1)
    },
    oracle: |text| {
        let Ok(substitution) = ELVIS else { return 0 };
        let (rewritten, count) = oracle::rewrite(text, substitution);
        let mut digest = Digest::NEW;
        digest.take(&rewritten);
        digest.with(count)
    },
};

/// The digest of the rewriter's output, with its reader's constructor called.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    // Not a constant to the optimiser, as in the rewriter's measured instance.
    let Ok(elvis) = black_box(ELVIS) else {
        return 0;
    };
    let mut digest = Digest::NEW;
    let count = rewrite_boxed(boxed(black_box(text)), elvis, &mut digest);
    black_box(count.map_or(0, |count| digest.with(count)))
}

/// The digest of the rewriter's output, with its reader's constructor inlined.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    let Ok(elvis) = black_box(ELVIS) else {
        return 0;
    };
    let mut digest = Digest::NEW;
    let count = rewrite_boxed(boxed_inlined(black_box(text)), elvis, &mut digest);
    black_box(count.map_or(0, |count| digest.with(count)))
}

/// The 64-bit FNV-1a hash.
struct Digest(u64);

impl Digest {
    const NEW: Self = Self(0xcbf2_9ce4_8422_2325);

    #[inline]
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    #[inline]
    const fn with(&self, count: u64) -> u64 {
        self.0 ^ count
    }
}

impl Write for Digest {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
