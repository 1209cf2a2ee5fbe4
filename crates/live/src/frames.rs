//! The calling thread's stack as addresses, without memory of its own.

/// The most frames of a stack that are kept, from the innermost: Go's limit.
pub(crate) const DEEPEST: usize = 128;

/// The addresses of the calls that the thread is in, innermost first: each within the instruction that
/// calls, and not the one that it returns to.
///
/// It walks by the unwind tables, so no frame pointers are needed. It neither allocates nor, with glibc
/// 2.35 and later, takes a lock, so it may run within the allocator and within a signal's handler.
#[inline(always)]
pub(crate) fn here(room: &mut [usize; DEEPEST]) -> &[usize] {
    let mut length = 0;
    let keep = |frame: &backtrace::Frame| {
        let address = frame.ip() as usize;
        if address == 0 {
            return false;
        }
        room[length] = address - 1;
        length += 1;
        length < DEEPEST
    };
    #[cfg(windows)]
    backtrace::trace(keep);
    // SAFETY: only Windows has a library for stacks that must not be entered by two threads.
    #[cfg(not(windows))]
    unsafe {
        backtrace::trace_unsynchronized(keep);
    }
    &room[..length]
}
