//! Samples the process's own threads: a thread of ours wakes at the asked rate, finds who has used the
//! processor since, and signals them; the handler copies three registers and the top of the stack. Nothing is
//! unwound here, so the executable needs no unwinder: a command does that later, from the file `samples`.
//!
//! Cost: a signal and a copy of the top of the stack for each sample. Between samples nothing runs in the measured threads. A
//! thread that only waits is never signalled, as it uses no processor time.
//!
//! Only on Linux with glibc on x86-64.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::clock;
use super::observe::{MAPS, SAMPLES};

/// The most of a stack that is copied.
pub(super) const MOST: usize = 64 << 10;
/// The stack is read by such pieces: reading ends with the last one that is mapped.
const PIECE: usize = 4 << 10;
/// How long a thread may take to answer its signal.
const PATIENCE: Duration = Duration::from_millis(50);

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const ANSWERING: u32 = 2;
const ANSWERED: u32 = 3;

/// Where the signal handler leaves one sample. There is one sampler in a process, and it asks one thread at a
/// time.
struct Slot {
    state: AtomicU32,
    /// The thread that is asked.
    thread: AtomicU32,
    /// How many bytes of its stack are wanted.
    wanted: AtomicU64,
    /// Instruction pointer, stack pointer, base pointer, and how many bytes were copied.
    words: [AtomicU64; 4],
    stack: Bytes,
}

struct Bytes(std::cell::UnsafeCell<[u8; MOST]>);

// SAFETY: only whoever has moved `SLOT.state` to `ANSWERING` writes, and the sampler reads after it has seen
// `ANSWERED`.
unsafe impl Sync for Bytes {}

static SLOT: Slot = Slot {
    state: AtomicU32::new(IDLE),
    thread: AtomicU32::new(0),
    wanted: AtomicU64::new(0),
    words: [const { AtomicU64::new(0) }; 4],
    stack: Bytes(std::cell::UnsafeCell::new([0; MOST])),
};

/// A sampler at work.
pub(super) struct Sampler {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
    maps: std::path::PathBuf,
}

/// Begins to sample into `folder`, `frequency` times in a second of a thread's processor time.
pub(super) fn begin(folder: &Path, frequency: u32, stack: u32) -> io::Result<Sampler> {
    listen()?;
    let mut file = BufWriter::new(File::create(folder.join(SAMPLES))?);
    let ends = Arc::new(AtomicBool::new(false));
    let wanted = (stack as usize).min(MOST);
    SLOT.wanted.store(wanted as u64, Ordering::Relaxed);
    let period = Duration::from_secs(1) / frequency.max(1);
    let until = Arc::clone(&ends);
    let sample = move || {
        let mut threads = Threads::default();
        threads.learn(own());
        while !until.load(Ordering::Relaxed) {
            thread::sleep(period);
            threads.sample(period, &mut file)?;
        }
        file.flush()
    };
    let thread = thread::Builder::new()
        .name("benchlens".to_owned())
        .spawn(sample)?;
    Ok(Sampler {
        ends,
        thread,
        maps: folder.join(MAPS),
    })
}

impl Sampler {
    /// Ends sampling, and says where in memory the code was.
    pub(super) fn end(self) -> io::Result<()> {
        self.ends.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| io::Error::other("the sampler panicked"))??;
        fs::copy("/proc/self/maps", self.maps).map(drop)
    }
}

/// What is known of the process's threads.
#[derive(Default)]
struct Threads {
    /// Processor time of each up to its last sample, in nanoseconds; `None` for one that is not sampled.
    used: HashMap<u32, Option<u64>>,
}

impl Threads {
    /// Begins with the threads that are there, of which the sampler is not sampled.
    fn learn(&mut self, sampler: u32) {
        self.used = living().map(|thread| (thread, used(thread))).collect();
        self.used.insert(sampler, None);
    }

    /// Samples every thread that has used the processor for a whole `period` since its last sample.
    ///
    /// One that is new stands for a whole period if it is running: many threads live shorter than that, and
    /// as many more of them are never seen.
    fn sample(&mut self, period: Duration, file: &mut impl io::Write) -> io::Result<()> {
        let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
        let mut ended = std::mem::take(&mut self.used);
        for thread in living() {
            let Some(now) = used(thread) else {
                continue;
            };
            let before = ended.remove(&thread);
            let spent = match before {
                Some(None) => 0,
                Some(Some(before)) => now.saturating_sub(before),
                None if is_running(thread) => period,
                None => 0,
            };
            let is_due = spent >= period;
            let known = match before {
                Some(None) => None,
                Some(before) if !is_due => before,
                _ => Some(now),
            };
            self.used.insert(thread, known);
            if is_due {
                sample(thread, spent, file)?;
            }
        }
        Ok(())
    }
}

/// Whether a thread runs or wants to.
fn is_running(thread: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/self/task/{thread}/stat"));
    // The name before the state is in parentheses, and may hold any character.
    state.is_ok_and(|text| {
        let after = text.rsplit_once(')').map(|(_, after)| after);
        after.is_some_and(|after| after.trim_start().starts_with('R'))
    })
}

/// The threads of this process.
fn living() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc/self/task").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The processor time of a thread in nanoseconds; `None` if it has ended.
fn used(thread: u32) -> Option<u64> {
    // How the kernel names the clock of any thread: its number inverted, and the bits of a thread's clock.
    let clock = (!(thread as libc::clockid_t) << 3) | 6;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for the write.
    let read = unsafe { libc::clock_gettime(clock, &raw mut time) };
    (read == 0).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

fn own() -> u32 {
    // SAFETY: it only returns a number.
    (unsafe { libc::syscall(libc::SYS_gettid) }) as u32
}

/// Asks a thread where it is, and writes its answer. A thread that does not answer, since it has ended or
/// blocks the signal, has no sample.
fn sample(thread: u32, spent: u64, file: &mut impl io::Write) -> io::Result<()> {
    SLOT.thread.store(thread, Ordering::Relaxed);
    SLOT.state.store(ASKED, Ordering::Release);
    let process = std::process::id();
    // SAFETY: no memory is involved; the handler was installed by `listen`.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_tgkill,
            process,
            thread,
            libc::SIGPROF as libc::c_long,
        )
    };
    let time = clock::now();
    let begin = Instant::now();
    while sent == 0 && SLOT.state.load(Ordering::Acquire) != ANSWERED {
        if begin.elapsed() > PATIENCE && take(ASKED, IDLE) {
            return Ok(());
        }
        thread::yield_now();
    }
    if sent != 0 {
        SLOT.state.store(IDLE, Ordering::Relaxed);
        return Ok(());
    }
    let [ip, sp, bp, length] = [0, 1, 2, 3].map(|word| SLOT.words[word].load(Ordering::Relaxed));
    for number in [time, u64::from(thread), spent, ip, sp, bp, length] {
        file.write_all(&number.to_le_bytes())?;
    }
    // SAFETY: the handler has left the slot in the state `ANSWERED`, in which nobody writes.
    let stack = unsafe { &*SLOT.stack.0.get() };
    let written = file.write_all(&stack[..length as usize]);
    SLOT.state.store(IDLE, Ordering::Release);
    written
}

fn take(from: u32, to: u32) -> bool {
    let taken = SLOT
        .state
        .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed);
    taken.is_ok()
}

/// Installs the signal handler, which stays for the life of the process.
fn listen() -> io::Result<()> {
    // SAFETY: all of it is plain data, for which zeros are valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = answer as *const () as libc::sighandler_t;
    // System calls that can be resumed are, and a thread with a signal stack keeps its own stack untouched.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the action is whole; the handler only does what a signal handler may.
    let set = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) };
    match set {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The signal handler: neither allocates nor locks, and leaves `errno` as it was.
extern "C" fn answer(
    _signal: libc::c_int,
    _info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // A signal that comes late is meant for nobody: the sampler has gone on to another thread.
    if SLOT.thread.load(Ordering::Relaxed) != own() || !take(ASKED, ANSWERING) {
        return;
    }
    // SAFETY: the kernel passes the context of the interrupted code.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let [ip, sp, bp] =
        [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP].map(|at| registers[at as usize] as u64);
    let wanted = SLOT.wanted.load(Ordering::Relaxed) as usize;
    // SAFETY: `errno` is the thread's own, and the slot is this handler's until it is answered.
    let copied = unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        let copied = copy(sp, SLOT.stack.0.get().cast(), wanted);
        *errno = before;
        copied
    };
    for (word, value) in SLOT.words.iter().zip([ip, sp, bp, copied as u64]) {
        word.store(value, Ordering::Relaxed);
    }
    SLOT.state.store(ANSWERED, Ordering::Release);
}

/// Copies up to `wanted` bytes from `from` on and returns how many. The kernel copies, since nothing here
/// knows where the stack ends.
///
/// # Safety
///
/// `to` is valid for writes of `wanted` bytes, at most [`MOST`].
unsafe fn copy(from: u64, to: *mut u8, wanted: usize) -> usize {
    const PIECES: usize = MOST / PIECE + 1;
    let nothing = libc::iovec {
        iov_base: std::ptr::null_mut(),
        iov_len: 0,
    };
    let mut pieces = [nothing; PIECES];
    let (mut at, mut left, mut count) = (from as usize, wanted, 0);
    while left > 0 && count < PIECES {
        // Up to the next boundary, so that a piece is mapped as a whole or not at all.
        let length = (PIECE - at % PIECE).min(left);
        pieces[count] = libc::iovec {
            iov_base: at as *mut libc::c_void,
            iov_len: length,
        };
        (at, left, count) = (at + length, left - length, count + 1);
    }
    let local = libc::iovec {
        iov_base: to.cast(),
        iov_len: wanted,
    };
    // SAFETY: the kernel checks what it reads, and writes into `local` only.
    let copied = unsafe {
        libc::syscall(
            libc::SYS_process_vm_readv,
            libc::getpid(),
            &raw const local,
            1_usize,
            pieces.as_ptr(),
            count,
            0_usize,
        )
    };
    usize::try_from(copied).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_thread_is_sampled_with_its_stack_and_an_idle_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let idle = thread::spawn(move || {
            let own = own();
            let _ = ended.recv();
            own
        });
        let sampler = begin(folder.path(), 1000, 8 << 10).unwrap();
        // Of processor time, since other processes may leave little of it.
        let spent = || used(own()).unwrap();
        let before = spent();
        let mut sum = 0_u64;
        while spent() - before < 100_000_000 {
            sum = std::hint::black_box(sum + 1);
        }
        sampler.end().unwrap();
        drop(end);
        let idle = idle.join().unwrap();
        let bytes = fs::read(folder.path().join(SAMPLES)).unwrap();
        let mut rest = bytes.as_slice();
        let (mut samples, mut seen) = (0, 0);
        while !rest.is_empty() {
            let word = |at: usize| u64::from_le_bytes(rest[at * 8..][..8].try_into().unwrap());
            let (thread, ip, length) = (word(1), word(3), word(6) as usize);
            assert_ne!(thread, u64::from(idle));
            assert_ne!(ip, 0);
            assert!(length > 0 && length <= 8 << 10, "{length}");
            if thread == u64::from(own()) {
                (samples, seen) = (samples + 1, seen + word(2));
            }
            rest = &rest[56 + length..];
        }
        // The samples stand for the time that the thread was busy.
        assert!(
            samples > 1 && seen > 50_000_000,
            "{samples} samples, {seen} ns"
        );
        let maps = fs::read_to_string(folder.path().join(MAPS)).unwrap();
        assert!(maps.contains("r-xp"));
    }
}
