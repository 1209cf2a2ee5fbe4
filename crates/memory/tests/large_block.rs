//! A large block in this process's own figures. Both tests read what the whole process holds, so they are the only ones
//! in this executable and take turns: another test that frees as much meanwhile would hide the block.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

use benchlens_memory::{Kernel, Levels, SYSTEM};

/// glibc maps every block above 32 MiB and unmaps it when it is freed. It may keep smaller ones.
const BYTES: usize = 40 << 20;
/// For what the harness's own threads allocate.
const TOLERANCE: u64 = 1 << 20;

static TURN: Mutex<()> = Mutex::new(());

#[test]
fn it_is_live_and_held() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = (SYSTEM.levels)();
    // Older than 2.33, glibc has no such statistics.
    if before.live.is_none() {
        return;
    }
    let block = black_box(vec![1_u8; BYTES]);
    let during = (SYSTEM.levels)();
    drop(block);
    let after = (SYSTEM.levels)();
    for of in [|it: Levels| it.live, |it: Levels| it.held] {
        let [before, during, after] = [before, during, after].map(|it| of(it).unwrap());
        assert!(
            (during - before).abs_diff(BYTES as u64) < TOLERANCE,
            "{before} {during}"
        );
        assert!(
            (during - after).abs_diff(BYTES as u64) < TOLERANCE,
            "{during} {after}"
        );
    }
    (SYSTEM.give_back)();
}

#[test]
fn its_pages_become_resident_and_cost_faults() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let kernel = Kernel::open().unwrap();
    let before = kernel.read().unwrap();
    let block = black_box(vec![1_u8; BYTES]);
    let during = kernel.read().unwrap();
    drop(block);
    let after = kernel.read().unwrap();
    // A huge page takes one fault, some pages may have been resident before, and the count may lag.
    assert!(during.minor_faults > before.minor_faults);
    for other in [before, after] {
        assert!(
            during.resident - other.resident > BYTES as u64 / 2,
            "{other:?} {during:?}"
        );
    }
}
