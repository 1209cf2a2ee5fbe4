//! Every rewriter is held to what it says of its use of the heap.
//!
//! Without a test harness, whose own thread allocates while a test runs.

use benchlens::heap_claim::HeapClaim;
use benchlens::rewrite::registry::{CONTROL, REWRITERS};
use benchlens::rewrite::{Method, Rewriter, Substitution};
use benchlens_heap::{HeapCost, measure};
use bytes::Bytes;

/// The cost of a call alone: input and output are made before.
fn cost(rewriter: &Rewriter, text: &[u8]) -> HeapCost {
    let substitution = Substitution::new(b"elvis", b"Elvis").unwrap();
    let mut output = Vec::with_capacity(2 * text.len() + 1);
    let mut bytes = text.to_vec();
    let shared = Bytes::copy_from_slice(text);
    // The first clone of a vector's bytes allocates the count of its owners.
    let haystack = shared.clone();
    let (cost, result) = measure(None, || match rewriter.method {
        Method::Stream { measured, .. } => measured(text, substitution, &mut output),
        Method::Slice(rewrite) => rewrite(text, substitution, &mut output),
        Method::InPlace(rewrite) => rewrite(&mut bytes, substitution),
        Method::Shared { measured, .. } => measured(haystack, substitution, &mut output),
    });
    result.unwrap();
    cost
}

fn main() {
    for rewriter in REWRITERS.iter().chain([&CONTROL]) {
        for unit in [&b"abc elvis elvielvis. "[..], b"nothing here. "] {
            let text = unit.repeat(2000);
            let costs = || [1, 2, 4].map(|times| cost(rewriter, &text.repeat(times)));
            let name = rewriter.name;
            match rewriter.heap {
                HeapClaim::None => {
                    assert_eq!(costs().map(|cost| cost.allocations), [0; 3], "{name}");
                }
                HeapClaim::Constant(count) => {
                    let costs = costs();
                    assert_eq!(costs.map(|cost| cost.allocations), [count; 3], "{name}");
                    let peak = costs[0].peak_bytes;
                    assert_eq!(costs.map(|cost| cost.peak_bytes), [peak; 3], "{name}");
                }
                // Several threads: the heap lens judges them, which can tell whose a block is.
                HeapClaim::Linear => {}
            }
        }
    }
}
