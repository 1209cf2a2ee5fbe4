//! Valgrind's client requests to callgrind. Outside of valgrind they are a few rotations without
//! effect.
//!
//! Source: valgrind.h and callgrind.h, the sequence for x86-64. On other processors no request is
//! made, and the lens reports that they are not supported.

const CALLGRIND: u64 = (b'C' as u64) << 24 | (b'T' as u64) << 16;

/// Whether client requests are implemented for this target.
pub(super) const IS_KNOWN: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Makes callgrind write its counters to a file and reset them.
pub(super) fn dump() {
    request(CALLGRIND);
}

/// Makes callgrind reset its counters.
pub(super) fn zero() {
    request(CALLGRIND + 1);
}

/// Makes callgrind start counting, on all threads.
pub(super) fn start() {
    request(CALLGRIND + 4);
}

/// Makes callgrind stop counting.
pub(super) fn stop() {
    request(CALLGRIND + 5);
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn request(code: u64) {
    let arguments: [u64; 6] = [code, 0, 0, 0, 0, 0];
    // SAFETY: the four rotations add up to 128, so rdi ends as it began, and xchg of rbx with itself
    // does nothing. Valgrind recognises the sequence, reads the request that rax points to, which
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

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn request(_code: u64) {}
