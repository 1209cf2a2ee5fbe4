//! Pairs that differ only in what is inlined, to show the effect of inlining on allocations.
//!
//! LLVM deletes an allocation if its pointer does not escape, which it can only prove if allocation
//! and uses are in one function. It deletes the memory, or keeps a few bytes of it in registers; it
//! never moves a heap buffer to the stack, as Go does.
//!
//! Each pair is the same code twice: [`called`](Pair::called) calls one of its functions,
//! [`inlined`](Pair::inlined) has it inlined. Both are compiled in this crate behind
//! `#[inline(never)]`, so that every lens measures the same machine code. Only the input and the
//! scalar result are hidden from the optimiser, never the memory itself. A pair is one file here
//! and one line in [`registry`].

use crate::allocations::Allocations;

pub mod alg_one;
pub mod boxed_reader;
pub mod dyn_reader;
pub mod escaping_reader;
mod reader;
pub mod registry;
pub mod scratch_buffer;
pub mod small_vec_of_two;
pub mod trap;

/// One side of a pair: a function from a text to a number.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Its entry point, which is never inlined itself.
    pub run: fn(&[u8]) -> u64,
    /// How many allocations one call makes, whatever the length of the text.
    pub allocations: u64,
    /// The full path of `run`, as in its symbol.
    pub function: &'static str,
    /// The full path of the function that is called or inlined.
    pub callee: &'static str,
}

impl Side {
    /// Its bound on allocations.
    pub const fn heap(&self) -> Allocations {
        match self.allocations {
            0 => Allocations::None,
            count => Allocations::Constant(count),
        }
    }
}

/// The same code twice, differing only in what is inlined: a line of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The last part of the subject's name: `boxed_reader` in `inlining/boxed_reader`.
    pub name: &'static str,
    /// A short description of what is called or inlined.
    pub summary: &'static str,
    /// The side with the call.
    pub called: Side,
    /// The side without it.
    pub inlined: Side,
    /// The answer of both, computed in the obvious way.
    pub oracle: fn(&[u8]) -> u64,
}

impl Pair {
    /// Both sides with the names of their inputs, `called` first.
    pub const fn sides(&self) -> [(&'static str, &Side); 2] {
        [("called", &self.called), ("inlined", &self.inlined)]
    }
}

/// A [`Side`] of the surrounding module: its function, the function that is called or inlined, and
/// its allocations.
macro_rules! side {
    ($function:ident, $callee:ident, $allocations:literal) => {
        $crate::inlining::Side {
            run: $function,
            allocations: $allocations,
            function: concat!(module_path!(), "::", stringify!($function)),
            callee: concat!(module_path!(), "::", stringify!($callee)),
        }
    };
}
use side;
