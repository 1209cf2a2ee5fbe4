//! Runs a bench, from its declaration to its figures, in every role of the executable.

use std::env;
use std::io::Write;

use super::count::Switch;
use super::isolation::isolated_at;
use super::lens::{Start, Wanted};
use super::measured::{Error, LensFigures, Measured, chosen_lenses, counts, seconds};
use super::plan::{Plan, Role, role};
use super::request::{Baseline, Request, Task};
use super::scratch::Scratch;
use super::{count, time, turns};
use crate::failure::Failure;
use crate::region::{self, Observable};
use crate::report::plain;
use crate::store;
use crate::suite::{Call, Case, verify};
use crate::{CaseId, CaseInfo, Lens, Suite, SuiteInfo};

/// How to enable the heap lens.
const NO_ALLOCATOR: &str =
    "no counting allocator: turn on the feature `heap` of benchlens to count allocations";

/// The input sizes at which growth is counted, as multiples of the case's own size.
const SIZES: [u32; 3] = [1, 2, 4];

/// The package and bench target of an executable, as [`target!`](crate::target) returns them.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The package.
    pub package: &'static str,
    /// The bench target.
    pub bench: &'static str,
}

/// How a bench is run. [`main!`](crate::main) covers most benches.
#[derive(Clone, Debug)]
pub struct Harness {
    target: Target,
    suite: Option<String>,
    lenses: Vec<Lens>,
    allocator: Option<Switch>,
    observable: Option<Observable>,
}

/// The outcome of running a bench.
#[derive(Debug)]
pub enum Done {
    /// The cases were listed, or this was a counting or repeating process: nothing is left to do.
    Nothing,
    /// Every case was called once; holds those with a wrong answer.
    Tested(Vec<Failure>),
    /// Figures were taken.
    Measured(Box<Measured>),
}

impl Harness {
    /// A bench with all lenses, whose suite is named after the bench target.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            suite: None,
            lenses: Lens::ALL.to_vec(),
            allocator: None,
            observable: None,
        }
    }

    /// Sets the name of the suite. Bench targets of one package that share a suite contribute to the
    /// same results.
    #[must_use]
    pub fn suite(mut self, name: impl Into<String>) -> Self {
        self.suite = Some(name.into());
        self
    }

    /// The lenses of this executable.
    #[must_use]
    pub fn lenses(mut self, lenses: &[Lens]) -> Self {
        self.lenses = lenses.to_vec();
        self
    }

    /// The counting allocator that is linked into this executable, such as `benchlens_heap::count`.
    /// Without one there is no heap lens.
    #[must_use]
    pub fn allocator(mut self, switch: impl Into<Option<Switch>>) -> Self {
        self.allocator = switch.into();
        self
    }

    /// How to observe the counting allocator, such as `benchlens_heap::observe`. Without it, timelines have
    /// no allocations and no live heap.
    #[must_use]
    pub fn observable(mut self, observable: impl Into<Option<Observable>>) -> Self {
        self.observable = observable.into();
        self
    }

    /// Declares the cases and does what the process's arguments ask for. Lists go to `output`,
    /// progress to `terminal`.
    ///
    /// # Errors
    ///
    /// [`enum@Error`]. A failing case is not an error: its figures are missing, and
    /// [`LensFigures::failures`] holds the reason.
    pub fn run(
        &self,
        declare: impl FnOnce(&mut Suite),
        output: &mut dyn Write,
        progress: &mut dyn FnMut(Lens, usize, usize),
    ) -> Result<Done, Error> {
        let mut suite = Suite::default();
        declare(&mut suite);
        self.observe_allocator();
        if let (Role::Lens(_) | Role::Repeat, Some(plan)) = (role(), Plan::of_process()) {
            count_cases(&suite, plan);
            return Ok(Done::Nothing);
        }
        // criterion ends the process here on an unknown argument or `--help`.
        let mut criterion = time::criterion();
        let request = Request::parse(env::args().skip(1))?;
        let selected: Vec<usize> = (suite.cases.iter().enumerate())
            .filter(|(_, case)| request.selects(&case.info.id))
            .map(|(place, _)| place)
            .collect();
        if selected.is_empty() && request.names_cases() {
            return Err(Error::NoCase(suite.cases.len()));
        }
        let cases: Vec<&Case> = selected.iter().map(|&at| &suite.cases[at]).collect();
        match request.task {
            Task::List => {
                for case in cases {
                    writeln!(output, "{}: benchmark", plain(&case.info.id.to_string()))?;
                }
                Ok(Done::Nothing)
            }
            Task::Test => {
                let wrong = verify(&cases, &mut |_| ());
                let failures = wrong.iter().map(|(case, reason)| Failure::of(case, reason));
                Ok(Done::Tested(failures.collect()))
            }
            Task::Criterion => {
                if self.lenses.contains(&Lens::Time) {
                    time::measure(&mut criterion, &cases);
                }
                Ok(Done::Nothing)
            }
            Task::Measure => {
                let baseline = request.baseline;
                let uncompared = self.prepare(&mut criterion, baseline.as_ref(), &cases)?;
                let names = cases.iter().map(|case| case.info.id.clone()).collect();
                let measured = Measured {
                    uncompared,
                    baselines: vec![(baseline.unwrap_or_default(), names)],
                    ..self.nothing_yet(&suite, selected)?
                };
                let measured = self.measure(&suite, measured, &mut criterion, progress)?;
                Ok(Done::Measured(Box::new(measured)))
            }
        }
    }

    /// Registers the counting allocator with the lenses and the regions of this process.
    fn observe_allocator(&self) {
        if let Some(switch) = self.allocator {
            count::set_allocator(switch);
        }
        if let Some(observable) = self.observable {
            region::set_observable(observable);
        }
    }

    /// Configures criterion's baseline; returns the cases without saved times.
    fn prepare(
        &self,
        criterion: &mut criterion::Criterion,
        baseline: Option<&Baseline>,
        cases: &[&Case],
    ) -> Result<Vec<CaseId>, Error> {
        if !chosen_lenses(&self.lenses)?.contains(&Lens::Time) {
            return Ok(Vec::new());
        }
        let timed: Vec<&Case> = (cases.iter().copied())
            .filter(|case| case.settings.lenses.contains(&Lens::Time) && !case.settings.interleaved)
            .collect();
        time::prepare(criterion, baseline, &timed).map_err(Error::NothingSaved)
    }

    /// The state of the run before its first lens.
    fn nothing_yet(&self, suite: &Suite, selected: Vec<usize>) -> Result<Measured, Error> {
        Ok(Measured {
            info: SuiteInfo {
                package: self.target.package.to_owned(),
                suite: (self.suite.clone()).unwrap_or_else(|| self.target.bench.to_owned()),
                cases: suite.describe(),
            },
            selected,
            run: super::invocation::run(),
            executable: super::invocation::executable()?,
            arguments: Vec::new(),
            lenses: Vec::new(),
            uncompared: Vec::new(),
            baselines: Vec::new(),
            folder: Scratch::new()?,
        })
    }

    fn measure(
        &self,
        suite: &Suite,
        mut measured: Measured,
        criterion: &mut criterion::Criterion,
        progress: &mut dyn FnMut(Lens, usize, usize),
    ) -> Result<Measured, Error> {
        let cases: Vec<&Case> = (measured.selected.iter())
            .map(|&place| &suite.cases[place])
            .collect();
        let lenses = chosen_lenses(&self.lenses)?;
        let looked_at: Vec<&Case> = (cases.iter().copied())
            .filter(|case| (case.settings.lenses.iter()).any(|lens| lenses.contains(lens)))
            .collect();
        let wrong: Vec<Failure> = (verify(&looked_at, &mut |_| ()).iter())
            .map(|(case, reason)| Failure::of(case, format!("wrong answer: {reason}")))
            .collect();
        let seconds = seconds()?;
        for lens in lenses {
            let looks = |case: &&Case| case.settings.lenses.contains(&lens);
            let is_right = |case: &&Case| {
                let id = Some(&case.info.id);
                wrong.iter().all(|failure| failure.case.as_ref() != id)
            };
            let right: Vec<&Case> = (cases.iter().copied())
                .filter(looks)
                .filter(is_right)
                .collect();
            let path = measured.folder.path().join(lens.name());
            let count = right.len();
            let load_before = store::load();
            let mut heard = |reports: usize| progress(lens, reports / 2, count);
            let mut taken = match lens {
                Lens::Time => times(criterion, &right),
                Lens::Heap if self.allocator.is_none() => LensFigures {
                    unavailable: Some(NO_ALLOCATOR.to_owned()),
                    ..LensFigures::of(lens)
                },
                _ => {
                    let wanted: Vec<_> = right.iter().map(|case| Wanted::of(case)).collect();
                    let start = Start {
                        folder: &path,
                        arguments: &[],
                        seconds,
                    };
                    counts(lens, &wanted, &start, &mut heard)
                }
            };
            taken.failures.splice(0..0, wrong.iter().cloned());
            taken.selected = cases.iter().copied().filter(looks).count();
            taken.of = suite.cases.iter().filter(looks).count();
            taken.load_before = load_before;
            taken.stamp(&measured.run, &measured.executable);
            measured.add(taken);
        }
        Ok(measured)
    }
}

fn times(criterion: &mut criterion::Criterion, cases: &[&Case]) -> LensFigures {
    let (turns, others): (Vec<&Case>, Vec<&Case>) =
        (cases.iter().copied()).partition(|case| case.settings.interleaved);
    let times = time::measure(criterion, &others);
    LensFigures {
        figures: times.figures,
        samples: times.samples,
        threads: turns::measure(&turns),
        failures: times.failures,
        features: store::processor_features(),
        ..LensFigures::of(Lens::Time)
    }
}

/// In a counting process: counts the plan's cases, each in a process of its own.
fn count_cases(suite: &Suite, plan: &Plan) {
    for case in &suite.cases {
        let grows = case.settings.grows && plan.lens == Lens::Heap;
        let sizes = if grows { &SIZES[..] } else { &SIZES[..1] };
        for &size in sizes {
            isolated_at(&case.info.id, size, || {
                count::count(&mut Call((case.prepare)(size)));
            });
        }
    }
}

/// The cases of a suite, for callers that only list them.
pub fn describe(declare: impl FnOnce(&mut Suite)) -> Vec<CaseInfo> {
    let mut suite = Suite::default();
    declare(&mut suite);
    suite.describe()
}
