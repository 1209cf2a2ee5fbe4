//! Two runs side by side: compared, judged, and one of them kept as what the next is judged by.

pub mod baseline;
pub mod cause;
pub mod compare;
pub mod gate;
mod key;
pub mod sites;
