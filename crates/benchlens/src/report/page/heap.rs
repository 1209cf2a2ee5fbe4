//! Where each case allocates: the lines that asked for memory.

use std::collections::BTreeMap;

use crate::profile::dhat::HeapProfile;
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
    /// Takes the profile of a case, or the reason why there is none.
    pub(super) fn add(&mut self, case: &str, profile: Result<&HeapProfile, &String>) {
        match profile {
            Err(reason) => self.missing.push((case.to_owned(), reason.clone())),
            Ok(profile) if profile.points.is_empty() => self.without.push(case.to_owned()),
            Ok(profile) => self.cases.push(sites(case, profile)),
        }
    }
}

fn sites(case: &str, profile: &HeapProfile) -> HeapCase {
    let mut sites: BTreeMap<(&str, &str, u32), (u64, u64)> = BTreeMap::new();
    for point in &profile.points {
        let frames = || point.stack.iter().map(|&frame| &profile.frames[frame]);
        // The standard library allocates for somebody: the line that made it do so is the site.
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
        case: case.to_owned(),
        more: sites.len().saturating_sub(SHOWN),
        sites: (sites.into_iter().take(SHOWN))
            .map(|((function, file, line), (blocks, bytes))| Site {
                function: function.to_owned(),
                place: format!("{file}:{line}"),
                blocks: units::count(blocks as f64),
                bytes: units::bytes(bytes as f64),
            })
            .collect(),
    }
}

/// Whether a function is the standard library's: by the type it belongs to or, of a type without a
/// path such as `u8`, by the trait.
pub(super) fn is_standard(function: &str) -> bool {
    let path = match function.strip_prefix('<') {
        None => function,
        Some(implementation) => match implementation.split_once(" as ") {
            Some((of, rest)) if !of.contains("::") => rest,
            Some((of, _)) => of,
            None => implementation,
        },
    };
    ["alloc::", "core::", "std::"].iter().any(|name| {
        path.trim_start_matches(['&', '*', '[', '('])
            .starts_with(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_known_by_type_or_trait() {
        for name in [
            "alloc::vec::from_elem",
            "<alloc::alloc::Global>::alloc_impl",
            "<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem",
            "<&alloc::vec::Vec<a::B> as core::iter::IntoIterator>::into_iter",
        ] {
            assert!(is_standard(name), "{name}");
        }
        for name in ["a::b", "<a::B as core::clone::Clone>::clone", "clone3"] {
            assert!(!is_standard(name), "{name}");
        }
    }
}
