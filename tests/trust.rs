//! What a command refuses so that nothing is lost: owned fields, near refs, empty filters, broken
//! lines, hidden files, a closed standard error.

use std::process::Stdio;

use crate::support::Folder;

#[test]
fn fields_that_kb_owns_cannot_be_set() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    for field in [
        "uid=abc",
        "kind=nonsense",
        "former=x",
        "updated=2020-01-01T00:00:00Z",
    ] {
        let before = folder.everything();
        let error = folder.fails(2, &["set", "alpha", field]);
        assert!(error.contains(field.split('=').next().unwrap()), "{error}");
        assert_eq!(folder.everything(), before);
    }
}

#[test]
fn a_command_that_removes_takes_whole_refs() {
    let folder = Folder::new();
    for title in ["Alpha", "Alpha", "Foobar", "Sparse coding (SC)"] {
        folder.ok(&["add", "term", title, "-q"]);
    }
    folder.ok(&["remove", "term/alpha"]);
    let error = folder.fails(1, &["remove", "term/alpha"]);
    assert!(error.contains("did you mean `term/alpha-2`"), "{error}");
    let error = folder.fails(1, &["remove", "foo"]);
    assert!(error.contains("did you mean `term/foobar`"), "{error}");
    folder.ok(&["remove", "SC"]);
    folder.ok(&["remove", "Foobar"]);
    assert_eq!(folder.ok(&["list", "--tsv", "slug"]), "alpha-2\n");
}

#[test]
fn a_merge_takes_whole_refs() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alphabet"]);
    folder.ok(&["add", "term", "Beta"]);
    let err = folder.fails(1, &["merge", "term/beta", "alpha"]);
    assert!(err.contains("term/alphabet"), "{err}");
    folder.ok(&["merge", "beta", "Alphabet"]);
}

#[test]
fn a_filter_that_says_nothing_changes_nothing() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    for filter in ["", " ", "()", "AND", "\"", "\"\"", "(())"] {
        for words in [
            &["remove", "--yes", "where"][..],
            &["set", "tags=x", "--yes", "where"],
        ] {
            let words = [words, &[filter]].concat();
            let given = folder.run(&words);
            assert_eq!(given.code, Some(2), "{words:?}\n{}{}", given.out, given.err);
        }
    }
    assert_eq!(folder.ok(&["list", "--tsv", "slug,tags"]), "alpha\t\n");
    folder.ok(&["set", "tags=x", "--all", "--yes", "where", ""]);
    assert_eq!(folder.ok(&["list", "--tsv", "slug,tags"]), "alpha\tx\n");
}

#[test]
fn a_broken_first_line_of_json_costs_one_line() {
    let folder = Folder::new();
    for (name, first) in [
        ("cut.jsonl", "{\"kind\":\"term\",\"title\":\"A"),
        ("odd.jsonl", "{\"kind\":\"term\" \"title\":\"A\"}"),
    ] {
        folder.write(name, format!("{first}\n{{\"kind\":\"term\",\"title\":\"{name} B\"}}\n{{\"kind\":\"term\",\"title\":\"{name} C\"}}\n"));
        let given = folder.run(&["import", name]);
        assert_eq!(given.code, Some(3), "{}", given.err);
        assert!(given.err.contains(&format!("{name}:1:")), "{}", given.err);
        assert!(given.err.contains("2 entries added"), "{}", given.err);
    }
    // One value over several lines is still one value.
    folder.write(
        "whole.json",
        "{\n  \"kind\": \"term\",\n  \"title\": \"Whole\"\n}\n",
    );
    folder.ok(&["import", "whole.json"]);
}

#[test]
fn a_second_entry_of_one_name_is_named_and_the_user_decides() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Variational auto-encoder (VAE)", "one"]);
    let given = folder.run(&["add", "term", "VAE"]);
    assert_eq!(given.code, Some(0));
    assert!(
        given
            .err
            .contains("`term/variational-auto-encoder` has the same name"),
        "{}",
        given.err
    );
    assert_eq!(
        folder.ok(&["add", "term", "VAE", "--on-duplicate", "skip"]),
        "term/variational-auto-encoder\n"
    );
    assert_eq!(
        folder
            .ok(&["list", "terms", "--tsv", "slug"])
            .lines()
            .count(),
        2
    );
    assert_eq!(
        folder
            .run(&["add", "term", "VAE", "--on-duplicate", "add"])
            .err,
        ""
    );
}

#[test]
fn attachments_and_slugs_of_others_write_nothing_hidden_or_outside() {
    let folder = Folder::new();
    for path in [
        ".git/config",
        "a/.hidden",
        "../up.md",
        "/etc/x",
        "con",
        "a/NUL.txt",
        "com1.md",
    ] {
        folder.write("e.jsonl", format!("{{\"kind\":\"term\",\"title\":\"T\",\"slug\":\"t\",\"file\":{{\"path\":\"{path}\",\"root\":\"v\"}}}}\n"));
        folder.run(&["import", "e.jsonl", "-q"]);
        let given = folder.run(&["export", "out/", "--force"]);
        assert!(
            !folder.file("out/.git").exists() && !folder.file("up.md").exists(),
            "{}",
            given.err
        );
        assert!(
            !folder.file("out/a").exists() && !folder.file("out/con").exists(),
            "{path}"
        );
    }
}

#[test]
fn a_closed_standard_error_is_no_crash() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    for (words, code) in [
        (&["show", "nothing"][..], 1),
        (&["add", "term", "Alpha"], 0),
        (&["frob"], 2),
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let Ok(full) = full else { return };
        let status = folder
            .command(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(full)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{words:?}");
    }
}

#[test]
fn a_notebook_in_a_repository_is_ignored_by_git() {
    let folder = Folder::new();
    assert_eq!(folder.read(".kb/.gitignore"), "*\n");
}

#[test]
fn a_trigger_of_somebody_else_never_runs() {
    let folder = Folder::new();
    folder.ok(&["add", "meeting", "Meeting with A"]);
    folder.ok(&["add", "term", "Alpha"]);
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute_batch(
        "CREATE TRIGGER evil AFTER UPDATE ON entry BEGIN DELETE FROM entry WHERE kind = 'meeting'; END",
    )
    .unwrap();
    drop(db);
    let error = folder.fails(4, &["set", "alpha", "body=x"]);
    assert!(
        error.contains("`evil`") || error.contains("evil"),
        "{error}"
    );
    assert!(folder.run(&["doctor"]).out.contains("trigger `evil`"));
    assert_eq!(folder.ok(&["list", "--tsv", "slug"]).lines().count(), 2);
    folder.ok(&["doctor", "--fix"]);
    assert!(
        folder
            .read(".kb/notebook.triggers.sql")
            .contains("DELETE FROM entry")
    );
    folder.ok(&["set", "alpha", "body=x"]);
    assert_eq!(folder.ok(&["list", "--tsv", "slug"]).lines().count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_change_that_could_not_be_printed_is_done_in_part() {
    let folder = Folder::new();
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let mut add = folder.command(&["add", "term", "Foo"]);
    let given = crate::support::given(&add.stdout(full()).output().unwrap());
    assert_eq!(given.code, Some(3), "{}", given.err);
    assert!(given.err.contains("the change was made"), "{}", given.err);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), "term/foo\n");
    // A command that changes nothing was simply not done.
    let mut list = folder.command(&["list"]);
    let given = crate::support::given(&list.stdout(full()).output().unwrap());
    assert_eq!(given.code, Some(2), "{}", given.err);
}

#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_an_error_and_changes_nothing() {
    let folder = Folder::new();
    for n in 0..60 {
        folder.ok(&["add", "term", &format!("Term {n}"), &"word ".repeat(200)]);
    }
    let before = folder.everything();
    let limited = |words: &str, blocks: usize| {
        let mut shell = std::process::Command::new("sh");
        crate::support::clean(&mut shell, folder.path());
        let script = format!(
            "ulimit -f {blocks}; exec {} {words}",
            env!("CARGO_BIN_EXE_kb")
        );
        crate::support::given(
            &shell
                .args(["-c", &script])
                .current_dir(folder.path())
                .output()
                .unwrap(),
        )
    };
    folder.write("long.txt", "more text ".repeat(30_000));
    for words in [
        "add term Long - < long.txt",
        "export all.jsonl",
        "backup copy.db",
    ] {
        let given = limited(words, 16);
        assert!(matches!(given.code, Some(2 | 4)), "{words}: {given:?}");
        assert!(given.err.starts_with("error: "), "{words}: {}", given.err);
    }
    assert_eq!(folder.everything(), before);
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".kb", "long.txt"]);
}

#[test]
fn what_a_killed_command_leaves_behind_is_named_and_removed_by_the_next() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    for name in [".kb/.kb-new-abc.db", ".kb-new-def"] {
        folder.write(name, "half a file");
    }
    std::fs::create_dir_all(folder.file("notes/.kb-new-ghi")).unwrap();
    folder.write("notes/.kb-new-ghi/0", "half a note");
    folder.ok(&["export", "all.jsonl"]);
    assert!(!folder.file(".kb-new-def").exists());
    let said = folder.ok(&["doctor"]);
    assert!(said.contains(".kb-new-abc.db` was left behind"), "{said}");
    folder.ok(&["export", "notes/", "--format", "obsidian"]);
    assert!(!folder.file("notes/.kb-new-ghi").exists());
    folder.ok(&["backup", ".kb/copy.db"]);
    assert!(!folder.file(".kb/.kb-new-abc.db").exists());
}

#[test]
fn invalid_settings_are_refused() {
    let folder = Folder::new();
    for (name, value) in [
        ("KB_LIMIT", "many"),
        ("KB_LIMIT", "0"),
        ("KB_COLOR", "sometimes"),
        ("KB_NOW", "yesterday"),
        ("KB_DOI_RESOLVER", "ftp://example.org"),
        ("KB_PAGER", "less '"),
    ] {
        let mut list = folder.command(&["list"]);
        let given = crate::support::given(&list.env(name, value).output().unwrap());
        assert_eq!(given.code, Some(2), "{name}={value}: {}", given.err);
        assert!(given.err.contains(name), "{}", given.err);
    }
    folder.fails(2, &["config", "limit", "many"]);
    folder.ok(&["config", "limit", "3"]);
    let config = folder.file("home/.config/kb");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "limit = 0\n").unwrap();
    assert!(folder.fails(2, &["list"]).contains("config.toml"));
    std::fs::remove_file(config.join("config.toml")).unwrap();
}

#[cfg(unix)]
#[test]
fn a_sync_that_cannot_write_leaves_the_file_as_it_was() {
    let items: String = (0..600)
        .map(|n| format!("- T{n}: some text number {n}\n"))
        .collect();
    let records: String = (0..600)
        .map(|n| format!("@misc{{k{n},\n  title = {{Title {n}}},\n}}\n% {n}\n"))
        .collect();
    for (file, text, words) in [
        (
            "a.md",
            format!("# N\n\n## Terms\n\n{items}\nprose\n"),
            ["set", "t5", "body=changed"],
        ),
        ("a.bib", records, ["set", "k5", "year=2001"]),
    ] {
        let folder = Folder::new();
        folder.write(file, &text);
        folder.ok(&["import", file]);
        folder.ok(&words);
        let mut shell = std::process::Command::new("sh");
        crate::support::clean(&mut shell, folder.path());
        let line = format!(
            "ulimit -f {}; exec {} sync",
            text.len() / 1024 / 2,
            env!("CARGO_BIN_EXE_kb")
        );
        shell.args(["-c", &line]).current_dir(folder.path());
        let ended = crate::support::given(&shell.output().unwrap());
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert_eq!(folder.read(file), text, "{}", ended.err);
        folder.ok(&["sync"]);
        assert!(folder.read(file).len() > text.len() - 20);
    }
}
