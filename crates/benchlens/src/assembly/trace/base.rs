//! Infers an executable's load address from the addresses and names in a trace.
//!
//! The address of a frame lies within its function, and executables are loaded at page boundaries. So each frame
//! permits one load address, or a few if its function is longer than a page. The one that fits most frames wins.

use std::collections::HashMap;

use super::RawFrame;
use super::calls::Calls;

const PAGE: u64 = 4096;
/// The most frames that are used.
const MOST: usize = 200;
/// The most functions of one name, such as instances of a generic function.
const INSTANCES: usize = 200;
/// The most pages of a function.
const PAGES: u64 = 1024;

/// The load address of the executable; `None` if no frame determines it, or two fit equally well.
pub(super) fn of(frames: &[RawFrame], calls: &Calls<'_>) -> Option<u64> {
    let mut votes: HashMap<u64, usize> = HashMap::new();
    // Only physical functions have an address of their own.
    let physical = frames.iter().filter(|frame| !frame.is_inlined);
    let known = physical.filter_map(|frame| Some((frame.address?, frame.function.as_ref()?)));
    for (address, name) in known.take(MOST) {
        let mut allowed = Vec::new();
        for function in calls.functions_named(name).into_iter().take(INSTANCES) {
            // Offsets in the function for which the load address is a multiple of the page size.
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
