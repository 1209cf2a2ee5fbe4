//! A profile as folded stacks, the input of flame graphs.
//!
//! One line per stack: the functions from outermost to innermost, joined by `;`, then a space and the
//! figure. Equal stacks are merged. The lines add up to the profile's total; a case without
//! allocations has none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plain;
use crate::profile::dhat::{HeapProfile, StackCost};
use crate::profile::inlined::InlineProfile;
use crate::profile::samples::SampleProfile;

/// The weight of a heap stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Blocks allocated.
    Blocks,
    /// Bytes allocated.
    Bytes,
    /// Bytes live at the peak.
    Peak,
}

impl Weight {
    /// The weight in a cost.
    pub const fn of(self, cost: StackCost) -> u64 {
        match self {
            Self::Blocks => cost.allocations,
            Self::Bytes => cost.allocated_bytes,
            Self::Peak => cost.peak_bytes,
        }
    }
}

/// The stacks of a heap profile, inlined functions included; sorted by stack.
pub fn heap(profile: &HeapProfile, weight: Weight) -> String {
    let stacks = profile.points.iter().map(|point| {
        let frames = point.stack.iter().rev();
        let names = frames.map(|&frame| profile.frames[frame].function.as_str());
        (joined(names), weight.of(point.cost))
    });
    lines(stacks)
}

/// The chains of inlined functions of an instruction profile, each below its physical function; sorted.
pub fn instructions(profile: &InlineProfile) -> String {
    let stacks = profile.chains.iter().map(|chain| {
        let frames = chain.frames.iter().rev();
        let names = frames.map(|&frame| profile.frames[frame].function.as_str());
        (joined(names), chain.instructions)
    });
    lines(stacks)
}

/// The stacks of samples, inlined functions included; sorted by stack.
pub fn samples(profile: &SampleProfile) -> String {
    let weighted = profile.weighted();
    let stacks = weighted.iter().map(|stack| {
        let frames: Vec<_> = profile.frames_of(stack.chains).collect();
        let names = frames.iter().rev().map(|frame| frame.function.as_str());
        (joined(names), stack.samples)
    });
    lines(stacks)
}

/// Joins names with `;`, which is replaced in names such as `[u8; 4]`.
fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| plain(name).replace(';', ":")).collect();
    names.join(";")
}

fn lines(stacks: impl Iterator<Item = (String, u64)>) -> String {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (stack, figure) in stacks.filter(|(_, figure)| *figure > 0) {
        *sums.entry(stack).or_default() += figure;
    }
    let mut text = String::new();
    for (stack, figure) in sums {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{stack} {figure}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_lines_add_up_to_the_profile() {
        let json = include_bytes!("../../fixtures/profiles/dhat.json");
        let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
        let profile = profile.within_call("benchlens_heap::measure");
        let text = heap(&profile, Weight::Bytes);
        let sum = |weight| -> u64 {
            let text = heap(&profile, weight);
            let figures = text.lines().map(|line| line.rsplit_once(' ').unwrap().1);
            figures.map(|figure| figure.parse::<u64>().unwrap()).sum()
        };
        assert_eq!(sum(Weight::Blocks), profile.total().allocations);
        assert_eq!(sum(Weight::Peak), profile.total().peak_bytes);
        let bytes = text
            .lines()
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        assert_eq!(bytes.sum::<u64>(), profile.total().allocated_bytes);
        let boxed = text.lines().find(|line| line.ends_with(" 32")).unwrap();
        assert!(
            boxed.starts_with(
                "profile_fixture::main::{{closure}};profile_fixture::numbers;\
                 profile_fixture::boxed;alloc::boxed::Box<T>::new;"
            ),
            "{boxed}"
        );
    }
}
