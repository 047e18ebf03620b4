//! Notebooks that another program or another person changed: what kb refuses to read or to run, what
//! it names, and what it rebuilds.

use crate::support::{Dice, Folder, trials};

/// Opens the notebook with SQLite, as another program does.
fn sqlite(folder: &Folder) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    // kb creates its full-text tables in a connection without defensive mode.
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
        .unwrap();
    db
}

#[test]
fn a_view_in_place_of_a_table_is_never_read() {
    for table in ["entry", "term", "setting", "kind"] {
        let folder = Folder::new();
        folder.ok(&["add", "term", "Alpha"]);
        folder.is_damaged();
        sqlite(&folder)
            .execute_batch(&format!(
                "PRAGMA legacy_alter_table = ON; ALTER TABLE {table} RENAME TO hidden;
                 CREATE VIEW {table} AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n"
            ))
            .unwrap();
        for words in [
            &["list"][..],
            &["search", "alpha"],
            &["add", "term", "Beta"],
            &["doctor"],
        ] {
            let err = folder.fails(4, words);
            assert!(
                err.contains(&format!("views in place of its tables: {table}")),
                "{err}"
            );
        }
        assert!(
            folder
                .run(&["doctor"])
                .out
                .contains(&format!("did not make the view `{table}`"))
        );
        folder.run(&["doctor", "--fix"]);
        assert!(
            folder
                .read(".kb/notebook.views.sql")
                .contains("WITH RECURSIVE")
        );
        assert!(
            !folder
                .run(&["doctor"])
                .out
                .contains("did not make the view")
        );
    }
}

#[test]
fn tables_and_views_of_somebody_else_are_named_and_left_alone() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Alpha", "--year", "2020"]);
    sqlite(&folder)
        .execute_batch(
            "CREATE TABLE mine (x); CREATE VIEW own AS SELECT title FROM papers; CREATE INDEX fast ON entry (title); INSERT INTO mine VALUES (7)",
        )
        .unwrap();
    let said = folder.ok(&["doctor"]);
    for object in ["table `mine`", "view `own`", "index `fast`"] {
        assert!(
            said.contains(&format!("kb did not make the {object}; it is left alone")),
            "{said}"
        );
    }
    folder.write(
        "paper.toml",
        folder
            .ok(&["kind", "show", "paper"])
            .replace("plural = \"papers\"", "plural = \"texts\""),
    );
    folder.ok(&["kind", "edit", "paper", "paper.toml"]);
    folder.ok(&["doctor", "--fix"]);
    assert_eq!(folder.ok(&["sql", "select x from mine"]), "7\n");
    assert_eq!(folder.ok(&["sql", "select title from texts"]), "Alpha\n");
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["sql", "select title from own"]), "Alpha\n");
}

#[test]
fn a_trigger_with_a_name_of_kb_and_other_sql_never_runs() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    sqlite(&folder)
        .execute_batch(
            "DROP TRIGGER stale_on_update; CREATE TRIGGER stale_on_update AFTER UPDATE ON entry BEGIN UPDATE setting SET value = 'x'; END",
        )
        .unwrap();
    let err = folder.fails(4, &["set", "term/alpha", "body=x"]);
    assert!(
        err.contains("triggers that kb did not make: stale_on_update"),
        "{err}"
    );
    folder.ok(&["doctor", "--fix"]);
    folder.ok(&["set", "term/alpha", "body=x"]);
}

#[test]
#[cfg(unix)]
fn a_notebook_of_another_user_is_used_only_by_name() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    // Only root can give a file away.
    if std::os::unix::fs::chown(folder.notebook(), Some(12_345), None).is_err() {
        crate::support::loudly("SKIPPED: only root can give a file to another user");
        return;
    }
    for words in [
        &["list"][..],
        &["add", "term", "Beta"],
        &["doctor"],
        &["search", "alpha"],
    ] {
        let err = folder.fails(4, words);
        assert!(err.contains("belongs to another user"), "{err}");
    }
    let path = folder.notebook().display().to_string();
    assert_eq!(
        folder.ok(&["list", "--notebook", &path, "--tsv", "ref"]),
        "term/alpha\n"
    );
    std::os::unix::fs::chown(folder.notebook(), Some(0), None).unwrap();
}

#[test]
fn a_query_of_large_values_is_stopped() {
    let folder = Folder::new();
    let err = folder.fails(
        2,
        &["sql", "with recursive n(i) as (select 1 union all select i + 1 from n) select zeroblob(10000000) from n"],
    );
    assert!(err.contains("was stopped"), "{err}");
    folder.fails(2, &["sql", "select zeroblob(60000000)"]);
}

#[test]
fn everything_that_is_derived_can_be_rebuilt() {
    for damage in [
        "DELETE FROM search_data",
        "DELETE FROM search_idx",
        "DELETE FROM search_docsize",
        "DELETE FROM search_config",
        "UPDATE search_data SET block = x'00'",
        "DROP TABLE search",
        "DROP TABLE search_data",
        "DROP TABLE search_config",
        "DELETE FROM _length",
        "DELETE FROM _vector",
        "UPDATE _vector SET vectors = x'01'",
        "DELETE FROM _word",
        "DELETE FROM _name",
        "DELETE FROM _state",
        "DELETE FROM topic",
        "DELETE FROM tag",
        "UPDATE tag SET fold = 'other'",
        "DELETE FROM alias",
        "DELETE FROM link",
        "UPDATE link SET target = NULL",
        "DROP VIEW papers",
        "DROP TRIGGER search_on_update",
        "DROP TRIGGER stale_on_insert",
    ] {
        let folder = Folder::new();
        folder.ok(&[
            "add",
            "term",
            "Alpha",
            "see [[beta]]",
            "--tag",
            "one",
            "--topic",
            "ML",
            "--alias",
            "First",
        ]);
        folder.ok(&["add", "term", "Beta", "more"]);
        let show = |folder: &Folder| {
            let mut all = folder.ok(&["list", "tag:one", "topic:ml", "--tsv", "ref"]);
            all.push_str(&folder.ok(&["search", "first", "--tsv", "ref"]));
            all.push_str(&folder.ok(&["search", "more", "--tsv", "ref"]));
            all.push_str(&folder.ok(&["show", "beta"]));
            all.push_str(&folder.ok(&["sql", "select count(*) from papers"]));
            all
        };
        let before = show(&folder);
        sqlite(&folder)
            .execute_batch(damage)
            .unwrap_or_else(|e| panic!("{damage}: {e}"));
        folder.ok(&["doctor", "--fix"]);
        folder.ok(&["doctor"]);
        assert_eq!(show(&folder), before, "{damage}");
        folder.ok(&["add", "term", "Gamma"]);
    }
}

#[test]
fn filters_follow_what_the_sqlite_shell_changed() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha", "--tag", "old"]);
    sqlite(&folder)
        .execute_batch("UPDATE entry SET tags = 'new', topics = 'ML/Vision'")
        .unwrap();
    assert_eq!(
        folder.ok(&["list", "tag:new", "--tsv", "ref"]),
        "term/alpha\n"
    );
    assert_eq!(
        folder.ok(&["list", "topic:ml", "--tsv", "ref"]),
        "term/alpha\n"
    );
    assert_eq!(folder.ok(&["list", "tag:old", "--tsv", "ref"]), "");
    let said = folder.run(&["doctor"]);
    assert!(
        said.out.contains("`term/alpha` was changed outside kb"),
        "{}",
        said.out
    );
    sqlite(&folder).execute_batch("DELETE FROM term").unwrap();
    assert!(folder.run(&["doctor"]).out.contains("term/alpha"));
    folder.is_damaged();
}

#[test]
fn a_former_definition_of_a_built_in_kind_and_an_edited_one_are_sound() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Alpha"]);
    let former = |from: &str, to: &str| {
        sqlite(&folder)
            .execute(
                "UPDATE kind SET definition = replace(definition, ?1, ?2) WHERE name = 'paper'",
                [from, to],
            )
            .unwrap();
    };
    former(
        "order = [\"position\", \"created\"]",
        "order = [\"created\"]",
    );
    folder.ok(&["doctor"]);
    former("order = [\"created\"]", "order = [\"title\"]");
    assert!(
        folder
            .run(&["doctor"])
            .out
            .contains("kind `paper`: the definition was changed outside kb")
    );
    former("order = [\"title\"]", "order = [\"created\"]");
    folder.write(
        "paper.toml",
        folder
            .ok(&["kind", "show", "paper"])
            .replace("order = [\"created\"]", "order = [\"title\"]"),
    );
    folder.ok(&["kind", "edit", "paper", "paper.toml"]);
    folder.ok(&["doctor"]);
}

#[test]
fn checks_of_the_file_refuse_what_is_no_value() {
    let folder = Folder::new();
    folder.ok(&[
        "add", "paper", "Alpha", "--author", "A, B", "--year", "2020",
    ]);
    let db = sqlite(&folder);
    for sql in [
        "UPDATE paper SET period_from = '2020-13-45'",
        "UPDATE paper SET period_from = '2020-02-30'",
        "UPDATE paper SET period_from = 'x'",
        "UPDATE paper SET authors = '[1,{}]'",
        "UPDATE paper SET authors = '[\"a\",{}]'",
        "UPDATE paper SET authors = '[]'",
        "UPDATE paper SET authors = '[ ]'",
        "UPDATE paper SET authors = '{\"a\":1}'",
        "UPDATE paper SET authors = 'A, B'",
        "UPDATE entry SET created = 'x'",
        "UPDATE entry SET updated = '2020-01-01'",
        "UPDATE entry SET updated = '2020-13-01T00:00:00Z'",
    ] {
        let column = sql.replace(
            "period_from",
            folder
                .ok(&[
                    "sql",
                    "select name from pragma_table_info('paper') where name like '%_from'",
                ])
                .trim(),
        );
        let error = db.execute_batch(&column).expect_err(&column).to_string();
        assert!(error.contains("CHECK constraint failed"), "{sql}: {error}");
    }
}

/// Names that leave the folder, are hidden, or mean something to a program.
const EVIL: [&str; 12] = [
    "../../../.bashrc",
    "../outside.md",
    "/tmp/kb-evil/file.md",
    ".git/config",
    ".git/hooks/post-checkout",
    "a/../../b.md",
    "con",
    "link/inside.md",
    "..",
    "a/.envrc",
    "C:/x.md",
    "x\\..\\y.md",
];

/// A notebook or vault that somebody made to write or run something.
fn hostile(dice: &mut Dice) -> Folder {
    let folder = Folder::new();
    folder.is_damaged();
    folder.ok(&["add", "term", "Alpha", "see ![[pic.png]]"]);
    let evil = *dice.of(&EVIL);
    let json = |name: &str| {
        format!(
            "{{\"kind\":\"term\",\"title\":\"Bait\",\"file\":{{\"path\":\"{name}\",\"root\":\"v\",\"attachments\":{{\"{name}\":\"abc\"}}}}}}\n"
        )
    };
    folder.write("bait.jsonl", json(&evil.replace('\\', "\\\\")));
    folder.run(&["import", "bait.jsonl"]);
    let db = sqlite(&folder);
    let run = |sql: &str| {
        // A file may refuse what another one would not.
        let _ = db.execute_batch(&format!(
            "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; {sql}"
        ));
    };
    match dice.next(6) {
        0 => run(&format!("UPDATE entry SET slug = '{evil}'")),
        1 => run(&format!("UPDATE entry SET kind = '{evil}'")),
        2 => run(&format!(
            "UPDATE entry SET extra = '{{\"file\":{{\"path\":\"{evil}\",\"root\":\"v\",\"attachments\":{{\"{evil}\":\"abc\"}}}}}}'; INSERT INTO _attachment VALUES ('abc', 'evil')"
        )),
        3 => run("CREATE TRIGGER t AFTER UPDATE ON entry BEGIN DELETE FROM entry; END"),
        4 => run(
            "CREATE VIEW loop AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        ),
        _ => {
            std::fs::create_dir_all(folder.file("in/.git")).unwrap();
            folder.write("in/.git/config", "[core]\n");
            folder.write(
                "in/Note.md",
                format!(
                    "---\nuid: x\nslug: \"{evil}\"\nkind: term\n---\n![[{evil}]] ![]({evil})\n"
                ),
            );
            #[cfg(unix)]
            let _ = std::os::unix::fs::symlink("/etc", folder.file("in/etc"));
        }
    }
    std::fs::create_dir_all(folder.file("out")).unwrap();
    #[cfg(unix)]
    let _ = std::os::unix::fs::symlink("/tmp", folder.file("out/link"));
    folder
}

/// Whether a line of `strace` shows something written outside of a folder, or a program run.
fn is_harm(line: &str, folder: &str) -> bool {
    let path = line.split('"').nth(1).unwrap_or_default();
    if line.contains("execve(") {
        return path != env!("CARGO_BIN_EXE_kb") && line.contains(" = 0");
    }
    let changes = [
        "O_WRONLY", "O_RDWR", "O_CREAT", "rename", "mkdir", "unlink", "symlink", "link(",
    ];
    let is_own = !path.starts_with('/') || path.starts_with(folder) || path == "/dev/null";
    changes.iter().any(|change| line.contains(change))
        && !line.contains(" = -1 ")
        && (!is_own || path.contains(".."))
}

#[test]
fn hostile_notebooks_and_vaults_write_nothing_outside_and_run_nothing() {
    if !crate::support::has("strace") {
        return;
    }
    let mut refused = 0;
    for seed in 0..trials(12, 100) {
        let mut dice = Dice(u64::try_from(seed).unwrap() + 77);
        let folder = hostile(&mut dice);
        for words in [
            &["list"][..],
            &["search", "alpha"],
            &["import", "in/", "--kind", "term"],
            &["export", "out/", "--format", "obsidian", "--force"],
            &["export", "site/", "--format", "zola"],
            &["set", "title=Beta", "where", "kind:term", "--yes"],
            &["doctor"],
        ] {
            let mut command = std::process::Command::new("strace");
            command
                .args(["-f", "-qq", "-s", "300", "-o", "trace.txt", "-e"])
                .arg("trace=execve,openat,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,symlink,symlinkat,link,linkat")
                .args(["timeout", "20", env!("CARGO_BIN_EXE_kb")])
                .args(words)
                .current_dir(folder.path());
            crate::support::clean(&mut command, folder.path());
            let given = command.output().unwrap();
            assert!(
                matches!(given.status.code(), Some(0..=4)),
                "{seed} {words:?}: {given:?}"
            );
            refused += usize::from(given.status.code() != Some(0));
            let root = folder.path().to_string_lossy().into_owned();
            for line in folder.read("trace.txt").lines() {
                let is_timeout = line.contains("timeout") && line.contains("execve(");
                assert!(
                    is_timeout || !is_harm(line, &root),
                    "{seed} {words:?}: {line}"
                );
            }
        }
        for hidden in ["out/.git", "site/.git", "out/a/.envrc", "out/con"] {
            assert!(!folder.file(hidden).exists(), "{seed}: {hidden}");
        }
    }
    assert!(refused > 0, "nothing was refused");
}
