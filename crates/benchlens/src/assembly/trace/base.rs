//! Where an executable was loaded, from the addresses and names in a trace.
//!
//! The address of a frame lies within its function, and an executable is loaded at a multiple of a
//! page. So each frame allows one address of the executable, or a few if its function is longer than a
//! page; the one that fits most frames is taken.

use std::collections::HashMap;

use super::RawFrame;
use super::calls::Calls;

const PAGE: u64 = 4096;
/// Frames with an address and a name that are looked at.
const MOST: usize = 200;
/// Functions of one name, such as instances of a generic one.
const INSTANCES: usize = 200;
/// Pages of a function that are considered.
const PAGES: u64 = 1024;

/// The address at which the executable was loaded; `None` if no frame says so, or two places fit as well.
pub(super) fn of(frames: &[RawFrame], calls: &Calls<'_>) -> Option<u64> {
    let mut votes: HashMap<u64, usize> = HashMap::new();
    // Of the frames of one address, the last is the physical function.
    let physical = frames.iter().filter(|frame| !frame.is_inlined);
    let known = physical.filter_map(|frame| Some((frame.address?, frame.function.as_ref()?)));
    for (address, name) in known.take(MOST) {
        let mut allowed = Vec::new();
        for function in calls.called(name).into_iter().take(INSTANCES) {
            // Offsets that make the base a multiple of a page.
            let first = address.wrapping_sub(function.address) % PAGE;
            let offsets = (0..PAGES).map(|page| first + page * PAGE);
            let within = offsets.take_while(|offset| *offset <= function.size);
            let bases = within
                .filter_map(|offset| address.checked_sub(function.address.checked_add(offset)?));
            allowed.extend(bases);
        }
        allowed.sort_unstable();
        allowed.dedup();
        for base in allowed {
            *votes.entry(base).or_default() += 1;
        }
    }
    let most = votes.values().copied().max()?;
    let mut best = votes.into_iter().filter(|(_, count)| *count == most);
    let (base, _) = best.next()?;
    best.next().is_none().then_some(base)
}
