//! The suite of benchlens: the cost of algorithms through three lenses on the same work.
//!
//! Two jobs, each solved many times over:
//!
//! - [`rewrite`]: replace every occurrence of a needle, or of many, in bytes and in streams of any
//!   length;
//! - `freq`: count how many items of many news feeds mention a topic.
//!
//! And `inlining`: where inlining removes a heap allocation.
//!
//! # The fastest replace
//!
//! The fastest rewriters behind one type:
//!
//! ```
//! use benchlens_suite::rewrite::Replacer;
//!
//! let replacer = Replacer::new("elvis", "Elvis")?;
//! assert_eq!(replacer.replace(b"an elvis"), b"an Elvis");
//! # Ok::<(), benchlens_suite::rewrite::Error>(())
//! ```
//!
//! Without default features it has few dependencies: `benchlens-suite = { version = "0.1",
//! default-features = false }`. The module [`rewrite`] says which algorithm is chosen when.
//!
//! # Features
//!
//! - `cli`, on by default: the command, the inputs and the cases; includes `suite`;
//! - `input`: the seeded inputs, and feeds as files, beside `suite`;
//! - `suite`: the counters, the inlining pairs, the registries and the oracles;
//! - `iai`: a bench with iai-callgrind's own macros.
//!
//! # Layers
//!
//! The foundation never prints: `feed` turns bytes into items, `input` generates the inputs. On
//! top, behind the feature `cli`, `cases` declares subjects and inputs for the harness,
//! `benchlens`, and the command prints the results.

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
#[cfg(feature = "input")]
pub mod input;
