//! Import and export of tables: CSV, TSV, Anki notes, and the CSV that Zotero exports.

use crate::support::{Folder, shared};

#[test]
fn a_glossary_becomes_terms_with_what_its_rows_say() {
    let folder = Folder::new();
    folder.write(
        "glossary.csv",
        "Term;Definition;Also known as\n\"Sparse coding\";\"A sum;\nof \"\"few\"\" atoms\";SC; \nLasso;A penalty\n\nRidge;Another;L2;extra\n",
    );
    assert!(
        folder
            .fails(2, &["import", "glossary.csv", "--kind", "terms"])
            .contains("no column is the title")
    );
    assert!(
        folder
            .fails(
                2,
                &[
                    "import",
                    "glossary.csv",
                    "--kind",
                    "terms",
                    "--map",
                    "Trem=title"
                ]
            )
            .contains("no column `Trem`\nhint: the columns are Term, Definition, Also known as")
    );
    let words = [
        "import",
        "glossary.csv",
        "--kind",
        "terms",
        "--map",
        "Term=title,Definition=body",
        "--map",
        "also known as=aliases",
    ];
    let given = folder.run(&words);
    assert_eq!(given.code, Some(0), "{}", given.err);
    let expected = "glossary.csv:2:1: the row has 4 cells, the header 3\nglossary.csv:4:1: the row has 2 cells, the header 3\nglossary.csv:6:1: the row has 4 cells, the header 3\n3 entries added, 0 changed, 0 unchanged\n";
    assert_eq!(given.err, expected);
    assert_eq!(
        folder.ok(&["show", "sc", "--jsonl", "title,body,aliases"]),
        "{\"title\":\"Sparse coding\",\"body\":\"A sum;\\nof \\\"few\\\" atoms\",\"aliases\":[\"SC\"]}\n"
    );
    assert!(
        folder
            .ok(&["show", "ridge", "--jsonl"])
            .contains("\"more_cells\":[\"extra\"]"),
        "nothing is dropped"
    );
    assert!(
        folder
            .run(&words)
            .err
            .ends_with("0 entries added, 0 changed, 3 unchanged\n")
    );
    // Columns that the kind does not have are kept.
    folder.write(
        "papers.tsv",
        "title\tauthors\tyear\tshelf\nA work\tDoe, Jane; Roe, Richard\t2020\tB3\n",
    );
    folder.ok(&["import", "papers.tsv", "--kind", "paper"]);
    assert_eq!(
        folder.ok(&["show", "a-work", "--jsonl", "authors,year,shelf"]),
        "{\"authors\":[\"Doe, Jane\",\"Roe, Richard\"],\"year\":2020,\"shelf\":\"B3\"}\n"
    );
}

#[test]
fn what_goes_out_as_a_table_comes_back_unchanged() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "A \"quoted\" work",
        "Two\nlines, one comma",
        "--author",
        "Doe, Jane",
        "--author",
        "Roe, Richard",
        "--year",
        "2020",
        "--tag",
        "a",
        "--tag",
        "b",
    ]);
    folder.ok(&["add", "term", "Über", "--alias", "Ueber", "--topic", "A/B"]);
    folder.ok(&["export", "all.csv"]);
    assert!(
        folder
            .run(&["import", "all.csv"])
            .err
            .contains("0 entries added, 0 changed, 2 unchanged")
    );
    let other = Folder::new();
    std::fs::copy(folder.file("all.csv"), other.file("all.csv")).unwrap();
    other.ok(&["import", "all.csv"]);
    assert_eq!(other.everything(), folder.everything());
    other.ok(&["export", "again.csv"]);
    assert_eq!(other.read("again.csv"), folder.read("all.csv"));
}

#[test]
fn tabs_line_ends_and_quotes_come_back_from_tab_separated_text() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.ok(&["add", "term", "\"Quoted\" at first", "a\tb\nc\\n d"]);
    folder.ok(&["export", "all.tsv"]);
    assert!(
        folder
            .read("all.tsv")
            .starts_with("uid\tkind\tslug\ttitle\tbody\t"),
        "{}",
        folder.read("all.tsv")
    );
    std::fs::copy(folder.file("all.tsv"), other.file("all.tsv")).unwrap();
    other.ok(&["import", "all.tsv"]);
    assert_eq!(other.everything(), folder.everything());
    assert!(
        folder
            .run(&["import", "all.tsv"])
            .err
            .contains("0 entries added, 0 changed, 1 unchanged")
    );
}

const NOTES: &str = "#separator:tab\n#html:true\n#guid column:1\n#tags column:4\n#deck:Maths\n\
    Bu:pB%\tWhat is a <b>norm</b>?<img src=\"norm.png\">\t\"A length:<br>at least 0, &amp; \"\"0\"\" for 0 only\n<script>x > 1</script>\"\talgebra basics\n\
    c2\tAnother\t\t\nc3\tThird\tback\t\textra\n";

#[test]
fn notes_of_anki_come_in_are_known_again_and_go_back() {
    let folder = Folder::new();
    folder.write("deck.txt", NOTES);
    let given = folder.run(&["import", "deck.txt"]);
    assert_eq!(
        (given.code, given.err.as_str()),
        (
            Some(0),
            "deck.txt:9:1: the note has 5 cells, the first one 4\n3 entries added, 0 changed, 0 unchanged\n"
        )
    );
    assert_eq!(
        folder.ok(&["show", "what-is-a-norm", "--jsonl", "kind,title,body,tags"]),
        "{\"kind\":\"term\",\"title\":\"What is a norm?\",\"body\":\"A length:\\nat least 0, & \\\"0\\\" for 0 only\",\"tags\":[\"algebra\",\"basics\"]}\n"
    );
    assert!(
        folder
            .ok(&["show", "what-is-a-norm"])
            .contains("\ntags:      algebra; basics\nguid (anki): Bu:pB%\nadded:")
    );
    assert!(
        folder
            .run(&["import", "deck.txt"])
            .err
            .ends_with("0 entries added, 0 changed, 3 unchanged\n")
    );
    folder.write("deck.txt", NOTES.replace("Another", "Another name"));
    assert!(
        folder
            .run(&["import", "deck.txt"])
            .err
            .ends_with("0 entries added, 1 changed, 2 unchanged\n")
    );
    folder.ok(&[
        "add",
        "term",
        "Made <here>",
        "two\nlines",
        "--tag",
        "one two",
    ]);
    folder.ok(&["export", "out.anki.txt"]);
    let out = folder.read("out.anki.txt");
    for part in [
        "#separator:tab\n#html:true\n#guid column:1\n",
        "Bu:pB%\t\t\talgebra basics\t\"What is a <b>norm</b>?<img src=\"\"norm.png\"\">\"\t\"A length:<br>at least 0, &amp; \"\"0\"\" for 0 only\n<script>x > 1</script>\"\n",
        "\tBasic\tDefault\tone_two\tMade &lt;here&gt;\ttwo<br>lines\n",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    folder.ok(&["set", "what-is-a-norm", "title=What is a norm"]);
    assert!(
        folder.ok(&["export", "-", "--format", "anki"]).contains(
            "Bu:pB%\t\t\talgebra basics\tWhat is a norm\t\"A length:<br>at least 0, &amp; "
        )
    );
    assert!(
        folder
            .ok(&["export", "-", "--format", "anki", "--public"])
            .contains("\tBasic\tDefault\talgebra basics\tWhat is a norm\t")
    );
}

#[test]
fn a_deck_of_other_people_comes_in_whole() {
    let Some(path) = shared("corpora/tables/inwaves+flashcards/All Decks.txt") else {
        return;
    };
    let folder = Folder::new();
    let words = ["import", path.to_str().unwrap()];
    assert_eq!(
        folder.run(&words).err,
        "1125 entries added, 0 changed, 0 unchanged\n"
    );
    assert_eq!(
        folder.run(&words).err,
        "0 entries added, 0 changed, 1125 unchanged\n"
    );
    folder.ok(&["export", "once.anki.txt"]);
    assert!(
        folder
            .read("once.anki.txt")
            .contains("What's the definition of the dot product?\t<br>\\[\\vec x \\cdot")
    );
}

const ZOTERO: &str = "\"Key\",\"Item Type\",\"Publication Year\",\"Author\",\"Title\",\"Publication Title\",\"DOI\",\"Date\",\"Pages\",\"Manual Tags\"\n\
    \"ABCD\",\"journalArticle\",\"2019\",\"Smith, Jane; Doe, John\",\"On lists, again\",\"Journal of Lists\",\"10.1234/z\",\"2019-05\",\"1-9\",\"one; two\"\n";

#[test]
fn the_table_that_zotero_exports_becomes_papers() {
    let folder = Folder::new();
    folder.write("zotero.csv", ZOTERO);
    assert_eq!(
        folder.run(&["import", "zotero.csv"]).err,
        "1 entry added, 0 changed, 0 unchanged\n"
    );
    assert_eq!(
        folder.run(&["import", "zotero.csv"]).err,
        "0 entries added, 0 changed, 1 unchanged\n"
    );
    assert_eq!(
        folder.ok(&["show", "10.1234/z", "--jsonl", "title,authors,period,tags"]),
        "{\"title\":\"On lists, again\",\"authors\":[\"Smith, Jane\",\"Doe, John\"],\"period\":\"2019-05\",\"tags\":[\"one\",\"two\"]}\n"
    );
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    assert!(
        bibtex.starts_with("@article{on-lists-again,")
            && bibtex.contains("journal = {Journal of Lists}")
            && bibtex.contains("pages = {1-9}"),
        "{bibtex}"
    );
}

#[test]
fn a_table_of_other_people_has_the_records_that_another_parser_counts() {
    let Some(path) = shared("corpora/tables/frsteinb+bjcp-2015-styleguide/glossary-en-de.csv")
    else {
        return;
    };
    let folder = Folder::new();
    let given = folder.run(&[
        "import",
        path.to_str().unwrap(),
        "--kind",
        "term",
        "--map",
        "en=title,de=body",
    ]);
    assert_eq!(given.err, "30 entries added, 0 changed, 0 unchanged\n");
}
