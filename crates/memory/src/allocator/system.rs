//! The system's allocator. Only glibc's has statistics.

use super::Allocator;
use crate::Levels;

/// The C library's allocator.
///
/// `held` is what it took by `brk` and `mmap` and has not unmapped, including pages that `malloc_trim` has
/// returned. `live` is the blocks in use with their headers. Cost: it locks each arena and walks its free
/// lists.
pub const SYSTEM: Allocator = Allocator {
    name: "system",
    levels,
    give_back,
};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn levels() -> Levels {
    use std::sync::OnceLock;

    type Account = unsafe extern "C" fn() -> libc::mallinfo2;
    static ACCOUNT: OnceLock<Option<Account>> = OnceLock::new();
    // Looked up at run time, so that programs still link with glibc before 2.33, which lacks it.
    let account = ACCOUNT.get_or_init(|| {
        // SAFETY: the name ends with a zero.
        let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
        // SAFETY: glibc's function of this name has this type.
        (!symbol.is_null()).then(|| unsafe { std::mem::transmute::<*mut _, Account>(symbol) })
    });
    let Some(account) = account else {
        return Levels::default();
    };
    // SAFETY: the function takes nothing and may be called at any time.
    let account = unsafe { account() };
    Levels {
        live: Some((account.uordblks + account.hblkhd) as u64),
        held: Some((account.arena + account.hblkhd) as u64),
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn levels() -> Levels {
    Levels::default()
}

/// `malloc_trim(0)`.
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` only touches free memory, under the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
