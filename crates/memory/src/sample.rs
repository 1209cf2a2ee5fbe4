//! A sample of a process's memory: one line of a recording.

use std::io::{self, Write as _};

use crate::Usage;

/// The header: the names of the fields.
pub const HEADER: &str = "time_ns,phase,live,held,resident,minor_faults,major_faults";

/// The heap's size; `None` for what is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Bytes that the program has allocated and not freed.
    pub live: Option<u64>,
    /// Bytes that the allocator holds from the system, by its own statistics.
    pub held: Option<u64>,
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Nanoseconds on the system's monotonic clock.
    pub time_ns: u64,
    /// What the program was doing.
    pub phase: String,
    /// The heap.
    pub levels: Levels,
    /// The kernel's statistics.
    pub usage: Usage,
}

impl Sample {
    /// Reads a line; `None` if it is not a sample, such as the header or an incomplete line.
    ///
    /// ```
    /// use benchlens_memory::Sample;
    ///
    /// let sample = Sample::parse("5000,idle,64,,4096,7,0").unwrap();
    /// assert_eq!((sample.levels.live, sample.levels.held), (Some(64), None));
    /// assert!(Sample::parse(benchlens_memory::HEADER).is_none());
    /// ```
    pub fn parse(line: &str) -> Option<Self> {
        let mut fields = line.trim_end().split(',');
        let sample = Self {
            time_ns: number(fields.next()?)?,
            phase: fields.next()?.to_owned(),
            levels: Levels {
                live: optional(fields.next()?)?,
                held: optional(fields.next()?)?,
            },
            usage: Usage {
                resident: number(fields.next()?)?,
                minor_faults: number(fields.next()?)?,
                major_faults: number(fields.next()?)?,
            },
        };
        fields.next().is_none().then_some(sample)
    }
}

impl std::fmt::Display for Sample {
    /// The line that [`Sample::parse`] reads, without a line end.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{},{},", self.time_ns, self.phase)?;
        for level in [self.levels.live, self.levels.held] {
            if let Some(level) = level {
                write!(formatter, "{level}")?;
            }
            formatter.write_str(",")?;
        }
        let Usage {
            resident,
            minor_faults,
            major_faults,
        } = self.usage;
        write!(formatter, "{resident},{minor_faults},{major_faults}")
    }
}

fn number(field: &str) -> Option<u64> {
    field.parse().ok()
}

/// `Some(None)` for an empty field.
fn optional(field: &str) -> Option<Option<u64>> {
    match field {
        "" => Some(None),
        field => Some(Some(number(field)?)),
    }
}

/// The longest line: six numbers, their commas, and the name of a phase.
pub(crate) const LONGEST: usize = 256;

/// Writes a line into `buffer` and returns its length. Does not allocate.
pub(crate) fn write(
    buffer: &mut [u8; LONGEST],
    time_ns: u64,
    phase: &str,
    levels: Levels,
    usage: Usage,
) -> io::Result<usize> {
    let mut left = &mut buffer[..];
    write!(left, "{time_ns},{phase},")?;
    for level in [levels.live, levels.held] {
        if let Some(level) = level {
            write!(left, "{level}")?;
        }
        left.write_all(b",")?;
    }
    let Usage {
        resident,
        minor_faults,
        major_faults,
    } = usage;
    writeln!(left, "{resident},{minor_faults},{major_faults}")?;
    let unused = left.len();
    Ok(LONGEST - unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let usage = Usage {
            resident: u64::MAX,
            minor_faults: 3,
            major_faults: u64::MAX,
        };
        for live in [None, Some(0), Some(u64::MAX)] {
            let levels = Levels { live, held: live };
            let mut buffer = [0; LONGEST];
            let length = write(&mut buffer, u64::MAX, "free", levels, usage).unwrap();
            let line = std::str::from_utf8(&buffer[..length]).unwrap();
            let expected = Sample {
                time_ns: u64::MAX,
                phase: "free".to_owned(),
                levels,
                usage,
            };
            let expected_line = expected.to_string();
            assert_eq!(Sample::parse(line), Some(expected), "{line}");
            assert_eq!(expected_line, line.strip_suffix('\n').unwrap());
        }
    }

    #[test]
    fn a_line_that_is_not_whole_is_none() {
        for line in [
            "",
            "1,idle",
            "1,idle,,,4096,7",
            "1,idle,,,4096,7,0,9",
            "1,idle,x,,1,1,1",
        ] {
            assert_eq!(Sample::parse(line), None, "{line}");
        }
    }
}
