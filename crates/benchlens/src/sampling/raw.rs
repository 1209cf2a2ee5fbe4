//! Samples before unwinding: registers, and the top of the stack.

/// Everything that a sampler recorded.
#[derive(Debug, Default)]
pub(super) struct RawSamples {
    pub(super) samples: Vec<Raw>,
    /// Samples that the sampler lost.
    pub(super) lost: u64,
    /// Whether samples were taken in the kernel too, so that system calls are seen.
    pub(super) sees_kernel: bool,
}

/// A sample of one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    /// The time on the monotonic clock, in nanoseconds.
    pub(super) time: u64,
    pub(super) thread: u32,
    /// The processor time that the sample stands for.
    pub(super) nanoseconds: u64,
    /// Instruction pointer, stack pointer and base pointer.
    pub(super) ip: u64,
    pub(super) sp: u64,
    pub(super) bp: u64,
    /// The stack's memory, from the stack pointer upwards.
    pub(super) stack: Vec<u8>,
    /// The kernel stack, innermost first; empty outside of the kernel, or without permission to see it.
    pub(super) kernel: Vec<u64>,
}

impl Raw {
    /// The word of the stack at an address.
    pub(super) fn word(&self, address: u64) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.sp)?).ok()?;
        let bytes = self.stack.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }
}
