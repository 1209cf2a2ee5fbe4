//! A heap profile that dhat wrote, as pprof's protobuf or as folded stacks.
//!
//! `cargo run --example export_profile -- crates/benchlens/fixtures/profiles/dhat.json pprof out.pb.gz`

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use benchlens::profile::dhat::HeapProfile;
use benchlens::report::{folded, pprof};

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [profile, format, output] = arguments.as_slice() else {
        bail!("usage: export_profile DHAT.json pprof|folded OUTPUT");
    };
    let profile = HeapProfile::read(Path::new(profile))?.within_call("benchlens_heap::measure");
    let encoded = match format.as_str() {
        "pprof" => pprof::encode(&profile)?,
        "folded" => folded::encode(&profile).into_bytes(),
        other => bail!("unknown format `{other}`: pprof or folded"),
    };
    fs::write(output, encoded).with_context(|| format!("cannot write {output}"))
}
