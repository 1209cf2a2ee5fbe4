//! The state of the C library's heap, made the same before each case.
//!
//! How many instructions `malloc` takes depends on the free blocks that it finds, and those depend on
//! all that the process did before: on which cases came first, and on the filter. So a forked
//! process takes every free block, and leaves a top of one size at one place in its page.

/// What is left of the top, in bytes; below what `malloc` gives back to the system.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TOP: usize = 64 << 10;

/// Takes all free blocks of the main arena, for good: the process counts one case and ends.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn heap() {
    kept_by_thread();
    // Until nothing changes: arenas of other threads are counted as well, and are not reached.
    let mut left = usize::MAX;
    while below_top() < left {
        left = below_top();
        for bits in (5..=16).rev() {
            loop {
                let before = below_top();
                take((1 << bits) - 8);
                if below_top() >= before {
                    break;
                }
            }
        }
        // To take a small block moves others of its size to those that the thread keeps.
        kept_by_thread();
    }
    while top() < TOP + 32 {
        // More than there is, so that the top grows.
        take(top() + TOP);
    }
    take((top() - TOP - 8) & !15);
}

/// Takes the blocks that are kept for this thread: at most seven in each of 64 sizes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn kept_by_thread() {
    for size in (24..=1032).step_by(16) {
        (0..7).for_each(|_| take(size));
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn take(bytes: usize) {
    // SAFETY: what is taken is neither written nor given back.
    std::hint::black_box(unsafe { libc::malloc(bytes) });
}

/// Bytes of free blocks, without the top.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn below_top() -> usize {
    // SAFETY: only reads counters.
    let info = unsafe { libc::mallinfo2() };
    info.fordblks - info.keepcost
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn top() -> usize {
    // SAFETY: only reads counters.
    unsafe { libc::mallinfo2() }.keepcost
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn heap() {}
