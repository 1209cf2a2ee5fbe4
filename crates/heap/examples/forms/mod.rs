//! The same allocation in four forms of code, each once deleted by the optimiser and once kept.

use std::hint::black_box;

use benchlens_suite::inlining::trap;

type Call = fn(&[u8]) -> u64;

/// Name, the form whose allocation is deleted, the form whose allocation is kept.
const FORMS: [(&str, Call, Call); 4] = [
    ("plain", trap::plain_deleted, trap::plain_kept),
    (
        "generic",
        |text| trap::generic_deleted(text),
        |text| trap::generic_kept(text),
    ),
    ("inline", trap::inline_deleted, trap::inline_kept),
    ("local", local_deleted, local_kept),
];

/// Prints what `count` counts: one line per form, the deleted allocation before the kept one.
#[allow(clippy::print_stdout, reason = "the test reads what is printed")]
pub(crate) fn print_counts(count: impl Fn(&dyn Fn()) -> u64) {
    let text = black_box(&b"elvis has left the building"[..]);
    println!("form     deleted  kept");
    for (name, deleted, kept) in FORMS {
        let of = |call: Call| {
            count(&|| {
                black_box(call(text));
            })
        };
        println!("{name:8} {:7} {:5}", of(deleted), of(kept));
    }
}

/// Code of the crate that counts: the box is deleted.
fn local_deleted(text: &[u8]) -> u64 {
    let mut left = Box::new(text);
    let mut sum = 0;
    while let Some((byte, rest)) = left.split_first() {
        sum += u64::from(*byte);
        *left = rest;
    }
    sum
}

/// Code of the crate that counts: the vector is kept, since a call borrows it.
fn local_kept(text: &[u8]) -> u64 {
    sum_called(&mut text.to_vec())
}

#[inline(never)]
fn sum_called(bytes: &mut Vec<u8>) -> u64 {
    bytes.drain(..).map(u64::from).sum()
}
