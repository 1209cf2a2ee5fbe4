//! The limit on open files; each connection is an open file.

/// Raises the limit as far as the process may, and returns it; `None` where there is none.
#[cfg(unix)]
pub(crate) fn raise_limit() -> Option<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls get a valid `rlimit`.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0 {
            return None;
        }
        let raised = libc::rlimit {
            rlim_cur: limit.rlim_max,
            ..limit
        };
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raised) == 0 {
            limit = raised;
        }
    }
    Some(limit.rlim_cur)
}

/// Raises the limit as far as the process may, and returns it; `None` where there is none.
#[cfg(not(unix))]
pub(crate) fn raise_limit() -> Option<u64> {
    None
}
