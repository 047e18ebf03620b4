//! Entries that a file and the notebook both changed: they are left alone until `kb sync` settles them.

use crate::support::{Dice, Folder, trials};
use crate::sync::{PAGE, all_same, edit, field, known, states};

#[test]
fn what_both_sides_changed_is_left_alone_until_it_is_settled() {
    for (file, reference, set, old, new, one) in [
        (
            "page.md",
            "logit",
            "body=ours",
            "first line",
            "theirs",
            "body",
        ),
        ("refs.bib", "two", "year=2010", "2002", "2011", "year"),
        ("v/Beta.md", "beta", "body=ours", "beta", "theirs", "body"),
    ] {
        for (how, expected) in [("--ours", 0), ("--theirs", 1)] {
            let folder = known();
            folder.ok(&["set", reference, set]);
            edit(&folder, file, old, new);
            let (text, all) = (folder.read(file), folder.everything());
            let error = folder.fails(3, &["sync"]);
            assert!(error.contains(&format!("--{}", &how[2..])), "{error}");
            assert_eq!((folder.read(file), folder.everything()), (text, all));
            folder.ok(&["sync", file.split('/').next().unwrap(), how]);
            let values = [set.split_once('=').unwrap().1, new];
            assert_eq!(
                field(&folder, reference, one),
                values[expected],
                "{file} {how}"
            );
            assert!(folder.read(file).contains(values[expected]), "{file} {how}");
            folder.ok(&["sync"]);
            all_same(&folder);
        }
    }
}

#[test]
fn an_entry_that_both_sides_changed_is_left_alone_and_all_others_come_in_step() {
    let folder = known();
    folder.ok(&["set", "logit", "body=ours"]);
    folder.ok(&["set", "one", "year=2010"]);
    folder.ok(&["set", "two", "year=2012"]);
    folder.ok(&["set", "beta", "body=ours"]);
    edit(&folder, "page.md", "first line", "theirs");
    edit(&folder, "page.md", "a sum", "a ratio");
    edit(&folder, "refs.bib", "2001", "2011");
    edit(&folder, "refs.bib", "On Trees", "On Forests");
    edit(&folder, "v/Beta.md", "beta", "theirs");
    edit(&folder, "v/Alpha.md", "third", "THIRD");
    let error = folder.fails(3, &["sync"]);
    for reference in ["term/logit", "paper/on-lists", "post/beta"] {
        assert_eq!(
            error.matches(reference).count(),
            1,
            "{reference} in {error}"
        );
    }
    let page = folder.read("page.md");
    assert!(
        page.contains("theirs") && page.contains("a ratio"),
        "{page}"
    );
    let bib = folder.read("refs.bib");
    for part in ["2011", "On Forests", "2012"] {
        assert!(bib.contains(part), "{part} in {bib}");
    }
    assert!(folder.read("v/Beta.md").ends_with("theirs\n"));
    for (reference, name, value) in [
        ("term/logit", "body", "ours"),
        ("paper/on-lists", "year", "2010"),
        ("paper/on-trees", "title", "On Forests"),
        ("softmax", "body", "a ratio"),
        ("post/beta", "body", "ours"),
        ("alpha", "body", "first\\n\\nsecond\\n\\nTHIRD"),
    ] {
        assert_eq!(field(&folder, reference, name), value, "{reference}");
    }
    // A second sync names them again and changes nothing.
    let before = (folder.everything(), page, bib);
    let operations = folder.ok(&["history", "-l", "100"]);
    folder.fails(3, &["sync"]);
    let after = (
        folder.everything(),
        folder.read("page.md"),
        folder.read("refs.bib"),
    );
    assert_eq!(before, after);
    assert_eq!(folder.ok(&["history", "-l", "100"]), operations);
    assert!(states(&folder).iter().all(|(_, state)| state == "conflict"));
    let shown = folder.run(&["status"]);
    assert!(
        shown.err.contains("kb sync refs.bib --theirs"),
        "{}",
        shown.err
    );
    // An import still refuses, and each document is settled on its own.
    folder.fails(2, &["import", "refs.bib"]);
    folder.ok(&["sync", "refs.bib", "--theirs"]);
    assert_eq!(field(&folder, "paper/on-lists", "year"), "2011");
    folder.ok(&["sync", "page.md", "--ours"]);
    assert!(folder.read("page.md").contains("Logit: ours"));
    // Agreement by hand settles it too.
    folder.ok(&["set", "beta", "body=theirs"]);
    folder.ok(&["sync"]);
    all_same(&folder);
}

#[test]
fn a_table_in_conflict_is_read_but_for_the_entry_in_conflict() {
    let folder = Folder::new();
    folder.write("t.csv", "title,body\nLogit,first\nSoftmax,sum\n");
    folder.ok(&["import", "t.csv", "--kind", "term"]);
    folder.ok(&["export", "t.csv", "kind:term", "--force"]);
    folder.ok(&["set", "logit", "body=ours"]);
    edit(&folder, "t.csv", "first", "theirs");
    edit(&folder, "t.csv", "sum", "ratio");
    for _ in 0..2 {
        let error = folder.fails(3, &["sync"]);
        assert!(error.contains("term/logit"), "{error}");
        assert_eq!(field(&folder, "logit", "body"), "ours");
        assert_eq!(field(&folder, "softmax", "body"), "ratio");
        assert_eq!(
            states(&folder),
            [("t.csv".to_owned(), "conflict".to_owned())]
        );
    }
    folder.ok(&["sync", "--theirs"]);
    assert_eq!(field(&folder, "logit", "body"), "theirs");
}

/// What can be edited on both sides: the file, its text, the entry and its field.
const PLACES: [(&str, &str, &str, &str); 6] = [
    ("page.md", "first line", "term/logit", "body"),
    ("page.md", "a sum", "term/softmax", "body"),
    ("refs.bib", "Doe, Jane", "paper/on-lists", "authors"),
    ("refs.bib", "2002", "paper/on-trees", "year"),
    ("v/Alpha.md", "second", "post/alpha", "body"),
    ("v/Beta.md", "beta", "post/beta", "body"),
];

#[test]
fn random_triples_of_base_file_and_notebook_lose_nothing_and_report_each_conflict_once() {
    // Each seed has a triple of a page, of a BibTeX file and of a folder of notes.
    for seed in 0..trials(4, 1_667) {
        let mut dice = Dice(seed as u64 + 77);
        let folder = known();
        let mut edited = Vec::new();
        for (n, (file, old, reference, name)) in PLACES.into_iter().enumerate() {
            let value = |side: usize| match name {
                "year" => (1900 + 10 * n + side).to_string(),
                "authors" => format!("Side{side}, N{n}"),
                _ => format!("side{side} n{n}"),
            };
            let sides = dice.next(4);
            let theirs = (sides & 1 > 0).then(|| value(1));
            let ours = (sides & 2 > 0).then(|| value(2));
            if let Some(theirs) = &theirs {
                edit(&folder, file, old, theirs);
            }
            if let Some(ours) = &ours {
                // A body merges by lines: both sides change the same one.
                let body = "first\n\nsecond\n\nthird".replace("second", ours);
                let value = if reference == "post/alpha" {
                    &body
                } else {
                    ours
                };
                folder.ok(&["set", reference, &format!("{name}={value}")]);
            }
            edited.push((PLACES[n], theirs, ours));
        }
        let is_conflict = edited
            .iter()
            .any(|(_, theirs, ours)| theirs.is_some() && ours.is_some());
        let done = folder.run(&["sync"]);
        assert_eq!(
            done.code,
            Some(if is_conflict { 3 } else { 0 }),
            "seed {seed}: {}",
            done.err
        );
        let check = |done: &crate::support::Given| {
            edited
                .iter()
                .all(|((file, _, reference, name), theirs, ours)| {
                    let text = folder.read(file);
                    let stored = field(&folder, reference, name);
                    match (theirs, ours) {
                        (Some(theirs), Some(ours)) => {
                            done.err.matches(reference).count() == 1
                                && text.contains(theirs.as_str())
                                && !text.contains(ours.as_str())
                                && stored.contains(ours.as_str())
                        }
                        (Some(new), None) | (None, Some(new)) => {
                            text.contains(new.as_str()) && stored.contains(new.as_str())
                        }
                        (None, None) => true,
                    }
                })
        };
        assert!(check(&done), "seed {seed}: {edited:?}: {}", done.err);
        let all = |folder: &Folder| {
            let files = ["page.md", "refs.bib", "v/Alpha.md", "v/Beta.md"];
            (folder.everything(), files.map(|file| folder.read(file)))
        };
        let before = all(&folder);
        let again = folder.run(&["sync"]);
        assert_eq!(
            all(&folder),
            before,
            "seed {seed}: a second sync does nothing"
        );
        assert_eq!(again.code, done.code, "seed {seed}");
        // The control: where the file wins, the value of the notebook is gone.
        let theirs = folder.run(&["sync", "--theirs"]);
        assert_eq!(check(&theirs), !is_conflict, "seed {seed}: the control");
        folder.ok(&["sync"]);
        all_same(&folder);
    }
}

#[test]
fn what_a_fresh_reader_broke_in_a_sync_holds() {
    // A renamed key and a conflict in one record: the conflict stays until it is settled.
    let folder = known();
    folder.ok(&["set", "paper/on-trees", "year=2010"]);
    edit(&folder, "refs.bib", "{two", "{roe2002");
    edit(&folder, "refs.bib", "year = 2002", "year = 2011");
    for _ in 0..2 {
        let error = folder.fails(3, &["sync"]);
        assert_eq!(error.matches("paper/on-trees").count(), 1, "{error}");
        assert!(folder.read("refs.bib").contains("2011"));
    }
    folder.ok(&["sync", "refs.bib", "--theirs"]);
    assert_eq!(field(&folder, "paper/on-trees", "year"), "2011");
    folder.ok(&["show", "roe2002"]);
    folder.ok(&["sync"]);
    all_same(&folder);

    // Removed in the notebook and edited in the file: neither side is lost in silence.
    for (file, old, new, reference) in [
        ("v/Beta.md", "beta", "by hand", "post/beta"),
        ("refs.bib", "2001", "2099", "paper/on-lists"),
    ] {
        let folder = known();
        edit(&folder, file, old, new);
        folder.ok(&["remove", reference, "--yes"]);
        for _ in 0..2 {
            folder.fails(3, &["sync"]);
            assert!(folder.read(file).contains(new), "{file}");
            folder.fails(1, &["show", reference]);
        }
        folder.ok(&["sync", "--theirs"]);
        folder.ok(&["show", reference]);
        assert!(folder.read(file).contains(new), "{file}");
        let folder = known();
        edit(&folder, file, old, new);
        folder.ok(&["remove", reference, "--yes"]);
        folder.ok(&["sync", "--ours"]);
        folder.fails(1, &["show", reference]);
        assert!(!folder.file(file).exists() || !folder.read(file).contains(new));
    }

    // A second record of a known work stops nothing else.
    let folder = known();
    let text = folder.read("refs.bib")
        + "\n@misc{one-b,\n  title = {On Lists},\n  author = {Doe, Jane},\n  year = 2001,\n}\n";
    folder.write("refs.bib", &text);
    folder.ok(&["sync"]);
    folder.ok(&["set", "paper/on-trees", "year=1999"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("refs.bib"), text.replace("2002", "1999"));
    all_same(&folder);

    // What cannot be read is not gone, and nothing is taken from it.
    let folder = known();
    edit(&folder, "refs.bib", "{On Lists}", "{On Lists");
    let said = folder.run(&["sync"]).err;
    assert!(!said.contains("kb remove"), "{said}");
    let folder = known();
    folder.ok(&["set", "post/beta", "tags+=mine"]);
    edit(&folder, "v/Beta.md", "[a]", "[a");
    folder.fails(3, &["sync"]);
    assert_eq!(field(&folder, "post/beta", "tags"), "a; mine");
    edit(&folder, "v/Beta.md", "[a", "[a]");
    folder.ok(&["sync"]);
    assert_eq!(field(&folder, "post/beta", "tags"), "a; mine");
    assert!(folder.read("v/Beta.md").contains("mine"));

    // A change from one file reaches the others in the same sync.
    let folder = Folder::new();
    for file in ["a.md", "b.md"] {
        folder.write(file, PAGE);
        folder.ok(&["import", file]);
    }
    edit(&folder, "b.md", "a sum", "a ratio");
    folder.ok(&["sync"]);
    assert!(folder.read("a.md").contains("a ratio"));
    all_same(&folder);

    // The record of a work that was merged into another says a part of it.
    let folder = Folder::new();
    folder.write("m.bib", "@misc{one, title = {On Lists}, annotation = {first}}\n@misc{two, title = {On Trees}, annotation = {second}}\n");
    folder.ok(&["import", "m.bib"]);
    folder.ok(&["merge", "one", "two"]);
    folder.ok(&["sync"]);
    edit(
        &folder,
        "m.bib",
        "{two, title = {On Trees}, annotation = {second}",
        "{two, title = {On Trees}, annotation = {by hand}",
    );
    folder.ok(&["sync"]);
    let body = field(&folder, "paper/on-lists", "body");
    assert!(
        body.contains("first") && body.contains("by hand") && !body.contains("second"),
        "{body}"
    );
}

#[test]
fn a_title_that_both_sides_changed_is_one_entry_in_conflict() {
    let folder = known();
    folder.ok(&["set", "term/logit", "title=Log odds"]);
    edit(&folder, "page.md", "- Logit:", "- Inverse sigmoid:");
    for _ in 0..2 {
        let error = folder.fails(3, &["sync"]);
        assert!(error.contains("term/log"), "{error}");
        assert_eq!(field(&folder, "kind:term", "title"), "Log odds\nSoftmax");
        assert!(
            folder
                .read("page.md")
                .contains("- Inverse sigmoid: first line")
        );
    }
    folder.ok(&["sync", "--theirs"]);
    assert_eq!(
        field(&folder, "kind:term", "title"),
        "Inverse sigmoid\nSoftmax"
    );
}

#[test]
fn what_was_edited_on_a_page_of_an_entry_that_became_private_is_a_conflict() {
    let folder = Folder::new();
    folder.write("n.md", "# P\n\n## Terms\n\n- VAE: def\n- B: b\n");
    folder.ok(&["import", "-q", "n.md"]);
    folder.ok(&["add", "term", "Zed", "public"]);
    folder.ok(&["export", "n.md"]);
    folder.ok(&["set", "term/zed", "private=yes", "body=SECRET"]);
    let edited = folder
        .read("n.md")
        .replace("Zed: public", "Zed: public edited");
    folder.write("n.md", &edited);
    for words in [vec!["sync"], vec!["sync", "n.md"]] {
        let error = folder.fails(3, &words);
        assert!(error.contains("term/zed"), "{error}");
        assert_eq!(folder.read("n.md"), edited);
        assert_eq!(
            folder.ok(&["list", "term/zed", "--tsv", "body"]),
            "SECRET\n"
        );
    }
    folder.ok(&["sync", "n.md", "--ours"]);
    assert_eq!(
        folder.ok(&["list", "term/zed", "--tsv", "body"]),
        "SECRET\n"
    );
    assert!(!folder.read("n.md").contains("Zed"));
}

#[test]
fn an_entry_that_was_removed_and_edited_on_its_page_is_a_conflict() {
    for (how, left) in [("--theirs", 1), ("--ours", 0)] {
        let folder = known();
        folder.ok(&["remove", "--yes", "logit"]);
        edit(&folder, "page.md", "first line", "theirs");
        let page = folder.read("page.md");
        for words in [&["sync"][..], &["sync", "page.md"]] {
            let error = folder.fails(3, words);
            assert!(error.contains("term/logit"), "{error}");
            assert_eq!(folder.read("page.md"), page);
        }
        let status = folder.run(&["status"]);
        assert!(status.out.contains("conflict") && status.err.contains("`term/logit`"));
        folder.ok(&["sync", "page.md", how]);
        let found = folder.ok(&["list", "terms", "--tsv", "title"]);
        assert_eq!(found.matches("Logit").count(), left, "{how}: {found}");
        assert_eq!(folder.read("page.md").matches("theirs").count(), left);
        folder.ok(&["sync"]);
        all_same(&folder);
    }
}

#[test]
fn what_is_left_alone_on_a_page_keeps_no_other_entry_on_it() {
    let folder = Folder::new();
    folder.write(
        "p.md",
        "## Terms\n\n- Alpha: A.\n- Beta: B.\n- Gamma: G.\n- Delta: D.\n- Eta: E.\n",
    );
    folder.ok(&["import", "p.md"]);
    edit(&folder, "p.md", "G.", "Ours by hand.");
    edit(&folder, "p.md", "E.", "E by hand.");
    for private in ["beta", "gamma"] {
        folder.ok(&["set", private, "private=yes"]);
    }
    folder.ok(&["set", "delta", "body=D here."]);
    folder.ok(&["remove", "eta"]);
    for _ in 0..2 {
        let error = folder.fails(3, &["sync"]);
        assert!(
            error.contains("still on the page: term/gamma (private), term/eta (removed)"),
            "{error}"
        );
        assert_eq!(
            folder.read("p.md"),
            "## Terms\n\n- Alpha: A.\n- Gamma: Ours by hand.\n- Delta: D here.\n- Eta: E by hand.\n"
        );
    }
    assert_eq!(folder.ok(&["status"]), "p.md\tpage\tconflict\n");
    folder.ok(&["sync", "--ours"]);
    assert_eq!(
        folder.read("p.md"),
        "## Terms\n\n- Alpha: A.\n- Delta: D here.\n"
    );
    folder.ok(&["sync"]);
    assert_eq!(field(&folder, "gamma", "body"), "G.");

    // An item that does not fit its kind stays in the file, and nothing else waits for it.
    folder.write(
        "q.md",
        "## Papers\n\n- [One](https://a.example/1): A.\n- Two: B.\n",
    );
    folder.ok(&["import", "q.md"]);
    let long = "long".repeat(400);
    edit(&folder, "q.md", "One", &long);
    folder.write("q.md", format!("{}- {long}: new\n", folder.read("q.md")));
    folder.ok(&["set", "two", "private=yes"]);
    for _ in 0..2 {
        let error = folder.fails(3, &["sync", "q.md"]);
        assert!(
            error.contains("q.md:3:1: title is 1600 characters long"),
            "{error}"
        );
        assert_eq!(
            folder.read("q.md"),
            format!("## Papers\n\n- [{long}](https://a.example/1): A.\n- {long}: new\n")
        );
    }
    edit(&folder, "q.md", &format!("[{long}]"), "[Short]");
    edit(&folder, "q.md", &format!("- {long}: new\n"), "");
    folder.ok(&["sync", "q.md"]);
    assert!(
        folder
            .ok(&["list", "papers", "--tsv", "title"])
            .contains("Short\n")
    );
}

#[test]
fn a_link_that_the_author_wrote_to_a_private_entry_is_no_conflict() {
    let folder = Folder::new();
    folder.ok(&["add", "post", "Hidden", "--private"]);
    folder.ok(&["add", "post", "Open"]);
    folder.write(
        "p.md",
        "## Terms\n\n- Tau: see [[hidden]] one.\n- Phi: see [[open|these words]] one.\n",
    );
    folder.ok(&["import", "p.md"]);
    assert_eq!(
        folder.ok(&["status"]),
        "",
        "the page comes back as its author wrote it"
    );
    // As without the private entry: the output does not tell whether there is one.
    folder.ok(&["set", "open", "private=yes"]);
    edit(&folder, "p.md", "see [[hidden]] one", "see [[hidden]] two");
    edit(&folder, "p.md", "words]] one", "words]] two");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("p.md"),
        "## Terms\n\n- Tau: see [[hidden]] two.\n- Phi: see these words two.\n"
    );
    assert_eq!(
        field(&folder, "phi", "body"),
        "see [[open|these words]] two."
    );
    // What was written without the link gets it back in the notebook.
    edit(&folder, "p.md", "these words two", "these words three");
    folder.ok(&["sync"]);
    assert_eq!(
        field(&folder, "phi", "body"),
        "see [[open|these words]] three."
    );
    folder.ok(&["sync"]);
    all_same(&folder);
}

#[test]
fn after_an_undo_what_was_edited_by_hand_is_still_compared_with_what_was_before() {
    // A page: the conflict is there again, and neither side is written over.
    let folder = Folder::new();
    folder.write("p.md", "## Terms\n\n- Alpha: A.\n- Beta: B.\n");
    folder.ok(&["import", "p.md"]);
    folder.ok(&["set", "alpha", "body=KB"]);
    folder.ok(&["remove", "beta"]);
    edit(&folder, "p.md", "A.", "HAND");
    edit(&folder, "p.md", "B.", "HAND too");
    let edited = folder.read("p.md");
    folder.fails(3, &["sync"]);
    folder.ok(&["sync", "--theirs"]);
    folder.ok(&["undo"]);
    assert_eq!(field(&folder, "alpha", "body"), "KB");
    folder.fails(3, &["sync"]);
    assert_eq!(folder.read("p.md"), edited);
    folder.ok(&["sync", "--theirs"]);
    assert_eq!(field(&folder, "alpha", "body"), "HAND");
    assert_eq!(field(&folder, "beta", "body"), "HAND too");

    // A note, also where the same sync renamed another one.
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/A.md", "body\n");
    folder.write("v/Beta.md", "x\n");
    folder.write("v/L.md", "[[Beta]] one\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["document", "set", "v", "rename=yes"]);
    folder.write("v/A.md", "FILE\n");
    folder.ok(&["set", "term/a", "body=KB"]);
    folder.ok(&["sync", "--theirs"]);
    folder.ok(&["undo"]);
    folder.fails(3, &["sync"]);
    assert_eq!(folder.read("v/A.md"), "FILE\n");
    assert_eq!(field(&folder, "term/a", "body"), "KB");
    folder.ok(&["sync", "--ours"]);
    assert_eq!(folder.read("v/A.md"), "KB\n");

    folder.write("v/L.md", "[[Beta]] one\nhand\n");
    folder.ok(&["set", "beta", "title=Gamma"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/L.md"), "[[Gamma]] one\nhand\n");
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert!(folder.read("v/L.md").ends_with("one\nhand\n"));
    assert!(field(&folder, "term/l", "body").ends_with("hand"));
}

#[test]
fn a_cell_of_the_users_own_is_an_edit_too() {
    let table = "## Papers\n\n| Paper | Note | Mine |\n|---|---|---|\n| [P1](http://e.example/1) | n | m1 |\n| [P2](http://e.example/2) | n | m2 |\n";
    for change in [&["set", "p2", "private=yes"][..], &["remove", "p2"]] {
        let folder = Folder::new();
        folder.write("p.md", table);
        folder.ok(&["import", "p.md"]);
        folder.ok(change);
        edit(&folder, "p.md", "| m2", "| by hand");
        let edited = folder.read("p.md");
        folder.fails(3, &["sync"]);
        assert_eq!(folder.read("p.md"), edited);
        folder.ok(&["sync", "--ours"]);
        assert!(!folder.read("p.md").contains("P2"), "{change:?}");
    }
}

#[test]
fn the_value_that_ours_refused_is_nowhere() {
    let folder = Folder::new();
    let file = "@article{one,\n  title = {Alpha},\n  pages = {1--2}\n}\n";
    folder.write("a.bib", file);
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["set", "one", "title=Mine", "pages=3--4"]);
    folder.write(
        "a.bib",
        file.replace("Alpha", "Refused").replace("1--2", "5--6"),
    );
    folder.ok(&["sync", "--ours"]);
    assert_eq!(
        folder.read("a.bib"),
        file.replace("Alpha", "Mine").replace("1--2", "3--4")
    );
    let all = folder.ok(&["export", "--format", "jsonl"]);
    assert!(!all.contains("Refused") && !all.contains("5--6"), "{all}");
}
