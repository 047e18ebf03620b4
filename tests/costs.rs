//! The cost of commands in numbers that do not depend on the machine: system calls, bytes on disk
//! and memory.

use std::process::Command;

use crate::support::{Dice, Folder, clean, has};

/// A notebook of `entries` posts, each with a body of 100 random words.
fn notebook(entries: usize) -> Folder {
    let folder = Folder::new();
    let mut dice = Dice(11);
    let mut lines = String::new();
    for n in 0..entries {
        // As in a natural language, few words are common and most are rare.
        let mut word = || {
            let below = 1 + dice.next(20_000);
            format!("w{}", dice.next(below))
        };
        let body: Vec<String> = (0..100).map(|_| word()).collect();
        lines.push_str(&serde_json::json!({"kind": "post", "title": format!("Entry {n}"), "body": body.join(" ")}).to_string());
        lines.push('\n');
    }
    folder.write("entries.jsonl", lines);
    folder.ok(&["import", "entries.jsonl", "-q"]);
    folder
}

/// Counts the system calls of a command with `strace`.
fn calls(folder: &Folder, words: &[&str]) -> usize {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "trace.txt", env!("CARGO_BIN_EXE_kb")])
        .args(words)
        .current_dir(folder.path());
    clean(&mut command, folder.path());
    assert!(command.output().unwrap().status.success(), "{words:?}");
    folder
        .read("trace.txt")
        .lines()
        .filter(|line| line.contains('('))
        .count()
}

#[test]
fn the_system_calls_of_add_and_of_reads_are_few_and_do_not_grow_with_the_notebook() {
    if !has("strace") {
        return;
    }
    let (small, large) = (notebook(50), notebook(2_000));
    let warm = |folder: &Folder| folder.ok(&["add", "term", "Before", "A body."]);
    warm(&small);
    warm(&large);
    for (words, most) in [
        (&["add", "term", "Counted", "A body."][..], 345),
        (&["show", "entry-7"], 150),
        (&["list", "--sort", "-created", "--limit", "5"], 150),
        (&["search", "entry", "7", "--limit", "1"], 220),
        (&["--version"], 50),
    ] {
        let (few, many) = (calls(&small, words), calls(&large, words));
        println!("{words:?}: {few} calls, {many} in the large notebook");
        assert!(few <= most, "{words:?}: {few} system calls");
        assert!(
            many <= few + few / 3 + 10,
            "{words:?}: {few} system calls, {many} in a larger notebook"
        );
    }
}

#[test]
fn an_entry_takes_few_bytes_more_than_its_text() {
    let folder = notebook(2_000);
    let size =
        |name: &str| usize::try_from(std::fs::metadata(folder.file(name)).unwrap().len()).unwrap();
    let (text, file) = (
        size("entries.jsonl") / 2_000,
        size(".kb/notebook.db") / 2_000,
    );
    println!("{text} bytes of text an entry, {file} in the notebook");
    // The file holds the entry, its history, its full-text index, a vector of 128 bytes and its
    // words.
    assert!(file < 6 * text, "{file} bytes an entry of {text}");
}

#[test]
fn memory_does_not_grow_with_the_notebook() {
    let folder = notebook(20_000);
    // `ulimit -v` limits the address space, which is larger than the memory in use. The program
    // itself takes 40 MB of it in a debug build.
    for (kilobytes, line) in [
        (
            150_000,
            "rm -rf .kb; kb init -q; kb import -q entries.jsonl",
        ),
        (60_000, "kb search w7 w12 --limit 3"),
        (60_000, "kb export --format jsonl > out.jsonl"),
    ] {
        let mut shell = Command::new("sh");
        let kb = env!("CARGO_BIN_EXE_kb");
        shell
            .args([
                "-c",
                &format!("kb() {{ {kb} \"$@\"; }}; ulimit -v {kilobytes}; {line}"),
            ])
            .current_dir(folder.path());
        clean(&mut shell, folder.path());
        let ended = crate::support::given(&shell.output().unwrap());
        assert_eq!(
            ended.code,
            Some(0),
            "{line} in {kilobytes} KB: {}",
            ended.err
        );
    }
}
