//! The allocator behind the switch, which serves requests while nothing is counted.

#[cfg(not(any(feature = "mimalloc", feature = "jemalloc")))]
mod chosen {
    pub(crate) use std::alloc::System as Backend;

    /// Whether this process uses only the system allocator.
    pub(crate) const fn is_system() -> bool {
        true
    }
}

#[cfg(any(feature = "mimalloc", feature = "jemalloc"))]
mod chosen {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::ffi::{CStr, c_char};
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

    #[cfg(feature = "mimalloc")]
    use mimalloc::MiMalloc as Other;
    // With both features, as with `--all-features`, mimalloc is used.
    #[cfg(not(feature = "mimalloc"))]
    use tikv_jemallocator::Jemalloc as Other;

    const UNKNOWN: u8 = 0;
    const SYSTEM: u8 = 1;
    const OTHER: u8 = 2;

    /// Which of the two allocators this process uses, from its first block on.
    static USED: AtomicU8 = AtomicU8::new(UNKNOWN);

    /// The chosen allocator, or the system's in a counting process.
    pub(crate) struct Backend;

    /// Whether this process uses only the system allocator.
    #[inline]
    pub(crate) fn is_system() -> bool {
        match USED.load(Relaxed) {
            UNKNOWN => choose(),
            used => used == SYSTEM,
        }
    }

    #[cold]
    fn choose() -> bool {
        // `std::env::var` allocates, so the C function is used.
        unsafe extern "C" {
            fn getenv(name: *const c_char) -> *const c_char;
        }
        // SAFETY: the name ends with a zero. The first block is allocated before `main`, when nothing
        // changes the environment yet.
        let value = unsafe { getenv(c"BENCHLENS_ALLOCATOR".as_ptr()) };
        // SAFETY: `getenv` returns a string that ends with a zero.
        let is_system = !value.is_null() && unsafe { CStr::from_ptr(value) } == c"system";
        USED.store(if is_system { SYSTEM } else { OTHER }, Relaxed);
        is_system
    }

    // SAFETY: each method passes its arguments to an allocator that upholds the contract of
    // `GlobalAlloc`, always the same one within a process.
    unsafe impl GlobalAlloc for Backend {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            match is_system() {
                // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
                true => unsafe { System.alloc(layout) },
                // SAFETY: as above.
                false => unsafe { Other.alloc(layout) },
            }
        }

        #[inline]
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            match is_system() {
                // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same there.
                true => unsafe { System.alloc_zeroed(layout) },
                // SAFETY: as above.
                false => unsafe { Other.alloc_zeroed(layout) },
            }
        }

        #[inline]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            match is_system() {
                // SAFETY: the block comes from the one allocator that this process uses.
                true => unsafe { System.dealloc(block, layout) },
                // SAFETY: as above.
                false => unsafe { Other.dealloc(block, layout) },
            }
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            match is_system() {
                // SAFETY: the block comes from the one allocator that this process uses.
                true => unsafe { System.realloc(block, layout, new_size) },
                // SAFETY: as above.
                false => unsafe { Other.realloc(block, layout, new_size) },
            }
        }
    }
}

pub(crate) use chosen::{Backend, is_system};
