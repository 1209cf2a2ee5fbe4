//! Every rewriter, and the library's `Replacer`.

#[cfg(feature = "suite")]
mod cases;
#[cfg(feature = "suite")]
mod faults;
#[cfg(feature = "suite")]
mod properties;
mod replacer;
#[cfg(feature = "suite")]
mod small_worlds;
