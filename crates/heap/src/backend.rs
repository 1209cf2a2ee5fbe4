//! Where memory comes from while nothing is counted.

#[cfg(not(any(feature = "mimalloc", feature = "jemalloc")))]
mod chosen {
    pub(crate) use std::alloc::System as Backend;

    /// Whether every block of this process is the system's.
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
    // With both features, as with `--all-features`, the first is taken.
    #[cfg(not(feature = "mimalloc"))]
    use tikv_jemallocator::Jemalloc as Other;

    const UNKNOWN: u8 = 0;
    const SYSTEM: u8 = 1;
    const OTHER: u8 = 2;

    /// Which of both this process uses, from its first block on.
    static USED: AtomicU8 = AtomicU8::new(UNKNOWN);

    /// The other allocator, or the system's in a process that is to count.
    pub(crate) struct Backend;

    /// Whether every block of this process is the system's.
    #[inline]
    pub(crate) fn is_system() -> bool {
        match USED.load(Relaxed) {
            UNKNOWN => choose(),
            used => used == SYSTEM,
        }
    }

    #[cold]
    fn choose() -> bool {
        // std's way to read a variable allocates.
        unsafe extern "C" {
            fn getenv(name: *const c_char) -> *const c_char;
        }
        // SAFETY: the name ends with a zero; the first block is asked for before `main`, where nothing
        // changes the environment yet.
        let value = unsafe { getenv(c"BENCHLENS_ALLOCATOR".as_ptr()) };
        // SAFETY: what is found ends with a zero.
        let is_system = !value.is_null() && unsafe { CStr::from_ptr(value) } == c"system";
        USED.store(if is_system { SYSTEM } else { OTHER }, Relaxed);
        is_system
    }

    // SAFETY: each method hands its arguments on to an allocator that keeps the contract of
    // `GlobalAlloc`, in one process always to the same one.
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
                // SAFETY: the block is of the one allocator that this process uses.
                true => unsafe { System.dealloc(block, layout) },
                // SAFETY: as above.
                false => unsafe { Other.dealloc(block, layout) },
            }
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            match is_system() {
                // SAFETY: the block is of the one allocator that this process uses.
                true => unsafe { System.realloc(block, layout, new_size) },
                // SAFETY: as above.
                false => unsafe { Other.realloc(block, layout, new_size) },
            }
        }
    }
}

pub(crate) use chosen::{Backend, is_system};
