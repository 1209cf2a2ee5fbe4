//! A sample as a sampler leaves it: registers, and the top of the stack.

/// Everything that a sampler left.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) samples: Vec<Raw>,
    /// Announced and not delivered.
    pub(super) lost: u64,
    /// Whether time within the kernel is seen.
    pub(super) sees_kernel: bool,
}

/// A thread at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    /// By the monotonic clock, in nanoseconds.
    pub(super) time: u64,
    pub(super) thread: u32,
    /// The processor time that it stands for.
    pub(super) nanoseconds: u64,
    /// The instruction, the stack and the base pointer.
    pub(super) ip: u64,
    pub(super) sp: u64,
    pub(super) bp: u64,
    /// The memory from the stack pointer on.
    pub(super) stack: Vec<u8>,
    /// Where the kernel was, innermost first; empty if the thread was not in it, or if that is not seen.
    pub(super) kernel: Vec<u64>,
}

impl Raw {
    /// A word of the stack.
    pub(super) fn word(&self, address: u64) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.sp)?).ok()?;
        let bytes = self.stack.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }
}
