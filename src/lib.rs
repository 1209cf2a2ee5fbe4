//! The suite of benchlens: what an algorithm costs, through three lenses held over the same work.
//!
//! Two jobs, each solved many times over:
//!
//! - [`rewrite`]: replace every occurrence of a needle in a byte stream of any length;
//! - [`freq`]: count how many items of a pile of news feeds mention a topic.
//!
//! And the question between them: [`inlining`], where inlining removes a heap allocation.
//!
//! Foundation, which never prints: [`feed`] turns bytes into items, `input` makes the inputs. On top,
//! behind the feature `cli`: `cases` hands subjects and inputs to the lenses of the harness,
//! [`benchlens`], and the command prints what they saw.

pub mod allocations;
pub mod feed;
pub mod freq;
pub mod inlining;
pub mod rewrite;

#[cfg(feature = "cli")]
pub mod cases;
#[cfg(feature = "cli")]
pub mod input;
