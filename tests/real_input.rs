//! Real input from `../shared`, if it exists: the notebook that kb is made for, and pages of other
//! people.

use kb::model::{Audience, Clock};
use kb::notebook::entries::Assignment;
use kb::notebook::history::Which;
use kb::notebook::page::{PageOptions, PageOrigin};
use kb::notebook::{IfMissing, Notebook, Session};
use kb::store::{Reversal, WriteMode};

use crate::support::{Folder, loudly, shared};

#[test]
fn the_notebook_gives_43_entries_and_comes_back_byte_for_byte() {
    let Some(path) = shared("notebook/notebook.md") else {
        return;
    };
    let folder = Folder::new();
    let given = folder.run(&["import", path.to_str().unwrap()]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(given.err.contains("43 new entries"), "{}", given.err);
    folder.ok(&["export", "out.md"]);
    assert_eq!(
        folder.read("out.md"),
        std::fs::read_to_string(&path).unwrap()
    );
    let count = |filter: &[&str]| {
        folder
            .ok(&[&["list"], filter, &["--tsv", "slug"]].concat())
            .lines()
            .count()
    };
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
fn other_peoples_pages_come_back_byte_for_byte_and_a_second_import_does_nothing() {
    let Some(root) = shared("corpora/markdown_notebooks") else {
        return;
    };
    let folder = Folder::new();
    let mut folders = vec![root];
    let (mut pages, mut edited) = (0, 0);
    let clock = Clock {
        now: chrono::DateTime::UNIX_EPOCH,
        today: chrono::NaiveDate::default(),
    };
    let session = Session {
        clock,
        command: "import".to_owned(),
        actor: "user".to_owned(),
        command_id: None,
        mode: WriteMode::Commit,
        effects: kb::store::Effects::default(),
        folder: None,
    };
    while let Some(path) = folders.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| end == "md" || end == "markdown")
            {
                let Ok(text) = std::fs::read_to_string(&path) else {
                    continue;
                };
                for kind in [None, Some("paper".to_owned())] {
                    let (mut notebook, _) = Notebook::open_to_write(
                        &folder.notebook(),
                        session.clone(),
                        IfMissing::Fail,
                    )
                    .unwrap();
                    let options = PageOptions {
                        sections: Vec::new(),
                        kind,
                        ..PageOptions::default()
                    };
                    notebook
                        .import_page(&PageOrigin::named("page.md"), &text, &options)
                        .unwrap();
                    assert_eq!(
                        notebook
                            .export_page(Some("page.md"), Audience::Public)
                            .unwrap()
                            .text,
                        text,
                        "{} {options:?}",
                        path.display()
                    );
                    let again = notebook
                        .import_page(&PageOrigin::named("page.md"), &text, &options)
                        .unwrap();
                    assert!(
                        !again.changed,
                        "{}: a second import records no operation",
                        path.display()
                    );
                    edited += usize::from(only_the_lines_of_an_edit_differ(
                        &mut notebook,
                        &text,
                        &path,
                    ));
                    while notebook.reverse(&Which::Next(None), Reversal::Undo).is_ok() {}
                }
                pages += 1;
            }
        }
    }
    loudly(&format!(
        "read {pages} pages, and changed an entry on {edited} of them"
    ));
    assert!(pages > 0 && edited > 0);
}

/// Changes the title of an entry in the middle of a page and checks that only its lines differ.
/// Returns false if the page has no entry.
fn only_the_lines_of_an_edit_differ(
    notebook: &mut Notebook,
    before: &str,
    path: &std::path::Path,
) -> bool {
    let entries = notebook.targets(&["private:no".to_owned()]).unwrap();
    let Some(target) = entries.get(entries.len() / 2) else {
        return false;
    };
    let assignment = Assignment::read("title=A wholly other title").unwrap();
    notebook
        .set(std::slice::from_ref(target), &[assignment])
        .unwrap();
    let after = notebook
        .export_page(Some("page.md"), Audience::Public)
        .unwrap()
        .text;
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..]
        .iter()
        .rev()
        .zip(new[same..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (gone, come) = (&old[same..old.len() - tail], &new[same..new.len() - tail]);
    assert!(
        come.iter()
            .any(|line| line.contains("A wholly other title")),
        "{}: {come:?}",
        path.display()
    );
    // The title may span up to three lines.
    assert!(
        gone.len() <= 3 && come.len() <= 3,
        "{}: {gone:#?} became {come:#?}",
        path.display()
    );
    notebook
        .reverse(&Which::Next(None), Reversal::Undo)
        .unwrap();
    true
}
