//! A notebook in a folder of its own, and the program run on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a notebook in it.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

/// What a command gave.
#[derive(Debug)]
pub(crate) struct Given {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Folder {
    /// A folder without a notebook.
    pub(crate) fn bare() -> Folder {
        Folder {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with an empty notebook.
    pub(crate) fn new() -> Folder {
        let folder = Folder::bare();
        folder.ok(&["init", "-q"]);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn notebook(&self) -> PathBuf {
        self.file(".kb/notebook.db")
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.file(name), text).unwrap();
        name.to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// The program with a clean environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kb"));
        command.args(words).current_dir(self.path());
        clean(&mut command, self.path());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Given {
        self.run_with(words, "")
    }

    pub(crate) fn run_with(&self, words: &[&str], input: &str) -> Given {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        given(&child.wait_with_output().unwrap())
    }

    /// Standard output of a command that must succeed.
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let given = self.run(words);
        assert_eq!(given.code, Some(0), "kb {words:?}\n{}", given.err);
        given.out
    }

    /// Standard error of a command that must fail with a code.
    pub(crate) fn fails(&self, code: i32, words: &[&str]) -> String {
        let given = self.run(words);
        assert_eq!(
            given.code,
            Some(code),
            "kb {words:?}\n{}{}",
            given.out,
            given.err
        );
        given.err
    }

    /// Everything in the notebook in a form that is equal when the notebooks are.
    pub(crate) fn everything(&self) -> String {
        self.ok(&["export", "--format", "jsonl"])
    }
}

/// An environment that does not depend on who runs the tests.
pub(crate) fn clean(command: &mut Command, home: &Path) {
    command
        .env_clear()
        .env("HOME", home.join("home"))
        .env("KB_NOW", "2026-11-23T12:00:00Z")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
}

pub(crate) fn given(output: &Output) -> Given {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
    Given {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Says something loudly: past the test runner, which keeps the output of tests that pass to itself.
pub(crate) fn loudly(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A file of `../shared`, or nothing with a loud word when it is not there.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if found.exists() {
        return Some(found);
    }
    loudly(&format!("SKIPPED: ../shared/{path} is not there"));
    None
}

/// Whether a program can be run; says so loudly when it cannot.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        loudly(&format!("SKIPPED: `{program}` is not installed"));
    }
    found
}

/// How many trials: many in a long run (`KB_TRIALS=long`), few in every run.
pub(crate) fn trials(few: usize, many: usize) -> usize {
    if std::env::var("KB_TRIALS").is_ok_and(|trials| trials == "long") {
        many
    } else {
        few
    }
}

/// A small stream of numbers that is the same in every run.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }

    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.next(items.len())]
    }
}
