//! Concurrent processes: writers wait for each other, readers go on, and nothing is lost.

use std::process::Stdio;

use crate::support::{Folder, trials};

/// Starts sixteen `kb add` processes at once and returns how many succeeded. The others must report
/// that another kb is writing.
fn sixteen(folder: &Folder, round: usize) -> usize {
    let children: Vec<_> = (0..16)
        .map(|n| {
            let title = format!("Term {round} {n}");
            folder
                .command(&["--notebook", ".kb/notebook.db", "add", "term", &title])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut acknowledged = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => acknowledged += 1,
            code => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(
                    code == Some(4) && said.contains("another kb is writing"),
                    "{code:?} {said}"
                );
            }
        }
    }
    acknowledged
}

#[test]
fn sixteen_processes_write_to_a_missing_and_to_an_existing_notebook() {
    for round in 0..trials(3, 100) {
        let folder = if round % 2 == 0 {
            Folder::bare()
        } else {
            Folder::new()
        };
        let acknowledged: usize = (0..trials(2, 3)).map(|again| sixteen(&folder, again)).sum();
        assert_eq!(
            folder
                .ok(&["list", "terms", "--tsv", "slug"])
                .lines()
                .count(),
            acknowledged
        );
        assert!(
            folder
                .ok(&["doctor"])
                .lines()
                .all(|line| line.starts_with("gaps"))
        );
        assert!(
            std::fs::read_dir(folder.file(".kb")).unwrap().count() == 3,
            "the notebook, `.gitignore` and `replica`: no temporary file is left"
        );
    }
}

#[test]
fn readers_read_while_others_write() {
    let folder = Folder::new();
    let writers: Vec<_> = (0..8)
        .map(|n| {
            folder
                .command(&["add", "term", &format!("T{n}")])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(folder.run(&["list"]).code, Some(0));
    }
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
}
