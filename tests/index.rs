//! The search index: it is kept current, and rebuilt after damage or writes by other programs.

use std::process::Command;

use proptest::prelude::*;

use crate::search::notebook;
use crate::support::{Folder, has, trials};

/// Runs a statement in the `sqlite3` shell, without kb. Returns false if the shell is not
/// installed.
fn shell(folder: &Folder, sql: &str) -> bool {
    if !has("sqlite3") {
        return false;
    }
    let done = Command::new("sqlite3")
        .arg(folder.notebook())
        .arg(format!("PRAGMA trusted_schema = ON; {sql}"))
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    true
}

#[test]
fn an_index_that_is_out_of_step_is_made_anew_by_itself() {
    let folder = notebook();
    folder.is_damaged();
    let post = "UPDATE entry SET body = body || ' with a zeppelin', revision = revision + 1 WHERE kind = 'post'";
    if !shell(&folder, post) {
        return;
    }
    // A word that another program wrote is suggested, and no entry is left to be indexed.
    assert!(
        folder
            .run(&["search", "zepelin"])
            .err
            .contains("searched for `zeppelin`")
    );
    assert_eq!(
        folder
            .ok(&["sql", "SELECT count(*) AS left FROM _stale", "--tsv"])
            .lines()
            .last(),
        Some("0")
    );
    // Without its triggers, the index is not told of the write and must be rebuilt.
    shell(
        &folder,
        "DROP TRIGGER search_on_update; UPDATE entry SET body = body || ' and a gondola' WHERE kind = 'post'",
    );
    for words in [
        &["search", "gondola", "--lexical", "--tsv", "ref"][..],
        &["list", "gondola", "--tsv", "ref"],
    ] {
        assert_eq!(
            folder.run(words).out.trim_end(),
            "post/why-the-kitchen-smells-of-cinnamon",
            "{words:?}"
        );
        shell(
            &folder,
            "UPDATE _state SET value = 'another' WHERE key = 'vectors'; DELETE FROM search_data WHERE id > 10",
        );
    }
    // `doctor --fix` repairs the index. Doctor also finds damaged words, lengths and vectors.
    assert!(!folder.run(&["doctor", "--fix"]).out.contains("index:"));
    for spoilt in [
        "DELETE FROM _word WHERE word = 'cinnamon'",
        "UPDATE _length SET lengths = zeroblob(4000)",
        "UPDATE _vector SET vectors = zeroblob(3968)",
    ] {
        shell(&folder, spoilt);
        assert!(
            folder
                .run(&["doctor"])
                .out
                .contains("index: the search index does not match the entries"),
            "{spoilt}"
        );
        let _ = folder.run(&["doctor", "--fix"]);
        assert!(!folder.run(&["doctor"]).out.contains("index:"), "{spoilt}");
    }
    assert!(
        folder
            .run(&["search", "cinamon"])
            .err
            .contains("searched for `cinnamon`")
    );
}

#[test]
fn a_damaged_index_is_made_anew_when_a_search_meets_it() {
    let folder = notebook();
    if !shell(
        &folder,
        "UPDATE search_data SET block = x'00ff00ff' WHERE id > 10",
    ) {
        return;
    }
    let given = folder.run(&["search", "sparse", "--tsv", "ref"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(
        given
            .err
            .contains("the search index was damaged and has been rebuilt")
            && given.out.contains("term/sparse-coding"),
        "{given:?}"
    );
    assert_eq!(
        folder
            .ok(&["doctor"])
            .lines()
            .filter(|line| line.starts_with("index"))
            .count(),
        0
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(u32::try_from(trials(24, 2_000)).unwrap()))]

    /// One file may change an entry several times. The index knows the words that the entry has in
    /// the end, also after undo and redo.
    #[test]
    fn words_that_come_and_go_within_one_operation_are_known(lines in prop::collection::vec((0usize..3, prop::collection::vec(0usize..8, 0..4)), 1..12)) {
        let folder = Folder::new();
        let words = ["zebra", "zeppelin", "naïve", "running", "ἄλφα", "日本語", "ｚebra", "ﬁnal"];
        let line = |(entry, body): &(usize, Vec<usize>)| {
            let body = body.iter().map(|&at| words[at]).collect::<Vec<_>>().join(" ");
            format!("{{\"uid\": \"01a211b65f637000800000000000000{entry}\", \"kind\": \"term\", \"title\": \"Entry {entry}\", \"body\": \"{body}\"}}\n")
        };
        folder.write("before.jsonl", (0..3).map(|entry| line(&(entry, vec![entry]))).collect::<String>());
        folder.write("after.jsonl", lines.iter().map(line).collect::<String>());
        folder.ok(&["import", "before.jsonl"]);
        folder.ok(&["import", "after.jsonl"]);
        for words in [&["list"][..], &["undo"], &["redo"]] {
            folder.run(words);
            let said = folder.run(&["doctor"]);
            prop_assert_eq!(said.code, Some(0), "{:?}: {}", words, said.out);
        }
    }
}
