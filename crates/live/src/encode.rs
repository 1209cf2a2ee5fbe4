//! Profiles of this process, with a name and a line for each address, so that pprof needs no executable.

use std::time::{Duration, SystemTime};

use benchlens_pprof::{Builder, Compression, Error, Frame};

use crate::symbols::Symbols;

/// The kind of a value and its unit: `("alloc_space", "bytes")`.
pub(crate) type Kind = (&'static str, &'static str);

/// The kinds of a profile's values.
pub(crate) struct Shape {
    /// The kinds of a sample's values, in order.
    pub(crate) kinds: &'static [Kind],
    /// The kind that is shown unless another is asked for.
    pub(crate) default: &'static str,
    /// The kind of the sampling period.
    pub(crate) period_kind: Kind,
    pub(crate) period: u64,
}

/// A builder of a profile with symbols.
pub(crate) struct Encoder {
    symbols: Symbols,
    builder: Builder<usize>,
}

impl Encoder {
    pub(crate) fn new(shape: &Shape) -> Result<Self, Error> {
        let mut builder = Builder::new(shape.kinds, shape.default);
        builder.period(shape.period_kind, shape.period)?;
        let executable = std::env::current_exe().unwrap_or_default();
        builder.executable(&executable.to_string_lossy());
        Ok(Self {
            symbols: Symbols::default(),
            builder,
        })
    }

    /// Adds a sample; `labels` are shown by `pprof -tags`.
    pub(crate) fn sample(
        &mut self,
        stack: &[usize],
        values: &[i64],
        labels: &[(&str, &str)],
    ) -> Result<(), Error> {
        let location_ids = stack.iter().map(|&address| self.location(address));
        let location_ids = location_ids.collect();
        self.builder.sample(location_ids, values, labels)
    }

    /// Adds a comment, which pprof prints above its reports.
    pub(crate) fn comment(&mut self, text: &str) {
        self.builder.comment(text);
    }

    /// The symbols, for callers that need names before they add samples.
    pub(crate) fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// The encoded profile. `duration` is the time that it covers, if not the process's life so far.
    pub(crate) fn finish(
        mut self,
        start: SystemTime,
        duration: Option<Duration>,
    ) -> Result<Vec<u8>, Error> {
        self.builder.start(start)?;
        if let Some(duration) = duration {
            self.builder.duration(duration)?;
        }
        self.builder.finish(Compression::fast())
    }

    fn location(&mut self, address: usize) -> u64 {
        let lines = self.symbols.at(address);
        let frames = lines.iter().map(|line| Frame {
            function: &line.name,
            system_name: &line.system_name,
            file: &line.file,
            line: line.line,
        });
        self.builder.location(&address, address as u64, frames)
    }
}
