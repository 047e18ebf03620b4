//! Picking an entry on a terminal.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::search::notebook;
use crate::support::{Folder, has};

/// Runs a command on a terminal of its own and types `keys` at its prompt. Returns the exit code,
/// what the terminal showed, and what the command wrote to standard output.
fn typed(folder: &Folder, command: &str, keys: &str) -> (Option<i32>, String, String) {
    let line = format!("{command} > picked.txt");
    let mut script = Command::new("timeout");
    script
        .args(["60", "script", "-qec", &line, "/dev/null"])
        .current_dir(folder.path());
    crate::support::clean(&mut script, folder.path());
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_kb"))
        .parent()
        .unwrap()
        .to_owned();
    let path = std::env::join_paths(
        std::iter::once(program).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    script
        .env("PATH", path)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    let (mut screen, mut shown) = (child.stdout.take().unwrap(), Vec::new());
    // Wait for the prompt before typing.
    let mut byte = [0];
    while !shown.ends_with(b"pick>") && screen.read(&mut byte).unwrap() == 1 {
        shown.push(byte[0]);
    }
    child
        .stdin
        .take()
        .unwrap()
        .write_all(keys.as_bytes())
        .unwrap();
    screen.read_to_end(&mut shown).unwrap();
    (
        child.wait().unwrap().code(),
        String::from_utf8_lossy(&shown).into_owned(),
        folder.read("picked.txt"),
    )
}

#[test]
fn an_entry_is_picked_as_you_type() {
    if !has("script") {
        return;
    }
    let folder = notebook();
    let (code, screen, picked) = typed(&folder, "kb find", "spco\r");
    assert_eq!(
        (code, picked.as_str()),
        (Some(0), "term/sparse-coding\n"),
        "{screen}"
    );
    assert!(
        screen.contains("pick>") && screen.contains("of 8 entries"),
        "{screen}"
    );
    // A typo, a filter with the down arrow, other verbs, and Ctrl-C.
    assert_eq!(
        typed(&folder, "kb find", "dictoinary\r").2,
        "term/dictionary-learning\n"
    );
    let (_, screen, second) = typed(&folder, "kb find kind:paper", "\u{1b}[B\r");
    assert_eq!(
        second, "paper/attention-is-all-you-need\n",
        "the newest comes first: {screen}"
    );
    assert!(screen.contains("of 2 entries"), "{screen}");
    assert_eq!(
        typed(&folder, "kb show --jsonl title", "spco\r").2,
        "{\"title\":\"Sparse coding\"}\n"
    );
    assert_eq!(
        typed(&folder, "kb set status=learnt", "economics\r").2,
        "goal/read-about-the-cafe-problem-in-naive\n"
    );
    assert_eq!(
        typed(&folder, "kb pick spco", "\r").2,
        "term/sparse-coding\n"
    );
    // Marks, in the order in which they were set; a second TAB takes one off.
    assert_eq!(
        typed(&folder, "kb find kind:paper", "\t\t\u{1b}[A\u{1b}[A\t\r").2,
        "paper/attention-is-all-you-need\n"
    );
    let (_, screen, both) = typed(&folder, "kb find kind:paper", "\t\t\r");
    assert_eq!(both.lines().count(), 2, "{screen}");
    assert!(screen.contains("2 marked"), "{screen}");
    assert_eq!(
        typed(&folder, "kb show --jsonl kind", "econ\t\u{15}spco\t\r").2,
        "{\"kind\":\"goal\"}\n{\"kind\":\"term\"}\n"
    );
    // Keys that do something with what was picked.
    typed(&folder, "kb find economics", "\u{14}1");
    let goal = "goal/read-about-the-cafe-problem-in-naive";
    assert_eq!(folder.ok(&["show", goal, "--tsv", "status"]), "want\n");
    folder.write("editor.sh", "sed -i 's/Sparse coding/Edited/' \"$1\"");
    let (_, screen, _) = typed(&folder, "EDITOR='sh editor.sh' kb find spco", "\u{18}");
    let titles = folder.ok(&["list", "terms", "--tsv", "title"]);
    assert!(titles.contains("Edited\n"), "{screen}");
    folder.ok(&["undo"]);
    let (code, screen, picked) = typed(&folder, "kb find", "\u{3}");
    assert_eq!((code, picked.as_str()), (Some(1), ""), "{screen}");
    assert!(screen.contains("nothing was picked"), "{screen}");
    // Without a terminal, nothing can be picked.
    assert!(folder.fails(2, &["find"]).contains("hint: kb search WORDS"));
    for verb in ["show", "edit", "remove", "similar", "link"] {
        let error = folder.fails(2, &[verb]);
        assert!(
            error.starts_with("error: which entry?")
                && error.contains(&format!("hint: kb {verb} ")),
            "{error}"
        );
    }
}

#[test]
fn a_wide_terminal_shows_the_selected_entry_beside_the_names() {
    if !has("script") {
        return;
    }
    let folder = notebook();
    folder.ok(&[
        "set",
        "term/sparse-coding",
        "body=A **code** with few units.",
    ]);
    let preview = |columns: usize| {
        let command = format!("COLUMNS={columns} kb find spco");
        typed(&folder, &command, "\r").1
    };
    assert!(preview(120).contains("│"), "{}", preview(120));
    assert!(preview(120).contains("with few units."), "{}", preview(120));
    assert!(!preview(90).contains("with few units."), "{}", preview(90));
}
