//! An algorithm's bound on allocations, which the heap lens checks.

/// How the allocations of one call grow with the size of its input, on one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocations {
    /// No allocation at all.
    None,
    /// Exactly this many allocations, whatever the size of the input.
    Constant(u64),
    /// Count and peak may grow as the input does, and no faster.
    Linear,
}
