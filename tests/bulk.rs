//! Changes of many entries at once, which the index takes in as a whole.

use crate::support::Folder;

/// A notebook of 200 papers, of which every fourth is about lasers.
fn library() -> Folder {
    let folder = Folder::new();
    let lines: String = (0..200)
        .map(|n| {
            let topic = if n % 4 == 0 { "lasers" } else { "masers" };
            format!(
                "{{\"kind\":\"paper\",\"title\":\"Paper {n}\",\"body\":\"word{n} {topic}\",\"status\":\"queued\",\"topics\":[\"{topic}\"]}}\n"
            )
        })
        .collect();
    folder.write("papers.jsonl", lines);
    folder.ok(&["import", "papers.jsonl", "-q"]);
    folder
}

/// How many entries each of these searches finds.
fn found<const N: usize>(folder: &Folder, words: [&str; N]) -> [usize; N] {
    words.map(|word| {
        let query = [
            "search",
            word,
            "--lexical",
            "--limit",
            "500",
            "--tsv",
            "title",
        ];
        folder.run(&query).out.lines().count()
    })
}

#[test]
fn many_entries_that_change_are_found_by_their_new_words() {
    let folder = library();
    let all = [
        "set",
        "body=changed",
        "status=read",
        "where",
        "topic:lasers",
        "--yes",
    ];
    let changed = folder.ok(&all);
    assert_eq!(changed.lines().count(), 50);
    assert_eq!(found(&folder, ["changed", "word4", "word5"]), [50, 0, 1]);
    let read = folder.ok(&["list", "status:read", "--tsv", "title"]);
    assert_eq!(read.lines().count(), 50);
    folder.ok(&["doctor"]);
    folder.ok(&["undo"]);
    assert_eq!(found(&folder, ["changed", "word4", "word5"]), [0, 1, 1]);
    folder.ok(&["doctor"]);
    folder.ok(&["redo"]);
    assert_eq!(found(&folder, ["changed", "word4", "word5"]), [50, 0, 1]);
    // A change of one entry afterwards goes into the same index.
    folder.ok(&["set", "paper-4", "body=single"]);
    assert_eq!(found(&folder, ["changed", "single"]), [49, 1]);
    folder.ok(&["doctor"]);
}

#[test]
fn many_entries_that_go_leave_no_word_behind() {
    let folder = library();
    folder.ok(&["remove", "where", "topic:lasers", "--yes"]);
    assert_eq!(found(&folder, ["lasers", "word4", "word5"]), [0, 0, 1]);
    let words = "SELECT count(*) FROM _word WHERE word IN ('lasers', 'word4')";
    assert_eq!(
        folder.ok(&["sql", words, "--tsv"]).lines().last(),
        Some("0")
    );
    folder.ok(&["doctor"]);
    folder.ok(&["undo"]);
    assert_eq!(found(&folder, ["lasers", "word4", "word5"]), [50, 1, 1]);
    folder.ok(&["doctor"]);
    // The whole import goes, and comes back.
    folder.ok(&["undo"]);
    assert_eq!(found(&folder, ["lasers", "word5"]), [0, 0]);
    let words = "SELECT count(*) FROM _word";
    assert_eq!(
        folder.ok(&["sql", words, "--tsv"]).lines().last(),
        Some("0")
    );
    folder.ok(&["doctor"]);
    folder.ok(&["redo", "1"]);
    assert_eq!(found(&folder, ["lasers", "word5"]), [50, 1]);
    folder.ok(&["doctor"]);
}

#[test]
fn a_bulk_change_that_does_not_fit_changes_nothing() {
    let folder = library();
    let before = folder.ok(&["export", "--format", "jsonl"]);
    let error = folder.fails(
        2,
        &["set", "status=nonsense", "where", "topic:lasers", "--yes"],
    );
    assert!(error.contains("status"), "{error}");
    assert_eq!(folder.ok(&["export", "--format", "jsonl"]), before);
    let triggers = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'";
    assert_eq!(
        folder.ok(&["sql", triggers, "--tsv"]).lines().last(),
        Some("5")
    );
    folder.ok(&["doctor"]);
    // Without `--yes` nothing is changed, and the first entries are shown.
    let said = folder.fails(2, &["set", "status=read", "where", "topic:lasers"]);
    assert!(
        said.contains("paper/paper-0") && said.contains("this would change 50 entries"),
        "{said}"
    );
    assert_eq!(folder.ok(&["export", "--format", "jsonl"]), before);
}
