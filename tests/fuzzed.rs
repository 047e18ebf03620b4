//! The kept corpus of the fuzz targets (`tests/fuzz`), read in every run.

use std::path::Path;

#[path = "fuzz/readers.rs"]
mod readers;

#[test]
fn what_was_once_found_by_fuzzing_stays_found() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let targets: [(&str, fn(&[u8])); 4] =
        [("bibliographies", readers::bibliographies), ("pages", readers::pages), ("tables", readers::tables), ("notes", readers::notes)];
    for (name, target) in targets {
        let mut read = 0;
        for file in std::fs::read_dir(corpus.join(name)).unwrap() {
            target(&std::fs::read(file.unwrap().path()).unwrap());
            read += 1;
        }
        assert!(read > 0, "{name}");
    }
}
