//! Reads the samples that a process took of itself with its timer.

use std::fs;
use std::io;
use std::path::Path;

use super::raw::{Raw, RawSamples};
use crate::run::repeat::SAMPLES;

/// How many words precede the stack of each sample.
const HEAD: usize = 7;

/// Whether a process can sample itself on this system; the error says why not.
pub(super) fn permitted() -> Result<(), String> {
    match cfg!(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu"
    )) {
        true => Ok(()),
        false => Err("a process samples itself on Linux with glibc on x86-64 only".to_owned()),
    }
}

/// Reads the samples in `folder`.
pub(super) fn read(folder: &Path) -> io::Result<RawSamples> {
    let bytes = fs::read(folder.join(SAMPLES))?;
    Ok(RawSamples {
        samples: parse(&bytes)?,
        lost: 0,
        sees_kernel: true,
    })
}

fn parse(bytes: &[u8]) -> io::Result<Vec<Raw>> {
    let short = || io::Error::new(io::ErrorKind::UnexpectedEof, "its last sample is cut");
    let mut samples = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(HEAD * 8).ok_or_else(short)?;
        let (words, _) = head.as_chunks::<8>();
        let word = |at: usize| u64::from_le_bytes(words[at]);
        let length = usize::try_from(word(6)).unwrap_or(usize::MAX);
        let (stack, after) = after.split_at_checked(length).ok_or_else(short)?;
        samples.push(Raw {
            time: word(0),
            thread: word(1) as u32,
            nanoseconds: word(2),
            ip: word(3),
            sp: word(4),
            bp: word(5),
            stack: stack.to_vec(),
            kernel: Vec::new(),
        });
        rest = after;
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_words_and_its_stack_and_a_cut_one_is_an_error() {
        let words: [u64; HEAD] = [1, 2, 3, 4, 5, 6, 8];
        let mut bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        bytes.extend(77_u64.to_le_bytes());
        let samples = parse(&bytes.repeat(2)).unwrap();
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[1].word(5), Some(77));
        assert_eq!(samples[1].word(6), None);
        assert!(parse(&bytes[..bytes.len() - 1]).is_err());
        assert!(parse(&bytes[..5]).is_err());
    }
}
