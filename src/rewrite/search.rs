//! Whether a needle occurs in a stream at all.

use std::io::Read;

use memchr::memmem::Finder;

use super::source::Source;
use super::{Error, Substitution};

const CHUNK: usize = 128 * 1024;

/// Reads until the first match, or to the end if there is none.
///
/// # Errors
///
/// [`Error::Read`].
pub fn occurs<R: Read>(substitution: Substitution<'_>, reader: R) -> Result<bool, Error> {
    let needle = substitution.needle();
    let finder = Finder::new(needle);
    let mut source = Source::new(reader);
    let mut buffer = vec![0; CHUNK.max(2 * needle.len())];
    let mut length = 0;
    loop {
        length += match source.read(&mut buffer[length..])? {
            0 => return Ok(false),
            count => count,
        };
        if finder.find(&buffer[..length]).is_some() {
            return Ok(true);
        }
        // A match may begin in the last bytes and end in the next ones.
        let carried = length.min(needle.len() - 1);
        buffer.copy_within(length - carried..length, 0);
        length = carried;
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn occurs_in(needle: &[u8], reader: impl Read) -> bool {
        occurs(Substitution::new(needle, b"").unwrap(), reader).unwrap()
    }

    /// Returns at most so many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn a_match_is_found_wherever_the_pieces_are_cut() {
        for size in [1, 2, 3, 7, CHUNK] {
            let found = |text: &[u8]| occurs_in(b"elvis", Pieces(text, size));
            assert!(found(b"an elvis has left"));
            assert!(found(b"elelvis"));
            assert!(!found(b"an elvi"));
            assert!(!found(b""));
        }
        for before in [CHUNK - 5, CHUNK - 3, CHUNK, 2 * CHUNK - 1] {
            let text = [&vec![b'e'; before][..], b"elvis"].concat();
            assert!(occurs_in(b"elvis", &text[..]), "{before}");
            assert!(!occurs_in(b"elvis", &text[..text.len() - 1]));
        }
    }

    #[test]
    fn a_needle_longer_than_a_chunk_is_found() {
        let needle = vec![b'x'; 3 * CHUNK];
        let text = [b"yy", &needle[..]].concat();
        assert!(occurs_in(&needle, Pieces(&text, 1000)));
        assert!(!occurs_in(&needle, Pieces(&text[..text.len() - 1], 1000)));
    }
}
