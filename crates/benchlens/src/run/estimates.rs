//! Reads what criterion wrote for each case: `benchmark.json`, `estimates.json` and `sample.json`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

/// The time of one call, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The best estimate: the slope over the samples, or their mean if there is no slope.
    pub(super) time: f64,
    /// Lower end of its confidence interval.
    pub(super) low: f64,
    /// Upper end of its confidence interval.
    pub(super) high: f64,
    /// The mean time of a call in each sample, in the order they were taken; empty if unreadable.
    pub(super) samples: Vec<f64>,
}

/// A benchmark's name, in the parts that criterion stores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub(super) struct BenchmarkName {
    /// The group, or the name of a benchmark without one.
    pub(super) group_id: String,
    /// The function, if there is one.
    pub(super) function_id: Option<String>,
    /// The parameter, if there is one.
    pub(super) value_str: Option<String>,
}

/// The estimates that existed before a run, so that the run's own can be recognised afterwards.
///
/// A file is new if its modification time changed in either direction, so a clock that is set back
/// does no harm.
#[derive(Debug, Default)]
pub(super) struct Before(HashMap<PathBuf, SystemTime>);

#[derive(Deserialize)]
struct Estimates {
    mean: Statistic,
    slope: Option<Statistic>,
}

#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
struct Statistic {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

impl Before {
    /// Records all estimates below `folder`.
    pub(super) fn look(folder: &Path) -> Self {
        let mut files = HashMap::new();
        visit(folder, NEW, &mut |path, modified| {
            files.insert(path.to_owned(), modified);
        });
        Self(files)
    }

    /// The estimates below `folder` that are new since `look`. Incomplete, malformed and
    /// non-positive ones are left out; the caller knows which cases it ran and reports the missing
    /// ones.
    pub(super) fn fresh(&self, folder: &Path) -> HashMap<BenchmarkName, Estimate> {
        let mut fresh = HashMap::new();
        visit(folder, NEW, &mut |path, modified| {
            if self.0.get(path) != Some(&modified) {
                fresh.extend(read(path));
            }
        });
        fresh
    }
}

/// The benchmarks below `folder` with times saved as `name`.
pub(super) fn saved(folder: &Path, name: &str) -> HashSet<BenchmarkName> {
    let mut saved = HashSet::new();
    visit(folder, name, &mut |path, _| saved.extend(benchmark(path)));
    saved
}

/// Where criterion puts the estimates of the last run of a benchmark.
const NEW: &str = "new";

/// Visits each `estimates.json` below `folder` that was saved as `name`. Does not follow links.
fn visit(folder: &Path, name: &str, found: &mut dyn FnMut(&Path, SystemTime)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            visit(&path, name, found);
        } else if folder.ends_with(name)
            && entry.file_name() == "estimates.json"
            && let Ok(modified) = entry.metadata().and_then(|file| file.modified())
        {
            found(&path, modified);
        }
    }
}

/// The benchmark that the estimates belong to.
fn benchmark(estimates: &Path) -> Option<BenchmarkName> {
    let json = fs::read(estimates.with_file_name("benchmark.json")).ok()?;
    serde_json::from_slice(&json).ok()
}

fn read(estimates: &Path) -> Option<(BenchmarkName, Estimate)> {
    let json = |path: &Path| fs::read(path).ok();
    let name = benchmark(estimates)?;
    let read: Estimates = serde_json::from_slice(&json(estimates)?).ok()?;
    let best = read.slope.unwrap_or(read.mean);
    let estimate = Estimate {
        time: best.point_estimate,
        low: best.confidence_interval.lower_bound,
        high: best.confidence_interval.upper_bound,
        samples: json(&estimates.with_file_name("sample.json"))
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map_or_else(Vec::new, |samples: Samples| samples.per_call()),
    };
    let sound = [estimate.time, estimate.low, estimate.high]
        .iter()
        .all(|value| value.is_finite() && *value >= 0.0);
    (sound && estimate.time > 0.0).then_some((name, estimate))
}

impl Samples {
    fn per_call(&self) -> Vec<f64> {
        (self.times.iter())
            .zip(&self.iters)
            .map(|(time, iterations)| time / iterations)
            .filter(|time| time.is_finite() && *time >= 0.0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(folder: &Path, function: &str, estimates: &str) -> PathBuf {
        let new = folder.join("a").join(function).join("new");
        fs::create_dir_all(&new).unwrap();
        fs::write(
            new.join("benchmark.json"),
            format!(r#"{{"group_id":"a","function_id":"{function}","value_str":null}}"#),
        )
        .unwrap();
        fs::write(new.join("estimates.json"), estimates).unwrap();
        new
    }

    fn name(function: &str) -> BenchmarkName {
        BenchmarkName {
            group_id: "a".to_owned(),
            function_id: Some(function.to_owned()),
            value_str: None,
        }
    }

    fn statistic(value: f64) -> String {
        format!(
            r#"{{"confidence_interval":{{"confidence_level":0.95,"lower_bound":{value},"upper_bound":{value}}},"point_estimate":{value},"standard_error":0.1}}"#
        )
    }

    #[test]
    fn the_slope_is_preferred_and_damage_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let both = format!(
            r#"{{"mean":{},"slope":{}}}"#,
            statistic(9.0),
            statistic(7.0)
        );
        write(folder.path(), "slope", &both);
        let mean = format!(r#"{{"mean":{},"slope":null}}"#, statistic(9.0));
        let new = write(folder.path(), "mean", &mean);
        write(folder.path(), "cut", &both[..20]);
        fs::write(
            new.join("sample.json"),
            r#"{"sampling_mode":"Linear","iters":[2.0,4.0],"times":[18.0,37.0]}"#,
        )
        .unwrap();
        let found = Before::default().fresh(folder.path());
        assert_eq!(found.len(), 2);
        assert_eq!(found[&name("slope")].time, 7.0);
        assert_eq!(found[&name("mean")].time, 9.0);
        assert_eq!(found[&name("mean")].samples, [9.0, 9.25]);
        assert!(found[&name("slope")].samples.is_empty());
    }

    #[test]
    fn what_an_earlier_run_left_is_left_out_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let mean = format!(r#"{{"mean":{}}}"#, statistic(9.0));
        write(folder.path(), "old", &mean);
        let changed = write(folder.path(), "changed", &mean).join("estimates.json");
        let before = Before::look(folder.path());
        assert!(before.fresh(folder.path()).is_empty());
        let file = fs::File::options().append(true).open(changed).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600))
            .unwrap();
        write(folder.path(), "added", &mean);
        let fresh = before.fresh(folder.path());
        assert_eq!(fresh.len(), 2);
        assert!(fresh.contains_key(&name("changed")) && fresh.contains_key(&name("added")));
    }
}
