//! Pairs that differ only in what is inlined, and what inlining does to their allocations.
