//! Detects UTF-16, in which an ASCII needle cannot occur.

use std::io::{self, Read};

/// Bytes of a file that are inspected.
const HEAD: usize = 512;

/// A reader that keeps the first bytes that it returned.
pub(super) struct Headed<R> {
    reader: R,
    head: Vec<u8>,
}

impl<R: Read> Headed<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self {
            reader,
            head: Vec::new(),
        }
    }

    /// Whether what was read so far looks like UTF-16.
    pub(super) fn is_utf16(&self) -> bool {
        is_utf16(&self.head)
    }
}

impl<R: Read> Read for Headed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&buffer[..count.min(room)]);
        Ok(count)
    }
}

/// Looks for a byte-order mark, or for zeros in nearly every other byte, as in mostly Latin text.
fn is_utf16(head: &[u8]) -> bool {
    let is_utf32 = head.starts_with(b"\xff\xfe\0\0");
    if !is_utf32 && (head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")) {
        return true;
    }
    let (pairs, _) = head.as_chunks::<2>();
    let zeros = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let few = pairs.len() / 20;
    let most = pairs.len() - pairs.len() / 5;
    pairs.len() >= 4 && (first <= few && second >= most || second <= few && first >= most)
}

#[cfg(test)]
mod tests {
    use super::is_utf16;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn what_is_and_what_is_not() {
        let turned: Vec<u8> = utf16("an elvis")
            .chunks(2)
            .flat_map(|pair| [pair[1], pair[0]])
            .collect();
        for yes in [utf16("\u{feff}\u{4e2d}\u{6587}"), utf16("an elvis"), turned] {
            assert!(is_utf16(&yes), "{yes:?}");
        }
        let utf32: Vec<u8> = "\u{feff}elvis"
            .chars()
            .flat_map(|it| u32::from(it).to_le_bytes())
            .collect();
        for no in [
            &b""[..],
            b"an elvis",
            &[0; 64],
            b"\0\x01\0\0\0\x02\x01\0",
            b"a\0",
            &utf32,
        ] {
            assert!(!is_utf16(no), "{no:?}");
        }
    }
}
