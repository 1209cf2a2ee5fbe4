//! Compares `Replacer`, with one needle and many, through every entry point, with a simple oracle.

use std::io::{self, Read, Write};

use benchlens_suite::rewrite::{Error, Replacer, replace};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Replaces, at each position, the first needle of the list that matches there.
fn oracle(text: &[u8], pairs: &Pairs) -> (Vec<u8>, u64) {
    let (mut output, mut count, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        match pairs.iter().find(|(it, _)| text[at..].starts_with(it)) {
            Some((needle, replacement)) => {
                output.extend(replacement);
                at += needle.len();
                count += 1;
            }
            None => {
                output.push(text[at]);
                at += 1;
            }
        }
    }
    (output, count)
}

type List<'a> = &'a [(&'a str, &'a str)];

fn pairs(list: List<'_>) -> Pairs {
    list.iter()
        .map(|&(find, with)| (find.into(), with.into()))
        .collect()
}

/// One end of a stream that takes or returns bytes in the listed sizes, which repeat; a size of 0
/// is an interruption.
struct Steps<T> {
    end: T,
    sizes: Vec<usize>,
    turn: usize,
}

impl<T> Steps<T> {
    fn new(end: T, sizes: &[usize]) -> Self {
        Self {
            end,
            sizes: sizes.to_vec(),
            turn: 0,
        }
    }

    fn next(&mut self, most: usize) -> io::Result<usize> {
        self.turn += 1;
        match self.sizes[self.turn % self.sizes.len()] {
            0 => Err(io::ErrorKind::Interrupted.into()),
            size => Ok(size.min(most)),
        }
    }
}

impl Read for Steps<&[u8]> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.next(buffer.len())?;
        self.end.read(&mut buffer[..most])
    }
}

impl Write for Steps<Vec<u8>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.next(bytes.len())?;
        self.end.write(&bytes[..most])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks that every entry point agrees with the oracle.
fn check(text: &[u8], pairs: &Pairs, sizes: &[usize]) {
    let replacer = match pairs.as_slice() {
        [(find, with)] => Replacer::new(find, with).unwrap(),
        _ => Replacer::many(pairs.iter().map(|(find, with)| (find, with))).unwrap(),
    };
    let (expected, count) = oracle(text, pairs);
    let case = Case {
        text,
        sizes,
        replacer,
        expected,
        count,
    };
    case.check_whole_texts();
    case.check_in_place(pairs);
    case.check_stream();
    case.check_reader();
    case.check_writer();
}

/// A text, a replacer, and the expected result. Reads and writes take the sizes in turn.
struct Case<'a> {
    text: &'a [u8],
    sizes: &'a [usize],
    replacer: Replacer,
    expected: Vec<u8>,
    count: u64,
}

impl Case<'_> {
    fn agrees(&self, way: &str, output: &[u8], count: u64) {
        let Self { text, sizes, .. } = self;
        let text = text.escape_ascii();
        let hint = || format!("{way}: {:?} in {text}, {sizes:?}", self.replacer);
        assert!(output == self.expected, "{}", hint());
        assert_eq!(count, self.count, "{}", hint());
    }

    fn check_whole_texts(&self) {
        self.agrees("replace", &self.replacer.replace(self.text), self.count);
        let mut output = b"kept".to_vec();
        let count = self.replacer.replace_into(self.text, &mut output);
        self.agrees("into", output.strip_prefix(b"kept").unwrap(), count);
    }

    fn check_in_place(&self, pairs: &Pairs) {
        let mut bytes = self.text.to_vec();
        let result = self.replacer.replace_in_place(&mut bytes);
        if pairs.iter().all(|(find, with)| find.len() == with.len()) {
            self.agrees("in place", &bytes, result.unwrap());
        } else if !pairs.is_empty() {
            // Lengths do not matter for pairs that never match.
            assert!(bytes == self.text || result.is_ok(), "{:?}", self.replacer);
        }
    }

    fn check_stream(&self) {
        let mut writer = Steps::new(Vec::new(), self.sizes);
        let reader = Steps::new(self.text, self.sizes);
        let count = self.replacer.replace_stream(reader, &mut writer).unwrap();
        self.agrees("stream", &writer.end, count);
    }

    fn check_reader(&self) {
        let mut reader = self.replacer.reader(Steps::new(self.text, self.sizes));
        let mut output = Vec::new();
        reader.read_to_end(&mut output).unwrap();
        self.agrees("reader", &output, reader.replacements());
        let after = reader.read(&mut [0; 4]).unwrap();
        assert_eq!(after, 0, "the end stays the end");
    }

    fn check_writer(&self) {
        for flushes in [false, true] {
            let mut writer = self.replacer.writer(Steps::new(Vec::new(), self.sizes));
            for piece in self.text.chunks(self.sizes[0].max(1)) {
                writer.write_all(piece).unwrap();
                if flushes {
                    writer.flush().unwrap();
                }
            }
            writer.try_finish().unwrap();
            let count = writer.replacements();
            let way = ["writer", "flushed writer"][usize::from(flushes)];
            self.agrees(way, &writer.finish().unwrap().end, count);
        }
    }
}

#[test]
fn answers_worked_out_by_hand() {
    let cases: &[(&str, List<'_>, &str)] = &[
        ("an elvis", &[("elvis", "Elvis")], "an Elvis"),
        ("", &[("a", "b")], ""),
        ("aaaa", &[], "aaaa"),
        ("one two", &[("one", "two"), ("two", "one")], "two one"),
        ("samwise", &[("sam", "1"), ("samwise", "2")], "1wise"),
        ("samwise", &[("samwise", "2"), ("sam", "1")], "2"),
        ("samwis", &[("samwise", "2"), ("sam", "1")], "1wis"),
        ("abcd", &[("bc", "1"), ("abcde", "2"), ("cd", "3")], "a1d"),
        ("abcd", &[("abcde", "2"), ("cd", "3"), ("bc", "1")], "a1d"),
        ("aaa", &[("aa", ""), ("a", "x")], "x"),
        (
            "&<>",
            &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")],
            "&amp;&lt;&gt;",
        ),
        ("same same", &[("same", "1"), ("same", "2")], "1 1"),
    ];
    for (text, list, expected) in cases {
        let pairs = pairs(list);
        assert_eq!(oracle(text.as_bytes(), &pairs).0, expected.as_bytes());
        for size in 1..=text.len() + 1 {
            check(text.as_bytes(), &pairs, &[size]);
        }
    }
}

#[test]
fn what_is_refused() {
    assert!(matches!(Replacer::new("", "a"), Err(Error::EmptyNeedle)));
    assert!(matches!(
        Replacer::many([("a", "b"), ("", "c")]),
        Err(Error::EmptyNeedle)
    ));
    let list = [("elvis", "Elvis"), ("sam", "samwise")];
    for replacer in [Replacer::many(list), Replacer::new("sam", "samwise")] {
        let mut bytes = *b"elvis, sam";
        let result = replacer.unwrap().replace_in_place(&mut bytes);
        assert!(matches!(
            result,
            Err(Error::UnequalLengths {
                needle: 3,
                replacement: 7
            })
        ));
        assert_eq!(&bytes, b"elvis, sam");
    }
}

#[test]
fn it_goes_to_other_threads_and_is_shared() {
    fn is_shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>(it: &T) -> String {
        format!("{it:?}")
    }
    let replacer = Replacer::many([("a\0", "\u{e9}"), ("b", "")]).unwrap();
    assert_eq!(
        is_shared(&replacer),
        "Replacer[\"a\\x00\" -> \"\\xc3\\xa9\", \"b\" -> \"\"]"
    );
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let replacer = replacer.clone();
            std::thread::spawn(move || replacer.replace(&b"a\0b.".repeat(5000)))
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap() == "\u{e9}.".repeat(5000).as_bytes());
    }
    assert_eq!(replace(b"abc", "b", "-").unwrap(), b"a-c");
}

/// Needles just within and beyond the length that is compared as a whole, and longer than every buffer.
#[test]
fn needles_of_every_length() {
    let long: Vec<u8> = (0..70_000_u32).map(|n| (n % 251) as u8).collect();
    for length in [1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000, 70_000] {
        let needle = &long[..length];
        let text = [
            b"elvis",
            needle,
            &needle[..length / 2],
            needle,
            needle,
            &needle[1..],
        ]
        .concat();
        for with in [needle.to_ascii_uppercase(), b"short".to_vec()] {
            let pair = (needle.to_vec(), with);
            check(&text, &vec![pair.clone()], &[30_011, 5000]);
            check(
                &text,
                &vec![pair, (b"elv".to_vec(), b"ELV".to_vec())],
                &[30_011, 5000],
            );
        }
    }
}

#[test]
fn a_match_across_every_border_of_the_buffers() {
    let list = pairs(&[("elvis", "Elvis"), ("presley", "PRESLEY"), ("el", "EL")]);
    for border in [64 << 10, 128 << 10] {
        for before in 0..8 {
            for word in ["elvis", "presley"] {
                let mut text = vec![b'e'; border - before];
                text.extend(word.as_bytes());
                text.extend(b"elvi");
                check(&text, &list, &[usize::MAX]);
                check(&text, &list[..1].to_vec(), &[usize::MAX]);
            }
        }
    }
}

/// Accepts a number of bytes, then fails a number of times.
struct Failing {
    taken: Vec<u8>,
    until: usize,
    failures: usize,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.until - self.taken.len().min(self.until);
        if room == 0 && self.failures > 0 {
            self.failures -= 1;
            return Err(io::Error::other("full"));
        }
        let count = match self.failures {
            0 => bytes.len(),
            _ => bytes.len().min(room),
        };
        self.taken.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_is_told_and_nothing_is_lost_or_written_twice() {
    let text = b"elvis, sam and elvi";
    for list in [
        vec![("elvis", "the king")],
        vec![("elvis", "the king"), ("sam", "s")],
    ] {
        let list = pairs(&list);
        let replacer = Replacer::many(list.clone()).unwrap();
        let (expected, _) = oracle(text, &list);
        for until in 0..expected.len() {
            let mut writer = replacer.writer(Failing {
                taken: Vec::new(),
                until,
                failures: 2,
            });
            let mut failed = 0;
            for piece in text.chunks(3) {
                writer.write_all(piece).unwrap();
                while writer.flush().is_err() {
                    failed += 1;
                }
            }
            while writer.try_finish().is_err() {
                failed += 1;
            }
            assert_eq!(failed, 2);
            assert_eq!(writer.finish().unwrap().taken, expected);

            let failing = Failing {
                taken: Vec::new(),
                until,
                failures: usize::MAX,
            };
            let mut failing = failing;
            let result = replacer.replace_stream(&text[..], &mut failing);
            assert!(
                matches!(result, Err(Error::Write { offset, .. }) if offset == until as u64),
                "{result:?}"
            );
            assert_eq!(failing.taken, expected[..until]);
        }
    }
}

/// Returns its bytes, fails once, and continues.
struct Broken<'a>(&'a [u8], bool, &'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() && self.1 {
            self.1 = false;
            self.0 = self.2;
            return Err(io::Error::other("broken"));
        }
        self.0.read(buffer)
    }
}

#[test]
fn a_reader_that_fails_is_told_and_goes_on() {
    let text = b"elvis, sam and elvi";
    let list = pairs(&[("elvis", "the king"), ("sam", "s")]);
    let replacer = Replacer::many(list.clone()).unwrap();
    for cut in 0..=text.len() {
        let (one, two) = text.split_at(cut);
        let result = replacer.replace_stream(Broken(one, true, two), io::sink());
        assert!(matches!(result, Err(Error::Read { offset, .. }) if offset == cut as u64));
        let mut reader = replacer.reader(Broken(one, true, two));
        let mut output = Vec::new();
        let error = reader.read_to_end(&mut output).unwrap_err();
        assert_eq!(error.to_string(), "broken");
        reader.read_to_end(&mut output).unwrap();
        assert_eq!(output, oracle(text, &list).0);
    }
}

fn bytes(alphabet: &'static [u8], sizes: std::ops::Range<usize>) -> BoxedStrategy<Vec<u8>> {
    vec(select(alphabet), sizes).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn few_letters(
        text in bytes(b"abc", 0..300),
        pairs in vec((bytes(b"abc", 1..7), bytes(b"abX", 0..7)), 1..12),
        sizes in vec(1_usize..40, 1..4),
    ) {
        check(&text, &pairs, &sizes);
    }

    #[test]
    fn equal_lengths_and_interruptions(
        text in bytes(b"ab", 0..300),
        pairs in vec((1_usize..20).prop_flat_map(|length| {
            (bytes(b"ab", length..length + 1), bytes(b"AB", length..length + 1))
        }), 1..20),
        size in 1_usize..100,
    ) {
        check(&text, &pairs, &[size, 0]);
    }

    #[test]
    fn needles_that_stand_in_a_text_of_any_bytes(
        text in vec(any::<u8>(), 1..600),
        places in vec((any::<prop::sample::Index>(), 1_usize..40), 1..40),
        size in 1_usize..700,
    ) {
        let pairs: Pairs = places
            .iter()
            .map(|(place, length)| {
                let start = place.index(text.len());
                let needle = &text[start..text.len().min(start + length)];
                (needle.to_vec(), needle[..needle.len() / 2].repeat(3))
            })
            .collect();
        check(&text, &pairs, &[size]);
    }
}
