//! What criterion wrote: `benchmark.json`, `estimates.json` and `sample.json` of each case below its
//! folder.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

/// The time of one call, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The best estimate: the slope over the samples, or their mean where there is no slope.
    pub time: f64,
    /// Lower end of its 95 % confidence interval.
    pub low: f64,
    /// Upper end of its 95 % confidence interval.
    pub high: f64,
    /// The mean time of a call in each sample, in the order they were taken; empty if unreadable.
    pub samples: Vec<f64>,
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

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

/// The estimates by criterion's full id, of all cases that were measured at or after `start`.
///
/// criterion leaves old cases in its folder, so what is older, unreadable or not finite is passed
/// over: the caller knows which cases it ran and misses them.
pub fn estimates(folder: &Path, start: SystemTime) -> HashMap<String, Estimate> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "estimates.json")
        .filter(|entry| {
            entry
                .path()
                .parent()
                .is_some_and(|parent| parent.ends_with("new"))
        })
        .filter(|entry| {
            let modified = entry
                .metadata()
                .ok()
                .and_then(|metadata| metadata.modified().ok());
            modified.is_some_and(|modified| modified >= start)
        })
        .filter_map(|entry| read(entry.path()))
        .collect()
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

fn read(estimates: &Path) -> Option<(String, Estimate)> {
    let json = |path: &Path| fs::read(path).ok();
    let benchmark: Benchmark =
        serde_json::from_slice(&json(&estimates.with_file_name("benchmark.json"))?).ok()?;
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
        .all(|value| value.is_finite());
    (sound && estimate.time > 0.0).then_some((benchmark.full_id, estimate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, id: &str, estimates: &str) {
        let new = folder.join(id.replace('/', "_")).join("new");
        fs::create_dir_all(&new).unwrap();
        fs::write(
            new.join("benchmark.json"),
            format!(r#"{{"full_id":"{id}"}}"#),
        )
        .unwrap();
        fs::write(new.join("estimates.json"), estimates).unwrap();
    }

    fn statistic(value: f64) -> String {
        format!(
            r#"{{"confidence_interval":{{"confidence_level":0.95,"lower_bound":{value},"upper_bound":{value}}},"point_estimate":{value},"standard_error":0.1}}"#
        )
    }

    #[test]
    fn the_slope_is_preferred_and_damage_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let both = format!(
            r#"{{"mean":{},"slope":{}}}"#,
            statistic(9.0),
            statistic(7.0)
        );
        write(folder.path(), "a/slope", &both);
        write(
            folder.path(),
            "a/mean",
            &format!(r#"{{"mean":{},"slope":null}}"#, statistic(9.0)),
        );
        write(folder.path(), "a/cut", &both[..20]);
        fs::write(
            folder.path().join("a_mean/new/sample.json"),
            r#"{"sampling_mode":"Linear","iters":[2.0,4.0],"times":[18.0,37.0]}"#,
        )
        .unwrap();
        let found = estimates(folder.path(), SystemTime::UNIX_EPOCH);
        assert_eq!(found.len(), 2);
        assert_eq!(found["a/slope"].time, 7.0);
        assert_eq!(found["a/mean"].time, 9.0);
        assert_eq!(found["a/mean"].samples, [9.0, 9.25]);
        assert!(found["a/slope"].samples.is_empty());
    }

    #[test]
    fn what_an_earlier_run_left_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            "a/b",
            &format!(r#"{{"mean":{}}}"#, statistic(9.0)),
        );
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        assert!(estimates(folder.path(), later).is_empty());
    }
}
