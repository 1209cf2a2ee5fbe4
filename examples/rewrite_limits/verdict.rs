//! A limit and the measured figure, one row each.

use super::rounds::Rounds;

/// The columns of a row.
pub(super) const HEADER: &str =
    "target,input,subject,against,gigabytes_a_second,ratio,ratio_of_best_rounds,wanted,met";

/// A figure with its limit.
pub(super) struct Verdict {
    target: &'static str,
    input: String,
    subject: String,
    against: &'static str,
    /// From the median round, in input bytes.
    gigabytes_a_second: f64,
    ratio: f64,
    ratio_of_best_rounds: f64,
    wanted: f64,
}

impl Verdict {
    /// The speed of one way, as a share of another.
    #[expect(clippy::too_many_arguments, reason = "each is a column of the row")]
    pub(super) fn share(
        target: &'static str,
        input: impl Into<String>,
        subject: impl Into<String>,
        against: &'static str,
        bytes: usize,
        rounds: &Rounds,
        [way, base]: [usize; 2],
        wanted: f64,
    ) -> Self {
        Self {
            target,
            input: input.into(),
            subject: subject.into(),
            against,
            gigabytes_a_second: speed(bytes, rounds.seconds(way)),
            ratio: rounds.speed(way, base),
            ratio_of_best_rounds: rounds.best_speed(way, base),
            wanted,
        }
    }

    /// The speed of one way, in gigabytes of input per second.
    pub(super) fn absolute(
        target: &'static str,
        input: impl Into<String>,
        subject: impl Into<String>,
        bytes: usize,
        rounds: &Rounds,
        way: usize,
        wanted: f64,
    ) -> Self {
        Self {
            target,
            input: input.into(),
            subject: subject.into(),
            against: "1 GB/s",
            gigabytes_a_second: speed(bytes, rounds.seconds(way)),
            ratio: speed(bytes, rounds.seconds(way)),
            ratio_of_best_rounds: speed(bytes, rounds.best(way)),
            wanted,
        }
    }

    /// The slowest of these inputs over the fastest.
    pub(super) fn evenness(target: &'static str, of: &[&Self], wanted: f64) -> Option<Self> {
        let order = |one: &&&Self, two: &&&Self| {
            f64::total_cmp(&one.gigabytes_a_second, &two.gigabytes_a_second)
        };
        let (slowest, fastest) = (of.iter().min_by(order)?, of.iter().max_by(order)?);
        let share = |figure: fn(&Self) -> f64| figure(slowest) / figure(fastest);
        Some(Self {
            target,
            input: format!("{} over {}", slowest.input, fastest.input),
            subject: slowest.subject.clone(),
            against: "best input",
            gigabytes_a_second: slowest.gigabytes_a_second,
            ratio: share(|of| of.ratio),
            ratio_of_best_rounds: share(|of| of.ratio_of_best_rounds),
            wanted,
        })
    }

    /// The mean of these ratios; the speed is that of the slowest.
    pub(super) fn mean(
        target: &'static str,
        input: impl Into<String>,
        of: &[Self],
        wanted: f64,
    ) -> Self {
        let mean = |figure: fn(&Self) -> f64| of.iter().map(figure).sum::<f64>() / of.len() as f64;
        let slowest = (of.iter())
            .map(|it| it.gigabytes_a_second)
            .fold(f64::INFINITY, f64::min);
        Self {
            target,
            input: input.into(),
            subject: of.first().map_or_else(String::new, |it| it.subject.clone()),
            against: of.first().map_or("", |it| it.against),
            gigabytes_a_second: slowest,
            ratio: mean(|of| of.ratio),
            ratio_of_best_rounds: mean(|of| of.ratio_of_best_rounds),
            wanted,
        }
    }

    /// Whether the limit is met, if there is one.
    fn met(&self) -> &'static str {
        if self.wanted == 0.0 {
            "-"
        } else if self.ratio >= self.wanted {
            "yes"
        } else {
            "no"
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{},{},{},{},{:.3},{:.3},{:.3},{},{}",
            self.target,
            self.input,
            self.subject,
            self.against,
            self.gigabytes_a_second,
            self.ratio,
            self.ratio_of_best_rounds,
            self.wanted,
            self.met(),
        )
    }
}

fn speed(bytes: usize, seconds: f64) -> f64 {
    bytes as f64 / seconds / 1e9
}
