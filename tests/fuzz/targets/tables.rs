//! Fuzzes tables, Anki notes and JSON: no panic, and an Anki note keeps its title and body.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::tables(data));
