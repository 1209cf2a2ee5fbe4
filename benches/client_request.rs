//! Valgrind's client requests to callgrind, which natively are a few rotations that change nothing.
//!
//! Source: valgrind.h and callgrind.h, the sequence for x86-64. On other processors callgrind is
//! not told, and the lens reports that its profile is empty.

const CALLGRIND: u64 = (b'C' as u64) << 24 | (b'T' as u64) << 16;

/// Callgrind counts from here on, on all threads.
pub(crate) fn start_instrumentation() {
    request(CALLGRIND + 4);
}

/// Callgrind stops counting.
pub(crate) fn stop_instrumentation() {
    request(CALLGRIND + 5);
}

#[cfg(target_arch = "x86_64")]
fn request(code: u64) {
    let arguments: [u64; 6] = [code, 0, 0, 0, 0, 0];
    // SAFETY: the four rotations add up to 128, so rdi ends as it began, and xchg of rbx with itself
    // does nothing; valgrind recognises the sequence, reads the request that rax points to, which
    // lives until the end of this function, and writes its answer to rdx.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdi") 0u64 => _,
            inout("rdx") 0u64 => _,
            in("rax") arguments.as_ptr(),
            options(nostack),
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_code: u64) {}
