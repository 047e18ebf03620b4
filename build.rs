//! Makes the released program smaller: without the tables for unwinding, which `panic = "abort"` never reads
//! and which take 0.6 MB, and with one copy of equal functions. Cargo has flags for a target but none for a
//! profile, and tests and profilers need the tables.

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
        // Another linker than the one that Rust brings along may not know how to fold equal functions.
        if !of("CARGO_ENCODED_RUSTFLAGS").contains("link") {
            println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        }
    }
    Ok(())
}
