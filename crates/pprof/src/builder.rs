//! Builds a profile. Each string, function and location is written once, in the order of first use, so equal
//! profiles give equal bytes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use flate2::{Compression, GzBuilder};
use prost::Message as _;

use crate::{Error, Frame, Function, Label, Line, Location, Mapping, Profile, Sample, ValueType};

/// A builder of a profile.
///
/// A location is one physical frame. `K` is its key: an address, or the frames themselves if no address is known.
pub struct Builder<K> {
    strings: HashMap<String, i64>,
    /// Function ids by name, linker's name and file.
    functions: HashMap<[i64; 3], u64>,
    locations: HashMap<K, u64>,
    written: Profile,
}

impl<K: Eq + Hash> Builder<K> {
    /// A profile without samples. `kinds` are the kinds of a sample's values, each with its unit; pprof shows the
    /// kind `default` unless another is asked for.
    pub fn new(kinds: &[(&str, &str)], default: &str) -> Self {
        let mut builder = Self {
            strings: HashMap::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            written: Profile::default(),
        };
        // The format requires the empty string first.
        builder.string("");
        builder.written.sample_types = kinds.iter().map(|&kind| builder.kind(kind)).collect();
        builder.written.default_sample_type = builder.string(default);
        // Declares that symbols are present; otherwise pprof would look for the executable.
        builder.written.mappings.push(Mapping {
            id: 1,
            memory_limit: u64::MAX,
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Mapping::default()
        });
        builder
    }

    /// Sets the sampling period: its kind and unit, and how much of it lies between two samples.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`]
    pub fn period(&mut self, kind: (&str, &str), period: u64) -> Result<(), Error> {
        self.written.period = signed(period)?;
        self.written.period_type = Some(self.kind(kind));
        Ok(())
    }

    /// Sets the path of the profiled executable, which pprof shows.
    pub fn executable(&mut self, path: &str) {
        let path = self.string(path);
        for mapping in &mut self.written.mappings {
            mapping.file = path;
        }
    }

    /// Sets the time when the profile began. A time before 1970 is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`]
    pub fn start(&mut self, start: SystemTime) -> Result<(), Error> {
        if let Ok(since) = start.duration_since(SystemTime::UNIX_EPOCH) {
            self.written.time_nanos = nanoseconds(since)?;
        }
        Ok(())
    }

    /// Sets the time that the profile covers.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`]
    pub fn duration(&mut self, duration: Duration) -> Result<(), Error> {
        self.written.duration_nanos = nanoseconds(duration)?;
        Ok(())
    }

    /// Adds a comment, which pprof prints above its reports.
    pub fn comment(&mut self, text: &str) {
        let text = self.string(text);
        self.written.comments.push(text);
    }

    /// The id of the location with this key. A new location takes `frames`: the functions inlined there,
    /// innermost first, and last the physical function. `address` is 0 if unknown.
    pub fn location<'a, Q>(
        &mut self,
        key: &Q,
        address: u64,
        frames: impl IntoIterator<Item = Frame<'a>>,
    ) -> u64
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(&id) = self.locations.get(key) {
            return id;
        }
        let lines = frames.into_iter().map(|frame| Line {
            function_id: self.function(&frame),
            line: i64::from(frame.line),
        });
        let lines = lines.collect();
        let id = self.locations.len() as u64 + 1;
        self.locations.insert(key.to_owned(), id);
        self.written.locations.push(Location {
            id,
            mapping_id: 1,
            address,
            lines,
        });
        id
    }

    /// Adds a sample: its stack as [locations](Self::location), innermost first, a value of each kind, and labels
    /// with their keys, which `pprof -tags` shows.
    ///
    /// # Errors
    ///
    /// [`Error::Values`] if there is not one value of each kind.
    pub fn sample(
        &mut self,
        location_ids: Vec<u64>,
        values: &[i64],
        labels: &[(&str, &str)],
    ) -> Result<(), Error> {
        let kinds = self.written.sample_types.len();
        if values.len() != kinds {
            let given = values.len();
            return Err(Error::Values { given, kinds });
        }
        let labels = labels.iter().map(|(key, text)| Label {
            key: self.string(key),
            text: self.string(text),
        });
        let labels = labels.collect();
        self.written.samples.push(Sample {
            location_ids,
            values: values.to_vec(),
            labels,
        });
        Ok(())
    }

    /// The gzipped profile.
    ///
    /// # Errors
    ///
    /// [`Error::Compress`]
    pub fn finish(self, compression: Compression) -> Result<Vec<u8>, Error> {
        // Without a modification time, so that equal profiles give equal bytes.
        let mut compressor = GzBuilder::new().mtime(0).write(Vec::new(), compression);
        let written = compressor.write_all(&self.written.encode_to_vec());
        let finished = written.and_then(|()| compressor.finish());
        finished.map_err(Error::Compress)
    }

    fn kind(&mut self, (kind, unit): (&str, &str)) -> ValueType {
        ValueType {
            kind: self.string(kind),
            unit: self.string(unit),
        }
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(&index) = self.strings.get(text) {
            return index;
        }
        let index = self.written.strings.len() as i64;
        self.written.strings.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    fn function(&mut self, frame: &Frame) -> u64 {
        let name = self.string(frame.function);
        let file = self.string(frame.file);
        let system_name = self.string(frame.system_name);
        let next = self.functions.len() as u64 + 1;
        let id = *(self.functions.entry([name, system_name, file])).or_insert(next);
        if id == next {
            self.written.functions.push(Function {
                id,
                name,
                system_name,
                file,
            });
        }
        id
    }
}

/// Converts a value to the signed type of profiles.
///
/// # Errors
///
/// [`Error::Overflow`] from 2^63 on.
pub fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Overflow(value))
}

fn nanoseconds(duration: Duration) -> Result<i64, Error> {
    signed(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [(&str, &str); 2] = [("samples", "count"), ("cpu", "nanoseconds")];

    fn frame<'a>(function: &'a str, system_name: &'a str, line: u32) -> Frame<'a> {
        Frame {
            function,
            system_name,
            file: "src/lib.rs",
            line,
        }
    }

    fn read(builder: Builder<usize>) -> Profile {
        Profile::read(&builder.finish(Compression::fast()).unwrap()).unwrap()
    }

    #[test]
    fn each_text_function_and_location_is_written_once() {
        let mut builder = Builder::<usize>::new(&KINDS, "cpu");
        let one = builder.location(&1, 0x10, [frame("inner", "", 3), frame("outer", "", 4)]);
        let other = builder.location(&2, 0x20, [frame("outer", "", 5)]);
        let again = builder.location(&1, 0x10, [frame("not read", "", 6)]);
        assert_eq!([one, other, again], [1, 2, 1]);
        builder.sample(vec![one, other], &[1, 10], &[]).unwrap();
        builder.sample(vec![again], &[2, 20], &[]).unwrap();
        let read = read(builder);
        assert_eq!(read.functions.len(), 2);
        assert_eq!(read.locations.len(), 2);
        let mut texts = read.strings.clone();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), read.strings.len());
        assert_eq!(read.strings[0], "");
        let stack = read.stack(&read.samples[0]).unwrap();
        let names: Vec<_> = stack.iter().map(|it| (it.function, it.line)).collect();
        assert_eq!(names, [("inner", 3), ("outer", 4), ("outer", 5)]);
    }

    #[test]
    fn functions_of_one_name_differ_by_their_linkers_name() {
        let mut builder = Builder::<usize>::new(&KINDS, "cpu");
        builder.location(&1, 1, [frame("generic", "generic_1", 1)]);
        builder.location(&2, 2, [frame("generic", "generic_2", 1)]);
        assert_eq!(read(builder).functions.len(), 2);
    }

    #[test]
    fn a_location_without_an_address_is_known_by_its_frames() {
        let mut builder = Builder::<Vec<usize>>::new(&KINDS, "cpu");
        let one = builder.location(&[1, 2][..], 0, [frame("one", "", 1)]);
        let other = builder.location(&[1][..], 0, [frame("one", "", 1)]);
        let again = builder.location(&[1, 2][..], 0, []);
        assert_eq!([one, other, again], [1, 2, 1]);
    }

    #[test]
    fn what_is_said_of_the_whole_is_kept() {
        let mut builder = Builder::<usize>::new(&KINDS, "cpu");
        builder.period(("cpu", "nanoseconds"), 10_000_000).unwrap();
        builder.executable("/bin/service");
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        builder.start(start).unwrap();
        builder.duration(Duration::from_millis(3)).unwrap();
        builder.comment("a remark");
        builder
            .sample(Vec::new(), &[1, -2], &[("thread", "main")])
            .unwrap();
        let read = read(builder);
        let text = |index| read.text(index).unwrap();
        assert_eq!(read.period, 10_000_000);
        assert_eq!(text(read.period_type.as_ref().unwrap().kind), "cpu");
        assert_eq!(text(read.mappings[0].file), "/bin/service");
        assert_eq!(
            (read.time_nanos, read.duration_nanos),
            (7_000_000_000, 3_000_000)
        );
        assert_eq!(text(read.comments[0]), "a remark");
        assert_eq!(text(read.default_sample_type), "cpu");
        assert_eq!(read.samples[0].values, [1, -2]);
        let label = &read.samples[0].labels[0];
        assert_eq!((text(label.key), text(label.text)), ("thread", "main"));
    }

    #[test]
    fn equal_profiles_give_equal_bytes() {
        let built = || {
            let mut builder = Builder::<usize>::new(&KINDS, "cpu");
            for address in 0..100 {
                let name = format!("function {address}");
                let location = builder.location(&address, address as u64, [frame(&name, "", 1)]);
                builder.sample(vec![location], &[1, 1], &[]).unwrap();
            }
            builder.finish(Compression::default()).unwrap()
        };
        assert_eq!(built(), built());
    }

    #[test]
    fn a_sample_has_a_value_of_each_kind() {
        let mut builder = Builder::<usize>::new(&KINDS, "cpu");
        let given = builder.sample(Vec::new(), &[1], &[]);
        assert!(matches!(given, Err(Error::Values { given: 1, kinds: 2 })));
        assert!(read(builder).samples.is_empty());
    }

    #[test]
    fn a_figure_beyond_63_bits_is_an_error() {
        assert_eq!(signed(i64::MAX as u64).unwrap(), i64::MAX);
        assert!(matches!(signed(u64::MAX), Err(Error::Overflow(u64::MAX))));
        let mut builder = Builder::<usize>::new(&KINDS, "cpu");
        assert!(builder.period(KINDS[1], u64::MAX).is_err());
        assert!(builder.duration(Duration::MAX).is_err());
    }
}
