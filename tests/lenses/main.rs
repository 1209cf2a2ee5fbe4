//! What the other lenses show of the suite.
#![cfg(feature = "cli")]

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly;
mod timelines;
