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
