//! Hostile input: no panic, no undocumented exit code, no control character on a terminal, and
//! bounded time and memory.

use kb::format::bibliography::{self, Dialect};
use kb::format::table::{EmptyCell, Separator};
use kb::model::query_text::{self, Grammar, QueryMode};
use kb::model::reference::Reference;
use kb::model::{Kinds, Period};
use kb::text::visible::{visible, visible_line};
use proptest::prelude::*;

use crate::support::{Dice, Folder, given, has, shared, trials};

/// Arbitrary strings, and strings made of the syntax of the formats that kb parses.
fn strings() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,30}",
        "[a-z:=<>!()\"'\\-@*^{}\\[\\]+~.,/ 0-9]{0,40}",
        "(@[a-z]{0,8}[{(][a-z0-9]{0,3},?|[a-z]{1,6} ?= ?|[{}\"#,)]|\\\\[a-z\"'{]|\\$|%|TY  - |ER  - |[A-Z][A-Z0-9]  - |[a-zé0-9 ]{0,6}|\r?\n|;|\t){0,30}",
        "(kind|topic|year|status|has|added|period)(:|>=|=|!=|<)[ -~]{0,12}( or | -|\\()?[ -~]{0,12}",
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200e}\u{202e}\u{2066}a-c]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KB_TRIALS").is_ok() { 100_000 } else { 10_000 }))]

    #[test]
    fn any_string_is_a_filter_a_search_a_ref_and_a_period_without_a_panic(text in strings()) {
        let kinds = Kinds::built_in();
        let today = chrono::NaiveDate::default();
        for mode in [QueryMode::Filter, QueryMode::Search] {
            let grammar = Grammar { kinds: &kinds, saved: &[], today, mode };
            match query_text::read(&text, grammar) {
                Ok(query) => drop(query.to_string()),
                Err(error) => {
                    // Only the name of a kind is never taken for a word.
                    let is_kind = error.message.starts_with("no kind ");
                    prop_assert!(mode == QueryMode::Filter || is_kind, "{}", error.message);
                    prop_assert!(error.offset <= text.len());
                }
            }
        }
        let _ = Reference::read(&text, &kinds);
        let _ = Period::read(&text, today);
        let _ = kb::text::slug::slug(&text);
        let middle = text.floor_char_boundary(text.len() / 2);
        let snippet = kb::search::snippet::of(&text, &[(0, 0..middle), (1, middle..text.len())]);
        prop_assert!(snippet.marks.iter().all(|mark| snippet.text.get(mark.clone()).is_some()));
        let _ = kb::text::meaning::vector(&text);
        let paper = kinds.get(bibliography::kind(Dialect::Bibtex)).unwrap();
        for dialect in [Dialect::Bibtex, Dialect::Ris] {
            let found = bibliography::read(dialect, &text, paper, today);
            prop_assert!(found.faults.iter().chain(&found.notes).all(|fault| text.is_char_boundary(fault.at)));
        }
        let _ = kb::format::table::read(&text, Separator::Detect, &[], None, &kinds, EmptyCell::Ignored);
        let _ = kb::format::table::read(&format!("title,x\n{text}"), Separator::Detect, &[], None, &kinds, EmptyCell::Clears);
        let _ = kb::text::encoding::decode(text.as_bytes());
        for shown in [visible(&text), visible_line(&text)] {
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{:?}", shown);
        }
    }
}

#[test]
fn random_questions_are_answered_without_a_fault_and_at_once() {
    use kb::search::rank::{SearchOptions, search};
    use kb::search::reading::MatchMode;
    use kb::store::{Purpose, Store};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let folder = Folder::new();
    for words in [
        "Sparse coding",
        "Variational auto-encoder (VAE)",
        "multi-agent debate",
        "C++ and Ünïcode",
    ] {
        folder.ok(&[
            "add",
            "term",
            words,
            "not a body or near the words of a, b and c-d (e) \"f\"",
        ]);
    }
    let mut dice = Dice(1);
    let mut lines = String::new();
    // Spells a number in base 26 with the letters `a` to `z`.
    let letters = |number: usize| -> String {
        let numbers =
            std::iter::successors(Some(number * 7_919 + 26 * 26), |number| Some(number / 26))
                .take_while(|number| *number > 0);
        numbers
            .map(|number| char::from(b'a' + u8::try_from(number % 26).unwrap()))
            .collect()
    };
    for n in 0..trials(500, 100_000) {
        // As in a natural language, few words are common and most are rare.
        let mut word = || {
            let below = 1 + dice.next(30_000);
            ["the", "a", "of"]
                .get(dice.next(9))
                .map_or_else(|| letters(dice.next(below)), |word| (*word).to_owned())
        };
        let body: Vec<String> = (0..60).map(|_| word()).collect();
        lines.push_str(&format!(
            "{{\"kind\":\"post\",\"title\":\"Post {n}\",\"body\":\"{}\"}}\n",
            body.join(" ")
        ));
    }
    folder.write("posts.jsonl", lines);
    folder.ok(&["import", "posts.jsonl", "-q"]);
    let store = Store::open(&folder.notebook(), Purpose::Read).unwrap();
    let mut runner = TestRunner::deterministic();
    for n in 0..trials(2_000, 100_000) {
        let mut text = strings().new_tree(&mut runner).unwrap().current();
        if n % 4 == 0 {
            // Common words, and typos of them.
            text.push_str(dice.of::<&str>(&[
                " the of a post",
                " pots teh",
                " aa bb cc",
                " auto encoder",
            ]));
        }
        let words: Vec<&str> = if n % 3 == 0 {
            vec![&text]
        } else {
            text.split_whitespace().collect()
        };
        let mode = MatchMode {
            open: n % 2 == 0,
            exact: n % 5 == 0,
        };
        let begun = std::time::Instant::now();
        let found = search(
            &words,
            &kb::model::Query::All,
            SearchOptions {
                limit: 10,
                mode,
                lexical: false,
            },
            &store,
        );
        assert!(found.is_ok(), "{text:?}: {found:?}");
        assert!(begun.elapsed().as_secs() < 2, "{text:?}");
    }
}

#[test]
fn random_strings_on_the_command_line_keep_to_the_table_of_exit_codes() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let folder = Folder::new();
    folder.ok(&["add", "term", "Sparse coding", "A body"]);
    let mut runner = TestRunner::deterministic();
    for n in 0..trials(400, 50_000) {
        let text = strings().new_tree(&mut runner).unwrap().current();
        if text.contains('\0') {
            continue;
        }
        let words: Vec<&str> = match n % 5 {
            0 => vec!["list", "--", &text],
            1 => vec!["search", "--", &text],
            2 => vec!["show", "--", &text],
            3 => vec!["add", "goal", "Dated", "--period", &text, "-n"],
            _ => vec!["add", "term", "-n", "--", &text],
        };
        let ended = folder.run(&words);
        assert!(
            matches!(ended.code, Some(0..=3)),
            "{words:?}: {:?} {}",
            ended.code,
            ended.err
        );
        assert!(
            n % 5 != 1 || matches!(ended.code, Some(0 | 1)),
            "a search never fails: {words:?} {}",
            ended.err
        );
        assert!(
            !ended.err.contains("panicked")
                && !ended.err.contains("SQL")
                && !ended.err.contains("fts5"),
            "{words:?}: {}",
            ended.err
        );
        assert!(
            !ended.err.contains(|c: char| c.is_control() && c != '\n'),
            "a control character in {:?}",
            ended.err
        );
    }
}

/// Control sequences that a terminal would execute if kb printed them.
const PAYLOADS: [&str; 12] = [
    "\u{1b}]0;title\u{7}",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]52;c;cHduZWQ=\u{7}",
    "\u{9b}31m",
    "\u{1b}P1$r\u{1b}\\",
    "\u{1b}[6n",
    "\u{8}\u{8}\u{8}",
    "\r overwritten",
    "\u{202e}reversed",
    "\u{2066}isolated",
    "\u{7}",
    "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
];

#[test]
fn no_text_of_an_entry_reaches_a_terminal_as_a_command() {
    if !has("script") {
        return;
    }
    let folder = Folder::new();
    for (n, payload) in PAYLOADS.iter().enumerate() {
        folder.ok(&[
            "add",
            "paper",
            &format!("T{n} {payload}x"),
            &format!("body {payload} x"),
            "--topic",
            &format!("topic {payload}x"),
            "--author",
            &format!("A{payload}, B"),
            "--venue",
            &format!("V{payload}x"),
        ]);
    }
    // An entity is a control character only after the Markdown was read.
    folder.ok(&[
        "add",
        "term",
        "Entities",
        "a &#27;]0;title&#7; [w](https://e.org/&#27;c) &#x202e;b `&#27;`",
    ]);
    for command in [
        "show entities",
        "show t0 --history",
        "show t0 --raw",
        "list",
        "list papers --table",
        "list papers --csv",
        "list papers --tsv",
        "list papers --toml",
        "list papers --md",
        "list papers --json",
        "show t0",
        "search body",
        "history",
        "history t1",
        "export --format csv",
        "export --format toml",
        "export --format page --private",
        "doctor",
        "sql 'select * from papers'",
        "show t3 --markdown",
        "show t4 --body",
        "list staus:x",
    ] {
        let line = format!("{} {command}", env!("CARGO_BIN_EXE_kb"));
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(folder.path());
        crate::support::clean(&mut script, folder.path());
        script
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .env("PAGER", "cat");
        let output = script.stdin(std::process::Stdio::null()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        let bad = shown.chars().find(|c| {
            (c.is_control() && *c != '\n' && *c != '\t') || matches!(*c, '\u{202e}' | '\u{2066}')
        });
        assert_eq!(
            bad,
            None,
            "{command}: {:?}",
            shown.chars().take(400).collect::<String>()
        );
        assert!(!shown.is_empty(), "{command}");
    }
}

#[test]
fn every_control_character_in_every_field_is_kept_or_refused() {
    let folder = Folder::new();
    for code in (1u32..0x20).chain(0x7f..0xa0) {
        let c = char::from_u32(code).unwrap();
        let line = serde_json::json!({"kind": "paper", "title": format!("a{c}b {code}"), "body": format!("x{c}y"), "topics": [format!("t{c}u")], "venue": format!("v{c}w"), "authors": [format!("f{c}, g")]});
        let ended = folder.run_with(&["import", "-", "--format", "jsonl"], &line.to_string());
        assert_eq!(ended.code, Some(0), "U+{code:04X}: {}", ended.err);
        if !matches!(c, '\n' | '\r') {
            let back = folder.ok(&["list", &format!("slug:a-b-{code}"), "--jsonl", "title,body"]);
            let back: serde_json::Value =
                serde_json::from_str(back.lines().next().unwrap()).unwrap();
            assert_eq!(
                back["body"].as_str().unwrap(),
                format!("x{c}y"),
                "U+{code:04X}"
            );
        }
    }
    let refused = folder.run_with(
        &["import", "-", "--format", "jsonl"],
        "{\"kind\":\"term\",\"title\":\"a\\u0000b\"}",
    );
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.err.contains("holds a NUL character at byte 1"),
        "{}",
        refused.err
    );
    folder.write("bad.md", b"# Papers\n\n- a\xff\n");
    assert!(
        folder
            .fails(2, &["import", "bad.md"])
            .contains("the first wrong byte is byte 13")
    );
    folder.write("nul.md", b"# Papers\n\n- a\0\n");
    assert!(
        folder
            .fails(2, &["import", "nul.md"])
            .contains("NUL byte at byte 13")
    );
}

#[test]
fn limits_are_said_and_huge_lines_and_deep_nesting_are_survived() {
    let folder = Folder::new();
    let long = "x".repeat(1_001);
    assert!(
        folder
            .fails(2, &["add", "term", &long])
            .contains("title: is 1001 characters long\nhint: at most 1,000 fit")
    );
    folder.ok(&["add", "term", &long[1..]]);
    folder.write(
        "deep.md",
        format!("# Terms\n\n{}deep\n", "> ".repeat(10_000)),
    );
    folder.write(
        "list.md",
        (0..3_000)
            .map(|depth| format!("{}- x\n", " ".repeat(depth * 2)))
            .collect::<String>(),
    );
    folder.write(
        "deep.jsonl",
        format!(
            "{{\"kind\":\"term\",\"title\":\"t\",\"x\":{}1{}}}\n",
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
    );
    folder.write(
        "deep.toml",
        format!(
            "name = \"t\"\nx = {}1{}\n",
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
    );
    let mut line = String::from("{\"kind\":\"term\",\"title\":\"long\",\"body\":\"");
    line.push_str(&"y".repeat(17 << 20));
    line.push_str("\"}\n{\"kind\":\"term\",\"title\":\"after\"}\n");
    folder.write("long.jsonl", line);
    let start = std::time::Instant::now();
    assert_eq!(folder.run(&["import", "deep.md"]).code, Some(0));
    assert_eq!(folder.run(&["import", "list.md"]).code, Some(0));
    assert_eq!(folder.run(&["import", "deep.jsonl"]).code, Some(3));
    assert_eq!(folder.run(&["kind", "add", "deep.toml"]).code, Some(2));
    let ended = folder.run(&["import", "long.jsonl"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("long.jsonl:1:1: the line is longer than 16 MB"),
        "{}",
        ended.err
    );
    folder.ok(&["show", "after"]);
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn a_big_import_stays_small_in_memory() {
    if !has("/usr/bin/time") {
        return;
    }
    let folder = Folder::new();
    let words = [
        "sparse", "coding", "model", "layer", "reward", "kernel", "latent",
    ];
    let lines: String = (0..trials(20_000, 1_000_000))
        .map(|n| {
            format!(
                "{{\"kind\":\"paper\",\"title\":\"{} {n}\",\"body\":\"{}\"}}\n",
                words[n % 7],
                (0..80)
                    .map(|m| words[(n * 31 + m * 17) % 7])
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        })
        .collect();
    folder.write("big.jsonl", lines);
    let mut timed = std::process::Command::new("/usr/bin/time");
    timed
        .args([
            "-f",
            "%M",
            env!("CARGO_BIN_EXE_kb"),
            "import",
            "big.jsonl",
            "-q",
        ])
        .current_dir(folder.path());
    crate::support::clean(&mut timed, folder.path());
    let ended = given(&timed.output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let peak: usize = ended.err.lines().last().unwrap().trim().parse().unwrap();
    assert!(peak < 100_000, "{peak} kB");
}

#[test]
fn naughty_strings_are_titles_like_any_other() {
    let Some(list) = shared("corpora/hostile/minimaxir+big-list-of-naughty-strings") else {
        return;
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(list).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "txt")
            && path.file_name().is_some_and(|name| name != "SOURCE.txt")
        {
            files.push(path);
        }
    }
    let folder = Folder::new();
    let mut added = 0;
    let mut lines = String::new();
    for path in &files {
        for line in String::from_utf8_lossy(&std::fs::read(path).unwrap())
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        {
            lines.push_str(&serde_json::json!({"kind": "term", "title": line.chars().take(900).collect::<String>(), "body": line}).to_string());
            lines.push('\n');
            added += 1;
        }
    }
    let ended = folder.run_with(&["import", "-", "--format", "jsonl"], &lines);
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.err);
    crate::support::loudly(&format!(
        "read {added} naughty strings from {} files",
        files.len()
    ));
    let all = folder.everything();
    folder.ok(&["export", "-q", "page.md"]);
    let other = Folder::new();
    other.write("all.jsonl", &all);
    other.ok(&["import", "all.jsonl"]);
    assert_eq!(other.everything(), all);
    let before = folder.ok(&["history", "--tsv"]);
    folder.run(&["import", "page.md"]);
    assert!(folder.ok(&["history", "--tsv"]).contains(&before));
}

/// The processor seconds of an import in a new notebook.
#[cfg(unix)]
fn seconds(name: &str, text: &str) -> f64 {
    let folder = Folder::new();
    folder.write(name, text);
    let mut shell = std::process::Command::new("sh");
    crate::support::clean(&mut shell, folder.path());
    let script = format!(
        "{} import {name} >/dev/null 2>&1; times",
        env!("CARGO_BIN_EXE_kb")
    );
    let given = shell
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    // The second line has the times of the children: `0m0.12s 0m0.03s`.
    let text = String::from_utf8(given.stdout).unwrap();
    let line = text.lines().nth(1).unwrap();
    let times = line.split_whitespace().map(|time| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
        60.0 * minutes.parse::<f64>().unwrap() + seconds.parse::<f64>().unwrap()
    });
    times.sum()
}

/// An import of four times the text takes about four times the time. If it took the square, it would
/// be sixteen times.
#[test]
#[cfg(unix)]
fn the_time_of_an_import_grows_with_its_text_and_not_with_the_square() {
    let headings = |n: usize| "### heading\n\n".repeat(n);
    let items = |n: usize| {
        (0..n)
            .map(|n| format!("### h{n}\n\n- a{n}: b\n\n"))
            .collect()
    };
    let braces = |n: usize| format!("{}x{}", "{".repeat(n), "}".repeat(n));
    let authors = |n: usize| (0..n).map(|n| format!("A{n}, B and ")).collect::<String>();
    let bomb = |n: usize| {
        let one = |n: usize| format!("@string{{s{n} = s{0} # s{0} # s{0} # s{0}}}\n", n - 1);
        let all: String = (1..n).map(one).collect();
        format!(
            "@string{{s0 = \"0123456789\"}}\n{all}@misc{{k, title = s{} # s2}}\n",
            n - 1
        )
    };
    let page = |below: String| format!("# N\n\n## Terms\n\n{below}");
    let work = |title: &str, author: &str| {
        format!("@misc{{k, title = {{{title}}}, author = {{{author}Z, Z}}, year = 2001}}\n")
    };
    let note = |n: usize| format!("# N\n\n## Terms\n\n- a: {}\n", "[".repeat(n));
    type Shape<'a> = (&'a str, &'a str, usize, &'a dyn Fn(usize) -> String);
    let shapes: [Shape<'_>; 6] = [
        ("headings", "a.md", 20_000, &|n| page(headings(n))),
        ("headings with items", "a.md", 2_000, &|n| page(items(n))),
        ("brackets", "a.md", 20_000, &note),
        ("braces", "a.bib", 20_000, &|n| work(&braces(n), "")),
        ("authors", "a.bib", 10_000, &|n| work("T", &authors(n))),
        ("abbreviations", "a.bib", 500, &bomb),
    ];
    for (what, name, size, text) in shapes {
        let least = |n: usize| {
            let runs = [0; 3].map(|_| seconds(name, &text(n)));
            runs.into_iter().fold(f64::INFINITY, f64::min)
        };
        let (few, many) = (least(size), least(4 * size));
        assert!(many < 12.0 * (few + 0.02), "{what}: {few} s, then {many} s");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_named_by_its_line() {
    let folder = Folder::new();
    folder.write(
        "deep.md",
        format!("---\ntitle: x\ntags: {}\n---\nbody\n", "[".repeat(200)),
    );
    std::fs::create_dir(folder.file("in")).unwrap();
    std::fs::rename(folder.file("deep.md"), folder.file("in/deep.md")).unwrap();
    let given = folder.run(&["import", "in/", "--kind", "term"]);
    assert!(
        given.err.contains("deep.md:3:1: the front matter cannot be read and is kept as it is: brackets are nested deeper than 100"),
        "{}",
        given.err
    );
    folder.write(
        "bomb.bib",
        "@string{a = \"0123456789\"}\n".to_owned()
            + &(0..10)
                .map(|_| "@string{a = a # a # a # a # a}\n")
                .collect::<String>()
            + "@misc{k, title = {{T}}, note = {"
            + &"{".repeat(101)
            + &"}".repeat(101)
            + "}}\n",
    );
    let given = folder.run(&["import", "bomb.bib"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(
        given
            .err
            .contains("bomb.bib:7:1: `a` stands for 156250 bytes; at most 64 KB fit"),
        "{}",
        given.err
    );
    assert!(
        given
            .err
            .contains("bomb.bib:12:1: `note` has braces nested deeper than 100"),
        "{}",
        given.err
    );
    folder.write("long.md", format!("# N\n\n{}\n", "a".repeat(17 << 20)));
    assert!(
        folder
            .fails(2, &["import", "long.md"])
            .contains("long.md:3:1: the line is longer than 16 MB")
    );
}
