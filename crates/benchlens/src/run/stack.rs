//! Calls a function with a fixed stack alignment.
//!
//! The length of a process's environment and arguments shifts its stack, and so the alignment of
//! every buffer on it. The instruction count of vectorised copies depends on that alignment.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The stack of the call begins at a multiple of this many bytes.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
const ALIGNMENT: i32 = 1 << 16;

struct Call<'a> {
    call: &'a mut dyn FnMut(),
    panic: Option<Box<dyn Any + Send>>,
}

/// Calls `call` with the stack at a multiple of 64 KiB on Linux x86-64; elsewhere just calls it.
pub(super) fn aligned(call: &mut dyn FnMut()) {
    let mut call = Call { call, panic: None };
    enter_aligned(&mut call);
    if let Some(panic) = call.panic {
        resume_unwind(panic);
    }
}

/// Makes the call. A panic is caught, and resumed once the stack is restored.
extern "C" fn enter(call: &mut Call<'_>) {
    call.panic = catch_unwind(AssertUnwindSafe(&mut call.call)).err();
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn enter_aligned(call: &mut Call<'_>) {
    call_aligned(call, enter);
}

/// Calls `enter` with `call`. The frame uses rbp and has unwind information, so that allocation
/// backtraces pass through it.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[unsafe(naked)]
extern "C" fn call_aligned(call: &mut Call<'_>, enter: extern "C" fn(&mut Call<'_>)) {
    std::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "and rsp, {mask}",
        // The argument is still in rdi.
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
        mask = const -ALIGNMENT,
    )
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn enter_aligned(call: &mut Call<'_>) {
    enter(call);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_made_once_and_its_panic_comes_back() {
        let mut calls = 0;
        aligned(&mut || calls += 1);
        assert_eq!(calls, 1);
        let panic = catch_unwind(|| aligned(&mut || panic!("within"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"within"));
    }

    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    #[test]
    fn the_place_in_the_page_is_the_same_at_any_depth() {
        fn place_at(depth: [u8; 16], left: u32) -> usize {
            let mut place = 0;
            match left {
                0 => aligned(&mut || {
                    let local = std::hint::black_box(depth);
                    place = std::ptr::from_ref(&local).addr() % ALIGNMENT as usize;
                }),
                _ => place = place_at(std::hint::black_box(depth), left - 1),
            }
            place
        }
        assert_eq!(place_at([0; 16], 0), place_at([1; 16], 7));
    }
}
