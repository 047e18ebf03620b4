//! Completion, asked for by a real shell.

use std::process::Command;

use crate::support::{Folder, clean, given, has};

/// What bash offers for a line with the cursor at its end, one candidate a line, as it would type them.
fn in_bash(folder: &Folder, line: &str) -> String {
    folder.write("kb.bash", folder.ok(&["completions", "bash"]));
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_kb"))
        .parent()
        .unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let script = r#"source ./kb.bash; COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'; COMP_LINE="$1"; COMP_POINT=${#1}; COMP_TYPE=9; _kb_complete; printf '%s\n' "${COMPREPLY[@]}""#;
    let mut bash = Command::new("bash");
    clean(&mut bash, folder.path());
    let output = bash
        .args(["--norc", "--noprofile", "-c", script, "bash", line])
        .env("PATH", format!("{}:{path}", program.display()))
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder.path())
        .output()
        .unwrap();
    given(&output).out
}

#[test]
fn bash_types_words_that_read_back_as_they_are_meant() {
    if !has("bash") {
        return;
    }
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "Simple",
        "x",
        "--tag",
        "foobar",
        "--topic",
        "Mechanistic Interpretability",
    ]);
    assert_eq!(in_bash(&folder, "kb show sim"), "simple\n");
    // bash itself has typed `tag:`.
    assert_eq!(in_bash(&folder, "kb list tag:foo"), "foobar\n");
    assert_eq!(
        in_bash(&folder, "kb list topic:M"),
        "Mechanistic\\ Interpretability\n"
    );
    assert_eq!(
        in_bash(&folder, "kb list topic:Mechanistic\\ I"),
        "Mechanistic\\ Interpretability\n"
    );
    assert_eq!(
        in_bash(&folder, "kb add term X --topic M"),
        "Mechanistic\\ Interpretability\n"
    );
    assert!(in_bash(&folder, "kb li").contains("list"));
}
