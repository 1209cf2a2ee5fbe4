//! Makes the heap profile in crates/benchlens/fixtures/profiles, which the readers' tests use.
//!
//! It has a boxed reader whose constructor is inlined, a vector that grows through a function that
//! is not, and a block allocated outside of the function `numbers`: own and external blocks,
//! inlined and physical frames, all in one small file.

use std::hint::black_box;
use std::path::Path;

struct Reader {
    text: Vec<u8>,
    next: usize,
}

#[inline(always)]
fn boxed(text: &[u8]) -> Box<Reader> {
    Box::new(Reader {
        text: text.to_vec(),
        next: 0,
    })
}

#[inline(never)]
fn collect(reader: &mut Reader) -> Vec<u64> {
    let mut words = Vec::new();
    while let Some(byte) = reader.text.get(reader.next) {
        words.push(u64::from(*byte));
        reader.next += 1;
    }
    words
}

#[inline(never)]
fn numbers(text: &[u8]) -> u64 {
    let mut reader = black_box(boxed(text));
    collect(&mut reader).iter().sum()
}

fn main() {
    let text = b"elvis has left the building";
    let path = std::env::args().nth(1);
    let (heap, sum) = benchlens_heap::measure(path.as_deref().map(Path::new), || {
        let foreign = black_box(vec![1u8; 100]);
        numbers(black_box(text)) + u64::from(foreign[0])
    });
    assert_eq!(
        sum,
        text.iter().map(|byte| u64::from(*byte)).sum::<u64>() + 1
    );
    assert!(heap.total_blocks > 0);
}
