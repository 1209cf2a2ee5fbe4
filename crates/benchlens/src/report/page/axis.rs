//! Maps figures to positions on an axis: logarithmic with a separate slot for zero, or linear.

/// How figures are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// By magnitude, with ticks at powers of the base; zero has a slot before the first tick.
    Logarithmic { base: f64 },
    /// By difference.
    Linear,
}

/// A line from `left` to `right`, in the units of the drawing.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    /// The position of zero on a logarithmic axis, if any figure is zero.
    zero: Option<f64>,
    left: f64,
    right: f64,
}

/// The width of the slot for zero on a logarithmic axis.
const SLOT: f64 = 26.0;

impl Axis {
    /// An axis that covers all `values`; those that are not finite are ignored.
    pub(super) fn over(values: &[f64], scale: Scale, left: f64, right: f64) -> Self {
        let values = || values.iter().copied().filter(|value| value.is_finite());
        let mut axis = Self {
            scale,
            low: 0.0,
            high: 1.0,
            zero: None,
            left,
            right,
        };
        match scale {
            Scale::Linear => {
                axis.low = values().fold(0.0, f64::min);
                axis.high = values().fold(axis.low, f64::max);
                if axis.low >= axis.high {
                    axis.high = axis.low + 1.0;
                }
            }
            Scale::Logarithmic { .. } => {
                let positive = || values().filter(|value| *value > 0.0);
                let (least, most) = (
                    positive().fold(f64::MAX, f64::min),
                    positive().fold(0.0, f64::max),
                );
                (axis.low, axis.high) = match most {
                    0.0 => (1.0, 10.0),
                    // A margin, so that no dot lies on the edge.
                    _ => (least / 1.2, most * 1.2),
                };
                if values().any(|value| value <= 0.0) {
                    axis.zero = Some(left);
                    axis.left = left + SLOT;
                }
            }
        }
        axis
    }

    /// The position of `value`, rounded to a tenth.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = match (self.scale, self.zero) {
            (Scale::Logarithmic { .. }, Some(zero)) if value <= 0.0 => return tenth(zero),
            (Scale::Logarithmic { .. }, _) => (value / self.low).ln() / (self.high / self.low).ln(),
            (Scale::Linear, _) => (value - self.low) / (self.high - self.low),
        };
        tenth(self.left + share.clamp(0.0, 1.0) * (self.right - self.left))
    }

    /// The values of the ticks: few, round, and at least one.
    pub(super) fn marks(&self) -> Vec<f64> {
        let mut marks = match self.scale {
            Scale::Logarithmic { base } => self.magnitudes(base),
            Scale::Linear => self.steps(),
        };
        if self.zero.is_some() {
            marks.insert(0, 0.0);
        }
        marks
    }

    fn magnitudes(&self, base: f64) -> Vec<f64> {
        let exponent = |value: f64| value.ln() / base.ln();
        let (first, last) = (
            exponent(self.low).ceil() as i32,
            exponent(self.high).floor() as i32,
        );
        if last <= first {
            // Fewer than two powers fit, so the ends are labelled.
            return vec![round_up(self.low), round_down(self.high)];
        }
        let step = (last - first) / 4 + 1;
        (first..=last)
            .step_by(step as usize)
            .map(|power| base.powi(power))
            .collect()
    }

    fn steps(&self) -> Vec<f64> {
        let step = round_up((self.high - self.low) / 4.0);
        // 0.3 / 0.1 is a little less than 3.
        const ROUNDING: f64 = 1e-9;
        let first = (self.low / step - ROUNDING).ceil() as i32;
        let last = (self.high / step + ROUNDING).floor() as i32;
        (first..=last)
            .map(|index| f64::from(index) * step)
            .collect()
    }
}

/// Rounds up to 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|candidate| *candidate >= value * 0.999)
        .unwrap_or(value)
}

fn round_down(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|candidate| *candidate <= value * 1.001)
        .unwrap_or(value)
}

/// Rounds to one decimal place.
pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Scale = Scale::Logarithmic { base: 10.0 };

    #[test]
    fn zero_has_a_place_of_its_own_on_a_logarithmic_axis() {
        let axis = Axis::over(&[0.0, 1.0, 1000.0], LOG, 0.0, 300.0);
        assert_eq!(axis.place(0.0), 0.0);
        assert!(axis.place(1.0) > SLOT);
        assert_eq!(axis.marks(), [0.0, 1.0, 10.0, 100.0, 1000.0]);
        let all_zero = Axis::over(&[0.0], LOG, 0.0, 300.0);
        assert_eq!(all_zero.place(0.0), 0.0);
    }

    #[test]
    fn places_are_ordered_and_inside() {
        for scale in [LOG, Scale::Linear] {
            let values = [3.0, 40.0, 41.0, 90_000.0];
            let axis = Axis::over(&values, scale, 10.0, 110.0);
            let places = values.map(|value| axis.place(value));
            assert!(places.is_sorted(), "{places:?}");
            assert!(places[0] >= 10.0 && places[3] <= 110.0, "{places:?}");
        }
    }

    #[test]
    fn a_narrow_range_still_has_two_marks() {
        assert_eq!(
            Axis::over(&[210.0, 480.0], LOG, 0.0, 1.0).marks(),
            [200.0, 500.0]
        );
        assert_eq!(Axis::over(&[], LOG, 0.0, 1.0).marks(), [1.0, 10.0]);
        let linear = Axis::over(&[-0.1, 0.3], Scale::Linear, 0.0, 1.0).marks();
        assert_eq!(linear.len(), 5, "{linear:?}");
    }
}
