//! Transcripts: a real `sh` runs the `console` blocks of the README, the documentation and
//! `tests/cmd`.
//!
//! A line `$ command` is run, and the lines under it are its expected standard output. If the first
//! of them is `? N`, the command must exit with code N, and standard error follows standard output.
//! All blocks of a file share one folder and one notebook. With `KB_BLESS=1`, the actual output is
//! written into the files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Folder, clean, given};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    for folder in ["docs", "docs/design", "docs/formats", "tests/cmd"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Runs a shell command and returns its output as a transcript shows it.
fn say(folder: &Folder, command: &str) -> String {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(folder.path())
        .stdin(Stdio::null());
    clean(&mut shell, folder.path());
    let own = Path::new(env!("CARGO_BIN_EXE_kb")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(own.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let ended = given(&shell.env("PATH", path).output().unwrap());
    match ended.code {
        Some(0) => ended.out,
        code => format!("? {}\n{}{}", code.unwrap_or(-1), ended.out, ended.err),
    }
}

/// The text with the actual output in every console block, and the number of commands that ran.
fn retold(text: &str) -> (String, usize) {
    let folder = Folder::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example/notebook.md");
    std::fs::create_dir_all(folder.file("data/example")).unwrap();
    std::fs::copy(&example, folder.file("data/example/notebook.md")).unwrap();
    // The tour of the README goes on in the folder that its set-up made.
    if text.contains("$ kb import -q notebook.md") {
        std::fs::copy(&example, folder.file("notebook.md")).unwrap();
    }
    let mut told = String::new();
    let (mut inside, mut commands) = (false, 0);
    for line in text.lines() {
        if inside && line.starts_with("```") {
            inside = false;
        } else if inside {
            let Some(command) = line.strip_prefix("$ ") else {
                continue;
            };
            commands += 1;
            let said = say(&folder, command);
            told.push_str(&format!("{line}\n{said}"));
            if !said.is_empty() && !said.ends_with('\n') {
                told.push('\n');
            }
            continue;
        } else if line == "```console" {
            inside = true;
        }
        told.push_str(line);
        told.push('\n');
    }
    (told, commands)
}

#[test]
fn every_transcript_says_what_it_shows() {
    let mut commands = 0;
    let mut wrong = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let (told, ran) = retold(&text);
        commands += ran;
        if told != text {
            if std::env::var_os("KB_BLESS").is_some() {
                std::fs::write(&path, &told).unwrap();
                continue;
            }
            let first = text
                .lines()
                .zip(told.lines())
                .position(|(old, new)| old != new)
                .unwrap_or(0);
            let line = |text: &str| text.lines().nth(first).unwrap_or("").to_owned();
            wrong.push(format!(
                "{}:{}\n  shows {:?}\n  says  {:?}",
                path.display(),
                first + 1,
                line(&text),
                line(&told)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(commands > 55, "{commands} commands were run");
}
