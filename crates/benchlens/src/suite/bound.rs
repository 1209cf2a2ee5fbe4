//! A subject's declared bound on allocations, which the heap lens checks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the number of allocations and the peak of one call grow with the size of its input.
///
/// The heap lens runs a case with a bound on n, 2n and 4n and fails if the bound is broken. A case
/// whose input has only one size is checked at that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationBound {
    /// No allocation at all.
    None,
    /// Exactly this many allocations, of the same bytes, whatever the size of the input.
    Constant(u64),
    /// Count and peak may grow as the input does, and no faster.
    Linear,
}

/// The heap cost of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapCost {
    /// Blocks allocated; a reallocation counts as one.
    pub allocations: u64,
    /// Bytes allocated in total.
    pub allocated_bytes: u64,
    /// The most bytes that were live at once.
    pub peak_bytes: u64,
}

impl fmt::Display for HeapCost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} allocations of {} bytes, {} at the peak",
            self.allocations, self.allocated_bytes, self.peak_bytes
        )
    }
}

/// A bound that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("promises {bound}, but took {}", list(costs))]
pub struct BoundBroken {
    bound: AllocationBound,
    costs: Vec<(u32, HeapCost)>,
}

impl AllocationBound {
    /// Checks the costs of calls against the bound, each with the size of its input as a multiple
    /// of the first.
    ///
    /// # Errors
    ///
    /// [`BoundBroken`] with all costs.
    ///
    /// ```
    /// use benchlens::{AllocationBound, HeapCost};
    ///
    /// let cost = |allocations| HeapCost { allocations, ..HeapCost::default() };
    /// let bound = AllocationBound::Constant(2);
    /// assert!(bound.check(&[(1, cost(2)), (2, cost(2))]).is_ok());
    /// assert!(bound.check(&[(1, cost(2)), (2, cost(3))]).is_err());
    /// ```
    pub fn check(self, costs: &[(u32, HeapCost)]) -> Result<(), BoundBroken> {
        let Some(&(_, first)) = costs.first() else {
            return Ok(());
        };
        let kept = costs.iter().all(|&(size, cost)| match self {
            Self::None => cost.allocations == 0,
            Self::Constant(count) => cost == first && cost.allocations == count,
            // A buffer that grows by doubling may have twice the capacity that it needs.
            Self::Linear => {
                let size = u64::from(size);
                cost.allocations <= size * first.allocations.max(1)
                    && cost.peak_bytes <= 2 * size * first.peak_bytes.max(1)
            }
        });
        match kept {
            true => Ok(()),
            false => Err(BoundBroken {
                bound: self,
                costs: costs.to_vec(),
            }),
        }
    }
}

impl fmt::Display for AllocationBound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("no allocation"),
            Self::Constant(count) => write!(formatter, "{count} allocations on inputs of any size"),
            Self::Linear => formatter.write_str("allocations that grow as the input does"),
        }
    }
}

fn list(costs: &[(u32, HeapCost)]) -> String {
    let costs = costs.iter().map(|(size, cost)| match size {
        1 => format!("{cost} on n"),
        size => format!("{cost} on {size}n"),
    });
    costs.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(figures: [(u64, u64); 3]) -> Vec<(u32, HeapCost)> {
        let sizes = [1, 2, 4];
        (sizes.into_iter().zip(figures))
            .map(|(size, (allocations, peak_bytes))| {
                let cost = HeapCost {
                    allocations,
                    allocated_bytes: peak_bytes,
                    peak_bytes,
                };
                (size, cost)
            })
            .collect()
    }

    #[test]
    fn each_bound_passes_what_it_allows_and_nothing_more() {
        let none = costs([(0, 0); 3]);
        let two = costs([(2, 10); 3]);
        let linear = costs([(1, 10), (2, 20), (4, 80)]);
        let quadratic = costs([(1, 10), (4, 40), (16, 160)]);
        let at_last = costs([(0, 0), (0, 0), (1, 1)]);
        for (bound, costs, kept) in [
            (AllocationBound::None, &none, true),
            (AllocationBound::None, &at_last, false),
            (AllocationBound::Constant(2), &two, true),
            (AllocationBound::Constant(3), &two, false),
            (AllocationBound::Constant(1), &linear, false),
            (AllocationBound::Linear, &linear, true),
            (AllocationBound::Linear, &quadratic, false),
        ] {
            assert_eq!(bound.check(costs).is_ok(), kept, "{bound}: {costs:?}");
        }
        let error = AllocationBound::None.check(&at_last).unwrap_err();
        assert!(error.to_string().contains("on 4n"), "{error}");
    }
}
