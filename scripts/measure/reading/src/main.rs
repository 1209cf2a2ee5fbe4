//! Reads all files of a folder in several ways, in turns, and prints the microseconds that each takes per file.
//!
//! `ways-of-reading FOLDER ROUNDS` prints the rows `way,rounds,microseconds,to_plain`: the median of the rounds, and
//! the median of the ratios to plain reads within each round. The first round warms up. All ways run on one thread,
//! and each reads every byte into memory that it reuses, which begins at a page.

use std::ffi::CString;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Instant;

mod block;
mod ring;

use block::Block;

const OPENED_ONLY: &str = "opened and closed only";

/// The files, as each way names them.
struct Files {
    folder: File,
    names: Vec<CString>,
    paths: Vec<PathBuf>,
}

type Way = (&'static str, Box<dyn FnMut(&Files) -> io::Result<usize>>);

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let rounds: usize = arguments
        .next()
        .map_or(11, |it| it.parse().expect("rounds"));
    let files = files(folder)?;
    let mut ways = ways()?;
    let mut seconds = vec![Vec::new(); ways.len()];
    let expected = (ways[0].1)(&files)?;
    for round in 0..=rounds {
        for ((name, way), seconds) in ways.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            let bytes = black_box(way(&files)?);
            let elapsed = start.elapsed().as_secs_f64();
            let wanted = if *name == OPENED_ONLY { 0 } else { expected };
            assert_eq!(bytes, wanted, "{name}");
            if round > 0 {
                seconds.push(elapsed);
            }
        }
    }
    println!("way,rounds,microseconds,to_plain");
    for ((name, _), own) in ways.iter().zip(&seconds) {
        let microseconds = median(own.iter().copied()) * 1e6 / files.paths.len() as f64;
        let ratio = median(own.iter().zip(&seconds[0]).map(|(own, plain)| own / plain));
        println!("{name},{rounds},{microseconds:.2},{ratio:.3}");
    }
    Ok(())
}

fn files(folder: PathBuf) -> io::Result<Files> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let name = |path: &PathBuf| CString::new(path.file_name()?.as_bytes()).ok();
    let names = paths
        .iter()
        .map(|path| name(path).expect("a name"))
        .collect();
    let folder = File::open(folder)?;
    Ok(Files {
        folder,
        names,
        paths,
    })
}

fn ways() -> io::Result<Vec<Way>> {
    let [mut buffer, mut once, mut relative] = [0; 3].map(Block::at);
    // Where the C library puts a large block.
    let mut shifted = Block::at(16);
    let mut ways: Vec<Way> = vec![
        (
            "plain",
            Box::new(move |files| each_path(files, |file| read_to_end(file, &mut buffer))),
        ),
        (
            "16 bytes into a page",
            Box::new(move |files| each_path(files, |file| read_to_end(file, &mut shifted))),
        ),
        // One call reads a file that is shorter than the buffer; a second one would only report the end.
        (
            "one read",
            Box::new(move |files| each_path(files, |mut file| file.read(&mut once))),
        ),
        (
            "opened from the folder",
            Box::new(move |files| from_folder(files, &mut relative)),
        ),
        ("mapped", Box::new(|files| each_path(files, mapped))),
        (OPENED_ONLY, Box::new(|files| each_path(files, |_| Ok(0)))),
    ];
    match ring::Ring::new() {
        Ok(mut ring) => ways.push(("io_uring", Box::new(move |files| ring.read(files)))),
        Err(error) => eprintln!("no io_uring here: {error}"),
    }
    Ok(ways)
}

fn each_path(files: &Files, mut read: impl FnMut(File) -> io::Result<usize>) -> io::Result<usize> {
    files.paths.iter().map(|path| read(File::open(path)?)).sum()
}

fn read_to_end(mut file: File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match file.read(&mut buffer[length..])? {
            0 => return Ok(black_box(length)),
            read => length += read,
        }
    }
}

fn from_folder(files: &Files, buffer: &mut [u8]) -> io::Result<usize> {
    let read = |name: &CString| read_to_end(open_at(files.folder.as_raw_fd(), name)?, buffer);
    files.names.iter().map(read).sum()
}

fn open_at(folder: RawFd, name: &CString) -> io::Result<File> {
    // SAFETY: the name is a C string, and the folder is open.
    match unsafe { libc::openat(folder, name.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: the descriptor was opened just now, and nothing else owns it.
        descriptor => Ok(unsafe { File::from_raw_fd(descriptor) }),
    }
}

/// Maps a file with all its pages and unmaps it.
fn mapped(file: File) -> io::Result<usize> {
    let length = file.metadata()?.len() as usize;
    let flags = libc::MAP_PRIVATE | libc::MAP_POPULATE;
    // SAFETY: a new mapping, at an address that the kernel chooses.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ,
            flags,
            file.as_raw_fd(),
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: this is the mapping from above, and nothing refers to it.
    match unsafe { libc::munmap(black_box(start), length) } {
        0 => Ok(length),
        _ => Err(io::Error::last_os_error()),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
