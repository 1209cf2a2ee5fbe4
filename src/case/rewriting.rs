//! The rewriters as cases: every rewriter on every shape of text, and the control beside them.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;

use super::{Case, Error, Prepared};
use crate::input::text::{self, Shape};
use crate::rewrite::registry::{CONTROL, REWRITERS};
use crate::rewrite::{Method, Rewriter, Substitution, oracle};

const MEBIBYTE: usize = 1 << 20;
/// Enough copies that restoring them is rare, few enough that they stay in the cache.
const COPIES_BYTES: usize = 128 << 10;

/// The course's own pair.
///
/// # Panics
///
/// Never: the needle is not empty.
pub fn substitution() -> Substitution<'static> {
    Substitution::new(b"elvis", b"Elvis").expect("the needle is not empty")
}

/// The shapes that the lenses look at, each with its length in bytes.
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

/// Every rewriter on every input, `control/copy` last.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, bytes) in inputs() {
        for rewriter in REWRITERS {
            cases.push(case(
                format!("rewrite/{}", rewriter.name),
                rewriter,
                shape,
                bytes,
            ));
        }
        cases.push(case(
            format!("control/{}", CONTROL.name),
            &CONTROL,
            shape,
            bytes,
        ));
    }
    cases
}

fn case(subject: String, rewriter: &'static Rewriter, shape: Shape, bytes: usize) -> Case {
    let is_control = std::ptr::eq(rewriter, &raw const CONTROL);
    Case {
        subject,
        input: shape.name().to_owned(),
        bytes: bytes as u64,
        documents: None,
        threaded: rewriter.threaded,
        heap: rewriter.heap,
        own_function: None,
        time_only: false,
        prepare: Box::new(move |scale| {
            let substitution = substitution();
            if !rewriter.supports(substitution) {
                return Err(Error::Unsupported(format!(
                    "{} needs a replacement as long as the needle",
                    rewriter.name
                )));
            }
            let haystack = text::generate(shape, bytes * scale);
            let expected = if is_control {
                haystack.clone()
            } else {
                oracle::rewrite(&haystack, substitution).0
            };
            Ok(prepare(rewriter.method, substitution, haystack, expected))
        }),
    }
}

fn prepare(
    method: Method,
    substitution: Substitution<'static>,
    haystack: Vec<u8>,
    expected: Vec<u8>,
) -> Prepared {
    match method {
        Method::Stream { measured, .. } | Method::Slice(measured) => {
            into_vector(expected, move |output| {
                measured(&haystack, substitution, output).is_ok()
            })
        }
        Method::Shared { measured, .. } => {
            let shared = Bytes::from(haystack);
            // The first clone of a `Bytes` made from a vector allocates its counter; that is the
            // harness's way to hand the input over and no work of the subject.
            let keep = shared.clone();
            into_vector(expected, move |output| {
                measured(keep.clone(), substitution, output).is_ok() && !shared.is_unique()
            })
        }
        Method::InPlace(rewrite) => in_place(expected, haystack, move |bytes| {
            rewrite(bytes, substitution).is_ok()
        }),
    }
}

fn into_vector(
    expected: Vec<u8>,
    mut call: impl FnMut(&mut Vec<u8>) -> bool + 'static,
) -> Prepared {
    let output = Rc::new(RefCell::new((Vec::with_capacity(expected.len()), true)));
    let written = Rc::clone(&output);
    Prepared::repeatable(
        move || {
            let (output, succeeded) = &mut *output.borrow_mut();
            output.clear();
            *succeeded = call(output);
        },
        move || {
            let (output, succeeded) = &*written.borrow();
            compare(output, &expected, *succeeded)
        },
    )
}

/// After one rewrite nothing is left to rewrite, so as many copies stand side by side as are
/// rewritten between two resets.
fn in_place(
    expected: Vec<u8>,
    haystack: Vec<u8>,
    mut call: impl FnMut(&mut [u8]) -> bool + 'static,
) -> Prepared {
    let length = haystack.len();
    let batch = (COPIES_BYTES / length.max(1)).max(1);
    let copies = Rc::new(RefCell::new((haystack.repeat(batch), 0, true)));
    let (to_reset, to_check) = (Rc::clone(&copies), Rc::clone(&copies));
    Prepared {
        batch,
        reset: Box::new(move || {
            let (copies, next, _) = &mut *to_reset.borrow_mut();
            for copy in copies.chunks_exact_mut(length) {
                copy.copy_from_slice(&haystack);
            }
            *next = 0;
        }),
        run: Box::new(move || {
            let (copies, next, succeeded) = &mut *copies.borrow_mut();
            *succeeded = call(&mut copies[*next * length..][..length]);
            *next += 1;
        }),
        check: Box::new(move || {
            let (copies, next, succeeded) = &*to_check.borrow();
            let last = next.saturating_sub(1);
            compare(&copies[last * length..][..length], &expected, *succeeded)
        }),
    }
}

fn compare(output: &[u8], expected: &[u8], succeeded: bool) -> Result<(), String> {
    if !succeeded {
        return Err("the rewrite returned an error".to_owned());
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
