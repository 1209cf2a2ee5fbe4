//! Stacks of threads, which each thread records itself in a signal handler.
//!
//! SIGPROF has two senders: the timers of [`processor`](crate::processor), and [`threads`](crate::threads), which
//! asks each thread once. The handler records the interrupted stack in a slot of a fixed ring. It neither
//! allocates nor waits: if no slot is free, the stack is counted as lost.

use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicU8, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::answer::Refusal;
use crate::frames::{self, DEEPEST};

/// How many stacks can wait to be collected. At a hundred per second and processor, and a collection every 50 ms,
/// this is enough for a hundred processors.
const SLOTS: usize = 512;

const FREE: u8 = 0;
const TAKEN: u8 = 1;
const READY: u8 = 2;

/// Stacks requested by the timers on processor time.
pub(crate) static TIMER_SAMPLES: Ring = Ring::new();

/// Stacks requested by `ask`.
pub(crate) static REQUESTED_STACKS: Ring = Ring::new();

struct Slot {
    state: AtomicU8,
    thread: AtomicI32,
    length: AtomicUsize,
    frames: [AtomicUsize; DEEPEST],
}

impl Slot {
    const fn free() -> Self {
        Self {
            state: AtomicU8::new(FREE),
            thread: AtomicI32::new(0),
            length: AtomicUsize::new(0),
            frames: [const { AtomicUsize::new(0) }; DEEPEST],
        }
    }
}

/// Slots that handlers fill and one collector empties.
pub(crate) struct Ring {
    is_on: AtomicBool,
    next: AtomicUsize,
    lost: AtomicU64,
    slots: [Slot; SLOTS],
}

impl Ring {
    const fn new() -> Self {
        Self {
            is_on: AtomicBool::new(false),
            next: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            slots: [const { Slot::free() }; SLOTS],
        }
    }

    /// Starts recording into the ring, until the guard is dropped.
    pub(crate) fn start(&'static self) -> Result<Started, Refusal> {
        install()?;
        if self.is_on.swap(true, Acquire) {
            return Err(Refusal::Running);
        }
        // A late handler may have left a stack from the last time.
        self.drain(|_, _| ());
        self.lost.store(0, Relaxed);
        Ok(Started(self))
    }

    /// Records the current stack; called in the signal handler.
    fn record(&self, interrupted: usize) {
        if !self.is_on.load(Relaxed) {
            return;
        }
        let slot = &self.slots[self.next.fetch_add(1, Relaxed) % SLOTS];
        let taken = slot.state.compare_exchange(FREE, TAKEN, Acquire, Relaxed);
        if taken.is_err() {
            self.lost.fetch_add(1, Relaxed);
            return;
        }
        let mut room = [0; DEEPEST];
        let stack = frames::capture_stack(&mut room);
        // `here` subtracts 1 from every address, even from that of the interrupted instruction.
        let begin = stack
            .iter()
            .position(|it| *it == interrupted.wrapping_sub(1));
        let callers = begin.map_or(&[][..], |begin| &stack[begin + 1..]);
        slot.frames[0].store(interrupted, Relaxed);
        for (kept, caller) in slot.frames[1..].iter().zip(callers) {
            kept.store(*caller, Relaxed);
        }
        slot.length.store(1 + callers.len(), Relaxed);
        slot.thread.store(own_id(), Relaxed);
        slot.state.store(READY, Release);
    }

    fn drain(&self, mut take: impl FnMut(i32, &[usize])) {
        let mut stack = [0; DEEPEST];
        for slot in &self.slots {
            if slot.state.load(Acquire) != READY {
                continue;
            }
            let length = slot.length.load(Relaxed).min(DEEPEST);
            for (frame, kept) in stack[..length].iter_mut().zip(&slot.frames) {
                *frame = kept.load(Relaxed);
            }
            let thread = slot.thread.load(Relaxed);
            slot.state.store(FREE, Release);
            take(thread, &stack[..length]);
        }
    }
}

/// A ring in use.
pub(crate) struct Started(&'static Ring);

impl Started {
    /// Passes on the stacks since the last collection: the thread, and its frames, innermost first.
    pub(crate) fn collect(&self, take: impl FnMut(i32, &[usize])) {
        self.0.drain(take);
    }

    /// How many stacks were lost because no slot was free.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.0.is_on.store(false, Release);
    }
}

/// The calling thread's kernel id.
fn own_id() -> i32 {
    // SAFETY: `gettid` takes nothing and always succeeds.
    unsafe { libc::gettid() }
}

/// Asks a thread of this process for its stack; `false` if it has ended.
pub(crate) fn request_stack(thread: i32) -> bool {
    // SAFETY: the handler is installed, so the signal does not end the process.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGPROF) };
    sent == 0
}

/// Installs the handler for the rest of the process's life, as a late signal without it would end the process.
fn install() -> Result<(), Refusal> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let is_ours = INSTALLED.get_or_init(|| {
        // The unwinder's first use sets up state, which a signal handler must not do.
        frames::capture_stack(&mut [0; DEEPEST]);
        set_handler().unwrap_or(false)
    });
    match is_ours {
        true => Ok(()),
        false => Err(Refusal::SignalTaken),
    }
}

/// Sets the handler, unless the program has its own; returns whether it was set.
fn set_handler() -> io::Result<bool> {
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null pointer, the current action is only written to `old`.
    let old = unsafe {
        if libc::sigaction(libc::SIGPROF, ptr::null(), old.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        old.assume_init()
    };
    if old.sa_sigaction != libc::SIG_DFL && old.sa_sigaction != libc::SIG_IGN {
        return Ok(false);
    }
    // SAFETY: all-zero is a valid action, with an empty mask.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handle;
    action.sa_sigaction = handler as usize;
    // Restartable system calls are restarted.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the handler has the type that SA_SIGINFO requires, and is async-signal-safe.
    match unsafe { libc::sigaction(libc::SIGPROF, &action, ptr::null_mut()) } {
        0 => Ok(true),
        _ => Err(io::Error::last_os_error()),
    }
}

extern "C" fn handle(_: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: `errno` is thread-local. It is restored below, as the interrupted code may be about to read it.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: with SA_SIGINFO the kernel passes both.
    let (sender, interrupted) = unsafe { ((*info).si_code, program_counter(context)) };
    match sender {
        libc::SI_TIMER => TIMER_SAMPLES.record(interrupted),
        libc::SI_TKILL => REQUESTED_STACKS.record(interrupted),
        _ => {}
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// The address of the interrupted instruction.
///
/// # Safety
///
/// `context` is what the kernel passed to a handler.
unsafe fn program_counter(context: *mut c_void) -> usize {
    let context = context.cast::<libc::ucontext_t>();
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the caller's promise.
    let counter = unsafe { (*context).uc_mcontext.gregs[libc::REG_RIP as usize] as usize };
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the caller's promise.
    let counter = unsafe { (*context).uc_mcontext.pc as usize };
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let counter = {
        let _ = context;
        0
    };
    counter
}
