//! A cost with its stack, in one form for heap profiles, instruction profiles and processor samples.

use std::collections::HashMap;
use std::path::Path;

use super::sources::{Error, Owner, Sources};
use super::{At, Costs};
use crate::profile::dhat::{HeapProfile, ProgramPoint};
use crate::profile::inlined::{Chain, InlineProfile};
use crate::profile::samples::SampleProfile;

/// A cost and its stack, innermost first.
pub(super) struct Sample<'a> {
    pub(super) cost: Costs,
    /// One entry per physical frame, with the functions inlined into it first and the physical
    /// function last.
    frames: Vec<Vec<Place<'a>>>,
}

/// A function on the stack.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    function: &'a str,
    owner: Owner,
    at: Option<At>,
}

impl Place<'_> {
    /// File and line, if the function belongs to the project.
    pub(super) const fn at(&self) -> Option<At> {
        self.at
    }
}

impl<'a> Sample<'a> {
    /// The same cost with only the physical functions on its stack.
    pub(super) fn folded(&self) -> Self {
        let physical = |frame: &Vec<Place<'a>>| frame.last().map(|&place| vec![place]);
        Self {
            cost: self.cost,
            frames: self.frames.iter().filter_map(physical).collect(),
        }
    }

    /// All functions, innermost first.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place<'a>> {
        self.frames.iter().flatten()
    }

    /// The line of the project that the cost is attributed to, or else the name of a function
    /// outside of the project.
    ///
    /// A cost in std is attributed to its caller, and to std only if nothing else is on the stack.
    /// A dependency's code is attributed to the line it was inlined into, or to its own function
    /// if it was called.
    pub(super) fn holder(&self) -> Result<At, &'a str> {
        for frame in &self.frames {
            let Some(first) = (frame.iter()).position(|place| place.owner != Owner::Standard)
            else {
                continue;
            };
            let of_the_project = frame[first..].iter().find_map(Place::at);
            return of_the_project.ok_or_else(|| physical(frame));
        }
        let within_std = |frame: &&Vec<Place<'a>>| physical(frame).starts_with("std::");
        let holder = self.frames.iter().find(within_std).or(self.frames.first());
        Err(holder.map_or("", physical))
    }

    /// The calls inlined at a line of the project: the place, the callee, and whether the callee
    /// belongs to the project too.
    pub(super) fn inlined_calls(&self) -> impl Iterator<Item = (At, &'a str, bool)> {
        self.frames.iter().flat_map(|frame| {
            frame.windows(2).filter_map(|pair| {
                let [inner, outer] = pair else { return None };
                Some((outer.at()?, inner.function, inner.at().is_some()))
            })
        })
    }
}

fn physical<'a>(frame: &Vec<Place<'a>>) -> &'a str {
    frame.last().map_or("", |place| place.function)
}

/// The program points of a heap profile.
pub(super) fn of_heap<'a>(
    profile: &'a HeapProfile,
    sources: &Sources,
) -> Result<Vec<Sample<'a>>, Error> {
    let frames = profile.frames.iter();
    let frames = frames.map(|frame| (frame.function.as_str(), frame.file.as_str(), frame.line));
    let places = places(frames, sources)?;
    let of_point = |point: &'a ProgramPoint| Sample {
        cost: Costs {
            allocations: Some(point.cost.allocations),
            allocated_bytes: Some(point.cost.allocated_bytes),
            ..Costs::default()
        },
        frames: profile
            .physical_frames(point)
            .map(|frames| frames.iter().map(|&frame| places[frame]).collect())
            .collect(),
    };
    Ok(profile.points.iter().map(of_point).collect())
}

/// The chains of an instruction profile. Each becomes a stack of one physical frame, since
/// callgrind records no stacks.
pub(super) fn of_instructions<'a>(
    profile: &'a InlineProfile,
    sources: &Sources,
) -> Result<Vec<Sample<'a>>, Error> {
    let frames = profile.frames.iter();
    let frames = frames.map(|frame| (frame.function.as_str(), frame.file.as_str(), frame.line));
    let places = places(frames, sources)?;
    let of_chain = |chain: &Chain| Sample {
        cost: Costs {
            instructions: Some(chain.instructions),
            ..Costs::default()
        },
        frames: vec![chain.frames.iter().map(|&frame| places[frame]).collect()],
    };
    Ok(profile.chains.iter().map(of_chain).collect())
}

/// The stacks of a sample profile.
pub(super) fn of_samples<'a>(
    profile: &'a SampleProfile,
    sources: &Sources,
) -> Result<Vec<Sample<'a>>, Error> {
    let frames = profile.frames.iter();
    let frames = frames.map(|frame| (frame.function.as_str(), frame.file.as_str(), frame.line));
    let places = places(frames, sources)?;
    let of_chain = |chain: &usize| {
        let frames = profile.chains[*chain].iter();
        frames.map(|&frame| places[frame]).collect()
    };
    Ok((profile.weighted().iter())
        .map(|stack| Sample {
            cost: Costs {
                samples: Some(stack.samples),
                ..Costs::default()
            },
            frames: stack.chains.iter().map(of_chain).collect(),
        })
        .collect())
}

/// The owner of each frame, and its place in the project's source.
///
/// Code of a project function without a line, or with a line in a std macro, is attributed to the
/// function's declaration.
fn places<'a>(
    frames: impl Iterator<Item = (&'a str, &'a str, u32)> + Clone,
    sources: &Sources,
) -> Result<Vec<Place<'a>>, Error> {
    let of_project = |function, file| sources.owner(function, file) == Owner::Project;
    let mut declarations: HashMap<&str, At> = HashMap::new();
    for (function, file, line) in frames
        .clone()
        .filter(|&(function, file, _)| of_project(function, file))
    {
        if let Some(at) = sources.place(function, file, line)? {
            declarations.insert(function, sources.declaration(at));
        }
    }
    // Without debug information no function has a file, so a missing file is not an error.
    let mut with_file = frames.clone().filter(|&(function, file, _)| {
        of_project(function, file)
            && !matches!(file, "" | "???")
            && !sources.is_of_dependency(Path::new(file))
    });
    if declarations.is_empty()
        && let Some((function, file, _)) = with_file.next()
    {
        return Err(sources.missing(function, file));
    }
    frames
        .map(|(function, file, line)| {
            let owner = sources.owner(function, file);
            let at = match owner {
                Owner::Project => sources
                    .place(function, file, line)?
                    .or(declarations.get(function).copied()),
                Owner::Standard | Owner::Other => None,
            };
            Ok(Place {
                function,
                // Default methods that a project type has from std traits have no declaration in the
                // project.
                owner: if owner == Owner::Project && at.is_none() {
                    Owner::Other
                } else {
                    owner
                },
                at,
            })
        })
        .collect()
}
