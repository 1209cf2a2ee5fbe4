//! The results of the experiment with allocators: the resident set after each phase.

use serde::Serialize;

use super::Recording;

/// The group of the experiment's rows.
pub const GROUP: &str = "memory";

/// The resident set of one allocator with one set of settings, in bytes; `None` for what was not sampled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GiveBack {
    /// The allocator.
    pub allocator: String,
    /// The allocator's settings; empty for its defaults.
    pub settings: Vec<String>,
    /// The process that freed all blocks.
    pub freed: Resident,
    /// The process that kept one block in a hundred.
    pub pinned: Resident,
}

/// The resident set after each phase, and how long it took until half of it was returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resident {
    /// With all blocks allocated.
    pub loaded: Option<u64>,
    /// Just after the last block was freed.
    pub freed: Option<u64>,
    /// After one second of idling.
    pub second: Option<u64>,
    /// After all of the idling.
    pub idle: Option<u64>,
    /// After a little work.
    pub worked: Option<u64>,
    /// Page faults of that work, which are the cost of having returned memory.
    pub work_faults: Option<u64>,
    /// After the allocator was asked to return all that it can.
    pub asked: Option<u64>,
    /// The time in nanoseconds from the last free until half of the loaded memory was returned; 0 if it already
    /// was. `None` if that did not happen before the allocator was asked.
    pub half_after_ns: Option<u64>,
}

/// The experiment's rows among `recordings`, in their order.
pub fn give_backs(recordings: &[Recording]) -> Vec<GiveBack> {
    let mut rows: Vec<GiveBack> = Vec::new();
    for recording in recordings.iter().filter(|it| it.about.case.group == GROUP) {
        let about = &recording.about;
        let is_row =
            |row: &GiveBack| row.allocator == about.allocator && row.settings == about.settings;
        let place = rows.iter().position(is_row).unwrap_or_else(|| {
            rows.push(GiveBack {
                allocator: about.allocator.clone(),
                settings: about.settings.clone(),
                ..GiveBack::default()
            });
            rows.len() - 1
        });
        let row = &mut rows[place];
        // Whether blocks were kept is seen in the idle phase.
        let resident = Resident::of(recording);
        match is_pinned(recording) {
            true => row.pinned = resident,
            false => row.freed = resident,
        }
    }
    rows
}

/// Whether blocks are live while the process is idle.
fn is_pinned(recording: &Recording) -> bool {
    (recording.phases())
        .find(|(phase, _)| *phase == "idle")
        .and_then(|(_, samples)| samples.last()?.levels.live)
        .is_some_and(|live| live > 0)
}

impl Resident {
    fn of(recording: &Recording) -> Self {
        const SECOND: u64 = 1_000_000_000;
        let mut resident = Self::default();
        for (phase, samples) in recording.phases() {
            let last = samples.last().map(|sample| sample.usage.resident);
            match phase {
                "load" => resident.loaded = last,
                "free" => resident.freed = last,
                "idle" => {
                    let begin = samples[0].time_ns;
                    let second = (samples.iter())
                        .take_while(|sample| sample.time_ns - begin <= SECOND)
                        .last();
                    resident.second = second.map(|sample| sample.usage.resident);
                    resident.idle = last;
                }
                "work" => {
                    resident.worked = last;
                    resident.work_faults = recording.faults_of(phase);
                }
                "ask" => resident.asked = last,
                _ => {}
            }
        }
        resident.half_after_ns = half_after(recording, resident.loaded);
        resident
    }
}

/// See [`Resident::half_after_ns`].
fn half_after(recording: &Recording, loaded: Option<u64>) -> Option<u64> {
    let loaded = loaded?;
    let free = (recording.phases()).find(|(phase, _)| *phase == "free")?.1;
    let end = free.last()?.time_ns;
    let is_half = |resident: u64| resident <= loaded / 2;
    let first = (recording.samples.iter())
        .filter(|sample| sample.time_ns >= end && sample.phase != "ask")
        .find(|sample| is_half(sample.usage.resident))?;
    Some(first.time_ns - end)
}

#[cfg(test)]
mod tests {
    use super::super::About;
    use super::*;
    use crate::CaseId;

    fn recording(allocator: &str, lines: &[(u64, &str, u64, u64)]) -> Recording {
        let about = About {
            case: CaseId::new(GROUP, allocator, ""),
            allocator: allocator.to_owned(),
            ..About::default()
        };
        let lines: String = (lines.iter())
            .map(|(time, phase, live, resident)| {
                format!("{}000000,{phase},{live},,{resident},0,0\n", time)
            })
            .collect();
        Recording::parse(about, &lines).unwrap()
    }

    #[test]
    fn a_row_has_both_of_an_allocators_runs() {
        let freed = recording(
            "a",
            &[
                (0, "start", 0, 1),
                (10, "load", 90, 100),
                (20, "free", 0, 90),
                (30, "idle", 0, 90),
                (900, "idle", 0, 80),
                (1100, "idle", 0, 50),
                (1200, "work", 0, 20),
                (1300, "ask", 0, 2),
            ],
        );
        let pinned = recording(
            "a",
            &[
                (0, "load", 90, 100),
                (20, "free", 9, 95),
                (30, "idle", 9, 95),
                (40, "ask", 9, 10),
            ],
        );
        let rows = give_backs(&[freed, pinned]);
        assert_eq!(rows.len(), 1);
        let of_freed = Resident {
            loaded: Some(100),
            freed: Some(90),
            second: Some(80),
            idle: Some(50),
            worked: Some(20),
            work_faults: Some(0),
            asked: Some(2),
            half_after_ns: Some(1_080_000_000),
        };
        assert_eq!(rows[0].freed, of_freed);
        assert_eq!(rows[0].pinned.idle, Some(95));
        assert_eq!(rows[0].pinned.worked, None, "not sampled");
        assert_eq!(rows[0].pinned.half_after_ns, None, "only when asked");
    }
}
