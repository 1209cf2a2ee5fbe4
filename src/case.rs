//! What all three lenses share: a subject on an input, prepared and verified before it is measured.
//!
//! A [`Case`] knows no rewriter and no counter: [`rewriting`], [`counting`] and [`inlining`] turn
//! the suite's own registries into cases, and the cases of another crate are handed in the same way.

use std::path::Path;

use benchlens::allocation_bound::HeapClaim;

pub mod arguments;
pub mod counting;
pub mod inlining;
pub mod page;
pub mod rewriting;

/// The function that makes the measured call under dhat: a stack outside of it is the harness's.
pub const HEAP_HARNESS: &str = "benchlens_heap::measure";

/// One subject on one input.
pub struct Case {
    /// The subject's full name: `rewrite/alg_one`.
    pub subject: String,
    /// The input's name: `sparse`.
    pub input: String,
    /// How many bytes one call goes through.
    pub bytes: u64,
    /// How many documents one call goes through, where the input consists of documents.
    pub documents: Option<u64>,
    /// Whether the subject uses more threads than the caller's.
    pub threaded: bool,
    /// What the subject says of its use of the heap.
    pub heap: HeapClaim,
    /// The function whose presence on the stack makes a heap block the subject's own, where threads
    /// make others, too, and its own are the same in every run. A threaded case without it has no
    /// exact figure.
    pub own_function: Option<&'static str>,
    /// Whether only the time lens looks at it.
    pub time_only: bool,
    /// Builds the input, `scale` times as large, and all that the call needs.
    pub prepare: Box<dyn Fn(usize) -> Result<Prepared, Error>>,
}

impl Case {
    /// Subject and input: `rewrite/alg_one/sparse`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.subject, self.input)
    }

    /// Prepares the case at its own size and checks its answer against the oracle.
    ///
    /// # Errors
    ///
    /// [`Error::WrongAnswer`], or what keeps the input from being made.
    pub fn prepare_verified(&self) -> Result<Prepared, Error> {
        let mut prepared = (self.prepare)(1)?;
        prepared.verify()?;
        Ok(prepared)
    }
}

/// A case that is ready to be called.
pub struct Prepared {
    /// How often `run` may be called after each `reset`.
    pub batch: usize,
    /// Restores what `run` uses up; never measured.
    pub reset: Box<dyn FnMut()>,
    /// The measured call. It allocates nothing beside what the subject does.
    pub run: Box<dyn FnMut()>,
    /// Compares what the last `run` left with the oracle's answer; the error says how they differ.
    pub check: Box<dyn FnMut() -> Result<(), String>>,
}

impl Prepared {
    /// A call that can be repeated without a reset.
    pub fn repeatable(
        run: impl FnMut() + 'static,
        check: impl FnMut() -> Result<(), String> + 'static,
    ) -> Self {
        Self {
            batch: usize::MAX,
            reset: Box::new(|| ()),
            run: Box::new(run),
            check: Box::new(check),
        }
    }

    /// Runs once, from a fresh state, and compares with the oracle.
    ///
    /// # Errors
    ///
    /// [`Error::WrongAnswer`].
    pub fn verify(&mut self) -> Result<(), Error> {
        (self.reset)();
        (self.run)();
        (self.check)().map_err(Error::WrongAnswer)?;
        (self.reset)();
        Ok(())
    }
}

/// Why a case cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The subject's answer is not the oracle's.
    #[error("wrong answer: {0}")]
    WrongAnswer(String),
    /// The subject cannot do this input.
    #[error("skipped: {0}")]
    Unsupported(String),
    /// The input could not be made.
    #[error("cannot write the input {path}")]
    Input {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Every case of the suite, in the order of the table. Feed files are written below `folder`, once.
///
/// # Errors
///
/// [`Error::Input`], if the feed files cannot be written.
pub fn suite(folder: &Path) -> Result<Vec<Case>, Error> {
    let mut cases = rewriting::cases();
    cases.extend(counting::cases(folder)?);
    cases.extend(inlining::cases());
    Ok(cases)
}

/// Verifies every case against the oracle without measuring; `progress` hears of each before it
/// runs. Returns the names of those that failed, with the reason.
pub fn verify_all(cases: &[Case], mut progress: impl FnMut(&Case)) -> Vec<(String, Error)> {
    let mut failures = Vec::new();
    for case in cases {
        progress(case);
        if let Err(error) = case.prepare_verified() {
            failures.push((case.name(), error));
        }
    }
    failures
}
