//! Runs the fuzz targets (`tests/fuzz`) on their kept corpus, in every test run.

use std::path::Path;

#[path = "fuzz/readers.rs"]
pub(crate) mod readers;

#[test]
fn what_was_once_found_by_fuzzing_stays_found() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for name in ["bibliographies", "pages", "tables", "notes"] {
        let mut read = 0;
        for file in std::fs::read_dir(corpus.join(name)).unwrap() {
            let data = std::fs::read(file.unwrap().path()).unwrap();
            match name {
                "bibliographies" => readers::bibliographies(&data),
                "pages" => readers::pages(&data),
                "tables" => readers::tables(&data),
                _ => readers::notes(&data),
            }
            read += 1;
        }
        assert!(read > 0, "{name}");
    }
}
