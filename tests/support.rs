//! A temporary folder with a notebook, and the means to run `kb` in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a notebook in it.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    /// Whether the test leaves a damaged notebook, which doctor must not check.
    damaged: std::cell::Cell<bool>,
}

/// Checks at the end of every test that doctor finds no fault in the notebook.
impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() || self.damaged.get() || !self.notebook().exists() {
            return;
        }
        let given = self.run(&["doctor", "-q"]);
        assert_eq!(
            given.code,
            Some(0),
            "at the end of the test: {}{}",
            given.out,
            given.err
        );
    }
}

/// The result of a command: exit code (`None` after a signal), standard output and standard error.
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
            damaged: std::cell::Cell::new(false),
        }
    }

    /// A folder with an empty notebook.
    pub(crate) fn new() -> Folder {
        let folder = Folder::bare();
        folder.ok(&["init", "-q"]);
        folder
    }

    /// Marks the notebook as damaged, so that doctor does not check it at the end of the test.
    pub(crate) fn is_damaged(&self) {
        self.damaged.set(true);
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

    /// The command `kb` with these words, in this folder and with a clean environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kb"));
        command.args(words).current_dir(self.path());
        clean(&mut command, self.path());
        command
    }

    /// Runs `kb` with empty standard input.
    pub(crate) fn run(&self, words: &[&str]) -> Given {
        self.run_with(words, "")
    }

    /// Runs `kb` with `input` on standard input.
    pub(crate) fn run_with(&self, words: &[&str], input: &str) -> Given {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may exit without reading its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        given(&child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, and returns its standard output.
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let given = self.run(words);
        assert_eq!(given.code, Some(0), "kb {words:?}\n{}", given.err);
        given.out
    }

    /// Runs a command that must exit with `code`, and returns its standard error.
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

    /// All entries as JSON lines, private ones included; equal for equal notebooks.
    pub(crate) fn everything(&self) -> String {
        self.ok(&["export", "--format", "jsonl"])
    }
}

/// A notebook with these files, by name and text, imported one after the other.
pub(crate) fn with(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
        folder.ok(&["import", name]);
    }
    folder
}

/// Replaces a part of a file that must have it.
pub(crate) fn edit(folder: &Folder, name: &str, old: &str, new: &str) {
    let text = folder.read(name);
    assert!(text.contains(old), "{text}");
    folder.write(name, text.replacen(old, new, 1));
}

/// Gives a command an environment that does not depend on who runs the tests. Only `PATH` is kept,
/// and what `.ci/sanitize` tells AddressSanitizer.
pub(crate) fn clean(command: &mut Command, home: &Path) {
    command
        .env_clear()
        .env("HOME", home.join("home"))
        .env("KB_NOW", "2026-11-23T12:00:00Z");
    for kept in ["PATH", "ASAN_OPTIONS"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
}

/// The result of a finished process. Panics if its output is not UTF-8.
pub(crate) fn given(output: &Output) -> Given {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
    Given {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Prints a line to standard error past the test runner, which hides the output of tests that pass.
pub(crate) fn loudly(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The path of a file in `../shared`. If it does not exist, prints that the test is skipped.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if found.exists() {
        return Some(found);
    }
    loudly(&format!("SKIPPED: ../shared/{path} does not exist"));
    None
}

/// Whether a program can be run. If not, prints that the test is skipped.
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

/// The number of trials: `many` in a long run (`KB_TRIALS=long`), else `few`.
pub(crate) fn trials(few: usize, many: usize) -> usize {
    if std::env::var("KB_TRIALS").is_ok_and(|trials| trials == "long") {
        many
    } else {
        few
    }
}

/// A pseudo-random number generator: the same seed yields the same numbers in every run.
pub(crate) struct Dice(pub u64);

impl Dice {
    /// A number from 0 up to, but not including, `below`; 0 if `below` is 0.
    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }

    /// A random item. Panics if there are none.
    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.next(items.len())]
    }
}
