//! Whether a needle occurs in a stream at all.

use std::io::{self, Read};

use benchlens_suite::rewrite::Error;
use memchr::memmem::Finder;

const CHUNK: usize = 128 * 1024;

/// Reads until the first match, or to the end if there is none.
///
/// # Errors
///
/// [`Error::Read`].
pub(super) fn occurs(needle: &[u8], reader: &mut dyn Read) -> Result<bool, Error> {
    let finder = Finder::new(needle);
    let mut buffer = vec![0; CHUNK.max(2 * needle.len())];
    let (mut length, mut offset) = (0, 0);
    loop {
        match reader.read(&mut buffer[length..]) {
            Ok(0) => return Ok(false),
            Ok(count) => {
                length += count;
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Read { offset, source }),
        }
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
    use super::*;

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
            let found = |text: &[u8]| occurs(b"elvis", &mut Pieces(text, size)).unwrap();
            assert!(found(b"an elvis has left"));
            assert!(found(b"elelvis"));
            assert!(!found(b"an elvi"));
            assert!(!found(b""));
        }
        for before in [CHUNK - 5, CHUNK - 3, CHUNK, 2 * CHUNK - 1] {
            let text = [&vec![b'e'; before][..], b"elvis"].concat();
            assert!(occurs(b"elvis", &mut &text[..]).unwrap(), "{before}");
            assert!(!occurs(b"elvis", &mut &text[..text.len() - 1]).unwrap());
        }
    }

    #[test]
    fn a_needle_longer_than_a_chunk_is_found() {
        let needle = vec![b'x'; 3 * CHUNK];
        let text = [b"yy", &needle[..]].concat();
        assert!(occurs(&needle, &mut Pieces(&text, 1000)).unwrap());
        assert!(!occurs(&needle, &mut Pieces(&text[..text.len() - 1], 1000)).unwrap());
    }
}
