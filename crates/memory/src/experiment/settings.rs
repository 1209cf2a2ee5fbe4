//! The experiment's settings, as `name=value` arguments that the command writes.

use std::ffi::OsString;
use std::time::Duration;

/// The experiment's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many bytes are allocated.
    pub load: u64,
    /// The mean size of a piece.
    pub piece: u64,
    /// One piece in this many is kept; 0 keeps none.
    pub pinned_every: u64,
    /// How long the process is idle.
    pub idle: Duration,
    /// How long it works a little afterwards.
    pub work: Duration,
    /// The time between samples.
    pub interval: Duration,
    /// Whether the allocator's own statistics are sampled too.
    pub asks_allocator: bool,
}

/// An argument that is not a valid setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl std::fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(argument) = self;
        // Escaped, as it goes to a terminal.
        write!(
            formatter,
            "cannot read the setting {argument:?}: `benchlens memory --experiment` starts this program with its settings"
        )
    }
}

impl std::error::Error for InvalidSetting {}

impl Default for Settings {
    /// 1 GiB in pieces of 25 kB. The idle phase and the work phase are longer than jemalloc's decay time of 10 s.
    fn default() -> Self {
        Self {
            load: 1 << 30,
            piece: 25_000,
            pinned_every: 0,
            idle: Duration::from_secs(15),
            work: Duration::from_secs(15),
            interval: Duration::from_millis(10),
            asks_allocator: true,
        }
    }
}

impl Settings {
    /// Reads arguments of the form `load=1073741824`; missing ones have their defaults.
    ///
    /// ```
    /// use benchlens_memory::experiment::Settings;
    ///
    /// let settings = Settings { load: 1 << 20, pinned_every: 100, ..Settings::default() };
    /// let arguments = settings.arguments().into_iter().map(Into::into);
    /// assert_eq!(Settings::parse(arguments), Ok(settings));
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`].
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, InvalidSetting> {
        let mut settings = Self::default();
        for argument in arguments {
            let text = argument.to_string_lossy().into_owned();
            let number = text
                .split_once('=')
                .and_then(|(name, value)| Some((name, value.parse::<u64>().ok()?)));
            match number {
                Some(("load", bytes)) => settings.load = bytes,
                Some(("piece", bytes)) if bytes > 0 => settings.piece = bytes,
                Some(("pinned_every", pieces)) => settings.pinned_every = pieces,
                Some(("idle_ms", time)) => settings.idle = Duration::from_millis(time),
                Some(("work_ms", time)) => settings.work = Duration::from_millis(time),
                Some(("interval_us", time)) => settings.interval = Duration::from_micros(time),
                Some(("asks_allocator", is_asked)) => settings.asks_allocator = is_asked != 0,
                _ => return Err(InvalidSetting(text)),
            }
        }
        Ok(settings)
    }

    /// The arguments that [`Settings::parse`] reads. Times are rounded down to milliseconds, and the interval to
    /// microseconds.
    pub fn arguments(&self) -> Vec<String> {
        vec![
            format!("load={}", self.load),
            format!("piece={}", self.piece),
            format!("pinned_every={}", self.pinned_every),
            format!("idle_ms={}", self.idle.as_millis()),
            format!("work_ms={}", self.work.as_millis()),
            format!("interval_us={}", self.interval.as_micros()),
            format!("asks_allocator={}", u8::from(self.asks_allocator)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_setting_is_named() {
        for argument in ["load", "load=", "load=-1", "piece=0", "lode=1", ""] {
            let error = Settings::parse([argument.into()]).unwrap_err();
            assert!(error.to_string().contains(&format!("{argument:?}")));
        }
        let hostile = Settings::parse(["\u{1b}[2J".into()]).unwrap_err();
        assert!(!hostile.to_string().contains('\u{1b}'));
    }
}
