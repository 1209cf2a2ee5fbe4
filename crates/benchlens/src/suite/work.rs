//! The amount of work of one call, from which throughput is computed.

use serde::{Deserialize, Serialize};

/// An amount of work and its unit: the bytes, items or pages that one call processes.
///
/// ```
/// use benchlens::{Bytes, Items, Work};
///
/// assert_eq!(Work::from(Bytes(4096)).unit, "bytes");
/// assert_eq!(Work::from(Items(7)).amount, 7);
/// assert_eq!(Work::new("pages", 40).per_second(1e6), 40_000.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// In the plural: `bytes`, `items`, `pages`.
    pub unit: String,
    /// How many of them.
    pub amount: u64,
}

impl Work {
    /// The unit whose rates are written as B/s, kB/s, MB/s and so on.
    pub const BYTES: &'static str = "bytes";

    /// Work in a custom unit, named in the plural.
    pub fn new(unit: impl Into<String>, amount: u64) -> Self {
        Self {
            unit: unit.into(),
            amount,
        }
    }

    /// The rate per second if a call takes `nanoseconds`.
    pub fn per_second(&self, nanoseconds: f64) -> f64 {
        self.amount as f64 * 1e9 / nanoseconds
    }
}

/// Bytes of input that one call reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub usize);

/// Items that one call processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Items(pub usize);

impl From<Bytes> for Work {
    fn from(Bytes(amount): Bytes) -> Self {
        Self::new(Self::BYTES, amount as u64)
    }
}

impl From<Items> for Work {
    fn from(Items(amount): Items) -> Self {
        Self::new("items", amount as u64)
    }
}
