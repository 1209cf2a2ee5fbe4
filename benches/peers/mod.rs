//! Other libraries in the same table, each at its best settings: built once outside of the
//! measurement, with output capacity reserved.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use benchlens::{AllocationBound, Bytes, Suite};
use benchlens_suite::cases::many_needles;
use benchlens_suite::cases::rewriting::{GROUP, inputs, substitution};
use benchlens_suite::input::{needles, text};
use benchlens_suite::rewrite::oracle;
use bstr::ByteSlice;

type Rewrite = Box<dyn Fn(&[u8], &mut Vec<u8>)>;
type Build = fn() -> Rewrite;

const PEERS: [(&str, Build); 3] = [
    ("aho_corasick_stream", aho_corasick_stream),
    ("regex_replace_all", regex_replace_all),
    ("bstr_replace", bstr_replace),
];

type Pairs = Vec<(&'static [u8], Vec<u8>)>;

type BuildForMany = fn(Pairs) -> Rewrite;

const PEERS_OF_MANY: [(&str, BuildForMany); 2] = [
    ("aho_corasick_stream", aho_corasick_many_stream),
    ("aho_corasick_slice", aho_corasick_many),
];

/// A text, and a buffer for its output, which is as long.
struct Texts {
    rewrite: Rewrite,
    haystack: Vec<u8>,
    output: Vec<u8>,
}

impl Texts {
    fn new(rewrite: Rewrite, haystack: Vec<u8>) -> Self {
        Self {
            rewrite,
            output: Vec::with_capacity(haystack.len()),
            haystack,
        }
    }

    fn run(&mut self) {
        self.output.clear();
        (self.rewrite)(&self.haystack, &mut self.output);
    }
}

/// Declares every peer on every input of the rewriters.
pub(crate) fn declare(suite: &mut Suite) {
    let mut group = suite.group(GROUP);
    for (shape, bytes) in inputs() {
        for (name, build) in PEERS {
            group
                .case(name, shape.name())
                .peer()
                .work(Bytes(bytes))
                .allocations(AllocationBound::Linear)
                .state(move |size| {
                    Texts::new(build(), text::generate(shape, bytes * size as usize))
                })
                .verify_state(|texts: &Texts, (): &()| {
                    texts.output == oracle::rewrite(&texts.haystack, substitution()).0
                })
                .run_with(|texts, ()| texts.run());
        }
    }
}

/// Declares every peer on every input of many needles.
pub(crate) fn declare_many(suite: &mut Suite) {
    let mut group = suite.group(many_needles::GROUP);
    for input in many_needles::inputs() {
        for (name, build) in PEERS_OF_MANY {
            group
                .case(name, input.name())
                .peer()
                .work(Bytes(input.bytes))
                .allocations(AllocationBound::Linear)
                .state(move |size| {
                    Texts::new(build(needles::pairs(input.needles)), input.text(size))
                })
                .verify_state(move |texts: &Texts, (): &()| {
                    texts.output == input.expected(&texts.haystack)
                })
                .run_with(|texts, ()| texts.run());
        }
    }
}

/// aho-corasick's stream replace of many needles, on the automaton that it chooses: a DFA for these
/// numbers of needles. Streams do not support leftmost-first semantics, which make no difference
/// for these needles.
fn aho_corasick_many_stream(pairs: Pairs) -> Rewrite {
    let (needles, replacements): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let searcher = AhoCorasick::new(needles).expect("few needles build");
    Box::new(move |haystack, output| {
        searcher
            .try_stream_replace_all(haystack, output, &replacements)
            .expect("memory to memory does not fail");
    })
}

/// aho-corasick's replace from a slice, with its prefilters, into a reused vector.
fn aho_corasick_many(pairs: Pairs) -> Rewrite {
    let (needles, replacements): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let searcher = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(needles)
        .expect("few needles build");
    Box::new(move |haystack, output| {
        searcher.replace_all_with_bytes(haystack, output, |found, _, output| {
            output.extend_from_slice(&replacements[found.pattern()]);
            true
        });
    })
}

/// aho-corasick's stream replace on its DFA, the fastest of its automata.
fn aho_corasick_stream() -> Rewrite {
    let searcher = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build([substitution().needle()])
        .expect("one short pattern builds");
    Box::new(move |haystack, output| {
        searcher
            .try_stream_replace_all(haystack, output, &[substitution().replacement()])
            .expect("memory to memory does not fail");
    })
}

/// regex's replace on bytes, with a literal replacement. It returns a new vector, or borrows the
/// haystack if nothing matched; the copy makes it do the same job as the others.
fn regex_replace_all() -> Rewrite {
    let pattern = regex::escape("elvis");
    let regex = regex::bytes::Regex::new(&pattern).expect("an escaped literal is a regex");
    Box::new(move |haystack, output| {
        let replacement = regex::bytes::NoExpand(substitution().replacement());
        output.extend_from_slice(&regex.replace_all(haystack, replacement));
    })
}

/// bstr's replace into a reused vector.
fn bstr_replace() -> Rewrite {
    Box::new(move |haystack, output| {
        let substitution = substitution();
        haystack.replace_into(substitution.needle(), substitution.replacement(), output);
    })
}
