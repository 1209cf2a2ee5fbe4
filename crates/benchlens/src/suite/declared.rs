//! The declared cases of a bench, and the verification of their answers.

use std::any::Any;

use super::{Case, CaseBuilder, CaseInfo, PairBuilder, Prepared};
use crate::run::Routine;
use crate::{CaseId, Lens};

/// The cases of a bench.
///
/// ```
/// use benchlens::{AllocationBound, Bytes, Suite};
///
/// fn cases(suite: &mut Suite) {
///     let mut parse = suite.group("parse");
///     for (name, text) in [("short", "1 2 3"), ("long", "4 5 6 7 8 9")] {
///         parse
///             .case("split", name)
///             .work(Bytes(text.len()))
///             .input(move || text.to_owned()) // made before each call, not measured
///             .verify(|sum: &u32| *sum > 0) // before any lens; a wrong answer has no figure
///             .allocations(AllocationBound::None)
///             .run(|text| text.split(' ').filter_map(|word| word.parse::<u32>().ok()).sum());
///     }
/// }
/// # let mut suite = Suite::default();
/// # cases(&mut suite);
/// # assert_eq!(suite.verify(), []);
/// ```
#[derive(Default)]
pub struct Suite {
    pub(crate) cases: Vec<Case>,
}

impl Suite {
    /// The group of this name: cases that do one job and are compared with each other on each input.
    /// A name that was used before continues that group.
    pub fn group(&mut self, name: impl Into<String>) -> Group<'_> {
        Group {
            suite: self,
            name: name.into(),
        }
    }

    /// The description of each case, in the order of declaration. Runs nothing.
    pub fn describe(&self) -> Vec<CaseInfo> {
        self.cases.iter().map(|case| case.info.clone()).collect()
    }

    /// Runs every case once on its own size and returns those with a wrong answer, with the reason:
    /// the verification refused it, the case panicked, or its answer is not that of the first case of
    /// its group on that input. Cost: one call of each case and its verification.
    pub fn verify(&self) -> Vec<(CaseId, String)> {
        let all: Vec<_> = self.cases.iter().collect();
        verify(&all, &mut |_| ())
    }

    /// Like [`verify`](Self::verify); calls `progress` before each case.
    pub fn verify_each(&self, mut progress: impl FnMut(&CaseInfo)) -> Vec<(CaseId, String)> {
        let all: Vec<_> = self.cases.iter().collect();
        verify(&all, &mut progress)
    }

    /// Passes each case of `lens` to `visit`, prepared on its own size, for tools that measure by
    /// themselves.
    pub fn each(&self, lens: Lens, mut visit: impl FnMut(&CaseInfo, &mut dyn Routine)) {
        let looks = |case: &&Case| case.settings.lenses.contains(&lens);
        for case in self.cases.iter().filter(looks) {
            visit(&case.info, &mut Call((case.prepare)(1)));
        }
    }

    pub(super) fn add(&mut self, mut case: Case) {
        let name = |case: &Case| {
            let threads = case.info.threads.filter(|_| case.settings.interleaved);
            let id = &case.info.id;
            (
                id.group.clone(),
                id.subject.clone(),
                id.input.clone(),
                threads,
            )
        };
        let named = name(&case);
        let same = self.cases.iter().filter(|other| name(other) == named);
        case.info.id.ordinal = same.count() as u32;
        self.cases.push(case);
    }
}

/// A case prepared at one size, as the lenses call it.
pub(crate) struct Call(pub(crate) Box<dyn Prepared>);

impl Routine for Call {
    fn set_up(&mut self) {
        self.0.set_up();
    }

    fn call(&mut self) {
        self.0.call();
    }
}

/// Cases that do one job.
pub struct Group<'suite> {
    suite: &'suite mut Suite,
    name: String,
}

impl Group<'_> {
    /// Begins the declaration of a case, which [`run`](CaseBuilder::run) ends. `input` may be empty
    /// if there is only one.
    pub fn case<O: 'static>(
        &mut self,
        subject: impl Into<String>,
        input: impl Into<String>,
    ) -> CaseBuilder<'_, (), (), O> {
        CaseBuilder::new(self.suite, CaseId::new(&self.name, subject, input))
    }

    /// Begins the declaration of a pair: the same work twice, once with a function called and once
    /// with it inlined.
    pub fn pair(&mut self, subject: impl Into<String>) -> PairBuilder<'_, ()> {
        PairBuilder::new(self.suite, CaseId::new(&self.name, subject, ""))
    }
}

/// An answer that can be compared with that of another subject.
pub(crate) trait Answer {
    fn as_any(&self) -> &dyn Any;
    fn is_same(&self, other: &dyn Any) -> bool;
    fn words(&self) -> String;
}

impl<A: PartialEq + std::fmt::Debug + 'static> Answer for A {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<A>() == Some(self)
    }

    fn words(&self) -> String {
        format!("{self:?}").chars().take(200).collect()
    }
}

/// Runs each of `cases` once and returns those with a wrong answer. Calls `progress` before each.
pub(crate) fn verify(
    cases: &[&Case],
    progress: &mut dyn FnMut(&CaseInfo),
) -> Vec<(CaseId, String)> {
    let mut wrong = Vec::new();
    let mut first: Vec<(&CaseInfo, Box<dyn Answer>)> = Vec::new();
    for case in cases {
        progress(&case.info);
        match case.verified_answer() {
            Err(reason) => wrong.push((case.info.id.clone(), reason)),
            Ok(None) => {}
            Ok(Some(answer)) => {
                let known =
                    (first.iter()).find(|(other, _)| other.comparison() == case.info.comparison());
                match known {
                    None => first.push((&case.info, answer)),
                    Some((_, expected)) if answer.is_same(expected.as_any()) => {}
                    Some((other, expected)) => wrong.push((
                        case.info.id.clone(),
                        format!(
                            "answers {}, where {} answers {}",
                            answer.words(),
                            other.id,
                            expected.words()
                        ),
                    )),
                }
            }
        }
    }
    wrong
}
