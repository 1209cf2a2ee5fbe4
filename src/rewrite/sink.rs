//! The writing end of a stream: writes everything and counts accepted bytes.

use std::io::{self, IoSlice, Write};

use super::Error;

/// A writer whose errors carry the number of bytes accepted before.
#[derive(Debug)]
pub(crate) struct Sink<W> {
    writer: W,
    taken: u64,
}

impl<W: Write> Sink<W> {
    #[inline]
    pub(crate) const fn new(writer: W) -> Self {
        Self { writer, taken: 0 }
    }

    /// Writes all of `bytes`.
    #[inline]
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let result = self.writer.write(bytes);
            let count = self.take(result)?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Writes all of `slices`, none of which is empty, with as few calls as possible.
    pub(crate) fn write_vectored(&mut self, mut slices: &mut [IoSlice<'_>]) -> Result<(), Error> {
        while !slices.is_empty() {
            let result = self.writer.write_vectored(slices);
            let count = self.take(result)?;
            IoSlice::advance_slices(&mut slices, count);
        }
        Ok(())
    }

    /// Flushes; to be called once, at the end.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        loop {
            match self.writer.flush() {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.failed(source)),
            }
        }
    }

    #[inline]
    fn take(&mut self, result: io::Result<usize>) -> Result<usize, Error> {
        match result {
            Ok(0) => Err(self.failed(io::ErrorKind::WriteZero.into())),
            Ok(count) => {
                self.taken += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(source) => Err(self.failed(source)),
        }
    }

    #[cold]
    fn failed(&self, source: io::Error) -> Error {
        Error::Write {
            offset: self.taken,
            source,
        }
    }
}
