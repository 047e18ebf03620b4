//! Undo and redo: any sequence of commands can be undone and redone to the identical notebook.

use std::path::Path;

use kb::model::json::EntryJson;
use kb::model::json::all_names;
use kb::model::{Audience, Clock, Draft, Query};
use kb::notebook::Conflicts;
use kb::notebook::entries::{Assignment, AssignmentOperator};
use kb::notebook::history::Which;
use kb::notebook::import::RowOptions;
use kb::notebook::kinds::KindRemoval;
use kb::notebook::page::{PageOptions, PageOrigin, Removals};
use kb::notebook::{IfMissing, Notebook, Session};
use kb::store::{OperationFilter, Reversal, Selection, WriteMode};

use crate::support::{Dice, Folder, trials};

const PAGE: &str = include_str!("../data/example/notebook.md");
const TALK: &str = include_str!("talk.toml");

fn clock(minute: usize) -> Clock {
    let now =
        chrono::DateTime::UNIX_EPOCH + chrono::Duration::minutes(i64::try_from(minute).unwrap());
    Clock {
        now,
        today: now.date_naive(),
    }
}

pub(crate) fn open(path: &Path, minute: usize) -> Notebook {
    Notebook::open_to_write(
        path,
        Session {
            clock: clock(minute),
            command: format!("step {minute}"),
            actor: "user".to_owned(),
            command_id: None,
            mode: WriteMode::Commit,
            effects: kb::store::Effects::default(),
            folder: None,
        },
        IfMissing::Create,
    )
    .unwrap()
    .0
}

/// The whole notebook as text: entries, kinds, settings and pages.
pub(crate) fn state(path: &Path) -> String {
    let notebook = open(path, 0);
    let mut text = String::new();
    notebook
        .for_each(
            &Selection::of(Query::All),
            Audience::Owner,
            |entry, kind| {
                text.push_str(
                    &serde_json::to_string(&EntryJson {
                        entry,
                        kind,
                        names: &all_names(kind, Audience::Owner),
                        audience: Audience::Owner,
                        more: &serde_json::Map::new(),
                    })
                    .unwrap(),
                );
                text.push('\n');
                std::ops::ControlFlow::Continue(())
            },
        )
        .unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let mut text = lines.join("\n");
    for kind in notebook.kinds().iter() {
        text.push_str(&kind.toml().unwrap());
    }
    text.push_str(&format!("{:?}", notebook.settings().unwrap()));
    for page in notebook.pages().unwrap() {
        text.push_str(
            &notebook
                .export_page(Some(&page), Audience::Owner)
                .unwrap()
                .text,
        );
    }
    text.push_str(&links(path).join("\n"));
    text
}

/// The links of a notebook: the entry, where in it, the text, and the entry that it refers to.
pub(crate) fn links(path: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT concat_ws(' ', s.kind || '/' || s.slug, l.field, l.text, '>', t.kind || '/' || t.slug)
               FROM link AS l JOIN entry AS s ON s.id = l.source LEFT JOIN entry AS t ON t.id = l.target ORDER BY 1";
    let mut query = db.prepare(sql).unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Runs one random command and returns whether it recorded an operation.
pub(crate) fn step(path: &Path, minute: usize, dice: &mut Dice) -> bool {
    let mut notebook = open(path, minute);
    let all = notebook.targets(&["has:title".to_owned()]).unwrap();
    let assign = |field: &str, operator, text: &str| Assignment {
        field: field.to_owned(),
        operator,
        texts: vec![text.to_owned()],
    };
    let before = notebook
        .operations(&OperationFilter::default(), 1)
        .unwrap()
        .first()
        .map(|operation| operation.id);
    match dice.next(11) {
        0 | 1 => {
            let kind = *dice.of(&["goal", "paper", "term", "post", "achievement"]);
            let mut draft = Draft::of(kind);
            draft
                .set("title", format!("Entry {} [{minute}]", dice.next(20)))
                .set("body", "See [[entry-3]] and [[sparse]].")
                .set("topics", *dice.of(&["A", "A/B", "Vision"]));
            notebook.add(kind, &draft).unwrap();
        }
        2 if !all.is_empty() => drop(
            notebook
                .remove(std::slice::from_ref(dice.of(&all)))
                .unwrap(),
        ),
        3 | 4 if !all.is_empty() => {
            let target = dice.of(&all).clone();
            let assignment = match dice.next(6) {
                0 => assign(
                    "title",
                    AssignmentOperator::Replace,
                    &format!("Retitled {minute}"),
                ),
                1 => assign(
                    "body",
                    AssignmentOperator::Replace,
                    &format!("New body {minute}\n\n[[entry-{}]]", dice.next(9)),
                ),
                2 => assign("topics", AssignmentOperator::Append, "Extra"),
                3 => assign("topics", AssignmentOperator::Replace, "Vision"),
                4 => assign(
                    "slug",
                    AssignmentOperator::Replace,
                    &format!("slug-{minute}"),
                ),
                _ => assign(
                    "private",
                    AssignmentOperator::Replace,
                    ["yes", "no"][dice.next(2)],
                ),
            };
            notebook.set(&[target], &[assignment]).unwrap();
        }
        5 => {
            let targets = notebook.targets(&["kind:goal".to_owned()]).unwrap();
            notebook
                .set(
                    &targets,
                    &[
                        assign(
                            "status",
                            AssignmentOperator::Replace,
                            ["want", "learning", "learnt"][dice.next(3)],
                        ),
                        assign("tags", AssignmentOperator::Append, "bulk"),
                    ],
                )
                .unwrap();
        }
        6 => {
            let edited = if dice.next(2) == 0 {
                PAGE.to_owned()
            } else {
                PAGE.replace("Kernel methods", &format!("Kernel methods {minute}"))
            };
            notebook
                .import_page(
                    &PageOrigin::named("notebook.md"),
                    &edited,
                    &PageOptions {
                        conflicts: Conflicts::Theirs,
                        removals: Removals::Allow,
                        ..PageOptions::default()
                    },
                )
                .unwrap();
        }
        7 => {
            let line = format!(
                "{{\"kind\":\"paper\",\"title\":\"Imported {}\",\"year\":2020,\"odd\":{{\"a\":1}}}}\n",
                dice.next(5)
            );
            notebook
                .import_json(
                    &mut line.as_bytes(),
                    None,
                    RowOptions::default(),
                    &mut |_| {},
                )
                .unwrap();
        }
        8 => match notebook.kinds().get("talk") {
            None => drop(notebook.add_kind(TALK).unwrap()),
            Some(_) if dice.next(3) == 0 => drop(
                notebook
                    .remove_kind("talk", KindRemoval::WithEntries)
                    .unwrap(),
            ),
            Some(_) if dice.next(2) == 0 => drop(
                notebook
                    .edit_kind("talk", &TALK.replace("name = \"room\"", "name = \"place\""))
                    .unwrap(),
            ),
            Some(_) => {
                let mut draft = Draft::of("talk");
                draft
                    .set("title", format!("Talk {minute}"))
                    .set("code", format!("T{minute}"))
                    .set("format", "keynote")
                    .set("held", "Summer 2023")
                    .set("room", "Aula");
                // An edited kind has no field `room`; then the entry is refused.
                drop(notebook.add("talk", &draft));
            }
        },
        9 => drop(
            notebook
                .set_setting("view.recent", Some(&format!("added:{}d", 1 + dice.next(9))))
                .unwrap(),
        ),
        _ if all.len() > 1 => drop(
            notebook
                .link(&all[0].entry.reference(), &[all[1].entry.reference()])
                .unwrap(),
        ),
        _ => {}
    }
    notebook
        .operations(&OperationFilter::default(), 1)
        .unwrap()
        .first()
        .map(|operation| operation.id)
        != before
}

#[test]
fn fifty_random_operations_undone_one_by_one_and_done_again_give_the_same_notebooks() {
    for seed in 0..trials(20, 1_000) {
        let folder = Folder::new();
        let path = folder.notebook();
        let mut dice = Dice(u64::try_from(seed).unwrap());
        let mut states = vec![state(&path)];
        let mut minute = 1;
        while states.len() <= 50 {
            minute += 1;
            if step(&path, minute, &mut dice) {
                states.push(state(&path));
            }
        }
        for expected in states[..50].iter().rev() {
            open(&path, minute)
                .reverse(&Which::Next(None), Reversal::Undo)
                .unwrap();
            assert_eq!(state(&path), *expected, "undo, seed {seed}");
        }
        assert!(
            open(&path, minute)
                .reverse(&Which::Next(None), Reversal::Undo)
                .is_err(),
            "nothing is left to undo"
        );
        for expected in &states[1..] {
            open(&path, minute)
                .reverse(&Which::Next(None), Reversal::Redo)
                .unwrap();
            assert_eq!(state(&path), *expected, "redo, seed {seed}");
        }
        assert!(
            open(&path, minute)
                .reverse(&Which::Next(None), Reversal::Redo)
                .is_err(),
            "nothing is left to redo"
        );
        let advice = open(&path, minute).check().unwrap();
        assert!(
            advice.iter().all(|found| !found.fault),
            "seed {seed}: {advice:?}"
        );
    }
}

#[test]
fn a_named_operation_is_undone_unless_a_later_change_stands_in_its_way() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "One", "first"]);
    folder.ok(&["set", "one", "source=a"]);
    folder.ok(&["add", "term", "Two"]);
    folder.ok(&["undo", "2"]);
    assert_eq!(
        folder.ok(&["show", "one", "--jsonl", "source"]),
        "{\"source\":null}\n"
    );
    folder.ok(&["set", "two", "source=b"]);
    assert!(
        folder
            .fails(2, &["undo", "3"])
            .contains("was changed since")
    );
}

#[test]
fn a_new_command_ends_what_can_be_done_again() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "One"]);
    folder.ok(&["undo"]);
    folder.ok(&["add", "term", "Two"]);
    assert!(folder.fails(1, &["redo"]).contains("nothing to redo"));
    folder.ok(&["undo"]);
    assert!(folder.fails(1, &["undo"]).contains("nothing to undo"));
}

#[test]
fn a_dry_run_changes_nothing_at_all() {
    let folder = Folder::new();
    folder.write("notebook.md", PAGE);
    folder.write("e.jsonl", "{\"kind\":\"term\",\"title\":\"X\"}\n");
    folder.write("talk.toml", TALK);
    folder.ok(&["import", "notebook.md"]);
    let before = std::fs::read(folder.notebook()).unwrap();
    for words in [
        &["add", "term", "New", "-n"][..],
        &["set", "residual-stream", "source=x", "-n"],
        &["set", "status=learnt", "where", "kind:goal", "-n"],
        &["remove", "residual-stream", "-n"],
        &["remove", "where", "kind:post", "--dry-run"],
        &["link", "residual-stream", "alignment", "-n"],
        &["import", "e.jsonl", "-n"],
        &["kind", "add", "talk.toml", "-n"],
        &["kind", "remove", "post", "--yes", "-n"],
        &["undo", "-n"],
        &["doctor", "--fix", "-n"],
    ] {
        folder.ok(words);
        assert!(
            std::fs::read(folder.notebook()).unwrap() == before,
            "{words:?} changed the file"
        );
    }
}

#[test]
fn the_steps_of_a_goal_are_kept_with_their_dates() {
    let folder = Folder::new();
    folder.ok(&["add", "goal", "Sparse coding"]);
    folder.ok(&["set", "sparse-coding", "status=learning"]);
    let history = folder.ok(&["history", "sparse-coding", "--tsv", "at,field,old,new"]);
    assert!(
        history.contains("2026-11-23T12:00:00.000Z\tstatus\twant\tlearning"),
        "{history}"
    );
}

#[test]
fn redo_takes_back_the_last_undo_as_editors_do() {
    for seed in 0..trials(6, 1_000) {
        let mut dice = Dice(seed as u64);
        let folder = Folder::new();
        folder.ok(&["add", "term", "Alpha", "0"]);
        // The text after each change, how many of the changes are in force, and how many can be redone.
        let (mut texts, mut done) = (vec!["0".to_owned()], 1);
        for step in 1..=50 {
            let (undo, redo) = (done > 1, done < texts.len());
            match dice.next(3) {
                0 if undo => {
                    folder.ok(&["undo"]);
                    done -= 1;
                }
                1 if redo => {
                    folder.ok(&["redo"]);
                    done += 1;
                }
                1 => {
                    let error = folder.fails(1, &["redo"]);
                    assert!(error.contains("nothing to redo"), "{error}");
                }
                _ => {
                    texts.truncate(done);
                    texts.push(format!("{seed} {step}"));
                    done += 1;
                    folder.ok(&["set", "alpha", &format!("body={seed} {step}")]);
                }
            }
            let body = folder.ok(&["show", "alpha", "--tsv", "body"]);
            assert_eq!(body.trim_end(), texts[done - 1], "seed {seed}, step {step}");
        }
    }
}

#[test]
fn an_undo_that_a_kind_does_not_allow_names_what_is_in_the_way() {
    let folder = Folder::new();
    let kind = |choices: &str| {
        format!(
            "name = \"book\"\nplural = \"books\"\nsummary = \"Books\"\n\n[[field]]\nname = \"state\"\nhelp = \"How far\"\ntype = \"choice\"\nchoices = [{choices}]\n"
        )
    };
    folder.write("book.toml", kind("\"a\", \"b\", \"c\""));
    folder.ok(&["kind", "add", "book.toml"]);
    folder.ok(&["add", "book", "One", "--state", "c"]);
    folder.ok(&["remove", "book/one"]);
    folder.write("book.toml", kind("\"a\", \"b\""));
    folder.ok(&["kind", "edit", "book", "book.toml"]);
    let error = folder.fails(2, &["undo", "3"]);
    assert!(
        error.contains("`book/one` would not fit the kind `book` as it is now")
            && error.contains("kb undo 4"),
        "{error}"
    );
    folder.ok(&["undo", "4"]);
    folder.ok(&["undo", "3"]);
    assert_eq!(folder.ok(&["show", "book/one", "--tsv", "state"]), "c\n");
    // The undo of one operation by its number is what redo takes back.
    folder.ok(&["redo"]);
    folder.fails(1, &["show", "book/one"]);
    folder.ok(&["doctor"]);
}

#[test]
fn an_undo_of_several_operations_is_all_or_nothing_and_as_its_dry_run() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "-q"]);
    let mut bot = folder.command(&["set", "a", "body=bot"]);
    assert!(
        bot.env("KB_ACTOR", "bot")
            .output()
            .unwrap()
            .status
            .success()
    );
    folder.ok(&["add", "term", "B", "-q"]);
    let before = folder.everything();
    for dry in [
        &["undo", "--since", "1h", "--dry-run"][..],
        &["undo", "--since", "1h"],
    ] {
        assert!(
            folder
                .fails(2, dry)
                .contains("operation 1 cannot be reversed")
        );
        assert_eq!(folder.everything(), before);
    }
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "-q"]);
    folder.ok(&["set", "a", "body=1"]);
    folder.ok(&["set", "a", "body=2"]);
    assert!(
        folder
            .fails(2, &["undo", "2"])
            .contains("`body` of `term/a` was changed since")
    );
    assert_eq!(
        folder
            .run(&["undo", "--since", "1h", "-n"])
            .err
            .lines()
            .count(),
        3
    );
    folder.ok(&["undo", "--since", "1h"]);
    assert_eq!(folder.everything(), "");
    assert!(
        folder.ok(&["history", "term/a"]).lines().count() > 3,
        "also of an entry that is gone"
    );
}

#[test]
fn an_import_that_moved_a_private_entry_is_undone() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("v/sub")).unwrap();
    folder.write("v/sub/N4.md", "one\n");
    folder.ok(&["import", "v", "-q"]);
    folder.ok(&["set", "n4", "private=true"]);
    let before = folder.everything();
    folder.write("v/N4.md", "two\n");
    folder.write("v/sub/N4.md", "changed\n");
    folder.ok(&["import", "v", "-q"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
}

#[test]
fn an_entry_keeps_its_identity_whatever_a_note_says() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Foo", "body", "-q"]);
    folder.ok(&["export", "o/", "-q"]);
    folder.ok(&["remove", "foo", "--yes"]);
    folder.ok(&["add", "term", "Foo", "another", "-q"]);
    let before = folder.everything();
    // An unchanged note of a removed entry says nothing; an edited one does.
    folder.run(&["import", "o/"]);
    assert_eq!(folder.everything(), before);
    let note = folder.read("o/term/foo.md");
    folder.write("o/term/foo.md", format!("{note}more\n"));
    folder.run(&["import", "o/"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert!(folder.everything().contains("\"body\":\"body\""));
}

#[test]
fn a_link_that_comes_back_refers_to_the_entry_that_it_did() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Logit"]);
    folder.ok(&["add", "goal", "Learn", "See [[Logit]], [[logit#why|it]]."]);
    folder.ok(&["set", "learn", "body=Nothing."]);
    folder.ok(&["add", "paper", "Logit"]);
    folder.ok(&["set", "term/logit", "slug=log-odds"]);
    // By its text, the link would mean either.
    folder.ok(&["undo", "3"]);
    assert_eq!(
        folder.ok(&["list", "learn", "--tsv", "body"]),
        "See [[term/log-odds]], [[term/log-odds#why|it]].\n"
    );
    assert_eq!(
        links(&folder.notebook()),
        ["goal/learn body term/log-odds > term/log-odds"]
    );
    // The redo takes back what the undo did.
    folder.ok(&["redo"]);
    assert_eq!(folder.ok(&["list", "learn", "--tsv", "body"]), "Nothing.\n");
    folder.ok(&["undo", "3"]);
    assert_eq!(links(&folder.notebook()).len(), 1);
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

/// The definition of a kind without fields.
fn kind_file(folder: &Folder, name: &str) -> String {
    let file = format!("{name}.toml");
    let toml = format!("name = \"{name}\"\nplural = \"{name}s\"\nsummary = \"A {name}\"\n");
    folder.write(&file, toml);
    file
}

#[test]
fn an_undone_merge_or_name_gives_the_links_back() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "a"]);
    folder.ok(&["add", "term", "B", "b"]);
    folder.ok(&[
        "add",
        "term",
        "C",
        "see [[term/b]] and [[beta]]",
        "--related",
        "term/b",
    ]);
    folder.ok(&["set", "term/c", "tags+=x"]);
    let (before, links) = (
        folder.everything(),
        folder.ok(&["show", "term/c", "--jsonl", "links"]),
    );
    for change in [
        vec!["merge", "term/a", "term/b"],
        vec!["set", "term/a", "aliases+=beta"],
        vec!["set", "term/a", "slug=beta"],
        vec!["add", "term", "Beta"],
    ] {
        folder.ok(&change);
        folder.ok(&["undo"]);
        assert_eq!(
            folder.ok(&["show", "term/c", "--jsonl", "links"]),
            links,
            "{change:?}"
        );
        // What is undone and done again afterwards does not touch the text.
        folder.ok(&["undo"]);
        folder.ok(&["redo"]);
        assert_eq!(folder.everything(), before, "{change:?}");
    }
    assert_eq!(
        folder.ok(&["list", "related:term/b", "--tsv", "slug"]),
        "c\n"
    );
    folder.ok(&["set", "term/b", "slug=new"]);
    assert!(
        folder
            .ok(&["show", "term/c", "--jsonl", "links"])
            .contains("\"ref\":\"term/new\"")
    );
}

#[test]
fn two_removed_kinds_come_back_each_in_its_place() {
    let folder = Folder::new();
    for name in ["talk", "rec"] {
        let file = kind_file(&folder, name);
        folder.ok(&["kind", "add", &file]);
    }
    folder.ok(&["add", "project", "P", "body", "--period", "2023"]);
    folder.ok(&["add", "talk", "X", "b"]);
    let (before, kinds) = (
        folder.everything(),
        folder.ok(&["kind", "list", "--tsv", "kind"]),
    );
    folder.ok(&["kind", "remove", "project", "--yes"]);
    folder.ok(&["kind", "remove", "talk", "--yes"]);
    folder.ok(&["kind", "remove", "rec"]);
    for _ in 0..3 {
        folder.ok(&["undo"]);
    }
    assert_eq!(folder.ok(&["kind", "list", "--tsv", "kind"]), kinds);
    assert_eq!(folder.everything(), before);
    folder.ok(&["set", "project/p", "body=x"]);
}

#[test]
fn a_kind_with_entries_stays_and_an_entry_without_its_kind_does_not_come_back() {
    let folder = Folder::new();
    let file = kind_file(&folder, "talk");
    folder.ok(&["kind", "add", &file]);
    folder.ok(&["add", "talk", "X"]);
    assert_eq!(
        folder.fails(2, &["undo", "1"]),
        "error: operation 1 cannot be reversed: the kind `talk` has entries, such as `talk/x`\nhint: kb undo 2\n"
    );
    folder.ok(&["remove", "talk/x", "--yes"]);
    folder.ok(&["undo", "1"]);
    let error = folder.fails(2, &["undo", "3"]);
    assert!(
        error.contains("the kind `talk` was removed since"),
        "{error}"
    );
    // The kind that a first note makes stays too.
    folder.ok(&["add", "one two three"]);
    folder.ok(&["add", "four five six"]);
    let error = folder.fails(2, &["undo", "5"]);
    assert!(error.contains("the kind `inbox` has entries"), "{error}");
}

#[test]
fn redo_brings_back_only_what_the_last_undo_took() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A"]);
    // One command, two operations.
    folder.ok(&["jot", "a", "hello"]);
    folder.ok(&["undo", "3"]);
    folder.ok(&["add", "term", "B"]);
    let before = folder.everything();
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    folder.ok(&["redo"]);
    assert_eq!(folder.everything(), before);
}

#[test]
fn the_time_of_a_later_change_is_no_conflict() {
    let folder = Folder::new();
    let run = |words: &[&str], actor: &str, at: &str| {
        let mut command = folder.command(words);
        command
            .env("KB_NOW", format!("2026-11-23T12:{at}:00Z"))
            .env("KB_ACTOR", actor);
        let done = command.output().unwrap();
        assert!(
            done.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    run(&["add", "term", "Foo", "hello"], "me", "00");
    run(&["set", "foo", "source=src"], "bot", "01");
    run(&["set", "foo", "tags+=mine"], "me", "02");
    run(&["undo", "--by", "bot"], "me", "03");
    let entry = folder.ok(&["show", "foo", "--jsonl", "source,tags,updated"]);
    assert_eq!(
        entry,
        "{\"source\":null,\"tags\":[\"mine\"],\"updated\":\"2026-11-23T12:02:00Z\"}\n"
    );
    run(&["redo", "2"], "me", "04");
    assert!(
        folder
            .ok(&["show", "foo", "--jsonl", "source"])
            .contains("src")
    );
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}
