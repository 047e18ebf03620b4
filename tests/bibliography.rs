//! Import and export of BibTeX, also of the real files in `../shared/corpora/bibtex`.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value as Json;

use crate::support::{Folder, Given, loudly, shared};

const PAPERS: &str = r#"
@string{nips = "Advances in Neural Information Processing Systems"}

@inproceedings{vaswani2017attention,
  title     = {Attention is All you Need},
  author    = {Vaswani, Ashish and Shazeer, Noam and others},
  booktitle = nips,
  volume    = {30},
  year      = 2017,
  month     = jun,
  url       = {https://papers.nips.cc/paper/7181},
  keywords  = {transformers, attention},
}

@article{goedel1931,
  author  = {G{\"o}del, Kurt},
  title   = {{\"U}ber formal unentscheidbare S{\"a}tze},
  journal = {Monatshefte},
  year    = {1931},
  doi     = {10.1007/BF01700692},
  custom  = {kept as it is},
}
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("papers.bib", PAPERS);
    folder
}

#[test]
fn a_bibliography_becomes_papers_and_comes_out_as_it_was() {
    let folder = folder();
    let given = folder.run(&["import", "papers.bib"]);
    assert_eq!(
        (given.code, given.err.as_str()),
        (Some(0), "2 entries added, 0 changed, 0 unchanged\n")
    );
    let row: Json =
        serde_json::from_str(&folder.ok(&["show", "vaswani2017attention", "--jsonl"])).unwrap();
    assert_eq!(row["title"], "Attention is All you Need");
    assert_eq!(
        row["authors"],
        serde_json::json!(["Vaswani, Ashish", "Shazeer, Noam"])
    );
    assert_eq!(
        (&row["period"], &row["venue"]),
        (
            &"2017-06".into(),
            &"Advances in Neural Information Processing Systems".into()
        )
    );
    assert_eq!(
        row["tags"],
        serde_json::json!(["transformers", "attention"])
    );
    assert_eq!(
        folder.ok(&["show", "10.1007/bf01700692", "--jsonl", "title,authors"]),
        "{\"title\":\"Über formal unentscheidbare Sätze\",\"authors\":[\"Gödel, Kurt\"]}\n"
    );
    // `show` prints only the BibTeX fields that are not fields of the entry.
    let shown = folder.ok(&["show", "goedel1931"]);
    assert!(
        shown.contains("\ntype (bibtex): article\ncustom (bibtex): kept as it is\nadded:"),
        "{shown}"
    );
    folder.ok(&["export", "once.bib"]);
    let once = folder.read("once.bib");
    assert_eq!(once, folder.read("papers.bib"));
    // A second import of the source, or an import of the export, changes nothing.
    for file in ["papers.bib", "once.bib"] {
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed"),
            "{file}"
        );
    }
    // After a change, the export differs only in the lines of that change and keeps the key.
    folder.ok(&[
        "set",
        "goedel1931",
        "venue=Monatshefte für Mathematik & Physik",
        "period=Nov 1931",
    ]);
    folder.ok(&["export", "papers.bib"]);
    let twice = folder.read("papers.bib");
    let fresh: Vec<&str> = twice.lines().filter(|line| !once.contains(line)).collect();
    assert_eq!(
        fresh,
        [
            "  journal = {Monatshefte für Mathematik \\& Physik},",
            "  month   = nov,"
        ]
    );
    folder.ok(&[
        "set",
        "goedel1931",
        "title=On Formally Undecidable Propositions",
    ]);
    assert!(
        folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("@article{goedel1931,")
    );
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["export", "papers.bib"]);
    assert_eq!(folder.read("papers.bib"), once);
}

#[test]
fn a_bibtex_file_keeps_every_byte_that_is_not_about_a_change() {
    let folder = Folder::new();
    let file = "% Curated by hand.\r\n@STRING{j = \"Journal of Lists\"}\r\n@preamble{\"\\newcommand{\\x}{y}\"}\r\n\r\n\
        @Article{one,\r\n\tAUTHOR    = \"Doe, Jane\",\r\n\tTITLE     = {On Lists},\r\n\tJOURNAL   = j # \" B\",\r\n\tYEAR      = 2001\r\n}\r\n\r\n\
        @inproceedings(two,title={Two},year={2002},author={Roe, A})\r\n\r\n@article{three,\r\n  title = {Three},\r\n  note = {gone}\r\n}\r\n\
        @comment{jabref-meta: grouping:0;}\r\n";
    folder.write("a.bib", file);
    folder.ok(&["import", "a.bib"]);
    let exported = || {
        folder.ok(&["export", "a.bib"]);
        folder.read("a.bib")
    };
    assert_eq!(exported(), file);
    let after = |words: &[&str], old: &str, new: &str| {
        folder.ok(words);
        assert!(file.contains(old), "{old}");
        assert_eq!(exported(), file.replacen(old, new, 1), "{words:?}");
        folder.ok(&["undo"]);
        assert_eq!(exported(), file);
    };
    after(
        &["set", "one", "title=On Trees"],
        "{On Lists}",
        "{On Trees}",
    );
    after(
        &["set", "one", "authors=Roe, Ann"],
        "\"Doe, Jane\"",
        "\"Roe, Ann\"",
    );
    after(&["set", "one", "year=2003"], "= 2001", "= 2003");
    after(&["set", "one", "year="], ",\r\n\tYEAR      = 2001", "");
    after(
        &["set", "one", "url=https://x.org"],
        "= 2001",
        "= 2001,\r\n\tURL       = {https://x.org}",
    );
    after(
        &["set", "two", "venue=V"],
        "{Roe, A})",
        "{Roe, A},booktitle={V})",
    );
    folder.ok(&[
        "add", "paper", "New", "--author", "Doe, J", "--year", "2020",
    ]);
    let new = "@misc{new,\r\n  title = {New},\r\n  author = {Doe, J},\r\n  year = {2020}\r\n}";
    let at = "  note = {gone}\r\n}";
    let text = exported();
    assert!(
        text.contains(&format!("{at}\r\n\r\n{new}\r\n@comment")),
        "{text}"
    );
    // What kb does not read as a work stays too, and another file gets the same text.
    folder.ok(&["undo"]);
    folder.ok(&["export", "a.bib"]);
    folder.ok(&["export", "b.bib"]);
    assert_eq!(folder.read("b.bib"), file);
    folder.ok(&["remove", "two", "--yes"]);
    folder.ok(&["export", "a.bib"]);
    let two = "@inproceedings(two,title={Two},year={2002},author={Roe, A})\r\n\r\n";
    assert_eq!(folder.read("a.bib"), file.replacen(two, "", 1));
}

#[test]
fn a_bibtex_file_keeps_its_encoding() {
    let folder = Folder::new();
    let file = b"@misc{a,\n  title = {Caf\xe9},\n  note = {na\xefve},\n}\n";
    std::fs::write(folder.file("a.bib"), file).unwrap();
    folder.ok(&["import", "a.bib"]);
    let read = || std::fs::read(folder.file("a.bib")).unwrap();
    folder.ok(&["export", "a.bib"]);
    assert_eq!(read(), file);
    folder.ok(&["set", "a", "title=Th\u{e9}"]);
    folder.ok(&["export", "a.bib"]);
    assert_eq!(
        read(),
        b"@misc{a,\n  title = {Th\xe9},\n  note = {na\xefve},\n}\n"
    );
    // What the encoding lacks is written as TeX, and is the same text when it is read again.
    folder.ok(&["set", "a", "title=\u{141}\u{f3}d\u{17a} \u{ef}s"]);
    folder.ok(&["sync"]);
    let new = b"@misc{a,\n  title = {{\\L}\xf3d{\\'{z}} \xefs},\n  note = {na\xefve},\n}\n";
    assert_eq!(read(), new);
    folder.ok(&["sync"]);
    folder.ok(&["import", "a.bib"]);
    assert_eq!(read(), new);
    assert_eq!(
        folder.ok(&["list", "a", "--tsv", "title"]),
        "\u{141}\u{f3}d\u{17a} \u{ef}s\n"
    );
    folder.ok(&["set", "a", "title=\u{3bb}"]);
    let error = folder.fails(2, &["export", "a.bib"]);
    assert!(
        error.contains("windows-1252, which has no `\u{3bb}`"),
        "{error}"
    );
}

#[test]
fn what_did_not_come_from_a_bibliography_goes_into_one() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "On 100% & more",
        "A note",
        "--author",
        "Doe, Jane",
        "--author",
        "{OpenAI Team}",
        "--year",
        "2024",
        "--url",
        "https://example.org/a_b?x=1%20",
    ]);
    folder.ok(&["add", "term", "Lasso"]);
    let given = folder.run(&["export", "-", "--format", "bibtex"]);
    assert_eq!(
        given.err,
        "1 entry of another kind was left out; to write them too, name their kinds: `kind:paper,term`\n"
    );
    let out = given.out;
    for line in [
        "@misc{on-100-more,",
        "title = {On 100\\% \\& more}",
        "author = {Doe, Jane and {OpenAI Team}}",
        "year = {2024}",
        "url = {https://example.org/a_b?x=1%20}",
        "annotation = {A note}",
    ] {
        assert!(out.contains(line), "{line} in {out}");
    }
    folder.write("out.bib", &out);
    let other = Folder::new();
    std::fs::copy(folder.file("out.bib"), other.file("out.bib")).unwrap();
    other.ok(&["import", "out.bib"]);
    let fields = "title,authors,period,url,body";
    assert_eq!(
        other.ok(&["list", "papers", "--jsonl", fields]),
        folder.ok(&["list", "papers", "--jsonl", fields])
    );
}

#[test]
fn a_work_that_is_there_already_has_its_empty_fields_filled() {
    let works = [
        ("doi", &["--doi", "10.1007/BF01700692"][..]),
        ("title and year", &["--year", "1931"]),
    ];
    for (how, flags) in works {
        let folder = folder();
        let title = if how == "doi" {
            "Goedel's theorems"
        } else {
            "Über formal unentscheidbare Sätze"
        };
        folder.ok(&[&["add", "paper", title, "My notes"], flags].concat());
        assert!(
            folder
                .run(&["import", "papers.bib", "-n"])
                .err
                .contains("1 entry would be added, 1 changed"),
            "{how}"
        );
        let given = folder.run(&["import", "papers.bib"]);
        assert!(
            given.err.contains("1 entry added, 1 changed"),
            "{how}: {}",
            given.err
        );
        let row: Json =
            serde_json::from_str(&folder.ok(&["show", "goedel1931", "--jsonl"])).unwrap();
        assert_eq!(
            (
                row["title"].as_str(),
                row["body"].as_str(),
                row["venue"].as_str()
            ),
            (Some(title), Some("My notes"), Some("Monatshefte")),
            "{how}"
        );
        assert!(
            folder
                .run(&["import", "papers.bib"])
                .err
                .contains("0 entries added, 0 changed, 2 unchanged"),
            "{how}"
        );
    }
    for (what, expected) in [
        ("skip", "1 entry added, 0 changed, 1 unchanged"),
        ("add", "2 entries added, 0 changed, 0 unchanged"),
    ] {
        let folder = folder();
        folder.ok(&[
            "add",
            "paper",
            "Goedel's theorems",
            "--doi",
            "10.1007/BF01700692",
        ]);
        let given = folder.run(&["import", "papers.bib", "--on-duplicate", what]);
        assert!(given.err.contains(expected), "{what}: {}", given.err);
    }
}

#[test]
fn what_another_file_says_of_a_work_is_kept_beside_what_the_first_said() {
    let folder = Folder::new();
    folder.write(
        "mine.bib",
        "@article{a, title = {One}, year = 2020, journal = {Mine}}\n",
    );
    folder.write("theirs.bib", "@article{a, title = {One}, year = 2020, month = mar, journal = {Mine}, doi = {10.1000/1}, isbn = {978-1}, pages = {1--2}}\n");
    folder.ok(&["import", "mine.bib"]);
    assert!(
        folder
            .run(&["import", "theirs.bib"])
            .err
            .contains("0 entries added, 1 changed")
    );
    let expected = "@article{a,\n  title = {One},\n  year = 2020,\n  journal = {Mine},\n  isbn = {978-1},\n  pages = {1--2},\n  doi = {10.1000/1},\n}\n";
    assert_eq!(folder.ok(&["export", "-", "--format", "bibtex"]), expected);
    for file in ["theirs.bib", "mine.bib", "theirs.bib"] {
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed, 1 unchanged"),
            "{file}"
        );
    }
    // Importing the exported file changes nothing.
    folder.write("out.bib", expected);
    assert!(
        folder
            .run(&["import", "out.bib"])
            .err
            .contains("0 entries added, 0 changed, 1 unchanged")
    );
    folder.ok(&["undo"]);
    assert!(
        !folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("isbn")
    );
}

#[test]
fn what_goes_out_in_any_format_is_known_again_when_it_comes_back() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "A paper without a year",
        "--author",
        "Doe, Jane",
    ]);
    folder.write(
        "a.bib",
        "@book{42, title = {On lists}, subtitle = {A history}}\n@misc{long, title = {On trees}}\n",
    );
    folder.ok(&["import", "a.bib"]);
    for file in ["out.bib", "out.ris", "out.csl.json"] {
        folder.ok(&["export", file]);
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added"),
            "{file}"
        );
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed, 3 unchanged"),
            "{file}"
        );
    }
}

#[test]
fn works_that_came_with_the_same_key_have_keys_of_their_own_wherever_they_go() {
    let folder = Folder::new();
    folder.write(
        "a.bib",
        "@misc{smith2020, title = {On lists}}\n@misc{Smith2020-2, title = {On maps}}\n",
    );
    folder.write("b.bib", "@misc{Smith2020, title = {On trees}}\n");
    folder.write("c.bib", "@misc{smith2020, title = {On graphs}}\n");
    for file in ["a.bib", "b.bib", "c.bib"] {
        folder.ok(&["import", file]);
    }
    let said = folder.run(&["export", "all.bib"]).err;
    assert_eq!(
        said,
        "`paper/on-trees` is exported as `Smith2020-3`: an older entry has its key\n`paper/on-graphs` is exported as `smith2020-4`: an older entry has its key\n"
    );
    let all = folder.read("all.bib");
    let keys: Vec<&str> = all
        .lines()
        .filter_map(|line| line.strip_prefix("@misc{"))
        .collect();
    assert_eq!(
        keys,
        ["smith2020,", "Smith2020-2,", "Smith2020-3,", "smith2020-4,"]
    );
    for alone in [
        &["export", "-", "--format", "csl", "slug:on-trees"][..],
        &["cite", "--pandoc", "on-trees"],
    ] {
        assert!(folder.ok(alone).contains("Smith2020-3"), "{alone:?}");
    }
    // Importing the exported file adds no entry, and the next export has the same keys. After that,
    // importing any of the files changes nothing.
    assert!(
        folder
            .run(&["import", "all.bib"])
            .err
            .contains("0 entries added, 2 changed, 2 unchanged")
    );
    folder.ok(&["export", "again.bib"]);
    assert_eq!(folder.read("again.bib"), all);
    for file in ["all.bib", "a.bib", "b.bib", "c.bib"] {
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed"),
            "{file}"
        );
    }
}

#[test]
fn what_is_broken_is_named_and_the_rest_comes_in_from_any_encoding() {
    let folder = Folder::new();
    folder.write("broken.bib", "@article{a, title = {One}}\n\n@book{b,\n  title = {No end\n\n@misc{a, title = {Again}}\n@misc{c, title = {Three}}\r\n@comment{ @misc{d, title={Four}} }");
    let given = folder.run(&["import", "broken.bib"]);
    assert_eq!(given.code, Some(3));
    let lines: Vec<&str> = given.err.lines().collect();
    assert!(
        lines[0].starts_with("broken.bib:4:11: ") && lines[0].contains("a `}` is missing"),
        "{}",
        given.err
    );
    assert!(
        lines.contains(
            &"broken.bib:6:1: the key `a` is already used on line 1: kept with that entry"
        ),
        "{}",
        given.err
    );
    assert!(
        lines.contains(&"broken.bib:8:11: is inside a comment and was left out"),
        "{}",
        given.err
    );
    assert!(
        lines.contains(&"2 entries added, 0 changed, 0 unchanged"),
        "{}",
        given.err
    );
    assert!(
        folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("title = {Again}"),
        "nothing is lost"
    );
    assert!(
        folder
            .ok(&["show", "a"])
            .contains("\ntype (bibtex): article\nagain (bibtex): misc; title = Again\n")
    );
    let latin: Vec<u8> = "@misc{m, title = {M\u{fc}ller}}"
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            "@misc{w, title = {Größe}}"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    folder.write("latin.bib", latin);
    folder.write("wide.bib", wide);
    folder.ok(&["import", "latin.bib"]);
    folder.ok(&["import", "wide.bib"]);
    let titles = folder.ok(&["list", "papers", "--tsv", "title"]);
    assert!(
        titles.contains("Müller") && titles.contains("Größe"),
        "{titles}"
    );
}

#[test]
fn a_bibliography_shows_the_public_nothing_that_is_private() {
    let folder = folder();
    folder.ok(&["import", "papers.bib"]);
    folder.ok(&["set", "goedel1931", "private=yes"]);
    let public = folder.ok(&["export", "-", "--format", "bibtex", "--public"]);
    assert!(
        public.contains("@inproceedings{vaswani2017attention,") && !public.contains("goedel"),
        "{public}"
    );
    assert!(
        !public.contains("volume"),
        "left-over fields are only for the owner: {public}"
    );
}

/// Reads a tab-separated table of expected counts: one map for each row, keyed by column name.
pub(crate) fn expected(table: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(table).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|cells| columns.iter().cloned().zip(cells).collect())
        .collect()
}

/// Imports a file, and checks that a second import changes nothing and that the export, imported
/// into an empty notebook, is exported as the same bytes. Returns the result of the first import
/// and the number of entries.
pub(crate) fn comes_in_and_out(path: &Path, format: &str) -> (Given, usize) {
    let (folder, other) = (Folder::new(), Folder::new());
    let words = ["import", path.to_str().unwrap(), "--format", format];
    let given = folder.run(&words);
    assert!(
        matches!(given.code, Some(0 | 3)),
        "{}: {}",
        path.display(),
        given.err
    );
    let entries = folder.ok(&["list", "--tsv", "slug"]).lines().count();
    assert!(
        folder
            .run(&words)
            .err
            .contains("0 entries added, 0 changed"),
        "{}",
        path.display()
    );
    folder.ok(&["export", "once.out", "--format", format]);
    std::fs::copy(folder.file("once.out"), other.file("once.out")).unwrap();
    other.run(&["import", "once.out", "--format", format]);
    other.ok(&["export", "twice.out", "--format", format]);
    assert!(
        std::fs::read(folder.file("once.out")).unwrap()
            == std::fs::read(other.file("twice.out")).unwrap(),
        "{}",
        path.display()
    );
    (given, entries)
}

/// Bibliographies of other people. The expected counts are those of bibtex(1), pybtex and
/// bibtexparser.
#[test]
fn bibliographies_of_other_people_come_in_whole_and_come_out_the_same() {
    let Some(root) = shared("corpora/bibtex") else {
        return;
    };
    let files = expected(&root.join("expected.tsv"));
    // A normal run reads every tenth file, a long run reads all of them.
    let step = crate::support::trials(10, 1);
    let mut read = 0;
    for row in files.iter().step_by(step) {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "bibtex");
        let named = given
            .err
            .lines()
            .filter(|line| line.starts_with('/'))
            .count();
        if row["three_agree"] == "yes" {
            assert_eq!(
                entries.to_string(),
                row["bibtex_entries"],
                "{}",
                row["file"]
            );
        } else {
            assert!(
                entries + named >= row["bibtexparser_entries"].parse().unwrap(),
                "{}: {entries} entries and {named} messages",
                row["file"]
            );
        }
        read += 1;
    }
    loudly(&format!(
        "read {read} of {} bibliographies of ../shared/corpora/bibtex",
        files.len()
    ));
}

#[test]
fn what_only_the_bibliography_has_is_set_and_what_is_printed_stays() {
    let folder = Folder::new();
    let file = "% c\n@article{doe,\n  title = {A {B}},\n  pages = {1--2},\n  year = 2020\n}\n\n@book{roe,\n  title={C},\n  note = {printed},\n}\n";
    folder.write("a.bib", file);
    folder.ok(&["import", "a.bib", "-q"]);
    folder.ok(&["set", "doe", "pages=13--25", "volume=7"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("a.bib"),
        file.replace("{1--2}", "{13--25}")
            .replace("year = 2020\n", "year = 2020,\n  volume = 7\n")
    );
    assert!(
        folder
            .ok(&["show", "doe"])
            .contains("pages (bibtex): 13–25")
    );
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("a.bib"), file);
    // A name that no field has is refused, unless it is named with its format.
    assert!(
        folder
            .fails(2, &["set", "doe", "yaer=2020"])
            .contains("no field `yaer`")
    );
    folder.ok(&["set", "doe", "bibtex.mynote=x"]);
    folder.ok(&["set", "doe", "bibtex.mynote="]);
    // A note of kb's goes beside a printed one.
    folder.ok(&["set", "roe", "body=my words"]);
    folder.ok(&["sync"]);
    let after = folder.read("a.bib");
    assert!(
        after.contains("note = {printed},\n") && after.contains("annotation = {my words}"),
        "{after}"
    );
    assert_eq!(folder.ok(&["show", "roe", "--tsv", "body"]), "my words\n");
    assert!(folder.run(&["sync"]).err.is_empty());
}

#[test]
fn a_public_part_of_a_book_keeps_its_title() {
    let folder = Folder::new();
    folder.write("b.bib", "@inproceedings{x2, title={Child}, year=2001, booktitle={Proc X}}\n@inbook{x5, title={Nobook}, author={A, B}, year=2001}\n");
    folder.ok(&["import", "-q", "b.bib"]);
    assert_eq!(
        folder.ok(&["export", "--public", "--format", "bibtex"]),
        "@inproceedings{x2,\n  title = {Child},\n  booktitle = {Proc X},\n  year = {2001},\n}\n\n@inbook{x5,\n  title = {Nobook},\n  author = {A, B},\n  year = {2001},\n}\n"
    );
}
