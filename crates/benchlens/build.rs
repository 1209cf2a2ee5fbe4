//! Records what the suite was compiled with, for the sheet of the machine.

use std::env;
use std::process::Command;

fn main() {
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "unknown".to_owned());
    let set = |name: &str, value: &str| println!("cargo::rustc-env=BENCHLENS_{name}={value}");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    set("RUSTC", version.trim());
    set("TARGET", &variable("TARGET"));
    set(
        "PROFILE",
        &format!(
            "opt-level={} debug={}",
            variable("OPT_LEVEL"),
            variable("DEBUG")
        ),
    );
    println!("cargo::rerun-if-changed=build.rs");
}
