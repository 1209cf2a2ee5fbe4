//! Brings the C library's heap into the same state before each case.
//!
//! The instruction count of `malloc` depends on the free blocks it finds, and so on everything that
//! the process did before, such as the filter. So a forked process allocates every free block and
//! leaves a top chunk of fixed size at a fixed offset in its page.

/// The size of the top chunk, in bytes; below the threshold at which glibc trims it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TOP: usize = 64 << 10;

/// Allocates all free blocks of the main arena and leaks them, so that what an allocation costs, and where
/// its block lies in its page, does not depend on what the process did before. For a process that counts
/// one case and ends. Does nothing where the C library is not glibc.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn heap() {
    drain_thread_cache();
    // Stops when nothing changes: the statistics include other arenas, which cannot be emptied from
    // here.
    let mut left = usize::MAX;
    while free_below_top() < left {
        left = free_below_top();
        for bits in (5..=16).rev() {
            loop {
                let before = free_below_top();
                leak((1 << bits) - 8);
                if free_below_top() >= before {
                    break;
                }
            }
        }
        // Allocating a small block moves others of its size to the thread cache.
        drain_thread_cache();
    }
    while top() < TOP + 32 {
        // More than is left, so that the top chunk grows.
        leak(top() + TOP);
    }
    leak((top() - TOP - 8) & !15);
}

/// Empties the thread cache: at most seven blocks in each of 64 sizes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn drain_thread_cache() {
    for size in (24..=1032).step_by(16) {
        (0..7).for_each(|_| leak(size));
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn leak(bytes: usize) {
    // SAFETY: the block is neither accessed nor freed.
    std::hint::black_box(unsafe { libc::malloc(bytes) });
}

/// Bytes in free blocks, without the top chunk.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn free_below_top() -> usize {
    // SAFETY: only reads counters.
    let info = unsafe { libc::mallinfo2() };
    info.fordblks - info.keepcost
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn top() -> usize {
    // SAFETY: only reads counters.
    unsafe { libc::mallinfo2() }.keepcost
}

/// Does nothing here: this is not glibc.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn heap() {}
