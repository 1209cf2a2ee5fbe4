//! A heap profile as folded stacks, which flame graphs are drawn from.
//!
//! One line a stack: the functions from the outermost to the innermost, joined by `;`, then a
//! space and the bytes. Equal stacks are one line, so the sum over the lines is the profile's. A case
//! without allocations has no line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plain;
use crate::profile::dhat::HeapProfile;

/// The allocated bytes of each stack, inlined functions included; sorted by stack.
pub fn encode(profile: &HeapProfile) -> String {
    let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
    for point in &profile.points {
        let names = point.stack.iter().rev();
        // The separator may not stand inside a name: `[u8; 4]` holds one.
        let names = names.map(|&frame| plain(&profile.frames[frame].function).replace(';', ":"));
        let stack = names.collect::<Vec<_>>().join(";");
        *stacks.entry(stack).or_default() += point.cost.allocated_bytes;
    }
    stacks
        .into_iter()
        .fold(String::new(), |mut text, (stack, bytes)| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{stack} {bytes}");
            text
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_lines_add_up_to_the_profile() {
        let json = include_bytes!("../../fixtures/profiles/dhat.json");
        let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
        let text = encode(&profile.within_call("benchlens_heap::measure"));
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
