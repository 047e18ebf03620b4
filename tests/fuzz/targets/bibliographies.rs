//! Bibliographies of every dialect: nothing panics, and what is written reads back and is written the same.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::bibliographies(data));
