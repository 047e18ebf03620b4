//! Records of a BibTeX file that are not as they should be: without a key, a type or a plain year.

use crate::support::Folder;

#[test]
fn an_entry_without_a_type_is_named() {
    let folder = Folder::new();
    folder.write(
        "a.bib",
        "% @{not one}\n@{d, title={W}}\n@book{e, title={E}}\n",
    );
    let said = folder.fails(3, &["import", "a.bib"]);
    assert!(
        said.contains("a.bib:2:1: an entry without a type"),
        "{said}"
    );
    assert_eq!(folder.ok(&["list", "--tsv", "title"]), "E\n");
}

#[test]
fn a_year_is_read_from_the_words_around_it() {
    let folder = Folder::new();
    let dates = [
        ("year = {2006. -- 1102 p.}", "2006"),
        ("year = {[1990] 2002}", "2002"),
        ("year = {1999--2004 (2003)}", "2003"),
        ("year = {about 1984}", "1984"),
        ("date = {1723?~}", "1723"),
        ("date = {1999-01-uu}", "1999"),
        ("date = {1999-uu}", "1999"),
    ];
    let entries = dates.iter().enumerate();
    let file: String = entries
        .map(|(n, (date, _))| format!("@book{{b{n}, title = {{Book {n}}}, {date}}}\n"))
        .collect();
    folder.write("a.bib", &file);
    folder.ok(&["import", "a.bib"]);
    let years: String = dates.iter().map(|(_, year)| format!("{year}\n")).collect();
    assert_eq!(
        folder.ok(&["list", "--tsv", "year", "--sort", "title"]),
        years
    );
    folder.ok(&["export", "a.bib"]);
    assert_eq!(folder.read("a.bib"), file);
}

#[test]
fn a_record_without_a_key_is_edited_like_any_other_and_gets_one() {
    for (file, edit, after) in [
        (
            "@article{\r\n  volume = {59},\r\n  year = {1999}\r\n}\r\n",
            "title=Mine",
            "@article{\r\n  1999, volume = {59},\r\n  year = {1999},\r\n  title = {Mine}\r\n}\r\n",
        ),
        (
            "@article{\r\n  volume = {59},\r\n  year = {1999}\r\n}\r\n",
            "key=roe",
            "@article{\r\n  roe, volume = {59},\r\n  year = {1999}\r\n}\r\n",
        ),
        (
            "@misc{, year = 1999}\n",
            "title=Mine",
            "@misc{1999, year = 1999, title = {Mine}}\n",
        ),
        (
            "@misc{, year = 1999}\n",
            "key=roe",
            "@misc{roe, year = 1999}\n",
        ),
        (
            "@misc(year=1999, note=\"Kept\")\n",
            "year=",
            "@misc(1999, note=\"Kept\")\n",
        ),
    ] {
        let folder = Folder::new();
        folder.write("a.bib", file);
        folder.ok(&["import", "a.bib"]);
        folder.ok(&["set", "1999", edit]);
        folder.ok(&["export", "a.bib"]);
        assert_eq!(folder.read("a.bib"), after);
        let before = folder.ok(&["list", "--tsv", "slug,title"]);
        folder.ok(&["import", "a.bib"]);
        assert_eq!(folder.ok(&["list", "--tsv", "slug,title"]), before);
        folder.ok(&["undo", "2"]);
        folder.ok(&["sync"]);
        assert_eq!(folder.ok(&["list", "--tsv", "slug"]), "1999\n");
    }
}

#[test]
fn a_text_without_a_record_is_not_a_bibliography() {
    let folder = Folder::new();
    folder.write("t.txt", "just text\n");
    for format in ["bibtex", "ris", "csl"] {
        let code = folder.run(&["import", "t.txt", "--format", format]).code;
        assert!(matches!(code, Some(2 | 3)), "{format}: {code:?}");
    }
    assert_eq!(folder.ok(&["document", "list", "--tsv", "path"]), "");
    folder.write("c.bib", "% only a comment\n@string{j = {J}}\n");
    folder.ok(&["import", "c.bib"]);
    folder.write("none.bib", "");
    folder.ok(&["import", "none.bib"]);
}
