//! Formats figures for people.

/// A time in nanoseconds: `31.2 ns`, `4.51 ms`.
pub(crate) fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, 1000.0, &["ns", "µs", "ms", "s"])
}

/// A number of bytes: `0`, `119 B`, `64.0 KiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    scaled(bytes as f64, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A throughput in bytes: `12.3 GB/s`.
pub(crate) fn bytes_per_second(rate: f64) -> String {
    scaled(rate, 1000.0, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
}

/// A rate with grouped thousands: `12 345 pages/s`.
pub(crate) fn per_second(rate: f64, unit: &str) -> String {
    format!("{} {unit}/s", count(rate.round() as u64))
}

/// A share: `12.3 %`.
#[cfg(feature = "profiles")]
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// The share that `part` has of `total`: `12.3 %`.
#[cfg(feature = "profiles")]
pub(crate) fn percent_of(part: u64, total: u64) -> String {
    format!("{:.1} %", part as f64 * 100.0 / total.max(1) as f64)
}

/// An amount with its noun, which takes an `s` in the plural.
///
/// ```
/// use benchlens::report::amount;
///
/// assert_eq!(amount(1, "case"), "1 case");
/// assert_eq!(amount(0, "case"), "0 cases");
/// ```
pub fn amount(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// A count with grouped thousands: `12 345 678`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // 999.5 would be rounded to four digits.
    while value >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let digits = match value {
        _ if unit == 0 && value.fract() == 0.0 => 0,
        _ if value < 9.995 => 2,
        _ if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits() {
        assert_eq!(time(31.24), "31.2 ns");
        assert_eq!(time(999.7), "1.00 µs");
        assert_eq!(time(4_510_000.0), "4.51 ms");
        assert_eq!(bytes(0), "0");
        assert_eq!(bytes(119), "119 B");
        assert_eq!(bytes(65_536), "64.0 KiB");
        assert_eq!(bytes_per_second(12_345_000_000.0), "12.3 GB/s");
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1 234 567");
    }
}
