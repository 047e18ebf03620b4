//! Files that people edit while the notebook changes: `kb sync`, `kb status` and `kb document`.

use serde_json::Value as Json;

use crate::support::{Dice, Folder, trials};

pub(crate) const PAGE: &str =
    "# Notes\n\nProse stays.\n\n## Terms\n\n- Logit: first line\n- Softmax: a sum\n";
pub(crate) const BIB: &str = "% mine\n@article{one,\n  title = {On Lists},\n  author = {Doe, Jane},\n  year = 2001,\n}\n\n@article{two,\n  title = {On Trees},\n  year = 2002,\n}\n";

/// A notebook that knows a page, a BibTeX file and a folder of two notes.
pub(crate) fn known() -> Folder {
    let folder = Folder::new();
    folder.write("page.md", PAGE);
    folder.write("refs.bib", BIB);
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/Alpha.md", "first\n\nsecond\n\nthird\n");
    folder.write("v/Beta.md", "---\ntags: [a]\n---\nbeta\n");
    for file in ["page.md", "refs.bib"] {
        folder.ok(&["import", file]);
    }
    folder.ok(&["import", "v/", "--kind", "post"]);
    folder.ok(&["sync"]);
    folder
}

/// The state of each document.
pub(crate) fn states(folder: &Folder) -> Vec<(String, String)> {
    let text = |row: &Json, name: &str| row[name].as_str().unwrap().to_owned();
    let rows: Vec<Json> = serde_json::from_str(&folder.ok(&["status", "--json"])).unwrap();
    rows.iter()
        .map(|row| (text(row, "path"), text(row, "state")))
        .collect()
}

pub(crate) fn all_same(folder: &Folder) {
    for (path, state) in states(folder) {
        assert_eq!(state, "same", "{path}");
    }
}

/// Replaces text in a file, by hand.
pub(crate) fn edit(folder: &Folder, file: &str, old: &str, new: &str) {
    let text = folder.read(file);
    assert!(text.contains(old), "{old} in {text}");
    folder.write(file, text.replacen(old, new, 1));
}

pub(crate) fn field(folder: &Folder, reference: &str, name: &str) -> String {
    folder
        .ok(&["list", reference, "--tsv", name])
        .trim_end()
        .to_owned()
}

/// The texts of all files outside of the notebook, by path.
fn texts(folder: &Folder) -> std::collections::BTreeMap<String, String> {
    let mut found = std::collections::BTreeMap::new();
    for name in ["page.md", "refs.bib"] {
        found.insert(name.to_owned(), folder.read(name));
    }
    let mut open = vec!["v".to_owned()];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(folder.path().join(&path)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{path}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                open.push(name);
            } else {
                found.insert(name.clone(), folder.read(&name));
            }
        }
    }
    found
}

#[test]
fn both_sides_come_in_step_and_a_second_sync_does_nothing() {
    let folder = known();
    all_same(&folder);
    assert_eq!(folder.ok(&["status"]), "");
    let before = folder.everything();
    folder.ok(&["set", "logit", "body=first line, longer"]);
    folder.ok(&["set", "one", "year=2003"]);
    folder.ok(&[
        "set",
        "alpha",
        "tags+=mine",
        "body=FIRST\n\nsecond\n\nthird",
    ]);
    edit(&folder, "page.md", "a sum", "a ratio");
    edit(&folder, "page.md", "Prose stays.", "Prose stays, edited.");
    edit(&folder, "refs.bib", "Doe, Jane", "Doe, Jane Q.");
    edit(&folder, "v/Alpha.md", "third", "THIRD");
    let states = states(&folder);
    assert!(
        states.iter().all(|(_, state)| state == "both changed"),
        "{states:?}"
    );
    let page = folder.read("page.md");
    let preview = folder.ok(&["sync", "--dry-run"]);
    assert_eq!(folder.read("page.md"), page, "a dry run writes nothing");
    assert_eq!(
        folder.ok(&["sync", "--dry-run"]),
        preview,
        "nor does it change the notebook"
    );
    let old = texts(&folder);
    folder.ok(&["sync"]);
    // The dry run showed what the sync did to each file, and nothing else.
    let mut now = old;
    for patch in preview.split("--- ").skip(1) {
        let (before, rest) = patch.split_once("\n+++ ").unwrap();
        let file = rest.lines().next().unwrap();
        assert_eq!(before == "/dev/null", !now.contains_key(file), "{patch}");
        let patch = format!("--- {patch}");
        let parsed = diffy::Patch::from_str(&patch).unwrap();
        let text = now.get(file).cloned().unwrap_or_default();
        now.insert(file.to_owned(), diffy::apply(&text, &parsed).unwrap());
    }
    assert_eq!(now, texts(&folder));
    let page = folder.read("page.md");
    for part in ["first line, longer", "a ratio", "Prose stays, edited."] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(
        folder.read("refs.bib"),
        BIB.replace("Doe, Jane", "Doe, Jane Q.")
            .replace("2001", "2003")
    );
    let note = folder.read("v/Alpha.md");
    assert!(note.ends_with("FIRST\n\nsecond\n\nTHIRD\n"), "{note}");
    assert!(note.contains("mine"), "{note}");
    assert_eq!(field(&folder, "one", "authors"), "Doe, Jane Q.");
    assert_eq!(field(&folder, "softmax", "body"), "a ratio");
    // A change in one document reaches the others that show the entry; then nothing is left to do.
    folder.ok(&["sync"]);
    all_same(&folder);
    let operations = folder.ok(&["history", "-l", "100"]).lines().count();
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["history", "-l", "100"]).lines().count(),
        operations
    );
    assert_ne!(folder.everything(), before);
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn moved_and_deleted_files_are_known_again_and_named() {
    let folder = known();
    let entries = folder.everything().lines().count();
    let rename =
        |from: &str, to: &str| std::fs::rename(folder.file(from), folder.file(to)).unwrap();
    rename("v/Alpha.md", "v/Gamma.md");
    std::fs::remove_file(folder.file("v/Beta.md")).unwrap();
    let done = folder.run(&["sync", "v"]);
    assert!(
        done.err.contains("`Beta.md` is gone, its entry stays"),
        "{}",
        done.err
    );
    assert!(!folder.file("v/Beta.md").exists() && !folder.file("v/Alpha.md").exists());
    assert_eq!(folder.everything().lines().count(), entries);
    // A whole folder that was renamed, by hand or said so.
    rename("v", "w");
    assert!(states(&folder).contains(&("v".to_owned(), "gone".to_owned())));
    folder.ok(&["import", "w"]);
    assert_eq!(folder.everything().lines().count(), entries);
    rename("w", "x");
    folder.ok(&["document", "move", "w", "x"]);
    rename("refs.bib", "x/refs.bib");
    assert!(folder.fails(3, &["sync"]).contains("`refs.bib` is gone"));
    folder.ok(&["document", "move", "refs.bib", "x/refs.bib"]);
    folder.ok(&["set", "one", "year=2020"]);
    folder.ok(&["sync"]);
    assert!(folder.read("x/refs.bib").contains("2020"));
    all_same(&folder);
    assert_eq!(folder.everything().lines().count(), entries);
    folder.fails(1, &["document", "move", "nowhere.bib", "x/refs.bib"]);
    folder.fails(2, &["document", "move", "x/refs.bib", "page.md"]);
    folder.ok(&["document", "move", "x/refs.bib", "works.bib"]);
    assert!(folder.read("works.bib").contains("2020") && !folder.file("x/refs.bib").exists());
    all_same(&folder);
    folder.fails(1, &["sync", "x/Gamma.txt"]);
}

#[test]
fn a_bibliography_takes_new_works_only_where_a_filter_says_so() {
    let folder = known();
    folder.ok(&["add", "paper", "Thesis matter", "--topic", "thesis"]);
    folder.ok(&["add", "paper", "Other matter"]);
    folder.ok(&["sync", "refs.bib"]);
    assert_eq!(folder.read("refs.bib"), BIB);
    folder.fails(2, &["document", "set", "refs.bib", "nofield:x"]);
    folder.ok(&["document", "set", "refs.bib", "topic:thesis"]);
    folder.ok(&["sync", "refs.bib"]);
    let text = folder.read("refs.bib");
    assert!(
        text.starts_with(BIB.trim_end()) && text.contains("Thesis matter"),
        "{text}"
    );
    assert!(!text.contains("Other matter"));
    folder.ok(&["document", "set", "refs.bib"]);
    folder.ok(&["add", "paper", "More of it", "--topic", "thesis"]);
    folder.ok(&["sync", "refs.bib"]);
    assert_eq!(folder.read("refs.bib"), text);
    folder.ok(&["remove", "thesis-matter", "--yes"]);
    folder.ok(&["sync", "refs.bib"]);
    assert_eq!(folder.read("refs.bib"), BIB);
}

#[test]
fn random_edits_of_files_and_notebook_meet_without_a_loss() {
    for seed in 0..trials(6, 1_000) {
        let mut dice = Dice(seed as u64 + 5);
        let folder = known();
        for round in 0..4 {
            let mut expected: Vec<(&str, String)> = Vec::new();
            let word = |side: &str, n: usize| format!("{side}{round}x{n}");
            for (n, (file, old)) in [
                ("page.md", "Prose"),
                ("refs.bib", "% mine"),
                ("v/Alpha.md", "second"),
            ]
            .into_iter()
            .enumerate()
            {
                if dice.next(2) == 0 {
                    let new = word("file", n);
                    edit(&folder, file, old, &format!("{old} {new}"));
                    expected.push((file, new));
                }
            }
            for (n, (file, reference, name)) in [
                ("page.md", "logit", "body"),
                ("page.md", "softmax", "body"),
                ("refs.bib", "one", "venue"),
                ("v/Beta.md", "beta", "body"),
            ]
            .into_iter()
            .enumerate()
            {
                if dice.next(2) == 0 {
                    let new = word("notebook", n);
                    folder.ok(&["set", reference, &format!("{name}={new}")]);
                    expected.push((file, new));
                }
            }
            folder.ok(&["sync"]);
            folder.ok(&["sync"]);
            all_same(&folder);
            for (file, word) in &expected {
                assert!(
                    folder.read(file).contains(word),
                    "seed {seed}: {word} in {file}"
                );
            }
        }
    }
}

#[test]
fn a_notebook_of_the_schema_before_documents_had_folders_opens() {
    let folder = Folder::new();
    std::fs::write(folder.notebook(), include_bytes!("notebooks/schema-8.db")).unwrap();
    assert_eq!(folder.ok(&["list", "--tsv", "title"]), "On Lists\nLogit\n");
    folder.write("a.bib", "@article{one,\n  title = {On Lists},\n}\n");
    assert_eq!(states(&folder), [("a.bib".to_owned(), "same".to_owned())]);
    folder.ok(&["set", "one", "year=2001"]);
    folder.ok(&["sync"]);
    assert!(folder.read("a.bib").contains("2001"));
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn nothing_is_lost_or_doubled_where_trials_found_it() {
    // A note that is renamed by hand keeps what changed in the notebook.
    let folder = known();
    folder.ok(&["set", "beta", "body=neu", "tags=t"]);
    std::fs::rename(folder.file("v/Beta.md"), folder.file("v/Delta.md")).unwrap();
    folder.ok(&["sync"]);
    let note = folder.read("v/Delta.md");
    assert!(note.contains("neu") && note.contains('t'), "{note}");
    assert_eq!(field(&folder, "kind:post", "title"), "Alpha\nDelta");
    // A new work whose slug is the key of another one is written once.
    let folder = Folder::new();
    folder.write("a.bib", "@misc{lasso, title={Regression shrinkage}}\n");
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["document", "set", "a.bib", "kind:paper"]);
    folder.ok(&["add", "paper", "Lasso"]);
    folder.ok(&["sync"]);
    let text = folder.read("a.bib");
    assert_eq!(text.matches('@').count(), 2, "{text}");
    folder.ok(&["sync"]);
    assert_eq!(folder.read("a.bib"), text);
    // An import that is undone leaves the file to its owner.
    let folder = Folder::new();
    let file = "% keep\n@article{a1, title={Alpha}, year=2001}\n@article{b1, title={Beta}}\n";
    folder.write("a.bib", file);
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["set", "a1", "period=2005"]);
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("a.bib"), file.replace("2001", "2005"));
    // A removed entry does not come back because something else was edited.
    folder.ok(&["remove", "b1", "--yes"]);
    edit(&folder, "a.bib", "% keep", "% keep this");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("a.bib"),
        "% keep this\n@article{a1, title={Alpha}, year=2005}\n"
    );
    assert_eq!(field(&folder, "kind:paper", "title"), "Alpha");
    let folder = known();
    folder.ok(&["remove", "beta", "--yes"]);
    edit(&folder, "v/Alpha.md", "second", "second, edited");
    folder.ok(&["sync", "v"]);
    assert_eq!(field(&folder, "kind:post", "title"), "Alpha");
    // One file that cannot be synced does not keep the others from it.
    let folder = known();
    std::fs::write(folder.file("l.bib"), b"@misc{k, title={Caf\xe9}}\n").unwrap();
    folder.ok(&["import", "l.bib"]);
    folder.ok(&["set", "k", "title=\u{65e5}\u{672c}"]);
    folder.ok(&["set", "one", "year=2005"]);
    folder.fails(3, &["sync"]);
    assert!(folder.read("refs.bib").contains("2005"));
    assert!(states(&folder).contains(&("l.bib".to_owned(), "cannot be written".to_owned())));
    edit(&folder, "refs.bib", "{On Trees}", "{On Trees");
    folder.ok(&["set", "logit", "body=other"]);
    folder.fails(3, &["sync"]);
    assert!(folder.read("page.md").contains("other"));
    assert!(folder.read("refs.bib").contains("{On Trees,"));
    folder.fails(2, &["document", "move", "v/Alpha.md", "v/Omega.md"]);
}

#[test]
fn a_citation_key_changes_where_the_user_changes_it() {
    let folder = known();
    folder.write("other.bib", BIB);
    folder.ok(&["import", "other.bib"]);
    // A key that was renamed in a file is the key of the work; another file keeps its own.
    edit(&folder, "refs.bib", "{two", "{roe2002");
    folder.ok(&["sync"]);
    assert_eq!(field(&folder, "kind:paper", "slug").lines().count(), 2);
    assert_eq!(field(&folder, "two", "aliases"), "two; roe2002");
    assert!(folder.read("refs.bib").contains("{roe2002,"));
    assert!(folder.read("other.bib").contains("{two,"));
    // A key that both sides changed is in conflict.
    folder.ok(&["set", "two", "key=nb"]);
    edit(&folder, "refs.bib", "{roe2002", "{hand");
    folder.fails(3, &["sync", "refs.bib"]);
    assert!(folder.read("refs.bib").contains("{hand,"));
    folder.ok(&["sync", "refs.bib", "--ours"]);
    folder.ok(&["sync"]);
    // `kb set key=` renames it in every file, under whatever name these have it.
    for file in ["refs.bib", "other.bib"] {
        assert!(folder.read(file).contains("{nb,"), "{}", folder.read(file));
    }
    // A key that is set goes into the files that have the one before.
    let said = folder.run(&["set", "one", "key=doe2001"]);
    assert!(
        said.err.contains("`\\cite{one}` is `\\cite{doe2001}` now"),
        "{}",
        said.err
    );
    let before = [folder.read("refs.bib"), folder.read("other.bib")];
    folder.ok(&["sync"]);
    for (file, before) in ["refs.bib", "other.bib"].iter().zip(before) {
        assert_eq!(
            folder.read(file),
            before.replace("{one,", "{doe2001,"),
            "{file}"
        );
    }
    all_same(&folder);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert!(folder.read("refs.bib").contains("{one,"));
    for key in ["two", "a b", "{x}"] {
        folder.fails(2, &["set", "one", &format!("key={key}")]);
    }
    folder.ok(&["add", "paper", "Typed"]);
    let error = folder.fails(2, &["set", "typed", "key=t"]);
    assert!(error.contains("slug=t"), "{error}");
}

#[test]
fn biblatex_keeps_a_former_key_as_an_id() {
    let folder = Folder::new();
    folder.write(
        "b.bib",
        "@article{one,\n  title = {On Lists},\n  date = {2001},\n}\n",
    );
    folder.ok(&["import", "b.bib"]);
    folder.ok(&["set", "one", "key=doe2001"]);
    folder.ok(&["set", "one", "key=doe01"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("b.bib"),
        "@article{doe01,\n  title = {On Lists},\n  date = {2001},\n  ids = {one,doe2001},\n}\n"
    );
    all_same(&folder);
}

#[test]
fn what_is_removed_leaves_its_documents_and_returns_with_it() {
    let folder = known();
    let before = [folder.read("refs.bib"), folder.read("v/Alpha.md")];
    folder.ok(&["remove", "paper/on-lists", "post/alpha", "--yes"]);
    folder.ok(&["sync"]);
    assert!(!folder.read("refs.bib").contains("On Lists"));
    assert!(!folder.file("v/Alpha.md").exists());
    all_same(&folder);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("refs.bib"), before[0]);
    assert_eq!(folder.read("v/Alpha.md"), before[1]);
    all_same(&folder);
    // A note that was edited since is left alone.
    edit(&folder, "v/Alpha.md", "first", "FIRST");
    folder.ok(&["remove", "post/alpha", "--yes"]);
    folder.run(&["sync"]);
    assert!(folder.read("v/Alpha.md").contains("FIRST"));
    // A record that was deleted by hand is named, and its entry stays.
    let text = folder.read("refs.bib");
    let at = text.find("@article{two").unwrap();
    let end = at + text[at..].find("\n}\n").unwrap() + 3;
    folder.write("refs.bib", format!("{}{}", &text[..at], &text[end..]));
    let said = folder.run(&["sync"]).err;
    assert!(said.contains("kb remove paper/on-trees"), "{said}");
    folder.ok(&["show", "two"]);
}

#[test]
fn an_edit_of_a_record_leaves_the_other_fields_of_its_work_alone() {
    let folder = Folder::new();
    folder.write("a.bib", "@article{one,\n  title = {On Lists},\n  author = {Doe, Jane},\n  volume = {3},\n}\n\n@article{oneb,\n  title = {On Lists: a study},\n  author = {Doe, Jane},\n  pages = {1--2},\n}\n");
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["merge", "one", "oneb"]);
    folder.ok(&["sync"]);
    let before = folder.read("a.bib");
    assert!(
        before.contains("volume = {3},\n  pages = {1--2},\n}"),
        "{before}"
    );
    // The record of the work that is merged reaches the entry, and nothing gets lost.
    let at = before.find("@article{oneb").unwrap();
    let second = before[at..].replace("1--2", "1--9");
    folder.write("a.bib", format!("{}{second}", &before[..at]));
    folder.ok(&["sync"]);
    assert_eq!(folder.read("a.bib"), before.replace("1--2", "1--9"));
    // A field that only the bibliography has is merged like any other.
    folder.ok(&["set", "one", "pages=5--6"]);
    edit(&folder, "a.bib", "volume = {3}", "volume = {4}");
    folder.ok(&["sync"]);
    let text = folder.read("a.bib");
    assert!(text.contains("volume = {4},\n  pages = {5--6},"), "{text}");
    folder.ok(&["set", "one", "volume=7"]);
    edit(&folder, "a.bib", "volume = {4}", "volume = {8}");
    folder.fails(3, &["sync"]);
    assert!(folder.read("a.bib").contains("volume = {8}"));
    folder.ok(&["sync", "--ours"]);
    assert!(folder.read("a.bib").contains("volume = {7}"));
    all_same(&folder);
}

#[test]
fn an_arxiv_id_is_written_in_the_language_of_the_file() {
    let folder = Folder::new();
    folder.write("tex.bib", "@misc{a,\n  title = {A},\n  year = 2001,\n}\n");
    folder.write(
        "latex.bib",
        "@online{b,\n  title = {B},\n  date = {2001},\n}\n",
    );
    folder.ok(&["import", "tex.bib"]);
    folder.ok(&["import", "latex.bib"]);
    folder.ok(&["add", "paper", "Toys", "--arxiv", "2209.10652"]);
    for file in ["tex.bib", "latex.bib"] {
        folder.ok(&["document", "set", file, "toys"]);
    }
    folder.ok(&["sync"]);
    assert!(folder.read("tex.bib").contains("archiveprefix = {arXiv}"));
    let latex = folder.read("latex.bib");
    assert!(
        latex.contains("eprinttype = {arxiv}") && !latex.contains("archiveprefix"),
        "{latex}"
    );
    all_same(&folder);
    let new = folder.ok(&[
        "export",
        "--format",
        "bibtex",
        "--dialect",
        "biblatex",
        "toys",
    ]);
    assert!(new.contains("eprinttype = {arxiv}"), "{new}");
}

#[test]
fn a_sync_of_several_files_is_one_step_of_undo() {
    let folder = known();
    let before = folder.everything();
    edit(&folder, "page.md", "a sum", "a ratio");
    edit(&folder, "refs.bib", "2001", "2003");
    edit(&folder, "v/Beta.md", "beta", "gamma");
    folder.ok(&["sync"]);
    let after = folder.everything();
    assert_ne!(after, before);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    folder.ok(&["redo"]);
    assert_eq!(folder.everything(), after);
    // One command is one step, and the one before it another.
    folder.ok(&["set", "term/logit", "body=one"]);
    folder.ok(&["set", "term/logit", "body=one"]);
    folder.ok(&["set", "term/logit", "body=two"]);
    folder.ok(&["undo"]);
    assert_eq!(field(&folder, "term/logit", "body"), "one");
    // An undone sync is not taken for what the files lack: they are read again.
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    folder.ok(&["sync"]);
    assert!(folder.read("refs.bib").contains("2003"));
    assert!(folder.read("v/Beta.md").contains("gamma"));
}

#[cfg(unix)]
#[test]
fn a_note_keeps_its_line_ends_and_its_lines_are_merged() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/N.md", "one\r\n\r\nmid\r\n\r\ntwo\r\n");
    folder.write("v/Mixed.md", "one\r\ntwo\n");
    std::os::unix::fs::symlink("/etc/passwd", folder.file("v/link.md")).unwrap();
    let said = folder.run(&["import", "v/"]).err;
    assert!(said.contains("`link.md` is a symbolic link"), "{said}");
    assert_eq!(folder.ok(&["export", "v/", "-q"]), "");
    assert_eq!(folder.read("v/N.md"), "one\r\n\r\nmid\r\n\r\ntwo\r\n");
    assert_eq!(folder.read("v/Mixed.md"), "one\r\ntwo\n");
    edit(&folder, "v/N.md", "one", "ONE");
    folder.ok(&["set", "n", "body=one\n\nmid\n\nTWO"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/N.md"), "ONE\r\n\r\nmid\r\n\r\nTWO\r\n");
    assert_eq!(folder.read("v/Mixed.md"), "one\r\ntwo\n");
    all_same(&folder);
}

#[test]
fn works_that_trade_their_citation_keys_keep_what_is_theirs() {
    let folder = Folder::new();
    let record = |key: &str, title: &str, doi: &str| {
        format!(
            "@article{{{key},\n  title = {{{title}}},\n  year = 2001,\n  doi = {{10.1000/{doi}}},\n}}\n"
        )
    };
    let file = record("a", "One", "one") + &record("b", "Two", "two");
    folder.write("p.bib", file);
    folder.ok(&["import", "p.bib"]);
    folder.ok(&["set", "paper/one", "rating=5"]);
    let traded = record("b", "One", "one") + &record("a", "Two", "two");
    folder.write("p.bib", &traded);
    folder.ok(&["sync"]);
    let list = [
        "list",
        "papers",
        "--sort",
        "slug",
        "--tsv",
        "slug,title,doi,rating,aliases",
    ];
    assert_eq!(
        folder.ok(&list),
        "one\tOne\t10.1000/one\t5\tb\ntwo\tTwo\t10.1000/two\t\ta\n"
    );
    assert_eq!(folder.read("p.bib"), traded);
    folder.ok(&["set", "paper/two", "venue=J"]);
    folder.ok(&["sync"]);
    assert!(folder.read("p.bib").starts_with(&record("b", "One", "one")));
    assert!(folder.read("p.bib").contains("journal = {J}"));
    all_same(&folder);
}

#[test]
fn an_unedited_file_that_is_imported_again_still_gets_what_changes() {
    let folder = Folder::new();
    folder.write("a.bib", "@misc{a,\n  title = {One},\n  year = 2001,\n}\n");
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["set", "a", "year=2002"]);
    let said = folder.run(&["import", "a.bib"]);
    assert_eq!(said.code, Some(0));
    assert!(!said.err.contains("says something"), "{}", said.err);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("a.bib"),
        "@misc{a,\n  title = {One},\n  year = 2002,\n}\n"
    );
}

#[test]
fn a_copy_of_a_file_that_kb_wrote_gets_what_changes() {
    let folder = Folder::new();
    folder.write(
        "p.bib",
        "@article{aa,\n  title = {One},\n  journal = {J},\n  year = 2001,\n}\n",
    );
    folder.ok(&["import", "p.bib"]);
    folder.ok(&["set", "aa", "title=Uno"]);
    folder.ok(&["sync"]);
    folder.write("q.bib", folder.read("p.bib"));
    let said = folder.run(&["import", "q.bib"]).err;
    assert!(!said.contains("says something"), "{said}");
    folder.ok(&["set", "aa", "venue=K"]);
    folder.ok(&["sync"]);
    for file in ["p.bib", "q.bib"] {
        assert!(folder.read(file).contains("journal = {K}"), "{file}");
    }
}

#[test]
fn a_filter_says_which_new_entries_a_page_or_a_folder_takes() {
    let folder = known();
    folder.ok(&["document", "set", "page.md", "topic:wanted"]);
    folder.ok(&["document", "set", "v", "kind:post", "topic:wanted"]);
    folder.ok(&["add", "term", "Kept in", "--topic", "wanted"]);
    folder.ok(&["add", "term", "Left out"]);
    folder.ok(&["add", "post", "News", "--topic", "wanted"]);
    folder.ok(&["add", "post", "Olds", "see [[news]]"]);
    folder.ok(&["set", "beta", "tags+=b"]);
    let preview = folder.ok(&["sync", "--dry-run"]);
    assert!(
        !preview.contains("Left out") && !preview.contains("Olds"),
        "{preview}"
    );
    folder.ok(&["sync"]);
    let page = folder.read("page.md");
    assert!(
        page.contains("Kept in") && !page.contains("Left out"),
        "{page}"
    );
    assert!(folder.file("v/post/news.md").exists());
    for absent in ["v/post/olds.md", "v/term/kept-in.md", "v/term/left-out.md"] {
        assert!(!folder.file(absent).exists(), "{absent}");
    }
    // What stands in a file stays there, also where the filter does not find it.
    assert_eq!(folder.read("v/Beta.md"), "---\ntags: [a, b]\n---\nbeta\n");
    assert!(page.contains("- Logit: first line\n"), "{page}");
    // A note that was added later is of the same folder, with the same filter.
    folder.write("v/Gamma.md", "gamma\n");
    folder.ok(&["sync"]);
    folder.ok(&["add", "post", "Later"]);
    folder.ok(&["sync"]);
    assert!(!folder.file("v/post/later.md").exists());
    all_same(&folder);
    // Without a filter, they take what is usual.
    let said = folder.run(&["document", "set", "v"]).err;
    assert!(said.contains("takes every entry"), "{said}");
    folder.ok(&["document", "set", "page.md"]);
    folder.ok(&["sync"]);
    assert!(folder.file("v/post/later.md").exists());
    assert!(folder.read("page.md").contains("Left out"));
    let said = folder.fails(2, &["document", "set", "page.md", "nosuch:1"]);
    assert!(said.contains("nosuch"), "{said}");
    folder.write("t.csv", "title,kind\nA,term\n");
    folder.ok(&["import", "t.csv"]);
    let said = folder.fails(2, &["document", "set", "t.csv", "kind:term"]);
    assert!(said.contains("nothing new goes into it"), "{said}");
}
