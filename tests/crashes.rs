//! Crashes: processes killed at random moments and at every system call, system calls that fail,
//! and power cuts simulated from recorded writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Dice, Folder, clean, given, has, trials};

/// Checks what must hold after every fault: the file opens, doctor finds no fault, and every
/// acknowledged entry exists.
fn sound(folder: &Folder, acknowledged: &[String]) {
    let said = folder.run(&["doctor"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let there: BTreeSet<String> = folder
        .ok(&["list", "--tsv", "ref"])
        .lines()
        .map(str::to_owned)
        .collect();
    for reference in acknowledged {
        assert!(
            there.contains(reference),
            "`{reference}` was acknowledged and is lost"
        );
    }
}

#[test]
fn a_process_killed_at_random_loses_nothing_that_it_acknowledged() {
    let folder = Folder::new();
    let mut acknowledged = Vec::new();
    let mut dice = Dice(5);
    for n in 0..trials(100, 1_000) {
        let mut child = folder
            .command(&["add", "term", &format!("Killed {n}"), "text of it"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(
            // Longer from kill to kill, so that some commands finish on a busy machine too.
            u64::try_from(dice.next(9_000 + 300 * n)).unwrap(),
        ));
        let _ = child.kill();
        let ended = given(&child.wait_with_output().unwrap());
        acknowledged.extend(ended.out.lines().map(str::to_owned));
    }
    assert!(
        !acknowledged.is_empty(),
        "some commands finished before they were killed"
    );
    sound(&folder, &acknowledged);
}

/// Runs a `kb` command under `strace` with further options.
fn strace(folder: &Folder, options: &[&str], words: &[&str]) -> std::process::Output {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(options)
        .arg(env!("CARGO_BIN_EXE_kb"))
        .args(words)
        .current_dir(folder.path());
    clean(&mut command, folder.path());
    command.output().unwrap()
}

/// System calls that open, lock or change files.
const CALLS: [&str; 8] = [
    "pwrite64",
    "write",
    "fsync",
    "fdatasync",
    "ftruncate",
    "unlink",
    "openat",
    "fcntl",
];

/// How often a command makes each system call.
fn counts(folder: &Folder, words: &[&str]) -> BTreeMap<String, usize> {
    let counted = strace(folder, &["-c", "-o", "counts.txt"], words);
    assert!(counted.status.success(), "{counted:?}");
    let line = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        Some(((*cells.last()?).to_owned(), cells.get(3)?.parse().ok()?))
    };
    folder.read("counts.txt").lines().filter_map(line).collect()
}

#[test]
fn a_process_killed_at_every_nth_call_of_add_leaves_a_sound_notebook() {
    if !has("strace") {
        return;
    }
    let folder = Folder::new();
    folder.ok(&["add", "term", "Before"]);
    let counts = counts(&folder, &["add", "term", "Counted"]);
    let mut kills = 0;
    for call in CALLS {
        let total = counts.get(call).copied().unwrap_or(0);
        for n in 1..=total {
            let inject = format!("--inject={call}:signal=KILL:when={n}");
            let ended = strace(
                &folder,
                &["-o", "trace.txt", &inject],
                &["add", "term", &format!("At {call} {n}")],
            );
            kills += usize::from(!ended.status.success());
            let acknowledged: Vec<String> = String::from_utf8_lossy(&ended.stdout)
                .lines()
                .map(str::to_owned)
                .collect();
            sound(&folder, &acknowledged);
        }
    }
    assert!(kills > 20, "{kills} kills");
}

#[test]
fn a_call_that_fails_is_said_and_changes_nothing() {
    if !has("strace") {
        return;
    }
    let folder = Folder::new();
    folder.ok(&["add", "term", "Before"]);
    let before = folder.everything();
    let counts = counts(&folder, &["add", "term", "Counted"]);
    folder.ok(&["undo"]);
    let mut tried = 0;
    for (call, fault) in [
        ("pwrite64", "ENOSPC"),
        ("pwrite64", "EIO"),
        ("fsync", "EIO"),
        ("openat", "EMFILE"),
        ("ftruncate", "EIO"),
        ("unlink", "EIO"),
        ("write", "EIO"),
    ] {
        let total = counts.get(call).copied().unwrap_or(0);
        for when in (1..=total).flat_map(|n| [n.to_string(), format!("{n}+")]) {
            tried += 1;
            let inject = format!("--inject={call}:error={fault}:when={when}");
            let ended = strace(
                &folder,
                &["-o", "trace.txt", &inject],
                &["add", "term", "Added"],
            );
            let (out, said) = (
                String::from_utf8_lossy(&ended.stdout).into_owned(),
                String::from_utf8_lossy(&ended.stderr).into_owned(),
            );
            if ended.status.success() {
                assert_eq!(out, "term/added\n");
                sound(&folder, &["term/added".to_owned()]);
                folder.ok(&["undo"]);
            } else {
                // After a fault past the commit, such as a failed last sync, the whole entry exists,
                // and the exit code says so.
                assert!(
                    matches!(ended.status.code(), Some(2..=4)),
                    "{call} {fault} {when}: {:?} {said}",
                    ended.status
                );
                // A `write` that always fails leaves no way to say so.
                assert!(
                    said.contains("error: ") || call == "write",
                    "{call} {fault} {when}: {said}"
                );
                sound(&folder, &[]);
                let was_made = folder.run(&["show", "term/added"]).code == Some(0);
                assert_eq!(
                    was_made,
                    ended.status.code() == Some(3),
                    "{call} {fault} {when}: {:?} {said}",
                    ended.status
                );
                if was_made {
                    folder.ok(&["undo"]);
                }
            }
            assert_eq!(folder.everything(), before, "{call} {fault} {when}");
        }
    }
    assert!(tried > 50, "{tried} faults");
}

#[test]
fn a_folder_export_that_fails_in_the_middle_says_the_truth() {
    if !has("strace") {
        return;
    }
    let folder = Folder::new();
    for n in 0..4 {
        folder.ok(&["add", "term", &format!("Term {n}"), &"word ".repeat(50)]);
    }
    let words = ["export", "notes/", "--format", "obsidian"];
    let notes = || {
        ["0", "1", "2", "3"]
            .iter()
            .filter(|n| folder.file(&format!("notes/term/term-{n}.md")).exists())
            .count()
    };
    let counts = counts(&folder, &words);
    let (mut tried, mut in_part) = (0, 0);
    for (call, fault) in [
        ("write", "ENOSPC"),
        ("openat", "EMFILE"),
        ("mkdir", "EACCES"),
        ("rename", "EIO"),
        ("syncfs", "EIO"),
        ("fsync", "EIO"),
        ("pwrite64", "ENOSPC"),
    ] {
        for when in 1..=counts.get(call).copied().unwrap_or(0) {
            std::fs::remove_dir_all(folder.file("notes")).unwrap();
            folder.ok(&["document", "forget", "notes/"]);
            tried += 1;
            let inject = format!("--inject={call}:error={fault}:when={when}");
            let ended = strace(&folder, &["-o", "trace.txt", &inject], &words);
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            let fault = format!("{call} {fault} {when}: {:?} {said}", ended.status);
            match ended.status.code() {
                Some(0) => assert_eq!(notes(), 4, "{fault}"),
                // Nothing was written.
                Some(2 | 4) => assert_eq!(notes(), 0, "{fault}"),
                Some(3) => in_part += 1,
                _ => panic!("{fault}"),
            }
            assert!(
                ended.status.success() || said.contains("error: "),
                "{fault}"
            );
            // The next run writes everything and leaves no temporary file.
            folder.ok(&[&words[..], &["--force"]].concat());
            assert_eq!(notes(), 4, "{fault}");
            let names = std::fs::read_dir(folder.file("notes")).unwrap();
            assert_eq!(names.count(), 1, "{fault}");
        }
    }
    assert!(
        tried > 20 && in_part > 0,
        "{tried} faults, {in_part} in part"
    );
}

/// Replaces the notebook by one of schema 1, which holds the example page and one term.
/// `tests/notebooks` has one file for each older schema.
fn older(folder: &Folder) {
    std::fs::create_dir_all(folder.file(".kb")).unwrap();
    for name in ["notebook.db", "notebook.db-journal", "notebook.schema-1.db"] {
        let _ = std::fs::remove_file(folder.file(".kb").join(name));
    }
    std::fs::write(folder.notebook(), include_bytes!("notebooks/schema-1.db")).unwrap();
}

#[test]
fn an_older_notebook_is_backed_up_and_brought_up_to_date_and_survives_a_kill_in_the_middle() {
    let folder = Folder::bare();
    older(&folder);
    let before = std::fs::read(folder.notebook()).unwrap();
    let refs = folder.ok(&["list", "--tsv", "ref"]);
    assert!(
        refs.lines().count() > 15 && refs.contains("term/variational-auto-encoder"),
        "{refs}"
    );
    assert_eq!(
        folder.ok(&["search", "vae", "--limit", "1", "--tsv", "ref"]),
        "term/variational-auto-encoder\n"
    );
    folder.ok(&["add", "--help"]);
    folder.ok(&["sql", "select count(*) from terms"]);
    folder.ok(&["doctor"]);
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(folder.file(".kb"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["notebook.db"]);
    assert!(
        std::fs::read(folder.notebook()).unwrap() == before,
        "a command that reads leaves an old file as it is"
    );
    assert_eq!(folder.ok(&["add", "term", "First"]), "term/first\n");
    assert!(
        std::fs::read(folder.file(".kb/notebook.schema-1.db")).unwrap() == before,
        "a copy of the old file is kept"
    );
    sound(&folder, &["term/first".to_owned()]);
    folder.ok(&["export", "page.md"]);
    assert_eq!(
        folder.read("page.md").matches("\n- ").count(),
        include_str!("../data/example/notebook.md")
            .matches("\n- ")
            .count()
            + 2,
        "the two terms are added to the page"
    );
    if !has("strace") {
        return;
    }
    older(&folder);
    let total = counts(&folder, &["add", "term", "Migrated"])["pwrite64"];
    assert!(total > 20, "{total} writes");
    for n in (1..=total).step_by(7) {
        older(&folder);
        let inject = format!("--inject=pwrite64:signal=KILL:when={n}");
        strace(
            &folder,
            &["-o", "trace.txt", &inject],
            &["add", "term", "Killed"],
        );
        // The file has the old or the new schema, never a mixture: the next command succeeds.
        assert!(
            folder
                .ok(&["search", "sparse", "--tsv", "ref"])
                .contains("term/sparse-autoencoder")
        );
        folder.ok(&["add", "term", "Next"]);
        sound(&folder, &["term/next".to_owned()]);
    }
}

/// One recorded change or sync of a file, or a line on standard output that acknowledges an entry.
#[derive(Debug, Clone)]
enum Event {
    Create(String),
    Write(String, usize, Vec<u8>),
    Truncate(String, usize),
    Unlink(String),
    Sync(String),
    SyncFolder,
    Acknowledge(String),
}

/// Parses the output of `strace -xx` (all strings in hex) into events on the files of the
/// notebook's folder.
fn events(trace: &str, folder: &Path) -> Vec<Event> {
    let mut open: BTreeMap<String, String> = BTreeMap::new();
    let mut events = Vec::new();
    let own = folder.join(".kb").to_string_lossy().into_owned();
    let text = |hex: &str| String::from_utf8_lossy(&bytes(hex)).into_owned();
    for line in trace.lines() {
        let call = line.split_once(' ').map_or(line, |(pid, rest)| {
            if pid.bytes().all(|b| b.is_ascii_digit()) {
                rest.trim_start()
            } else {
                line
            }
        });
        let Some((name, rest)) = call.split_once('(') else {
            continue;
        };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            continue;
        };
        if result.starts_with('-') {
            continue;
        }
        let strings: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
        let file = |number: &str| open.get(number).cloned();
        let first = arguments
            .split(',')
            .next()
            .unwrap_or("")
            .trim()
            .trim_end_matches(')')
            .to_owned();
        match name {
            "openat" => {
                let path = text(strings[0]);
                if path.starts_with(&own) {
                    let existed = open.values().any(|known| *known == path)
                        || events
                            .iter()
                            .any(|event| matches!(event, Event::Create(known) if *known == path));
                    if arguments.contains("O_CREAT") && !existed {
                        events.push(Event::Create(path.clone()));
                    }
                    open.insert(result.trim().to_owned(), path);
                }
            }
            "close" => drop(open.remove(&first)),
            "pwrite64" => {
                if let Some(path) = file(&first) {
                    let offset: usize = arguments
                        .rsplit(',')
                        .next()
                        .unwrap()
                        .trim()
                        .trim_end_matches(')')
                        .parse()
                        .unwrap();
                    events.push(Event::Write(path, offset, bytes(strings[0])));
                }
            }
            "ftruncate" => {
                if let Some(path) = file(&first) {
                    events.push(Event::Truncate(
                        path,
                        arguments
                            .rsplit(',')
                            .next()
                            .unwrap()
                            .trim()
                            .trim_end_matches(')')
                            .parse()
                            .unwrap(),
                    ));
                }
            }
            "unlink" => events.push(Event::Unlink(text(strings[0]))),
            "fsync" | "fdatasync" => match file(&first) {
                Some(path) if path == own => events.push(Event::SyncFolder),
                Some(path) => events.push(Event::Sync(path)),
                None => {}
            },
            "write" if first == "1" => {
                events.push(Event::Acknowledge(text(strings[0]).trim().to_owned()))
            }
            _ => {}
        }
    }
    events
}

/// Decodes the `\xNN` escapes of a string.
fn bytes(hex: &str) -> Vec<u8> {
    hex.split("\\x")
        .skip(1)
        .map(|byte| u8::from_str_radix(&byte[..2], 16).unwrap())
        .collect()
}

/// The files after a power cut: all synced changes, and a random selection of the later ones.
fn after_crash(
    start: &BTreeMap<String, Vec<u8>>,
    events: &[Event],
    dice: &mut Dice,
) -> BTreeMap<String, Vec<u8>> {
    let mut durable = start.clone();
    // Changes that no sync has made durable yet, in order.
    let mut waiting: Vec<Event> = Vec::new();
    let apply = |files: &mut BTreeMap<String, Vec<u8>>, event: &Event| match event {
        Event::Create(path) => drop(files.entry(path.clone()).or_default()),
        Event::Write(path, offset, data) => {
            if let Some(file) = files.get_mut(path) {
                file.resize(file.len().max(offset + data.len()), 0);
                file[*offset..offset + data.len()].copy_from_slice(data);
            }
        }
        Event::Truncate(path, length) => {
            if let Some(file) = files.get_mut(path) {
                file.resize(*length, 0);
            }
        }
        Event::Unlink(path) => drop(files.remove(path)),
        _ => {}
    };
    for event in events {
        match event {
            Event::Sync(path) => {
                // A sync of a file makes its contents durable and, on common file systems, its
                // name.
                let (now, later): (Vec<Event>, Vec<Event>) =
                    waiting.into_iter().partition(|event| match event {
                        Event::Create(other)
                        | Event::Write(other, ..)
                        | Event::Truncate(other, _) => other == path,
                        _ => false,
                    });
                now.iter().for_each(|event| apply(&mut durable, event));
                waiting = later;
            }
            Event::SyncFolder => {
                let (now, later): (Vec<Event>, Vec<Event>) = waiting
                    .into_iter()
                    .partition(|event| matches!(event, Event::Create(_) | Event::Unlink(_)));
                now.iter().for_each(|event| apply(&mut durable, event));
                waiting = later;
            }
            Event::Acknowledge(_) => {}
            other => waiting.push(other.clone()),
        }
    }
    for event in &waiting {
        if dice.next(2) == 0 {
            // A power cut may tear a write at a sector boundary.
            match event {
                Event::Write(path, offset, data) if data.len() > 512 && dice.next(4) == 0 => {
                    let part = 512 * (1 + dice.next(data.len() / 512));
                    apply(
                        &mut durable,
                        &Event::Write(path.clone(), *offset, data[..part.min(data.len())].to_vec()),
                    );
                }
                other => apply(&mut durable, other),
            }
        }
    }
    durable
}

/// Records four `kb add` commands, lets `tamper` edit the recording, and simulates `states` power
/// cuts. Returns the number of simulated power cuts, and of those that lost an acknowledged entry
/// or damaged the file.
fn replay(states: usize, tamper: impl Fn(&mut Vec<Event>)) -> (usize, usize) {
    let folder = Folder::new();
    for n in 0..3 {
        folder.ok(&["add", "term", &format!("Start {n}"), "before the recording"]);
    }
    let start = BTreeMap::from([(
        folder.notebook().to_string_lossy().into_owned(),
        std::fs::read(folder.notebook()).unwrap(),
    )]);
    let mut recorded = Vec::new();
    for n in 0..4 {
        let body = "some text ".repeat(200 * n + 1);
        let ended = strace(
            &folder,
            &[
                "-xx",
                "-s",
                "1000000",
                "-e",
                "trace=openat,close,pwrite64,ftruncate,unlink,fsync,fdatasync,write",
                "-o",
                "trace.txt",
            ],
            &["add", "term", &format!("Recorded {n}"), &body],
        );
        assert!(ended.status.success());
        recorded.extend(events(&folder.read("trace.txt"), folder.path()));
    }
    tamper(&mut recorded);
    assert!(
        recorded
            .iter()
            .filter(|event| matches!(event, Event::Write(..)))
            .count()
            > 20,
        "writes were recorded"
    );
    let mut dice = Dice(11);
    let (mut tried, mut bad) = (0, 0);
    while tried < states {
        let cut = 1 + dice.next(recorded.len());
        let files = after_crash(&start, &recorded[..cut], &mut dice);
        let crashed = Folder::bare();
        crashed.is_damaged();
        std::fs::create_dir(crashed.file(".kb")).unwrap();
        for (path, contents) in &files {
            std::fs::write(
                crashed
                    .file(".kb")
                    .join(PathBuf::from(path).file_name().unwrap()),
                contents,
            )
            .unwrap();
        }
        let acknowledged = recorded[..cut].iter().filter_map(|event| {
            if let Event::Acknowledge(reference) = event {
                Some(reference.clone())
            } else {
                None
            }
        });
        let there = crashed.run(&["list", "--tsv", "ref"]);
        let lost = acknowledged
            .into_iter()
            .any(|reference| !there.out.lines().any(|line| line == reference));
        let damaged = crashed.run(&["doctor"]).code != Some(0);
        bad += usize::from(lost || damaged);
        tried += 1;
    }
    (tried, bad)
}

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged_and_without_syncs_they_do() {
    if !has("strace") {
        return;
    }
    let (tried, bad) = replay(trials(300, 20_000), |_| {});
    assert_eq!(bad, 0, "of {tried} crash states");
    // Negative control: the same writes without any sync must lose entries.
    let (tried, bad) = replay(60, |events| {
        events.retain(|event| !matches!(event, Event::Sync(_) | Event::SyncFolder))
    });
    assert!(
        bad > tried / 4,
        "only {bad} of {tried} states without syncs were bad: the simulation detects nothing"
    );
}

#[test]
fn an_add_reads_as_many_pages_of_a_big_notebook_as_of_a_small_one() {
    if !has("strace") {
        return;
    }
    let reads = |entries: usize| {
        let folder = Folder::new();
        let lines: String =
            (0..entries).map(|n| format!("{{\"kind\":\"term\",\"title\":\"Term {n}\",\"body\":\"some words\",\"aliases\":[\"a{n}\"]}}\n")).collect();
        folder.write("e.jsonl", lines);
        folder.ok(&["import", "e.jsonl"]);
        folder.ok(&["add", "term", "Same"]);
        let ended = strace(
            &folder,
            &["-e", "trace=pread64", "-o", "trace.txt"],
            &["add", "term", "Same", "See [[term-1]] and [[nothing]]."],
        );
        assert!(ended.status.success());
        folder.read("trace.txt").lines().count()
    };
    let (small, big) = (reads(50), reads(5_000));
    assert!(
        big < small + 60,
        "{small} reads at 50 entries, {big} at 5,000"
    );
}

#[test]
fn an_add_syncs_at_most_five_times() {
    if !has("strace") {
        return;
    }
    let folder = Folder::new();
    folder.ok(&["add", "term", "Before"]);
    let ended = strace(
        &folder,
        &["-e", "trace=fsync,fdatasync", "-o", "trace.txt"],
        &["add", "term", "Synced"],
    );
    assert!(ended.status.success());
    let syncs = folder
        .read("trace.txt")
        .lines()
        .filter(|line| line.contains("sync("))
        .count();
    assert!((3..=5).contains(&syncs), "{syncs} syncs");
}

#[test]
fn pages_of_publications_that_were_killed_twice_are_still_known() {
    if !has("strace") {
        return;
    }
    for killed in 3..9 {
        let folder = Folder::new();
        folder.ok(&["add", "term", "Alpha", "first"]);
        folder.ok(&["add", "term", "Beta", "first"]);
        folder.ok(&["publish", "site/"]);
        // The second one has just begun.
        for (text, killed) in [("second", killed), ("third", 2)] {
            folder.ok(&[
                "set",
                &format!("body={text}"),
                "where",
                "kind:term",
                "--yes",
            ]);
            let inject = format!("--inject=rename,renameat,renameat2:signal=KILL:when={killed}");
            let ended = strace(
                &folder,
                &["-f", "-o", "trace.txt", &inject],
                &["publish", "site/"],
            );
            assert!(!ended.status.success(), "{killed}");
        }
        // No page counts as edited by hand, which would leave a private one there.
        folder.ok(&["set", "alpha", "private=yes"]);
        let said = folder.run(&["publish", "site/"]);
        assert_eq!(said.code, Some(0), "{killed}: {}", said.err);
        assert!(!said.err.contains("by hand"), "{killed}: {}", said.err);
        assert!(
            !folder.file("site/term/alpha/index.html").exists(),
            "{killed}"
        );
        assert!(folder.read("site/term/beta/index.html").contains("third"));
    }
}
