//! Declares the rewriters as cases: every rewriter on every shape of text, and a plain copy.

use benchlens::{Bytes, CaseBuilder, Group, Suite};
use bytes::Bytes as SharedBytes;

use crate::input::text::{self, Shape};
use crate::rewrite::elvis::ELVIS;
use crate::rewrite::registry::{CONTROL, REWRITERS};
use crate::rewrite::{self, Method, Rewriter, Substitution, oracle};

/// The group of the rewriters, the control and the peers.
pub const GROUP: &str = "rewrite";

const MEBIBYTE: usize = 1 << 20;
/// Large enough that restoring copies is rare, small enough to stay in the cache.
const COPIES_BYTES: usize = 128 << 10;

/// The course's substitution.
///
/// # Panics
///
/// Never: the needle is not empty.
pub fn substitution() -> Substitution<'static> {
    ELVIS.expect("the needle is not empty")
}

/// The shapes of text for the lenses, each with its length in bytes.
pub fn inputs() -> impl Iterator<Item = (Shape, usize)> {
    [
        (Shape::Seed, text::SEED.len()),
        (Shape::Sparse, MEBIBYTE),
        (Shape::Dense, MEBIBYTE),
        (Shape::NearMiss, MEBIBYTE),
        (Shape::Binary, MEBIBYTE),
    ]
    .into_iter()
}

/// Declares every rewriter on every input, the plain copy last.
pub fn declare(suite: &mut Suite) {
    let mut group = suite.group(GROUP);
    for (shape, bytes) in inputs() {
        for rewriter in REWRITERS {
            // A registry may contain algorithms that do not support this substitution.
            if rewriter.supports(substitution()) {
                declare_rewriter(&mut group, rewriter, shape, bytes, false);
            }
        }
        declare_rewriter(&mut group, &CONTROL, shape, bytes, true);
    }
}

fn declare_rewriter(
    group: &mut Group<'_>,
    rewriter: &'static Rewriter,
    shape: Shape,
    bytes: usize,
    is_control: bool,
) {
    let mut case = group
        .case(rewriter.name, shape.name())
        .summary(rewriter.summary)
        .work(Bytes(bytes));
    if is_control {
        case = case.control();
    }
    case = match rewriter.threaded {
        true => case.unsteady("threads share the text by who is idle"),
        false => case.allocations(rewriter.heap.into()),
    };
    let text = move |size: u32| text::generate(shape, bytes * size as usize);
    let expected: Expected = match is_control {
        true => <[u8]>::to_vec,
        false => |text| oracle::rewrite(text, substitution()).0,
    };
    run(case, rewriter.method, text, expected);
}

/// Whether a rewrite succeeded.
pub(super) type Outcome = Result<(), rewrite::Error>;

/// What a text becomes, of the same length. It is called where a case is verified, and never where it is counted:
/// the oracle takes longer than the cases.
type Expected = fn(&[u8]) -> Vec<u8>;

fn run(
    case: CaseBuilder<'_, (), (), Outcome>,
    method: Method,
    text: impl Fn(u32) -> Vec<u8> + 'static,
    expected: Expected,
) {
    match method {
        Method::Stream { measured, .. } | Method::Slice(measured) => {
            case.state(move |size| Texts::new(&text(size)))
                .verify_state(move |texts, outcome| {
                    compare(outcome, &texts.output, &expected(&texts.haystack))
                })
                .run_with(move |texts, ()| {
                    texts.output.clear();
                    measured(&texts.haystack, substitution(), &mut texts.output).map(drop)
                });
        }
        Method::Shared { measured, .. } => {
            case.state(move |size| {
                let mut texts = Texts::new(&text(size));
                let shared = SharedBytes::from(std::mem::take(&mut texts.haystack));
                // The first clone of a `Bytes` made from a vector allocates its reference count.
                // That is part of passing the input, not of the subject's work.
                let kept = shared.clone();
                (texts, shared, kept)
            })
            .verify_state(move |(texts, _, kept), outcome| {
                compare(outcome, &texts.output, &expected(kept))
            })
            .run_with(move |(texts, shared, _), ()| {
                texts.output.clear();
                measured(shared.clone(), substitution(), &mut texts.output).map(drop)
            });
        }
        Method::InPlace(rewrite) => {
            let copies = Copies::count(text(1).len());
            case.state(move |size| Copies::new(text(size)))
                .refill(copies, Copies::refill)
                .verify_state(move |copies, outcome| {
                    compare(outcome, copies.last(), &expected(&copies.haystack))
                })
                .run_with(move |copies, ()| rewrite(copies.next(), substitution()).map(drop));
        }
    }
}

/// Blocks from this size on are mapped at a page, so a text has the same alignment in every run.
const LARGE: usize = 256 << 10;

fn at_a_page(text: &[u8]) -> Vec<u8> {
    let mut copy = Vec::with_capacity(text.len().max(LARGE));
    copy.extend_from_slice(text);
    copy
}

/// A text, and a buffer for its output, which is as long.
pub(super) struct Texts {
    pub(super) haystack: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Texts {
    pub(super) fn new(haystack: &[u8]) -> Self {
        Self {
            haystack: at_a_page(haystack),
            output: Vec::with_capacity(haystack.len().max(LARGE)),
        }
    }
}

/// An in-place rewrite leaves nothing to rewrite, so several copies of a text are rewritten in turn
/// before they are restored.
struct Copies {
    haystack: Vec<u8>,
    copies: Vec<u8>,
    next: usize,
}

impl Copies {
    fn count(length: usize) -> u64 {
        (COPIES_BYTES / length.max(1)).max(1) as u64
    }

    fn new(haystack: Vec<u8>) -> Self {
        let copies = haystack.repeat(Self::count(haystack.len()) as usize);
        Self {
            haystack,
            copies: at_a_page(&copies),
            next: 0,
        }
    }

    fn refill(&mut self) {
        for copy in self.copies.chunks_exact_mut(self.haystack.len()) {
            copy.copy_from_slice(&self.haystack);
        }
        self.next = 0;
    }

    fn next(&mut self) -> &mut [u8] {
        let length = self.haystack.len();
        self.next += 1;
        &mut self.copies[(self.next - 1) * length..][..length]
    }

    /// The copy that was rewritten last.
    fn last(&self) -> &[u8] {
        let length = self.haystack.len();
        let last = self.next.saturating_sub(1);
        &self.copies[last * length..][..length]
    }
}

/// Whether a rewrite succeeded with the expected output.
pub(super) fn compare(outcome: &Outcome, output: &[u8], expected: &[u8]) -> Result<(), String> {
    if let Err(error) = outcome {
        return Err(format!("the rewrite failed: {error}"));
    }
    if output == expected {
        return Ok(());
    }
    let at = output
        .iter()
        .zip(expected)
        .take_while(|(left, right)| left == right)
        .count();
    Err(format!(
        "{} bytes instead of {}, the first difference at byte {at}",
        output.len(),
        expected.len()
    ))
}
