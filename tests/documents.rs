//! Files that kb tracks: nothing that was written by hand is overwritten, and no work is swallowed.

use crate::support::Folder;

const PAGE: &str = "# Notes\n\n## Terms\n\n- Alpha: one\n- Beta: two\n- Gamma: three\n";

fn with_page() -> Folder {
    let folder = Folder::new();
    folder.write("p.md", PAGE);
    folder.ok(&["import", "p.md"]);
    folder
}

#[test]
fn an_export_never_overwrites_what_was_written_by_hand() {
    let folder = with_page();
    let edited = format!("{PAGE}\nTwo hours of prose\n");
    folder.write("p.md", &edited);
    let error = folder.fails(2, &["export", "p.md"]);
    assert!(error.contains("`p.md` was changed outside kb"), "{error}");
    assert!(
        error.contains("kb import p.md") && error.contains("--force"),
        "{error}"
    );
    assert_eq!(folder.read("p.md"), edited);
    // After an import the notebook has the prose, and the file may be written.
    folder.ok(&["import", "p.md"]);
    folder.ok(&["set", "beta", "body=zwei"]);
    folder.ok(&["export", "p.md"]);
    assert_eq!(folder.read("p.md"), edited.replace("two", "zwei"));
    // What kb wrote, kb may overwrite; a file that kb does not know, it may not.
    folder.ok(&["set", "beta", "body=deux"]);
    folder.ok(&["export", "p.md"]);
    for name in ["other.md", "other.bib", "other.jsonl", "other.csv"] {
        folder.write(name, "mine");
        let error = folder.fails(2, &["export", name]);
        assert!(
            error.contains("exists and was not written by kb"),
            "{error}"
        );
        assert_eq!(folder.read(name), "mine");
        folder.ok(&["export", name, "--force"]);
        folder.ok(&["export", name]);
    }
    // After an undone import, the file holds what the notebook does not.
    let folder = with_page();
    folder.ok(&["undo"]);
    folder.fails(2, &["export", "p.md"]);
    assert_eq!(folder.read("p.md"), PAGE);
}

#[test]
fn a_field_that_changed_on_both_sides_is_refused_and_other_fields_merge() {
    let folder = with_page();
    folder.ok(&["set", "beta", "body=from the notebook"]);
    folder.write(
        "p.md",
        PAGE.replace("two", "from the file").replace("one", "uno"),
    );
    let error = folder.fails(2, &["import", "p.md"]);
    assert!(
        error.contains("term/beta") && error.contains("--theirs"),
        "{error}"
    );
    assert_eq!(folder.ok(&["show", "alpha", "--body"]).trim(), "one");
    folder.ok(&["import", "p.md", "--theirs"]);
    assert_eq!(
        folder.ok(&["show", "beta", "--body"]).trim(),
        "from the file"
    );
    // Different entries merge.
    folder.ok(&["set", "alpha", "body=un"]);
    let text = folder.read("p.md").replace("three", "drei");
    folder.write("p.md", text);
    folder.ok(&["import", "p.md"]);
    assert_eq!(folder.ok(&["show", "alpha", "--body"]).trim(), "un");
    assert_eq!(folder.ok(&["show", "gamma", "--body"]).trim(), "drei");
}

#[test]
fn what_both_sides_changed_to_the_same_or_changed_back_is_no_conflict() {
    let header = "kind,slug,title,status,rating\n";
    let folder = Folder::new();
    folder.write("t.csv", format!("{header}paper,alpha,Alpha,queued,1\n"));
    folder.ok(&["import", "t.csv"]);
    let updated = || folder.ok(&["show", "alpha", "--tsv", "updated"]);
    // Both say the same by now.
    folder.ok(&["set", "alpha", "status=read"]);
    folder.write("t.csv", format!("{header}paper,alpha,Alpha,read,1\n"));
    let said = folder.run(&["import", "t.csv"]).err;
    assert_eq!(said, "0 entries added, 0 changed, 1 unchanged\n");
    // The notebook went back to what the file had: the change of the file is taken.
    folder.ok(&["set", "alpha", "rating=2"]);
    folder.ok(&["set", "alpha", "rating=1"]);
    folder.write("t.csv", format!("{header}paper,alpha,Alpha,read,3\n"));
    let said = folder.run(&["import", "t.csv"]).err;
    assert_eq!(said, "0 entries added, 1 changed, 0 unchanged\n");
    assert_eq!(folder.ok(&["show", "alpha", "--tsv", "rating"]), "3\n");
    // The file still has the old value: that of the notebook stays, and the entry is as it was.
    folder.ok(&["set", "alpha", "rating=4"]);
    let before = updated();
    folder.write(
        "t.csv",
        format!("{header}paper,alpha,Alpha,read,3\npaper,beta,Beta,,\n"),
    );
    let kept = "1 entry changed in the notebook since: kept as in the notebook: paper/alpha\n";
    assert_eq!(
        folder.run(&["import", "t.csv"]).err,
        format!("{kept}1 entry added, 0 changed, 1 unchanged\n")
    );
    assert_eq!(folder.ok(&["show", "alpha", "--tsv", "rating"]), "4\n");
    assert_eq!(updated(), before);
    // Both changed it: the notebook keeps its value with `--ours`, the file gives its own with `--theirs`.
    folder.ok(&["set", "alpha", "rating=5"]);
    folder.write("t.csv", folder.read("t.csv").replace("read,3", "read,2"));
    folder.fails(2, &["import", "t.csv"]);
    assert_eq!(
        folder.run(&["import", "t.csv", "--ours"]).err,
        format!("{kept}0 entries added, 0 changed, 2 unchanged\n")
    );
    assert_eq!(folder.ok(&["show", "alpha", "--tsv", "rating"]), "5\n");
    folder.write("t.csv", folder.read("t.csv").replace("read,2", "read,4"));
    folder.fails(2, &["import", "t.csv"]);
    folder.ok(&["import", "t.csv", "--theirs"]);
    assert_eq!(folder.ok(&["show", "alpha", "--tsv", "rating"]), "4\n");
    // Without a slug or a uid, a row that was edited is another entry, and is named.
    folder.write("u.csv", "kind,title,rating\npaper,Alpha,5\npaper,Alpha,6\n");
    assert_eq!(
        folder.run(&["import", "u.csv"]).err,
        "u.csv:2:1: `paper/alpha` has the same title and says something else: added as `paper/alpha-2`\n\
         u.csv:3:1: `paper/alpha` has the same title and says something else: added as `paper/alpha-3`\n\
         2 entries added, 0 changed, 0 unchanged\n"
    );
}

#[test]
fn pages_are_known_by_their_paths() {
    let folder = Folder::new();
    for (name, term) in [("a", "Alpha"), ("b", "Beta")] {
        std::fs::create_dir(folder.file(name)).unwrap();
        folder.write(
            &format!("{name}/index.md"),
            format!("## Terms\n\n- {term}: {name}\n"),
        );
        folder.ok(&["import", &format!("{name}/index.md")]);
    }
    folder.ok(&["set", "alpha", "body=changed"]);
    folder.ok(&["export", "a/index.md"]);
    assert_eq!(folder.read("a/index.md"), "## Terms\n\n- Alpha: changed\n");
    folder.ok(&["export", "b/index.md"]);
    assert_eq!(folder.read("b/index.md"), "## Terms\n\n- Beta: b\n");
    assert_eq!(
        folder.ok(&["document", "list", "--tsv", "path,format,page,state"]),
        "a/index.md\tpage\tindex.md\tsame\nb/index.md\tpage\tb/index.md\tsame\n"
    );
    folder.ok(&["document", "forget", "a/index.md"]);
    folder.fails(1, &["document", "forget", "a/index.md"]);
    assert_eq!(
        folder.ok(&["document", "list", "--tsv", "path"]),
        "b/index.md\n"
    );
    // A page whose file moved takes the new path.
    std::fs::rename(folder.file("b/index.md"), folder.file("moved.md")).unwrap();
    folder.ok(&["import", "moved.md"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title"]),
        "Alpha\nBeta\n"
    );
}

#[test]
fn a_page_is_not_emptied_by_accident_nor_made_of_another_format() {
    let folder = with_page();
    folder.fails(2, &["import", "-"]);
    assert_eq!(
        folder
            .run_with(&["import", "-"], "## Terms\n\n- Delta: four\n")
            .code,
        Some(0)
    );
    folder.ok(&["export", "p.md"]);
    let page = folder.read("p.md");
    assert!(
        PAGE.lines().all(|line| page.lines().any(|own| own == line)),
        "nothing is taken off the page: {page}"
    );
    folder.write("p.md", "# Notes\n\n## Terms\n\n- Alpha: one\n");
    let error = folder.fails(2, &["import", "p.md"]);
    assert!(
        error.contains("off the page") && error.contains("--yes"),
        "{error}"
    );
    folder.ok(&["import", "p.md", "--yes"]);
    for (name, text) in [
        ("x.pdf", "%PDF-1.4\n- a\n"),
        ("x.yaml", "- a\n- b\n"),
        ("x.org", "* A heading\n- a\n"),
        ("x.html", "<ul>\n- a\n</ul>"),
        ("x.rdf", "<rdf:RDF>\n# a\n</rdf:RDF>"),
        ("x.txt", "one\ttwo\nthree\tfour\n"),
    ] {
        folder.write(name, text);
        let error = folder.fails(2, &["import", name]);
        assert!(error.contains("which format?"), "{name}: {error}");
    }
}

#[test]
fn two_works_with_one_title_are_two_and_a_merge_is_named() {
    let first = "@article{a, title={Editorial}, author={Roe, R.}, year=2001, journal={Journal One}, volume=1, number=1, edition=1, pages={1--2}, doi={10.5555/one}}";
    for (other, kept_apart) in [
        (
            "@article{b, title={Editorial}, author={Storr, S.}, year=2001}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, year=2002}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, year=2001, journal={Another Journal}}",
            true,
        ),
        ("@article{b, title={Editorial}, year=2001, volume=2}", true),
        (
            "@article{b, title={Editorial}, year=2001, pages={7--9}}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, doi={10.5555/two}}",
            true,
        ),
        (
            "@article{b, title={Elsewhere}, author={Storr, S.}, doi={10.5555/one}}",
            true,
        ),
        (
            "@article{b, title={Elsewhere}, author={Storr, S.}, url={https://example.org/a}}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, year=2001, journal={Journal One}, number={02}}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, year=2001, edition={2nd}}",
            true,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, journal={arXiv}, number={9}, isbn={1}}",
            false,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, number={No. 001}, isbn={1}}",
            false,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, Richard}, year=2001, journal={J. One}, isbn={1}}",
            false,
        ),
        (
            "@article{b, title={Editorial}, author={Roe, R.}, journal={arXiv preprint}, doi={10.48550/arXiv.1706.03762}, isbn={1}}",
            false,
        ),
        (
            "@article{b, title={Editorial. A subtitle}, author={Roe, R.}, doi={10.5555/ONE}, isbn={1}}",
            false,
        ),
    ] {
        let folder = Folder::new();
        folder.write("1.bib", first);
        folder.write("2.bib", other);
        folder.ok(&["import", "-q", "1.bib"]);
        let given = folder.run(&["import", "2.bib"]);
        let count = folder
            .ok(&["list", "papers", "--tsv", "slug"])
            .lines()
            .count();
        assert_eq!(count == 2, kept_apart, "{other}\n{}", given.err);
        assert!(
            given.err.contains(if kept_apart {
                "1 entry added"
            } else {
                "is the work of `paper/editorial`"
            }),
            "{other}\n{}",
            given.err
        );
    }
    // What is inherited from a volume identifies nothing.
    let folder = Folder::new();
    folder.write("v.bib", "@inproceedings{t1, title={One talk}, crossref={p}}\n@inproceedings{t2, title={Another talk}, crossref={p}}\n@proceedings{p, title={Proc}, author={Ed, E}, year=2020, doi={10.5555/p}}\n");
    folder.ok(&["import", "v.bib"]);
    folder.ok(&["import", "v.bib", "--on-duplicate", "merge"]);
    assert_eq!(
        folder
            .ok(&["list", "papers", "--tsv", "slug"])
            .lines()
            .count(),
        3
    );
}

#[test]
fn a_shared_isbn_or_a_title_made_from_an_identifier_is_not_enough() {
    let isbn = "isbn={978-0-262-03561-3}";
    let book = format!("@book{{a, title={{Alpha}}, author={{Roe, R.}}, {isbn}}}");
    for (other, entries) in [
        (
            format!("@book{{b, title={{Beta}}, author={{Roe, R.}}, {isbn}}}"),
            1,
        ),
        (
            format!("@inbook{{b, title={{Chapter}}, author={{Roe, R.}}, {isbn}}}"),
            2,
        ),
        (
            format!("@book{{b, title={{Beta}}, author={{Storr, S.}}, {isbn}}}"),
            2,
        ),
    ] {
        let folder = Folder::new();
        folder.write("1.bib", &book);
        folder.write("2.bib", &other);
        folder.ok(&["import", "-q", "1.bib"]);
        folder.ok(&["import", "-q", "2.bib"]);
        let count = folder.ok(&["list", "--tsv", "slug"]).lines().count();
        assert_eq!(count, entries, "{other}");
    }
    let folder = Folder::new();
    folder.ok(&["add", "10.5555/zzz"]);
    folder.write("1.bib", "@article{b, title={Other}, author={Roe, R.}}");
    folder.ok(&["import", "-q", "1.bib"]);
    assert_eq!(folder.ok(&["list", "--tsv", "slug"]).lines().count(), 2);
}

#[test]
fn works_without_authors_are_told_apart_by_their_addresses_and_numbers() {
    let folder = Folder::new();
    let ris = |number: u8, address: &str, more: &str| {
        format!(
            "TY  - JOUR\nTI  - Editorial\n{more}PY  - 2000\nIS  - {number}\nUR  - https://a.org/{address}\nER  - \n"
        )
    };
    for (file, text, said) in [
        ("a.ris", ris(1, "1", ""), "1 entry added"),
        (
            "b.ris",
            ris(2, "1", ""),
            "`Editorial` is like `paper/editorial` but has another number",
        ),
        ("c.ris", ris(1, "3", ""), "but has another address"),
        (
            "d.ris",
            ris(2, "4", "AU  - Roe, A.\n"),
            "which got authors and keeps its own url",
        ),
    ] {
        folder.write(file, text);
        let given = folder.run(&["import", file]);
        assert!(given.err.contains(said), "{file}: {}", given.err);
    }
    assert_eq!(folder.ok(&["list", "--tsv", "slug"]).lines().count(), 3);
}

#[test]
fn a_record_that_says_more_than_its_entry_is_left_alone_until_it_is_forced() {
    let folder = Folder::new();
    folder.write("1.bib", "@article{a, title={Editorial}, author={Roe, R.}, year=2001, journal={Journal One}, pages={1--2}}\n");
    let other = "@article{b,\n  title = {Editorial},\n  author = {Roe, Richard},\n  journal = {J. One},\n  isbn = {1}\n}\n";
    folder.write("2.bib", other);
    folder.ok(&["import", "-q", "1.bib"]);
    let said = folder.run(&["import", "2.bib"]).err;
    assert!(
        said.contains("which got aliases and keeps its own author"),
        "{said}"
    );
    assert!(said.contains("`b` says something"), "{said}");
    folder.ok(&["set", "paper/editorial", "title=Editorial note"]);
    folder.ok(&["sync", "-q"]);
    assert_eq!(folder.read("2.bib"), other);
    folder.ok(&["export", "2.bib", "alias:b"]);
    folder.ok(&["sync", "-q"]);
    assert_eq!(folder.read("2.bib"), other);
    folder.ok(&["export", "2.bib", "alias:b", "--force"]);
    assert!(
        folder.read("2.bib").contains("title = {Editorial note}"),
        "{}",
        folder.read("2.bib")
    );
}

#[test]
fn a_folder_is_written_whole_or_not_at_all_and_cleaned_of_what_kb_wrote() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha", "one"]);
    folder.ok(&["add", "term", "Beta", "two"]);
    folder.ok(&["export", "out/"]);
    let own = folder.read("out/term/alpha.md");
    folder.write("out/term/alpha.md", format!("{own}by hand\n"));
    folder.ok(&["set", "beta", "body=changed"]);
    let error = folder.fails(2, &["export", "out/"]);
    assert!(error.contains("term/alpha.md"), "{error}");
    assert!(!folder.read("out/term/beta.md").contains("changed"));
    folder.ok(&["export", "out/", "--force"]);
    // A private note leaves a public folder.
    folder.ok(&["set", "beta", "private=yes"]);
    folder.ok(&["export", "out/", "--public"]);
    assert!(!folder.file("out/term/beta.md").exists());
    assert!(folder.file("out/term/alpha.md").exists());
    // A web site is public unless asked otherwise.
    folder.ok(&["export", "site/", "--format", "zola"]);
    assert!(!folder.file("site/term/beta.md").exists());
    folder.ok(&["export", "all/", "--format", "zola", "--private"]);
    assert!(folder.file("all/term/beta.md").exists());
}

#[test]
fn a_vault_and_the_notebook_do_not_undo_each_other() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/A.md", "---\ntags: [a]\n---\npara one\n");
    folder.write("v/B.md", "b\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["set", "A", "tags+=mine"]);
    folder.ok(&["import", "v"]);
    assert!(
        folder
            .ok(&["show", "A", "--jsonl", "tags"])
            .contains("mine")
    );
    // The file changed another field: both stay.
    folder.write("v/A.md", "---\ntags: [a]\n---\npara two\n");
    folder.ok(&["import", "v"]);
    let shown = folder.ok(&["show", "A", "--jsonl", "tags,body"]);
    assert!(
        shown.contains("mine") && shown.contains("para two"),
        "{shown}"
    );
    // The same field on both sides is refused.
    folder.ok(&["set", "A", "body=para three"]);
    folder.write("v/A.md", "---\ntags: [a]\n---\npara four\n");
    let error = folder.fails(2, &["import", "v"]);
    assert!(error.contains("term/a"), "{error}");
    folder.ok(&["import", "v", "--theirs"]);
    // A file that was deleted by hand is named and not written again.
    std::fs::remove_file(folder.file("v/B.md")).unwrap();
    assert!(
        folder
            .run(&["import", "v"])
            .err
            .contains("kb remove term/b")
    );
    folder.ok(&["export", "v/"]);
    assert!(!folder.file("v/B.md").exists());
    folder.ok(&["export", "v/", "--force"]);
    assert_eq!(folder.read("v/B.md"), "b\n");
}

#[test]
fn what_a_document_takes_is_shown_counted_and_named_when_it_cannot_be_read() {
    let folder = Folder::new();
    folder.write("r.bib", "@article{a, title={On Trees}, year={2001}}\n");
    folder.write("p.md", "## Terms\n\n- Alpha: A.\n");
    folder.ok(&["import", "r.bib"]);
    folder.ok(&["import", "p.md"]);
    folder.ok(&["add", "term", "Hidden", "--private"]);
    folder.ok(&["view", "save", "trees", "title:trees"]);

    let said = |words: &[&str]| folder.run(words).err;
    assert_eq!(
        said(&["document", "set", "r.bib", "@trees"]),
        "`r.bib` takes what `@trees` finds: now 1 entry\n"
    );
    assert_eq!(
        said(&["document", "set", "r.bib", "kind:term"]),
        "`r.bib` takes what `kind:term` finds: now 0 entries\n\
         warning: 2 others cannot go into it: a BibTeX file holds entries of the kind paper\n"
    );
    assert_eq!(
        said(&["document", "set", "p.md", "is:private"]),
        "`p.md` takes what `is:private` finds: now 0 entries\n\
         warning: 1 other cannot go into it: a page holds public entries\n"
    );
    folder.ok(&["document", "set", "r.bib", "@trees"]);
    assert_eq!(
        folder.ok(&["document", "list", "--tsv", "path,takes"]),
        "p.md\tis:private\nr.bib\t@trees\n"
    );
    let removed = said(&["view", "remove", "trees"]);
    assert_eq!(
        removed,
        "warning: what `r.bib` takes cannot be read any more: no saved filter `@trees`\n\
         hint: kb document set r.bib FILTER\n"
    );
    let error = folder.fails(3, &["sync"]);
    assert!(
        error.contains("`r.bib` takes what `@trees` finds: no saved filter `@trees`\nhint: kb document set r.bib FILTER"),
        "{error}"
    );
    folder.ok(&["document", "set", "r.bib"]);
    folder.ok(&["sync"]);
}

#[test]
fn a_dry_run_of_a_sync_prints_only_the_diff() {
    let folder = Folder::new();
    folder.write("p.md", "## Terms\n\n- Alpha: A.\n");
    folder.ok(&["import", "p.md"]);
    folder.ok(&["set", "alpha", "body=AA."]);
    folder.write("p.md", "Prose.\n\n## Terms\n\n- Alpha: A.\n- Beta: B.\n");
    assert_eq!(
        folder.ok(&["sync", "--dry-run"]),
        "--- p.md\n+++ p.md\n@@ -2,5 +2,5 @@\n\n ## Terms\n\n-- Alpha: A.\n+- Alpha: AA.\n - Beta: B.\n"
    );
}

#[test]
fn new_entries_that_no_file_takes_are_named_with_what_to_add() {
    let folder = with_page();
    folder.ok(&["add", "term", "Delta"]);
    folder.ok(&["add", "paper", "Toy Models"]);
    folder.ok(&["add", "meeting", "Secret", "--private"]);
    let left =
        "1 new entry is in no file: paper/toy-models\n  add the heading `## Papers` to `p.md`\n";
    assert_eq!(
        folder.run(&["sync", "--dry-run"]).err,
        left,
        "a dry run says it, too"
    );
    assert!(folder.run(&["status"]).err.contains(left));
    let said = folder.run(&["sync"]).err;
    assert_eq!(
        said,
        format!("`p.md`: 1 line added, 0 lines removed\n{left}")
    );
    // The page was written since: the entry is not new any more.
    assert_eq!(folder.run(&["sync"]).err, "");
    // With the heading, the page takes all papers.
    let text = folder.read("p.md");
    folder.write("p.md", format!("{text}\n## Papers\n"));
    folder.ok(&["sync"]);
    assert!(
        folder.read("p.md").ends_with("## Papers\n\n- Toy Models\n"),
        "{}",
        folder.read("p.md")
    );

    // A filter is what the user decided.
    let folder = with_page();
    folder.ok(&["document", "set", "p.md", "kind:term"]);
    folder.ok(&["add", "paper", "Toy Models"]);
    assert_eq!(folder.run(&["sync"]).err, "");
    // A BibTeX file takes works by a filter; an entry that came from a file has one.
    folder.write("my refs.bib", "@article{a, title={A work}}\n");
    folder.ok(&["import", "my refs.bib"]);
    assert_eq!(folder.run(&["sync"]).err, "");
    folder.ok(&["add", "paper", "Superposition"]);
    folder.ok(&["add", "post", "A post"]);
    assert_eq!(
        folder.run(&["export", "p.md"]).err,
        "1 new entry is in no file: paper/superposition\n  kb document set 'my refs.bib' kind:paper\n"
    );
    // The path is that from the current folder.
    let (folder, other) = (with_page(), Folder::new());
    folder.ok(&["add", "paper", "Toy Models"]);
    let notebook = folder.file(".kb/notebook.db");
    let said = other
        .run(&["--notebook", notebook.to_str().unwrap(), "status"])
        .err;
    let page = folder.file("p.md").canonicalize().unwrap();
    let add = format!("add the heading `## Papers` to `{}`\n", page.display());
    assert!(said.contains(&add), "{said}");
    // A folder of notes takes every entry.
    let folder = with_page();
    folder.ok(&["export", "notes/"]);
    folder.ok(&["add", "paper", "Toy Models"]);
    let said = folder.run(&["sync"]).err;
    assert!(!said.contains("in no file"), "{said}");
}

#[test]
fn a_bibliography_that_cannot_be_read_whole_waits_and_says_so() {
    let folder = Folder::new();
    folder.write("r.bib", "@book{t, title={T}}\n\n@book{u, title={U}}\n");
    folder.ok(&["import", "r.bib"]);
    folder.write("r.bib", "@book{t, title={T}}\n\n@book{u, title={U}\n");
    let broken = folder.read("r.bib");
    folder.ok(&["set", "paper/t", "period=2001"]);
    let error = folder.fails(3, &["sync"]);
    assert!(
        error.contains("`r.bib` could not be read whole: nothing is written into it until then"),
        "{error}"
    );
    assert_eq!(folder.read("r.bib"), broken);
    folder.write("r.bib", "@book{t, title={T}}\n\n@book{u, title={U}}\n");
    folder.ok(&["sync"]);
    assert!(folder.read("r.bib").contains("title={T}, year={2001}"));
}

#[test]
fn a_change_of_a_file_in_utf_16_is_counted_by_its_lines() {
    let folder = Folder::new();
    let encoded = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    folder.write("r.bib", encoded("@book{t,\n title={Tü}\n}\n"));
    folder.ok(&["import", "r.bib"]);
    folder.ok(&["set", "paper/tu", "title=Tö"]);
    let said = folder.run(&["sync"]).err;
    assert!(said.contains("1 line added, 1 line removed"), "{said}");
    assert_eq!(
        std::fs::read(folder.file("r.bib")).unwrap(),
        encoded("@book{t,\n title={Tö}\n}\n")
    );
}
