//! Integration tests of what a user sees, in one binary. The name of each test is a sentence that
//! it proves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;
mod sync;

mod bibliography;
mod borders;
mod bulk;
mod capture;
mod command_line;
mod completion;
mod compounds;
mod concurrency;
mod conflicts;
mod costs;
mod crashes;
mod damage;
mod day;
mod docs;
mod documents;
mod duplicates;
mod foreign;
mod formats;
mod fuzzed;
mod hostile;
mod index;
mod keys;
mod kinds;
mod layers;
mod log;
mod month;
mod non_interference;
mod notes;
mod noting;
mod odd_records;
mod options;
mod other_pages;
mod page;
mod page_properties;
mod periods;
mod picker;
mod privacy;
mod publish;
mod purge;
mod questions;
mod ranking;
mod real_input;
mod references;
mod regrouped;
mod round_trips;
mod screens;
mod search;
mod site;
mod tables;
mod transcripts;
mod trust;
mod two_ways;
mod undo;
mod union;
mod vault;
mod whose_file;

#[test]
fn every_test_file_is_declared() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let own = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") else {
            continue;
        };
        let declared = format!("\nmod {module};\n");
        assert!(
            own.contains(&declared),
            "tests/{name} is not declared in tests/main.rs"
        );
    }
}
