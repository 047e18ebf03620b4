//! Bibliographies: what comes in, what comes out, and the real files of `../shared`.

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
    assert_eq!((given.code, given.err.as_str()), (Some(0), "2 entries added, 0 changed, 0 unchanged\n"));
    let row: Json = serde_json::from_str(&folder.ok(&["show", "vaswani2017attention", "--jsonl"])).unwrap();
    assert_eq!(row["title"], "Attention is All you Need");
    assert_eq!(row["authors"], serde_json::json!(["Vaswani, Ashish", "Shazeer, Noam"]));
    assert_eq!((&row["period"], &row["venue"]), (&"2017-06".into(), &"Advances in Neural Information Processing Systems".into()));
    assert_eq!(row["tags"], serde_json::json!(["transformers", "attention"]));
    assert_eq!(
        folder.ok(&["show", "10.1007/bf01700692", "--jsonl", "title,authors"]),
        "{\"title\":\"Über formal unentscheidbare Sätze\",\"authors\":[\"Gödel, Kurt\"]}\n"
    );
    // A person is shown what no field says, not what the file said all over again.
    let shown = folder.ok(&["show", "goedel1931"]);
    assert!(shown.contains("\ntype (bibtex): article\ncustom (bibtex): kept as it is\nadded:"), "{shown}");
    folder.ok(&["export", "once.bib"]);
    let once = folder.read("once.bib");
    assert!(once.contains("}\n\n@article{goedel1931,"), "{once}");
    for kept in
        ["@inproceedings{vaswani2017attention,", "volume = {30}", "month = jun", r#"author = {G{\"o}del, Kurt}"#, "custom = {kept as it is}", "and others"]
    {
        assert!(once.contains(kept), "{kept} in {once}");
    }
    // Again, and from what was written, nothing is new.
    for file in ["papers.bib", "once.bib"] {
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed"), "{file}");
    }
    // After a change only the lines of that change differ; the key stays.
    folder.ok(&["set", "goedel1931", "venue=Monatshefte für Mathematik & Physik", "period=Nov 1931"]);
    folder.ok(&["export", "twice.bib"]);
    let twice = folder.read("twice.bib");
    let fresh: Vec<&str> = twice.lines().filter(|line| !once.contains(line)).collect();
    assert_eq!(fresh, ["  journal = {Monatshefte für Mathematik \\& Physik},", "  month = nov,"]);
    folder.ok(&["set", "goedel1931", "title=On Formally Undecidable Propositions"]);
    assert!(folder.ok(&["export", "-", "--format", "bibtex"]).contains("@article{goedel1931,"));
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["export", "-", "--format", "bibtex"]), once);
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
        "OpenAI Team",
        "--year",
        "2024",
        "--url",
        "https://example.org/a_b?x=1%20",
    ]);
    let out = folder.ok(&["export", "-", "--format", "bibtex"]);
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
    assert_eq!(other.ok(&["list", "papers", "--jsonl", fields]), folder.ok(&["list", "papers", "--jsonl", fields]));
}

#[test]
fn a_work_that_is_there_already_has_its_empty_fields_filled() {
    let works = [("doi", &["--doi", "10.1007/BF01700692"][..]), ("title and year", &["--year", "1931"])];
    for (how, flags) in works {
        let folder = folder();
        let title = if how == "doi" { "Goedel's theorems" } else { "Über formal unentscheidbare Sätze" };
        folder.ok(&[&["add", "paper", title, "My notes"], flags].concat());
        assert!(folder.run(&["import", "papers.bib", "-n"]).err.contains("1 entry would be added, 1 changed"), "{how}");
        let given = folder.run(&["import", "papers.bib"]);
        assert!(given.err.contains("1 entry added, 1 changed"), "{how}: {}", given.err);
        let row: Json = serde_json::from_str(&folder.ok(&["show", "goedel1931", "--jsonl"])).unwrap();
        assert_eq!((row["title"].as_str(), row["body"].as_str(), row["venue"].as_str()), (Some(title), Some("My notes"), Some("Monatshefte")), "{how}");
        assert!(folder.run(&["import", "papers.bib"]).err.contains("0 entries added, 0 changed, 2 unchanged"), "{how}");
    }
    for (what, expected) in [("skip", "1 entry added, 0 changed, 1 unchanged"), ("add", "2 entries added, 0 changed, 0 unchanged")] {
        let folder = folder();
        folder.ok(&["add", "paper", "Goedel's theorems", "--doi", "10.1007/BF01700692"]);
        let given = folder.run(&["import", "papers.bib", "--on-duplicate", what]);
        assert!(given.err.contains(expected), "{what}: {}", given.err);
    }
}

#[test]
fn what_another_file_says_of_a_work_is_kept_beside_what_the_first_said() {
    let folder = Folder::new();
    folder.write("mine.bib", "@article{a, title = {One}, year = 2020, journal = {Mine}}\n");
    folder.write("theirs.bib", "@article{a, title = {One}, year = 2020, month = mar, journal = {Theirs}, doi = {10.1000/1}, isbn = {978-1}, pages = {1--2}}\n");
    folder.ok(&["import", "mine.bib"]);
    assert!(folder.run(&["import", "theirs.bib"]).err.contains("0 entries added, 1 changed"));
    let expected = "@article{a,\n  title = {One},\n  year = 2020,\n  journal = {Mine},\n  isbn = {978-1},\n  pages = {1--2},\n  doi = {10.1000/1},\n}\n";
    assert_eq!(folder.ok(&["export", "-", "--format", "bibtex"]), expected);
    for file in ["theirs.bib", "mine.bib", "theirs.bib"] {
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed, 1 unchanged"), "{file}");
    }
    // What comes out comes in as what it was.
    folder.write("out.bib", expected);
    assert!(folder.run(&["import", "out.bib"]).err.contains("0 entries added, 0 changed, 1 unchanged"));
    folder.ok(&["undo"]);
    assert!(!folder.ok(&["export", "-", "--format", "bibtex"]).contains("isbn"));
}

#[test]
fn what_goes_out_in_any_format_is_known_again_when_it_comes_back() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "A paper without a year", "--author", "Doe, Jane"]);
    folder.write("a.bib", "@book{42, title = {On lists}, subtitle = {A history}}\n@misc{long, title = {On trees}}\n");
    folder.ok(&["import", "a.bib"]);
    for file in ["out.bib", "out.ris", "out.csl.json"] {
        folder.ok(&["export", file]);
        assert!(folder.run(&["import", file]).err.contains("0 entries added"), "{file}");
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed, 3 unchanged"), "{file}");
    }
}

#[test]
fn works_that_came_with_the_same_key_have_keys_of_their_own_wherever_they_go() {
    let folder = Folder::new();
    folder.write("a.bib", "@misc{smith2020, title = {On lists}}\n@misc{Smith2020-2, title = {On maps}}\n");
    folder.write("b.bib", "@misc{Smith2020, title = {On trees}}\n");
    folder.write("c.bib", "@misc{smith2020, title = {On graphs}}\n");
    for file in ["a.bib", "b.bib", "c.bib"] {
        folder.ok(&["import", file]);
    }
    let said = folder.run(&["export", "all.bib"]).err;
    assert_eq!(
        said,
        "`paper/on-trees` goes out as `Smith2020-3`: an older entry has its key\n`paper/on-graphs` goes out as `smith2020-4`: an older entry has its key\n"
    );
    let all = folder.read("all.bib");
    let keys: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix("@misc{")).collect();
    assert_eq!(keys, ["smith2020,", "Smith2020-2,", "Smith2020-3,", "smith2020-4,"]);
    for alone in [&["export", "-", "--format", "csl", "slug:on-trees"][..], &["cite", "--pandoc", "on-trees"]] {
        assert!(folder.ok(alone).contains("Smith2020-3"), "{alone:?}");
    }
    // What was written comes back as what it is, under the same keys; the files that the works came from hold nothing new.
    assert!(folder.run(&["import", "all.bib"]).err.contains("0 entries added, 2 changed, 2 unchanged"));
    folder.ok(&["export", "again.bib"]);
    assert_eq!(folder.read("again.bib"), all);
    for file in ["all.bib", "a.bib", "b.bib", "c.bib"] {
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed"), "{file}");
    }
}

#[test]
fn what_is_broken_is_named_and_the_rest_comes_in_from_any_encoding() {
    let folder = Folder::new();
    folder.write("broken.bib", "@article{a, title = {One}}\n\n@book{b,\n  title = {No end\n\n@misc{a, title = {Again}}\n@misc{c, title = {Three}}\r\n@comment{ @misc{d, title={Four}} }");
    let given = folder.run(&["import", "broken.bib"]);
    assert_eq!(given.code, Some(3));
    let lines: Vec<&str> = given.err.lines().collect();
    assert!(lines[0].starts_with("broken.bib:4:11: ") && lines[0].contains("a `}` is missing"), "{}", given.err);
    assert!(lines.contains(&"broken.bib:6:1: the key `a` is that of line 1: kept with it, as no entry of its own"), "{}", given.err);
    assert!(lines.contains(&"broken.bib:8:11: stands in a comment and was left out"), "{}", given.err);
    assert!(lines.contains(&"2 entries added, 0 changed, 0 unchanged"), "{}", given.err);
    assert!(folder.ok(&["export", "-", "--format", "bibtex"]).contains("title = {Again}"), "nothing is lost");
    assert!(folder.ok(&["show", "a"]).contains("\ntype (bibtex): article\nagain (bibtex): misc; title = Again\n"));
    let latin: Vec<u8> = "@misc{m, title = {M\u{fc}ller}}".chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("@misc{w, title = {Größe}}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    folder.write("latin.bib", latin);
    folder.write("wide.bib", wide);
    folder.ok(&["import", "latin.bib"]);
    folder.ok(&["import", "wide.bib"]);
    let titles = folder.ok(&["list", "papers", "--tsv", "title"]);
    assert!(titles.contains("Müller") && titles.contains("Größe"), "{titles}");
}

#[test]
fn a_bibliography_shows_the_public_nothing_that_is_private() {
    let folder = folder();
    folder.ok(&["import", "papers.bib"]);
    folder.ok(&["set", "goedel1931", "private=yes"]);
    let public = folder.ok(&["export", "-", "--format", "bibtex", "--public"]);
    assert!(public.contains("@inproceedings{vaswani2017attention,") && !public.contains("goedel"), "{public}");
    assert!(!public.contains("volume"), "what is left over is the owner's: {public}");
}

/// The rows of a table of expected counts, by the names of its columns.
fn expected(table: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(table).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| columns.iter().cloned().zip(cells).collect()).collect()
}

/// Imports a file, checks that importing it again changes nothing and that what goes out comes back the same; gives what the first import said
/// and how many entries it made.
fn comes_in_and_out(path: &Path, format: &str) -> (Given, usize) {
    let (folder, other) = (Folder::new(), Folder::new());
    let words = ["import", path.to_str().unwrap(), "--format", format];
    let given = folder.run(&words);
    assert!(matches!(given.code, Some(0 | 3)), "{}: {}", path.display(), given.err);
    let entries = folder.ok(&["list", "--tsv", "slug"]).lines().count();
    assert!(folder.run(&words).err.contains("0 entries added, 0 changed"), "{}", path.display());
    folder.ok(&["export", "once.out", "--format", format]);
    std::fs::copy(folder.file("once.out"), other.file("once.out")).unwrap();
    other.run(&["import", "once.out", "--format", format]);
    other.ok(&["export", "twice.out", "--format", format]);
    assert!(folder.read("once.out") == other.read("twice.out"), "{}", path.display());
    (given, entries)
}

/// The bibliographies of other people, with counts by bibtex(1), pybtex and bibtexparser.
#[test]
fn bibliographies_of_other_people_come_in_whole_and_come_out_the_same() {
    let Some(root) = shared("corpora/bibtex") else { return };
    let files = expected(&root.join("expected.tsv"));
    // Every tenth in every run, all of them in a long one.
    let step = crate::support::trials(10, 1);
    let mut read = 0;
    for row in files.iter().step_by(step) {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "bibtex");
        let named = given.err.lines().filter(|line| line.starts_with('/')).count();
        if row["three_agree"] == "yes" {
            assert_eq!(entries.to_string(), row["bibtex_entries"], "{}", row["file"]);
        } else {
            assert!(entries + named >= row["bibtexparser_entries"].parse().unwrap(), "{}: {entries} and {named} named", row["file"]);
        }
        read += 1;
    }
    loudly(&format!("read {read} of {} bibliographies of ../shared/corpora/bibtex", files.len()));
}

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
    assert_eq!(given.err, "items.json:7:3: is no item, which is an object with a type\n3 entries added, 0 changed, 0 unchanged\n");
    let row: Json = serde_json::from_str(&folder.ok(&["show", "one", "--jsonl"])).unwrap();
    assert_eq!(row["title"], "On Lists & DNA");
    assert_eq!(row["authors"], serde_json::json!(["van den Berg, Jr., Jan", "World Health Organization"]));
    assert_eq!((&row["period"], &row["tags"]), (&"2019-05/2019-06".into(), &serde_json::json!(["lists", "order"])));
    assert_eq!(
        folder.ok(&["list", "papers", "--jsonl", "title,period,period_text", "year<2019"]),
        "{\"title\":\"7\",\"period\":\"2001-22\",\"period_text\":\"2001-22\"}\n"
    );
    assert!(folder.ok(&["list", "papers", "--jsonl", "period,period_text"]).contains("{\"period\":\"2024-02/2024-03\",\"period_text\":\"Feb-March 2024\"}\n"));
    folder.ok(&["export", "once.csl.json"]);
    let sorted = |text: &str| {
        let mut items: Vec<Json> = serde_json::from_str::<Vec<Json>>(text).unwrap().into_iter().filter(Json::is_object).collect();
        items.sort_by_key(|item| item["id"].to_string());
        items
    };
    assert_eq!(sorted(&folder.read("once.csl.json")), sorted(ITEMS));
    for file in ["items.json", "once.csl.json"] {
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed, 3 unchanged"), "{file}");
    }
    folder.ok(&["set", "one", "authors=van Rossum, Guido", "period=Summer 2020"]);
    let items = sorted(&folder.ok(&["export", "-", "--format", "csl"]));
    let one = items.iter().find(|item| item["id"] == "one").unwrap();
    assert_eq!(one["author"], serde_json::json!([{"family": "Rossum", "given": "Guido", "dropping-particle": "van"}]));
    assert_eq!((&one["issued"], &one["custom"]), (&serde_json::json!({"date-parts": [[2020]], "season": 2}), &serde_json::json!({"kept": [1, 2]})));
    // Into other formats goes what they have words for.
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    for line in ["@inproceedings{one,", "booktitle = {Proceedings of Lists}", "pages = {1-10}", "volume = {3}", "date = {2020-22}"] {
        assert!(bibtex.contains(line), "{line} in {bibtex}");
    }
    let ris = folder.ok(&["export", "-", "--format", "ris"]);
    for line in ["TY  - CPAPER\n", "T2  - Proceedings of Lists\n", "SP  - 1\nEP  - 10\n", "DA  - 2020///2020-22\nPY  - 2020\n"] {
        assert!(ris.contains(line), "{line} in {ris}");
    }
    // A file that breaks off gives what stands before the break.
    let other = Folder::new();
    other.write("cut.csl.json", &ITEMS[..ITEMS.find(r#"{"id": "raw""#).unwrap() + 30]);
    let given = other.run(&["import", "cut.csl.json"]);
    assert_eq!(given.code, Some(3));
    assert!(given.err.contains("cut.csl.json:8:32: ") && given.err.contains("left out\n2 entries added"), "{}", given.err);
    assert_eq!(other.ok(&["export", "-", "--format", "csl", "title:none"]), "[]\n");
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
        assert_eq!(folder.run(&["import", file]).err, "1 entry added, 0 changed, 0 unchanged\n", "{file}");
        assert_eq!(folder.run(&["import", file]).err, "0 entries added, 0 changed, 1 unchanged\n", "{file}");
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
    for line in ["@incollection{Smith21,", "booktitle = {A book}", "pages = {3-9}", "@article{39730211,", "volume = {28}"] {
        assert!(bibtex.contains(line), "{line} in {bibtex}");
    }
    let given = folder.run(&["export", "papers.nbib"]);
    assert_eq!((given.code, given.err.lines().next()), (Some(2), Some("error: this format is taken in but not written")));
}

#[test]
fn a_body_with_lines_like_tags_and_a_period_that_is_a_span_come_back_from_ris() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.ok(&["add", "paper", "Odd", "First\nTY  - JOUR\nER  - \nlast", "--period", "Jan-May 2019"]);
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
    assert_eq!(folder.run(&["import", "list.ris"]).err, "3 entries added, 0 changed, 0 unchanged\n");
    let row: Json = serde_json::from_str(&folder.ok(&["show", "smith2019", "--jsonl"])).unwrap();
    assert_eq!(row["authors"], serde_json::json!(["Smith, Jr., Jane", "van der Berg, Jan"]));
    assert_eq!((&row["period"], &row["venue"], &row["doi"]), (&"2019-05-12".into(), &"Journal of Lists".into(), &"10.1234/lists.2019".into()));
    assert_eq!((&row["body"], &row["tags"]), (&"One line\nand the next.".into(), &serde_json::json!(["lists", "order"])));
    folder.ok(&["export", "once.ris"]);
    assert!(folder.read("once.ris").contains("\nER  - \n\nTY  - "), "one empty line between references");
    let once = folder.read("once.ris");
    for kept in ["TY  - JOUR\nID  - smith2019\n", "AU  - Smith, Jane, Jr.\n", "DA  - 2019/05/12/spring\n", "M1  - kept\n", "TY  - GEN\nTI  - No end\nER  - \n"]
    {
        assert!(once.contains(kept), "{kept} in {once}");
    }
    for file in ["list.ris", "once.ris"] {
        assert!(folder.run(&["import", file]).err.contains("0 entries added, 0 changed, 3 unchanged"), "{file}");
    }
    folder.ok(&["set", "smith2019", "authors=Smith, Jr., Jane", "authors+=Doe, John"]);
    folder.ok(&["export", "twice.ris"]);
    let twice = folder.read("twice.ris");
    assert!(twice.contains("AU  - Smith, Jane, Jr.\nAU  - Doe, John\nT2  - Journal of Lists\n"), "{twice}");
    // From one form to the other: what both have words for goes along, what only RIS says does not.
    let bibtex = folder.ok(&["export", "-", "--format", "bibtex"]);
    assert!(bibtex.contains("author = {Smith, Jr., Jane and Doe, John}") && bibtex.contains("year = {2019}") && !bibtex.contains("kept"), "{bibtex}");
    // What stands outside of a reference is named.
    folder.write("odd.ris", "A heading\nTY  - GEN\nTI  - Inside\nER  - \n");
    assert_eq!(folder.run(&["import", "odd.ris"]).err.lines().next(), Some("odd.ris:1:1: stands outside of a reference, which begins with `TY  - `"));
}

/// Reviews and databases, with counts by rispy and Python's json.
#[test]
fn references_of_other_people_come_in_whole_and_come_out_the_same() {
    let Some(root) = shared("corpora/ris_csljson") else { return };
    let mut read = 0;
    for row in expected(&root.join("expected-csljson.tsv")).iter().filter(|row| row["kind"] == "csl-json") {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "csl");
        assert_eq!((given.code, entries.to_string()), (Some(0), row["items"].clone()), "{}", row["file"]);
        read += 1;
    }
    let tests = root.join("fiduswriter+biblatex-csl-converter/test/fixtures/import");
    for (file, count) in [("nbib/pubmed.nbib", 5), ("enw/endnote.enw", 10)] {
        let folder = Folder::new();
        let given = folder.run(&["import", tests.join(file).to_str().unwrap()]);
        assert_eq!((given.code, given.err), (Some(0), format!("{count} entries added, 0 changed, 0 unchanged\n")), "{file}");
        read += 1;
    }
    for row in expected(&root.join("expected-ris.tsv")).iter().filter(|row| row["kind"] == "ris") {
        let (given, entries) = comes_in_and_out(&root.join(&row["file"]), "ris");
        assert_eq!((given.code, entries.to_string()), (Some(0), row["rispy_entries"].clone()), "{}", row["file"]);
        read += 1;
    }
    loudly(&format!("read {read} lists of references of ../shared/corpora/ris_csljson"));
    assert!(read > 0);
}
