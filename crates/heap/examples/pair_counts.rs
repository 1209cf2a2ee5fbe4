//! Prints the allocations of both sides of every inlining pair, beside the pair's bound.

#![allow(clippy::print_stdout, reason = "the test reads what is printed")]

use benchlens_suite::inlining::registry::PAIRS;

fn main() {
    let text = b"elvis has left the building, and elvis is not coming back";
    for pair in PAIRS {
        for (input, side) in pair.sides() {
            let (heap, answer) = benchlens_heap::measure(None, || (side.run)(text));
            assert_eq!(answer, (pair.oracle)(text), "{}/{input}", pair.name);
            println!(
                "{}/{input} {} {}",
                pair.name, heap.total_blocks, side.allocations
            );
        }
    }
}
