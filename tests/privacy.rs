//! Privacy: public exports contain nothing private, and only the owner can read the file.

use crate::support::{Dice, Folder, trials};

/// A notebook whose public entries depend only on `seed`. With `private`, it also has private
/// entries and fields.
fn notebook(seed: u64, private: bool) -> Folder {
    let folder = Folder::new();
    folder.write("n.md", "# Notes\n\n## Terms\n\n- First: one\n\n## Meetings\n\n## Papers\n\n### Vision\n\n- [P](https://example.org/p)\n\n## Posts\n");
    folder.ok(&["import", "n.md"]);
    let mut dice = Dice(seed);
    for n in 0..6 {
        let kind = *dice.of(&["term", "paper", "post", "meeting"]);
        let secret = dice.next(2) == 0;
        let (title, topic) = (format!("Entry {n}"), *dice.of(&["Vision", "Canarytopic"]));
        if secret && private {
            let mut words = vec![
                "add",
                kind,
                "CANARY title",
                "CANARY body [[first]]",
                "--private",
                "--topic",
                "Canarytopic",
                "--tag",
                "CANARY",
                "--alias",
                "CANARY",
            ];
            if kind == "meeting" {
                words.extend(["--with", "CANARY", "--real-name", "CANARY"]);
            }
            if kind != "meeting" {
                words.extend(["--url", "https://canary.example"]);
            }
            folder.ok(&words);
        }
        if !secret && topic == "Vision" {
            let mut words = vec!["add", kind, &title, "public", "--public", "--topic", topic];
            if kind == "meeting" && private {
                words.extend(["--real-name", "CANARY"]);
            }
            folder.ok(&words);
        }
    }
    folder
}

#[test]
fn what_goes_out_for_the_public_is_what_a_notebook_without_the_private_entries_gives() {
    let mut canaries = 0;
    for seed in 0..trials(8, 300) {
        let seed = u64::try_from(seed).unwrap();
        let (with, without) = (notebook(seed, true), notebook(seed, false));
        for words in [
            &["export", "--format", "page"][..],
            &["export", "--public", "--format", "csv"],
            &["export", "--public", "--format", "toml"],
            &["export", "--public", "--format", "json"],
        ] {
            let (with, without) = (with.ok(words), without.ok(words));
            // Uids are random, so they are replaced before the comparison.
            let plain = |text: &str| {
                text.split(['"', ',', '\n'])
                    .map(|part| {
                        if part.len() == 32 && part.bytes().all(|b| b.is_ascii_hexdigit()) {
                            "UID"
                        } else {
                            part
                        }
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            assert_eq!(plain(&with), plain(&without), "seed {seed}, {words:?}");
            assert!(
                !with.to_lowercase().contains("canary"),
                "seed {seed}, {words:?}"
            );
        }
        let private = with.ok(&["list", "is:private", "title:CANARY", "--tsv", "ref"]);
        let exported = with.ok(&["export", "--format", "jsonl"]);
        let kept = exported.matches("\"title\":\"CANARY title\"").count();
        assert_eq!(kept, private.lines().count(), "the owner keeps all");
        canaries += kept;
    }
    assert!(canaries > 0, "no trial had a private entry");
}

#[test]
fn a_public_output_does_not_tell_a_private_entry_from_a_missing_one() {
    let outputs = |private: bool| {
        let folder = Folder::new();
        if private {
            folder.ok(&["add", "meeting", "Secret talk"]);
        }
        folder.ok(&["add", "term", "Open", "public"]);
        folder.write("e.jsonl", "{\"kind\":\"term\",\"slug\":\"alpha\",\"uid\":\"00000000000000000000000000000001\",\"created\":\"2026-01-01T00:00:00Z\",\"updated\":\"2026-01-01T00:00:00Z\",\"title\":\"Alpha\",\"body\":\"See [[meeting/secret-talk|that talk]], [[secret-talk]] and [[open]].\",\"related\":[\"meeting/secret-talk\",\"term/open\"]}\n");
        folder.ok(&["import", "e.jsonl"]);
        let mut all = String::new();
        for format in ["jsonl", "csv", "toml", "json"] {
            let given = folder.run(&["export", "--public", "--format", format, "title:alpha"]);
            assert!(
                given.err.contains("were left out"),
                "{format}: {}",
                given.err
            );
            all.push_str(&given.out);
        }
        for style in ["obsidian", "zola"] {
            let out = format!("{style}/");
            folder.ok(&["export", &out, "--format", style, "--public"]);
            all.push_str(&folder.read(&format!("{style}/term/alpha.md")));
        }
        assert!(!all.contains("secret-talk"), "{all}");
        assert!(all.contains("See that talk,  and "), "{all}");
        all
    };
    let (with, without) = (outputs(true), outputs(false));
    let plain = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("updated"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(plain(&with), plain(&without));
}

#[test]
fn meetings_are_private_unless_they_say_otherwise_or_were_published() {
    let folder = Folder::new();
    folder.ok(&["add", "meeting", "Meeting with A"]);
    folder.ok(&["add", "meeting", "Meeting with B", "--public"]);
    folder.write("n.md", "## People I've met\n\n### Meeting with C\n\n- x\n");
    folder.ok(&["import", "n.md"]);
    assert_eq!(
        folder.ok(&["list", "meetings", "--tsv", "with,private"]),
        "C\tno\nA\tyes\nB\tno\n"
    );
    let page = folder.ok(&["export", "--format", "page"]);
    assert!(
        page.contains("Meeting with B") && !page.contains("Meeting with A"),
        "{page}"
    );
    assert!(
        folder
            .ok(&["export", "--format", "page", "--private"])
            .contains("Meeting with A")
    );
}

#[test]
#[cfg(unix)]
fn the_notebook_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.notebook()), 0o600);
    assert_eq!(mode(folder.notebook().parent().unwrap()), 0o700);
    folder.ok(&["backup", "copy.db"]);
    assert_eq!(mode(&folder.file("copy.db")), 0o600);
}

#[test]
fn of_the_refs_and_links_of_an_entry_those_to_public_entries_stay_and_the_others_are_counted() {
    let folder = Folder::new();
    folder.write(
        "note.toml",
        r#"
name = "note"
plural = "notes"
summary = "A note"
columns = ["title"]
order = ["title"]
private = false
[page]
headings = ["notes"]
[[field]]
name = "about"
type = "ref"
help = "The entry that it is about"
[[field]]
name = "see"
type = "ref"
help = "Other entries"
many = true
url = true
[[field]]
name = "lines"
type = "line"
help = "Short lines"
many = true
"#,
    );
    folder.ok(&["kind", "add", "note.toml"]);
    folder.ok(&["add", "term", "Open"]);
    folder.ok(&["add", "term", "Known"]);
    folder.ok(&["add", "term", "Hidden", "--private"]);
    let public = |refs: &[&str], lines: &[&str], about: &str, body: &str| {
        let mut words = vec!["add", "note", "One", body, "--about", about];
        words.extend(refs.iter().flat_map(|text| ["--see", text]));
        words.extend(lines.iter().flat_map(|text| ["--lines", text]));
        folder.ok(&words);
        let done = folder.run(&["export", "--format", "json", "kind:note", "--public"]);
        folder.ok(&["undo"]);
        let entries: serde_json::Value = serde_json::from_str(&done.out).unwrap();
        let entry = &entries[0];
        let fields = ["see", "about", "lines", "body"].map(|name| entry[name].to_string());
        (
            fields.join(" "),
            done.err.lines().last().unwrap_or_default().to_owned(),
        )
    };
    let (entry, said) = public(
        &["term/open", "https://x.org", "term/hidden", "term/known"],
        &["[[hidden|a]] and [[open]]", "[[lost]]"],
        "term/hidden",
        "[[hidden|b]] [[known]]",
    );
    assert_eq!(
        entry,
        r#"["term/open","https://x.org","term/known"] null ["a and [[open]]",""] "b [[known]]""#
    );
    assert_eq!(said, "5 links to entries that are not public were left out");
    let (entry, said) = public(&["term/hidden"], &["plain"], "term/open", "");
    assert_eq!(entry, r#"[] "term/open" ["plain"] """#);
    assert_eq!(said, "1 link to an entry that is not public was left out");
    let (_, said) = public(
        &["term/known", "https://x.org"],
        &["plain"],
        "term/open",
        "",
    );
    assert_eq!(said, "");
}

#[test]
fn a_note_that_means_to_be_private_is_private_however_it_says_so() {
    let hidden = [
        "---\nprivate: yes\n---\nS\n",
        "---\nprivate: \"true\"\n---\nS\n",
        "---\nprivate: 1\n---\nS\n",
        "---\nprivate: [true]\n---\nS\n",
        "---\nprivate: maybe\n---\nS\n",
        "---\nprivate:\n---\nS\n",
        "---\npublish: no\n---\nS\n",
        "---\nPublish: \"false\"\n---\nS\n",
        "---\nprivate: true\nprivate: false\n---\nS\n",
        "---\nprivate: true\ncreated: {{date}}\n---\nS\n",
        "---\nprivate: true\nS\n",
        "---\ndraft: on\n...\nS\n",
        "+++\ndraft = true\nx = = \n+++\nS\n",
        "{\"draft\": true}\nS\n",
    ];
    let open = [
        "---\nprivate: no\ndraft: off\npublish: yes\n---\nS\n",
        "---\ntags: [x]\n---\nprivate: yes is a sentence\n",
        "private: yes is a sentence\n",
    ];
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    for (number, text) in hidden.iter().chain(&open).enumerate() {
        folder.write(&format!("v/n{number:02}.md"), text);
    }
    let said = folder.run(&["import", "v"]).err;
    assert!(
        said.contains(
            "v/n04.md:1:1: `private: \"maybe\"` cannot be read for certain: the note is private"
        ),
        "{said}"
    );
    let listed = folder.ok(&["list", "--tsv", "private", "--sort", "title"]);
    let expected = "yes\n".repeat(hidden.len()) + &"no\n".repeat(open.len());
    assert_eq!(listed, expected, "{said}");
}

#[test]
fn a_sync_writes_a_web_site_for_the_public_as_its_export_does() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Open", "one"]);
    folder.ok(&["add", "meeting", "Secret talk", "words"]);
    folder.ok(&["export", "site/", "--format", "zola"]);
    folder.ok(&["add", "term", "Two", "two"]);
    let shown = folder.ok(&["sync", "--dry-run"]);
    assert!(
        shown.contains("two.md") && !shown.contains("ecret"),
        "{shown}"
    );
    folder.ok(&["sync"]);
    assert!(folder.file("site/term/two.md").exists());
    assert!(!folder.file("site/meeting").exists());
}

#[test]
fn a_merge_with_a_private_entry_says_what_becomes_private() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Open", "words"]);
    folder.ok(&["add", "term", "Secret name", "hidden", "--private"]);
    for (option, becomes) in [
        (Some("--dry-run"), "would be private"),
        (None, "is private now"),
    ] {
        let words = ["merge", "open", "secret-name"].into_iter().chain(option);
        let given = folder.run(&words.collect::<Vec<_>>());
        assert_eq!(
            given.err,
            format!("term/open {becomes}, as secret-name was, and is called `Secret name` too\n")
        );
    }
    assert_eq!(folder.ok(&["list", "--tsv", "private"]), "yes\n");
}

#[test]
fn a_link_to_a_private_entry_does_not_move_the_date_that_the_public_sees() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Hidden", "x", "--private"]);
    folder.ok(&["add", "term", "Shown", "x"]);
    let then = r#"{"kind":"post","title":"Open","body":"words","created":"2020-01-01T00:00:00Z","updated":"2020-01-01T00:00:00Z"}"#;
    folder.write("open.ndjson", then);
    folder.ok(&["import", "open.ndjson"]);
    let public = || folder.ok(&["export", "--public", "--format", "ndjson", "kind:post"]);
    let before = public();
    assert!(
        before.contains("\"updated\":\"2020-01-01T00:00:00Z\""),
        "{before}"
    );
    folder.ok(&["set", "open", "body=words[[hidden]]"]);
    assert_eq!(public(), before);
    folder.ok(&["set", "open", "body=words [[shown]]"]);
    assert!(!public().contains("\"updated\":\"2020"), "{}", public());
}

#[test]
fn a_renamed_entry_is_linked_by_what_it_is_called_now() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Codename Falcon", "--private"]);
    folder.ok(&["add", "term", "Foo bar"]);
    folder.ok(&["add", "term", "Beta", "See [[Foo bar]]."]);
    folder.ok(&["link", "beta", "codename-falcon"]);
    folder.ok(&["link", "beta", "foo-bar"]);
    folder.ok(&[
        "set",
        "codename-falcon",
        "title=Product",
        "slug=product",
        "private=no",
    ]);
    folder.ok(&["set", "foo-bar", "title=Baz", "slug=baz"]);
    let run = folder.run(&["export", "--public", "--format", "jsonl", "term/beta"]);
    assert!(
        run.out.contains(r#""related":["term/product","term/baz"]"#),
        "{}",
        run.out
    );
    assert!(run.out.contains("See [[Foo bar]]."), "{}", run.out);
    assert!(!run.err.contains("not public"), "{}", run.err);
}
