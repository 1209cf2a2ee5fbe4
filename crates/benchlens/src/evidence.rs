//! What became of a call, by two witnesses beside the count: its machine code and the compiler's word.

pub mod compiler;
pub mod machine_code;
pub mod remarks;
pub mod witnesses;
