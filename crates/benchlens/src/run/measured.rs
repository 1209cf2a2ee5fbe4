//! The measurements of an executable: the figures of each lens, or the reasons why they are
//! missing.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::{env, io};

use super::lens::{CALLS_DIFFER, Start, Wanted};
use super::request::{Baseline, InvalidFilter};
use super::scratch::Scratch;
use super::{chance, heap, instructions};
use crate::failure::Failure;
use crate::{CaseId, Figure, Lens, SuiteInfo};

/// Selects lenses, as a list: `BENCHLENS=heap,instructions`; `off` for none.
const LENSES: &str = "BENCHLENS";
/// The time limit of a case in a counting process, in seconds.
const SECONDS: &str = "BENCHLENS_SECONDS";
const DEFAULT_SECONDS: u32 = 60;

/// The figures of one executable.
#[derive(Debug)]
pub struct Measured {
    /// Every case that was declared.
    pub info: SuiteInfo,
    /// The indices of the cases that the filter selected.
    pub selected: Vec<usize>,
    /// The run that this process belongs to.
    pub run: String,
    /// A hash of the executable's file.
    pub executable: String,
    /// The arguments for starting the executable in other roles.
    pub arguments: Vec<OsString>,
    /// The figures of each lens, in the order they ran.
    pub lenses: Vec<LensFigures>,
    /// Cases without saved times for criterion to compare with.
    pub uncompared: Vec<CaseId>,
    /// The baselines that the selected cases are compared with.
    pub baselines: Vec<(Baseline, Vec<CaseId>)>,
    /// Holds the profiles until they are stored.
    pub folder: Scratch,
}

/// The figures of one lens.
#[derive(Debug)]
pub struct LensFigures {
    /// The lens.
    pub lens: Lens,
    /// One row per figure.
    pub figures: Vec<Figure>,
    /// Heap figures of the same cases on larger inputs.
    pub growth: Vec<Figure>,
    /// The time of a call in each of criterion's samples.
    pub samples: Vec<Figure>,
    /// Times by number of threads.
    pub threads: Vec<Figure>,
    /// Allocations seen by the instruction lens, for an executable without a counting allocator.
    pub(super) allocations: Vec<Figure>,
    /// Cases whose calls differ.
    pub(super) differing: HashSet<CaseId>,
    /// The profile of each case, below [`Measured::folder`].
    pub profiles: Vec<(CaseId, PathBuf)>,
    /// Cases without a figure, and why.
    pub failures: Vec<Failure>,
    /// Why the lens could not run, if it could not.
    pub unavailable: Option<String>,
    /// How many cases were selected for the lens.
    pub selected: usize,
    /// How many cases are declared for the lens.
    pub of: usize,
    /// The processor's features, as the measured code saw them.
    pub features: String,
    /// The load average when the lens began.
    pub load_before: Option<f64>,
}

/// Why a bench could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is not a regular expression.
    #[error(transparent)]
    Filter(#[from] InvalidFilter),
    /// The filter selects none of the cases.
    #[error("no case matches the filter ({0} cases exist)")]
    NoCase(usize),
    /// No case has times that criterion saved under the given name.
    #[error("criterion saved no times of these cases under the name `{0}`")]
    NothingSaved(String),
    /// `BENCHLENS` contains an unknown lens.
    #[error("{LENSES}={value}: {source}; it takes a list of time, heap, instructions, or `off`")]
    Lenses {
        /// The variable's value.
        value: String,
        /// What is wrong with it.
        source: crate::UnknownName,
    },
    /// `BENCHLENS_SECONDS` is not a number of seconds.
    #[error("{SECONDS}={0} is not a whole number of seconds above 0")]
    Seconds(String),
    /// The run's files could not be created, or the executable could not be read.
    #[error("cannot prepare the run")]
    Prepare(#[from] io::Error),
}

impl Measured {
    /// Adds the figures of a lens. If one lens finds that calls differ, the note applies to all lenses.
    pub(super) fn add(&mut self, mut taken: LensFigures) {
        for earlier in &mut self.lenses {
            earlier.mark_differing(&taken.differing);
            taken.mark_differing(&earlier.differing);
        }
        self.lenses.push(taken);
    }
}

impl LensFigures {
    pub(crate) fn of(lens: Lens) -> Self {
        Self {
            lens,
            figures: Vec::new(),
            growth: Vec::new(),
            samples: Vec::new(),
            threads: Vec::new(),
            allocations: Vec::new(),
            differing: HashSet::new(),
            profiles: Vec::new(),
            failures: Vec::new(),
            unavailable: None,
            selected: 0,
            of: 0,
            features: String::new(),
            load_before: None,
        }
    }

    /// Adds the note that calls differ to the counts of these cases.
    fn mark_differing(&mut self, cases: &HashSet<CaseId>) {
        for figure in &mut self.figures {
            if cases.contains(&figure.case) && figure.worth.is_exact() {
                figure.add_once(CALLS_DIFFER);
            }
        }
    }

    pub(crate) fn stamp(&mut self, run: &str, executable: &str) {
        let rows = [
            &mut self.figures,
            &mut self.growth,
            &mut self.samples,
            &mut self.threads,
        ];
        for figure in rows.into_iter().flatten() {
            run.clone_into(&mut figure.run);
            executable.clone_into(&mut figure.executable);
        }
    }
}

pub(super) fn counts(
    lens: Lens,
    cases: &[Wanted],
    start: &Start<'_>,
    progress: &mut dyn FnMut(usize),
) -> LensFigures {
    let measure: chance::Measure = match (lens, instructions::unavailable()) {
        (Lens::Instructions, Some(reason)) => {
            return LensFigures {
                unavailable: Some(reason.to_owned()),
                ..LensFigures::of(lens)
            };
        }
        (Lens::Instructions, None) => instructions::measure,
        _ => heap::measure,
    };
    let mut taken = measure(cases, start, progress);
    chance::recount(&mut taken, cases, start, measure);
    LensFigures {
        figures: taken.figures,
        growth: taken.growth,
        allocations: taken.allocations,
        differing: taken.differing,
        profiles: taken.profiles,
        failures: taken.failures,
        features: taken.features,
        ..LensFigures::of(lens)
    }
}

/// The executable's lenses that the environment selects.
pub(super) fn chosen_lenses(own: &[Lens]) -> Result<Vec<Lens>, Error> {
    let Ok(value) = env::var(LENSES) else {
        return Ok(own.to_vec());
    };
    if value == "off" {
        return Ok(Vec::new());
    }
    let named = (value.split(',').map(str::trim))
        .map(str::parse)
        .collect::<Result<Vec<Lens>, _>>()
        .map_err(|source| Error::Lenses { value, source })?;
    Ok((own.iter().copied())
        .filter(|lens| named.contains(lens))
        .collect())
}

pub(super) fn seconds() -> Result<u32, Error> {
    let Ok(value) = env::var(SECONDS) else {
        return Ok(DEFAULT_SECONDS);
    };
    match value.parse() {
        Ok(seconds) if seconds > 0 => Ok(seconds),
        _ => Err(Error::Seconds(value)),
    }
}
