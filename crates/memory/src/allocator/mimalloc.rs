//! mimalloc.

use std::ptr::null_mut;

use super::Allocator;
use crate::Levels;

/// mimalloc. `held` is what it has committed. It does not count live bytes.
pub const MIMALLOC: Allocator = Allocator {
    name: "mimalloc",
    levels,
    give_back,
};

fn levels() -> Levels {
    let mut committed = 0;
    // SAFETY: each pointer is null, which is allowed, or valid for the write of a number.
    unsafe {
        libmimalloc_sys::mi_process_info(
            null_mut(),
            null_mut(),
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut committed,
            null_mut(),
            null_mut(),
        );
    }
    Levels {
        live: None,
        held: Some(committed as u64),
    }
}

/// `mi_collect(true)`.
fn give_back() {
    // SAFETY: `mi_collect` only touches free memory.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
