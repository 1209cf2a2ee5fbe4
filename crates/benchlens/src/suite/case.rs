//! The declaration of one case.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::prepared::{Check, Make, Prepared, Ready, Refill, ToAnswer};
use super::{AllocationBound, Answer, CaseInfo, Executor, PairSide, Role, Suite, Verdict, Work};
use crate::{CaseId, Lens};

/// A case as the lenses see it.
pub(crate) struct Case {
    pub(crate) info: CaseInfo,
    pub(crate) settings: Settings,
    /// Builds the state of the case at a multiple of its size.
    pub(crate) prepare: Box<dyn Fn(u32) -> Box<dyn Prepared>>,
}

/// How a case is measured.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The lenses that measure it.
    pub(crate) lenses: Vec<Lens>,
    /// Whether it has inputs of other sizes than its own.
    pub(crate) grows: bool,
    /// The function whose presence on the stack makes a heap block the subject's own.
    pub(crate) own_function: Option<String>,
    /// Why its counts differ from run to run, if declared.
    pub(crate) unsteady: Option<String>,
    /// How many samples criterion takes, if not the default.
    pub(crate) samples: Option<usize>,
    /// Whether it is timed in interleaved rounds with other such cases, and not by criterion.
    pub(crate) interleaved: bool,
}

impl Case {
    /// How many calls a batch of the time lens may have, so that their inputs stay in the cache.
    pub(crate) fn batch(&self) -> usize {
        const CACHED: u64 = 128 << 10;
        const MOST: u64 = 64;
        let bytes = (self.info.work.iter()).find(|work| work.unit == Work::BYTES);
        let fitting = CACHED / bytes.map_or(1, |work| work.amount.max(1));
        fitting.clamp(1, MOST) as usize
    }

    /// Calls the case once and verifies its answer.
    pub(crate) fn verified_answer(&self) -> Result<Option<Box<dyn Answer>>, String> {
        let call = || {
            let mut prepared = (self.prepare)(1);
            prepared.set_up();
            prepared.call();
            prepared.check()?;
            Ok(prepared.answer())
        };
        catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
            Err(format!("panicked: {}", crate::run::panic_message(&*panic)))
        })
    }
}

/// The declaration of a case: `S` is the state that it keeps between calls, `I` its input, `O` its
/// output. Ended by [`run`](Self::run), [`run_with`](Self::run_with) or
/// [`run_async`](Self::run_async).
#[must_use = "a case is declared by `run`"]
pub struct CaseBuilder<'suite, S, I, O> {
    suite: &'suite mut Suite,
    info: CaseInfo,
    settings: Settings,
    state: Make<S>,
    input: Make<I>,
    check: Option<Check<S, O>>,
    to_answer: Option<ToAnswer<S, O>>,
    refill: Option<Refill<S>>,
    drops_inside: bool,
}

impl<'suite, O: 'static> CaseBuilder<'suite, (), (), O> {
    pub(crate) fn new(suite: &'suite mut Suite, id: CaseId) -> Self {
        Self {
            suite,
            info: CaseInfo::of(id),
            settings: Settings {
                lenses: Lens::ALL.to_vec(),
                grows: false,
                own_function: None,
                unsteady: None,
                samples: None,
                interleaved: false,
            },
            state: Rc::new(|_| ()),
            input: Rc::new(|_| ()),
            check: None,
            to_answer: None,
            refill: None,
            drops_inside: false,
        }
    }
}

impl<'suite, S: 'static, I: 'static, O: 'static> CaseBuilder<'suite, S, I, O> {
    /// The amount of work of one call, from which throughput is computed. Calling this again adds
    /// another unit; the first is the main one.
    pub fn work(mut self, work: impl Into<Work>) -> Self {
        self.info.work.push(work.into());
        self
    }

    /// A short description of the subject, for lists.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.info.summary = Some(summary.into());
        self
    }

    /// Marks a control: a lower bound to compare with, such as a plain copy. It is never marked as
    /// the best of its group.
    pub fn control(mut self) -> Self {
        self.info.role = Role::Control;
        self
    }

    /// Marks a peer: another library that does the same job.
    pub fn peer(mut self) -> Self {
        self.info.role = Role::Peer;
        self
    }

    /// Declares a bound on allocations. The heap lens fails if the bound is broken. With
    /// [`sized_input`](Self::sized_input) or [`state`](Self::state) the bound is checked on inputs
    /// of n, 2n and 4n.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// suite
    ///     .group("collect")
    ///     .case("vector", "bytes")
    ///     .allocations(benchlens::AllocationBound::Constant(1))
    ///     .sized_input(|size| vec![7_u8; 100 * size as usize])
    ///     .run(|bytes| bytes.iter().copied().collect::<Vec<u8>>());
    /// assert_eq!(suite.describe()[0].bound, Some(benchlens::AllocationBound::Constant(1)));
    /// ```
    pub fn allocations(mut self, bound: AllocationBound) -> Self {
        self.info.bound = Some(bound);
        self
    }

    /// How many threads it uses, including the calling one.
    pub fn threads(mut self, threads: u32) -> Self {
        self.info.threads = Some(threads);
        self
    }

    /// Makes the case one point of a series by number of threads. It is only timed, in interleaved
    /// rounds with other such cases, so that a change of the machine's load affects all of them alike.
    /// Its rows carry the number of threads and are kept in a file of their own.
    pub fn by_threads(mut self, threads: u32) -> Self {
        self.info.threads = Some(threads);
        self.settings.interleaved = true;
        self.settings.lenses = vec![Lens::Time];
        self
    }

    /// For a case with threads: only heap blocks allocated below `function` (a full path; its
    /// closures are included) count as the case's own. All others belong to the runtime, such as
    /// thread handles, and are reported separately. The runtime's blocks, and the peak of all
    /// blocks, depend on how the threads are scheduled: they are shown and never judged.
    pub fn own_blocks_below(mut self, function: impl Into<String>) -> Self {
        self.settings.own_function = Some(function.into());
        self
    }

    /// Declares why its counts differ from run to run. They are then shown and never judged, even
    /// if two processes happen to agree.
    pub fn unsteady(mut self, why: impl Into<String>) -> Self {
        self.settings.unsteady = Some(why.into());
        self
    }

    /// The lenses that measure it; all of them by default.
    pub fn lenses(mut self, lenses: &[Lens]) -> Self {
        self.settings.lenses = lenses.to_vec();
        self
    }

    /// How many samples the time lens takes, for slow calls. At least 10, which is criterion's minimum.
    pub fn samples(mut self, samples: usize) -> Self {
        self.settings.samples = Some(samples);
        self
    }

    pub(crate) fn in_pair(mut self, side: PairSide) -> Self {
        self.info.pair = Some(side);
        self
    }

    /// Drops the output inside the measurement, as part of the work.
    pub fn drop_inside(mut self) -> Self {
        self.drops_inside = true;
        self
    }

    /// Makes the input before each call, outside of the measurement.
    pub fn input<J: 'static>(self, make: impl Fn() -> J + 'static) -> CaseBuilder<'suite, S, J, O> {
        self.with_input(Rc::new(move |_| make()), false)
    }

    /// Makes the input at a multiple of its size (1, 2 or 4) before each call, outside of the
    /// measurement. The heap lens then also reports how allocations grow.
    pub fn sized_input<J: 'static>(
        self,
        make: impl Fn(u32) -> J + 'static,
    ) -> CaseBuilder<'suite, S, J, O> {
        self.with_input(Rc::new(make), true)
    }

    fn with_input<J: 'static>(self, input: Make<J>, grows: bool) -> CaseBuilder<'suite, S, J, O> {
        let mut settings = self.settings;
        settings.grows |= grows;
        CaseBuilder {
            suite: self.suite,
            info: self.info,
            settings,
            state: self.state,
            input,
            check: self.check,
            to_answer: self.to_answer,
            refill: self.refill,
            drops_inside: self.drops_inside,
        }
    }

    /// Verifies the output of a call before any lens runs, by a `bool`, a `Result` or an assertion. A
    /// case with a wrong answer has no figures and fails the run.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// let mut group = suite.group("sum");
    /// group.case("right", "").verify(|sum| *sum == 6).run(|()| 1 + 2 + 3);
    /// group.case("wrong", "").verify(|sum| *sum == 6).run(|()| 1 + 2);
    /// let wrong = suite.verify();
    /// assert_eq!((wrong.len(), wrong[0].0.subject.as_str()), (1, "wrong"));
    /// ```
    pub fn verify<V: Verdict>(self, check: impl Fn(&O) -> V + 'static) -> Self {
        self.verify_state(move |_, output| check(output))
    }

    /// Like [`verify`](Self::verify), for work that leaves its answer in the state.
    pub fn verify_state<V: Verdict>(mut self, check: impl Fn(&S, &O) -> V + 'static) -> Self {
        self.check = Some(Rc::new(move |state, output| check(state, output).verdict()));
        self
    }

    /// Extracts the answer from the output of a call. All cases of the group that declare one must
    /// give the same answer on the same input. A case whose answer differs from the first has no
    /// figures and fails the run.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// let mut group = suite.group("count");
    /// group.case("bytes", "é").answer(|count| *count).run(|()| "é".len());
    /// group.case("letters", "é").answer(|count| *count).run(|()| "é".chars().count());
    /// assert_eq!(suite.verify()[0].0.subject, "letters");
    /// ```
    pub fn answer<A: PartialEq + std::fmt::Debug + 'static>(
        mut self,
        answer: impl Fn(&O) -> A + 'static,
    ) -> Self {
        self.to_answer = Some(Rc::new(move |_, output| Box::new(answer(output))));
        self
    }

    /// Restores the state, outside of the measurement, before the first call and after every
    /// `calls` calls. For in-place work, whose input is in the state. If the state holds several
    /// copies of a short input, the clock need not be read for each call.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// suite
    ///     .group("sort")
    ///     .case("stable", "three")
    ///     .state(|_| Vec::new())
    ///     .refill(1, |numbers| *numbers = vec![3, 1, 2])
    ///     .verify_state(|numbers, ()| numbers.is_sorted())
    ///     .run_with(|numbers, ()| numbers.sort());
    /// assert!(suite.verify().is_empty());
    /// ```
    pub fn refill(mut self, calls: u64, refill: impl Fn(&mut S) + 'static) -> Self {
        self.refill = Some((calls, Rc::new(refill)));
        self
    }

    /// Ends the declaration with work that keeps state between its calls, such as a buffer that it
    /// reuses. The output is dropped outside of the measurement.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// suite
    ///     .group("print")
    ///     .case("reused", "7")
    ///     .state(|_| String::new())
    ///     .verify_state(|text, ()| text == "7")
    ///     .run_with(|text, ()| {
    ///         text.clear();
    ///         std::fmt::Write::write_fmt(text, format_args!("{}", 7)).unwrap_or_default();
    ///     });
    /// assert!(suite.verify().is_empty());
    /// ```
    pub fn run_with(self, run: impl Fn(&mut S, I) -> O + 'static) {
        let Self {
            suite,
            info,
            settings,
            state,
            input,
            check,
            to_answer,
            refill,
            drops_inside,
        } = self;
        let run = Rc::new(run);
        let prepare = move |size| -> Box<dyn Prepared> {
            Box::new(Ready {
                size,
                state: state(size),
                make_input: Rc::clone(&input),
                input: None,
                output: None,
                run: Rc::clone(&run),
                check: check.clone(),
                to_answer: to_answer.clone(),
                refill: refill.clone(),
                drops_inside,
            })
        };
        suite.add(Case {
            info,
            settings,
            prepare: Box::new(prepare),
        });
    }
}

impl<'suite, I: 'static, O: 'static> CaseBuilder<'suite, (), I, O> {
    /// Makes the state that is kept between calls, once for each measurement, at a multiple of its
    /// size (1, 2 or 4).
    pub fn state<S: 'static>(
        self,
        make: impl Fn(u32) -> S + 'static,
    ) -> CaseBuilder<'suite, S, I, O> {
        let mut settings = self.settings;
        settings.grows = true;
        CaseBuilder {
            suite: self.suite,
            info: self.info,
            settings,
            state: Rc::new(make),
            input: self.input,
            check: self
                .check
                .map(|check| Rc::new(move |_: &S, output: &O| check(&(), output)) as Check<S, O>),
            to_answer: (self.to_answer).map(|answer| {
                Rc::new(move |_: &S, output: &O| answer(&(), output)) as ToAnswer<S, O>
            }),
            refill: (self.refill).map(|(calls, refill)| {
                (
                    calls,
                    Rc::new(move |_: &mut S| refill(&mut ())) as Rc<dyn Fn(&mut S)>,
                )
            }),
            drops_inside: self.drops_inside,
        }
    }

    /// Ends the declaration with the work: one call takes the input and returns the output, which
    /// is dropped outside of the measurement.
    ///
    /// ```
    /// let mut suite = benchlens::Suite::default();
    /// suite.group("parse").case("std", "7").input(|| "7").run(str::parse::<u32>);
    /// assert!(suite.verify().is_empty());
    /// ```
    pub fn run(self, run: impl Fn(I) -> O + 'static) {
        self.run_with(move |_, input| run(input));
    }

    /// Like [`run`](Self::run), for work that is a future. The executor's own cost is part of the call.
    pub fn run_async<F: Future<Output = O>>(
        self,
        executor: impl Executor + 'static,
        run: impl Fn(I) -> F + 'static,
    ) {
        self.run(move |input| executor.block_on(run(input)));
    }
}
