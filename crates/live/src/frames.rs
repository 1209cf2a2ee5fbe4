//! The calling thread's stack as addresses, without allocating.

/// How many frames of a stack are kept, from the innermost outwards: Go's limit.
pub(crate) const DEEPEST: usize = 128;

/// The addresses of the thread's active calls, innermost first. Each is inside of the call instruction, not the
/// return address.
///
/// The unwind tables are used, so no frame pointers are needed. The walk does not allocate, and takes no lock
/// with glibc 2.35 and later, so it may run in the allocator and in a signal handler.
#[inline(always)]
pub(crate) fn capture_stack(room: &mut [usize; DEEPEST]) -> &[usize] {
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
    // SAFETY: two threads may use the unwinder at once, except on Windows.
    #[cfg(not(windows))]
    unsafe {
        backtrace::trace_unsynchronized(keep);
    }
    &room[..length]
}
