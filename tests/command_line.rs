//! The contract of the command line: refs, filters, formats, exit codes, streams.

use std::process::Stdio;

use crate::support::{Folder, given};

/// A notebook with a few entries of several kinds.
pub(crate) fn small() -> Folder {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "Attention is all you need",
        "--author",
        "Vaswani, Ashish",
        "--year",
        "2017",
        "--url",
        "https://arxiv.org/abs/1706.03762v5",
        "--topic",
        "ML/Transformers",
    ]);
    folder.ok(&[
        "add",
        "paper",
        "Deep residual learning",
        "Notes",
        "--period",
        "Dec 2015",
        "--topic",
        "Vision",
        "--tag",
        "old",
        "--doi",
        "https://doi.org/10.1109/CVPR.2016.90",
    ]);
    folder.ok(&[
        "add",
        "term",
        "Variational auto-encoder (VAE)",
        "An autoencoder. See [[attention-is-all-you-need]].",
    ]);
    folder.ok(&[
        "add",
        "goal",
        "Sparse coding",
        "--topic",
        "Interpretability",
        "--status",
        "learning",
        "--period",
        "Feb-March 2024",
    ]);
    folder
}

#[test]
fn a_ref_is_a_slug_a_start_an_alias_or_an_identifier() {
    let folder = small();
    for reference in [
        "attention-is-all-you-need",
        "paper/attention-is-all-you-need",
        "papers/attention-is-all-you-need",
        "atten",
        "paper/atten",
        "1706.03762",
        "arXiv:1706.03762v1",
        "https://arxiv.org/abs/1706.03762",
        "https://arxiv.org/abs/1706.03762v5",
        "Attention is all you need",
    ] {
        assert!(
            folder
                .ok(&["show", reference])
                .contains("ref:       paper/attention-is-all-you-need"),
            "{reference}"
        );
    }
    assert!(
        folder
            .ok(&["show", "10.1109/cvpr.2016.90"])
            .contains("Deep residual")
    );
    assert!(folder.ok(&["show", "vae"]).contains("Variational"));
    folder.ok(&["add", "term", "Attention"]);
    let error = folder.fails(1, &["show", "att"]);
    assert!(
        error.contains("`att` matches 2 entries") && error.contains("term/attention  Attention"),
        "{error}"
    );
    let error = folder.fails(1, &["show", "sparse-codng"]);
    assert_eq!(
        error,
        "error: no entry matches `sparse-codng`\nhint: did you mean `sparse-coding`?\n"
    );
    assert!(
        folder
            .fails(1, &["show", "paper/none"])
            .starts_with("error: no paper matches `paper/none`")
    );
}

#[test]
fn a_ref_survives_a_new_slug() {
    let folder = small();
    folder.ok(&["set", "attention-is-all-you-need", "slug=attention"]);
    assert!(
        folder
            .ok(&["show", "attention-is-all-you-need"])
            .contains("ref:       paper/attention\n")
    );
    assert!(
        folder
            .ok(&["show", "vae"])
            .contains("paper/attention  Attention is all you need"),
        "the link in a body still leads to the entry"
    );
    folder.ok(&["add", "paper", "Attention is all you need"]);
    assert!(
        folder
            .ok(&["show", "attention-is-all-you-need"])
            .contains("ref:       paper/attention\n"),
        "a former slug still belongs to its entry"
    );
}

#[test]
fn filters_mean_what_their_help_says() {
    let folder = small();
    for (filter, expected) in [
        (
            &["kind:paper"][..],
            "attention-is-all-you-need deep-residual-learning",
        ),
        (&["year>=2016"], "attention-is-all-you-need"),
        (&["papers", "year=2015"], "deep-residual-learning"),
        (&["topic:transformers"], "attention-is-all-you-need"),
        (&["topic:ml"], "attention-is-all-you-need"),
        (&["topic:interp"], "sparse-coding"),
        (&["-tag:old", "kind:paper"], "attention-is-all-you-need"),
        (&["period:2024"], "sparse-coding"),
        (&["period:2024-03"], "sparse-coding"),
        (&["period<2017"], "deep-residual-learning"),
        (&["period>2020"], "sparse-coding"),
        (&["status:learning,want"], "sparse-coding"),
        (&["status!=learning", "kind:goal"], ""),
        (&["has:doi"], "deep-residual-learning"),
        (&["papers", "-has:body"], "attention-is-all-you-need"),
        (&["has:links"], "variational-auto-encoder"),
        (&["has:backlinks"], "attention-is-all-you-need"),
        (&["alias:vae"], "variational-auto-encoder"),
        (&["authors:vaswani"], "attention-is-all-you-need"),
        (&["added:7d", "kind:goal"], "sparse-coding"),
        (&["added:2020"], ""),
        (
            &["\"all you need\""],
            "attention-is-all-you-need variational-auto-encoder",
        ),
        (&["autoencoders"], "variational-auto-encoder"),
        (
            &["kind:goal", "or", "tag:old"],
            "deep-residual-learning sparse-coding",
        ),
        (
            &["(kind:goal or kind:term) -has:topics"],
            "variational-auto-encoder",
        ),
        (&["title=sparse coding"], "sparse-coding"),
        (&["is:private"], ""),
    ] {
        let words: Vec<&str> = ["list"]
            .iter()
            .chain(filter)
            .copied()
            .chain(["--sort", "slug", "--tsv", "slug"])
            .collect();
        assert_eq!(
            folder
                .ok(&words)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            expected,
            "{filter:?}"
        );
    }
    assert!(
        folder
            .run(&["list", "year>=2016", "--explain"])
            .err
            .contains("year >= \"2016\"")
    );
    folder.ok(&["config", "view.vision", "topic:vision"]);
    assert!(folder.ok(&["list", "@vision"]).contains("deep-residual"));
}

#[test]
fn a_wrong_filter_points_at_its_column() {
    let folder = small();
    assert_eq!(
        folder.fails(2, &["list", "year>=2016", "staus:read"]),
        "error: filter:1:12: no kind has a field `staus`\n  year>=2016 staus:read\n             ^\nhint: did you mean `status`?\n"
    );
    assert!(
        folder
            .fails(2, &["list", "kind:papr"])
            .contains("did you mean `paper`?")
    );
    assert!(
        folder
            .fails(2, &["set", "status=read", "where", "kind:paper", "nope:1"])
            .contains("filter:1:12")
    );
}

#[test]
fn search_ranks_titles_first_and_never_fails_on_words() {
    let folder = small();
    folder.ok(&[
        "add",
        "term",
        "Dictionary",
        "It is about sparse coding, multi-agent systems and C++. Don't panic.",
    ]);
    assert_eq!(
        folder
            .ok(&["search", "sparse"])
            .lines()
            .next()
            .map(|line| line.split('\t').next().unwrap().to_owned()),
        Some("goal/sparse-coding".to_owned())
    );
    for words in [
        &["multi-agent"][..],
        &["C++"],
        &["don't"],
        &["(", "sparse"],
        &["\"", "sparse"],
        &["NOT", "sparse"],
        &["-x", "sparse"],
        &["o'neil", "sparse"],
        &["sparse*"],
        &["NEAR(a", "sparse)"],
        &["title:sparse"],
    ] {
        let words: Vec<&str> = ["search"].iter().chain(words).copied().collect();
        assert!(!folder.ok(&words).is_empty(), "{words:?}");
    }
    for words in [&["("][..], &["\""], &["zzzz"], &["-"], &["NOT"]] {
        let words: Vec<&str> = ["search"].iter().chain(words).copied().collect();
        assert!(
            matches!(folder.run(&words).code, Some(1)),
            "{words:?}: {:?}",
            folder.run(&words)
        );
    }
    assert!(
        folder
            .ok(&["search", "--prefix", "dictio"])
            .contains("term/dictionary")
    );
    assert!(
        folder
            .ok(&["search", "sparse", "kind:term"])
            .starts_with("term/dictionary")
    );
    assert!(
        folder
            .ok(&["search", "sparse", "--json", "slug,score,snippet"])
            .contains("\"snippet\": \"It is about sparse")
    );
}

#[test]
fn one_test_a_code() {
    let folder = small();
    assert_eq!(
        folder.run(&["list", "kind:post"]).code,
        Some(0),
        "an empty list is a success"
    );
    folder.fails(1, &["show", "nothing"]);
    folder.fails(2, &["list", "--no-such-flag"]);
    folder.write(
        "half.jsonl",
        "{\"kind\":\"term\",\"title\":\"Good\"}\n{\"kind\":\"term\"}\nnot json\n",
    );
    let error = folder.fails(3, &["import", "half.jsonl"]);
    assert!(
        error.contains("half.jsonl:2:1: title is missing")
            && error.contains("half.jsonl:3:2:")
            && error.contains("1 entry added"),
        "{error}"
    );
    folder.ok(&["show", "good"]);
    let bare = Folder::bare();
    let error = bare.fails(4, &["--notebook", "none.db", "list"]);
    assert!(
        error.contains("no notebook at") && error.contains("none.db init\n"),
        "{error}"
    );
    assert!(!bare.file("none.db").exists());
}

#[test]
#[cfg(unix)]
fn an_interrupted_command_ends_as_shells_expect_and_leaves_nothing_half_done() {
    use std::os::unix::process::ExitStatusExt;
    let folder = small();
    let before = folder.everything();
    let mut child = folder
        .command(&["import", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        child.stdin.as_mut().unwrap(),
        b"{\"kind\":\"term\",\"title\":\"Half\"}\n",
    )
    .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    // A shell reports a process that SIGINT ended as exit code 130 (128 + 2).
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert_eq!(folder.everything(), before);
    assert_eq!(folder.run(&["doctor"]).code, Some(0));
}

#[test]
fn a_closed_pipe_is_a_quiet_success_and_any_other_write_error_is_not() {
    let folder = small();
    let mut child = folder
        .command(&["list", "--jsonl"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = given(&child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    for words in [&["list", "--jsonl"][..], &["--version"], &["--help"]] {
        if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
            let ended = given(&folder.command(words).stdout(full).output().unwrap());
            assert_eq!(ended.code, Some(2));
            assert!(
                ended.err.contains("no space left on device"),
                "{}",
                ended.err
            );
        }
    }
}

#[test]
fn a_bulk_command_needs_a_yes_and_is_one_step() {
    let folder = small();
    let error = folder.fails(2, &["set", "status=read", "where", "kind:paper"]);
    assert!(
        error.contains("this would change 2 entries") && error.contains("--yes"),
        "{error}"
    );
    assert_eq!(folder.ok(&["list", "status:read"]), "");
    folder.ok(&["set", "status=read", "where", "kind:paper", "--yes"]);
    assert_eq!(
        folder
            .ok(&["list", "status:read", "--tsv", "slug"])
            .lines()
            .count(),
        2
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["list", "status:read"]), "");
    assert!(
        folder
            .fails(2, &["remove", "where", "kind:paper"])
            .contains("this would remove 2 entries")
    );
    assert!(
        folder
            .fails(
                2,
                &[
                    "set",
                    "status=read",
                    "where",
                    "kind:paper",
                    "rating=x",
                    "--yes"
                ]
            )
            .contains("rating")
    );
}

#[test]
fn bodies_come_from_a_pipe_and_lists_are_added_to_and_taken_from() {
    let folder = Folder::new();
    let given = folder.run_with(
        &["add", "meeting", "Meeting with an eval researcher", "-"],
        "long\nnotes\n",
    );
    assert_eq!(given.out, "meeting/meeting-with-an-eval-researcher\n");
    let shown = folder.ok(&[
        "show",
        "meeting/meeting-with-an-eval-researcher",
        "--jsonl",
        "body,with,private",
    ]);
    assert_eq!(
        shown,
        "{\"body\":\"long\\nnotes\",\"with\":\"an eval researcher\",\"private\":true}\n"
    );
    folder.ok(&["add", "term", "T", "--tag", "a"]);
    folder.ok(&["set", "t", "tags+=b,c", "aliases=X"]);
    folder.ok(&["set", "t", "tags-=a", "aliases="]);
    assert_eq!(
        folder.ok(&["show", "t", "--jsonl", "tags,aliases"]),
        "{\"tags\":[\"b\",\"c\"],\"aliases\":[]}\n"
    );
    assert!(
        folder
            .fails(2, &["set", "t", "titel=x"])
            .contains("did you mean `title`?")
    );
}

#[test]
fn nothing_typed_in_the_editor_is_lost() {
    let folder = small();
    let edit = |script: &str, words: &[&str]| {
        folder.write("editor.sh", format!("#!/bin/sh\n{script}\n"));
        let editor = format!("sh {}", folder.file("editor.sh").display());
        given(
            &folder
                .command(words)
                .env("VISUAL", editor)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    };
    let done = edit(
        "sed -i 's/status = \"learning\"/status = \"learnt\"/; $ a New text' \"$1\"",
        &["edit", "sparse-coding"],
    );
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(
        folder.ok(&["show", "goal/sparse-coding", "--jsonl", "status,body"]),
        "{\"status\":\"learnt\",\"body\":\"New text\"}\n"
    );
    let wrong = edit(
        "sed -i 's/status = \"learnt\"/status = \"leart\"/; $ a Precious words' \"$1\"",
        &["edit", "sparse-coding"],
    );
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.err.contains("did you mean `learnt`?")
            && wrong
                .err
                .contains("your text is kept: kb edit sparse-coding --from"),
        "{}",
        wrong.err
    );
    assert!(
        folder
            .read(".kb/sparse-coding.unsaved-1.md")
            .contains("Precious words")
    );
    folder.write(
        ".kb/sparse-coding.unsaved-1.md",
        folder
            .read(".kb/sparse-coding.unsaved-1.md")
            .replace("leart", "learnt"),
    );
    folder.ok(&[
        "edit",
        "sparse-coding",
        "--from",
        ".kb/sparse-coding.unsaved-1.md",
    ]);
    assert!(
        folder
            .ok(&["show", "sparse-coding"])
            .contains("Precious words")
    );
    let broken = edit(
        "echo '+++' > \"$1\"; echo 'title = ' >> \"$1\"; echo '+++' >> \"$1\"",
        &["edit", "sparse-coding"],
    );
    assert!(broken.err.contains("entry.md:2:"), "{}", broken.err);
}

#[test]
fn two_editors_on_one_entry_keep_both_texts() {
    let folder = small();
    let other = format!(
        "{} --notebook {} set goal/sparse-coding body=Theirs",
        env!("CARGO_BIN_EXE_kb"),
        folder.notebook().display()
    );
    folder.write(
        "editor.sh",
        format!("#!/bin/sh\n{other} >&2\necho Mine >> \"$1\"\n"),
    );
    let editor = format!("sh {}", folder.file("editor.sh").display());
    let ended = given(
        &folder
            .command(&["edit", "sparse-coding"])
            .env("EDITOR", editor)
            .stdin(Stdio::null())
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(
        ended.err.contains("changed by another command meanwhile"),
        "{}",
        ended.err
    );
    assert!(
        folder
            .ok(&["show", "goal/sparse-coding"])
            .contains("Theirs")
    );
    assert!(
        folder
            .read(".kb/sparse-coding.unsaved-1.md")
            .contains("Mine")
    );
}

#[test]
fn editor_and_pager_run_without_a_shell_and_never_come_from_a_notebook() {
    let folder = small();
    folder.is_damaged();
    let ended = given(
        &folder
            .command(&["edit", "sparse-coding"])
            .env("VISUAL", "touch pwned;")
            .stdin(Stdio::null())
            .output()
            .unwrap(),
    );
    assert!(!folder.file("pwned").exists(), "{}", ended.err);
    assert!(
        folder
            .fails(2, &["config", "editor", "touch pwned"])
            .contains("never taken from a notebook")
    );
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute("INSERT INTO setting (key, value) VALUES ('editor', 'touch pwned'), ('pager', 'touch pwned')", []).unwrap();
    let ended = given(
        &folder
            .command(&["edit", "sparse-coding"])
            .env("PATH", folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap(),
    );
    // No editor is found in the folder: the one that the notebook names was not tried.
    assert_ne!(ended.code, Some(0), "{}", ended.err);
    assert!(!ended.err.contains("pwned"), "{}", ended.err);
    assert!(!folder.ok(&["config"]).contains("pwned"));
    assert!(!folder.file("pwned").exists());
}

#[test]
fn sql_reads_and_cannot_write_or_reach_other_files() {
    let folder = small();
    assert_eq!(
        folder.ok(&[
            "sql",
            "select topic, count(*) from papers group by 1 order by 1"
        ]),
        "ML/Transformers\t1\nVision\t1\n"
    );
    let before = std::fs::read(folder.notebook()).unwrap();
    for sql in [
        "delete from entry",
        "attach 'x.db' as x",
        "pragma journal_mode = wal",
        "select load_extension('x')",
        "update entry set title = ''",
        "vacuum into 'x.db'",
        "create table t (a)",
        "pragma writable_schema = on",
        "select 1; delete from entry",
    ] {
        assert_eq!(folder.run(&["sql", sql]).code, Some(2), "{sql}");
    }
    assert!(std::fs::read(folder.notebook()).unwrap() == before && !folder.file("x.db").exists());
    assert!(folder.fails(2, &["sql", "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c"]).contains("over 5 seconds"));
}

#[test]
fn configuration_shows_where_each_value_comes_from() {
    let folder = small();
    folder.ok(&["config", "limit", "3"]);
    std::fs::create_dir_all(folder.file("home/.config/kb")).unwrap();
    folder.write(
        "home/.config/kb/config.toml",
        "pager = \"more\"\nlimt = 4\n",
    );
    let given = folder.run(&["config", "--tsv"]);
    assert!(
        given.out.contains("limit\t3\tnotebook")
            && given.out.contains("pager\tmore\t")
            && given.out.contains("color\tauto\tdefault"),
        "{}",
        given.out
    );
    assert!(
        given
            .err
            .contains("unknown key `limt`; did you mean `limit`?"),
        "{}",
        given.err
    );
    let mut command = folder.command(&["config", "limit"]);
    assert_eq!(
        crate::support::given(&command.env("KB_LIMIT", "7").output().unwrap()).out,
        "7\n"
    );
}

#[test]
fn completions_man_pages_and_help_topics_are_there() {
    let folder = small();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(
            folder.ok(&["completions", shell]).contains("COMPLETE"),
            "{shell}"
        );
    }
    assert!(folder.ok(&["man"]).contains(".TH kb 1"));
    assert!(folder.ok(&["man", "list"]).contains("List entries"));
    for topic in [
        "filters",
        "periods",
        "page",
        "formats",
        "kinds",
        "exit-codes",
        "environment",
        "privacy",
    ] {
        assert!(folder.ok(&["help", topic]).starts_with("# "), "{topic}");
    }
    assert!(
        folder
            .fails(2, &["help", "filtres"])
            .contains("did you mean `filters`?")
    );
    let error = folder.fails(2, &["lsit"]);
    assert!(error.contains("did you mean `kb list`?"), "{error}");
}

#[test]
fn the_doctor_names_what_entries_lack() {
    let folder = small();
    folder.ok(&[
        "set",
        "term/variational-auto-encoder",
        "body=A CNN with [[nothing-there]]",
    ]);
    folder.ok(&["set", "paper/deep-residual-learning", "body=A CNN"]);
    let said = folder.ok(&["doctor"]);
    for line in [
        "links: `term/variational-auto-encoder` links to `nothing-there` in its body, which is not an entry",
        "gaps: `paper/attention-is-all-you-need` has no notes",
        "gaps: `goal/sparse-coding` has no resources",
        "gaps: `term/variational-auto-encoder` has no source",
        "gaps: `CNN` is used in `paper/deep-residual-learning` and `term/variational-auto-encoder` but defined nowhere",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(
        folder
            .ok(&["doctor", "--explain", "--fix"])
            .contains("rebuilds it")
    );
    folder.ok(&["add", "term", "Nothing there"]);
    assert!(
        !folder.ok(&["doctor"]).contains("links:"),
        "a link finds an entry that is added later"
    );
}
