//! The suite of benchlens: what an algorithm costs, through three lenses held over the same work.
//!
//! Two jobs, each solved many times over:
//!
//! - [`rewrite`]: replace every occurrence of a needle, or of many, in bytes and in streams of any
//!   length;
//! - `freq`: count how many items of a pile of news feeds mention a topic.
//!
//! And the question between them: `inlining`, where inlining removes a heap allocation.
//!
//! # The fastest replace
//!
//! What the lenses found is there to be used:
//!
//! ```
//! use benchlens_suite::rewrite::Replacer;
//!
//! let replacer = Replacer::new("elvis", "Elvis")?;
//! assert_eq!(replacer.replace(b"an elvis"), b"an Elvis");
//! # Ok::<(), benchlens_suite::rewrite::Error>(())
//! ```
//!
//! Alone it depends on little: `benchlens-suite = { version = "0.1", default-features = false }`. The page
//! [`rewrite`] says which algorithm is taken when.
//!
//! # Features
//!
//! - `cli`, by default: the command, the inputs and the cases, and with them `suite`;
//! - `suite`: the counters, the inlining pairs, the registries and the oracles;
//! - `iai`: a bench in iai-callgrind's own macros.
//!
//! # Layers
//!
//! Foundation, which never prints: `feed` turns bytes into items, `input` makes the inputs. On top,
//! behind the feature `cli`: `cases` hands subjects and inputs to the lenses of the harness,
//! `benchlens`, and the command prints what they saw.

#[cfg(feature = "suite")]
pub mod allocations;
#[cfg(feature = "suite")]
pub mod feed;
#[cfg(feature = "suite")]
pub mod freq;
#[cfg(feature = "suite")]
pub mod inlining;
pub mod rewrite;

#[cfg(feature = "cli")]
pub mod cases;
#[cfg(feature = "cli")]
pub mod input;
