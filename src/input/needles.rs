//! Many needles, and texts for them: prose and near misses, as for one needle.

use super::text::{self, NEEDLE, Shape};

/// The needles. No word of the prose contains one, and none contains another.
const NEEDLES: [&str; 64] = [
    "government",
    "minister",
    "election",
    "economy",
    "senator",
    "league",
    "festival",
    "concert",
    "parliament",
    "credit",
    "weather",
    "constitution",
    "refugee",
    "interest",
    "ballot",
    "patient",
    "merger",
    "telescope",
    "sanction",
    "flight",
    "candidate",
    "recession",
    "trial",
    "street",
    "president",
    "director",
    "earthquake",
    "travel",
    "budget",
    "inflation",
    "mortgage",
    "tariff",
    "witness",
    "police",
    "amendment",
    "weapon",
    "treaty",
    "deficit",
    "research",
    "orchestra",
    "chancellor",
    "congress",
    "volcano",
    "tourist",
    "lawyer",
    "opposition",
    "investor",
    "science",
    "currency",
    "referendum",
    "vaccine",
    "victim",
    "satellite",
    "storm",
    "traffic",
    "university",
    "ambassador",
    "coalition",
    "senate",
    "soldier",
    "subsidy",
    "campaign",
    "mayor",
    "glacier",
];

/// The first `count` needles, each with its replacement: itself in capitals.
///
/// # Panics
///
/// If `count` is above 64.
pub fn pairs(count: usize) -> Vec<(&'static [u8], Vec<u8>)> {
    NEEDLES[..count]
        .iter()
        .map(|needle| (needle.as_bytes(), needle.to_ascii_uppercase().into_bytes()))
        .collect()
}

/// The first `bytes` bytes of a text of that shape, with the first `count` needles in turn where the
/// shape has its single one.
///
/// ```
/// use benchlens_suite::input::{needles, text::Shape};
/// assert_eq!(needles::generate(Shape::NearMiss, 2, 18), b"governmenministego");
/// ```
pub fn generate(shape: Shape, count: usize, bytes: usize) -> Vec<u8> {
    let mut needles = NEEDLES[..count]
        .iter()
        .map(|needle| needle.as_bytes())
        .cycle();
    let mut next = || needles.next().unwrap_or_default();
    let mut rewritten = Vec::with_capacity(bytes + 64);
    if shape == Shape::NearMiss {
        while rewritten.len() < bytes {
            let needle = next();
            rewritten.extend_from_slice(&needle[..needle.len() - 1]);
        }
    } else {
        let text = text::generate(shape, bytes);
        let mut done = 0;
        // No needle is shorter than the one it replaces, so the text is long enough.
        for start in memchr::memmem::find_iter(&text, NEEDLE) {
            rewritten.extend_from_slice(&text[done..start]);
            rewritten.extend_from_slice(next());
            done = start + NEEDLE.len();
        }
        rewritten.extend_from_slice(&text[done..]);
    }
    rewritten.truncate(bytes);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::super::tests::checksum;
    use super::super::words::WORDS;
    use super::*;

    #[test]
    fn every_text_has_the_matches_it_promises() {
        for count in [2, 8, 64] {
            let matches = |shape| {
                let text = generate(shape, count, 1 << 20);
                let found = |(needle, _): &(&[u8], Vec<u8>)| {
                    memchr::memmem::find_iter(&text, needle).count()
                };
                pairs(count).iter().map(found).collect::<Vec<_>>()
            };
            let sparse = matches(Shape::Sparse);
            assert_eq!(sparse.iter().sum::<usize>(), 16);
            let dense = matches(Shape::Dense);
            assert!(dense.iter().min() > Some(&(17_000 / count)), "{dense:?}");
            assert_eq!(matches(Shape::NearMiss), vec![0; count]);
            assert_eq!(matches(Shape::Binary), vec![0; count]);
        }
    }

    #[test]
    fn the_bytes_are_pinned() {
        let sums = [2, 8, 64].map(|count| checksum(&generate(Shape::Dense, count, 1 << 20)));
        let pinned = [
            0x2a9d_7cca_7238_e780,
            0xd68f_e115_1e31_bc3a,
            0xb024_8fad_2448_42fd,
        ];
        assert_eq!(sums, pinned, "{sums:#x?}");
    }

    #[test]
    fn no_needle_stands_in_a_word_or_in_another() {
        for (index, needle) in NEEDLES.iter().enumerate() {
            assert!(needle.len() >= NEEDLE.len());
            assert!(WORDS.iter().all(|word| !word.contains(needle)));
            let others = NEEDLES
                .iter()
                .enumerate()
                .filter(|&(other, _)| other != index);
            assert!(others.into_iter().all(|(_, other)| !other.contains(needle)));
        }
    }
}
