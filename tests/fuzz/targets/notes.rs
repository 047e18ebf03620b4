//! Notes of a vault, their front matter, and heads of web pages: what did not change is written as it was.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::notes(data));
