//! One benchmark: its name as data, and how its closure runs in this role.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use real::Throughput;
use real::measurement::{Measurement, WallTime};

use crate::engine::{self, Baseline, CaseId, CaseInfo, Role, Selected, Work};
use crate::estimate;
use crate::metered::Metered;
use crate::{Bencher, arguments};

/// How many benchmarks of each name were named in this process so far, by any `Criterion`.
static NAMED: Mutex<Option<HashMap<Name, u32>>> = Mutex::new(None);

/// Group, function and parameter.
type Name = [String; 3];

/// All named and all selected benchmarks, in the bench's order.
static CASES: Mutex<(Vec<CaseInfo>, Vec<Selected>)> = Mutex::new((Vec::new(), Vec::new()));

/// A benchmark about to be passed to criterion.
pub(crate) struct Case {
    id: CaseId,
    is_time: bool,
    baseline: Baseline,
}

impl Case {
    /// Names a benchmark that measures with `M`.
    ///
    /// A repeated name, in another group of the same name, gets the next ordinal. Every benchmark
    /// must be named, whether the filter selects it or not, so that ordinals do not depend on the
    /// filter.
    pub(crate) fn named<M>(
        group: &str,
        function: Option<&str>,
        parameter: Option<&str>,
        throughput: Option<&Throughput>,
    ) -> Self {
        let name: Name = [
            group,
            function.unwrap_or_default(),
            parameter.unwrap_or_default(),
        ]
        .map(str::to_owned);
        let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
        let next = named
            .get_or_insert_default()
            .entry(name.clone())
            .or_default();
        let ordinal = *next;
        *next += 1;
        let [group, subject, input] = name;
        let id = CaseId {
            ordinal,
            ..CaseId::new(group, subject, input)
        };
        if engine::role() == Role::Main {
            let info = CaseInfo {
                work: throughput.map(work).unwrap_or_default(),
                ..CaseInfo::of(id.clone())
            };
            lock().0.push(info);
        }
        Self {
            id,
            is_time: std::any::type_name::<M>() == std::any::type_name::<WallTime>(),
            baseline: Baseline::default(),
        }
    }

    /// Compares its figures with a baseline.
    pub(crate) fn compared(self, baseline: &Baseline) -> Self {
        Self {
            baseline: baseline.clone(),
            ..self
        }
    }

    /// Passes the benchmark to criterion with `run`, and records criterion's estimate.
    ///
    /// `run` receives the closure for criterion to call.
    pub(crate) fn run<M: Measurement, I: ?Sized>(
        self,
        mut closure: impl FnMut(&mut Bencher<'_, M>, &I),
        run: impl FnOnce(&mut dyn FnMut(&mut real::Bencher<'_, Metered<M>>, &I)),
    ) {
        if engine::is_lens() && !arguments::are_criterions() {
            return engine::absent(
                &self.id,
                "criterion cannot read the arguments of this bench",
            );
        }
        estimate::begin();
        let mut called = false;
        run(&mut |bencher, input| {
            called = true;
            match engine::role() {
                Role::Main => closure(Bencher::wrap(bencher), input),
                Role::Lens(_) | Role::Repeat => {
                    engine::isolated(&self.id, || closure(Bencher::wrap(bencher), input));
                    // The closure ran in another process; criterion requires that its bencher is
                    // used.
                    bencher.iter(|| ());
                }
            }
        });
        let estimate = estimate::take();
        let is_selected = match engine::times() {
            true => called || estimate.is_some(),
            false => engine::selects(&self.id),
        };
        if is_selected && engine::role() == Role::Main {
            lock().1.push(Selected {
                id: self.id,
                is_time: self.is_time,
                estimate,
                baseline: self.baseline,
            });
        }
    }
}

/// Takes the benchmarks so far, all and selected, in order.
pub(crate) fn take() -> (Vec<CaseInfo>, Vec<Selected>) {
    std::mem::take(&mut *lock())
}

fn lock() -> MutexGuard<'static, (Vec<CaseInfo>, Vec<Selected>)> {
    CASES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(throughput: &Throughput) -> Vec<Work> {
    let bytes = |amount| Work::new(Work::BYTES, amount);
    let elements = |amount| Work::new("elements", amount);
    match *throughput {
        Throughput::Bits(amount) => vec![Work::new("bits", amount)],
        Throughput::Bytes(amount) | Throughput::BytesDecimal(amount) => vec![bytes(amount)],
        Throughput::Elements(amount) => vec![elements(amount)],
        Throughput::ElementsAndBytes {
            elements: items,
            bytes: amount,
        } => vec![elements(items), bytes(amount)],
    }
}
