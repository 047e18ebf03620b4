//! Whose a file is: kb takes away only what it wrote into the same folder, and what is for the public
//! stays for the public.

use crate::support::Folder;

const PAGE: &str = "# P\n\nProse.\n\n## Terms\n\n- X: x\n";

#[test]
fn a_folder_of_notes_takes_nothing_else_away() {
    let bib = "% mine\n@string{j = \"J\"}\n@article{b1, title={Beta}, year=2002, journal=j}\n";
    for format in ["obsidian", "zola"] {
        let folder = Folder::new();
        folder.write("notebook.md", PAGE);
        folder.write("p.bib", bib);
        folder.ok(&["import", "notebook.md"]);
        folder.ok(&["import", "p.bib"]);
        folder.ok(&["set", "x", "body=x2"]);
        folder.ok(&["set", "beta", "year=2003"]);
        folder.ok(&["sync"]);
        folder.ok(&["export", ".", "--format", format]);
        assert_eq!(folder.read("notebook.md"), PAGE.replace("X: x", "X: x2"));
        assert_eq!(folder.read("p.bib"), bib.replace("2002", "2003"));
        let known = folder.ok(&["document", "list", "--tsv", "path"]);
        assert!(
            known.contains("notebook.md") && known.contains("p.bib"),
            "{known}"
        );
    }
}

#[test]
fn a_page_and_a_folder_in_a_folder_stay_documents_of_their_own() {
    let folder = Folder::new();
    for path in ["w", "w/in"] {
        std::fs::create_dir(folder.file(path)).unwrap();
    }
    folder.write("w/notebook.md", PAGE);
    folder.write("w/N.md", "note\n");
    folder.write("w/in/M.md", "m1\n");
    folder.ok(&["import", "w/notebook.md"]);
    folder.ok(&["import", "w/in"]);
    folder.ok(&["set", "x", "body=x2"]);
    folder.ok(&["set", "m", "body=m2"]);
    folder.ok(&["sync"]);
    let said = folder.run(&["import", "w"]).err;
    assert!(
        said.contains("w/notebook.md:1:1: is a document of its own"),
        "{said}"
    );
    assert!(
        said.contains("belongs to `w/in`, a folder of its own"),
        "{said}"
    );
    folder.ok(&["add", "term", "New"]);
    folder.ok(&["sync"]);
    folder.ok(&["export", "w"]);
    assert!(folder.read("w/notebook.md").starts_with("# P\n\nProse."));
    assert_eq!(folder.read("w/in/M.md"), "m2\n");
    let titles = folder.ok(&["list", "--tsv", "title"]);
    assert_eq!(titles.lines().filter(|title| *title == "X").count(), 1);
    let before = folder.ok(&["history", "--tsv", "id"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["history", "--tsv", "id"]), before);
}

#[test]
fn a_note_that_was_there_before_stays_when_its_import_is_undone() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/One.md", "one\n");
    folder.ok(&["import", "v"]);
    folder.write("v/New.md", "USER text\n");
    folder.ok(&["sync"]);
    folder.ok(&["set", "term/new", "body=changed"]);
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/New.md"), "changed\n");
}

#[test]
fn a_note_of_an_entry_that_was_removed_leaves_also_if_it_was_there_before() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/New.md", "USER text\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["set", "term/new", "body=changed"]);
    folder.ok(&["sync"]);
    folder.ok(&["remove", "term/new", "--yes"]);
    folder.ok(&["sync"]);
    assert!(!folder.file("v/New.md").exists());
}

#[test]
fn a_new_entry_does_not_take_the_name_of_a_note() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("v/term")).unwrap();
    folder.write("v/One.md", "one\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["add", "term", "Two", "two body"]);
    folder.write("v/term/two.md", "---\ntitle: Mine\n---\nUSER two\n");
    folder.ok(&["sync"]);
    assert!(folder.read("v/term/two.md").ends_with("USER two\n"));
    assert!(folder.read("v/term/two-2.md").contains("two body"));
    folder.ok(&["undo"]);
    folder.run(&["sync"]);
    assert!(folder.read("v/term/two.md").ends_with("USER two\n"));
    assert!(folder.read("v/term/two-2.md").contains("two body"));
}

#[cfg(unix)]
#[test]
fn nothing_is_taken_away_through_a_symlink() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "aa"]);
    folder.ok(&["export", "o/"]);
    std::fs::rename(folder.file("o/term"), folder.file("ext")).unwrap();
    std::os::unix::fs::symlink("../ext", folder.file("o/term")).unwrap();
    folder.ok(&["remove", "term/a", "--yes"]);
    folder.run(&["sync"]);
    assert!(folder.file("ext/a.md").exists());
}

#[test]
fn a_site_takes_away_nothing_outside_its_folder() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "aa"]);
    folder.ok(&["publish", "site"]);
    std::fs::create_dir(folder.file("site/.git")).unwrap();
    let style = folder.read("site/style.css");
    let manifest = folder.read("site/.kb-site.json");
    for path in ["../notes.css", ".git/notes.css"] {
        folder.write(&format!("site/{path}"), &style);
        let mut json: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        json["files"][path] = json["files"]["style.css"].clone();
        folder.write("site/.kb-site.json", json.to_string());
        folder.run(&["publish", "site"]);
        assert!(folder.file(&format!("site/{path}")).exists(), "{path}");
    }
}

#[test]
fn what_was_written_for_the_public_stays_for_the_public() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Pub", "p"]);
    folder.ok(&["add", "term", "Secret", "topsecret", "--private"]);
    folder.ok(&["add", "paper", "Paper", "--year", "2001"]);
    folder.ok(&["export", "--public", "o/"]);
    folder.ok(&["export", "--public", "p.bib"]);
    folder.ok(&["sync"]);
    folder.ok(&["jot", "term/pub", "a private line"]);
    folder.ok(&["set", "paper/paper", "private=yes", "venue=PRIVVENUE"]);
    folder.ok(&["set", "pub", "body=p2"]);
    folder.write("o/term/mine.md", "written by hand\n");
    folder.ok(&["sync"]);
    folder.ok(&["sync"]);
    let note = folder.read("o/term/pub.md");
    assert!(
        note.contains("p2") && !note.contains("private line"),
        "{note}"
    );
    assert!(!folder.file("o/term/secret.md").exists());
    assert!(!folder.file("o/paper/paper.md").exists());
    assert!(!folder.read("p.bib").contains("PRIVVENUE"));
    let before = folder.ok(&["history", "--tsv", "id"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["history", "--tsv", "id"]), before);
}

#[test]
fn an_edit_that_was_undone_comes_into_the_same_entry_again() {
    let folder = Folder::new();
    let file = "@article{b1, title={Beta}, year=2002}\n";
    folder.write("p.bib", file);
    folder.ok(&["import", "p.bib"]);
    folder.write("p.bib", file.replace("Beta", "Beta by hand"));
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["list", "--tsv", "title"]), "Beta\n");
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["list", "--tsv", "title"]), "Beta by hand\n");
    assert_eq!(folder.read("p.bib"), file.replace("Beta", "Beta by hand"));
}

#[test]
fn a_file_that_is_only_read_may_have_any_usual_name() {
    let folder = Folder::new();
    folder.write("j.json", r#"[{"kind": "term", "slug": "j", "title": "J"}]"#);
    folder.ok(&["import", "j.json"]);
    folder.write(
        "j.json",
        r#"[{"kind": "term", "slug": "j", "title": "J", "body": "new"}]"#,
    );
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["list", "--tsv", "body"]), "new\n");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_not_gone() {
    let folder = Folder::new();
    folder.write("n.md", PAGE);
    folder.ok(&["import", "n.md"]);
    // Root reads every file, but no one reads a folder as a file.
    std::fs::remove_file(folder.file("n.md")).unwrap();
    std::fs::create_dir(folder.file("n.md")).unwrap();
    for words in [["sync"], ["status"]] {
        let said = folder.run(&words).err;
        assert!(
            said.contains("directory") && !said.contains("is gone"),
            "{said}"
        );
    }
}

#[test]
fn a_conflict_that_git_left_is_nobodys_text() {
    let folder = Folder::new();
    let conflict = |one: &str, two: &str| format!("<<<<<<< HEAD\n{one}=======\n{two}>>>>>>> x\n");
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/N.md", "A note.\n");
    folder.write("v/O.md", "Another.\n");
    folder.write("p.md", "## Terms\n\n- A: one\n- B: b\n");
    folder.write("r.bib", "@book{t, title={T}}\n");
    folder.ok(&["import", "v/", "--kind", "post"]);
    for file in ["p.md", "r.bib"] {
        folder.ok(&["import", file]);
    }
    let before = folder.everything();
    folder.write(
        "v/N.md",
        format!("A note.\n{}", conflict("here\n", "there\n")),
    );
    folder.write(
        "p.md",
        format!(
            "## Terms\n\n{}- B: b\n",
            conflict("- A: two\n", "- A: three\n")
        ),
    );
    folder.write(
        "r.bib",
        conflict("@book{t, title={T1}}\n", "@book{t, title={T2}}\n"),
    );
    let texts = ["v/N.md", "p.md", "r.bib"].map(|file| folder.read(file));
    let error = folder.fails(3, &["sync"]);
    for place in [
        "v/N.md:2:1: git left a conflict",
        "p.md:3:1: git left",
        "r.bib:1:1: git left",
    ] {
        assert!(error.contains(place), "{error}");
    }
    assert!(error.contains("hint: git diff p.md"), "{error}");
    assert_eq!(folder.everything(), before);
    // What changes in the notebook waits as well.
    for reference in ["post/n", "term/a", "paper/t", "term/b"] {
        folder.ok(&["set", reference, "topics=New"]);
    }
    folder.fails(3, &["sync"]);
    assert_eq!(
        ["v/N.md", "p.md", "r.bib"].map(|file| folder.read(file)),
        texts
    );
    folder.write("p.md", "## Terms\n\n- A: two\n- B: b\n");
    folder.ok(&["sync", "p.md"]);
    assert_eq!(folder.ok(&["list", "term/a", "--tsv", "body"]), "two\n");
}

#[test]
fn a_file_that_was_renamed_is_known_under_its_new_name() {
    let folder = Folder::new();
    folder.write("p.md", "## Terms\n\n- A: a\n- B: b\n- C: c\n");
    folder.write("r.bib", "@book{t, title={T}}\n");
    for file in ["p.md", "r.bib"] {
        folder.ok(&["import", file]);
    }
    for (old, new) in [("p.md", "q.md"), ("r.bib", "s.bib")] {
        std::fs::rename(folder.file(old), folder.file(new)).unwrap();
        let given = folder.run(&["import", new]);
        assert!(
            given.err.contains(&format!("`{old}` is now `{new}`")),
            "{}",
            given.err
        );
    }
    let paths = || folder.ok(&["document", "list", "--tsv", "path,state"]);
    assert_eq!(paths(), "q.md\tsame\ns.bib\tsame\n");
    folder.ok(&["set", "paper/t", "period=2001"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("s.bib"), "@book{t, title={T}, year={2001}}\n");
    // One that was edited meanwhile has the entries of the page.
    std::fs::rename(folder.file("q.md"), folder.file("o.md")).unwrap();
    folder.write("o.md", "## Terms\n\n- A: a\n- B: bee\n- C: c\n");
    folder.ok(&["import", "o.md"]);
    assert_eq!(paths(), "o.md\tsame\ns.bib\tsame\n");
    assert_eq!(folder.ok(&["list", "term/b", "--tsv", "body"]), "bee\n");
    // A copy is another file.
    folder.write("c.bib", folder.read("s.bib"));
    folder.ok(&["import", "c.bib"]);
    assert_eq!(paths().lines().count(), 3);
}

#[test]
fn a_filter_gives_an_entry_to_its_page_whatever_an_earlier_page_has_sections_for() {
    let folder = Folder::new();
    for (file, term) in [("one.md", "A: a"), ("two.md", "C: c")] {
        folder.write(file, format!("## Terms\n\n- {term}\n"));
        folder.ok(&["import", file]);
    }
    folder.ok(&["document", "set", "one.md", "kind:paper"]);
    folder.ok(&["document", "set", "two.md", "kind:term"]);
    folder.ok(&["add", "term", "New", "n"]);
    folder.ok(&["sync"]);
    assert!(folder.read("two.md").contains("- New: n\n"));
    assert_eq!(folder.read("one.md"), "## Terms\n\n- A: a\n");
}

#[test]
fn an_emptied_page_is_settled_by_taking_it() {
    let folder = Folder::new();
    folder.write("p.md", "## Terms\n\n- A: a\n- B: b\n");
    folder.ok(&["import", "p.md"]);
    folder.write("p.md", "## Terms\n");
    folder.fails(3, &["sync"]);
    folder.ok(&["sync", "p.md", "--theirs"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("p.md"), "## Terms\n");
    assert_eq!(
        folder
            .ok(&["list", "terms", "--tsv", "title"])
            .lines()
            .count(),
        2
    );
}

#[test]
fn a_renamed_note_is_the_same_entry_after_its_sync_was_undone() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("n/sub")).unwrap();
    folder.write("n/Lasso.md", "Lasso text.\n");
    folder.write("n/Ridge.md", "Ridge text.\n");
    folder.ok(&["import", "n/", "--kind", "terms"]);
    let listed = || folder.ok(&["list", "terms", "--tsv", "title,body", "--sort", "title"]);
    for new in ["n/Lasso2.md", "n/sub/Lasso2.md"] {
        let old = match new {
            "n/Lasso2.md" => "n/Lasso.md",
            _ => "n/Lasso2.md",
        };
        std::fs::rename(folder.file(old), folder.file(new)).unwrap();
        folder.ok(&["sync"]);
        let after = listed();
        folder.ok(&["undo"]);
        folder.ok(&["sync"]);
        assert_eq!(listed(), after);
        assert!(folder.file(new).exists() && !folder.file(old).exists());
    }
    assert_eq!(listed(), "Lasso2\tLasso text.\nRidge\tRidge text.\n");
}

#[test]
fn a_note_may_get_a_title_here_and_another_name_there() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("n")).unwrap();
    folder.write("n/Lasso.md", "Lasso text.\n");
    folder.ok(&["import", "n/", "--kind", "terms"]);
    folder.ok(&["set", "term/lasso", "title=Lasso regression"]);
    std::fs::rename(folder.file("n/Lasso.md"), folder.file("n/Hand.md")).unwrap();
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("n/Hand.md"),
        "---\ntitle: Lasso regression\n---\nLasso text.\n"
    );
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title"]),
        "Lasso regression\n"
    );
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["status", "--tsv", "state"]), "same\n");
}

#[test]
fn an_entry_that_was_removed_does_not_come_back_on_another_page() {
    let folder = Folder::new();
    folder.write("a.md", "## Papers\n\n- [P1](http://a.org/1): one\n- [P2](http://a.org/2): two\n- [P3](http://a.org/3): c\n");
    folder.write("b.md", "## Papers\n\n- [R1](http://b.org/1): r\n");
    for file in ["a.md", "b.md"] {
        folder.ok(&["import", file]);
    }
    folder.ok(&["set", "paper/p1", "tags=x"]);
    folder.ok(&["remove", "--yes", "paper/p1"]);
    let a = folder
        .read("a.md")
        .replace("- [P1](http://a.org/1): one\n", "");
    folder.write("a.md", &a);
    folder.write(
        "b.md",
        folder.read("b.md") + "- [P1](http://a.org/1): one\n",
    );
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("b.md"),
        "## Papers\n\n- [R1](http://b.org/1): r\n"
    );
    assert_eq!(
        folder
            .ok(&["list", "papers", "--tsv", "ref"])
            .lines()
            .count(),
        3
    );
}
