//! Memory over time: recordings of a case or of the experiment with allocators, and figures derived from them.

use benchlens_memory::Usage;
use serde::{Deserialize, Serialize};

use crate::CaseId;
use crate::store::Environment;

pub use benchlens_memory::{HEADER, Levels, Sample};

mod experiment;

pub use experiment::{GROUP, GiveBack, give_backs};

/// What was recorded, and under which conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The case, or the row of the experiment.
    pub case: CaseId,
    /// The allocator: `system`, `mimalloc` or `jemalloc`.
    pub allocator: String,
    /// The allocator's settings, as environment variables: `MIMALLOC_PURGE_DELAY=0`.
    #[serde(default)]
    pub settings: Vec<String>,
    /// The time between samples, in microseconds.
    pub interval_us: u64,
    /// How many times the case was called; `None` for the experiment.
    #[serde(default)]
    pub calls: Option<u64>,
    /// The date, in UTC.
    #[serde(default)]
    pub date: String,
    /// The machine.
    #[serde(default)]
    pub environment: Environment,
}

/// The samples of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// What was recorded.
    pub about: About,
    /// The samples in time order; at least one.
    pub samples: Vec<Sample>,
}

/// A sample, with the changes since the previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The sample's number, from 1.
    pub number: usize,
    /// Nanoseconds since the first sample.
    pub elapsed_ns: u64,
    /// The sample.
    pub sample: &'a Sample,
    /// Page faults since the previous sample.
    pub faults: u64,
    /// By how many bytes the resident set has shrunk since the previous sample; 0 if it has not.
    pub given_back: u64,
}

/// The totals of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The time from the first sample to the last, in nanoseconds.
    pub time_ns: u64,
    /// The largest resident set of any sample.
    pub peak_resident: u64,
    /// Page faults from the first sample to the last.
    pub faults: u64,
    /// The sum of all decreases of the resident set. Memory that is returned and touched again between two
    /// samples is not included.
    pub given_back: u64,
}

impl Recording {
    /// Reads the lines that a sampler wrote. An incomplete last line, left by a process that was killed, is skipped.
    ///
    /// # Errors
    ///
    /// The number, from 1, of the first malformed line other than the last; 0 if there is no sample.
    pub fn parse(about: About, text: &str) -> Result<Self, u64> {
        let mut samples = Vec::new();
        let lines = text.lines().count();
        for (index, line) in text.lines().enumerate().filter(|(_, it)| *it != HEADER) {
            match Sample::parse(line) {
                Some(sample) => samples.push(sample),
                None if index + 1 == lines => {}
                None => return Err(index as u64 + 1),
            }
        }
        match samples.is_empty() {
            true => Err(0),
            false => Ok(Self { about, samples }),
        }
    }

    /// Each sample, with the changes since the previous one.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        let mut before = self.samples.first();
        let begin = before.map_or(0, |sample| sample.time_ns);
        self.samples.iter().enumerate().map(move |(index, sample)| {
            let step = step(index + 1, begin, before.unwrap_or(sample), sample);
            before = Some(sample);
            step
        })
    }

    /// The totals of the recording.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for step in self.steps() {
            totals.time_ns = step.elapsed_ns;
            totals.peak_resident = totals.peak_resident.max(step.sample.usage.resident);
            totals.faults += step.faults;
            totals.given_back += step.given_back;
        }
        totals
    }

    /// Page faults from the last sample before a phase to the phase's last; `None` if either is missing.
    pub(crate) fn faults_of(&self, phase: &str) -> Option<u64> {
        let first = self.samples.iter().position(|it| it.phase == phase)?;
        let last = self.samples.iter().rfind(|it| it.phase == phase)?;
        let before = self.samples.get(first.checked_sub(1)?)?;
        Some(step(0, 0, before, last).faults)
    }

    /// The phases in their order, each with its samples.
    pub fn phases(&self) -> impl Iterator<Item = (&str, &[Sample])> {
        (self.samples)
            .chunk_by(|left, right| left.phase == right.phase)
            .map(|samples| (samples[0].phase.as_str(), samples))
    }
}

/// The changes from the sample `before` to `sample`, in a recording that began at `begin`.
pub fn step<'a>(number: usize, begin: u64, before: &Sample, sample: &'a Sample) -> Step<'a> {
    let faults = |usage: Usage| usage.minor_faults + usage.major_faults;
    Step {
        number,
        elapsed_ns: sample.time_ns.saturating_sub(begin),
        sample,
        faults: faults(sample.usage).saturating_sub(faults(before.usage)),
        given_back: (before.usage.resident).saturating_sub(sample.usage.resident),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "time_ns,phase,live,held,resident,minor_faults,major_faults
1000,one,0,,4096,10,0
2000,one,9,,12288,12,1
3000,two,9,,8192,12,1
4000,two,0,,4096,20,1
";

    #[test]
    fn falls_are_given_back_and_faults_add_up() {
        let recording = Recording::parse(About::default(), TEXT).unwrap();
        let steps: Vec<_> = recording
            .steps()
            .map(|it| (it.number, it.elapsed_ns, it.faults, it.given_back))
            .collect();
        let expected = [
            (1, 0, 0, 0),
            (2, 1000, 3, 0),
            (3, 2000, 0, 4096),
            (4, 3000, 8, 4096),
        ];
        assert_eq!(steps, expected);
        let totals = Totals {
            time_ns: 3000,
            peak_resident: 12288,
            faults: 11,
            given_back: 8192,
        };
        assert_eq!(recording.totals(), totals);
        let phases: Vec<_> = recording
            .phases()
            .map(|(name, it)| (name, it.len()))
            .collect();
        assert_eq!(phases, [("one", 2), ("two", 2)]);
        let faults = ["one", "two", "three"].map(|phase| recording.faults_of(phase));
        assert_eq!(faults, [None, Some(8), None]);
    }

    #[test]
    fn only_a_last_line_may_be_torn() {
        let torn = &TEXT[..TEXT.len() - 3];
        let torn = torn.strip_suffix("20").unwrap_or(torn);
        let recording = Recording::parse(About::default(), torn).unwrap();
        assert_eq!(recording.samples.len(), 3);
        let broken = TEXT.replace("9,,12288", "9,,x");
        assert_eq!(Recording::parse(About::default(), &broken), Err(3));
        assert_eq!(Recording::parse(About::default(), HEADER), Err(0));
        assert_eq!(Recording::parse(About::default(), ""), Err(0));
    }
}
