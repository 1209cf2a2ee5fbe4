//! Where each case allocates.

use std::collections::BTreeMap;

use crate::CaseId;
use crate::profile::dhat::HeapProfile;
use crate::profile::is_standard;
use crate::report::units;

#[derive(Default)]
pub(super) struct Heap {
    /// Cases that allocate.
    pub(super) cases: Vec<HeapCase>,
    /// Cases that do not.
    pub(super) without: Vec<String>,
    /// Cases that have no profile, and why.
    pub(super) missing: Vec<(String, String)>,
}

pub(super) struct HeapCase {
    pub(super) case: String,
    pub(super) sites: Vec<Site>,
    /// How many further sites there are.
    pub(super) more: usize,
}

/// A line that allocates.
pub(super) struct Site {
    pub(super) function: String,
    pub(super) place: String,
    pub(super) blocks: String,
    pub(super) bytes: String,
}

const SHOWN: usize = 6;

impl Heap {
    /// Adds the profile of a case, or the reason why it is missing.
    pub(super) fn add(&mut self, case: &CaseId, profile: Result<&HeapProfile, &String>) {
        let case = case.to_string();
        match profile {
            Err(reason) => self.missing.push((case, reason.clone())),
            Ok(profile) if profile.points.is_empty() => self.without.push(case),
            Ok(profile) => self.cases.push(sites(case, profile)),
        }
    }
}

fn sites(case: String, profile: &HeapProfile) -> HeapCase {
    let mut sites: BTreeMap<(&str, &str, u32), (u64, u64)> = BTreeMap::new();
    for point in &profile.points {
        let frames = || point.stack.iter().map(|&frame| &profile.frames[frame]);
        // The standard library allocates on behalf of its caller, whose line is the site.
        let site = frames()
            .find(|frame| !is_standard(&frame.function))
            .or_else(|| frames().next());
        if let Some(frame) = site {
            let place = (frame.function.as_str(), frame.file.as_str(), frame.line);
            let (blocks, bytes) = sites.entry(place).or_default();
            *blocks += point.cost.allocations;
            *bytes += point.cost.allocated_bytes;
        }
    }
    let mut sites: Vec<_> = sites.into_iter().collect();
    sites.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    HeapCase {
        case,
        more: sites.len().saturating_sub(SHOWN),
        sites: (sites.into_iter().take(SHOWN))
            .map(|((function, file, line), (blocks, bytes))| Site {
                function: function.to_owned(),
                place: format!("{file}:{line}"),
                blocks: units::count(blocks),
                bytes: units::bytes(bytes),
            })
            .collect(),
    }
}
