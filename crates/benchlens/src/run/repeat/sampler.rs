//! Samples the process's own threads. A sampler thread wakes at the requested rate, finds the threads that have
//! used the processor since, and signals them. The signal handler copies three registers and the top of the
//! stack. The command unwinds the copies later, from the file `samples`, so the executable needs no unwinder.
//!
//! Cost: a signal and a copy of the top of the stack for each sample. Between samples, nothing runs in the
//! measured threads. A thread that only waits uses no processor time and is never signalled.
//!
//! Only on x86-64 Linux with glibc.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::observe::{MAPS, SAMPLES};
use crate::run::clock;

/// The most bytes of a stack that are copied.
pub(super) const MOST: usize = 64 << 10;
/// The stack is copied in pieces of this size, up to the last one that is mapped.
const PIECE: usize = 4 << 10;
/// A running thread answers its signal within this time. One that waits for a processor takes longer, so the
/// sampler then sleeps instead of competing for it.
const PROMPT: Duration = Duration::from_micros(20);
/// How long a living thread may take to answer its signal.
const PATIENCE: Duration = Duration::from_millis(50);

const IDLE: u64 = 0;
const REQUESTED: u64 = 1;
const ANSWERING: u64 = 2;
const ANSWERED: u64 = 3;

/// The slot's state, tagged with its thread, so that a late signal cannot take another thread's request.
const fn tagged(thread: u32, state: u64) -> u64 {
    (thread as u64) << 2 | state
}

/// The slot in which the signal handler leaves a sample. A process has one sampler, which asks one thread at a
/// time.
struct Slot {
    /// As returned by `tagged`.
    state: AtomicU64,
    /// How many bytes of the stack to copy.
    wanted: AtomicU64,
    /// Instruction pointer, stack pointer, base pointer, and how many bytes were copied.
    words: [AtomicU64; 4],
    stack: Bytes,
}

struct Bytes(std::cell::UnsafeCell<[u8; MOST]>);

// SAFETY: only the thread that has moved `SLOT.state` to `ANSWERING` writes, and the sampler reads only after
// `ANSWERED`.
unsafe impl Sync for Bytes {}

static SLOT: Slot = Slot {
    state: AtomicU64::new(IDLE),
    wanted: AtomicU64::new(0),
    words: [const { AtomicU64::new(0) }; 4],
    stack: Bytes(std::cell::UnsafeCell::new([0; MOST])),
};

/// A running sampler.
pub(super) struct Sampler {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
    maps: std::path::PathBuf,
}

/// Starts sampling into `folder`, `frequency` times per second of a thread's processor time.
pub(super) fn begin(folder: &Path, frequency: u32, stack: u32) -> io::Result<Sampler> {
    listen()?;
    let mut file = BufWriter::new(File::create(folder.join(SAMPLES))?);
    let ends = Arc::new(AtomicBool::new(false));
    let wanted = (stack as usize).min(MOST);
    SLOT.wanted.store(wanted as u64, Ordering::Relaxed);
    let period = Duration::from_secs(1) / frequency.max(1);
    let until = Arc::clone(&ends);
    let sample = move || {
        let mut account = Account::begin(own());
        while !until.load(Ordering::Relaxed) {
            thread::sleep(period);
            account.sample(period.as_nanos() as u64, &mut file)?;
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
    /// Stops sampling, and saves the memory map.
    pub(super) fn end(self) -> io::Result<()> {
        self.ends.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| io::Error::other("the sampler panicked"))??;
        fs::copy("/proc/self/maps", self.maps).map(drop)
    }
}

/// The processor time of all threads, and how much of it the samples stand for.
struct Account {
    /// The sampler's own thread, which is not sampled.
    sampler: u32,
    living: HashMap<u32, Used>,
    /// The processor time of the whole process when it was last read.
    process: u64,
    /// Processor time of ended threads that no sample stands for yet. Can be slightly negative, since the
    /// clocks are read one after the other.
    unseen: i64,
}

/// The processor time of a thread.
#[derive(Clone, Copy, Default)]
struct Used {
    /// Its processor time at its last sample.
    sampled: u64,
    /// Its processor time when a sample was last requested, so that a thread that does not answer is asked no more
    /// often than others.
    asked: u64,
    /// Its processor time when it was last read.
    seen: u64,
}

impl Account {
    /// Starts with the threads that exist now; their time so far needs no sample.
    fn begin(sampler: u32) -> Self {
        let known = |thread| {
            let seen = used(thread)?;
            Some((
                thread,
                Used {
                    sampled: seen,
                    asked: seen,
                    seen,
                },
            ))
        };
        Self {
            sampler,
            living: living().filter_map(known).collect(),
            process: clock::of_process().unwrap_or(0),
            unseen: 0,
        }
    }

    /// Samples every thread that has used the processor for a whole `period` since its last sample.
    ///
    /// A thread that ends within a period would never be sampled. So the time of such threads is added up, and the
    /// next running thread that has no sample yet gets a sample that stands for all of it.
    fn sample(&mut self, period: u64, file: &mut impl io::Write) -> io::Result<()> {
        self.look();
        // Young threads first: they may have ended by the time a thread that waits for a processor has answered.
        let is_due = |used: Used| used.seen.saturating_sub(used.asked) >= period;
        let is_young = |used: Used| used.asked == 0 && used.seen > 0 && !is_due(used);
        for thread in self.threads(is_young) {
            let unseen = u64::try_from(self.unseen).unwrap_or(0);
            if unseen >= period
                && is_runnable(thread)
                && self.sample_thread(thread, unseen, file)?
            {
                self.unseen = 0;
            }
        }
        for thread in self.threads(is_due) {
            self.sample_thread(thread, 0, file)?;
        }
        Ok(())
    }

    /// The threads for which `is_wanted` holds, except the sampler's own.
    fn threads(&self, is_wanted: impl Fn(Used) -> bool) -> Vec<u32> {
        (self.living.iter())
            .filter(|&(&thread, &used)| thread != self.sampler && is_wanted(used))
            .map(|(&thread, _)| thread)
            .collect()
    }

    /// Samples a thread, and returns whether it answered. The sample stands for the thread's own time plus `more`.
    fn sample_thread(
        &mut self,
        thread: u32,
        more: u64,
        file: &mut impl io::Write,
    ) -> io::Result<bool> {
        let Some(used) = self.living.get_mut(&thread) else {
            return Ok(false);
        };
        used.asked = used.seen;
        let answered = sample(thread, used.since() + more, file)?;
        if answered {
            used.sampled = used.seen;
        }
        Ok(answered)
    }

    /// Reads all clocks, and adds the time of ended threads to `unseen`.
    fn look(&mut self) {
        let mut ended = std::mem::take(&mut self.living);
        let process = clock::of_process().unwrap_or(self.process);
        self.unseen += since(self.process, process);
        self.process = process;
        for thread in living() {
            let Some(seen) = used(thread) else {
                continue;
            };
            let before = ended.remove(&thread).unwrap_or_default();
            self.unseen -= since(before.seen, seen);
            self.living.insert(thread, Used { seen, ..before });
        }
        for used in ended.values() {
            self.unseen += since(used.sampled, used.seen);
        }
    }
}

impl Used {
    /// The time since the last sample.
    const fn since(self) -> u64 {
        self.seen.saturating_sub(self.sampled)
    }
}

fn since(before: u64, now: u64) -> i64 {
    i64::try_from(now.saturating_sub(before)).unwrap_or(i64::MAX)
}

/// Whether a thread is running or ready to run: the sampler itself may have taken its processor.
fn is_runnable(thread: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/self/task/{thread}/stat"));
    // The name before the state is in parentheses, and may contain any character.
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

/// The processor time of a thread; `None` if it has ended.
fn used(thread: u32) -> Option<u64> {
    clock::of_thread(u64::from(thread))
}

fn own() -> u32 {
    // SAFETY: `gettid` only returns a number.
    (unsafe { libc::syscall(libc::SYS_gettid) }) as u32
}

/// Samples a thread, writes its answer, and returns whether there was one. A thread that has ended or blocks
/// the signal does not answer.
fn sample(thread: u32, spent: u64, file: &mut impl io::Write) -> io::Result<bool> {
    SLOT.state
        .store(tagged(thread, REQUESTED), Ordering::Release);
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
    while SLOT.state.load(Ordering::Acquire) != tagged(thread, ANSWERED) {
        let has_ended = sent != 0 || used(thread).is_none();
        let will_not_answer = has_ended || begin.elapsed() > PATIENCE;
        if will_not_answer && transition(tagged(thread, REQUESTED), IDLE) {
            return Ok(false);
        }
        match begin.elapsed() < PROMPT {
            true => thread::yield_now(),
            false => thread::sleep(PROMPT),
        }
    }
    let [ip, sp, bp, length] = [0, 1, 2, 3].map(|word| SLOT.words[word].load(Ordering::Relaxed));
    for number in [time, u64::from(thread), spent, ip, sp, bp, length] {
        file.write_all(&number.to_le_bytes())?;
    }
    // SAFETY: the handler has left the slot in the state `ANSWERED`, in which no thread writes.
    let stack = unsafe { &*SLOT.stack.0.get() };
    let written = file.write_all(&stack[..length as usize]);
    SLOT.state.store(IDLE, Ordering::Release);
    written.map(|()| true)
}

fn transition(from: u64, to: u64) -> bool {
    let taken = SLOT
        .state
        .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed);
    taken.is_ok()
}

/// Installs the signal handler, which stays for the life of the process.
fn listen() -> io::Result<()> {
    // SAFETY: a `sigaction` is plain data, for which zeros are valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = answer as *const () as libc::sighandler_t;
    // Restartable system calls are restarted, and a thread with a signal stack uses that.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the action is fully initialised, and the handler is async-signal-safe.
    let set = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) };
    match set {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The signal handler. It neither allocates nor locks, and preserves `errno`.
extern "C" fn answer(
    _signal: libc::c_int,
    _info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // A late signal is ignored: the sampler has already moved on to another thread.
    let thread = own();
    if !transition(tagged(thread, REQUESTED), tagged(thread, ANSWERING)) {
        return;
    }
    // SAFETY: the kernel passes the context of the interrupted code.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let [ip, sp, bp] =
        [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP].map(|at| registers[at as usize] as u64);
    let wanted = SLOT.wanted.load(Ordering::Relaxed) as usize;
    // SAFETY: `errno` is thread-local, and this handler owns the slot until it sets `ANSWERED`.
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
    SLOT.state
        .store(tagged(thread, ANSWERED), Ordering::Release);
}

/// Copies up to `wanted` bytes from `from` on and returns how many. The kernel does the copying, so reading
/// past the end of the stack is harmless.
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
        // Pieces end at page boundaries, so each is mapped as a whole or not at all.
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
mod tests;
