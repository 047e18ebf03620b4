//! Entries about the same work: doctor finds them, `kb merge` joins them, `kb cite` cites them.

use crate::support::Folder;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("b.bib", "@article{smith19, title={On lists}, author={Smith, Jane and van der Berg, Jan and Doe, John}, journal={Journal of Lists}, year={2019}, note={From the file}}");
    folder.ok(&["import", "b.bib"]);
    folder.ok(&[
        "add",
        "paper",
        "Lists, revisited",
        "My notes",
        "--doi",
        "10.1234/lists",
        "--year",
        "2020",
        "--topic",
        "Order",
        "--tag",
        "old",
    ]);
    folder.ok(&["add", "term", "List", "See [[paper/lists-revisited]]."]);
    folder
}

#[test]
fn two_entries_become_one_that_has_the_names_and_the_words_of_both() {
    let folder = folder();
    let before = folder.everything();
    let planned = folder.run(&["merge", "smith19", "lists-revisited", "--dry-run"]);
    assert!(planned.out.contains("paper/on-lists"), "{}", planned.out);
    assert_eq!(folder.everything(), before);
    folder.ok(&["merge", "smith19", "lists-revisited"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "slug"]),
        "on-lists\n"
    );
    for name in [
        "smith19",
        "on-lists",
        "paper/lists-revisited",
        "lists-revisited",
        "10.1234/lists",
        "Lists, revisited",
    ] {
        assert_eq!(
            folder.ok(&["show", name, "--jsonl", "slug"]),
            "{\"slug\":\"on-lists\"}\n",
            "{name}"
        );
    }
    let row: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "on-lists", "--jsonl"])).unwrap();
    assert_eq!(
        (&row["title"], &row["body"]),
        (&"On lists".into(), &"From the file\n\nMy notes".into())
    );
    assert_eq!(
        (&row["period"], &row["merged"][0]["period"]),
        (&"2019".into(), &"2020".into()),
        "the first value stays, and the second is kept in `merged`"
    );
    assert_eq!(
        (&row["topics"], &row["tags"]),
        (&serde_json::json!(["Order"]), &serde_json::json!(["old"]))
    );
    // A link to the removed entry leads to the remaining one.
    assert_eq!(row["backlinks"][0], "term/list");
    assert!(
        folder
            .ok(&["doctor"])
            .lines()
            .all(|line| !line.starts_with("links:"))
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    let wrong = folder.fails(2, &["merge", "smith19", "list"]);
    assert!(wrong.contains("are of different kinds"), "{wrong}");
    assert!(
        folder
            .fails(2, &["merge", "smith19", "on-lists"])
            .contains("are the same entry")
    );
    assert!(
        folder
            .fails(1, &["merge", "smith19", "nothing-so"])
            .contains("no entry matches")
    );
}

#[test]
fn the_doctor_names_entries_that_are_likely_to_be_the_same() {
    let folder = folder();
    folder.ok(&["add", "paper", "On Lists", "--year", "2019"]);
    folder.ok(&["add", "paper", "Elsewhere", "--arxiv", "2010.11929v1"]);
    folder.ok(&["add", "paper", "Elsewhere again", "--arxiv", "2010.11929v2"]);
    let advice = folder.ok(&["doctor"]);
    let twice: Vec<&str> = advice
        .lines()
        .filter(|line| line.starts_with("twice:"))
        .collect();
    assert_eq!(
        twice,
        [
            "twice: `paper/elsewhere` and `paper/elsewhere-again` have the same arXiv id: `kb merge paper/elsewhere paper/elsewhere-again`",
            "twice: `paper/on-lists` and `paper/on-lists-2` have the same title: `kb merge paper/on-lists paper/on-lists-2`",
        ]
    );
}

#[test]
fn a_reference_is_printed_for_people_and_as_a_key_for_pandoc() {
    let folder = folder();
    assert_eq!(
        folder.ok(&["cite", "on-lists"]),
        "Smith, Jane, Jan van der Berg, and John Doe. 2019. On lists. Journal of Lists.\n"
    );
    assert_eq!(
        folder.ok(&["cite", "10.1234/lists", "list"]),
        "2020. Lists, revisited. https://doi.org/10.1234/lists\nList.\n"
    );
    assert_eq!(
        folder.ok(&["cite", "--pandoc", "on-lists", "lists-revisited"]),
        "[@smith19; @lists-revisited]\n"
    );
    // The key is the one that a bibliography is exported with, and edits do not change it.
    folder.ok(&[
        "set",
        "lists-revisited",
        "title=Another title",
        "period=2021",
    ]);
    assert_eq!(
        folder.ok(&["cite", "-p", "lists-revisited"]),
        "[@lists-revisited]\n"
    );
    assert!(
        folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("@misc{lists-revisited,")
    );
    folder.write("odd.bib", "@misc{a/b--c:, title={Odd}}");
    folder.ok(&["import", "odd.bib"]);
    assert_eq!(folder.ok(&["cite", "-p", "odd"]), "[@{a/b--c:}]\n");
    assert!(
        folder
            .fails(1, &["cite", "nothing-so"])
            .contains("no entry matches")
    );
}

#[test]
fn a_file_that_says_the_same_already_keeps_its_time() {
    let folder = folder();
    let words = ["export", "papers.bib", "--if-changed"];
    folder.ok(&words);
    let time = || {
        std::fs::metadata(folder.file("papers.bib"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(1000);
    std::fs::File::options()
        .write(true)
        .open(folder.file("papers.bib"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    let first = time();
    folder.ok(&words);
    assert_eq!(time(), first);
    folder.ok(&["set", "on-lists", "venue=Lists"]);
    folder.ok(&words);
    assert_ne!(time(), first);
    assert!(folder.read("papers.bib").contains("journal={Lists}"));
    assert_eq!(
        std::fs::read_dir(folder.file("."))
            .unwrap()
            .filter(|entry| entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with(".kb-"))
            .count(),
        0
    );
}

/// Imports one bibliography after another; returns the number of papers.
fn papers(records: &[(&str, &str)]) -> usize {
    let folder = Folder::new();
    for (name, text) in records {
        folder.write(name, text);
        folder.ok(&["import", name]);
    }
    let advice = folder.ok(&["doctor"]);
    assert!(!advice.contains("the same"), "{advice}");
    folder
        .ok(&["list", "papers", "--tsv", "ref"])
        .lines()
        .count()
}

#[test]
fn identifiers_are_compared_without_versions_and_ends_of_pages() {
    let bib = |title: &str, author: &str, fields: &str| {
        format!("@article{{k, title = {{{title}}}, author = {{{author}}}, {fields}}}\n")
    };
    let book = |title: &str, author: &str, fields: &str| {
        format!("@book{{k, title = {{{title}}}, author = {{{author}}}, {fields}}}\n")
    };
    for (a, b, expected) in [
        (
            "doi = {10.1101/2020.01.02.123456v1}",
            "doi = {10.1101/2020.01.02.123456v2}",
            1,
        ),
        ("doi = {10.1177/0123456}", "doi = {10.1177/0123456/full}", 1),
        (
            "doi = {10.48550/arXiv.1706.03762}",
            "eprint = {1706.03762v3}, archiveprefix = {arXiv}",
            1,
        ),
        ("doi = {10.1000/ab}", "doi = {10.1000/abv2}", 2),
        (
            "year = 2016, isbn = {978-0-262-03561-3}",
            "year = 2017, isbn = {0262035618}",
            1,
        ),
        (
            "year = 2016, isbn = {978-0-262-03561-3}",
            "year = 2017, isbn = {0262035611}",
            1,
        ),
        (
            "year = 2016, isbn = {978-0-262-03561-3}",
            "year = 2017, isbn = {0262035628}",
            2,
        ),
    ] {
        // The titles or the years differ, so that only the identifier can show that the works are
        // the same.
        let (one, two) = if a.contains("isbn") {
            (
                book("Deep Learning", "Roe, A.", a),
                book("Deep learning", "Roe, Ann", b),
            )
        } else {
            (
                bib("One title", "Roe, A.", a),
                bib("Another title", "Roe, Ann", b),
            )
        };
        assert_eq!(
            papers(&[("a.bib", &one), ("b.bib", &two)]),
            expected,
            "{a} {b}"
        );
    }
    // An ISBN is looked up, whatever the title and the key are.
    let long = "@book{one, title = {Deep Learning: Adaptive Methods}, author = {Roe, A.}, isbn = {978-0-262-03561-3}}\n";
    let short = "@book{two, title = {Deep Learning}, author = {Roe, Ann}, isbn = {0262035618}}\n";
    assert_eq!(papers(&[("a.bib", long), ("b.bib", short)]), 1);
    // Chapters share the ISBN of their book.
    let chapter = |title: &str| {
        format!(
            "@incollection{{k, title = {{{title}}}, author = {{Roe, A.}}, isbn = {{0262035618}}}}\n"
        )
    };
    assert_eq!(
        papers(&[("a.bib", &chapter("First")), ("b.bib", &chapter("Second"))]),
        2
    );
}

#[test]
fn works_of_ris_and_csl_are_told_apart_by_the_same_rules() {
    let ris = |author: &str, year: &str, journal: &str| {
        format!(
            "TY  - JOUR\nTI  - Editorial\nAU  - {author}\nPY  - {year}\nJO  - {journal}\nER  - \n"
        )
    };
    let csl = |author: &str, year: &str, journal: &str| {
        format!(
            "[{{\"id\": \"x\", \"type\": \"article-journal\", \"title\": \"Editorial\", \"author\": [{{\"family\": \"{author}\"}}], \"issued\": {{\"date-parts\": [[{year}]]}}, \"container-title\": \"{journal}\"}}]"
        )
    };
    for (one, two, expected) in [
        (("Roe", "2001", "Nature"), ("Roe", "2001", "Nature"), 1),
        (("Roe", "2001", "Nature"), ("Doe", "2001", "Nature"), 2),
        (("Roe", "2001", "Nature"), ("Roe", "2002", "Nature"), 2),
        (("Roe", "2001", "Nature"), ("Roe", "2001", "Science"), 2),
    ] {
        let r = |w: (&str, &str, &str)| ris(w.0, w.1, w.2);
        let c = |w: (&str, &str, &str)| csl(w.0, w.1, w.2);
        assert_eq!(
            papers(&[("a.ris", &r(one)), ("b.ris", &r(two))]),
            expected,
            "RIS {one:?} {two:?}"
        );
        assert_eq!(
            papers(&[("a.json", &c(one)), ("b.json", &c(two))]),
            expected,
            "CSL {one:?} {two:?}"
        );
        assert_eq!(
            papers(&[("a.ris", &r(one)), ("b.json", &c(two))]),
            expected,
            "both {one:?} {two:?}"
        );
    }
}

#[test]
fn books_their_volumes_and_the_records_that_inherit_are_told_apart() {
    let record = |kind: &str, title: &str, author: &str, more: &str| {
        format!(
            "@{kind}{{k, title = {{{title}}}, author = {{{author}}}, isbn = {{0262035618}}, {more}}}\n"
        )
    };
    let (ann, bob) = ("Roe, Ann", "Poe, Bob");
    for (one, two, expected) in [
        // Another edition may have another title, but not by another author.
        (("book", "Nets", ann, ""), ("book", "On graphs", ann, ""), 1),
        (("book", "Nets", ann, ""), ("book", "On graphs", bob, ""), 2),
        (
            ("book", "Nets", ann, ""),
            ("incollection", "On graphs", ann, ""),
            2,
        ),
        (
            ("book", "Nets", ann, ""),
            ("incollection", "Nets", ann, ""),
            1,
        ),
        // Volumes of a set share an ISBN.
        (
            ("book", "Nets", ann, "volume = 1"),
            ("book", "Nets", ann, "volume = 2"),
            2,
        ),
        (
            ("book", "Nets", ann, "volume = 1"),
            ("book", "Nets", ann, "volume = 1"),
            1,
        ),
        (
            ("book", "Nets", ann, "volume = 1"),
            ("book", "Nets", ann, ""),
            1,
        ),
        (
            ("book", "Nets", ann, ""),
            ("book", "Nets", ann, "volume = 2"),
            1,
        ),
    ] {
        let text = |w: (&str, &str, &str, &str)| record(w.0, w.1, w.2, w.3);
        assert_eq!(
            papers(&[("a.bib", &text(one)), ("b.bib", &text(two))]),
            expected,
            "{one:?} {two:?}"
        );
    }
    // What a record has itself counts; what it inherits from its volume does not.
    let volume = "@proceedings{v, title = {Proceedings}, year = 2001, doi = {10.1000/v}, url = {https://x.org/v}, author = {Editor, E}}\n";
    let talk = |own: &str| {
        format!("@inproceedings{{t, title = {{A talk}}, crossref = {{v}}, {own}}}\n{volume}")
    };
    let other = |title: &str, own: &str| format!("@misc{{o, title = {{{title}}}, {own}}}\n");
    for (own, title, theirs, expected) in [
        (
            "doi = {10.1000/t}, author = {Roe, Ann}",
            "Another name",
            "doi = {10.1000/t}",
            2,
        ),
        (
            "eprint = {1706.03762}, archiveprefix = {arXiv}",
            "Another name",
            "eprint = {1706.03762}, archiveprefix = {arXiv}",
            2,
        ),
        ("author = {Roe, Ann}", "A talk", "author = {Poe, Bob}", 3),
        ("author = {Roe, Ann}", "A talk", "author = {Roe, A.}", 2),
        ("author = {Roe, Ann}", "A talk", "author = {Roe, .Ann}", 2),
        (
            "author = {Roe, Ann}",
            "Another name",
            "doi = {10.1000/t2}",
            3,
        ),
    ] {
        assert_eq!(
            papers(&[("b.bib", &other(title, theirs)), ("a.bib", &talk(own))]),
            expected,
            "{own} {title} {theirs}"
        );
    }
}

#[test]
fn numbers_pages_and_own_addresses_tell_works_with_one_title_apart() {
    let record = |title: &str, more: &str| {
        format!("@article{{k, title = {{{title}}}, author = {{Roe, Ann}}, {more}}}\n")
    };
    for (one, two, expected) in [
        ("pages = {1--9}", "pages = {13--25}", 2),
        ("pages = {1}", "pages = {pp. 1--9}", 1),
        ("number = {1}", "number = {2}", 2),
        ("number = {02}", "number = {No. 2}", 1),
        ("edition = {1}", "edition = {2}", 2),
        ("edition = {Second}", "edition = {second}", 1),
        (
            "journal = {arXiv preprint arXiv:1706.03762}",
            "journal = {Journal of Nets}",
            1,
        ),
        ("journal = {Acta}", "journal = {Journal of Nets}", 2),
    ] {
        let texts = [record("Nets", one), record("Nets", two)];
        assert_eq!(
            papers(&[("a.bib", &texts[0]), ("b.bib", &texts[1])]),
            expected,
            "{one} {two}"
        );
    }
    // A title may go on with a subtitle.
    let texts = [record("Nets", ""), record("Nets: a survey", "")];
    assert_eq!(papers(&[("a.bib", &texts[0]), ("b.bib", &texts[1])]), 1);
    // The address is the record's own, whatever it inherits.
    let volume = "@proceedings{v, title = {Proceedings}, url = {https://e.org/v}}\n";
    let talk =
        |own: &str| format!("@misc{{t, title = {{A talk}}, crossref = {{v}}, {own}}}\n{volume}");
    let other = "@misc{o, title = {A talk}, url = {https://e.org/2}}\n";
    for (own, expected) in [
        ("url = {https://e.org/1}", 3),
        ("url = {https://e.org/2}", 2),
        ("", 2),
    ] {
        assert_eq!(
            papers(&[("b.bib", other), ("a.bib", &talk(own))]),
            expected,
            "{own}"
        );
    }
}

#[test]
fn an_address_that_is_an_identifier_keeps_works_apart() {
    for [one, two] in [
        [
            "url={https://arxiv.org/abs/2001.00001}",
            "url={https://arxiv.org/abs/2001.00002}",
        ],
        ["doi={10.1000/x1}", "url={https://doi.org/10.1000/x2}"],
    ] {
        let folder = Folder::new();
        for (key, more) in [("a", one), ("b", two)] {
            let name = format!("{key}.bib");
            folder.write(
                &name,
                format!(
                    "@article{{{key}, title={{Same}}, author={{Doe, John}}, year=2001, {more}}}\n"
                ),
            );
            folder.ok(&["import", &name]);
        }
        assert_eq!(
            folder.ok(&["list", "--tsv", "title"]),
            "Same\nSame\n",
            "{one}"
        );
    }
}

#[test]
fn a_bibliography_that_kb_wrote_says_nothing_new() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "A", "--year", "2001"]);
    folder.ok(&["export", "a.bib"]);
    let before = folder.everything();
    folder.ok(&["import", "a.bib"]);
    assert_eq!(folder.everything(), before);
}

#[test]
fn parts_and_editors_tell_works_of_one_title_apart() {
    let pairs = [
        (
            "book",
            "editor={Lee, Ann}",
            "editor={Ray, Bob}",
            "another editor",
        ),
        (
            "book",
            "author={Lee, A}, subtitle={First}",
            "author={Lee, A}, subtitle={Second}",
            "another subtitle",
        ),
        (
            "book",
            "author={Lee, A}, part={1}",
            "author={Lee, A}, part={2}",
            "another part",
        ),
        (
            "inbook",
            "author={Lee, A}, chapter={1}",
            "author={Lee, A}, chapter={2}",
            "another chapter",
        ),
        (
            "article",
            "author={Lee, A}, eid={101}",
            "author={Lee, A}, eid={102}",
            "another article number",
        ),
        (
            "article",
            "author={Lee, A}, pmid={111}",
            "author={Lee, A}, pmid={222}",
            "another PMID",
        ),
    ];
    for (kind, one, other, what) in pairs {
        let folder = Folder::new();
        for (name, fields) in [("a", one), ("b", other)] {
            folder.write(
                &format!("{name}.bib"),
                format!("@{kind}{{{name}, title={{Handbook}}, year=2001, {fields}}}\n"),
            );
        }
        folder.ok(&["import", "a.bib"]);
        let said = folder.run(&["import", "b.bib"]).err;
        assert!(said.contains(what), "{said}");
        assert_eq!(
            folder.ok(&["list", "papers", "--tsv", "slug"]),
            "handbook\nhandbook-2\n"
        );
        // The same values are the same work.
        folder.write(
            "c.bib",
            format!("@{kind}{{c, title={{Handbook}}, year=2001, {one}, note={{x}}}}\n"),
        );
        folder.ok(&["import", "c.bib"]);
        assert_eq!(
            folder
                .ok(&["list", "papers", "--tsv", "slug"])
                .lines()
                .count(),
            2
        );
    }
}
