//! Other people's libraries in the same table, each at its best settings: built once outside the
//! measurement, with the output's room reserved.

use std::cell::RefCell;
use std::rc::Rc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use benchlens::allocation_bound::HeapClaim;
use benchlens_suite::case::rewriting::{inputs, substitution};
use benchlens_suite::case::{Case, Prepared};
use benchlens_suite::input::text;
use benchlens_suite::rewrite::oracle;
use bstr::ByteSlice;

type Rewrite = Box<dyn FnMut(&[u8], &mut Vec<u8>)>;
type Build = fn() -> Rewrite;

const PEERS: [(&str, Build); 3] = [
    ("aho_corasick_stream", aho_corasick_stream),
    ("regex_replace_all", regex_replace_all),
    ("bstr_replace", bstr_replace),
];

/// Every peer on every input of the rewriters.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, bytes) in inputs() {
        for (name, build) in PEERS {
            cases.push(Case {
                subject: format!("peer/{name}"),
                input: shape.name().to_owned(),
                bytes: bytes as u64,
                documents: None,
                threaded: false,
                heap: HeapClaim::Linear,
                own_function: None,
                time_only: true,
                prepare: Box::new(move |scale| {
                    Ok(prepare(build(), text::generate(shape, bytes * scale)))
                }),
            });
        }
    }
    cases
}

fn prepare(mut rewrite: Rewrite, haystack: Vec<u8>) -> Prepared {
    let (expected, _) = oracle::rewrite(&haystack, substitution());
    let output = Rc::new(RefCell::new(Vec::with_capacity(expected.len())));
    let written = Rc::clone(&output);
    Prepared::repeatable(
        move || {
            let output = &mut *output.borrow_mut();
            output.clear();
            rewrite(&haystack, output);
        },
        move || match *written.borrow() == expected {
            true => Ok(()),
            false => Err("the output differs".to_owned()),
        },
    )
}

/// aho-corasick's stream replace, on its DFA: the fastest of its automata to search with.
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

/// regex's replace on bytes, with the replacement taken literally. It returns a new vector, or
/// borrows the haystack where nothing matched; the copy makes it do the same job as the others.
fn regex_replace_all() -> Rewrite {
    let pattern = regex::escape("elvis");
    let regex = regex::bytes::Regex::new(&pattern).expect("an escaped literal is a regex");
    Box::new(move |haystack, output| {
        let replacement = regex::bytes::NoExpand(substitution().replacement());
        output.extend_from_slice(&regex.replace_all(haystack, replacement));
    })
}

/// bstr's replace into a vector that is reused.
fn bstr_replace() -> Rewrite {
    Box::new(move |haystack, output| {
        let substitution = substitution();
        haystack.replace_into(substitution.needle(), substitution.replacement(), output);
    })
}
