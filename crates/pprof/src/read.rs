//! Reads a profile back; for tests of code that writes profiles.

use std::io::Read as _;

use flate2::read::GzDecoder;
use prost::Message as _;

use crate::{Error, Frame, Profile, Sample};

impl Profile {
    /// Reads a gzipped profile. Memory is not limited, so this is not for profiles from untrusted sources.
    ///
    /// # Errors
    ///
    /// [`Error::Decompress`] and [`Error::Decode`].
    pub fn read(gzipped: &[u8]) -> Result<Self, Error> {
        let mut plain = Vec::new();
        let mut decoder = GzDecoder::new(gzipped);
        decoder.read_to_end(&mut plain).map_err(Error::Decompress)?;
        Self::decode(plain.as_slice()).map_err(Error::Decode)
    }

    /// The string with this index.
    pub fn text(&self, index: i64) -> Option<&str> {
        let text = self.strings.get(usize::try_from(index).ok()?)?;
        Some(text)
    }

    /// The frames of a sample, innermost first, inlined functions included. `None` if the sample refers to
    /// something that the profile lacks.
    pub fn stack(&self, sample: &Sample) -> Option<Vec<Frame<'_>>> {
        let mut stack = Vec::new();
        for &id in &sample.location_ids {
            let location = numbered(&self.locations, id)?;
            for line in &location.lines {
                let function = numbered(&self.functions, line.function_id)?;
                stack.push(Frame {
                    function: self.text(function.name)?,
                    system_name: self.text(function.system_name)?,
                    file: self.text(function.file)?,
                    line: u32::try_from(line.line).ok()?,
                });
            }
        }
        Some(stack)
    }
}

/// The message with this id. Ids count from 1, as the builder assigns them.
fn numbered<T>(all: &[T], id: u64) -> Option<&T> {
    all.get(usize::try_from(id).ok()?.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_profile_is_an_error() {
        assert!(matches!(Profile::read(b"{}"), Err(Error::Decompress(_))));
        let builder = crate::Builder::<usize>::new(&[("samples", "count")], "samples");
        let whole = builder.finish(crate::Compression::fast()).unwrap();
        assert!(matches!(
            Profile::read(&whole[..whole.len() - 9]),
            Err(Error::Decompress(_))
        ));
    }

    #[test]
    fn a_reference_to_nothing_is_no_frame() {
        let profile = Profile::default();
        let sample = |id| Sample {
            location_ids: vec![id],
            ..Sample::default()
        };
        assert_eq!(profile.stack(&sample(0)), None);
        assert_eq!(profile.stack(&sample(u64::MAX)), None);
        assert_eq!(profile.text(-1), None);
        assert_eq!(profile.stack(&Sample::default()), Some(Vec::new()));
    }
}
