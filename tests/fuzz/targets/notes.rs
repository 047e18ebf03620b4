//! Fuzzes notes of a vault and heads of web pages: an unchanged note is written as the same file.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::notes(data));
