//! What was asked is what is searched: only field terms, `-word` and quoted phrases are special.

use crate::support::Folder;

fn notebook() -> Folder {
    let folder = Folder::new();
    for (title, body) in [
        (
            "Vision transformers",
            "papers about vision transformers or image segmentation",
        ),
        ("Image segmentation", "another way to cut images"),
        (
            "Sorting a 5 inch disk",
            "sorting 5\" disk and 3\" disk on drum memory",
        ),
        ("Universe thing", "b"),
        ("University thing", "c"),
        ("Results", "the values (a) significantly differ"),
        ("Neurofibromatosis NF2", "the gene NF1 is another"),
    ] {
        folder.ok(&["add", "term", title, body]);
    }
    folder
}

#[test]
fn ordinary_sentences_are_words() {
    let folder = notebook();
    let first = |question: &[&str]| {
        let words = [&["search"], question, &["--tsv", "title"]].concat();
        folder
            .ok(&words)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    for (question, title) in [
        (
            &["papers about vision transformers or image segmentation"][..],
            "Vision transformers",
        ),
        (
            &[
                "papers",
                "about",
                "vision",
                "transformers",
                "OR",
                "image",
                "segmentation",
            ],
            "Vision transformers",
        ),
        (&["sorting 5\" disk"], "Sorting a 5 inch disk"),
        (&["5\" disk and 3\" disk"], "Sorting a 5 inch disk"),
        (&["what is \"drum\" memory"], "Sorting a 5 inch disk"),
        (&["\"drum memory"], "Sorting a 5 inch disk"),
        (&["- (a) significantly"], "Results"),
        (&["(image segmentation)"], "Image segmentation"),
        (&["segmentation or (image or cut)"], "Image segmentation"),
    ] {
        assert_eq!(first(question), title, "{question:?}");
    }
    // A phrase is a phrase, and its words apart are not.
    folder.fails(1, &["search", "\"memory drum\"", "--lexical"]);
    // A dash excludes, and field terms may be alternatives.
    assert_eq!(
        folder.ok(&[
            "search",
            "segmentation",
            "-another",
            "--lexical",
            "--tsv",
            "title"
        ]),
        "Vision transformers\n"
    );
    assert_eq!(
        folder.ok(&[
            "list",
            "title:universe or title:results",
            "--tsv",
            "title",
            "--sort",
            "title"
        ]),
        "Results\nUniverse thing\n"
    );
}

#[test]
fn exact_is_the_word_as_typed() {
    let folder = notebook();
    assert_eq!(
        folder.ok(&["search", "--exact", "universe", "--tsv", "title"]),
        "Universe thing\n"
    );
    assert_eq!(
        folder.ok(&["search", "-x", "UNIVERSITY", "--tsv", "title"]),
        "University thing\n"
    );
}

#[test]
fn unknown_words_are_named_and_alone_find_nothing() {
    let folder = notebook();
    for question in ["xqzvkw", "jfkdls qpwoei", "zzzzzzzzzz"] {
        let error = folder.fails(1, &["search", question]);
        assert!(error.contains("no entry has"), "{error}");
    }
    let given = folder.run(&["search", "universe xqzvkw"]);
    assert_eq!(given.code, Some(0));
    assert!(given.err.contains("no entry has `xqzvkw`"), "{}", given.err);
    // Codes and abbreviations are never replaced.
    for word in ["NF3", "THN", "400mg"] {
        let given = folder.run(&["search", word]);
        assert!(!given.err.contains("searched for"), "{word}: {}", given.err);
    }
}

#[test]
fn filters_find_what_lists_show() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "X", "--period", "until May 2022"]);
    folder.ok(&["add", "term", "Alpha", "--topic", "ML/Vision"]);
    assert_eq!(folder.ok(&["list", "papers", "--tsv", "year"]), "2022\n");
    for filter in ["year:2022", "year>=2022", "year<2023"] {
        assert_eq!(
            folder.ok(&["list", "papers", filter, "--tsv", "slug"]),
            "x\n",
            "{filter}"
        );
    }
    for filter in [
        "topic:ML/Vision",
        "topic:ml/vis",
        "topic:\"ML/Vision\"",
        "topic=ML/Vision",
    ] {
        assert_eq!(
            folder.ok(&["list", filter, "--tsv", "slug"]),
            "alpha\n",
            "{filter}"
        );
    }
    for title in ["Zed", "éclair", "apple"] {
        folder.ok(&["add", "term", title]);
    }
    assert_eq!(
        folder.ok(&["list", "terms", "--sort", "title", "--tsv", "title"]),
        "Alpha\napple\néclair\nZed\n"
    );
    let error = folder.fails(2, &["list", "terms", "--json", "titel"]);
    assert!(error.contains("`title`"), "{error}");
}

#[test]
fn redo_lasts_until_a_new_command_changes_something() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    folder.ok(&["set", "alpha", "source=A"]);
    folder.ok(&["undo"]);
    folder.ok(&["set", "alpha", "source=B"]);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    assert_eq!(
        folder.ok(&["show", "alpha", "--jsonl", "source"]),
        "{\"source\":\"B\"}\n"
    );
    // A is gone for good, except by its number.
    assert_ne!(folder.run(&["redo"]).code, Some(0));
}

#[test]
fn two_columns_of_one_name_are_named() {
    let folder = Folder::new();
    folder.write("in.csv", "title,body,body\nA,first,second\n");
    let given = folder.run(&["import", "in.csv", "--kind", "terms"]);
    assert!(
        given.err.contains("several columns are `body`"),
        "{}",
        given.err
    );
}
