//! Every rewriter against the oracle.

#![no_main]

#[path = "../bodies/rewriters.rs"]
mod rewriters;

libfuzzer_sys::fuzz_target!(|data: &[u8]| rewriters::check(data));
