//! `kb purge`: what is purged is nowhere in the file, and the rest stays sound.

use crate::support::{Dice, Folder, trials};

/// Whether a word is in the bytes of a file of the notebook's folder, in either case.
fn is_somewhere(folder: &Folder, word: &str) -> bool {
    std::fs::read_dir(folder.file(".kb")).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path())
            .unwrap()
            .to_ascii_lowercase();
        bytes
            .windows(word.len())
            .any(|bytes| bytes == word.as_bytes())
    })
}

/// A value with the canary that a field of this kind accepts.
const FIELDS: [(&str, &str); 13] = [
    ("term", "body"),
    ("term", "source"),
    ("term", "tags"),
    ("term", "topics"),
    ("term", "aliases"),
    ("term", "title"),
    ("paper", "authors"),
    ("paper", "venue"),
    ("paper", "url"),
    ("paper", "doi"),
    ("meeting", "real_name"),
    ("meeting", "with"),
    ("term", "mood"),
];

fn value(field: &str, word: &str) -> String {
    match field {
        "url" => format!("https://example.org/{word}"),
        "doi" => format!("10.1000/{word}"),
        "body" => format!("First line.\n\nA line with {word} in it.\n"),
        _ => format!("the {word}"),
    }
}

#[test]
fn a_purged_field_is_nowhere_in_the_file_and_the_notebook_is_sound() {
    for seed in 0..trials(26, 200) {
        let mut dice = Dice(seed as u64 + 1);
        let (kind, field) = FIELDS[seed % FIELDS.len()];
        let word = format!("canary{}x", 1_000 + seed);
        let folder = Folder::new();
        let text = value(field, &word);
        for n in 0..3 {
            folder.ok(&[
                "add",
                "term",
                &format!("Other {n}"),
                "Something else.",
                "-q",
            ]);
        }
        // The value comes with the entry, or later, or both with another one between them.
        let line = serde_json::json!({"kind": kind, "title": "Subject", field: text});
        folder.write("a.jsonl", format!("{line}\n"));
        folder.ok(&["import", "a.jsonl", "-q"]);
        let name = if field == "title" {
            format!("the-{word}")
        } else {
            "subject".to_owned()
        };
        if field == "title" {
            folder.ok(&["set", &name, "title=Subject", "slug=subject"]);
        } else if field != "mood" && dice.next(2) == 0 {
            folder.ok(&[
                "set",
                "subject",
                &format!("{field}={}", value(field, "other")),
            ]);
            folder.ok(&["set", "subject", &format!("{field}={text}")]);
        }
        if dice.next(2) == 0 {
            folder.ok(&["set", "subject", "tags+=seen"]);
            folder.ok(&["undo"]);
            folder.ok(&["redo"]);
        }
        assert!(is_somewhere(&folder, &word), "{field}: it was there");
        if field != "title" && dice.next(3) == 0 {
            folder.ok(&["remove", "subject", "--yes"]);
            folder.ok(&["purge", &format!("{kind}/subject"), "--yes"]);
        } else if dice.next(3) == 0 {
            folder.ok(&["purge", "subject", "--yes"]);
        } else {
            folder.ok(&["purge", "subject", field, "--yes"]);
            assert!(
                folder.everything().contains("\"title\":\"Subject\""),
                "{field}"
            );
        }
        assert!(!is_somewhere(&folder, &word), "seed {seed}: {kind} {field}");
        assert_eq!(
            folder.run(&["doctor", "-q"]).code,
            Some(0),
            "seed {seed}: {field}"
        );
        folder.ok(&["history"]);
        // What came after is undone as before; the purge itself is not.
        folder.ok(&["add", "term", "After", "-q"]);
        folder.ok(&["undo"]);
        assert!(!is_somewhere(&folder, &word));
    }
}

#[test]
fn a_purge_says_what_it_does_and_what_it_cannot_reach() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "Secret",
        "the password is hunter2hunter2",
        "-q",
    ]);
    folder.ok(&["add", "term", "Other", "see [[term/secret]]", "-q"]);
    folder.ok(&["backup", ".kb/old.db", "-q"]);
    folder.ok(&["export", "all.jsonl", "-q"]);
    let refused = folder.fails(2, &["purge", "secret"]);
    assert!(
        refused.contains("cannot be undone") && refused.contains("--yes"),
        "{refused}"
    );
    assert!(is_somewhere(&folder, "hunter2hunter2"));
    folder.ok(&["purge", "secret", "--dry-run"]);
    assert!(folder.everything().contains("hunter2"));
    std::fs::rename(folder.file(".kb/old.db"), folder.file("old.db")).unwrap();
    let said = folder.run(&["purge", "secret", "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for part in [
        "purged `term/secret`",
        "`term/other` links to it by name",
        "out of reach",
    ] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert!(!is_somewhere(&folder, "hunter2hunter2"));
    assert!(!folder.ok(&["history", "--json"]).contains("hunter2"));
    assert!(
        folder
            .fails(2, &["undo", "1"])
            .contains("operation 1 cannot be reversed: what it changed was purged")
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), "", "the entry before it");
    assert_eq!(folder.fails(1, &["purge", "nothing"]).lines().count(), 2);
    assert!(
        folder
            .fails(2, &["purge", "term/other", "colour", "--yes"])
            .contains("no field `colour`")
    );
}

#[test]
fn a_purged_entry_leaves_its_page_and_its_attachments() {
    let folder = Folder::new();
    folder.write(
        "p.md",
        "# Page\n\n## Terms\n\n- One: the first canaryword.\n- Two: the second.\n",
    );
    folder.ok(&["import", "p.md", "-q"]);
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/note.md", "A picture of canaryword ![[a.png]]\n");
    folder.write("v/a.png", b"\x89PNG\r\n\x1a\ncanaryword in a picture");
    folder.ok(&["import", "v", "-q"]);
    folder.ok(&["purge", "one", "--yes"]);
    let note = folder.ok(&["list", "canaryword", "--tsv", "ref"]);
    folder.ok(&["purge", note.trim(), "--yes"]);
    assert!(!is_somewhere(&folder, "canaryword"));
    assert_eq!(
        folder.ok(&["export", "--format", "page", "--page", "p.md"]),
        "# Page\n\n## Terms\n\n- Two: the second.\n"
    );
}

#[test]
fn what_a_file_kept_of_a_purged_field_goes_with_it() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write(
        "v/N.md",
        "---\nfoo: canaryfront\n---\nA picture ![[o.png]] of canarybody\n",
    );
    folder.write("v/o.png", "canarypicture");
    folder.ok(&["import", "v", "-q"]);
    folder.ok(&["purge", "n", "foo", "--yes"]);
    assert!(!is_somewhere(&folder, "canaryfront"));
    assert!(is_somewhere(&folder, "canarypicture"));
    folder.ok(&["purge", "n", "body", "--yes"]);
    assert!(!is_somewhere(&folder, "canarybody"));
    assert!(!is_somewhere(&folder, "canarypicture"), "its picture");

    folder.write("f.csl.json", r#"[{"id":"i","type":"article","title":"Ttl","author":[{"family":"Canaryname","given":"X"}]}]"#);
    folder.ok(&["import", "f.csl.json", "-q"]);
    folder.ok(&["purge", "ttl", "authors", "--yes"]);
    assert!(!is_somewhere(&folder, "canaryname"));

    folder.write("b.bib", "@article{k1, title={Other}, foo={canarybib}}\n");
    folder.ok(&["import", "b.bib", "-q"]);
    folder.ok(&["purge", "k1", "foo", "--yes"]);
    assert!(!is_somewhere(&folder, "canarybib"));
    assert!(
        folder.ok(&["document", "list"]).contains("b.bib"),
        "it is still tracked"
    );
}

#[test]
fn a_purge_names_who_else_has_the_values_and_leaves_others_alone() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Keepme", "Bodyone", "--tag", "physics", "-q"]);
    folder.ok(&["add", "term", "Other", "the canarysecret body", "-q"]);
    folder.ok(&["merge", "term/keepme", "term/other"]);
    folder.ok(&["undo"]);
    let said = folder.run(&["purge", "term/other", "--yes"]).err;
    assert!(said.contains("`term/keepme` has some of it too"), "{said}");
    assert!(
        folder.ok(&["history"]).contains("add term Keepme Bodyone"),
        "its command is its own"
    );
    folder.ok(&["purge", "term/keepme", "body", "--yes"]);
    assert!(!is_somewhere(&folder, "canarysecret"));
}

#[test]
fn an_attachment_of_an_entry_that_may_come_back_stays() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    for (name, text) in [
        ("s.png", "picture"),
        ("N1.md", "A ![[s.png]]\n"),
        ("N2.md", "B ![[s.png]]\n"),
    ] {
        folder.write(&format!("v/{name}"), text);
    }
    folder.ok(&["import", "v", "-q"]);
    folder.ok(&["remove", "n2", "--yes"]);
    folder.ok(&["purge", "n1", "--yes"]);
    folder.ok(&["undo"]);
    folder.ok(&["export", "w/", "-q"]);
    assert_eq!(folder.read("w/s.png"), "picture");
}

#[test]
fn undo_goes_on_past_what_was_purged_and_says_so() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "First", "-q"]);
    folder.write("a.jsonl", "{\"kind\":\"term\",\"title\":\"Xenon\"}\n");
    folder.ok(&["import", "a.jsonl", "-q"]);
    folder.ok(&["purge", "xenon", "--yes"]);
    let said = folder.run(&["undo"]).err;
    assert_eq!(
        said,
        "undid `kb add term First -q` (1 change)\noperation 2 (`kb import`) stays: what it changed was purged\n"
    );
    assert_eq!(folder.run(&["list", "terms", "--tsv", "slug"]).out, "");
}

#[test]
fn a_purge_takes_along_what_was_merged_in_and_every_word_of_its_commands() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "canarysecret body"]);
    folder.ok(&["add", "term", "B", "own"]);
    folder.ok(&["merge", "term/b", "term/a"]);
    folder.ok(&["purge", "term/b", "--yes"]);
    assert!(!is_somewhere(&folder, "canarysecret"));
    // The first line about a day makes the kind too: an operation of its own with the same command.
    folder.ok(&["jot", "canaryjot line"]);
    let day = folder.ok(&["list", "--tsv", "ref"]);
    folder.ok(&["purge", day.trim(), "--yes"]);
    assert!(!is_somewhere(&folder, "canaryjot"));
    assert!(!folder.ok(&["history"]).contains("canaryjot"));
    // An attachment that is gone is not named as a place where some of it still is.
    folder.ok(&["add", "term", "T"]);
    folder.write("f.txt", "hi");
    folder.ok(&["attach", "term/t", "f.txt"]);
    let said = folder.run(&["purge", "term/t", "--yes"]).err;
    assert!(!said.contains("attachment/"), "{said}");
}

#[test]
fn an_operation_that_was_purged_in_part_is_undone_for_the_rest() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "One", "first words"]);
    folder.ok(&["add", "term", "Two", "keep me"]);
    folder.ok(&["remove", "--yes", "one", "two"]);
    folder.ok(&["purge", "term/one", "--yes"]);
    let said = folder.run(&["undo"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.err.contains("their values were purged"),
        "{}",
        said.err
    );
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title,body"]),
        "Two\tkeep me\n"
    );
    folder.ok(&["doctor"]);
    folder.ok(&["redo"]);
    assert_eq!(folder.run(&["list", "terms"]).out, "");
    folder.ok(&["undo"]);
    // A change of many entries, and an import.
    folder.ok(&["add", "term", "Three", "old words"]);
    folder.ok(&["set", "body=oops", "where", "kind:term", "--yes"]);
    folder.ok(&["purge", "three", "body", "--yes"]);
    folder.ok(&["undo"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title,body"]),
        "Three\t\nTwo\tkeep me\n"
    );
    folder.write(
        "a.jsonl",
        "{\"kind\":\"post\",\"title\":\"A\"}\n{\"kind\":\"post\",\"title\":\"B\"}\n",
    );
    folder.ok(&["import", "a.jsonl"]);
    folder.ok(&["purge", "post/a", "--yes"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.run(&["list", "posts"]).out, "");
    folder.ok(&["doctor"]);
}

#[test]
fn a_purge_takes_removed_filters_and_names_opened_files() {
    let folder = Folder::new();
    folder.write("f.txt", "content of the file");
    folder.ok(&["add", "term", "A", "--tag", "secrettag"]);
    folder.ok(&["add", "term", "B"]);
    folder.ok(&["attach", "a", "f.txt"]);
    folder.ok(&["attach", "b", "f.txt"]);
    folder.ok(&["view", "save", "v", "tag:secrettag"]);
    folder.ok(&["view", "save", "w", "tag:secrettag"]);
    folder.ok(&["view", "remove", "v"]);
    folder.ok(&["open", "a", "--file", "--print"]);
    let said = folder.run(&["purge", "a", "--yes"]).err;
    for part in [
        "kb view remove w",
        "`term/b` has some of it",
        "opened/f.txt",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("setting/"), "{said}");
    std::fs::remove_dir_all(folder.file(".kb/opened")).unwrap();
    folder.ok(&["view", "remove", "w", "--purge"]);
    assert!(!is_somewhere(&folder, "secrettag"));
    folder.fails(1, &["view", "remove", "w", "--purge"]);
    assert_eq!(folder.run(&["view", "list"]).out, "");
    folder.ok(&["doctor"]);
}

#[test]
fn an_attachment_goes_also_after_another_field_was_purged() {
    for field in ["body", "tags", "source"] {
        let folder = Folder::new();
        folder.ok(&["add", "term", "Before", "b"]);
        folder.ok(&["add", "term", "Alpha", "text"]);
        folder.write("f.txt", "attglorp\n");
        folder.ok(&["attach", "term/alpha", "f.txt"]);
        folder.ok(&["purge", "term/alpha", field, "-y"]);
        assert!(is_somewhere(&folder, "attglorp"), "{field}");
        folder.ok(&["purge", "term/alpha", "attached", "-y"]);
        assert!(!is_somewhere(&folder, "attglorp"), "{field}");
        // What was purged is passed over.
        folder.ok(&["undo"]);
        folder.run(&["undo"]);
        folder.run(&["undo"]);
        assert_eq!(folder.ok(&["list", "--tsv", "ref"]), "", "{field}");
        assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
    }
}

#[test]
fn a_purge_of_a_field_leaves_what_else_an_entry_keeps_alone() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "one", "--source", "first"]);
    folder.ok(&["add", "term", "B", "two", "--source", "secsrc"]);
    let before = folder.everything();
    folder.ok(&["merge", "term/a", "term/b"]);
    folder.ok(&["purge", "term/a", "tags", "-y"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    folder.ok(&["redo"]);
    // The value of the field that the merge brought goes with it.
    folder.ok(&["purge", "term/a", "source", "-y"]);
    assert!(!is_somewhere(&folder, "secsrc"));
}

#[test]
fn another_entry_that_had_the_name_is_named() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "secone"]);
    folder.ok(&["remove", "term/a", "--yes"]);
    folder.ok(&["add", "term", "A", "sectwo"]);
    let said = folder.run(&["purge", "term/a", "-y"]).err;
    let command = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("kb purge "));
    folder.ok(&["purge", command.unwrap(), "-y"]);
    assert!(!is_somewhere(&folder, "secone") && !is_somewhere(&folder, "sectwo"));
}

#[test]
fn a_filter_that_has_a_purged_word_is_taken_out_of_the_history() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Foo", "zqone text"]);
    folder.ok(&["add", "term", "Bar", "plain text"]);
    folder.ok(&["set", "source=x", "where", "zqone", "-y"]);
    folder.ok(&["set", "tags+=t", "where", "-zqone", "-y"]);
    folder.ok(&["set", "bar", "tags+=text"]);
    folder.ok(&["purge", "foo", "body", "--yes"]);
    let bytes = std::fs::read(folder.notebook()).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("zqone"));
    let commands = folder.ok(&["history", "--jsonl", "command"]);
    assert!(!commands.contains("zqone"), "{commands}");
    // A word that entries still have stays.
    assert!(commands.contains("tags+=text"), "{commands}");
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn what_kb_kept_of_files_goes_with_a_purge() {
    let folder = Folder::new();
    folder.write(
        "p.md",
        "## Terms\n\n- Alpha: a canaryone word\n- Beta: b\n- Gamma: g\n- Delta: a canarytwo word\n",
    );
    folder.write(
        "r.bib",
        "@misc{x,\n title={Xi},\n note={a canarythree word}\n}\n\n@misc{y,\n title={Psi}\n}\n",
    );
    folder.ok(&["import", "p.md"]);
    folder.ok(&["import", "r.bib"]);
    // kb writes the page, and knows what it was before the next edits by hand, and what was deleted.
    folder.ok(&["set", "term/beta", "body=bb"]);
    folder.ok(&["sync"]);
    let page = folder.read("p.md").replace("a canaryone word", "else");
    folder.write("p.md", page.replace("- Delta: a canarytwo word\n", ""));
    folder.ok(&["remove", "--yes", "paper/xi"]);
    folder.ok(&["sync"]);
    for word in ["canaryone", "canarytwo", "canarythree"] {
        assert!(is_somewhere(&folder, word), "{word}");
    }
    for reference in ["term/alpha", "term/delta", "paper/xi"] {
        folder.ok(&["purge", "--yes", reference]);
    }
    for word in ["canaryone", "canarytwo", "canarythree"] {
        assert!(!is_somewhere(&folder, word), "{word}");
    }
    folder.ok(&["doctor"]);
}
