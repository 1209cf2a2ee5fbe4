//! benchlens shows what an algorithm costs, through three lenses held over the same work:
//! **time** (criterion), **heap** (dhat) and **instructions** (iai-callgrind).
//!
//! Two jobs, each solved many times over:
//!
//! - [`rewrite`]: replace every occurrence of a needle in a byte stream of any length;
//! - [`freq`]: count how many items of a pile of news feeds mention a topic.
//!
//! And the question between them: [`inlining`], where inlining removes a heap allocation.
//!
//! Foundation, which never prints: [`feed`] turns bytes into items, `input` makes the inputs,
//! `measurement` is the one row that all lenses produce, `lens` reads what the tools wrote.
//! On top, behind the feature `cli`: `case` hands subjects and inputs to the lenses, `report`
//! turns measurements into tables, and the command prints them.

pub mod feed;
pub mod freq;
pub mod heap_claim;
pub mod inlining;
pub mod rewrite;

#[cfg(feature = "cli")]
pub mod case;
#[cfg(feature = "cli")]
pub mod input;
#[cfg(feature = "cli")]
pub mod lens;
#[cfg(feature = "cli")]
pub mod measurement;
#[cfg(feature = "cli")]
pub mod record;
#[cfg(feature = "cli")]
pub mod report;
