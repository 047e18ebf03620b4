//! Fuzzes pages: the pieces join to the page, and an unchanged page is written as the same text.
#![no_main]
#[path = "../readers.rs"]
mod readers;
libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::pages(data));
