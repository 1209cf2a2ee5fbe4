//! The rewriters by name, as plain functions.

use std::hint::black_box;

use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{FromSlice, Method, Rewriter, Substitution};

/// The rewriter of that name.
pub(super) fn named(name: &str) -> &'static Rewriter {
    let row = REWRITERS.iter().find(|row| row.name == name);
    row.expect("the registry has every rewriter that a limit is set for")
}

/// Rewrites from memory to memory.
pub(super) fn from_slice(
    rewriter: &Rewriter,
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) {
    let rewrite: FromSlice = match rewriter.method {
        Method::Stream { measured, .. } => measured,
        Method::Slice(rewrite) => rewrite,
        Method::InPlace(_) | Method::Shared { .. } => panic!("it does not fill a vector"),
    };
    output.clear();
    let count = rewrite(black_box(haystack), substitution, black_box(output));
    black_box(count.expect("memory does not fail"));
}

/// Rewrites in place.
pub(super) fn in_place(rewriter: &Rewriter, bytes: &mut [u8], substitution: Substitution<'_>) {
    let Method::InPlace(rewrite) = rewriter.method else {
        panic!("it does not work in place");
    };
    let count = rewrite(black_box(bytes), substitution);
    black_box(count.expect("equal lengths"));
}
