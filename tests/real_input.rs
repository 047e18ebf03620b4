//! Real input from `../shared`, where it is there: the notebook that kb is made for, and other people's pages.

use kb::format::page::headings::Headings;
use kb::format::page::read::read;
use kb::model::Kinds;

use crate::support::{Folder, shared};

#[test]
fn the_notebook_gives_43_entries_and_comes_back_byte_for_byte() {
    let Some(path) = shared("notebook/notebook.md") else { return };
    let folder = Folder::new();
    let given = folder.run(&["import", path.to_str().unwrap()]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(given.err.contains("43 new entries"), "{}", given.err);
    folder.ok(&["export", "out.md"]);
    assert_eq!(folder.read("out.md"), std::fs::read_to_string(&path).unwrap());
    let count = |filter: &[&str]| folder.ok(&[&["list"], filter, &["--tsv", "slug"]].concat()).lines().count();
    for (filter, expected) in [
        (&["goals"][..], 10),
        (&["goals", "status:learning"], 3),
        (&["goals", "status:want"], 3),
        (&["goals", "status:learnt"], 4),
        (&["achievements"], 7),
        (&["papers"], 7),
        (&["terms"], 8),
        (&["meetings"], 2),
        (&["posts"], 3),
        (&["projects"], 6),
        (&["achievements", "period:\"Summer 2023\""], 3),
        (&["papers", "topic:\"practical applications\""], 3),
        (&["alias:vae"], 1),
    ] {
        assert_eq!(count(filter), expected, "{filter:?}");
    }
    let history = folder.ok(&["history", "--tsv"]);
    folder.ok(&["import", path.to_str().unwrap()]);
    assert_eq!(folder.ok(&["history", "--tsv"]), history);
}

#[test]
fn other_peoples_pages_come_back_byte_for_byte() {
    let Some(root) = shared("corpora/markdown_notebooks") else { return };
    let kinds = Kinds::built_in();
    let mut folders = vec![root];
    let mut read_files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md" || end == "markdown") {
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                for whole in [None, Some("paper")] {
                    let headings = Headings::new(&kinds, &[], whole);
                    assert_eq!(read(&text, &kinds, &headings).text(), text, "{}", path.display());
                }
                read_files += 1;
            }
        }
    }
    crate::support::loudly(&format!("read {read_files} pages"));
    assert!(read_files > 0);
}
