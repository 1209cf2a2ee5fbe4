//! The backend, with an observer that is told of every block.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{mem, ptr};

use crate::backend::Backend;
use crate::{MODE, OBSERVE, OFF};

/// Called after each successful request, with the bytes that it allocated and freed. A reallocation does both.
/// A zero means that nothing was allocated or freed, since there are no blocks of zero bytes.
///
/// The observer runs in the allocator, on the requesting thread. If it allocates, it is called again, and must
/// recognise that. It must not panic.
pub type Observer = fn(allocated: usize, freed: usize);

/// The observer as an address; not null while [`OBSERVE`] is the mode.
static OBSERVER: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets the observer of every block that any thread allocates or frees; `None` removes it. Either way, counting
/// stops.
///
/// Unlike [`count`](crate::count), it works with any allocator behind the switch.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
///
/// benchlens_heap::observe(Some(|allocated, _freed| {
///     ALLOCATED.fetch_add(allocated, Relaxed);
/// }));
/// drop(std::hint::black_box(Box::new([7_u8; 100])));
/// benchlens_heap::observe(None);
/// assert_eq!(ALLOCATED.load(Relaxed), 100);
/// ```
pub fn observe(observer: Option<Observer>) {
    match observer {
        Some(observer) => {
            OBSERVER.store(observer as *mut (), Ordering::Release);
            MODE.store(OBSERVE, Ordering::Release);
        }
        // The address is kept, as another thread may be about to read it.
        None => MODE.store(OFF, Ordering::Release),
    }
}

#[inline]
fn tell(allocated: usize, freed: usize) {
    let observer = OBSERVER.load(Ordering::Acquire);
    if !observer.is_null() {
        // SAFETY: only `observe` stores here, and only addresses of such functions.
        let observer: Observer = unsafe { mem::transmute::<*mut (), Observer>(observer) };
        observer(allocated, freed);
    }
}

/// As `GlobalAlloc::alloc`.
///
/// # Safety
///
/// That of `GlobalAlloc`, for all functions here.
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller keeps the contract.
    let block = unsafe { Backend.alloc(layout) };
    if !block.is_null() {
        tell(layout.size(), 0);
    }
    block
}

/// As `GlobalAlloc::alloc_zeroed`.
pub(crate) unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: the caller keeps the contract.
    let block = unsafe { Backend.alloc_zeroed(layout) };
    if !block.is_null() {
        tell(layout.size(), 0);
    }
    block
}

/// As `GlobalAlloc::dealloc`.
pub(crate) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: the caller keeps the contract.
    unsafe { Backend.dealloc(block, layout) };
    tell(0, layout.size());
}

/// As `GlobalAlloc::realloc`.
pub(crate) unsafe fn realloc(block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
    // SAFETY: the caller keeps the contract.
    let moved = unsafe { Backend.realloc(block, layout, new_size) };
    if !moved.is_null() {
        tell(new_size, layout.size());
    }
    moved
}
