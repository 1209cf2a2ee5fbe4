//! A profile as a gzipped pprof protobuf, which `go tool pprof` reads.
//!
//! A physical frame is one location, and the functions inlined into it are its lines, innermost
//! first, so that `-noinlines` folds them into the physical function.

#[cfg(feature = "profiles")]
use std::time::Duration;

use benchlens_pprof::{Builder, Compression, Frame, signed};

use crate::profile::dhat::HeapProfile;
#[cfg(feature = "profiles")]
use crate::profile::inlined::{self, InlineProfile};
#[cfg(feature = "profiles")]
use crate::profile::samples::SampleProfile;

pub use benchlens_pprof::Error;

/// The sample types of the heap, in the order of a sample's values.
const OF_HEAP: [(&str, &str); 4] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
];

/// The default sample type of a heap profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// Blocks allocated.
    Blocks,
    /// Bytes allocated.
    #[default]
    Bytes,
    /// Bytes live at the peak.
    Peak,
}

/// Encodes and compresses a heap profile; equal profiles give equal bytes.
///
/// It contains all sample types; `first` is the default. `inuse` is what was live at the peak. Linear
/// in time and space.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
pub fn heap(profile: &HeapProfile, first: First) -> Result<Vec<u8>, Error> {
    let first = match first {
        First::Blocks => 0,
        First::Bytes => 1,
        First::Peak => 3,
    };
    let mut builder = Builder::<Vec<usize>>::new(&OF_HEAP, OF_HEAP[first].0);
    let frame = |&frame: &usize| {
        let frame = &profile.frames[frame];
        named(&frame.function, &frame.file, frame.line)
    };
    for point in &profile.points {
        let locations = (profile.physical_frames(point))
            .map(|frames| {
                let address = profile.frames[frames[0]].address;
                builder.location(frames, address, frames.iter().map(frame))
            })
            .collect();
        let cost = point.cost;
        let values = [
            signed(cost.allocations)?,
            signed(cost.allocated_bytes)?,
            signed(cost.peak_blocks)?,
            signed(cost.peak_bytes)?,
        ];
        builder.sample(locations, &values, &[])?;
    }
    builder.finish(Compression::default())
}

/// Encodes and compresses an instruction profile: one sample per chain of inlined functions.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
#[cfg(feature = "profiles")]
pub fn instructions(profile: &InlineProfile) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new(&[("instructions", "count")], "instructions");
    for chain in &profile.chains {
        let location = of_chain(&mut builder, &chain.frames, &profile.frames);
        builder.sample(vec![location], &[signed(chain.instructions)?], &[])?;
    }
    builder.finish(Compression::default())
}

/// Encodes and compresses samples like Go's CPU profiles: their number, and the time that they stand for.
///
/// # Errors
///
/// [`Error::Overflow`] and [`Error::Compress`].
#[cfg(feature = "profiles")]
pub fn samples(profile: &SampleProfile) -> Result<Vec<u8>, Error> {
    const TIME: (&str, &str) = ("cpu", "nanoseconds");
    let mut builder = Builder::new(&[("samples", "count"), TIME], TIME.0);
    for stack in profile.weighted() {
        let chains = stack.chains.iter().map(|&chain| &profile.chains[chain]);
        let locations = chains.map(|chain| of_chain(&mut builder, chain, &profile.frames));
        let locations = locations.collect();
        let values = [signed(stack.samples)?, signed(stack.nanoseconds)?];
        builder.sample(locations, &values, &[])?;
    }
    let facts = &profile.facts;
    builder.duration(Duration::from_nanos(facts.nanoseconds))?;
    builder.period(TIME, 1_000_000_000 / u64::from(facts.frequency.max(1)))?;
    builder.finish(Compression::default())
}

/// The location of a chain of inlined functions, whose address is not stored.
#[cfg(feature = "profiles")]
fn of_chain(builder: &mut Builder<Vec<usize>>, chain: &[usize], frames: &[inlined::Frame]) -> u64 {
    let frames = chain.iter().map(|&frame| {
        let frame = &frames[frame];
        named(&frame.function, &frame.file, frame.line)
    });
    builder.location(chain, 0, frames)
}

fn named<'a>(function: &'a str, file: &'a str, line: u32) -> Frame<'a> {
    Frame {
        function,
        file,
        line,
        // The profiles store only demangled names.
        system_name: "",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use benchlens_pprof::Profile;

    use super::*;

    fn fixture() -> HeapProfile {
        let json = include_bytes!("../../fixtures/profiles/dhat.json");
        let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
        profile.within_call("benchlens_heap::measure")
    }

    #[test]
    fn the_samples_add_up_to_the_profile() {
        let decoded = Profile::read(&heap(&fixture(), First::Bytes).unwrap()).unwrap();
        let sum = |index: usize| -> i64 {
            decoded
                .samples
                .iter()
                .map(|sample| sample.values[index])
                .sum()
        };
        assert_eq!([sum(0), sum(1), sum(2), sum(3)], [7, 639, 4, 415]);
    }

    #[test]
    fn an_inlined_function_is_a_line_of_its_callers_location() {
        let decoded = Profile::read(&heap(&fixture(), First::Bytes).unwrap()).unwrap();
        let boxed = decoded
            .samples
            .iter()
            .find(|sample| sample.values[1] == 32)
            .unwrap();
        let innermost = benchlens_pprof::Sample {
            location_ids: vec![boxed.location_ids[0]],
            ..boxed.clone()
        };
        let location = decoded.stack(&innermost).unwrap();
        let names: Vec<_> = location.iter().map(|frame| frame.function).collect();
        assert_eq!(names.first(), Some(&"alloc::alloc::alloc"));
        assert_eq!(names.last(), Some(&"profile_fixture::numbers"));
        assert!(names.contains(&"profile_fixture::boxed"));
    }

    #[test]
    fn a_figure_beyond_a_signed_value_is_an_error() {
        let mut profile = fixture();
        profile.points[0].cost.allocated_bytes = u64::MAX;
        assert!(matches!(
            heap(&profile, First::Bytes),
            Err(Error::Overflow(u64::MAX))
        ));
    }
}
