//! The declaration of a bench: its cases, group by group, as values.
//!
//! A case is a subject on an input. Its closures make the input, do the work and verify the answer.
//! The builder method that takes a closure decides whether it is measured, in the same way for every
//! lens. Declaring a case calls none of them.

mod bound;
mod info;
mod work;

#[cfg(feature = "suite")]
mod case;
#[cfg(feature = "suite")]
mod declared;
#[cfg(feature = "suite")]
mod executor;
#[cfg(feature = "suite")]
mod pair;
#[cfg(feature = "suite")]
mod prepared;
#[cfg(feature = "suite")]
mod verdict;

pub use bound::{AllocationBound, BoundBroken, HeapCost};
pub use info::{CaseInfo, PairSide, Role, SuiteInfo};
pub use work::{Bytes, Items, Work};

#[cfg(feature = "suite")]
pub use case::CaseBuilder;
#[cfg(feature = "suite")]
pub use declared::{Group, Suite};
#[cfg(feature = "suite")]
pub use executor::{BlockOn, Executor};
#[cfg(feature = "suite")]
pub use pair::{PairBuilder, Side};
#[cfg(feature = "suite")]
pub use verdict::Verdict;

#[cfg(feature = "suite")]
pub(crate) use case::Case;
#[cfg(feature = "suite")]
pub(crate) use declared::{Answer, Call, verify};
#[cfg(feature = "suite")]
pub(crate) use prepared::Prepared;
