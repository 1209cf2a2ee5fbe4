//! What the tests ask of a profile that was read back.

use benchlens_pprof::{Frame, Profile};

/// Names and sums of a profile.
pub(crate) trait Written {
    fn kinds(&self) -> Vec<&str>;

    fn default_kind(&self) -> &str;

    /// The sums of all samples that have a function in their stack.
    fn sum(&self, function: &str) -> Vec<i64>;

    /// The sum of one kind over all samples.
    fn total(&self, kind: usize) -> i64;

    /// The stack of a sample that has the function in it.
    fn stack_with(&self, function: &str) -> Option<Vec<Frame<'_>>>;
}

impl Written for Profile {
    fn kinds(&self) -> Vec<&str> {
        self.sample_types
            .iter()
            .map(|it| self.text(it.kind).unwrap())
            .collect()
    }

    fn default_kind(&self) -> &str {
        self.text(self.default_sample_type).unwrap()
    }

    fn sum(&self, function: &str) -> Vec<i64> {
        let mut sums = vec![0; self.sample_types.len()];
        for sample in &self.samples {
            if has(&self.stack(sample).unwrap(), function) {
                for (sum, value) in sums.iter_mut().zip(&sample.values) {
                    *sum += value;
                }
            }
        }
        sums
    }

    fn total(&self, kind: usize) -> i64 {
        self.samples.iter().map(|sample| sample.values[kind]).sum()
    }

    fn stack_with(&self, function: &str) -> Option<Vec<Frame<'_>>> {
        let mut stacks = self.samples.iter().map(|it| self.stack(it).unwrap());
        stacks.find(|stack| has(stack, function))
    }
}

fn has(stack: &[Frame], function: &str) -> bool {
    stack.iter().any(|frame| frame.function == function)
}
