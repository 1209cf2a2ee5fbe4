//! The command as a process.
#![cfg(all(feature = "cli", unix))]

mod faults;
mod freq;
mod gate;
mod general;
mod limits;
mod map;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod memory;
mod names;
mod process;
mod reports;
mod results;
mod results_faults;
mod rewrite;
