//! Damaged, foreign, newer and read-only files: kb refuses or repairs them, and never makes them
//! worse.

use std::path::Path;

use crate::support::{Dice, Folder, trials};

const PAGE: &str = include_str!("../data/example/notebook.md");

fn filled() -> Folder {
    let folder = Folder::new();
    folder.write("notebook.md", PAGE);
    folder.ok(&["import", "notebook.md"]);
    for n in 0..40 {
        folder.ok(&[
            "add",
            "paper",
            &format!("Paper {n}"),
            &"words of a body ".repeat(20),
            "--year",
            "2020",
            "--topic",
            "Vision",
        ]);
    }
    folder.ok(&["set", "paper/paper-1", "rating=5"]);
    folder
}

/// All rows of all tables as plain SQLite reads them; an error if one cannot be read.
fn contents(path: &Path) -> Result<Vec<String>, rusqlite::Error> {
    let db = rusqlite::Connection::open(path)?;
    let mut rows = Vec::new();
    for table in [
        "entry",
        "topic",
        "tag",
        "alias",
        "link",
        "kind",
        "page",
        "setting",
        "operation",
        "change",
        "paper",
        "goal",
        "term",
        "meeting",
        "achievement",
        "post",
        "project",
    ] {
        let mut query = db.prepare(&format!("SELECT * FROM {table} NOT INDEXED"))?;
        let columns = query.column_count();
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let cells: Vec<String> = (0..columns)
                .map(|at| format!("{:?}", row.get_ref(at)))
                .collect();
            rows.push(format!("{table} {}", cells.join("|")));
        }
    }
    Ok(rows)
}

#[test]
fn the_doctor_sees_the_bit_flips_that_change_data() {
    let folder = filled();
    let sound = std::fs::read(folder.notebook()).unwrap();
    let expected = contents(&folder.notebook()).unwrap();
    let mut dice = Dice(3);
    let (mut changed, mut seen) = (0, 0);
    for _ in 0..trials(200, 10_000) {
        let mut bytes = sound.clone();
        let at = dice.next(bytes.len());
        bytes[at] ^= 1 << dice.next(8);
        let broken = Folder::bare();
        broken.write("n.db", &bytes);
        let differs = contents(&broken.file("n.db")).map_or(true, |found| found != expected);
        let given = broken.run(&["--notebook", "n.db", "doctor"]);
        assert!(
            given.code.is_some(),
            "doctor ended by a signal at byte {at}"
        );
        if differs {
            changed += 1;
            seen += usize::from(given.code == Some(4));
            if given.code != Some(4) {
                crate::support::loudly(&format!(
                    "doctor missed the flip at byte {at} of {}",
                    bytes.len()
                ));
            }
        }
    }
    assert!(changed > 40, "{changed} flips changed data");
    assert!(
        seen * 1000 >= changed * 999,
        "doctor found {seen} of {changed} flips"
    );
}

#[test]
fn salvage_brings_over_what_can_be_read_and_lists_the_rest() {
    let folder = filled();
    let sound = std::fs::read(folder.notebook()).unwrap();
    let whole = folder.everything();
    folder.ok(&["doctor", "--salvage", "copy.db"]);
    let saved = folder.ok(&["--notebook", "copy.db", "export", "--format", "jsonl"]);
    assert_eq!(saved, whole, "a sound notebook is salvaged whole");
    let page = folder.ok(&["--notebook", "copy.db", "export", "--format", "page"]);
    assert_eq!(page, folder.ok(&["export", "--format", "page"]));
    let mut dice = Dice(9);
    let mut rescued = 0;
    for n in 0..trials(20, 300) {
        let mut bytes = sound.clone();
        // Overwrite one sector after the first page with zeros.
        let at = 4096 + dice.next((bytes.len() - 8192) / 512) * 512;
        bytes[at..at + 512].fill(0);
        let broken = Folder::bare();
        broken.write("n.db", &bytes);
        let given = broken.run(&[
            "--notebook",
            "n.db",
            "doctor",
            "--salvage",
            &format!("s{n}.db"),
        ]);
        assert!(
            matches!(given.code, Some(0 | 1 | 3 | 4)),
            "{:?} {}",
            given.code,
            given.err
        );
        assert!(
            std::fs::read(broken.file("n.db")).unwrap() == bytes,
            "the damaged file is not touched"
        );
        if given.code != Some(4) {
            let back = broken
                .ok(&["--notebook", &format!("s{n}.db"), "list", "--tsv", "ref"])
                .lines()
                .count();
            rescued += usize::from(back > 30);
            let check = broken.run(&["--notebook", &format!("s{n}.db"), "doctor"]);
            assert_eq!(
                check.code,
                Some(0),
                "the salvaged notebook is sound: {}",
                check.out
            );
        }
    }
    assert!(
        rescued * 2 > trials(20, 300),
        "most can be salvaged: {rescued}"
    );
}

#[test]
fn a_truncated_notebook_is_salvaged_as_far_as_it_goes_and_with_its_history() {
    let folder = filled();
    let sound = std::fs::read(folder.notebook()).unwrap();
    let mut most = 0;
    for part in 1..=9 {
        let broken = Folder::bare();
        broken.write("n.db", &sound[..sound.len() * part / 10 / 4096 * 4096]);
        let given = broken.run(&["--notebook", "n.db", "doctor", "--salvage", "s.db"]);
        assert!(
            matches!(given.code, Some(1 | 3 | 4)) || part > 5,
            "{part}: {given:?}"
        );
        if given.code == Some(4) {
            continue;
        }
        assert!(
            given.err.contains("not copied: the history"),
            "{}",
            given.err
        );
        let back = broken.ok(&["--notebook", "s.db", "list", "--tsv", "ref"]);
        assert_eq!(given.code == Some(1), back.is_empty(), "{part}: {given:?}");
        most = most.max(back.lines().count());
    }
    assert!(most > 30, "{most} entries at most");
}

#[test]
fn what_is_lost_from_the_entries_comes_back_from_the_history() {
    let folder = filled();
    folder.ok(&["set", "paper/paper-2", "title=Renamed"]);
    folder.ok(&["remove", "paper/paper-3", "--yes"]);
    folder.ok(&["config", "limit", "5"]);
    let whole = folder.everything();
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM entry WHERE kind = 'paper'")
        .unwrap();
    folder.is_damaged();
    let given = folder.run(&["doctor", "--salvage", "copy.db"]);
    assert_eq!(given.code, Some(0), "{}{}", given.out, given.err);
    assert!(
        given
            .err
            .contains("from the history, because the rows could not be read"),
        "{}",
        given.err
    );
    assert!(given.err.contains("1 setting"), "{}", given.err);
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let back = folder.ok(&["--notebook", "copy.db", "export", "--format", "jsonl"]);
    assert_eq!(sorted(back), sorted(whole));
}

#[test]
fn what_is_no_notebook_is_refused_and_never_altered() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "T"]);
    let sound = std::fs::read(folder.notebook()).unwrap();
    let mut newer = sound.clone();
    newer[60..64].copy_from_slice(&99i32.to_be_bytes());
    let mut foreign = sound.clone();
    foreign[68..72].copy_from_slice(&7i32.to_be_bytes());
    for (name, bytes, word) in [
        ("newer.db", newer, "newer kb (schema 99"),
        ("foreign.db", foreign, "another program"),
        ("empty.db", Vec::new(), "it is empty"),
        ("short.db", b"SQLite".to_vec(), "too short"),
        (
            "text.db",
            b"not a database ".repeat(20),
            "not an SQLite file",
        ),
    ] {
        folder.write(name, &bytes);
        for words in [
            &["list"][..],
            &["add", "term", "X"],
            &["doctor"],
            &["undo"],
            &["import", "-", "--format", "page"],
        ] {
            let words: Vec<&str> = ["--notebook", name].iter().chain(words).copied().collect();
            let error = folder.fails(4, &words);
            assert!(
                error.contains(word) && error.contains("hint: "),
                "{words:?}: {error}"
            );
        }
        assert!(
            std::fs::read(folder.file(name)).unwrap() == bytes,
            "{name} was altered"
        );
    }
    std::fs::create_dir(folder.file("folder.db")).unwrap();
    assert!(
        folder
            .fails(4, &["--notebook", "folder.db", "add", "term", "X"])
            .contains("it is a folder")
    );
    if crate::support::has("mkfifo") {
        std::process::Command::new("mkfifo")
            .arg(folder.file("fifo.db"))
            .status()
            .unwrap();
        assert!(
            folder
                .fails(4, &["--notebook", "fifo.db", "add", "term", "X"])
                .contains("not a regular file")
        );
    }
    let mut truncated = sound.clone();
    truncated.truncate(sound.len() / 2);
    folder.write("half.db", &truncated);
    assert_eq!(
        folder.run(&["--notebook", "half.db", "doctor"]).code,
        Some(4)
    );
}

#[test]
#[cfg(unix)]
fn a_read_only_notebook_is_read_and_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = filled();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap()
    };
    mode(&folder.notebook(), 0o400);
    mode(&folder.file(".kb"), 0o500);
    let root = std::fs::OpenOptions::new()
        .append(true)
        .open(folder.notebook())
        .is_ok();
    if root {
        // Root may write to a read-only file, so the file is made immutable, if the file system
        // supports it.
        let sealed = std::process::Command::new("chattr")
            .arg("+i")
            .arg(folder.notebook())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !sealed {
            crate::support::loudly("SKIPPED: running as root and `chattr +i` does not work here");
            return;
        }
    }
    for words in [
        &["list"][..],
        &["search", "words"],
        &["show", "paper-1"],
        &["export", "--format", "jsonl"],
        &["sql", "select 1"],
    ] {
        assert_eq!(
            folder.run(words).code,
            Some(0),
            "{words:?}: {}",
            folder.run(words).err
        );
    }
    let added = folder.run(&["add", "term", "X"]);
    if root {
        std::process::Command::new("chattr")
            .arg("-i")
            .arg(folder.notebook())
            .status()
            .unwrap();
    }
    assert_eq!(added.code, Some(4), "{}", added.err);
    assert!(added.err.contains("may not be written"), "{}", added.err);
    mode(&folder.file(".kb"), 0o700);
}

#[test]
fn a_busy_notebook_is_waited_for_and_then_said_to_be_busy() {
    let folder = Folder::new();
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = std::time::Instant::now();
    let error = folder.fails(4, &["add", "term", "X"]);
    assert!(
        error.contains("another kb is writing") && start.elapsed().as_secs() >= 4,
        "{error}"
    );
    assert_eq!(folder.run(&["list"]).code, Some(0), "reads still work");
    db.execute_batch("ROLLBACK").unwrap();
    folder.ok(&["add", "term", "X"]);
}

#[test]
fn clocks_that_go_backwards_or_far_ahead_keep_the_order_of_the_history() {
    let folder = Folder::new();
    for (n, now) in [
        "2026-03-29T00:59:59+00:00",
        "2026-03-29T03:00:01+02:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]
    .iter()
    .enumerate()
    {
        let added = folder
            .command(&["add", "term", &format!("T{n}")])
            .env("KB_NOW", now)
            .output()
            .unwrap();
        assert!(added.status.success(), "{now}: {added:?}");
    }
    let stamps = folder.ok(&["sql", "select stamp from operation order by id"]);
    let stamps: Vec<i64> = stamps.lines().map(|line| line.parse().unwrap()).collect();
    assert!(
        stamps.windows(2).all(|pair| pair[0] < pair[1]),
        "{stamps:?}"
    );
    for _ in 0..6 {
        folder.ok(&["undo"]);
    }
    assert_eq!(folder.everything(), "");
    assert_eq!(folder.run(&["doctor"]).code, Some(0));
}

#[test]
fn a_full_disk_is_said_and_reads_go_on() {
    let folder = Folder::bare();
    let disk = folder.file("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(&disk)
        .stderr(std::process::Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        crate::support::loudly("SKIPPED: cannot mount a tmpfs here");
        return;
    }
    let words = |words: &[&str]| {
        folder.run(
            &["--notebook", "disk/n.db"]
                .iter()
                .chain(words)
                .copied()
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(words(&["init"]).code, Some(0));
    let mut acknowledged = 0;
    let full = (0..trials(60, 240)).find_map(|n| {
        let given = words(&[
            "add",
            "term",
            &format!("T{n}"),
            &"body of it ".repeat(2_000),
        ]);
        acknowledged += usize::from(given.code == Some(0));
        (given.code != Some(0)).then_some(given)
    });
    let listed = words(&["list", "--tsv", "slug"]);
    let backup = words(&["backup", "disk/copy.db"]);
    let exported = words(&["export", "disk/all.jsonl"]);
    let checked = words(&["doctor"]);
    std::process::Command::new("umount")
        .arg(&disk)
        .status()
        .unwrap();
    let full = full.expect("the disk fills");
    assert_eq!(full.code, Some(4), "{}", full.err);
    assert!(
        full.err.contains("disk full: nothing was changed"),
        "{}",
        full.err
    );
    assert_eq!(listed.out.lines().count(), acknowledged);
    assert_eq!(
        (backup.code, exported.code, checked.code),
        (Some(4), Some(4), Some(0)),
        "{} {} {}",
        backup.err,
        exported.err,
        checked.err
    );
}

#[test]
fn a_lost_table_of_kinds_is_made_up_from_the_history() {
    let folder = Folder::new();
    folder.write(
        "talk.toml",
        "name = \"talk\"\nplural = \"talks\"\nsummary = \"A talk\"\n",
    );
    folder.ok(&["kind", "add", "talk.toml"]);
    folder.ok(&["add", "talk", "X", "hello"]);
    folder.ok(&["add", "term", "A", "aaa"]);
    let mut bytes = std::fs::read(folder.notebook()).unwrap();
    let text = b"plural = \"talks\"";
    let at = bytes
        .windows(text.len())
        .rposition(|found| found == text)
        .unwrap();
    let page = at / 4096 * 4096;
    for (place, byte) in bytes[page..page + 4096].iter_mut().enumerate() {
        *byte = u8::try_from((place * 7 + 13) % 256).unwrap();
    }
    folder.write("damaged.db", bytes);
    folder.ok(&["--notebook", "damaged.db", "doctor", "--salvage", "s.db"]);
    assert_eq!(
        folder.ok(&["--notebook", "s.db", "list", "--tsv", "ref,body"]),
        "talk/x\thello\nterm/a\taaa\n"
    );
    // The salvage is an operation of the one who did it.
    assert!(
        folder
            .run(&["--notebook", "s.db", "undo"])
            .err
            .contains("undid `kb salvage`")
    );
}
