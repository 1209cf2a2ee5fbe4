//! Texts for the rewriters, of any length, in constant memory.
//!
//! A shorter text of a shape is a prefix of a longer one.

use std::io::{self, Read};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::words::WORDS;

/// The needle that the shapes are made for.
pub const NEEDLE: &[u8] = b"elvis";

/// The replacement of [`NEEDLE`] in the suite.
pub const REPLACEMENT: &[u8] = b"Elvis";

/// The course's 13 strings, joined: 119 bytes, 9 matches.
pub const SEED: &[u8] = b"abcelvisaElvisabcelviseelvisaelvisaabeeeelvise l v i saa bb e l v i saa \
elvi selvielviselvielvielviselvi1elvielviselvis";

/// `sparse` has one match in this many bytes.
pub const SPARSE_DISTANCE: usize = 64 << 10;

/// `dense` has one match in this many bytes.
pub const DENSE_DISTANCE: usize = 50;

/// A multiple of both distances and of the length of a near miss.
const BLOCK: usize = SPARSE_DISTANCE * (DENSE_DISTANCE / 2);

/// Words are stored as this many bytes each: copies of a fixed size make a text in a tenth of the instructions.
const WIDE: usize = 16;

/// Space for the stores behind a block: four words with their endings.
const SLACK: usize = 4 * WIDE;

/// The words with their lengths.
static PADDED_WORDS: [([u8; WIDE], usize); WORDS.len()] = padded_words();

const fn padded_words() -> [([u8; WIDE], usize); WORDS.len()] {
    let mut padded = [([0; WIDE], 0); WORDS.len()];
    let mut at = 0;
    while at < WORDS.len() {
        let word = WORDS[at].as_bytes();
        assert!(word.len() + 2 <= WIDE, "the slack is for shorter words");
        let (bytes, _) = padded[at].0.split_at_mut(word.len());
        bytes.copy_from_slice(word);
        padded[at].1 = word.len();
        at += 1;
    }
    padded
}

/// The shape of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// [`SEED`], repeated for longer texts.
    Seed,
    /// English-like, one match in [`SPARSE_DISTANCE`] bytes.
    Sparse,
    /// English-like, one match in [`DENSE_DISTANCE`] bytes.
    Dense,
    /// `elvielvi…`: the start of a match everywhere, a match nowhere.
    NearMiss,
    /// Random bytes.
    Binary,
    /// `eeee…`: the first byte of a match everywhere.
    AllE,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 6] = [
        Self::Seed,
        Self::Sparse,
        Self::Dense,
        Self::NearMiss,
        Self::Binary,
        Self::AllE,
    ];

    /// The name of the input: `near_miss`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Sparse => "sparse",
            Self::Dense => "dense",
            Self::NearMiss => "near_miss",
            Self::Binary => "binary",
            Self::AllE => "all_e",
        }
    }

    /// The shape of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }
}

/// The first `bytes` bytes of a text.
///
/// ```
/// use benchlens_suite::input::text::{self, Shape};
/// assert_eq!(text::generate(Shape::NearMiss, 10), b"elvielviel");
/// assert_eq!(text::generate(Shape::Seed, text::SEED.len()), text::SEED);
/// ```
pub fn generate(shape: Shape, bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes);
    stream(shape, bytes as u64)
        .read_to_end(&mut text)
        .expect("a generated text is read without an error");
    text
}

/// The first `bytes` bytes of a text, as a reader that never fails. Uses less than 2 MiB of memory.
pub fn stream(shape: Shape, bytes: u64) -> Text {
    Text {
        shape,
        generator: super::generator(shape as u64),
        block: Vec::new(),
        used: 0,
        left: bytes,
    }
}

/// A text being read.
#[derive(Debug)]
pub struct Text {
    shape: Shape,
    generator: ChaCha8Rng,
    block: Vec<u8>,
    used: usize,
    left: u64,
}

impl Text {
    fn next_block(&mut self) {
        self.used = 0;
        match self.shape {
            Shape::Seed => fill_with(&mut self.block, SEED),
            Shape::NearMiss => fill_with(&mut self.block, b"elvi"),
            Shape::AllE => fill_with(&mut self.block, b"e"),
            Shape::Binary => {
                self.block.resize(BLOCK, 0);
                self.generator.fill_bytes(&mut self.block);
            }
            Shape::Sparse => self.prose(SPARSE_DISTANCE),
            Shape::Dense => self.prose(DENSE_DISTANCE),
        }
    }

    /// Words and lines, with one match at a random position in every `distance` bytes.
    fn prose(&mut self, distance: usize) {
        self.block.resize(BLOCK + SLACK, 0);
        let mut filled = 0;
        while filled < BLOCK {
            let mut random = self.generator.next_u64();
            for _ in 0..4 {
                let (word, length) = PADDED_WORDS[(random & 127) as usize];
                self.block[filled..][..WIDE].copy_from_slice(&word);
                filled += length;
                let (ending, length) = match (random >> 7) & 15 {
                    0 => (b".\n", 2),
                    1 => (b", ", 2),
                    _ => (b"  ", 1),
                };
                self.block[filled..][..2].copy_from_slice(ending);
                filled += length;
                random >>= 16;
            }
        }
        self.block.truncate(BLOCK);
        // A word cut off by the end of the block must not continue in the next one.
        self.block[BLOCK - 1] = b'\n';
        let word = b" elvis ";
        for cell in self.block.chunks_exact_mut(distance) {
            let place = self.generator.next_u32() as usize % (distance - word.len());
            cell[place..place + word.len()].copy_from_slice(word);
        }
    }
}

/// Fills `block` with whole repetitions of `pattern`, about [`BLOCK`] bytes, so that blocks join
/// seamlessly.
fn fill_with(block: &mut Vec<u8>, pattern: &[u8]) {
    if block.is_empty() {
        *block = pattern.repeat(BLOCK / pattern.len());
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.block.len() && self.left > 0 && !buffer.is_empty() {
            self.next_block();
        }
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let count = (self.block.len() - self.used).min(buffer.len()).min(left);
        buffer[..count].copy_from_slice(&self.block[self.used..self.used + count]);
        self.used += count;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::checksum;
    use super::*;

    fn matches(text: &[u8]) -> usize {
        memchr::memmem::find_iter(text, NEEDLE).count()
    }

    #[test]
    fn every_shape_has_the_matches_it_promises() {
        let count = |shape| matches(&generate(shape, 2 * BLOCK));
        assert_eq!(matches(SEED), 9);
        assert_eq!(SEED.len(), 119);
        assert_eq!(count(Shape::Sparse), 2 * BLOCK / SPARSE_DISTANCE);
        assert_eq!(count(Shape::Dense), 2 * BLOCK / DENSE_DISTANCE);
        assert_eq!(count(Shape::NearMiss), 0);
        assert_eq!(count(Shape::Binary), 0);
        assert_eq!(count(Shape::AllE), 0);
    }

    #[test]
    fn the_bytes_are_pinned() {
        let sums = Shape::ALL.map(|shape| checksum(&generate(shape, 1 << 20)));
        let pinned = [
            0x8cc2_14ea_3a4a_da6a,
            0xb590_118b_8e33_1bb3,
            0xc408_e838_3487_1c52,
            0x86a4_2c8b_0942_2325,
            0xabbe_38f8_d1b8_2da5,
            0xde31_8e0e_e672_2325,
        ];
        assert_eq!(sums, pinned, "{sums:#x?}");
    }

    #[test]
    fn a_shorter_text_is_a_prefix_and_small_reads_change_nothing() {
        for shape in Shape::ALL {
            let whole = generate(shape, BLOCK + 1000);
            assert_eq!(whole.len(), BLOCK + 1000);
            assert_eq!(generate(shape, 777), whole[..777]);
            let mut text = stream(shape, whole.len() as u64);
            let (mut pieces, mut buffer) = (Vec::new(), [0; 4099]);
            loop {
                let count = text.read(&mut buffer).unwrap();
                if count == 0 {
                    break;
                }
                pieces.extend_from_slice(&buffer[..count]);
            }
            assert!(pieces == whole, "{}", shape.name());
        }
    }

    #[test]
    fn no_two_words_make_a_match() {
        for word in WORDS {
            assert!(!word.contains("elvis") && !word.contains("president"));
        }
    }

    #[test]
    fn names_lead_back_to_their_shapes() {
        for shape in Shape::ALL {
            assert_eq!(Shape::from_name(shape.name()), Some(shape));
        }
        assert_eq!(Shape::from_name("prose"), None);
    }
}
