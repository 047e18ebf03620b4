//! The log: copies of a notebook, who wrote what, and how little a change takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::support::{Dice, Folder, given, shared, trials};

/// The operations of a notebook, newest first.
fn operations(folder: &Folder) -> Vec<Json> {
    serde_json::from_str(&folder.ok(&["history", "--json", "-l", "1000"])).unwrap()
}

/// The value of a column for each operation, newest first.
fn column(folder: &Folder, name: &str) -> Vec<String> {
    let text = |operation: Json| operation[name].as_str().unwrap().to_owned();
    operations(folder).into_iter().map(text).collect()
}

/// Runs SQL on the notebook, past kb.
fn sql<T: rusqlite::types::FromSql>(folder: &Folder, query: &str) -> T {
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

/// Runs `kb` as an actor.
fn by(folder: &Folder, actor: &str, words: &[&str]) -> crate::support::Given {
    let mut command = folder.command(words);
    given(&command.env("KB_ACTOR", actor).output().unwrap())
}

#[test]
fn notebooks_of_an_older_schema_keep_their_history_under_ids_that_their_copies_agree_on() {
    let old = include_bytes!("notebooks/schema-7.db");
    let (one, other) = (Folder::new(), Folder::new());
    for folder in [&one, &other] {
        std::fs::write(folder.notebook(), old).unwrap();
    }
    assert_eq!(one.everything(), include_str!("notebooks/schema-7.jsonl"));
    // A read migrates in memory, a write in the file.
    let read = column(&one, "id");
    for folder in [&one, &other] {
        folder.ok(&["set", "logit", "level=2"]);
        folder.ok(&["undo"]);
        // The first write brings the built-in kinds up to date.
        assert_eq!(column(folder, "id")[3..], read);
        assert_eq!(
            folder.everything(),
            include_str!("notebooks/schema-7.jsonl")
        );
    }
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), 12);
    let replicas = [&one, &other].map(|folder| column(folder, "replica").remove(0));
    assert_ne!(replicas[0], replicas[1]);
    // The former replica is this one's own past: all of it can be undone, and the new kinds too.
    for _ in 0..9 {
        one.ok(&["undo"]);
    }
    assert!(one.fails(1, &["undo"]).contains("nothing to undo"));
    assert_eq!(one.everything(), "");
}

#[test]
fn a_file_that_was_copied_or_put_back_is_another_replica_and_a_moved_one_is_not() {
    let folder = Folder::new();
    let replica = |folder: &Folder| column(folder, "replica").remove(0);
    let mut known = BTreeSet::new();
    folder.ok(&["add", "term", "One"]);
    known.insert(replica(&folder));
    folder.ok(&["add", "term", "Two"]);
    assert!(!known.insert(replica(&folder)), "one file, one replica");

    let renamed = folder.file("elsewhere.db");
    std::fs::rename(folder.notebook(), &renamed).unwrap();
    std::fs::rename(&renamed, folder.notebook()).unwrap();
    folder.ok(&["add", "term", "Renamed"]);
    assert!(!known.insert(replica(&folder)), "renamed");

    folder.ok(&["backup", "b.db"]);
    let shell = |line: &str| {
        let done = std::process::Command::new("sh")
            .args(["-c", line])
            .current_dir(folder.path())
            .status();
        assert!(done.unwrap().success(), "{line}");
    };
    for (n, line) in [
        "cp .kb/notebook.db c.db; mv c.db .kb/notebook.db",
        "cp -p .kb/notebook.db c.db; mv c.db .kb/notebook.db",
        "cp b.db .kb/notebook.db",
        "cat b.db > .kb/notebook.db",
        "cp -r .kb kb; rm -r .kb; mv kb .kb",
    ]
    .into_iter()
    .enumerate()
    {
        shell(line);
        folder.ok(&["add", "term", &format!("After {n}")]);
        assert!(known.insert(replica(&folder)), "{line}");
    }
    // An older content of the same file, which no backup marks.
    shell("cp .kb/notebook.db c.db");
    folder.ok(&["add", "term", "Forgotten"]);
    shell("cat c.db > .kb/notebook.db");
    folder.ok(&["add", "term", "Later"]);
    assert!(known.insert(replica(&folder)), "put back");
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert!(!folder.everything().contains("After 4"), "its own past");
}

#[test]
fn no_position_and_no_id_names_two_operations_of_copied_moved_and_restored_files() {
    for seed in 0..trials(3, 1_000) {
        let mut dice = Dice(seed as u64 + 1);
        let folders: Vec<Folder> = (0..3).map(|_| Folder::new()).collect();
        let mut backups = Vec::new();
        let (mut ids, mut positions) = (BTreeMap::new(), BTreeMap::new());
        for step in 0..12 {
            let [from, to] = [dice.next(3), dice.next(3)].map(|n| &folders[n]);
            match dice.next(6) {
                0 if from.path() != to.path() => {
                    std::fs::copy(from.notebook(), to.notebook()).unwrap();
                }
                1 => {
                    let name = format!("{step}.db");
                    from.ok(&["backup", &name, "-q"]);
                    backups.push(from.file(&name));
                }
                2 if !backups.is_empty() => {
                    std::fs::copy(dice.of(&backups), to.notebook()).unwrap();
                }
                3 => {
                    let aside = from.file("aside.db");
                    std::fs::copy(from.notebook(), &aside).unwrap();
                    std::fs::rename(&aside, from.notebook()).unwrap();
                }
                _ => drop(from.ok(&["add", "term", &format!("T {seed} {step}"), "-q"])),
            }
            for operation in operations(from) {
                let text = |name: &str| operation[name].to_string();
                let position = format!("{} {}", text("replica"), text("sequence"));
                let said = format!("{} {}", text("command"), text("at"));
                let known = positions.entry(position.clone()).or_insert(text("id"));
                assert_eq!(*known, text("id"), "seed {seed}: {position}");
                assert_eq!(*ids.entry(text("id")).or_insert(said.clone()), said);
            }
        }
    }
}

#[test]
fn undo_is_by_replica_and_actor() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Mine"]);
    assert_eq!(by(&folder, "bot/1", &["add", "term", "Its"]).code, Some(0));
    assert_eq!(column(&folder, "actor"), ["bot/1", "user"]);
    let of_bot = folder.ok(&["history", "--by", "bot/1", "--tsv", "command"]);
    assert_eq!(of_bot, "add term Its\n");
    let undone = folder.run(&["undo"]);
    assert!(
        undone.err.contains("undid `kb add term Mine`"),
        "{}",
        undone.err
    );
    let refused = folder.fails(1, &["undo"]);
    assert!(
        refused.contains("nothing to undo of yours; `bot/1` wrote last\nhint: kb undo --by bot/1"),
        "{refused}"
    );
    folder.ok(&["undo", "--by", "bot/1"]);
    assert_eq!(folder.everything(), "");
    folder.ok(&["redo"]);
    assert!(folder.everything().contains("Mine"));
    let id = column(&folder, "id").pop().unwrap();
    folder.ok(&["undo", "--op", &id[..12]]);
    assert_eq!(folder.everything(), "");
    assert!(
        folder
            .fails(1, &["redo", "--op", "zzz"])
            .contains("operation zzz does not exist")
    );
    // A number is that of an operation in this copy alone.
    assert!(
        folder
            .fails(1, &["undo", "--op", "1"])
            .contains("operation 1 does not exist")
    );
}

#[test]
fn everything_since_a_time_is_undone() {
    let folder = Folder::new();
    for (hour, title) in [(9, "Early"), (11, "Later"), (12, "Last")] {
        let mut command = folder.command(&["add", "term", title, "-q"]);
        command.env("KB_NOW", format!("2026-11-23T{hour:02}:00:00Z"));
        assert!(command.output().unwrap().status.success());
    }
    let said = folder.run(&["undo", "--since", "2h", "--dry-run"]).err;
    assert_eq!(
        said,
        "would undo `kb add term Last -q` (1 change)\nwould undo `kb add term Later -q` (1 change)\n"
    );
    folder.ok(&["undo", "--since", "2h"]);
    assert_eq!(folder.ok(&["list", "terms", "--tsv", "title"]), "Early\n");
    assert!(
        folder
            .fails(2, &["undo", "--since", "soonish"])
            .contains("`soonish` is not a time")
    );
    assert!(
        folder
            .fails(1, &["undo", "--since", "10m"])
            .contains("nothing to undo")
    );
}

#[test]
fn a_changed_word_takes_few_bytes_of_history_in_a_body_and_on_a_page() {
    let folder = Folder::new();
    let filler: String = (0..400)
        .map(|n| format!("Line {n} of a long text.\n"))
        .collect();
    folder.write(
        "p.md",
        format!(
            "# Page\n\n{filler}\n## Terms\n\n- Word: {}",
            "meaning ".repeat(300)
        ),
    );
    folder.ok(&["import", "p.md", "-q"]);
    let grown = |words: &[&str]| {
        let sum = "SELECT sum(length(coalesce(old, '')) + length(coalesce(new, ''))) FROM change";
        let before: i64 = sql(&folder, sum);
        folder.ok(words);
        sql::<i64>(&folder, sum) - before
    };
    folder.ok(&["add", "term", "Long", &filler, "-q"]);
    let longer = filler
        .replace("Line 7 ", "Row 7 ")
        .replace("Line 300 ", "Row 300 ");
    assert!(grown(&["set", "long", &format!("body={longer}")]) < 300);
    let page = folder
        .read("p.md")
        .replace("Line 200 ", "Row 200 ")
        .replacen("meaning ", "sense ", 1);
    folder.write("p.md", page);
    assert!(grown(&["import", "p.md", "-q"]) < 1_000);
    folder.ok(&["undo"]);
    assert!(
        folder
            .ok(&["show", "word", "--jsonl", "body"])
            .contains("meaning meaning")
    );
    folder.ok(&["undo"]);
    assert!(
        folder
            .ok(&["show", "long", "--jsonl", "body"])
            .contains("Line 300 ")
    );
}

#[test]
fn undo_and_redo_of_an_import_take_no_room() {
    let folder = Folder::new();
    let lines: String = (0..300)
        .map(|n| {
            format!(
                "{{\"kind\":\"term\",\"title\":\"T {n}\",\"body\":\"{}\"}}\n",
                "word ".repeat(100)
            )
        })
        .collect();
    folder.write("a.jsonl", lines);
    folder.ok(&["import", "a.jsonl", "-q"]);
    let before = folder.everything();
    let rows = "SELECT count(*) FROM change";
    let logged: i64 = sql(&folder, rows);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    assert_eq!(sql::<i64>(&folder, rows), logged);
    assert_eq!(folder.everything(), before);
    let changes = folder.ok(&["history", "t-7", "--tsv", "operation"]);
    assert_eq!(
        changes, "1\n2\n3\n",
        "the history of an entry has all three"
    );
}

#[test]
fn an_edit_of_a_kind_logs_only_what_it_changes() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Read", "--status", "read", "-q"]);
    let paper = folder.ok(&["kind", "show", "paper"]);
    folder.write(
        "paper.toml",
        paper.replace(
            "\"reading\", \"read\"",
            "\"reading\", \"shelved\", \"read\"",
        ),
    );
    folder.ok(&["kind", "edit", "paper", "paper.toml"]);
    assert_eq!(
        sql::<i64>(&folder, "SELECT count(*) FROM change WHERE operation = 2"),
        1,
        "the definition"
    );
    assert!(folder.everything().contains("\"status\":\"read\""));
}

#[test]
fn a_one_word_edit_of_the_users_page_takes_less_than_a_kilobyte() {
    let Some(page) = shared("notebook/notebook.md") else {
        return;
    };
    let folder = Folder::new();
    let text = std::fs::read_to_string(page).unwrap();
    folder.write("n.md", &text);
    folder.ok(&["import", "n.md", "-q"]);
    folder.write("n.md", text.replacen("important", "essential", 1));
    folder.ok(&["import", "n.md", "-q"]);
    let size: i64 = sql(
        &folder,
        "SELECT sum(length(subject) + length(field) + length(old) + length(new)) FROM change WHERE operation = 2",
    );
    assert!(size < 1_000, "{size} bytes");
}

#[test]
fn a_link_leads_where_it_led_when_its_entry_is_touched() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "One", "b", "--alias", "zed"]);
    folder.ok(&[
        "add",
        "term",
        "L",
        "see [[zed]]",
        "--tag",
        "old",
        "--topic",
        "T",
    ]);
    folder.ok(&["add", "goal", "Two", "--alias", "zed"]);
    let before = folder.everything();
    for words in [
        &["tags", "rename", "old", "new"][..],
        &["topics", "rename", "T", "U"],
        &["set", "term/l", "tags+=k"],
        &["doctor", "--fix"],
    ] {
        folder.run(words);
        assert_eq!(
            folder.ok(&["list", "linked:term/l", "--tsv", "ref"]),
            "term/one\n",
            "{words:?}"
        );
    }
    for _ in 0..3 {
        folder.ok(&["undo"]);
    }
    assert_eq!(folder.everything(), before);
}

#[test]
fn an_undo_that_needs_a_slug_names_the_operation_that_gave_it_away() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Lasso", "A"]);
    folder.ok(&["remove", "term/lasso", "--yes"]);
    folder.ok(&["add", "term", "Lasso", "B"]);
    let said = folder.fails(2, &["undo", "2"]);
    assert!(
        said.contains("`lasso` is already the slug of another term"),
        "{said}"
    );
    assert!(said.contains("hint: kb undo 3"), "{said}");
}

#[test]
fn one_redo_takes_back_all_that_one_undo_did() {
    let folder = Folder::new();
    for name in ["A", "B", "C"] {
        folder.ok(&["add", "term", name]);
    }
    let all = folder.ok(&["list", "--tsv", "ref"]);
    folder.ok(&["undo", "--since", "1h"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), "");
    folder.ok(&["redo"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), all);
    // Two undos are taken back one by one.
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]).lines().count(), 2);
    folder.ok(&["redo"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), all);
}
