//! Entries go out and come back unchanged in CSV, TSV and TOML as they do in JSON.

use proptest::prelude::*;

use crate::support::Folder;

/// A notebook with these JSON lines, and what comes back of it in a format.
fn comes_back(lines: &str, format: &str) -> (String, String) {
    let folder = Folder::new();
    folder.write("a.jsonl", lines);
    folder.ok(&["import", "a.jsonl"]);
    let all = folder.ok(&["export", "--format", "jsonl"]);
    let file = format!("out.{format}");
    folder.ok(&["export", &file]);
    let other = Folder::new();
    std::fs::copy(folder.file(&file), other.file(&file)).unwrap();
    other.ok(&["import", &file]);
    (all, other.ok(&["export", "--format", "jsonl"]))
}

#[test]
fn left_over_merged_and_former_values_are_in_every_format() {
    let lines = "{\"kind\":\"term\",\"title\":\"A\",\"ko\":\"x;y\",\"N o\":\"5\",\"five\":5,\"n\":{\"a\":[1,\"b;c\"]},\"former\":[\"old\"],\"tags\":[\"a;b\",\"c\"],\"aliases\":[\"q;r\"]}\n{\"kind\":\"paper\",\"title\":\"B\",\"body\":\"l1\\nl2 \\\"q\\\"\\ttab\\\\n\",\"authors\":[\"Lee, Ann\"],\"period\":\"2023-24\",\"uid\":\"01a21803540770009f25220332904ffe\"}\n";
    for format in ["csv", "tsv", "toml", "json"] {
        let (before, after) = comes_back(lines, format);
        assert_eq!(before, after, "{format}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(u32::try_from(crate::support::trials(12, 1_000)).unwrap()))]
    #[test]
    fn random_entries_come_back(
        title in "[ -~äß“]{1,30}", body in "[ -~ä\n\t\\\\\"]{0,80}", tags in proptest::collection::vec("[a-z;, \"=#]{1,8}", 0..3),
        name in "[a-zA-Z][a-zA-Z _.-]{0,8}", text in "[ -~\n\t]{0,20}", number in any::<i32>(), format in 0usize..3
    ) {
        let row = serde_json::json!({"kind": "term", "title": title, "body": body, "tags": tags, format!("x{name}"): text, "number": number, "deep": {"a": [number, text]}});
        let folder = Folder::new();
        folder.write("a.jsonl", format!("{row}\n"));
        prop_assume!(folder.run(&["import", "a.jsonl"]).code == Some(0));
        let (before, after) = comes_back(&format!("{row}\n"), ["csv", "tsv", "toml"][format]);
        prop_assert_eq!(before, after);
    }
}

#[test]
fn many_rows_with_one_title_come_in_once() {
    let folder = Folder::new();
    let rows: String = (0..1100)
        .map(|number| format!("*\trow {number}\n"))
        .collect();
    folder.write("t.tsv", format!("Title\tExtra\n{rows}"));
    folder.ok(&["import", "t.tsv", "--kind", "terms"]);
    std::fs::copy(folder.file("t.tsv"), folder.file("again.tsv")).unwrap();
    let said = folder.run(&["import", "again.tsv", "--kind", "terms"]).err;
    assert!(
        said.contains("0 entries added, 0 changed, 1100 unchanged"),
        "{said}"
    );
}

#[test]
fn the_first_line_of_a_table_may_name_its_separator() {
    let folder = Folder::new();
    folder.write(
        "s.csv",
        "sep=;\nTitle;Definition\nLogit;\"a;b\"\n;\nOdds;c\n",
    );
    folder.ok(&[
        "import",
        "s.csv",
        "--kind",
        "terms",
        "--map",
        "Definition=body",
    ]);
    assert_eq!(
        folder.ok(&["list", "--tsv", "title,body"]),
        "Logit\ta;b\nOdds\tc\n"
    );
}
