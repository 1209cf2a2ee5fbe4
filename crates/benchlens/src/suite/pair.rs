//! The same work twice: with a function called, and with it inlined.

use std::rc::Rc;

use super::prepared::Check;
use super::{AllocationBound, CaseBuilder, PairSide, Suite, Verdict, Work};
use crate::CaseId;

/// One side of a pair: its function, and the symbol names of it and of its callee.
/// [`side!`](crate::side) makes one, in the module that defines the functions.
#[derive(Clone, Copy, Debug)]
pub struct Side<F> {
    /// The work. It must be `#[inline(never)]`, so that every lens measures the same machine code.
    pub run: F,
    /// The full path of `run`, as in its symbol.
    pub function: &'static str,
    /// The full path of the function that is called or inlined.
    pub callee: &'static str,
    /// How many allocations one call makes, whatever the size of its input.
    pub allocations: u64,
}

/// A [`Side`](struct@crate::Side) of functions of the surrounding module: the work, the function that
/// it calls or that is inlined into it, and the number of its allocations.
///
/// ```
/// #[inline(never)]
/// fn called(text: &String) -> usize {
///     boxed(text).len()
/// }
///
/// #[inline(never)]
/// fn boxed(text: &str) -> Box<&str> {
///     Box::new(text)
/// }
///
/// let side = benchlens::side!(called, boxed, 1);
/// assert!(side.function.ends_with("::called"));
/// ```
#[macro_export]
macro_rules! side {
    ($run:ident, $callee:ident, $allocations:expr) => {
        $crate::Side {
            run: $run,
            function: concat!(module_path!(), "::", stringify!($run)),
            callee: concat!(module_path!(), "::", stringify!($callee)),
            allocations: $allocations,
        }
    };
}

/// The declaration of a pair over an input `T`, which both sides borrow. The input is made once for
/// each measurement; only the sides are measured.
#[must_use = "a pair is declared by `sides`"]
pub struct PairBuilder<'suite, T> {
    suite: &'suite mut Suite,
    id: CaseId,
    summary: String,
    work: Vec<Work>,
    input: Box<dyn Fn(u32) -> T>,
}

impl<'suite> PairBuilder<'suite, ()> {
    pub(crate) fn new(suite: &'suite mut Suite, id: CaseId) -> Self {
        Self {
            suite,
            id,
            summary: String::new(),
            work: Vec::new(),
            input: Box::new(|_| ()),
        }
    }
}

impl<'suite, T: 'static> PairBuilder<'suite, T> {
    /// A short description of what is called or inlined.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// The amount of work of one call.
    pub fn work(mut self, work: impl Into<Work>) -> Self {
        self.work.push(work.into());
        self
    }

    /// The input of both sides at a multiple of its size (1, 2 or 4).
    pub fn sized_input<U: 'static>(
        self,
        make: impl Fn(u32) -> U + 'static,
    ) -> PairBuilder<'suite, U> {
        PairBuilder {
            suite: self.suite,
            id: self.id,
            summary: self.summary,
            work: self.work,
            input: Box::new(make),
        }
    }

    /// Ends the declaration. `verify` checks the answer of each side, given the input. The cases
    /// are named after the pair, with the inputs `called` and `inlined`.
    pub fn sides<O, F, G, V>(
        self,
        verify: impl Fn(&T, &O) -> V + 'static,
        called: Side<F>,
        inlined: Side<G>,
    ) where
        O: 'static,
        F: Fn(&T) -> O + 'static,
        G: Fn(&T) -> O + 'static,
        V: Verdict + 'static,
    {
        let Self {
            suite,
            id,
            summary,
            work,
            input,
        } = self;
        let mut pair = Shared {
            suite,
            id,
            summary,
            work,
            input: Rc::from(input),
            verify: Rc::new(move |input, answer| verify(input, answer).verdict()),
        };
        pair.add("called", called);
        pair.add("inlined", inlined);
    }
}

/// What both sides of a pair have in common.
struct Shared<'suite, T, O> {
    suite: &'suite mut Suite,
    id: CaseId,
    summary: String,
    work: Vec<Work>,
    input: Rc<dyn Fn(u32) -> T>,
    verify: Check<T, O>,
}

impl<T: 'static, O: 'static> Shared<'_, T, O> {
    fn add<F: Fn(&T) -> O + 'static>(&mut self, name: &str, side: Side<F>) {
        let id = CaseId::new(&self.id.group, &self.id.subject, name);
        let (input, verify) = (Rc::clone(&self.input), Rc::clone(&self.verify));
        let mut case = CaseBuilder::new(self.suite, id)
            .summary(self.summary.clone())
            .in_pair(PairSide {
                function: side.function.to_owned(),
                callee: side.callee.to_owned(),
            })
            .allocations(match side.allocations {
                0 => AllocationBound::None,
                count => AllocationBound::Constant(count),
            })
            .state(move |size| input(size))
            .verify_state(move |input, answer| verify(input, answer));
        for work in &self.work {
            case = case.work(work.clone());
        }
        case.run_with(move |input, ()| (side.run)(input));
    }
}
