//! Evidence about a call besides its counts: its machine code, and the compiler's remarks.

pub mod compiler;
pub mod machine_code;
pub mod remarks;
pub mod witnesses;
