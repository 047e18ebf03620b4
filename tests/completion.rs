//! Completion, asked for by a real shell.

use std::process::Command;

use crate::support::{Folder, clean, given, has};

/// What bash offers for a line with the cursor at its end, one candidate a line, as it would type them.
fn in_bash(folder: &Folder, line: &str) -> String {
    folder.write("kb.bash", folder.ok(&["completions", "bash"]));
    let script = r#"source ./kb.bash; COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'; COMP_LINE="$1"; COMP_POINT=${#1}; COMP_TYPE=9; _kb_complete; printf '%s\n' "${COMPREPLY[@]}""#;
    in_shell(
        folder,
        &["bash", "--norc", "--noprofile", "-c", script, "bash", line],
    )
}

/// What fish offers for a line with the cursor at its end, one candidate a line.
fn in_fish(folder: &Folder, line: &str) -> String {
    folder.write("kb.fish", folder.ok(&["completions", "fish"]));
    let script = "source kb.fish; complete -C $argv[1] | string replace --regex '\\t.*' ''";
    in_shell(folder, &["fish", "--no-config", "-c", script, line])
}

/// The line of an interactive zsh after `line` and a TAB.
fn in_zsh(folder: &Folder, line: &str) -> String {
    folder.write("kb.zsh", folder.ok(&["completions", "zsh"]));
    folder.write("drive.zsh", DRIVE);
    in_shell(folder, &["zsh", "-f", "drive.zsh", line])
}

/// Types a line and a TAB into a zsh on a terminal of its own, and prints the line after that.
const DRIVE: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=""; unset zle_bracketed_paste; autoload -Uz compinit && compinit -u -D; source ./kb.zsh; setopt no_beep'
zpty -w shell 'show() { print -r -- "<""<$BUFFER>"">"; BUFFER=""; zle .accept-line }; zle -N show; bindkey "^X" show; bindkey "^I" complete-word; print re''ady'
typed=
for turn in {1..200}; do
    while zpty -r -t shell part; do out+=$part; done
    if [[ -z $typed && $out == *ready* ]]; then
        zpty -w -n shell "$1"$'\t\x18'
        typed=yes
    fi
    [[ $out == *'<<'*'>>'* ]] && break
    sleep 0.05
done
print -r -- ${${out##*<<}%%>>*}
zpty -d shell
"#;

/// What a shell prints that has kb on its path.
fn in_shell(folder: &Folder, words: &[&str]) -> String {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_kb"))
        .parent()
        .unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new(words[0]);
    clean(&mut shell, folder.path());
    let output = shell
        .args(&words[1..])
        .env("PATH", format!("{}:{path}", program.display()))
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm")
        .current_dir(folder.path())
        .output()
        .unwrap();
    given(&output).out
}

/// A notebook with a name of each type to complete.
fn labelled() -> Folder {
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
    folder.ok(&["add", "goal", "Aim"]);
    folder.ok(&["view", "save", "recent", "added:7d"]);
    folder
}

#[test]
fn fish_and_zsh_complete_what_bash_does() {
    let folder = labelled();
    // The line, the word that fish offers, and the line that zsh makes of it.
    for (line, word, whole) in [
        ("kb show sim", "simple", "kb show simple "),
        ("kb list tag:foo", "tag:foobar", "kb list tag:foobar "),
        (
            "kb list topic:M",
            "topic:Mechanistic Interpretability",
            "kb list topic:Mechanistic\\ Interpretability ",
        ),
        (
            "kb list topic:Mechanistic\\ I",
            "topic:Mechanistic Interpretability",
            "kb list topic:Mechanistic\\ Interpretability ",
        ),
        (
            "kb add term X --topic M",
            "Mechanistic Interpretability",
            "kb add term X --topic Mechanistic\\ Interpretability ",
        ),
        ("kb set aim sta", "status=", "kb set aim status="),
        (
            "kb set aim status=lea",
            "status=learning\nstatus=learnt",
            "kb set aim status=learn",
        ),
        ("kb list @r", "@recent", "kb list @recent "),
        (
            "kb list --json slug,ti",
            "slug,title",
            "kb list --json slug,title ",
        ),
        (
            "kb list --sort -pos",
            "-position",
            "kb list --sort -position ",
        ),
        ("kb help fil", "filters", "kb help filters "),
    ] {
        if has("fish") {
            assert_eq!(in_fish(&folder, line), format!("{word}\n"), "fish: {line}");
        }
        if has("zsh") {
            assert_eq!(in_zsh(&folder, line), format!("{whole}\n"), "zsh: {line}");
        }
    }
}

#[test]
fn bash_types_words_that_read_back_as_they_are_meant() {
    if !has("bash") {
        return;
    }
    let folder = labelled();
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
    assert_eq!(in_bash(&folder, "kb set aim sta"), "status=\n");
    assert_eq!(in_bash(&folder, "kb set aim status=w"), "want\n");
    // A goal is not read; a paper is.
    assert_eq!(in_bash(&folder, "kb set aim status=r"), "\n");
    assert_eq!(in_bash(&folder, "kb set status=que"), "queued\n");
    assert_eq!(in_bash(&folder, "kb list @r"), "@recent\n");
    assert_eq!(in_bash(&folder, "kb list --sort -pos"), "-position\n");
    assert_eq!(in_bash(&folder, "kb help fil"), "filters\n");
}
