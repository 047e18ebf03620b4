//! Leaves the tables for unwinding out of the released program: `panic = "abort"` never reads them, and
//! they take 0.6 MB. Cargo has flags for a target but none for a profile, and tests and profilers need them.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads its environment"
)]

use std::path::Path;
use std::{env, fs, io};

/// The sections to drop, for a linker of the GNU family. The C runtime refers to its own.
const SCRIPT: &str = "\
SECTIONS {
  /DISCARD/ : {
    *(EXCLUDE_FILE(*crtbegin*.o *crtend*.o) .eh_frame)
    *(.gcc_except_table*)
  }
} INSERT AFTER .rodata;
";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name| env::var(name).unwrap_or_default();
    let released = of("PROFILE") == "release" && of("DEBUG") == "false";
    if released && of("TARGET") == "x86_64-unknown-linux-gnu" {
        let script = Path::new(&of("OUT_DIR")).join("sections.ld");
        fs::write(&script, SCRIPT)?;
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
    Ok(())
}
