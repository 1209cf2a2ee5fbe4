//! Profiles of this process: addresses, with the names and lines of what stands there.
//!
//! Names are put in here, so that pprof needs no executable.

use std::time::{Duration, SystemTime};

use benchlens_pprof::{Builder, Compression, Error, Frame};

use crate::symbols::Symbols;

/// A kind of figure and its unit: `("alloc_space", "bytes")`.
pub(crate) type Kind = (&'static str, &'static str);

/// What a profile counts.
pub(crate) struct Shape {
    /// The figures of each sample, in their order.
    pub(crate) kinds: &'static [Kind],
    /// The one that is shown unless another is asked for.
    pub(crate) default: &'static str,
    /// What is between two samples.
    pub(crate) period_kind: Kind,
    pub(crate) period: u64,
}

/// A profile in the making.
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

    /// A remark that pprof prints above its reports.
    pub(crate) fn comment(&mut self, text: &str) {
        self.builder.comment(text);
    }

    /// Names of the addresses, to look into before they are sampled.
    pub(crate) fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// The encoded profile. `duration` is the time that it covers, if that is not the process's life.
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
