//! A user's kind has everything that a built-in kind has.

use crate::support::Folder;

const TALK: &str = include_str!("talk.toml");

fn with_talks() -> Folder {
    let folder = Folder::new();
    folder.write("talk.toml", TALK);
    assert_eq!(folder.ok(&["kind", "add", "talk.toml"]), "talk\n");
    folder
}

#[test]
fn a_talk_is_added_listed_filtered_searched_and_read_in_sql() {
    let folder = with_talks();
    folder.ok(&["add", "term", "Superposition"]);
    let help = folder.ok(&["add", "talk", "--help"]);
    assert!(
        help.contains("--held <PERIOD>")
            && help.contains("[keynote, talk, poster]")
            && help.contains("[required]"),
        "{help}"
    );
    assert!(
        folder
            .ok(&["add", "--help"])
            .contains("A talk that was given")
    );
    assert_eq!(
        folder.ok(&[
            "add",
            "talk",
            "How features fold",
            "--code",
            "T1",
            "--held",
            "Summer 2023",
            "--about",
            "superposition",
            "--format",
            "KEYNOTE"
        ]),
        "talk/how-features-fold\n"
    );
    assert_eq!(
        folder.ok(&["list", "talks", "--tsv"]),
        "how-features-fold\tHow features fold\tkeynote\t2023-22\tterm/superposition\n"
    );
    assert_eq!(
        folder.ok(&[
            "list",
            "held:2023-07",
            "format:keynote",
            "year=2023",
            "--tsv",
            "code,held_text,year"
        ]),
        "T1\tSummer 2023\t2023\n"
    );
    assert!(
        folder
            .ok(&["search", "fold", "kind:talk"])
            .contains("talk/how-features-fold")
    );
    assert_eq!(
        folder.ok(&["sql", "select slug, code, held, year from talks"]),
        "how-features-fold\tT1\t2023-22\t2023\n"
    );
    assert!(
        folder
            .ok(&["show", "superposition"])
            .contains("talk/how-features-fold"),
        "a field of type `ref` makes a backlink"
    );
    assert!(folder.ok(&["schema", "talk"]).contains("keynote"));
    let completed = complete(&folder, &["kb", "list", "format:"], 2);
    assert!(completed.contains("format:keynote"), "{completed}");
    let completed = complete(&folder, &["kb", "add", "ta"], 2);
    assert!(completed.contains("talk"), "{completed}");
}

/// The completions that bash would offer for the word `at` of a command line, one a line.
fn complete(folder: &Folder, words: &[&str], at: usize) -> String {
    let mut command = folder.command(&["--"]);
    command
        .args(words)
        .env("COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", at.to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true");
    crate::support::given(&command.output().unwrap()).out
}

#[test]
fn refs_topics_and_choices_are_completed_from_the_notebook() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "Sparse coding",
        "--topic",
        "Interpretability",
    ]);
    assert!(complete(&folder, &["kb", "show", "spa"], 2).contains("sparse-coding"));
    assert!(complete(&folder, &["kb", "list", "topic:int"], 2).contains("topic:Interpretability"));
    assert!(complete(&folder, &["kb", "add", "goal", "x", "--status", ""], 5).contains("learnt"));
    let bare = Folder::bare();
    complete(&bare, &["kb", "show", "x"], 2);
    assert!(
        !bare.file("home").exists() && !bare.notebook().exists(),
        "completion never creates a notebook"
    );
}

#[test]
fn wrong_values_are_refused_all_at_once_with_what_is_allowed() {
    let folder = with_talks();
    let error = folder.fails(
        2,
        &[
            "add", "talk", "X", "--format", "keynot", "--held", "soon", "--about", "nothing",
        ],
    );
    assert!(
        error.contains("code: is required")
            && error.contains("did you mean `keynote`?")
            && error.contains("`soon` is not a period"),
        "{error}"
    );
    folder.ok(&["add", "talk", "X", "--code", "T1"]);
    assert!(
        folder
            .fails(2, &["add", "talk", "Y", "--code", "T1"])
            .contains("`T1` is already the code of another talk")
    );
    assert!(
        folder
            .fails(
                1,
                &["add", "talk", "Z", "--code", "T2", "--about", "nothing"]
            )
            .contains("no entry matches `nothing`")
    );
    assert_eq!(folder.ok(&["list", "talks", "--tsv", "slug"]), "x\n");
}

#[test]
fn sqlite_itself_refuses_wrong_values() {
    let folder = with_talks();
    folder.ok(&["add", "talk", "X", "--code", "T1", "--held", "2024-05"]);
    folder.ok(&["add", "goal", "X"]);
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    assert_eq!(
        db.execute("UPDATE talk SET held_from = held_from", [])
            .unwrap(),
        1
    );
    for (sql, what) in [
        ("UPDATE talk SET format = 'opera'", "a choice"),
        ("UPDATE talk SET held_from = 'soon'", "a day"),
        ("UPDATE talk SET code = NULL", "a required field"),
        ("UPDATE goal SET status = 1", "a type"),
        ("UPDATE entry SET slug = 'A B'", "a slug"),
        ("UPDATE entry SET title = ''", "a title"),
        (
            "INSERT INTO paper (entry, rating) VALUES (1, 'five')",
            "an integer",
        ),
        (
            "INSERT INTO paper (entry, authors) VALUES (1, 'not json')",
            "a list",
        ),
    ] {
        assert!(
            db.execute(sql, []).is_err(),
            "{what} should be refused: {sql}"
        );
    }
}

#[test]
fn the_stock_shell_can_read_and_write_and_search_stays_in_step() {
    if !crate::support::has("sqlite3") {
        return;
    }
    let folder = with_talks();
    folder.is_damaged();
    folder.ok(&["add", "talk", "Alpha", "--code", "T1"]);
    let shell = |sql: &str| {
        std::process::Command::new("sqlite3")
            .arg(folder.notebook())
            .arg(sql)
            .output()
            .unwrap()
    };
    assert_eq!(
        String::from_utf8_lossy(&shell("select slug, topic, code from talks").stdout),
        "alpha||T1\n"
    );
    let written = shell("update entry set title = 'Omega' where slug = 'alpha'");
    assert!(written.status.success(), "{written:?}");
    assert!(folder.ok(&["search", "omega"]).contains("talk/alpha"));
    assert_eq!(folder.run(&["search", "alpha"]).code, Some(1));
    assert!(
        folder
            .run(&["doctor"])
            .out
            .contains("entry: `talk/alpha` was changed outside kb"),
        "doctor finds the change by the hash"
    );
}

#[test]
fn a_changed_kind_keeps_the_values_of_fields_that_go_and_takes_them_up_again() {
    let folder = with_talks();
    folder.ok(&[
        "add", "talk", "X", "--code", "T1", "--room", "Aula", "--held", "2023",
    ]);
    folder.write(
        "new.toml",
        TALK.replace("name = \"room\"", "name = \"place\"").replace(
            "choices = [\"keynote\", \"talk\", \"poster\"]",
            "choices = [\"talk\", \"lecture\"]",
        ),
    );
    let given = folder.run(&["kind", "edit", "talk", "new.toml"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(
        given
            .err
            .contains("1 entry had a value of `room`, kept as left over"),
        "{}",
        given.err
    );
    assert!(folder.ok(&["show", "x"]).contains("room (left over): Aula"));
    assert!(
        folder
            .ok(&["show", "x", "--jsonl"])
            .contains("\"room\":\"Aula\"")
    );
    folder.write("back.toml", TALK);
    folder.ok(&["kind", "edit", "talk", "back.toml"]);
    assert!(
        folder
            .ok(&["list", "talks", "--jsonl", "room,held"])
            .contains("{\"room\":\"Aula\",\"held\":\"2023\"}")
    );
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert!(
        folder
            .ok(&["list", "talks", "--jsonl", "room,code"])
            .contains("{\"room\":\"Aula\",\"code\":\"T1\"}")
    );
}

#[test]
fn a_kind_that_its_entries_do_not_fit_is_refused() {
    let folder = with_talks();
    folder.ok(&[
        "add", "talk", "X", "--code", "T1", "--format", "poster", "--room", "Aula",
    ]);
    folder.ok(&["add", "talk", "Y", "--code", "T2", "--room", "Aula"]);
    folder.write("a.toml", TALK.replace(", \"poster\"", ""));
    assert!(
        folder
            .fails(2, &["kind", "edit", "talk", "a.toml"])
            .contains("`talk/x` would not fit: format `poster` is not one of")
    );
    folder.write(
        "b.toml",
        TALK.replace(
            "name = \"room\"\ntype = \"line\"",
            "name = \"room\"\ntype = \"line\"\nunique = true",
        ),
    );
    assert!(
        folder
            .fails(2, &["kind", "edit", "talk", "b.toml"])
            .contains("`talk/x` and `talk/y` have the same room")
    );
    folder.write("c.toml", "name = \"talk\"\nplural = \"talks\"\nsummary = \"T\"\n[[field]]\nname = \"x\"\ntype = \"lin\"\nhelp = \"x\"\n");
    let error = folder.fails(2, &["kind", "edit", "talk", "c.toml"]);
    assert!(error.contains("6:8: unknown variant `lin`"), "{error}");
    assert!(folder.ok(&["kind", "show", "talk"]).contains("poster"));
}

#[test]
fn a_kind_with_entries_is_removed_only_on_demand_and_comes_back() {
    let folder = with_talks();
    folder.ok(&["add", "talk", "X", "--code", "T1", "--held", "since 2022"]);
    let before = folder.everything();
    assert!(
        folder
            .fails(2, &["kind", "remove", "talk"])
            .contains("kind `talk` has 1 entry")
    );
    let kinds = folder.ok(&["kind", "list"]);
    folder.ok(&["kind", "remove", "terms", "--yes"]);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["kind", "list"]), kinds, "in its place");
    folder.ok(&["kind", "remove", "talks", "--yes"]);
    assert!(
        folder
            .fails(2, &["list", "kind:talk"])
            .contains("no kind `talk`")
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    assert!(
        folder
            .ok(&["doctor"])
            .lines()
            .all(|line| line.starts_with("gaps") || line.starts_with("links"))
    );
}

#[test]
fn a_broken_definition_breaks_nothing_else() {
    let folder = with_talks();
    folder.is_damaged();
    folder.ok(&["add", "talk", "X", "--code", "T1"]);
    folder.ok(&["add", "term", "T"]);
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute(
        "UPDATE kind SET definition = 'name = 1' WHERE name = 'talk'",
        [],
    )
    .unwrap();
    assert_eq!(
        folder.ok(&["list", "--tsv", "ref,title"]),
        "talk/x\tX\nterm/t\tT\n"
    );
    folder.ok(&["add", "term", "U"]);
    assert!(folder.ok(&["show", "talk/x"]).starts_with("X\n"));
    assert!(
        folder
            .ok(&["export", "--format", "jsonl"])
            .contains("\"slug\":\"x\"")
    );
    let given = folder.run(&["kind", "list", "--tsv"]);
    assert!(
        given.err.contains("kind `talk` cannot be read"),
        "{}",
        given.err
    );
    assert_eq!(folder.run(&["set", "talk/x", "title=Z"]).code, Some(2));
}

#[test]
fn talks_stand_on_the_page_below_their_heading() {
    let folder = with_talks();
    folder.write(
        "n.md",
        "# Notes\n\n## Presentations\n\n### Summer 2023\n\n- [First](/slides/1)\n",
    );
    // The page has no place for the required field `code`, so the item stays prose and is reported.
    let given = folder.run(&["import", "n.md"]);
    assert_eq!(given.code, Some(3));
    assert!(
        given.err.contains("n.md:7:1: code is required"),
        "{}",
        given.err
    );
    folder.ok(&[
        "add",
        "talk",
        "Second",
        "--code",
        "T2",
        "--held",
        "Summer 2023",
        "--url",
        "/slides/2",
    ]);
    folder.ok(&["export", "-q", "out.md"]);
    assert!(
        folder
            .read("out.md")
            .contains("### Summer 2023\n\n- [First](/slides/1)\n\n- [Second](/slides/2)\n"),
        "{}",
        folder.read("out.md")
    );
}

#[test]
fn a_required_choice_gets_more_choices_or_another_type_and_back_with_its_entries() {
    let folder = Folder::new();
    let definition = |field: &str| {
        format!(
            "name = \"mood\"\nplural = \"moods\"\nsummary = \"A mood\"\ncolumns = [\"title\"]\n\n[[field]]\nname = \"level\"\nhelp = \"How it is\"\nrequired = true\n{field}\n"
        )
    };
    folder.write(
        "m.toml",
        definition("type = \"choice\"\nchoices = [\"low\", \"high\"]"),
    );
    folder.write(
        "wide.toml",
        definition("type = \"choice\"\nchoices = [\"low\", \"mid\", \"high\"]"),
    );
    folder.write("line.toml", definition("type = \"line\""));
    folder.ok(&["kind", "add", "m.toml"]);
    folder.ok(&["add", "mood", "Monday", "--level", "low"]);
    let level = || folder.ok(&["list", "moods", "--tsv", "level"]);
    folder.ok(&["kind", "edit", "mood", "wide.toml"]);
    folder.ok(&["set", "monday", "level=mid"]);
    folder.ok(&["kind", "edit", "mood", "line.toml"]);
    folder.ok(&["set", "monday", "level=odd"]);
    assert_eq!(
        folder.fails(2, &["undo", "5"]),
        "error: operation 5 cannot be reversed: `mood/monday` would not fit the kind `mood` as it was\nhint: kb undo 6\n"
    );
    for expected in ["mid\n", "mid\n", "low\n", "low\n"] {
        folder.ok(&["undo"]);
        assert_eq!(level(), expected);
    }
    for expected in ["low\n", "mid\n", "mid\n", "odd\n"] {
        folder.ok(&["redo"]);
        assert_eq!(level(), expected);
    }
}

#[test]
fn a_default_is_written_as_its_type_or_as_text() {
    for (field_type, default, shown) in [
        ("integer", "3", "3"),
        ("integer", "\"3\"", "3"),
        ("number", "2.5", "2.5"),
        ("flag", "true", "true"),
        ("flag", "false", "false"),
        ("period", "2024-05-01", "\"2024-05-01\""),
        ("line", "7", "\"7\""),
    ] {
        let folder = Folder::new();
        let own =
            "name = \"mood\"\nplural = \"moods\"\nsummary = \"A mood\"\ncolumns = [\"title\"]\n";
        let field = format!(
            "\n[[field]]\nname = \"level\"\nhelp = \"How it is\"\ntype = \"{field_type}\"\nrequired = true\ndefault = {default}\n"
        );
        // The entries from before get it, too.
        folder.write("m.toml", own);
        folder.ok(&["kind", "add", "m.toml"]);
        folder.ok(&["add", "mood", "Monday"]);
        folder.write("n.toml", format!("{own}{field}"));
        folder.ok(&["kind", "edit", "mood", "n.toml"]);
        folder.ok(&["add", "mood", "Tuesday"]);
        assert_eq!(
            folder.ok(&["list", "moods", "--jsonl", "level"]),
            format!("{{\"level\":{shown}}}\n").repeat(2),
            "{field_type} {default}"
        );
        assert_eq!(
            folder.ok(&["kind", "show", "mood"]),
            format!("{own}{field}")
        );
    }
    let folder = Folder::new();
    folder.write("m.toml", "name = \"mood\"\nplural = \"moods\"\nsummary = \"A mood\"\n\n[[field]]\nname = \"level\"\nhelp = \"How\"\ntype = \"integer\"\ndefault = [1]\n");
    let said = folder.fails(2, &["kind", "add", "m.toml"]);
    assert!(
        said.contains("m.toml:9:11: a default is one value, not array"),
        "{said}"
    );
}

#[test]
fn a_period_keeps_its_wording_while_its_field_is_gone() {
    let folder = Folder::new();
    let own = "name = \"mood\"\nplural = \"moods\"\nsummary = \"A mood\"\n";
    folder.write("bare.toml", own);
    folder.write(
        "m.toml",
        format!("{own}\n[[field]]\nname = \"when\"\nhelp = \"When\"\ntype = \"period\"\n"),
    );
    folder.ok(&["kind", "add", "m.toml"]);
    folder.ok(&["add", "mood", "Monday", "--when", "Summer 2023"]);
    let when = "{\"when\":\"2023-22\",\"when_text\":\"Summer 2023\"}\n";
    let shown = || folder.ok(&["list", "moods", "--jsonl", "when,when_text"]);
    assert_eq!(shown(), when);
    folder.ok(&["kind", "edit", "mood", "bare.toml"]);
    folder.ok(&["kind", "edit", "mood", "m.toml"]);
    assert_eq!(shown(), when);
}

/// Makes the notebook one of an earlier kb, whose definition of a built-in kind was `old`, and which
/// the user changed to `mine`.
fn made_by_an_earlier_kb(folder: &Folder, kind: &str, old: &str, mine: &str) {
    folder.write("mine.toml", mine);
    folder.ok(&["kind", "edit", kind, "mine.toml"]);
    let db = rusqlite::Connection::open(folder.notebook()).unwrap();
    db.execute("UPDATE kind SET base = ?2 WHERE name = ?1", [kind, old])
        .unwrap();
}

#[test]
fn a_notebook_of_an_earlier_kb_gets_the_new_definitions_of_built_in_kinds() {
    let folder = Folder::new();
    let new = folder.ok(&["kind", "show", "term"]);
    let old = new.replace(
        "summary = \"A term or concept with its definition\"",
        "summary = \"A term\"",
    );
    assert_ne!(old, new);
    let mine =
        format!("{old}\n[[field]]\nname = \"mood\"\ntype = \"line\"\nhelp = \"How it feels\"\n");
    made_by_an_earlier_kb(&folder, "term", &old, &mine);
    assert!(
        folder
            .ok(&["kind", "show", "term"])
            .contains("summary = \"A term\""),
        "a read changes nothing"
    );
    let said = folder.run(&["add", "term", "X", "--mood", "calm"]);
    assert!(
        said.err
            .contains("the kind `term` has the changes of this kb"),
        "{}",
        said.err
    );
    let merged = folder.ok(&["kind", "show", "term"]);
    assert!(
        merged.contains("A term or concept with its definition")
            && merged.contains("name = \"mood\"")
    );
    assert!(
        !folder.run(&["add", "term", "Y"]).err.contains("of this kb"),
        "once"
    );
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["kind", "show", "term"]), mine);
}

#[test]
fn what_the_user_changed_in_a_built_in_kind_wins_over_a_new_definition() {
    let folder = Folder::new();
    let new = folder.ok(&["kind", "show", "term"]);
    let with = |summary: &str| {
        new.replace(
            "summary = \"A term or concept with its definition\"",
            &format!("summary = \"{summary}\""),
        )
    };
    made_by_an_earlier_kb(&folder, "term", &with("A term"), &with("My terms"));
    let said = folder.run(&["add", "term", "X"]);
    assert!(
        said.err.contains("the kind `term` stays as you changed it"),
        "{}",
        said.err
    );
    assert_eq!(folder.ok(&["kind", "show", "term"]), with("My terms"));
    assert!(
        !folder
            .run(&["add", "term", "Y"])
            .err
            .contains("stays as you changed"),
        "once"
    );
}

#[test]
fn a_field_becomes_a_ref_and_back_with_its_links() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha", "-q"]);
    let with = |kind: &str| {
        format!(
            "name=\"talk\"\nplural=\"talks\"\nsummary=\"A\"\n[[field]]\nname=\"f\"\nhelp=\"h\"\ntype=\"{kind}\"\n"
        )
    };
    folder.write("line.toml", with("line"));
    folder.write("ref.toml", with("ref"));
    folder.ok(&["kind", "add", "line.toml"]);
    folder.ok(&["add", "talk", "One", "--f", "term/alpha", "-q"]);
    let links = || {
        folder
            .ok(&["show", "alpha", "--jsonl", "backlinks"])
            .contains("talk/one")
    };
    let sound = || assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
    for (words, is_link) in [
        (&["kind", "edit", "talk", "ref.toml"][..], true),
        (&["undo"], false),
        (&["redo"], true),
        (&["kind", "edit", "talk", "line.toml"], false),
    ] {
        folder.ok(words);
        assert_eq!(links(), is_link, "{words:?}");
        sound();
    }
}

#[test]
fn a_default_of_a_field_with_several_values_is_one_of_them() {
    let folder = Folder::new();
    folder.write("k.toml", "name=\"talk\"\nplural=\"talks\"\nsummary=\"A\"\n[[field]]\nname=\"n\"\ntype=\"line\"\nmany=true\ndefault=\"x\"\nhelp=\"h\"\n");
    folder.ok(&["kind", "add", "k.toml"]);
    folder.ok(&["add", "talk", "One", "-q"]);
    assert!(folder.everything().contains("\"n\":[\"x\"]"));
}

#[test]
fn an_undo_and_its_redo_survive_a_change_of_the_kind() {
    let folder = Folder::new();
    let with = |field: &str| {
        format!(
            "name=\"zz\"\nplural=\"zzs\"\nsummary=\"x\"\n[[field]]\nname=\"{field}\"\ntype=\"line\"\nhelp=\"u\"\n"
        )
    };
    folder.write("a.toml", with("a"));
    folder.write("b.toml", with("b"));
    folder.ok(&["kind", "add", "a.toml"]);
    folder.ok(&["add", "zz", "T", "--a", "1", "-q"]);
    folder.ok(&["remove", "zz/t", "--yes"]);
    folder.ok(&["kind", "edit", "zz", "b.toml"]);
    folder.ok(&["undo", "3"]);
    assert!(folder.everything().contains("\"a\":\"1\""), "left over");
    folder.ok(&["redo", "3"]);
    assert_eq!(folder.everything(), "");
}
