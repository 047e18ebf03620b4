//! Pages: the pieces, joined, are the page, and it is written as it was unless an entry changed.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::pages(data));
