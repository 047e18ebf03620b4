//! Where a file edited by hand meets the notebook: bibliographies, undone imports, the notebook file
//! itself, and names that differ in a sign.

use crate::support::Folder;

const BIB: &str = "@article{k,\n  title = {Good},\n  author = {Doe, Jane},\n  year = {2001},\n  pages = {1--2},\n  note = {old}\n}\n";

fn with_bib() -> Folder {
    let folder = Folder::new();
    folder.write("a.bib", BIB);
    folder.ok(&["import", "a.bib"]);
    folder
}

#[test]
fn what_was_edited_by_hand_in_a_bibliography_is_taken_over() {
    let folder = with_bib();
    let edited = BIB
        .replace("1--2", "1--99")
        .replace("{Good}", "{Better}")
        .replace("2001", "2002");
    folder.write("a.bib", &edited);
    let said = folder.run(&["import", "a.bib"]).err;
    assert!(said.contains("0 entries added, 1 changed"), "{said}");
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,year"]),
        "Better\t2002\n"
    );
    folder.ok(&["export", "a.bib"]);
    let out = folder.read("a.bib");
    assert!(out.contains("1--99") && out.contains("{Better}"), "{out}");
    // What was written is what was read last: a second import changes nothing.
    let said = folder.run(&["import", "a.bib"]).err;
    assert!(said.contains("0 entries added, 0 changed"), "{said}");
}

#[test]
fn edits_on_both_sides_meet_in_a_bibliography() {
    let folder = with_bib();
    // Different fields: both stay.
    folder.ok(&["set", "good", "year=2005"]);
    folder.write("a.bib", BIB.replace("{Good}", "{Better}"));
    folder.ok(&["import", "a.bib"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,year"]),
        "Better\t2005\n"
    );
    folder.ok(&["export", "a.bib"]);
    // After the export, the file as written is what later edits are compared with.
    let out = folder.read("a.bib");
    folder.write("a.bib", out.replace("2005", "2006"));
    folder.ok(&["import", "a.bib"]);
    // The same field: refused, or the file wins.
    folder.ok(&["set", "good", "title=Ours"]);
    let out = folder.read("a.bib");
    folder.write("a.bib", out.replace("{Better}", "{Theirs}"));
    let error = folder.fails(2, &["import", "a.bib"]);
    assert!(
        error.contains("paper/good") && error.contains("--theirs"),
        "{error}"
    );
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,year"]),
        "Ours\t2006\n"
    );
    folder.ok(&["import", "--theirs", "a.bib"]);
    assert_eq!(folder.ok(&["list", "papers", "--tsv", "title"]), "Theirs\n");
}

#[test]
fn what_no_entry_holds_is_not_overwritten() {
    for more in [
        "% curated by hand\n",
        "@string{j = \"Journal\"}\n",
        "A list of good papers.\n",
    ] {
        let folder = Folder::new();
        folder.write("a.bib", format!("{more}{BIB}"));
        folder.ok(&["import", "a.bib"]);
        folder.ok(&["set", "good", "year=2005"]);
        let error = folder.fails(2, &["export", "a.bib"]);
        assert!(error.contains("--force"), "{more}: {error}");
    }
    // A second file about the same work says something else: it is not replaced by the first.
    let folder = with_bib();
    folder.write("b.bib", BIB.replace("{old}", "{other}"));
    folder.ok(&["import", "b.bib"]);
    folder.fails(2, &["export", "b.bib"]);
    assert!(folder.read("b.bib").contains("{other}"));
}

#[test]
fn an_undone_import_leaves_its_files_to_their_owner() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("v")).unwrap();
    folder.write("v/Q.md", "first\n");
    folder.ok(&["import", "v/"]);
    folder.write("v/Q.md", "by hand\n");
    folder.ok(&["import", "v/"]);
    folder.ok(&["undo"]);
    folder.fails(2, &["export", "v/", "--format", "obsidian"]);
    assert_eq!(folder.read("v/Q.md"), "by hand\n");
    folder.write("t.jsonl", "{\"kind\":\"term\",\"title\":\"Alpha\"}\n");
    folder.ok(&["import", "t.jsonl"]);
    folder.ok(&["undo"]);
    folder.fails(2, &["export", "t.jsonl"]);
}

#[test]
fn the_notebook_is_not_overwritten_by_an_export() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    let error = folder.fails(
        2,
        &["export", "--force", "--format", "jsonl", ".kb/notebook.db"],
    );
    assert!(error.contains("is the notebook itself"), "{error}");
    folder.ok(&["show", "alpha"]);
}

#[test]
fn one_doi_is_the_same_in_every_form() {
    for other in [
        "https://doi.org/10.1234/abc",
        "doi:10.1234/abc",
        "http://dx.doi.org/10.1234/ABC",
    ] {
        let folder = Folder::new();
        folder.write(
            "1.bib",
            "@article{x1, title={Alpha}, year=2001, doi={10.1234/abc}}\n",
        );
        folder.write(
            "2.bib",
            format!("@article{{x2, title={{Alpha}}, year=2001, doi={{{other}}}}}\n"),
        );
        folder.ok(&["import", "1.bib"]);
        folder.ok(&["import", "2.bib"]);
        assert_eq!(
            folder.ok(&["list", "papers", "--tsv", "ref"]),
            "paper/alpha\n",
            "{other}"
        );
    }
}

#[test]
fn an_imported_work_goes_to_the_public_entry() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "W", "--doi", "10.1234/y", "--private"]);
    let twice = ["add", "paper", "W", "pub", "--doi", "10.1234/y", "--public"];
    folder.ok(&twice);
    folder.write(
        "i.bib",
        "@article{pw, title={W}, doi={10.1234/y}, author={Au, T}, year=2004}\n",
    );
    folder.ok(&["import", "i.bib"]);
    let out = folder.ok(&["export", "--public", "--format", "bibtex"]);
    assert!(out.contains("{Au, T}"), "{out}");
}

#[test]
fn names_that_differ_in_a_sign_are_two() {
    let folder = Folder::new();
    for (name, body) in [("C++", "one"), ("C#", "two"), ("C", "three")] {
        folder.ok(&["add", "term", name, body, "--on-duplicate", "skip"]);
    }
    for name in ["C++", "C#", "C"] {
        assert_eq!(
            folder.ok(&["show", name, "--tsv", "title"]),
            format!("{name}\n")
        );
    }
    folder.ok(&["remove", "C#"]);
    folder.fails(1, &["show", "term/c-2"]);
    // A title counts for more than a name that another entry had.
    folder.ok(&["add", "term", "Alpha", "keep"]);
    folder.ok(&["set", "alpha", "slug=other", "title=Other"]);
    folder.ok(&["add", "term", "Alpha", "new"]);
    folder.ok(&["remove", "Alpha"]);
    assert_eq!(folder.ok(&["show", "other", "--tsv", "title"]), "Other\n");
}

#[test]
fn filters_with_signs_select_what_they_name() {
    let folder = Folder::new();
    for (title, topic) in [
        ("One", "C++"),
        ("Two", "C#"),
        ("Three", "🚀"),
        ("Four", "Life & work"),
        ("Five", "Cobol"),
    ] {
        folder.ok(&["add", "term", title, "--topic", topic]);
    }
    let list = |filter: &str| folder.ok(&["list", filter, "--tsv", "title"]);
    assert_eq!(list("topic:C++"), "One\n");
    assert_eq!(list("topic:C#"), "Two\n");
    assert_eq!(list("topic:🚀"), "Three\n");
    assert_eq!(list("topic:Life & work"), "Four\n");
    assert_eq!(list("topic:&"), "Four\n");
    assert_eq!(list("topic:c"), "One\nTwo\nFive\n");
    for nothing in ["&", "-\"&\"", "->", "-(-\"&\")"] {
        folder.fails(2, &["set", "tags=x", "where", "--", nothing]);
    }
    folder.ok(&["add", "goal", "Rocket 🚀 day"]);
    assert_eq!(list("🚀"), "Three\nRocket 🚀 day\n");
    // An order of choices is that of one kind.
    folder.ok(&["set", "rocket-day", "status=want"]);
    folder.ok(&["add", "paper", "P", "--status", "skimmed"]);
    assert_eq!(list("status<=reading"), "");
    assert_eq!(list("status>=want"), "Rocket 🚀 day\n");
    let error = folder.fails(2, &["list", "added>7d"]);
    assert!(error.contains("is an age"), "{error}");
    // Entries without a value come last.
    assert_eq!(
        folder.ok(&[
            "list",
            "kind:term,goal",
            "--sort",
            "topics",
            "--tsv",
            "title"
        ]),
        "Two\nOne\nFive\nFour\nThree\nRocket 🚀 day\n"
    );
}

#[test]
fn a_link_to_a_private_note_is_taken_out_in_every_form() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Hidden note", "x", "--private"]);
    let body = "[a](<Hidden note.md>) [b](Hidden%20note.md \"t\") [c][r] <a href=\"Hidden%20note.md\">d</a> [[hidden-note|e]] [[hidden-note]] [f](Open.md)\n\n[r]: Hidden%20note.md\n";
    folder.ok(&["add", "term", "Open", body]);
    folder.ok(&[
        "add",
        "meeting",
        "M",
        "--public",
        "--with",
        "someone from [[hidden-note]]",
    ]);
    for words in [
        &["export", "--public", "--format", "jsonl"][..],
        &["export", "--public", "--format", "csv"],
        &["export", "--public", "--format", "toml"],
    ] {
        let out = folder.ok(words);
        assert!(!out.to_lowercase().contains("hidden"), "{out}");
        assert!(out.contains("[f](Open.md)"), "{out}");
    }
    folder.ok(&["export", "site/", "--format", "zola"]);
    for name in ["site/term/open.md", "site/meeting/m.md"] {
        let out = folder.read(name);
        assert!(!out.to_lowercase().contains("hidden"), "{out}");
    }
}

#[test]
fn two_folders_of_one_name_have_their_own_notes() {
    let folder = Folder::new();
    for (name, text) in [("work", "work todo\n"), ("home", "home todo\n")] {
        std::fs::create_dir_all(folder.file(&format!("{name}/notes"))).unwrap();
        folder.write(&format!("{name}/notes/Todo.md"), text);
        folder.write(&format!("{name}/notes/Same.md"), "the same\n");
        folder.ok(&["import", &format!("{name}/notes")]);
    }
    let count = |folder: &Folder| folder.ok(&["list", "--tsv", "ref"]).lines().count();
    assert_eq!(count(&folder), 3);
    // Each folder meets its own notes again.
    folder.write("home/notes/Todo.md", "home todo, edited\n");
    folder.ok(&["import", "home/notes"]);
    folder.ok(&["import", "work/notes"]);
    assert_eq!(count(&folder), 3);
    folder.run(&["export", "work/notes"]);
    assert_eq!(folder.read("work/notes/Todo.md"), "work todo\n");
    assert_eq!(folder.read("home/notes/Todo.md"), "home todo, edited\n");
}
