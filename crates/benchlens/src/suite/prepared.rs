//! A case that is ready to be called.

use std::any::Any;
use std::hint::black_box;
use std::mem::needs_drop;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Answer;

/// A case with its input at one size, with its types erased.
pub(crate) trait Prepared {
    /// Makes the input of the next call and drops the output of the last one. Never measured.
    fn set_up(&mut self);

    /// The measured call.
    fn call(&mut self);

    /// Verifies the result of the last call.
    fn check(&mut self) -> Result<(), String>;

    /// The answer of the last call, to compare with other subjects; `None` if none was declared.
    fn answer(&mut self) -> Option<Box<dyn Answer>>;

    /// The time of `calls` calls. Inputs are made and outputs dropped outside of that time, in
    /// batches of `batch`.
    fn time(&mut self, calls: u64, batch: usize) -> Duration;
}

pub(crate) type Make<T> = Rc<dyn Fn(u32) -> T>;
pub(crate) type Check<S, O> = Rc<dyn Fn(&S, &O) -> Result<(), String>>;
/// The number of calls between two refills, and the refill, which restores the state.
pub(crate) type Refill<S> = (u64, Rc<dyn Fn(&mut S)>);
pub(crate) type ToAnswer<S, O> = Rc<dyn Fn(&S, &O) -> Box<dyn Answer>>;

/// The closures of a case with their values. The work `F` is a type parameter and not a pointer, so
/// that the measured call and the timing loop are compiled for it.
pub(crate) struct Ready<S, I, O, F> {
    pub(crate) size: u32,
    pub(crate) state: S,
    pub(crate) make_input: Make<I>,
    pub(crate) input: Option<I>,
    pub(crate) output: Option<O>,
    pub(crate) run: Rc<F>,
    pub(crate) check: Option<Check<S, O>>,
    pub(crate) to_answer: Option<ToAnswer<S, O>>,
    pub(crate) refill: Option<Refill<S>>,
    pub(crate) drops_inside: bool,
}

impl<S, I: 'static, O, F: Fn(&mut S, I) -> O> Prepared for Ready<S, I, O, F> {
    fn set_up(&mut self) {
        self.output = None;
        self.refill();
        self.input = Some((self.make_input)(self.size));
    }

    #[inline(never)]
    fn call(&mut self) {
        let Some(input) = self.input.take() else {
            return;
        };
        let output = black_box((self.run)(&mut self.state, black_box(input)));
        match self.drops_inside {
            true => drop(output),
            false => self.output = Some(output),
        }
    }

    fn check(&mut self) -> Result<(), String> {
        self.keep_output();
        match (&self.check, &self.output) {
            (Some(check), Some(output)) => check(&self.state, output),
            _ => Ok(()),
        }
    }

    fn answer(&mut self) -> Option<Box<dyn Answer>> {
        self.keep_output();
        Some((self.to_answer.as_ref()?)(
            &self.state,
            self.output.as_ref()?,
        ))
    }

    fn time(&mut self, calls: u64, batch: usize) -> Duration {
        let leaves_nothing = self.drops_inside || !needs_drop::<O>();
        let is_one_loop = leaves_nothing && no_input::<I>().is_some();
        let mut most = if is_one_loop {
            u64::MAX
        } else {
            batch.max(1) as u64
        };
        if let Some((calls, _)) = self.refill {
            most = most.min(calls.max(1));
        }
        let mut elapsed = Duration::ZERO;
        let mut left = calls;
        while left > 0 {
            let now = left.min(most);
            self.refill();
            elapsed += match is_one_loop {
                true => self.time_in_one_loop(now),
                false => self.time_in_a_batch(now),
            };
            left -= now;
        }
        elapsed
    }
}

impl<S, I: 'static, O, F: Fn(&mut S, I) -> O> Ready<S, I, O, F> {
    /// For cases with nothing to make before a call and nothing to drop after it.
    fn time_in_one_loop(&mut self, calls: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            let Some(input) = no_input::<I>() else { break };
            black_box((self.run)(&mut self.state, input));
        }
        start.elapsed()
    }

    fn time_in_a_batch(&mut self, calls: u64) -> Duration {
        let inputs: Vec<I> = (0..calls).map(|_| (self.make_input)(self.size)).collect();
        let mut outputs = Vec::with_capacity(inputs.len());
        let start = Instant::now();
        for input in inputs {
            let output = black_box((self.run)(&mut self.state, black_box(input)));
            match self.drops_inside {
                true => drop(output),
                false => outputs.push(output),
            }
        }
        start.elapsed()
    }

    fn refill(&mut self) {
        if let Some((_, refill)) = &self.refill {
            refill(&mut self.state);
        }
    }

    /// Makes the output again if it was dropped inside the measurement, since verification needs it.
    fn keep_output(&mut self) {
        if self.drops_inside && self.output.is_none() {
            self.refill();
            let input = (self.make_input)(self.size);
            self.output = Some((self.run)(&mut self.state, input));
        }
    }
}

/// The input of a case that declares none, which is `()`; `None` for other types. A box of a
/// zero-sized type does not allocate and the type comparison is constant, so this compiles to
/// nothing.
fn no_input<I: 'static>() -> Option<I> {
    let unit: Box<dyn Any> = Box::new(());
    unit.downcast().ok().map(|input| *input)
}
