//! What a terminal shows, as golden files in tests/screens: `KB_BLESS=1` writes them anew. Each is a
//! command on the same notebook, at some width; colours are written as `<SGR>`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Folder, clean, has, loudly};

const BODY: &str = "An encoder maps an input to a *distribution* over **latents**, see [[sparse-coding|sparse coding]] and [[Missing]].\n\n1. sample `z`\n2. decode it, with a line that is long enough to be wrapped at the width of any terminal that is used here, whether narrow or wide\n   - nested\n\n> The loss is $L = R + \\\\beta K$.\n\n```python\nloss = r + beta * k  # a line of code is not wrapped, however long it is, because that would change what it means\n```\n\n| part | what |\n|---|---|\n| encoder | from x to z |\n\n[the paper](https://arxiv.org/abs/1312.6114) and 変分オートエンコーダーは入力を潜在変数の分布に写し、そこから標本を取って復元する生成モデルである。 🙂";

/// The notebook of the screens.
fn notebook() -> Folder {
    let folder = Folder::new();
    let add = |words: &[&str]| folder.ok(&[&["add"], words].concat());
    add(&[
        "term",
        "Variational auto-encoder",
        BODY,
        "--topic",
        "generative models",
        "--alias",
        "VAE",
    ]);
    add(&[
        "term",
        "Sparse coding",
        "few active units",
        "--topic",
        "interpretability",
    ]);
    folder.ok(&[
        "set",
        "sparse-coding",
        "body=a code of few active units, see [[vae]]",
    ]);
    add(&[
        "paper",
        "Toy models of superposition",
        "shows features in superposition",
        "--author",
        "Elhage, Nelson",
        "--period",
        "2022",
        "--status",
        "queued",
        "--url",
        "https://arxiv.org/abs/2209.10652",
    ]);
    add(&[
        "paper",
        "神经网络的可解释性研究综述",
        "--status",
        "read",
        "--period",
        "2021",
    ]);
    add(&[
        "goal",
        "Causal inference",
        "--status",
        "learning",
        "--period",
        "Feb-March 2024",
    ]);
    add(&[
        "achievement",
        "Finished the reading group 🎉",
        "--period",
        "Summer 2023",
    ]);
    folder
}

/// What a command prints on a terminal of so many columns.
fn screen(folder: &Folder, line: &str, columns: usize, colour: bool) -> String {
    let mut script = Command::new("script");
    script
        .args([
            "-qec",
            &format!("{} {line}", env!("CARGO_BIN_EXE_kb")),
            "/dev/null",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null());
    clean(&mut script, folder.path());
    script
        .env("COLUMNS", columns.to_string())
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("TERM", "xterm-kitty")
        .env("PAGER", "cat");
    if !colour {
        script.env("NO_COLOR", "1");
    }
    let output = script.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    shown
        .replace("\r\n", "\n")
        .replace("\u{1b}\\", "<ST>")
        .replace('\u{1b}', "<ESC>")
}

/// Compares with the golden file.
fn is_golden(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/screens")
        .join(name);
    if std::env::var_os("KB_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, shown).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        shown, golden,
        "{name}: `KB_BLESS=1 cargo test screens` writes it anew"
    );
}

#[test]
fn the_screens_are_as_they_were_looked_at() {
    if !has("script") {
        loudly("script is missing: the screens are not compared");
        return;
    }
    let folder = notebook();
    let screens = [
        ("dashboard", ""),
        ("list", "list"),
        ("list-papers", "list papers"),
        ("show", "show vae"),
        ("show-history", "show sparse-coding --history"),
        ("history", "history"),
        ("stats", "stats"),
        ("search", "search superposition"),
        ("help-exit-codes", "help exit-codes"),
    ];
    for (name, line) in screens {
        for columns in [80, 120, 200] {
            let shown = screen(&folder, line, columns, false);
            is_golden(&format!("{name}-{columns}.txt"), &shown);
            // Only code may be longer than the terminal.
            let longest = shown.lines().filter(|line| !line.starts_with("    loss"));
            let longest = longest
                .map(unicode_width::UnicodeWidthStr::width)
                .max()
                .unwrap();
            assert!(
                longest <= columns,
                "{name} at {columns}: {longest}\n{shown}"
            );
        }
    }
    for (name, line) in [
        ("show", "show vae"),
        ("show-history", "show sparse-coding --history"),
    ] {
        is_golden(
            &format!("{name}-colour.txt"),
            &screen(&folder, line, 80, true),
        );
    }
}

#[test]
fn a_pipe_and_raw_get_a_body_as_it_is_stored() {
    let folder = notebook();
    assert_eq!(folder.ok(&["show", "vae", "--body"]), format!("{BODY}\n"));
    assert!(folder.ok(&["show", "vae"]).contains(BODY));
    if has("script") {
        let raw = screen(&folder, "show vae --raw", 80, true);
        assert!(raw.contains(BODY), "{raw}");
    }
}

#[test]
fn the_history_of_a_body_says_what_was_removed_and_added() {
    let folder = notebook();
    let text = folder.ok(&["show", "sparse-coding", "--history"]);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("2026-"))
        .collect();
    assert_eq!(
        lines,
        [
            "Sparse coding",
            "",
            "few active units",
            "",
            "{+a code of +}few active units{+, see [[vae]]+}"
        ]
    );
    // A pipe with colours has them instead of the brackets.
    let painted = folder.ok(&["show", "sparse-coding", "--history", "--color", "always"]);
    assert!(
        painted.contains("\u{1b}[32ma code of \u{1b}[0mfew active units"),
        "{painted}"
    );
    let rows: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "sparse-coding", "--history", "--json"]))
            .unwrap();
    assert_eq!(rows[0]["body"], "few active units");
    assert_eq!(rows[1]["body"], "a code of few active units, see [[vae]]");
    // An undo is a version too; a change of another field is none.
    folder.ok(&["set", "sparse-coding", "tags+=x"]);
    folder.ok(&["set", "sparse-coding", "body="]);
    folder.ok(&["undo"]);
    let rows: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "sparse-coding", "--history", "--json"]))
            .unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    let none = folder.run(&["show", "causal-inference", "--history"]);
    assert!(none.err.contains("has no body yet"), "{}", none.err);
}
