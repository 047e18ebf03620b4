//! Non-interference: whatever private entries and fields a notebook has, its public outputs are the
//! same, byte for byte.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Dice, Folder, trials};

/// The fields: a name that is the type or starts with it, and a few values that fit.
const FIELDS: [(&str, [&str; 3]); 11] = [
    ("line", ["one", "two words", "x; y"]),
    ("text1", ["a\\nb", "[[Alpha]]", "*c*"]),
    ("integer", ["1", "20", "-3"]),
    ("number", ["0.5", "2", "-1.25"]),
    ("flag", ["yes", "no", "yes"]),
    ("period", ["2023", "Summer 2024", "2022-03-04"]),
    ("url", ["https://a.example", "https://b.example/x", "/c"]),
    ("doi", ["10.1000/a", "10.1000/b", "10.1000/c"]),
    ("arxiv", ["1706.03762", "1312.6114v2", "2001.00001"]),
    ("person", ["Ada Lovelace", "Turing, Alan", "{OpenAI}"]),
    ("ref1", ["term/alpha", "term/beta", "https://r.example"]),
];

/// Titles of entries. Private entries and missing ones have the same names as public ones.
const TITLES: [&str; 6] = ["Alpha", "Beta", "Gamma", "Delta", "Secret talk", "Été"];

/// The bodies of entries, with links of each form.
const BODIES: [&str; 6] = [
    "plain",
    "see [[alpha]] and [[beta|the beta]]",
    "[[term/secret-talk]] then [[note/gamma#part|g]]",
    "[[Delta]], [[nowhere]]",
    "Alpha, beta and a secret talk are named here",
    "",
];

/// A kind with a public and a private field of each type. Its page style uses private fields.
fn kind(dice: &mut Dice) -> String {
    let own = |dice: &mut Dice| *dice.of(&["", "own_"]);
    let mut toml = format!(
        "name = \"note\"\nplural = \"notes\"\nsummary = \"A note\"\ncolumns = [\"title\"]\norder = [\"-{}period\", \"title\"]\n\n[page]\nheading = {}\nlink = \"{}url\"\nheadings = [\"notes\"]\n",
        own(dice),
        dice.next(2) == 0,
        own(dice)
    );
    let role = *dice.of(&["lead", "group"]);
    let _ = writeln!(toml, "{role} = \"{}period\"", own(dice));
    for (name, _) in FIELDS {
        for prefix in ["", "own_"] {
            let single = ["flag", "period", "url", "text1"].contains(&name);
            let many = !single && !prefix.is_empty() && dice.next(3) == 0;
            let _ = write!(
                toml,
                "\n[[field]]\nname = \"{prefix}{name}\"\ntype = \"{}\"\nhelp = \"A field\"\nprivate = {}\n",
                name.trim_end_matches('1'),
                !prefix.is_empty()
            );
            if many {
                toml.push_str("many = true\n");
            }
            if name == "period" && prefix.is_empty() {
                toml.push_str("year = true\n");
            }
        }
    }
    toml
}

/// An entry as a line of JSON. Its uid is its number.
fn entry(dice: &mut Dice, number: usize, private: bool) -> String {
    let kind = *dice.of(&["note", "note", "term", "paper", "meeting"]);
    let mut json = format!(
        "{{\"kind\":\"{kind}\",\"uid\":\"{number:032x}\",\"created\":\"2026-01-01T00:00:00Z\",\"updated\":\"2026-01-02T00:00:00Z\",\"title\":\"{}\",\"private\":{private},\"body\":\"{}\",\"topics\":[\"{}\"]",
        dice.of(&TITLES),
        dice.of(&BODIES),
        dice.of(&["ML", "Safety/Evals"]),
    );
    if kind == "note" {
        for (name, values) in FIELDS {
            for prefix in ["", "own_"] {
                if dice.next(2) == 0 && name != "ref1" {
                    let _ = write!(json, ",\"{prefix}{name}\":\"{}\"", dice.of(&values));
                }
            }
        }
    }
    if kind == "meeting" {
        let _ = write!(json, ",\"real_name\":\"{}\"", dice.of(&["Ann", "Bob"]));
    }
    json + "}\n"
}

/// All public outputs of a notebook, one after the other.
fn outputs(folder: &Folder) -> String {
    let mut all = String::new();
    for format in [
        "page", "csv", "tsv", "json", "jsonl", "toml", "bibtex", "biblatex", "ris", "csl", "anki",
    ] {
        let mut words = vec!["export", "--format", format];
        if format != "page" {
            words.push("--public");
        }
        for filter in [&[][..], &["kind:note"]] {
            if format == "page" && !filter.is_empty() {
                continue;
            }
            let given = folder.run(&[&words, filter].concat());
            assert!(
                matches!(given.code, Some(0 | 1)),
                "{words:?}: {}",
                given.err
            );
            let _ = write!(all, "==== {words:?} {filter:?}\n{}", given.out);
        }
    }
    for style in ["obsidian", "zola"] {
        let out = format!("out-{style}/");
        let _ = std::fs::remove_dir_all(folder.file(&out));
        folder.ok(&["export", &out, "--format", style, "--public", "--force"]);
        let _ = writeln!(all, "==== {style}");
        tree(&folder.file(&out), &mut all);
    }
    folder.ok(&["config", "site.history", "on"]);
    // A site that exists already stays as it is, and a new one is the same.
    folder.ok(&["publish", "site/"]);
    let _ = std::fs::remove_dir_all(folder.file("new-site"));
    folder.ok(&["publish", "new-site/"]);
    for site in ["site", "new-site"] {
        let _ = writeln!(all, "==== {site}");
        tree(&folder.file(site), &mut all);
    }
    all
}

/// The paths and contents of all files in a folder, in order of the paths.
fn tree(folder: &Path, all: &mut String) {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            tree(&path, all);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let _ = write!(all, "---- {}\n{text}", path.display());
        }
    }
}

/// A notebook with random entries, some of them on a page and some in files with pictures.
fn notebook(dice: &mut Dice) -> Folder {
    let folder = Folder::new();
    folder.write("note.toml", kind(dice));
    folder.ok(&["kind", "add", "note.toml"]);
    if dice.next(2) == 0 {
        let body = dice.of(&BODIES);
        folder.write("page.md", format!("# Page\n\n## Terms\n\n- Gamma: {body}\n- Omega: last\n\n## Notes\n\n## Meetings\n\n## Papers\n"));
        folder.ok(&["import", "page.md"]);
    }
    let lines: String = (1..=8)
        .map(|number| {
            let private = dice.next(2) == 0;
            entry(dice, number, private)
        })
        .collect();
    folder.write("entries.jsonl", lines);
    folder.run(&["import", "entries.jsonl"]);
    if dice.next(3) == 0 {
        let own = dice.next(2);
        std::fs::create_dir(folder.file("in")).unwrap();
        folder.write("in/Pub.md", "![[p.png]]\n");
        folder.write("in/Priv.md", "---\nprivate: true\n---\n![[q.png]]\n");
        folder.write("in/p.png", "p");
        folder.write("in/q.png", format!("q{own}"));
        folder.ok(&["import", "in/", "--kind", "term"]);
    }
    folder
}

/// Changes what is private, by a few random commands at a later time.
fn change(folder: &Folder, dice: &mut Dice, from: usize) {
    let run = |words: &[&str]| {
        let given = folder
            .command(words)
            .env("KB_NOW", "2026-12-24T18:00:00Z")
            .output()
            .unwrap();
        String::from_utf8_lossy(&given.stdout).into_owned()
    };
    for step in 0..3 {
        match dice.next(4) {
            0 => {
                run(&[
                    "remove",
                    "--yes",
                    "where",
                    "is:private",
                    *dice.of(&["topic:ML", "Alpha", "kind:note"]),
                ]);
            }
            1 => {
                folder.write("more.jsonl", entry(dice, from + step, true));
                run(&["import", "more.jsonl"]);
            }
            2 => {
                let (name, values) = *dice.of(&FIELDS);
                let set = format!("own_{name}={}", dice.of(&values));
                for reference in run(&["list", "kind:note", "--tsv", "ref"]).lines() {
                    if dice.next(2) == 0 {
                        run(&["set", reference, &set]);
                    }
                }
            }
            _ => {
                let title = format!("title={}", dice.of(&TITLES));
                for reference in run(&["list", "is:private", "--tsv", "ref"]).lines() {
                    if dice.next(2) == 0 {
                        run(&[
                            "set",
                            reference,
                            &title,
                            "body=[[gamma]] again",
                            "topics+=Hidden",
                        ]);
                    }
                }
            }
        }
    }
}

#[test]
fn private_entries_and_fields_do_not_change_a_public_output() {
    let mut differed = 0;
    for seed in 0..trials(10, 3000) {
        let mut dice = Dice(u64::try_from(seed).unwrap());
        let folder = notebook(&mut dice);
        let (before, whole) = (outputs(&folder), folder.everything());
        for round in 0..2 {
            change(&folder, &mut dice, 100 + 10 * round);
            let after = outputs(&folder);
            if before != after {
                let line = before.lines().zip(after.lines()).position(|(a, b)| a != b);
                let around = |text: &str| {
                    let from = line.unwrap_or(0).saturating_sub(6);
                    text.lines()
                        .skip(from)
                        .take(12)
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                panic!(
                    "seed {seed}\n{}\n\n======== became\n{}",
                    around(&before),
                    around(&after)
                );
            }
        }
        differed += usize::from(whole != folder.everything());
    }
    assert!(differed > 0, "no trial changed anything private");
}

/// A kind that puts private values wherever a value can show.
const LOUD: &str = r#"
name = "note"
plural = "notes"
summary = "A note"
columns = ["title"]
order = ["-own_period", "title"]

[page]
group = "own_period"
link = "own_url"
headings = ["notes"]

[[field]]
name = "own_period"
type = "period"
help = "When"
private = true
year = true

[[field]]
name = "own_url"
type = "url"
help = "Where"
private = true

[[field]]
name = "own_ref"
type = "ref"
help = "What"
private = true
"#;

/// For each channel: a change of something private, and the words of the output that would show it
/// to the owner. The output for the public must not change; that of the owner must, or the test
/// would not notice a leak.
#[test]
fn each_channel_is_one_that_the_owner_sees() {
    let channels: [(&str, &[&str], &[&str]); 7] = [
        (
            "refs",
            &["set", "note/one", "own_ref=term/beta"],
            &["export", "--format", "jsonl", "is:public"],
        ),
        (
            "periods",
            &["set", "note/one", "own_period=2021"],
            &["export", "--format", "csv", "is:public"],
        ),
        (
            "groups",
            &["set", "note/one", "own_period=2021"],
            &["export", "--format", "page"],
        ),
        (
            "links",
            &["set", "note/one", "own_url=https://other.example"],
            &["export", "--format", "page"],
        ),
        (
            "counts",
            &["remove", "--yes", "paper/hidden"],
            &["export", "--format", "bibtex", "is:public"],
        ),
        (
            "order",
            &["set", "note/one", "own_period=2029"],
            &["export", "--format", "tsv", "kind:note"],
        ),
        (
            "headers",
            &["kind", "edit", "note", "more.toml"],
            &["export", "--format", "csv", "kind:note"],
        ),
    ];
    for (channel, change, output) in channels {
        let folder = Folder::new();
        folder.write("note.toml", LOUD);
        folder.write(
            "more.toml",
            format!("{LOUD}\n[[field]]\nname = \"extra_line\"\ntype = \"line\"\nhelp = \"x\"\nprivate = true\n"),
        );
        folder.ok(&["kind", "add", "note.toml"]);
        folder.write(
            "old.bib",
            "@article{key, title={Hidden}, author={A, B}, year={2001}}",
        );
        folder.ok(&["import", "old.bib"]);
        folder.ok(&["set", "paper/hidden", "private=yes"]);
        folder.write(
            "new.bib",
            "@article{key, title={Shown}, author={C, D}, year={2002}}",
        );
        folder.ok(&["import", "new.bib"]);
        for words in [
            &["add", "term", "Alpha"][..],
            &["add", "term", "Beta"],
            &[
                "add",
                "note",
                "One",
                "--own-period",
                "2023",
                "--own-url",
                "https://a.example",
                "--own-ref",
                "alpha",
            ],
            &["add", "note", "Two", "--own-period", "2024"],
        ] {
            folder.ok(words);
        }
        let audience = |flag: &str| {
            let mut words = output.to_vec();
            if (flag == "--public") != words.contains(&"page") {
                words.push(flag);
            }
            folder.ok(&words)
        };
        let [public, owner] = ["--public", "--private"].map(audience);
        folder.ok(change);
        assert_eq!(public, audience("--public"), "{channel}");
        assert_ne!(owner, audience("--private"), "{channel}");
    }
}

#[test]
fn a_private_attachment_is_the_owners() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("in")).unwrap();
    folder.write("in/Open.md", "![[p.png]]\n");
    folder.write("in/Own.md", "---\nprivate: true\n---\n![[q.png]]\n");
    folder.write("in/p.png", "p");
    folder.write("in/q.png", "q");
    folder.ok(&["import", "in/", "--kind", "term"]);
    folder.ok(&["export", "mine/", "--format", "obsidian"]);
    folder.ok(&["export", "theirs/", "--format", "obsidian", "--public"]);
    let names = |name: &str| {
        let mut all = String::new();
        tree(&folder.file(name), &mut all);
        [all.contains("p.png"), all.contains("q.png")]
    };
    assert_eq!(names("mine"), [true, true]);
    assert_eq!(names("theirs"), [true, false]);
}

#[test]
fn a_private_entry_yields_its_slug_to_a_public_one() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha", "mine, see [[alpha]]", "--private"]);
    folder.ok(&["add", "term", "Beta", "see [[alpha|it]]", "--private"]);
    let given = folder.run(&["add", "term", "Alpha", "theirs", "--on-duplicate", "add"]);
    assert_eq!(given.out, "term/alpha\n");
    assert!(
        given.err.contains(
            "the private `term/alpha` is now `term/alpha-2`: a public entry took its slug"
        ),
        "{}",
        given.err
    );
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "ref,body"]),
        "term/alpha-2\tmine, see [[term/alpha-2]]\nterm/alpha\ttheirs\nterm/beta\tsee [[term/alpha-2|it]]\n"
    );
    folder.ok(&["undo"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "ref,body"]),
        "term/alpha\tmine, see [[alpha]]\nterm/beta\tsee [[alpha|it]]\n"
    );
    folder.ok(&["redo"]);
    // A private entry with a number drops it when it becomes public, if no public entry needs it.
    folder.ok(&["remove", "--yes", "term/alpha"]);
    folder.ok(&[
        "add",
        "term",
        "Alpha",
        "third",
        "--private",
        "--on-duplicate",
        "add",
    ]);
    folder.ok(&["set", "term/alpha-2", "private=no"]);
    assert_eq!(
        folder.ok(&["list", "terms", "is:public", "--tsv", "ref,body"]),
        "term/alpha\tmine, see [[term/alpha-2]]\n"
    );
}

#[test]
fn links_that_led_nowhere_on_an_imported_page_stay_as_the_author_wrote_them() {
    let page = "# N\n\n## Terms\n\n- Alpha: see [[nowhere]] and [[Beta|the beta]]\n- Beta: b\n";
    let folder = Folder::new();
    folder.write("n.md", page);
    folder.ok(&["import", "n.md"]);
    folder.ok(&["add", "term", "Nowhere", "--private"]);
    assert_eq!(folder.ok(&["export", "--format", "page"]), page);
    folder.ok(&["set", "term/beta", "private=yes"]);
    assert_eq!(
        folder.ok(&["export", "--format", "page"]),
        "# N\n\n## Terms\n\n- Alpha: see [[nowhere]] and the beta\n"
    );
    folder.ok(&["set", "term/alpha", "body=now [[elsewhere]]."]);
    assert_eq!(
        folder.ok(&["export", "--format", "page"]),
        "# N\n\n## Terms\n\n- Alpha: now .\n"
    );
}
