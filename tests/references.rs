//! Import and export of RIS and CSL-JSON, and import of the formats of PubMed and EndNote.

use serde_json::Value as Json;

use crate::bibliography::{comes_in_and_out, expected};
use crate::support::{Folder, loudly, shared};

const ITEMS: &str = r#"[
  {"id": "one", "type": "paper-conference", "title": "On <i>Lists</i> & <span class=\"nocase\">DNA</span>", "author": [
    {"family": "Berg", "given": "Jan", "non-dropping-particle": "van den", "suffix": "Jr."}, {"literal": "World Health Organization"}],
   "container-title": "Proceedings of Lists", "page": "1-10", "volume": 3, "DOI": "10.1234/LISTS.2019", "custom": {"kept": [1, 2]},
   "issued": {"date-parts": [[2019, 5], ["2019", "6"]]}, "keyword": "lists, order"},
  {"id": 7, "type": "book", "issued": {"date-parts": [[2001]], "season": 2, "circa": false}},
  17,
  {"id": "raw", "type": "book", "title": "Words", "issued": {"raw": "Feb-March 2024"}}
]"#;

#[test]
fn items_in_csl_json_come_in_and_come_out_as_they_were() {
    let folder = Folder::new();
    folder.write("items.json", ITEMS);
    let given = folder.run(&["import", "items.json"]);
    assert_eq!(given.code, Some(3));
    assert_eq!(
        given.err,
        "items.json:7:3: is not an item: expected a JSON object\n3 entries added, 0 changed, 0 unchanged\n"
    );
    let row: Json = serde_json::from_str(&folder.ok(&["show", "one", "--jsonl"])).unwrap();
    assert_eq!(row["title"], "On Lists & DNA");
    assert_eq!(
        row["authors"],
        serde_json::json!(["van den Berg, Jr., Jan", "World Health Organization"])
    );
    assert_eq!(
        (&row["period"], &row["tags"]),
        (
            &"2019-05/2019-06".into(),
            &serde_json::json!(["lists", "order"])
        )
    );
    assert_eq!(
        folder.ok(&[
            "list",
            "papers",
            "--jsonl",
            "title,period,period_text",
            "year<2019"
        ]),
        "{\"title\":\"7\",\"period\":\"2001-22\",\"period_text\":\"2001-22\"}\n"
    );
    assert!(
        folder
            .ok(&["list", "papers", "--jsonl", "period,period_text"])
            .contains("{\"period\":\"2024-02/2024-03\",\"period_text\":\"Feb-March 2024\"}\n")
    );
    folder.ok(&["export", "once.csl.json"]);
    let sorted = |text: &str| {
        let mut items: Vec<Json> = serde_json::from_str::<Vec<Json>>(text)
            .unwrap()
            .into_iter()
            .filter(Json::is_object)
            .collect();
        items.sort_by_key(|item| item["id"].to_string());
        items
    };
    assert_eq!(sorted(&folder.read("once.csl.json")), sorted(ITEMS));
    for file in ["items.json", "once.csl.json"] {
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed, 3 unchanged"),
            "{file}"
        );
    }
    folder.ok(&[
        "set",
        "one",
        "authors=van Rossum, Guido",
        "period=Summer 2020",
    ]);
    let items = sorted(&folder.ok(&["export", "-", "--format", "csl"]));
    let one = items.iter().find(|item| item["id"] == "one").unwrap();
    assert_eq!(
        one["author"],
        serde_json::json!([{"family": "Rossum", "given": "Guido", "dropping-particle": "van"}])
    );
    assert_eq!(
        (&one["issued"], &one["custom"]),
        (
            &serde_json::json!({"date-parts": [[2020]], "season": 2}),
            &serde_json::json!({"kept": [1, 2]})
        )
    );
    // Other formats get the fields that they can express.
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    for line in [
        "@inproceedings{one,",
        "booktitle = {Proceedings of Lists}",
        "pages = {1-10}",
        "volume = {3}",
        "date = {2020-22}",
    ] {
        assert!(bibtex.contains(line), "{line} in {bibtex}");
    }
    let ris = folder.ok(&["export", "-", "--format", "ris"]);
    for line in [
        "TY  - CPAPER\n",
        "T2  - Proceedings of Lists\n",
        "SP  - 1\nEP  - 10\n",
        "DA  - 2020///2020-22\nPY  - 2020\n",
    ] {
        assert!(ris.contains(line), "{line} in {ris}");
    }
    // A truncated file yields the entries before the cut.
    let other = Folder::new();
    other.write(
        "cut.csl.json",
        &ITEMS[..ITEMS.find(r#"{"id": "raw""#).unwrap() + 30],
    );
    let given = other.run(&["import", "cut.csl.json"]);
    assert_eq!(given.code, Some(3));
    assert!(
        given.err.contains("cut.csl.json:8:32: ")
            && given.err.contains("left out\n2 entries added"),
        "{}",
        given.err
    );
    let given = other.run(&["export", "-", "--format", "csl", "title:none"]);
    assert_eq!((given.code, given.out.as_str()), (Some(1), ""));
    assert!(given.err.contains("no entry matches"), "{}", given.err);
}

const PUBMED: &str = "PMID- 39730211\nDP  - 2025 May 3\nTI  - Fish digest what they\n      eat.\nLID - S1094-9194 [pii]\nLID - 10.1016/j.cvex.2024.11.004 [doi]\nFAU - Raulic, Juliette\n\
    AU  - Raulic J\nAU  - Team F\nPT  - Journal Article\nJT  - Fish\nVI  - 28\nOT  - Fish\nOT  - Food\n";
const ENDNOTE: &str = "%0 Book Section\n%A Smith, John A.\n%A Doe, Jane\n%D 2021\n%8 March 4\n%T A chapter\n%B A book\n%K One\nTwo\n%P 3-9\n%F Smith21\n";

#[test]
fn references_of_pubmed_and_endnote_come_in() {
    let folder = Folder::new();
    folder.write("fish.nbib", PUBMED);
    folder.write("book.enw", ENDNOTE);
    for file in ["fish.nbib", "book.enw"] {
        assert_eq!(
            folder.run(&["import", file]).err,
            "1 entry added, 0 changed, 0 unchanged\n",
            "{file}"
        );
        assert_eq!(
            folder.run(&["import", file]).err,
            "0 entries added, 0 changed, 1 unchanged\n",
            "{file}"
        );
    }
    let fields = "title,authors,period,venue,doi,tags";
    assert_eq!(
        folder.ok(&["show", "10.1016/j.cvex.2024.11.004", "--jsonl", fields]),
        "{\"title\":\"Fish digest what they eat.\",\"authors\":[\"Raulic, Juliette\"],\"period\":\"2025-05-03\",\"venue\":\"Fish\",\"doi\":\"10.1016/j.cvex.2024.11.004\",\"tags\":[\"Fish\",\"Food\"]}\n"
    );
    assert_eq!(
        folder.ok(&["show", "Smith21", "--jsonl", fields]),
        "{\"title\":\"A chapter\",\"authors\":[\"Smith, John A.\",\"Doe, Jane\"],\"period\":\"2021-03-04\",\"venue\":\"A book\",\"doi\":null,\"tags\":[\"One\",\"Two\"]}\n"
    );
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    for line in [
        "@incollection{Smith21,",
        "booktitle = {A book}",
        "pages = {3-9}",
        "@article{39730211,",
        "volume = {28}",
    ] {
        assert!(bibtex.contains(line), "{line} in {bibtex}");
    }
    let given = folder.run(&["export", "papers.nbib"]);
    assert_eq!(
        (given.code, given.err.lines().next()),
        (
            Some(2),
            Some("error: this format can be imported but not exported")
        )
    );
}

#[test]
fn a_body_with_lines_like_tags_and_a_period_that_is_a_span_come_back_from_ris() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.ok(&[
        "add",
        "paper",
        "Odd",
        "First\nTY  - JOUR\nER  - \nlast",
        "--period",
        "Jan-May 2019",
    ]);
    folder.ok(&["export", "odd.ris"]);
    std::fs::copy(folder.file("odd.ris"), other.file("odd.ris")).unwrap();
    other.ok(&["import", "odd.ris"]);
    assert_eq!(
        other.ok(&["list", "--jsonl", "title,body,period"]),
        "{\"title\":\"Odd\",\"body\":\"First\\nTY  - JOUR\\nER  -\\nlast\",\"period\":\"2019-01/2019-05\"}\n"
    );
}

const REFERENCES: &str = "TY  - JOUR\r\nID  - smith2019\r\nTI  - On reference lists\r\nAU  - Smith, Jane, Jr.\r\nAU  - van der Berg, Jan\r\nT2  - Journal of Lists\r\n\
    DA  - 2019/05/12/spring\r\nPY  - 2019\r\nDO  - https://doi.org/10.1234/lists.2019\r\nAB  - One line\r\nand the next.\r\nKW  - lists\r\nKW  - order\r\nM1  - kept\r\nER  - \r\n\r\n\
    TY  - GEN\r\nTI  - No end\r\nTY  - \r\nTI  - Last\r\nER  -\r\n";

#[test]
fn references_in_ris_come_in_and_come_out_as_they_were() {
    let folder = Folder::new();
    folder.write("list.ris", REFERENCES);
    assert_eq!(
        folder.run(&["import", "list.ris"]).err,
        "3 entries added, 0 changed, 0 unchanged\n"
    );
    let row: Json = serde_json::from_str(&folder.ok(&["show", "smith2019", "--jsonl"])).unwrap();
    assert_eq!(
        row["authors"],
        serde_json::json!(["Smith, Jr., Jane", "van der Berg, Jan"])
    );
    assert_eq!(
        (&row["period"], &row["venue"], &row["doi"]),
        (
            &"2019-05-12".into(),
            &"Journal of Lists".into(),
            &"10.1234/lists.2019".into()
        )
    );
    assert_eq!(
        (&row["body"], &row["tags"]),
        (
            &"One line\nand the next.".into(),
            &serde_json::json!(["lists", "order"])
        )
    );
    folder.ok(&["export", "once.ris"]);
    assert!(
        folder.read("once.ris").contains("\nER  - \n\nTY  - "),
        "one empty line between references"
    );
    let once = folder.read("once.ris");
    for kept in [
        "TY  - JOUR\nID  - smith2019\n",
        "AU  - Smith, Jane, Jr.\n",
        "DA  - 2019/05/12/spring\n",
        "M1  - kept\n",
        "TY  - GEN\nTI  - No end\nER  - \n",
    ] {
        assert!(once.contains(kept), "{kept} in {once}");
    }
    for file in ["list.ris", "once.ris"] {
        assert!(
            folder
                .run(&["import", file])
                .err
                .contains("0 entries added, 0 changed, 3 unchanged"),
            "{file}"
        );
    }
    folder.ok(&[
        "set",
        "smith2019",
        "authors=Smith, Jr., Jane",
        "authors+=Doe, John",
    ]);
    folder.ok(&["export", "twice.ris"]);
    let twice = folder.read("twice.ris");
    assert!(
        twice.contains("AU  - Smith, Jane, Jr.\nAU  - Doe, John\nT2  - Journal of Lists\n"),
        "{twice}"
    );
    // Fields that both formats know are converted; fields that only RIS has are left out.
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    assert!(
        bibtex.contains("author = {Smith, Jr., Jane and Doe, John}")
            && bibtex.contains("year = {2019}")
            && !bibtex.contains("kept"),
        "{bibtex}"
    );
    // A line outside of any reference is reported.
    folder.write("odd.ris", "A heading\nTY  - GEN\nTI  - Inside\nER  - \n");
    assert_eq!(
        folder.run(&["import", "odd.ris"]).err.lines().next(),
        Some("odd.ris:1:1: is outside of a reference, which begins with `TY  - `")
    );
}

/// Exports of reviews and databases. The expected counts are those of rispy and of Python's `json`.
#[test]
fn references_of_other_people_come_in_whole_and_come_out_the_same() {
    let Some(root) = shared("corpora/ris_csljson") else {
        return;
    };
    let mut read = 0;
    for row in expected(&root.join("expected-csljson.tsv"))
        .iter()
        .filter(|row| row["kind"] == "csl-json")
    {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "csl");
        assert_eq!(
            (given.code, entries.to_string()),
            (Some(0), row["items"].clone()),
            "{}",
            row["file"]
        );
        read += 1;
    }
    let tests = root.join("fiduswriter+biblatex-csl-converter/test/fixtures/import");
    for (file, count) in [("nbib/pubmed.nbib", 5), ("enw/endnote.enw", 10)] {
        let folder = Folder::new();
        let given = folder.run(&["import", tests.join(file).to_str().unwrap()]);
        assert_eq!(
            (given.code, given.err),
            (
                Some(0),
                format!("{count} entries added, 0 changed, 0 unchanged\n")
            ),
            "{file}"
        );
        read += 1;
    }
    for row in expected(&root.join("expected-ris.tsv"))
        .iter()
        .filter(|row| row["kind"] == "ris")
    {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "ris");
        assert_eq!(
            (given.code, entries.to_string()),
            (Some(0), row["rispy_entries"].clone()),
            "{}",
            row["file"]
        );
        read += 1;
    }
    loudly(&format!(
        "read {read} lists of references of ../shared/corpora/ris_csljson"
    ));
    assert!(read > 40, "{read} lists were read");
}

#[test]
fn a_link_leads_where_it_led_whatever_is_written_again() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Source", "Word [[Sigma]]"]);
    folder.ok(&["add", "term", "Sigma", "x"]);
    folder.ok(&["add", "paper", "Deep"]);
    folder.ok(&["set", "deep", "aliases+=sigma"]);
    let leads = |to: &str| {
        assert_eq!(
            folder.ok(&["list", "linked:source", "--tsv", "ref"]),
            format!("{to}\n")
        );
        assert_eq!(
            folder.ok(&["show", "source", "--jsonl", "body"]),
            "{\"body\":\"Word [[Sigma]]\"}\n"
        );
    };
    leads("term/sigma");
    let kind = folder.ok(&["kind", "show", "paper"]);
    let edited = kind.replacen("summary = ", "summary = \"Articles\" # ", 1);
    folder.run_with(&["kind", "edit", "paper", "-"], &edited);
    leads("term/sigma");
    folder.ok(&["undo"]);
    leads("term/sigma");
    folder.ok(&["jot", "deep", "hello"]);
    leads("term/sigma");
    folder.ok(&["doctor", "--fix", "-q"]);
    leads("term/sigma");
}

#[test]
fn a_title_is_found_by_a_link_whenever_the_link_was_written() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Omega", "Word [[Gamma]]"]);
    folder.ok(&["add", "goal", "Patch"]);
    folder.ok(&["set", "goal/patch", "title=Gamma"]);
    folder.ok(&["add", "term", "Delta", "see [[gamma]]"]);
    let leads = |omega: &str, delta: &str| {
        for (from, to) in [("omega", omega), ("delta", delta)] {
            assert_eq!(
                folder.ok(&["list", &format!("linked:{from}"), "--tsv", "ref"]),
                to
            );
        }
        assert!(folder.ok(&["show", "omega"]).contains("Word [[Gamma]]"));
    };
    leads("goal/patch\n", "goal/patch\n");
    folder.ok(&["undo", "3"]);
    // A link that was written later leads where it led.
    leads("", "goal/patch\n");
    folder.ok(&["redo"]);
    leads("goal/patch\n", "goal/patch\n");
    folder.ok(&["doctor", "--fix", "-q"]);
    leads("goal/patch\n", "goal/patch\n");
}
