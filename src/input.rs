//! The subjects' inputs, generated from a fixed seed, byte for byte the same everywhere.
//!
//! All randomness is ChaCha8 with a fixed key, and all arithmetic is on integers of a fixed size,
//! so neither the machine nor the order of calls can change a byte. Checksums in the tests of
//! [`text`] and [`feeds`] verify that.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub mod feeds;
pub mod needles;
pub mod text;
mod words;

/// The generator of stream `stream`; streams are independent of each other.
fn generator(stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::from_seed(*b"benchlens: the same bytes for us");
    generator.set_stream(stream);
    generator
}

#[cfg(test)]
mod tests {
    /// FNV-1a, the checksum for generated inputs.
    pub(super) fn checksum(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}
