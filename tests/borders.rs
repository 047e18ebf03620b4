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
fn what_no_entry_holds_stays_in_the_file() {
    for more in [
        "% curated by hand\n",
        "@string{j = \"Journal\"}\n",
        "A list of good papers.\n",
    ] {
        let folder = Folder::new();
        folder.write("a.bib", format!("{more}{BIB}"));
        folder.ok(&["import", "a.bib"]);
        folder.ok(&["set", "good", "year=2005"]);
        folder.ok(&["export", "a.bib"]);
        let text = folder.read("a.bib");
        assert!(text.starts_with(more) && text.contains("2005"), "{text}");
    }
    // A second file about the same work says something else: it is not replaced by the first.
    let folder = with_bib();
    folder.write("b.bib", BIB.replace("{old}", "{other}"));
    folder.ok(&["import", "b.bib"]);
    let before = folder.read("b.bib");
    folder.ok(&["export", "b.bib"]);
    assert_eq!(folder.read("b.bib"), before);
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

/// The titles and the summaries of terms, one a line.
fn terms(folder: &Folder) -> String {
    folder.ok(&["list", "terms", "--tsv", "title,body", "--sort", "title"])
}

#[test]
fn a_file_of_rows_does_not_undo_what_changed_in_the_notebook() {
    for (file, text) in [
        (
            "terms.jsonl",
            "{\"kind\":\"term\",\"slug\":\"a\",\"title\":\"Alpha\",\"body\":\"one\"}\n{\"kind\":\"term\",\"slug\":\"b\",\"title\":\"Beta\",\"body\":\"one\"}\n",
        ),
        (
            "terms.csv",
            "kind,slug,title,body\nterm,a,Alpha,one\nterm,b,Beta,one\n",
        ),
        (
            "terms.txt",
            "#separator:tab\n#html:false\n#guid column:1\nga\tAlpha\tone\ngb\tBeta\tone\n",
        ),
    ] {
        let folder = Folder::new();
        folder.write(file, text);
        folder.ok(&["import", file]);
        folder.ok(&["set", "alpha", "body=mine"]);
        // The file has nothing new.
        let said = folder.run(&["import", file]).err;
        assert!(
            said.contains("1 entry changed in the notebook since: kept as in the notebook: term/a")
                && said.contains("0 changed"),
            "{file}: {said}"
        );
        assert_eq!(terms(&folder), "Alpha\tmine\nBeta\tone\n", "{file}");
        // The file has a new title of the same entry, and a new text of another one.
        let edited = text.replace("Alpha", "Alfa").replacen(
            "Beta\",\"body\":\"one",
            "Beta\",\"body\":\"two",
            1,
        );
        let edited = edited
            .replace("Beta,one", "Beta,two")
            .replace("Beta\tone", "Beta\ttwo");
        folder.write(file, &edited);
        folder.ok(&["import", file]);
        assert_eq!(terms(&folder), "Alfa\tmine\nBeta\ttwo\n", "{file}");
        // The same field changed on both sides: refused as a whole, or the file wins.
        folder.ok(&["set", "beta", "body=mine"]);
        folder.write(
            file,
            edited.replace("two", "three").replace("Alfa", "Alpha"),
        );
        let error = folder.fails(2, &["import", file]);
        assert!(
            error.contains("term/b") && !error.contains("term/a") && error.contains("--theirs"),
            "{file}: {error}"
        );
        assert_eq!(terms(&folder), "Alfa\tmine\nBeta\tmine\n", "{file}");
        folder.ok(&["import", file, "--theirs"]);
        assert_eq!(terms(&folder), "Alpha\tmine\nBeta\tthree\n", "{file}");
    }
}

#[test]
fn an_exported_file_of_rows_comes_back_with_its_edits() {
    for file in ["all.jsonl", "all.csv"] {
        let folder = Folder::new();
        folder.ok(&["add", "term", "Alpha", "one"]);
        folder.ok(&["add", "term", "Beta", "one"]);
        folder.ok(&["export", file]);
        folder.ok(&["set", "alpha", "body=mine"]);
        folder.ok(&["set", "alpha", "tags=new"]);
        folder.write(file, folder.read(file).replace("Beta", "Better"));
        let said = folder.run(&["import", file]).err;
        assert!(said.contains("1 changed"), "{file}: {said}");
        assert_eq!(terms(&folder), "Alpha\tmine\nBetter\tone\n", "{file}");
        assert_eq!(folder.ok(&["list", "tag:new", "--tsv", "title"]), "Alpha\n");
    }
}

#[test]
fn two_rows_of_one_entry_are_named() {
    let folder = Folder::new();
    folder.write(
        "t.csv",
        "kind,slug,title,body\nterm,a,Alpha,one\nterm,b,Beta,one\nterm,a,Alpha,two\n",
    );
    let said = folder.run(&["import", "t.csv"]).err;
    assert!(
        said.contains("t.csv:4:1: an earlier row is `term/a` too; the values of this one stay"),
        "{said}"
    );
    assert_eq!(terms(&folder), "Alpha\ttwo\nBeta\tone\n");
    // Also where the entry was there before.
    folder.write(
        "u.jsonl",
        "{\"kind\":\"term\",\"slug\":\"a\",\"body\":\"three\"}\n{\"kind\":\"term\",\"slug\":\"a\",\"body\":\"four\"}\n",
    );
    let said = folder.run(&["import", "u.jsonl"]).err;
    assert!(
        said.contains("u.jsonl:2:1: an earlier row is `term/a` too"),
        "{said}"
    );
    assert_eq!(terms(&folder), "Alpha\tfour\nBeta\tone\n");
}

#[test]
fn a_card_of_an_entry_of_another_kind_comes_back_to_it() {
    let folder = Folder::new();
    folder.ok(&["add", "post", "A note", "Its text."]);
    folder.ok(&["export", "cards.anki.txt", "kind:post"]);
    folder.write(
        "cards.anki.txt",
        folder
            .read("cards.anki.txt")
            .replace("Its text", "Its new text"),
    );
    let said = folder.run(&["import", "cards.anki.txt"]).err;
    assert!(said.contains("0 entries added, 1 changed"), "{said}");
    assert_eq!(
        folder.ok(&["list", "--tsv", "kind,title,body"]),
        "post\tA note\tIts new text.\n"
    );
}

#[test]
fn an_undone_import_asks_only_about_its_own_files() {
    let folder = Folder::new();
    folder.write("a.jsonl", "{\"kind\":\"term\",\"title\":\"Alpha\"}\n");
    folder.ok(&["import", "a.jsonl"]);
    folder.write("b.jsonl", "{\"kind\":\"term\",\"title\":\"Beta\"}\n");
    folder.ok(&["import", "b.jsonl"]);
    folder.ok(&["undo"]);
    folder.ok(&["export", "a.jsonl"]);
    let error = folder.fails(2, &["export", "b.jsonl"]);
    assert!(error.contains("kb import b.jsonl"), "{error}");
}

#[test]
fn a_row_of_a_removed_entry_does_not_bring_it_back() {
    for file in ["all.jsonl", "all.csv"] {
        let folder = Folder::new();
        folder.ok(&["add", "term", "Alpha", "one"]);
        folder.ok(&["add", "term", "Beta", "one"]);
        folder.ok(&["export", file]);
        folder.ok(&["remove", "term/beta"]);
        let edited = folder.read(file).replace("Alpha", "Alfa");
        folder.write(file, &edited);
        for _ in 0..2 {
            let said = folder.run(&["import", file]).err;
            assert!(
                said.contains("1 entry removed in the notebook since: not added again: term/beta"),
                "{file}: {said}"
            );
            assert_eq!(terms(&folder), "Alfa\tone\n", "{file}");
        }
        // Edited on one side and removed on the other.
        folder.write(file, edited.replace("Beta", "Better"));
        let error = folder.fails(2, &["import", file]);
        assert!(error.contains("term/beta"), "{file}: {error}");
        folder.ok(&["import", file, "--theirs"]);
        assert_eq!(terms(&folder), "Alfa\tone\nBetter\tone\n", "{file}");
    }
}

#[test]
fn what_an_undone_import_took_is_imported_again() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha", "one"]);
    folder.ok(&["export", "t.jsonl"]);
    let text = folder.read("t.jsonl").replace("one", "two");
    let more = "{\"kind\":\"term\",\"slug\":\"beta\",\"title\":\"Beta\",\"body\":\"one\"}\n";
    folder.write("t.jsonl", format!("{text}{more}"));
    folder.ok(&["import", "t.jsonl"]);
    folder.ok(&["undo"]);
    assert_eq!(terms(&folder), "Alpha\tone\n");
    folder.fails(2, &["export", "t.jsonl"]);
    folder.ok(&["import", "t.jsonl"]);
    assert_eq!(terms(&folder), "Alpha\ttwo\nBeta\tone\n");
    folder.ok(&["doctor"]);
}

#[test]
fn a_period_or_its_year_that_was_edited_in_a_file_is_taken() {
    for (old, new) in [
        ("\"period\":\"2017\"", "\"period\":\"2015\""),
        ("\"year\":2017", "\"year\":2015"),
    ] {
        let folder = Folder::new();
        folder.ok(&["add", "paper", "Attention", "--year", "2017"]);
        folder.ok(&["export", "a.jsonl"]);
        let text = folder.read("a.jsonl");
        assert!(text.contains(old), "{text}");
        folder.write("a.jsonl", text.replace(old, new));
        folder.ok(&["import", "a.jsonl"]);
        assert_eq!(
            folder.ok(&["list", "--tsv", "year,period,period_text"]),
            "2015\t2015\t2015\n",
            "{new}"
        );
    }
}

#[test]
fn a_cell_that_was_emptied_in_a_table_that_kb_wrote_clears_its_field() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "Attention",
        "Text",
        "--year",
        "2017",
        "--tag",
        "x",
        "--rating",
        "3",
    ]);
    folder.ok(&["export", "a.csv", "--format", "csv"]);
    let text = folder.read("a.csv");
    let emptied = text
        .replace(",Text", ",")
        .replace(",x,", ",,")
        .replace(",3,", ",,");
    assert!(emptied.len() + 6 == text.len(), "{text}");
    folder.write("a.csv", &emptied);
    folder.ok(&["import", "a.csv"]);
    let shown = folder.ok(&["list", "--tsv", "title,body,tags,rating,year"]);
    assert_eq!(shown, "Attention\t\t\t\t2017\n");
    // A public table lacks links to private entries, so its empty cells say nothing.
    folder.ok(&["set", "attention", "rating=2"]);
    folder.ok(&["export", "p.csv", "--public"]);
    folder.write("p.csv", folder.read("p.csv").replace(",2,", ",,"));
    folder.ok(&["import", "p.csv"]);
    assert_eq!(folder.ok(&["list", "--tsv", "rating"]), "2\n");
    // A table of somebody else says nothing about what it leaves empty.
    folder.ok(&["set", "attention", "rating=4"]);
    folder.write(
        "b.csv",
        "kind,slug,title,rating\npaper,attention,Attention,\n",
    );
    folder.ok(&["import", "b.csv"]);
    assert_eq!(folder.ok(&["list", "--tsv", "rating"]), "4\n");
}

#[test]
fn a_notebook_of_somebody_else_writes_into_no_file_that_nobody_named_here() {
    let theirs = Folder::new();
    theirs.write("b.bib", "@misc{k, title={T}}\n");
    theirs.ok(&["import", "-q", "b.bib"]);
    theirs.ok(&["set", "paper/t", "title=U"]);
    let mine = Folder::bare();
    std::fs::create_dir_all(mine.file(".kb")).unwrap();
    let other = Folder::bare();
    let outside = other.path().canonicalize().unwrap().join("out.bib");
    for place in [outside.to_str().unwrap(), ".profile", "run.sh"] {
        let path = mine.file(place);
        std::fs::copy(theirs.notebook(), mine.notebook()).unwrap();
        let db = rusqlite::Connection::open(mine.notebook()).unwrap();
        db.execute("UPDATE _document SET path = ?1", [place])
            .unwrap();
        drop(db);
        std::fs::write(&path, "@misc{k, title={T}}\n").unwrap();
        let said = mine.run(&["sync"]);
        assert_eq!(said.code, Some(3), "{place} {}", said.err);
        assert!(said.err.contains("nobody named it to kb"), "{}", said.err);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "@misc{k, title={T}}\n"
        );
        // Who types the path wants it.
        mine.ok(&["sync", path.to_str().unwrap()]);
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .contains("title={U}")
        );
        std::fs::remove_file(&path).unwrap();
    }
    // What was imported here is known here.
    let own = Folder::new();
    own.write(".hidden.bib", "@misc{k, title={T}}\n");
    own.ok(&["import", ".hidden.bib"]);
    own.ok(&["set", "paper/t", "title=U"]);
    own.ok(&["sync"]);
    assert_eq!(own.read(".hidden.bib"), "@misc{k, title={U}}\n");
    own.fails(2, &["export", ""]);
}

#[test]
fn a_part_of_a_filter_that_says_nothing_changes_nothing() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "T"]);
    for filter in [
        vec!["kind:term", ""],
        vec!["kind:term \"\""],
        vec!["kind:term ()"],
        vec!["kind:term -\"!!!\""],
        vec!["-(kind:paper \"\")"],
    ] {
        let words = [&["remove", "--yes", "where"][..], &filter].concat();
        let error = folder.fails(2, &words);
        assert!(
            error.contains("a part of the filter says nothing"),
            "{error}"
        );
    }
    folder.ok(&["remove", "--yes", "where", "kind:term -x"]);
}

#[test]
fn a_known_bibliography_is_not_replaced_by_less() {
    let folder = Folder::new();
    let text = "% mine\n@string{n = \"Nature\"}\n@article{x, title={Art}, journal=n}\n";
    folder.write("b.bib", text);
    folder.ok(&["import", "b.bib"]);
    for options in [["--public", ""], ["--format", "ris"]] {
        let words: Vec<&str> = ["export", "b.bib"]
            .into_iter()
            .chain(options)
            .filter(|word| !word.is_empty())
            .collect();
        let error = folder.fails(2, &words);
        assert!(error.contains("kb export b.bib --force"), "{error}");
    }
    folder.ok(&["export", "b.bib"]);
    assert_eq!(folder.read("b.bib"), text);
    folder.ok(&["export", "b.bib", "--public", "--force"]);
    assert!(!folder.read("b.bib").contains("mine"));
}

#[test]
fn an_entry_of_another_notebook_with_the_same_name_is_another_entry() {
    let (one, other) = (Folder::new(), Folder::new());
    one.ok(&["add", "term", "Bias", "theirs"]);
    for file in ["all.jsonl", "out.csv", "notes/"] {
        one.ok(&["export", file]);
        let own = Folder::new();
        own.ok(&["add", "term", "Bias", "mine, by hand"]);
        let path = one.file(file);
        let said = own.run(&["import", path.to_str().unwrap()]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert!(said.err.contains("term/bias-2"), "{file}: {}", said.err);
        let list = ["list", "terms", "--sort", "slug", "--tsv", "slug,body"];
        assert_eq!(
            own.ok(&list),
            "bias\tmine, by hand\nbias-2\ttheirs\n",
            "{file}"
        );
        // It is known by its uid from then on.
        let before = own.everything();
        own.ok(&["import", path.to_str().unwrap()]);
        assert_eq!(own.everything(), before);
    }
    // The same text is the same entry.
    other.ok(&["add", "term", "Bias", "theirs"]);
    other.ok(&["import", one.file("all.jsonl").to_str().unwrap()]);
    assert_eq!(other.ok(&["list", "terms", "--tsv", "slug"]), "bias\n");
}

#[test]
fn a_chart_replaces_no_other_file() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A"]);
    folder.write("thesis.md", "my only text\n");
    folder.write(
        "own.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n",
    );
    for name in ["thesis.md", "own.svg", ".kb/notebook.db"] {
        let said = folder.fails(2, &["stats", "--svg", name]);
        assert!(said.contains("exists and is not a chart"), "{said}");
    }
    assert_eq!(folder.read("thesis.md"), "my only text\n");
    assert_eq!(folder.ok(&["list", "--tsv", "title"]), "A\n");
    folder.ok(&["stats", "--svg", "a.svg"]);
    folder.ok(&["add", "term", "B"]);
    folder.ok(&["stats", "--svg", "a.svg"]);
    assert!(
        folder.read("a.svg").contains(">2<"),
        "{}",
        folder.read("a.svg")
    );
}

#[test]
fn a_row_without_a_uid_publishes_no_private_entry() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Salary", "old", "--private"]);
    folder.write(
        "glossary.jsonl",
        "{\"kind\":\"term\",\"slug\":\"salary\",\"title\":\"Salary\",\"body\":\"Pay\",\"private\":false}\n",
    );
    let said = folder.run(&["import", "glossary.jsonl"]).err;
    assert!(said.contains("`term/salary` stays private"), "{said}");
    assert_eq!(
        folder.ok(&["list", "private:yes", "--tsv", "slug"]),
        "salary\n"
    );
    // The user's own export, with a uid, may say so; it is named.
    let own = folder
        .ok(&["export", "--format", "jsonl"])
        .replace("\"private\":true", "\"private\":false");
    folder.write("own.jsonl", &own);
    let said = folder.run(&["import", "own.jsonl"]).err;
    assert!(said.contains("`term/salary` is public now"), "{said}");
}
