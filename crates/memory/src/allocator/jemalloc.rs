//! jemalloc.

use std::ffi::CStr;
use std::ptr::null_mut;

use tikv_jemalloc_sys::mallctl;

use super::Allocator;
use crate::Levels;

/// jemalloc. `held` is its `stats.resident`: pages in use, its own data, and free pages that it has not
/// returned. `live` is `stats.allocated`. Cost: jemalloc adds up all arenas.
pub const JEMALLOC: Allocator = Allocator {
    name: "jemalloc",
    levels,
    give_back,
};

fn levels() -> Levels {
    let mut epoch = 1_u64;
    // SAFETY: the name ends with a zero, and `epoch` takes a 64-bit number.
    unsafe {
        mallctl(
            c"epoch".as_ptr(),
            null_mut(),
            null_mut(),
            (&raw mut epoch).cast(),
            size_of::<u64>(),
        );
    }
    Levels {
        live: read(c"stats.allocated"),
        held: read(c"stats.resident"),
    }
}

/// A statistic; `None` if this jemalloc was built without it.
fn read(name: &CStr) -> Option<u64> {
    let mut value = 0_usize;
    let mut length = size_of::<usize>();
    // SAFETY: the name ends with a zero, and the statistics are of the type `size_t`.
    let failed = unsafe {
        mallctl(
            name.as_ptr(),
            (&raw mut value).cast(),
            &raw mut length,
            null_mut(),
            0,
        )
    };
    (failed == 0).then_some(value as u64)
}

/// Flushes this thread's cache, then purges all arenas.
fn give_back() {
    for name in [c"thread.tcache.flush", c"arena.4096.purge"] {
        // SAFETY: the name ends with a zero; both take no value. 4096 stands for all arenas.
        unsafe { mallctl(name.as_ptr(), null_mut(), null_mut(), null_mut(), 0) };
    }
}
