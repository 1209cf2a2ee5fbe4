//! Pairs that differ only in what is inlined, and what inlining does to their allocations.
//!
//! LLVM deletes a pair of calls to the allocator once it sees that nobody keeps the pointer, and it
//! sees that only where the code that takes the memory and the code that uses it stand in one
//! function. It deletes the memory, or keeps a few bytes of it in registers; it never moves a heap
//! buffer to the stack, as Go does.
//!
//! Each pair is the same code twice: [`called`](Pair::called) reaches one of its functions by a
//! call, [`inlined`](Pair::inlined) has it inlined. Both are compiled in this crate behind
//! `#[inline(never)]`, so that every lens measures the very same machine code. Only the input and
//! the scalar result are hidden from the optimiser, never the memory itself. A pair is one file
//! here and one line in [`registry`].

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

/// One side of a pair: a text to a number.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Its entry point, which is never inlined itself.
    pub run: fn(&[u8]) -> u64,
    /// How many allocations one call makes, whatever the length of the text.
    pub allocations: u64,
    /// The full name of `run`, as symbols have it.
    pub function: &'static str,
    /// The full name of the function that is called or inlined.
    pub callee: &'static str,
}

impl Side {
    /// What it says of its use of the heap.
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
    /// The last part of the subject's name: `boxed_reader` of `inlining/boxed_reader`.
    pub name: &'static str,
    /// A few words on what is called or inlined.
    pub summary: &'static str,
    /// With the call.
    pub called: Side,
    /// Without it.
    pub inlined: Side,
    /// The answer of both, obtained the plain obvious way.
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
