//! Two copies of a notebook go their own ways and meet again: what both logs give together. There is
//! no transport yet; the tests read one file from the other.

use kb::store::{Purpose, Store, United};
use serde_json::Value as Json;

use crate::support::{Dice, Folder, trials};
use crate::undo::{open, state, step};

/// A copy of a notebook in a folder of its own.
fn copy(folder: &Folder) -> Folder {
    let other = Folder::new();
    std::fs::copy(folder.notebook(), other.notebook()).unwrap();
    other
}

/// Takes the log of another notebook into this one.
fn unite(folder: &Folder, other: &Folder) -> United {
    let mut store = Store::open(&folder.notebook(), Purpose::Write).unwrap();
    let other = Store::open(&other.notebook(), Purpose::Read).unwrap();
    store.unite(&other).unwrap()
}

/// Both unions of two notebooks, which must be the same.
fn both(one: &Folder, other: &Folder) -> (Folder, United) {
    let (a, b) = (copy(one), copy(other));
    let (first, second) = (unite(&a, other), unite(&b, one));
    assert_eq!(first.conflicts, second.conflicts);
    assert_eq!(state(&a.notebook()), state(&b.notebook()));
    assert_eq!(positions(&a), positions(&b));
    let again = unite(&a, &b);
    assert_eq!(again.operations, 0, "nothing is left to take over");
    (a, first)
}

/// Replica, sequence and id of each operation.
fn positions(folder: &Folder) -> Vec<(String, i64, String)> {
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    let mut query = db
        .prepare("SELECT replica, sequence, uid FROM operation ORDER BY replica, sequence")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// The replicas that a copy of the notebook is and was, with the last sequence number of each that ended.
fn replicas(folder: &Folder) -> Vec<(String, Option<i64>)> {
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    let mut query = db
        .prepare("SELECT id, until FROM _replica ORDER BY id")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// A notebook with one entry and a copy of it, each with the commands that follow.
fn diverged(base: &[&[&str]], one: &[&[&str]], other: &[&[&str]]) -> (Folder, Folder) {
    let folder = Folder::new();
    let run = |folder: &Folder, commands: &[&[&str]]| {
        for (n, words) in commands.iter().enumerate() {
            let mut command = folder.command(words);
            command.env("KB_NOW", format!("2026-11-23T12:{n:02}:00Z"));
            let done = command.output().unwrap();
            assert!(
                done.status.success(),
                "{words:?}: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
    };
    run(&folder, base);
    let second = copy(&folder);
    run(&folder, one);
    run(&second, other);
    (folder, second)
}

fn show(folder: &Folder, reference: &str) -> Json {
    let list: Json = serde_json::from_str(&folder.ok(&["show", reference, "--json"])).unwrap();
    list[0].clone()
}

#[test]
fn random_pairs_of_diverged_notebooks_give_the_same_in_both_orders() {
    for seed in 0..trials(12, 2_000) {
        let mut dice = Dice(seed as u64 + 1);
        let folder = Folder::new();
        let mut minute = 0;
        for _ in 0..8 {
            minute += 1;
            step(&folder.notebook(), minute, &mut dice);
        }
        let other = copy(&folder);
        for _ in 0..8 {
            minute += 1;
            step(&folder.notebook(), minute, &mut dice);
            step(&other.notebook(), minute, &mut dice);
            if dice.next(6) == 0 {
                let _ = open(&other.notebook(), minute).reverse(
                    &kb::notebook::history::Which::Next(None),
                    kb::store::Reversal::Undo,
                );
            }
        }
        let (united, _) = both(&folder, &other);
        let advice = open(&united.notebook(), minute).check().unwrap();
        assert!(
            advice.iter().all(|found| !found.fault),
            "seed {seed}: {advice:?}"
        );
        // A second round: both go on from the union.
        let second = copy(&united);
        for _ in 0..3 {
            minute += 1;
            step(&united.notebook(), minute, &mut dice);
            step(&second.notebook(), minute, &mut dice);
        }
        both(&united, &second);
    }
}

#[test]
fn the_tables_are_what_the_log_alone_gives() {
    for seed in 0..trials(10, 300) {
        let mut dice = Dice(seed as u64 + 77);
        let folder = Folder::new();
        for minute in 1..25 {
            step(&folder.notebook(), minute, &mut dice);
            if dice.next(5) == 0 {
                let _ = open(&folder.notebook(), minute).reverse(
                    &kb::notebook::history::Which::Next(None),
                    kb::store::Reversal::Undo,
                );
            }
        }
        let before = state(&folder.notebook());
        let db = rusqlite::Connection::open(folder.notebook()).unwrap();
        db.execute_batch(
            "UPDATE entry SET body = 'damaged', title = title || '!'; DELETE FROM topic; DELETE FROM setting;",
        )
        .unwrap();
        drop(db);
        Store::open(&folder.notebook(), Purpose::Write)
            .unwrap()
            .rebuild_from_log()
            .unwrap();
        assert_eq!(state(&folder.notebook()), before, "seed {seed}");
    }
}

#[test]
fn changes_of_different_fields_items_and_lines_are_all_kept() {
    let (one, other) = diverged(
        &[&[
            "add",
            "term",
            "Logit",
            "first\nsecond\nthird\n",
            "--tag",
            "a",
            "--tag",
            "b",
        ]],
        &[
            &["set", "logit", "body=FIRST\nsecond\nthird\n"],
            &["set", "logit", "tags+=c"],
            &["set", "logit", "source=here"],
        ],
        &[
            &["set", "logit", "body=first\nsecond\nTHIRD\n"],
            &["set", "logit", "tags-=a"],
            &["set", "logit", "level=3"],
        ],
    );
    let (united, done) = both(&one, &other);
    assert_eq!(done.conflicts, []);
    let entry = show(&united, "logit");
    assert_eq!(entry["body"], "FIRST\nsecond\nTHIRD");
    assert_eq!(entry["tags"], serde_json::json!(["b", "c"]));
    assert_eq!(entry["source"], "here");
    assert_eq!(entry["level"], 3);
}

#[test]
fn a_field_changed_on_both_sides_keeps_both_values_in_the_history_and_is_reported_once() {
    let (one, other) = diverged(
        &[&["add", "term", "Logit"]],
        &[&["set", "logit", "source=one"]],
        &[
            &["set", "logit", "level=2"],
            &["set", "logit", "source=other"],
        ],
    );
    let (united, done) = both(&one, &other);
    assert_eq!(done.conflicts.len(), 1);
    assert_eq!(done.conflicts[0].field, "source");
    assert_eq!(show(&united, "logit")["source"], "other", "the later one");
    let history = united.ok(&["history", "logit", "--json"]);
    assert!(
        history.contains("\"one\"") && history.contains("\"other\""),
        "{history}"
    );
}

#[test]
fn an_entry_that_was_removed_here_and_changed_there_stays() {
    for (one, other) in [
        (
            &["remove", "logit", "--yes"][..],
            &["set", "logit", "source=new"][..],
        ),
        (
            &["set", "logit", "source=new"],
            &["remove", "logit", "--yes"],
        ),
    ] {
        let (one, other) = diverged(
            &[&["add", "term", "Logit", "the body"]],
            &[one],
            &[&["add", "term", "X"], other],
        );
        let (united, done) = both(&one, &other);
        assert_eq!(done.conflicts.len(), 1);
        assert_eq!(done.conflicts[0].field, "");
        let entry = show(&united, "logit");
        assert_eq!([&entry["body"], &entry["source"]], ["the body", "new"]);
    }
}

#[test]
fn one_slug_and_one_doi_made_on_both_sides_give_two_entries_and_a_suggestion() {
    let (one, other) = diverged(
        &[],
        &[&["add", "paper", "Attention", "--doi", "10.1000/x", "here"]],
        &[&["add", "paper", "Attention", "--doi", "10.1000/x", "there"]],
    );
    let (united, _) = both(&one, &other);
    let body = |slug: &str| show(&united, slug)["body"].clone();
    let mut bodies = [body("attention"), body("attention-2")].map(|body| body.to_string());
    bodies.sort();
    assert_eq!(bodies, ["\"here\"", "\"there\""]);
    assert!(united.ok(&["doctor"]).contains("kb merge"));
}

#[test]
fn a_clock_in_2031_does_not_win_for_ever() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Logit"]);
    let other = copy(&folder);
    let mut command = other.command(&["set", "logit", "source=future"]);
    assert!(
        command
            .env("KB_NOW", "2031-01-01T00:00:00Z")
            .output()
            .unwrap()
            .status
            .success()
    );
    unite(&folder, &other);
    assert_eq!(show(&folder, "logit")["source"], "future");
    folder.ok(&["set", "logit", "source=present"]);
    let (united, done) = both(&folder, &other);
    assert_eq!(done.conflicts, []);
    assert_eq!(show(&united, "logit")["source"], "present");
}

#[test]
fn two_files_that_used_one_position_are_numbered_anew() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Before"]);
    let other = Folder::new();
    // A disk that went back: the same inode cannot be had twice in a test, so the mark is copied.
    std::fs::copy(folder.notebook(), other.notebook()).unwrap();
    let before = positions(&folder);
    folder.ok(&["add", "term", "One"]);
    folder.ok(&["add", "term", "Two"]);
    let db = rusqlite::Connection::open(other.notebook()).unwrap();
    let file = std::fs::metadata(other.notebook()).unwrap();
    let created = file
        .created()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos());
    let inode = std::os::unix::fs::MetadataExt::ino(&file);
    db.execute(
        "UPDATE _replica SET file = ?1",
        [format!("{inode}:{created}")],
    )
    .unwrap();
    drop(db);
    other.ok(&["add", "term", "Other"]);
    let [mine, theirs] = [&folder, &other].map(|one| positions(one)[before.len()].2.clone());
    let (united, _) = both(&folder, &other);
    assert_eq!(
        united
            .ok(&["list", "terms", "--tsv", "title"])
            .lines()
            .count(),
        4
    );
    // The side with the greater id goes on under a name that tells where it began.
    let (replica, common, _) = before.last().unwrap().clone();
    let greater = (&mine).max(&theirs);
    let renamed = format!("{replica}.{common}.{}", &greater[..8]);
    let place = |uid: &str| {
        let all = positions(&united);
        let found = all.into_iter().find(|(.., own)| own == uid).unwrap();
        (found.0, found.1)
    };
    assert_eq!(place(greater), (renamed.clone(), 1));
    assert_eq!(place((&mine).min(&theirs)), (replica.clone(), common + 1));
    for (one, meets, own) in [(&folder, &other, &mine), (&other, &folder, &theirs)] {
        let met = copy(one);
        unite(&met, meets);
        let expected = match own == greater {
            true => vec![(replica.clone(), Some(common)), (renamed.clone(), None)],
            false => vec![(replica.clone(), None)],
        };
        assert_eq!(replicas(&met), expected);
    }
    united.ok(&["add", "term", "After"]);
    assert_eq!(united.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn a_kind_removed_here_stays_while_it_has_entries_that_were_added_there() {
    let folder = Folder::new();
    folder.write("talk.toml", include_str!("talk.toml"));
    folder.ok(&["kind", "add", "talk.toml"]);
    let other = copy(&folder);
    folder.ok(&["kind", "remove", "talk"]);
    other.ok(&["add", "talk", "On circuits", "--code", "T1"]);
    let (united, _) = both(&folder, &other);
    assert_eq!(
        united.ok(&["list", "talks", "--tsv", "title"]),
        "On circuits\n"
    );
}

#[test]
fn a_link_refers_to_its_entry_whatever_the_other_side_calls_entries() {
    let (one, other) = diverged(
        &[
            &["add", "term", "Logit"],
            &["add", "goal", "Learn", "See [[logit]]."],
        ],
        &[&["set", "term/logit", "slug=log-odds"]],
        &[
            &["add", "paper", "Logit"],
            &[
                "set",
                "learn",
                "body=See [[term/logit]] and [[paper/logit]].",
            ],
        ],
    );
    let (united, done) = both(&one, &other);
    assert_eq!(done.conflicts, []);
    assert_eq!(
        crate::undo::links(&united.notebook()),
        [
            "goal/learn body paper/logit > paper/logit",
            "goal/learn body term/logit > term/log-odds"
        ]
    );
    let (one, other) = diverged(
        &[
            &["add", "term", "Logit"],
            &["add", "goal", "Learn", "See [[logit]]."],
        ],
        &[&["set", "term/logit", "slug=log-odds"]],
        &[&["add", "paper", "Logit"]],
    );
    let (united, _) = both(&one, &other);
    assert_eq!(
        crate::undo::links(&united.notebook()),
        ["goal/learn body term/log-odds > term/log-odds"]
    );
    assert_eq!(show(&united, "learn")["body"], "See [[term/log-odds]].");
}

#[test]
fn kinds_come_in_the_order_in_which_they_were_added() {
    let folder = Folder::new();
    // A built-in kind that was edited keeps its place.
    let paper = folder.ok(&["kind", "show", "paper"]);
    let paper = paper.replacen("summary = ", "summary = \"Articles\" # ", 1);
    folder.run_with(&["kind", "edit", "paper", "-"], &paper);
    let other = copy(&folder);
    let kind = |name: &str| format!("name = \"{name}\"\nplural = \"{name}s\"\nsummary = \"x\"\n");
    let add = |folder: &Folder, name: &str, minute: usize| {
        folder.write("kind.toml", kind(name));
        let mut command = folder.command(&["kind", "add", "kind.toml"]);
        command.env("KB_NOW", format!("2026-11-23T12:{minute:02}:00Z"));
        assert!(command.status().unwrap().success());
    };
    add(&folder, "zebra", 1);
    add(&other, "aardvark", 2);
    add(&folder, "mule", 3);
    let built_in = Folder::new();
    let names = |folder: &Folder| folder.ok(&["kind", "list", "--tsv", "kind"]);
    let (united, _) = both(&folder, &other);
    assert_eq!(
        names(&united),
        format!("{}zebra\naardvark\nmule\n", names(&built_in))
    );
}

#[test]
fn a_unique_value_of_both_sides_stays_with_one_and_is_left_over_with_the_other() {
    for (required, other_value) in [("", "T1"), ("required = true\n", "T1 (2)")] {
        let folder = Folder::new();
        folder.write(
            "talk.toml",
            format!("name = \"talk\"\nplural = \"talks\"\nsummary = \"x\"\n[[field]]\nname = \"code\"\nhelp = \"h\"\ntype = \"line\"\nunique = true\n{required}"),
        );
        folder.ok(&["kind", "add", "talk.toml"]);
        let other = copy(&folder);
        folder.ok(&["add", "talk", "One", "--code", "T1"]);
        other.ok(&["add", "talk", "Other", "--code", "T1"]);
        let (united, _) = both(&folder, &other);
        let talks: Vec<Json> =
            serde_json::from_str(&united.ok(&["list", "talks", "--json"])).unwrap();
        let mut codes: Vec<Option<&str>> = talks.iter().map(|talk| talk["code"].as_str()).collect();
        codes.sort();
        assert_eq!(codes, [Some("T1"), Some(other_value)]);
        // One of two equal values is beside the fields of the kind.
        let sql = "select count(code) from talks";
        let held = if required.is_empty() { "1\n" } else { "2\n" };
        assert_eq!(united.ok(&["sql", sql, "--tsv"]), held);
        // The entries keep their slugs.
        let mut slugs: Vec<&str> = talks
            .iter()
            .filter_map(|talk| talk["slug"].as_str())
            .collect();
        slugs.sort_unstable();
        assert_eq!(slugs, ["one", "other"]);
        assert_eq!(united.run(&["doctor", "-q"]).code, Some(0));
    }
}

#[test]
fn a_former_slug_here_may_be_a_slug_there() {
    let (one, other) = diverged(
        &[&["add", "term", "Logit", "old"]],
        &[&["set", "logit", "slug=log-odds"]],
        &[
            &["remove", "logit", "--yes"],
            &["add", "term", "Logit", "new"],
        ],
    );
    let (united, _) = both(&one, &other);
    let bodies = united.ok(&["list", "terms", "--sort", "body", "--tsv", "body"]);
    assert_eq!(bodies, "new\nold\n");
    assert_eq!(show(&united, "log-odds")["body"], "old");
    assert_eq!(united.run(&["doctor", "-q"]).code, Some(0));
}
