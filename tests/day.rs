//! A day with kb: where am I, labels, addresses.

use crate::support::{Folder, given};

#[test]
fn kb_alone_is_a_screen_that_says_where_one_is_or_how_to_start() {
    let empty = Folder::bare();
    let start = empty.run(&[]);
    assert_eq!(start.code, Some(1));
    assert!(
        start.err.starts_with("no notebook here yet\n  kb init "),
        "{}",
        start.err
    );
    assert_eq!(start.err.lines().count(), 4);

    let folder = Folder::new();
    folder.ok(&[
        "add",
        "goal",
        "Sparse coding",
        "--status",
        "learning",
        "--period",
        "Feb-March 2024",
    ]);
    folder.ok(&["add", "paper", "Toy models", "--status", "queued"]);
    folder.write("p.md", "## Posts\n\n- [A](https://e.org/a)\n");
    folder.ok(&["import", "p.md"]);
    folder.write(
        "p.md",
        "## Posts\n\n- [A](https://e.org/a)\n- [B](https://e.org/b)\n",
    );
    let screen = folder.ok(&[]);
    assert!(screen.starts_with("1 goal, 1 paper, 1 post\n\nLearning now\n  Sparse coding  (Feb-March 2024)\n\nReading\n  Toy models\n\nLast changes\n  just now "), "{screen}");
    assert!(
        screen.ends_with("\nTo do\n  `p.md` was edited: kb sync p.md\n"),
        "{screen}"
    );
    assert!(screen.lines().count() <= 24, "one screen");
}

#[test]
fn topics_and_tags_are_renamed_and_merged_everywhere_as_one_step() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "--topic", "ML/vision", "--tag", "todo"]);
    folder.ok(&["add", "term", "B", "--topic", "ml", "--tag", "soon"]);
    folder.ok(&["add", "term", "C", "--topic", "MLOps"]);
    assert_eq!(folder.ok(&["topics"]), "ml\t1\nML/vision\t1\nMLOps\t1\n");
    assert_eq!(
        folder.ok(&["topics", "rename", "ml", "machine learning"]),
        "term/a\nterm/b\n"
    );
    assert_eq!(
        folder.ok(&["topics", "--tsv", "topic"]),
        "machine learning\nmachine learning/vision\nMLOps\n"
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["topics"]), "ml\t1\nML/vision\t1\nMLOps\t1\n");
    assert_eq!(
        folder
            .run(&["tags", "merge", "later", "todo", "soon", "--dry-run"])
            .err,
        "would change 2 entries\n"
    );
    folder.ok(&["tags", "merge", "later", "todo", "soon"]);
    assert_eq!(folder.ok(&["tags"]), "later\t2\n");
    assert!(
        folder
            .fails(1, &["tags", "rename", "latr", "x"])
            .contains("hint: did you mean `later`?")
    );
}

#[test]
fn the_address_of_an_entry_is_opened_without_a_shell_or_printed() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "A", "--arxiv", "2209.10652"]);
    folder.ok(&["add", "paper", "B", "--url", "https://e.org/?a=1;touch%20x"]);
    folder.ok(&["add", "term", "C"]);
    folder.ok(&["add", "post", "D", "--url", "/projects#d"]);
    assert_eq!(
        folder.ok(&["open", "a", "--print"]),
        "https://arxiv.org/abs/2209.10652\n"
    );
    assert_eq!(folder.ok(&["open", "d"]), "/projects#d\n");
    assert!(
        folder
            .fails(1, &["open", "c"])
            .contains("`term/c` has no address")
    );
    let with = |opener: &str| {
        let mut command = folder.command(&["open", "b"]);
        given(&command.env("KB_OPENER", opener).output().unwrap())
    };
    let opened = with("sh -c 'printf %s \"$0\" > opened'");
    assert_eq!(opened.code, Some(0), "{}", opened.err);
    assert_eq!(folder.read("opened"), "https://e.org/?a=1;touch%20x");
    let failed = with("false");
    assert!(
        failed.err.contains("hint: kb open paper/b --print"),
        "{}",
        failed.err
    );
    // A notebook names no program.
    assert_eq!(
        folder.run(&["config", "--notebook", "opener", "x"]).code,
        Some(2)
    );
}

#[test]
fn doctor_lists_three_findings_of_a_sort_and_counts_the_rest() {
    let folder = Folder::new();
    for name in ["A", "B", "C", "D", "E"] {
        folder.ok(&["add", "term", name]);
    }
    let lines = folder.ok(&["doctor"]);
    assert_eq!(
        lines,
        "gaps: `term/a` has no source\ngaps: `term/b` has no source\ngaps: `term/c` has no source; and 2 more like this: `kb doctor --all`\n"
    );
    assert_eq!(folder.ok(&["doctor", "--all"]).lines().count(), 5);
}

#[test]
fn an_identifier_or_an_address_tells_the_kind() {
    let folder = Folder::new();
    for (word, reference, kind) in [
        (
            "https://arxiv.org/abs/1706.03762",
            "paper/arxiv-1706-03762",
            "paper",
        ),
        (
            "10.1145/3582099.3582122",
            "paper/10-1145-3582099-3582122",
            "paper",
        ),
        (
            "https://openreview.net/forum?id=abc",
            "paper/openreview-net-forum-id-abc",
            "paper",
        ),
        ("https://e.org/a-post", "post/e-org-a-post", "post"),
    ] {
        let given = folder.run(&["add", word, "--topic", "T"]);
        assert_eq!(
            (given.code, given.out.trim()),
            (Some(0), reference),
            "{}",
            given.err
        );
        assert!(
            given.err.contains(&format!("taken as a {kind}")),
            "{}",
            given.err
        );
    }
    let cited = folder.run(&["add", "@article{a, title={A title}, year=2020}"]);
    assert_eq!(cited.out, "paper/a-title\n", "{}", cited.err);
    assert!(
        folder
            .fails(2, &["add", "ppaer", "x"])
            .contains("did you mean `kb add paper`?")
    );
}

#[test]
fn a_timeline_draws_what_has_a_period_over_its_months() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["stats", "timeline"]).code, Some(1));
    let add = |words: &[&str]| folder.ok(&[&["add"], words].concat());
    add(&[
        "goal",
        "Causal inference",
        "--period",
        "Feb-March 2024",
        "--topic",
        "big topic/x",
    ]);
    add(&["achievement", "Reading group", "--period", "Summer 2023"]);
    add(&["achievement", "Undated"]);
    add(&["paper", "Not a stretch of life", "--period", "1999"]);
    let drawn = folder.run(&["stats", "timeline"]);
    assert_eq!(
        drawn.out,
        "                  2023-06 2024-03\nReading group     ###-------\nCausal inference  --------##\n"
    );
    assert!(drawn.err.contains("1 entry has no date"), "{}", drawn.err);
    assert_eq!(
        folder.ok(&["stats", "timeline", "--topic", "big topic", "--tsv"]),
        "Causal inference\t2024-02\t2024-03\n"
    );
    assert_eq!(
        folder.ok(&["stats", "timeline", "--since", "2023-09", "--tsv", "title"]),
        "Causal inference\n"
    );
    assert_eq!(
        folder.ok(&["stats", "timeline", "--kind", "papers", "--tsv"]),
        "Not a stretch of life\t1999-01\t1999-12\n"
    );
    folder.ok(&["stats", "timeline", "--svg", "t.svg"]);
    let image = folder.read("t.svg");
    assert!(
        image.contains("Reading group: 2023-06 to 2023-08; Causal"),
        "{image}"
    );
    // Other charts take a topic and a kind, too; the activity is that of the whole notebook.
    assert_eq!(
        folder.ok(&["stats", "topics", "--topic", "big topic", "--tsv"]),
        "big topic/x\t1\n"
    );
    let counted = |words: &[&str]| folder.ok(&[&["stats"], words, &["--tsv"]].concat());
    let all = counted(&["kinds"]);
    let goals = all.lines().filter(|line| line.starts_with("goals"));
    let goals: Vec<&str> = goals.collect();
    assert_eq!(
        counted(&["kinds", "--kind", "goal"])
            .lines()
            .collect::<Vec<_>>(),
        goals
    );
    assert_eq!(
        counted(&["kinds", "--topic", "big topic"]).lines().count(),
        1
    );
    let months = counted(&["months", "--topic", "big topic"]);
    assert_eq!(months.lines().count(), 1, "{months}");
    folder.fails(2, &["stats", "activity", "--topic", "x"]);
    folder.fails(
        2,
        &["stats", "months", "--topic", "x", "--status", "learnt"],
    );
}

#[test]
fn stats_count_what_the_notebook_holds() {
    let folder = Folder::new();
    folder.ok(&[
        "add", "paper", "A", "--status", "read", "--topic", "ML", "--year", "2020",
    ]);
    folder.ok(&["add", "paper", "B", "--status", "read", "--topic", "ML"]);
    folder.ok(&["add", "paper", "C"]);
    folder.ok(&["add", "achievement", "D", "--period", "Nov 2023"]);
    folder.ok(&["add", "achievement", "E", "--period", "2024-02-03"]);
    assert_eq!(
        folder.ok(&["stats", "--tsv"]),
        "papers: read\t2\npapers: no status\t1\nachievements\t2\n"
    );
    assert_eq!(
        folder.ok(&["stats"]),
        "papers: read       2  ##################################################\npapers: no status  1  #########################\nachievements       2  ##################################################\n"
    );
    let months = folder.run(&["stats", "months", "--kind", "achievements", "--tsv"]);
    assert_eq!(
        months.out,
        "2023-11\t1\n2023-12\t0\n2024-01\t0\n2024-02\t1\n"
    );
    assert!(
        folder
            .run(&["stats", "months", "--tsv"])
            .err
            .contains("2 entries have no date")
    );
    assert_eq!(
        folder.ok(&[
            "stats",
            "months",
            "--kind",
            "achievements",
            "--since",
            "2024",
            "--tsv"
        ]),
        "2024-01\t0\n2024-02\t1\n"
    );
    assert_eq!(
        folder.ok(&["stats", "topics", "--json"]),
        "[\n  {\n    \"topic\": \"ML\",\n    \"count\": 2\n  }\n]\n"
    );
    let year = folder.ok(&["stats", "activity"]);
    assert_eq!(year.lines().count(), 8);
    assert!(
        year.lines().last().unwrap().starts_with("5 changes since "),
        "{year}"
    );
    folder.ok(&["stats", "--svg", "kinds.svg"]);
    let image = folder.read("kinds.svg");
    assert!(
        image.starts_with("<svg ") && image.contains("<desc id=\"desc\">papers: read: 2; "),
        "{image}"
    );
    assert!(
        folder
            .fails(2, &["stats", "topics", "--since", "2024"])
            .contains("kb stats months --since")
    );
}

#[test]
fn months_of_a_status_are_those_of_the_period_or_of_the_command_that_set_it() {
    let folder = Folder::new();
    folder.write(
        "p.md",
        "## Papers\n\n- Imported\n\n## What I've learnt thus far\n\n- Feb 2023: By its period\n",
    );
    folder.ok(&["import", "p.md"]);
    folder.write(
        "r.ndjson",
        "{\"kind\":\"paper\",\"title\":\"Read before\",\"status\":\"read\",\"year\":1999}\n",
    );
    folder.ok(&["import", "r.ndjson"]);
    folder.ok(&["add", "goal", "Now", "--status", "learnt"]);
    folder.ok(&["set", "imported", "status=read"]);
    let now = folder.ok(&["list", "goal/now", "--tsv", "created"])[..7].to_owned();
    let months = |words: &[&str]| {
        let given = folder.run(&[&["stats", "months", "--tsv"], words].concat());
        let counted = given.out.lines().filter(|line| !line.ends_with("\t0"));
        (counted.map(str::to_owned).collect::<Vec<_>>(), given.err)
    };
    assert_eq!(
        months(&["--status", "learnt"]).0,
        ["2023-02\t1".to_owned(), format!("{now}\t1")]
    );
    // The year of a paper is not when it was read, and neither is the date of its import.
    let (read, said) = months(&["--status", "read"]);
    assert_eq!(read, [format!("{now}\t1")]);
    assert!(said.contains("1 entry has no date"), "{said}");
    let error = folder.fails(2, &["stats", "months", "--status", "eaten"]);
    assert!(error.contains("`eaten` is not a status"), "{error}");
    folder.fails(2, &["stats", "topics", "--status", "read"]);
}
