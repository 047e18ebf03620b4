//! Tables, notes of Anki and JSON: nothing panics, and a note of Anki comes back.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::tables(data));
