//! The course's pair, as the benches use it.
//!
//! Each text begins a cache line. Near the end of a page `memcmp` takes more instructions, and the
//! address of a plain literal changes with any code in the executable.

use super::{Error, Substitution};

#[repr(align(64))]
struct Line([u8; 5]);

static NEEDLE: Line = Line(*b"elvis");
static REPLACEMENT: Line = Line(*b"Elvis");

/// "elvis" becomes "Elvis".
pub const ELVIS: Result<Substitution<'static>, Error> =
    Substitution::new(&NEEDLE.0, &REPLACEMENT.0);
