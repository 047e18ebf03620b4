//! Tables in CSV and TSV, in and out.

use crate::support::{Folder, shared};

#[test]
fn a_glossary_becomes_terms_with_what_its_rows_say() {
    let folder = Folder::new();
    folder.write(
        "glossary.csv",
        "Term;Definition;Also known as\n\"Sparse coding\";\"A sum;\nof \"\"few\"\" atoms\";SC; \nLasso;A penalty\n\nRidge;Another;L2;extra\n",
    );
    assert!(folder.fails(2, &["import", "glossary.csv", "--kind", "terms"]).contains("no column is the title"));
    assert!(
        folder
            .fails(2, &["import", "glossary.csv", "--kind", "terms", "--map", "Trem=title"])
            .contains("no column `Trem`\nhint: the columns are Term, Definition, Also known as")
    );
    let words = ["import", "glossary.csv", "--kind", "terms", "--map", "Term=title,Definition=body", "--map", "also known as=aliases"];
    let given = folder.run(&words);
    assert_eq!(given.code, Some(0), "{}", given.err);
    let expected = "glossary.csv:2:1: the row has 4 cells, the header 3\nglossary.csv:4:1: the row has 2 cells, the header 3\nglossary.csv:6:1: the row has 4 cells, the header 3\n3 entries added, 0 changed, 0 unchanged\n";
    assert_eq!(given.err, expected);
    assert_eq!(
        folder.ok(&["show", "sc", "--jsonl", "title,body,aliases"]),
        "{\"title\":\"Sparse coding\",\"body\":\"A sum;\\nof \\\"few\\\" atoms\",\"aliases\":[\"SC\"]}\n"
    );
    assert!(folder.ok(&["show", "ridge", "--jsonl"]).contains("\"more_cells\":[\"extra\"]"), "nothing is dropped");
    assert!(folder.run(&words).err.ends_with("0 entries added, 0 changed, 3 unchanged\n"));
    // Columns that the kind does not have are kept.
    folder.write("papers.tsv", "title\tauthors\tyear\tshelf\nA work\tDoe, Jane; Roe, Richard\t2020\tB3\n");
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
    assert!(folder.run(&["import", "all.csv"]).err.contains("0 entries added, 0 changed, 2 unchanged"));
    let other = Folder::new();
    std::fs::copy(folder.file("all.csv"), other.file("all.csv")).unwrap();
    other.ok(&["import", "all.csv"]);
    assert_eq!(other.everything(), folder.everything());
    other.ok(&["export", "again.csv"]);
    assert_eq!(other.read("again.csv"), folder.read("all.csv"));
}

#[test]
fn a_table_of_other_people_has_the_records_that_another_parser_counts() {
    let Some(path) = shared("corpora/tables/frsteinb+bjcp-2015-styleguide/glossary-en-de.csv") else { return };
    let folder = Folder::new();
    let given = folder.run(&["import", path.to_str().unwrap(), "--kind", "term", "--map", "en=title,de=body"]);
    assert_eq!(given.err, "30 entries added, 0 changed, 0 unchanged\n");
}
