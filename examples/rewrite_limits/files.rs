//! Limits from file to file in memory: against `cat` and against a bare loop.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Substitution;
use benchlens_suite::rewrite::registry::default_for;

use super::rounds::{Rounds, Way};
use super::verdict::Verdict;

/// The chunk size of `vector`.
const CHUNK: usize = 64 * 1024;

pub(super) fn measure(mebibytes: usize, rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    let folder = Folder::new();
    let (input, output) = (folder.0.join("in"), folder.0.join("out"));
    let bytes = mebibytes << 20;
    let substitution = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    let rewriter = default_for(substitution);
    let mut streamed = Vec::new();
    for shape in [
        Shape::Sparse,
        Shape::Dense,
        Shape::NearMiss,
        Shape::Binary,
        Shape::AllE,
    ] {
        fs::write(&input, text::generate(shape, bytes)).expect("room for the input");
        // Removed first, so that every way writes to fresh pages.
        let files = || {
            let _ = fs::remove_file(&output);
            let open = "the folder can be written";
            (
                File::open(&input).expect(open),
                File::create(&output).expect(open),
            )
        };
        let mut ways = [
            Way::prepared(1, files, |(reader, writer)| {
                let cat = Command::new("cat").stdin(reader).stdout(writer).status();
                assert!(cat.expect("cat is installed").success());
            }),
            Way::prepared(1, files, |(reader, writer)| bare_loop(reader, writer)),
            Way::prepared(1, files, |(mut reader, mut writer)| {
                let count = rewriter.rewrite_stream(&mut reader, substitution, &mut writer);
                count.expect("files in memory do not fail");
            }),
        ];
        let rounds = Rounds::of(rounds, &mut ways);
        for (against, base, wanted) in [("cat", 0, 0.75), ("bare read and write", 1, 0.9)] {
            let verdict = Verdict::share(
                "file to file",
                shape.name(),
                rewriter.name,
                against,
                bytes,
                &rounds,
                [2, base],
                wanted,
            );
            if base == 0 {
                streamed.push(verdict);
            } else {
                tell(verdict);
            }
        }
    }
    let of: Vec<_> = streamed.iter().collect();
    Verdict::evenness("file to file: worst over best", &of, 0.7)
        .into_iter()
        .for_each(&mut *tell);
    streamed.into_iter().for_each(tell);
}

fn bare_loop(mut reader: File, mut writer: File) {
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer).expect("a file in memory is read") {
            0 => break,
            count => writer
                .write_all(&buffer[..count])
                .expect("room for the output"),
        }
    }
}

/// A temporary folder in memory, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = parent.join(format!("rewrite-limits-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
