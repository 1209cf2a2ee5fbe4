//! What a subject says of its own use of the heap, so that the heap lens can hold it to its word.

/// How the allocations of one call, in count and in peak, grow with the size of its input.
///
/// The heap lens runs the subject on n, 2n and 4n bytes and fails where the claim is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeapClaim {
    /// No allocation at all.
    None,
    /// Exactly this many allocations, whatever the size of the input.
    Constant(u64),
    /// Count and peak may grow as the input does, and no faster.
    Linear,
}
