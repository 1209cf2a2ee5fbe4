//! The rewriters, one line each.

use super::alg_one::AlgOne;
use super::alg_two::AlgTwo;
use super::buffered::Buffered;
use super::chunked::Chunked;
use super::copy::Copy;
use super::in_place::InPlace;
use super::occurrences::LONGEST_NEEDLE;
use super::parallel::Parallel;
use super::segments::Segmented;
use super::vector::Vector;
use super::vector_copy::VectorCopy;
use super::vector_in_place::VectorInPlace;
use super::{Error, Lengths, Method, Replacer, Rewriter, Substitution};
use crate::allocations::Allocations;

/// Every rewriter of the suite, from the textbook's to the fastest.
pub static REWRITERS: &[Rewriter] = &[
    Rewriter {
        name: "alg_one",
        summary: "a window slides along, a byte at a time, read through a box",
        lengths: Lengths::Any,
        threaded: false,
        heap: Allocations::Constant(2),
        method: Method::stream::<AlgOne>(),
    },
    Rewriter {
        name: "alg_two",
        summary: "one index into the needle, a byte at a time",
        lengths: Lengths::Any,
        threaded: false,
        heap: Allocations::None,
        method: Method::stream::<AlgTwo>(),
    },
    CHUNKED,
    Rewriter {
        name: "in_place",
        summary: "substring search, each match overwritten where it stands",
        lengths: Lengths::Equal,
        threaded: false,
        heap: Allocations::None,
        method: Method::in_place::<InPlace>(),
    },
    Rewriter {
        name: "segments",
        summary: "shared bytes cut around the matches, written without a copy",
        lengths: Lengths::Any,
        threaded: false,
        heap: Allocations::Constant(2),
        method: Method::shared::<Segmented>(),
    },
    Rewriter {
        name: "buffered",
        summary: "from any Buf to any BufMut, contiguous or not",
        lengths: Lengths::Any,
        threaded: false,
        heap: Allocations::None,
        method: Method::slice::<Buffered>(),
    },
    Rewriter {
        name: "parallel",
        summary: "regions that no match crosses, compared and written on all cores",
        lengths: Lengths::Any,
        threaded: true,
        heap: Allocations::Linear,
        method: Method::slice::<Parallel>(),
    },
    VECTOR,
    Rewriter {
        name: "vector_in_place",
        summary: "every position compared at once, each match overwritten where it stands",
        lengths: Lengths::Equal,
        threaded: false,
        heap: Allocations::None,
        method: Method::in_place::<VectorInPlace>(),
    },
    Rewriter {
        name: "vector_copy",
        summary: "every position compared at once, in the copy while it is in cache",
        lengths: Lengths::Any,
        threaded: false,
        heap: Allocations::None,
        method: Method::slice::<VectorCopy>(),
    },
];

const CHUNKED: Rewriter = Rewriter {
    name: "chunked",
    summary: "substring search over one reused buffer, partial matches carried over",
    lengths: Lengths::Any,
    threaded: false,
    heap: Allocations::Constant(1),
    method: Method::stream::<Chunked>(),
};

const VECTOR: Rewriter = Rewriter {
    name: "vector",
    summary: "every position compared at once, in one reused buffer",
    lengths: Lengths::Any,
    threaded: false,
    heap: Allocations::None,
    method: Method::stream::<Vector>(),
};

/// `rewrite/copy`: the lower bound in every lens. It replaces nothing, so it is not a rewriter.
pub static CONTROL: Rewriter = Rewriter {
    name: "copy",
    summary: "only copies: the floor of every lens",
    lengths: Lengths::Any,
    threaded: false,
    heap: Allocations::None,
    method: Method::slice::<Copy>(),
};

/// From memory to memory with a compiled replacer: appends to the vector and returns the number of
/// replacements.
pub type WithReplacer = fn(&Replacer, &[u8], &mut Vec<u8>) -> Result<u64, Error>;

/// A way to replace many needles.
#[derive(Clone, Copy, Debug)]
pub struct ManyNeedles {
    /// The last part of the subject's name: `stream` in `many/stream`.
    pub name: &'static str,
    /// A short description of how it works.
    pub summary: &'static str,
    /// Its bound on allocations.
    pub heap: Allocations,
    /// Its entry point.
    pub rewrite: WithReplacer,
}

/// Every way to replace many needles.
pub static MANY_NEEDLES: &[ManyNeedles] = &[
    ManyNeedles {
        name: "stream",
        summary: "a filter, a lookup, an automaton where they do not pay; in one reused buffer",
        heap: Allocations::Constant(1),
        rewrite: |replacer, haystack, output| replacer.replace_stream(haystack, output),
    },
    ManyNeedles {
        name: "slice",
        summary: "the same, from a slice to a vector",
        heap: Allocations::None,
        rewrite: |replacer, haystack, output| Ok(replacer.replace_into(haystack, output)),
    },
    ManyNeedles {
        name: "in_place",
        summary: "the same, in a copy",
        heap: Allocations::None,
        rewrite: |replacer, haystack, output| {
            let start = output.len();
            output.extend_from_slice(haystack);
            replacer.replace_in_place(&mut output[start..])
        },
    },
];

/// The fastest rewriter of streams for `substitution`: `vector`, or `chunked` for needles that are
/// too long for it.
pub fn default_for(substitution: Substitution<'_>) -> &'static Rewriter {
    static VECTORISED: Rewriter = VECTOR;
    static SEARCHED: Rewriter = CHUNKED;
    if substitution.needle().len() <= LONGEST_NEEDLE {
        &VECTORISED
    } else {
        &SEARCHED
    }
}
