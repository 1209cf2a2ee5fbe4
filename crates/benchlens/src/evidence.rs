//! What became of a call, from two sources besides the count: machine code and compiler remarks.

pub mod compiler;
pub mod machine_code;
pub mod remarks;
pub mod witnesses;
