//! Fuzzes bibliographies of every dialect: no panic, and a second export equals the first.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::bibliographies(data));
