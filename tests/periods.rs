//! Periods: one reader for every door, and nothing ambiguous is guessed.

use crate::support::Folder;

#[test]
fn what_may_be_two_days_is_refused_where_it_is_typed() {
    let folder = Folder::new();
    let refused = folder.fails(2, &["add", "post", "A", "--period", "03/04/2024"]);
    assert!(
        refused.contains("period: `03/04/2024` may be 2024-04-03 or 2024-03-04")
            && refused.contains("hint: write it as `2024-04-03` or as `2024-03-04`"),
        "{refused}"
    );
    let refused = folder.fails(2, &["add", "post", "A", "--period", "2023-24"]);
    assert!(
        refused.contains("may be the years 2023 to 2024 or Winter 2023"),
        "{refused}"
    );
    folder.ok(&["add", "post", "A", "--period", "-0043"]);
    assert!(
        folder
            .fails(2, &["set", "post/a", "period=2023-24"])
            .contains("may be the years")
    );
    folder.ok(&["set", "post/a", "period=Winter 2023-24"]);
    let line = folder.ok(&["export", "--format", "jsonl"]);
    // What kb wrote has one reading.
    let other = Folder::new();
    other.write("a.jsonl", &line);
    other.ok(&["import", "a.jsonl"]);
    assert_eq!(other.ok(&["export", "--format", "jsonl"]), line);
}

#[test]
fn what_an_import_cannot_read_is_kept_as_text_and_named() {
    let folder = Folder::new();
    folder.write(
        "t.csv",
        "title,period\nA,03/04/2024\nB,2023-24\nC,25/12/2023\nD,soon\n",
    );
    let said = folder.run(&["import", "t.csv", "--kind", "posts"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("t.csv:2:1: period: `03/04/2024` may be 2024-04-03 or 2024-03-04; kept as `period_unread`"), "{}", said.err);
    assert!(
        said.err.contains("t.csv:3:1: period: `2023-24` may be")
            && said
                .err
                .contains("t.csv:5:1: period: `soon` is not a period"),
        "{}",
        said.err
    );
    assert_eq!(
        folder.ok(&["list", "--tsv", "title,period"]),
        "A\t\nB\t\nC\t2023-12-25\nD\t\n"
    );
    let all = folder.ok(&["export", "--format", "jsonl"]);
    assert!(
        all.contains("\"period_unread\":\"03/04/2024\"")
            && all.contains("\"period_unread\":\"soon\""),
        "{all}"
    );
    assert!(
        folder
            .run(&["import", "t.csv", "--kind", "posts"])
            .err
            .contains("0 entries added, 0 changed")
    );
}

#[test]
fn bibliographies_read_seasons_reprints_and_months_and_name_the_rest() {
    let folder = Folder::new();
    folder.write(
        "a.bib",
        "@misc{a, title={A}, year=2020, month=\"Sep--Oct\"}\n@misc{b, title={B}, year=2020, month=\"9~\" # dec}\n@misc{c, title={C}, date={2020-13}}\n@misc{d, title={D}, year={1875 [2004]}}\n@misc{e, title={E}, year=2020, month=18}\n@misc{f, title={F}, year={(about 1984)}}\n@misc{g, title={G}, year={n.d.}}\n@misc{h, title={H}, year={44 BC}}\n",
    );
    let said = folder.run(&["import", "a.bib"]).err;
    assert!(
        said.contains("a.bib:7:1: `g`: the date `n.d.` is kept as text"),
        "{said}"
    );
    assert_eq!(
        folder.ok(&["list", "--tsv", "title,period_text"]),
        "A\tSep-Oct 2020\nB\t9 dec 2020\nC\t2020-21\nD\t1875 [2004]\nE\t2020-22\nF\t(about 1984)\nG\t\nH\t44 BC\n"
    );
    assert_eq!(folder.ok(&["show", "paper/d", "--tsv", "year"]), "1875\n");
    folder.write("r.ris", "TY  - JOUR\nTI  - R1\nPY  - 2020/13//\nER  - \n\nTY  - JOUR\nTI  - R2\nDA  - 03/04/2020\nER  - \n");
    let said = folder.run(&["import", "r.ris"]).err;
    assert!(
        said.contains("the date `03/04/2020` is kept as text"),
        "{said}"
    );
    assert_eq!(
        folder.ok(&["show", "paper/r1", "--tsv", "period_text"]),
        "2020-21\n"
    );
}

#[test]
fn a_short_second_year_is_ambiguous_only_where_edtf_has_a_season() {
    let folder = Folder::new();
    for text in ["2021-23", "2020-21", "2019-24"] {
        assert!(
            folder
                .fails(2, &["add", "post", "A", "--period", text])
                .contains("may be the years"),
            "{text}"
        );
    }
    folder.ok(&["add", "post", "Dash", "--period", "2021–22"]);
    folder.ok(&["add", "post", "Summer", "--period", "2023-22"]);
    assert_eq!(
        folder.ok(&["list", "--tsv", "period"]),
        "2021/2022\n2023-22\n"
    );
}
