//! Pages: an unchanged page is exported byte for byte, an edit changes only its own lines, and a
//! second import does nothing.

use crate::support::Folder;

const EXAMPLE: &str = include_str!("../data/example/notebook.md");

fn imported() -> Folder {
    let folder = Folder::new();
    folder.write("notebook.md", EXAMPLE);
    folder.ok(&["import", "notebook.md"]);
    folder
}

/// The lines that only one of two texts has, as `-line` and `+line`, by a longest common
/// subsequence. Empty lines are left out.
pub(crate) fn difference(old: &str, new: &str) -> Vec<String> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut table = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i][j] = if a[i] == b[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && table[i + 1][j] >= table[i][j + 1]) {
            lines.push(format!("-{}", a[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", b[j]));
            j += 1;
        }
    }
    lines.into_iter().filter(|line| line.len() > 1).collect()
}

/// Runs a command on the example notebook and checks which lines of the exported page differ.
/// Importing that page must record no operation, and undo must restore the first page.
fn changes(words: &[&str], expected: &[&str]) {
    let folder = imported();
    folder.ok(words);
    folder.ok(&["export", "-q", "out.md"]);
    let out = folder.read("out.md");
    assert_eq!(difference(EXAMPLE, &out), expected, "{words:?}\n{out}");
    let before = folder.ok(&["history", "--tsv"]);
    folder.ok(&["import", "out.md", "--page", "notebook.md"]);
    assert_eq!(
        folder.ok(&["history", "--tsv"]),
        before,
        "importing an exported page records no operation: {words:?}"
    );
    folder.ok(&["undo"]);
    folder.ok(&["export", "-q", "out.md"]);
    assert_eq!(
        folder.read("out.md"),
        EXAMPLE,
        "undo restores the page: {words:?}"
    );
}

#[test]
fn the_example_page_comes_back_byte_for_byte_and_a_second_import_does_nothing() {
    let folder = imported();
    folder.ok(&["export", "again.md"]);
    assert_eq!(folder.read("again.md"), EXAMPLE);
    let history = folder.ok(&["history", "--tsv"]);
    let given = folder.run(&["import", "notebook.md"]);
    assert!(given.err.contains("nothing new"), "{}", given.err);
    assert_eq!(folder.ok(&["history", "--tsv"]), history);
}

#[test]
fn a_goal_moves_from_want_to_learnt_and_its_headings_come_and_go() {
    changes(
        &["set", "goal/kernel-methods", "status=learnt"],
        &[
            "-#### Statistics",
            "-- Kernel methods",
            "+#### Statistics",
            "+- Kernel methods",
        ],
    );
    changes(
        &[
            "set",
            "goal/how-dictionary-learning-scales",
            "status=learning",
            "period=Dec 2025",
        ],
        &[
            "+- Dec 2025: How dictionary learning scales",
            "-- How dictionary learning scales",
        ],
    );
}

#[test]
fn a_paper_with_another_topic_moves_to_a_heading_of_its_own() {
    changes(
        &[
            "set",
            "paper/deep-residual-learning-for-image-recognition",
            "topics=Optimisation",
        ],
        &[
            "-- [Deep Residual Learning for Image Recognition](https://arxiv.org/abs/1512.03385)",
            "+### Optimisation",
            "+- [Deep Residual Learning for Image Recognition](https://arxiv.org/abs/1512.03385)",
        ],
    );
}

#[test]
fn a_field_that_changes_changes_its_own_characters() {
    changes(
        &["set", "term/residual-stream", "title=The residual stream"],
        &[
            "-- Residual stream: The running sum that every layer of a transformer reads from and writes to.",
            "+- The residual stream: The running sum that every layer of a transformer reads from and writes to.",
        ],
    );
    changes(
        &["set", "post/what-a-probe-can-tell", "url=/blog/probes"],
        &[
            "-- [What a probe can tell](/blog/what-a-probe-can-tell)",
            "+- [What a probe can tell](/blog/probes)",
        ],
    );
    changes(
        &[
            "set",
            "paper/toy-models-of-superposition",
            "body=Short.\n\n- with\n- a list",
        ],
        &[
            "-  Question: When do networks store more features than they have dimensions?",
            "+  Short.",
            "-  Finding: With sparse features they do, and the geometry of the features is regular.",
            "+  - with",
            "+  - a list",
        ],
    );
}

#[test]
fn what_is_added_is_written_as_its_neighbours_are() {
    changes(
        &[
            "add",
            "term",
            "Grokking",
            "Generalising long after the training data is learnt by heart.",
            "--level",
            "1.5",
        ],
        &["+- Grokking: Generalising long after the training data is learnt by heart."],
    );
    changes(
        &[
            "add",
            "achievement",
            "Gave a talk",
            "--period",
            "Autumn 2025",
        ],
        &["+- Gave a talk"],
    );
    changes(
        &[
            "add",
            "achievement",
            "Ran a workshop",
            "--period",
            "Jan 2026",
        ],
        &["+#### Jan 2026", "+- Ran a workshop"],
    );
    changes(
        &[
            "add",
            "meeting",
            "Meeting with a compiler engineer",
            "- Talked about proofs",
            "--public",
        ],
        &[
            "+### Meeting with a compiler engineer",
            "+- Talked about proofs",
        ],
    );
    changes(
        &[
            "add",
            "goal",
            "Causal scrubbing",
            "--topic",
            "Interpretability",
        ],
        &["+- Causal scrubbing"],
    );
    changes(
        &[
            "add",
            "project",
            "A probe library",
            "--url",
            "/projects#probes",
        ],
        &["+- [A probe library](/projects#probes)"],
    );
}

#[test]
fn what_is_removed_or_private_leaves_without_a_trace() {
    changes(
        &["remove", "project/sparse-autoencoder-zoo"],
        &["-- [Sparse autoencoder zoo](/projects#zoo)"],
    );
    changes(
        &[
            "set",
            "meeting/meeting-with-a-robotics-researcher",
            "private=yes",
        ],
        &[
            "-### Meeting with a robotics researcher",
            "-- Showed me that real robots fail in ways that no simulator has.",
        ],
    );
    changes(
        &["add", "meeting", "Meeting with a secret person", "hidden"],
        &[],
    );
}

#[test]
fn a_change_made_by_hand_is_taken_in_and_nothing_else() {
    let folder = imported();
    folder.ok(&["set", "term/residual-stream", "source=Elhage et al."]);
    let edited = EXAMPLE
        .replace(
            "- Kernel methods",
            "- Kernel methods and Gaussian processes",
        )
        .replace(
            "- [What a probe can tell](/blog/what-a-probe-can-tell)\n",
            "- [What a probe can tell](/blog/what-a-probe-can-tell)\n- [A new post](/blog/new)\n",
        )
        .replace("- Jan-Feb 2026: Reading", "- Jan-March 2026: Reading");
    folder.write("notebook.md", &edited);
    let given = folder.run(&["import", "notebook.md"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(
        given.err.contains("post: 1 added") && given.err.contains("2 entries changed"),
        "{}",
        given.err
    );
    assert_eq!(
        folder
            .ok(&["show", "goal/kernel-methods", "--json", "title"])
            .matches("Gaussian")
            .count(),
        1
    );
    assert!(
        folder
            .ok(&["list", "goals", "--tsv", "period_text"])
            .contains("Jan-March 2026")
    );
    assert!(
        folder
            .ok(&["show", "residual-stream"])
            .contains("Elhage et al."),
        "a field that the page does not show keeps its value"
    );
    folder.ok(&["export", "-q", "out.md"]);
    assert_eq!(folder.read("out.md"), edited);
    folder.ok(&["undo"]);
    folder.ok(&["export", "-q", "out.md"]);
    assert_eq!(folder.read("out.md"), EXAMPLE);
}

#[test]
fn of_edited_titles_each_goes_to_the_most_similar_entry() {
    let folder = Folder::new();
    folder.write(
        "terms.md",
        "## Terms\n\n- Gradient descent: one\n- Gradient descents in practice: two\n",
    );
    folder.ok(&["import", "terms.md"]);
    // The first title is like both, the second is nearly the same as one of them.
    folder.write(
        "terms.md",
        "## Terms\n\n- Gradient descent in practise: two and more\n- Gradient descend: one and more\n",
    );
    folder.ok(&["import", "terms.md"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "slug,title,body"]),
        "gradient-descent\tGradient descend\tone and more\n\
         gradient-descents-in-practice\tGradient descent in practise\ttwo and more\n"
    );
}

#[test]
fn a_page_that_kb_made_meets_the_edits_of_both_sides() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Grokking", "Late generalisation."]);
    folder.ok(&["add", "term", "Probe", "A small classifier."]);
    folder.ok(&["export", "page.md"]);
    let page = folder.read("page.md");
    folder.write("page.md", page.replace("Late gen", "Very late gen"));
    folder.ok(&["set", "probe", "body=A linear classifier."]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("page.md"),
        "# Notebook\n\n## Terms\n\n- Grokking: Very late generalisation.\n- Probe: A linear classifier.\n"
    );
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title,body"]),
        "Grokking\tVery late generalisation.\nProbe\tA linear classifier.\n"
    );
    let before = folder.everything();
    folder.ok(&["sync"]);
    assert_eq!(folder.everything(), before);
}

#[test]
fn an_edit_on_a_page_leaves_the_private_links_of_its_entry() {
    let folder = Folder::new();
    folder.ok(&["add", "meeting", "Secret talk", "--private"]);
    folder.ok(&[
        "add",
        "term",
        "Grokking",
        "Late generalisation, see [[meeting/secret-talk]] for more.",
    ]);
    folder.ok(&["export", "page.md"]);
    folder.ok(&["import", "page.md"]);
    let page = folder.read("page.md");
    assert!(page.contains("see  for more."), "{page}");
    folder.write("page.md", page.replace("for more.", "for much more."));
    folder.ok(&["import", "page.md"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "body"]),
        "Late generalisation, see [[meeting/secret-talk]] for much more.\n"
    );
    // An edit of the words around the link is a conflict.
    let page = folder.read("page.md");
    folder.write("page.md", page.replace("see  for", "look at this for"));
    let refused = folder.fails(2, &["import", "page.md"]);
    assert!(refused.contains("term/grokking"), "{refused}");
    folder.ok(&["import", "page.md", "--theirs"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "body"]),
        "Late generalisation, look at this for much more.\n"
    );
}

#[test]
fn what_is_taken_off_by_hand_stays_in_the_notebook_and_off_the_page() {
    let folder = imported();
    let edited = EXAMPLE.replace("- [Sparse autoencoder zoo](/projects#zoo)\n\n", "");
    assert_ne!(edited, EXAMPLE);
    folder.write("notebook.md", &edited);
    let given = folder.run(&["import", "notebook.md"]);
    assert!(
        given.err.contains("no longer on the page")
            && given.err.contains("project/sparse-autoencoder-zoo"),
        "{}",
        given.err
    );
    folder.ok(&["show", "project/sparse-autoencoder-zoo"]);
    folder.ok(&["export", "-q", "out.md"]);
    assert_eq!(folder.read("out.md"), edited);
}

#[test]
fn headings_can_be_bound_on_the_command_line_and_a_dry_run_shows_them() {
    let folder = Folder::new();
    folder.write("list.md", "# Things\n\n## Stuff to look at\n\n- [A](https://example.org/a) - first\n- [B](https://example.org/b)\n");
    let plan = folder.ok(&[
        "import",
        "list.md",
        "--section",
        "Stuff to look at=papers",
        "--dry-run",
    ]);
    assert!(
        plan.contains("list.md:3: heading `Stuff to look at`: paper")
            && plan.contains("add paper/a"),
        "{plan}"
    );
    assert_eq!(folder.ok(&["list"]), "");
    folder.ok(&["import", "list.md", "--section", "Stuff to look at=papers"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,body"]),
        "A\tfirst\nB\t\n"
    );
    let again = folder.run(&["import", "list.md"]);
    assert!(
        again.err.contains("nothing new"),
        "a bound heading stays bound: {}",
        again.err
    );
    assert!(
        folder
            .fails(2, &["import", "list.md", "--section", "Stuff"])
            .contains("--section \"Reading=papers\"")
    );
}

#[test]
fn an_item_that_does_not_fit_stays_prose_and_is_named_by_line() {
    let folder = Folder::new();
    let page = format!(
        "# Papers\n\n- [Fits](https://example.org)\n- {}\n",
        "long ".repeat(300)
    );
    folder.write("p.md", &page);
    let given = folder.run(&["import", "p.md"]);
    assert_eq!(given.code, Some(3), "{}", given.err);
    assert!(given.err.contains("p.md:4:1: title is"), "{}", given.err);
    assert_eq!(folder.ok(&["export", "--format", "page"]), page);
}

const GLOSSARY: &str = "# Awesome things\n\nSome prose about quokkas.\n\n## Glossary\n\n### [Entropy](https://example.org/e)\n\nHow unsure one is.\n\n```\ncode\n```\n\n\
    ### Loss\n\nWhat is made small.\n\n### Physics\n\n- Energy: What is kept.\n\n## Other\n\n- [x](https://example.org/x)\n  - [y](https://example.org/y) within\n";

#[test]
fn a_heading_with_text_below_is_an_entry_of_its_section_and_one_with_a_list_is_a_topic() {
    let folder = Folder::new();
    folder.write("glossary.md", GLOSSARY);
    let dry = folder.ok(&["import", "glossary.md", "--dry-run"]);
    for line in [
        "glossary.md:19: heading `Physics`: term topic=Physics",
        "glossary.md:25: prose: - [x]",
        "glossary.md:26: prose: - [y](https://example.org/y) within",
    ] {
        assert!(dry.contains(line), "{line} in {dry}");
    }
    folder.ok(&["import", "glossary.md"]);
    assert_eq!(
        folder.ok(&[
            "list",
            "terms",
            "--jsonl",
            "title,url,topics,body",
            "--sort",
            "title"
        ]),
        "{\"title\":\"Energy\",\"url\":null,\"topics\":[\"Physics\"],\"body\":\"What is kept.\"}\n\
         {\"title\":\"Entropy\",\"url\":\"https://example.org/e\",\"topics\":[],\"body\":\"How unsure one is.\\n\\n```\\ncode\\n```\"}\n\
         {\"title\":\"Loss\",\"url\":null,\"topics\":[],\"body\":\"What is made small.\"}\n"
    );
    assert_eq!(folder.ok(&["export", "--format", "page"]), GLOSSARY);
    folder.ok(&[
        "set",
        "entropy",
        "title=Entropy of a source",
        "url=https://example.org/h",
    ]);
    folder.ok(&["set", "loss", "body=What is made\n\nsmall."]);
    let after = folder.ok(&["export", "--format", "page"]);
    let expected = [
        "-### [Entropy](https://example.org/e)",
        "+### [Entropy of a source](https://example.org/h)",
        "-What is made small.",
        "+What is made",
        "+small.",
    ];
    assert_eq!(difference(GLOSSARY, &after), expected);
    // With `--kind`, a file of one heading with text is one entry.
    folder.write(
        "today.md",
        "# Rebase keeps dates\n\nWith `--committer-date-is-author-date`.\n",
    );
    folder.ok(&["import", "today.md", "--kind", "terms"]);
    assert_eq!(
        folder.ok(&["show", "term/rebase-keeps-dates", "--jsonl", "body"]),
        "{\"body\":\"With `--committer-date-is-author-date`.\"}\n"
    );
}

#[test]
fn a_heading_that_begins_with_an_escape_is_read_whole() {
    let folder = Folder::new();
    folder.write(
        "page.md",
        "# Terms\n\n## \\`a\\`\n\nOne.\n\n## \\<b>\n\nTwo.\n",
    );
    folder.ok(&["import", "page.md"]);
    assert_eq!(
        folder.ok(&["list", "terms", "--tsv", "title"]),
        "`a`\n<b>\n"
    );
}

#[test]
fn lines_of_a_body_that_look_like_headings_stay_in_the_entry() {
    let folder = Folder::new();
    folder.write("glossary.md", GLOSSARY);
    folder.ok(&["import", "glossary.md"]);
    let body = "One\n---\n# Two\n\n---\n#### Three\n\\# Four\n===\n\n```sh\n# five\n```";
    folder.ok(&["set", "loss", &format!("body={body}")]);
    folder.ok(&["export", "glossary.md"]);
    let page = std::fs::read_to_string(folder.file("glossary.md")).unwrap();
    assert!(
        page.contains(
            "One\n\\---\n\\# Two\n\n---\n\\#### Three\n\\\\# Four\n\\===\n\n```sh\n# five\n```\n"
        ),
        "{page}"
    );
    // Import the page into a notebook that never had the entry.
    let other = Folder::new();
    other.write("glossary.md", &page);
    other.ok(&["import", "glossary.md"]);
    for notebook in [&folder, &other] {
        let shown: serde_json::Value =
            serde_json::from_str(&notebook.ok(&["show", "term/loss", "--json", "body"])).unwrap();
        assert_eq!(shown[0]["body"], body);
    }
    assert!(
        folder
            .run(&["import", "glossary.md"])
            .err
            .contains("holds nothing new")
    );
}

const TABLE: &str = "# Notes\n\n## Papers\n\n| Title | Notes | Year |\n|---|:---|---|\n| [A paper](https://example.org/a) | notes  on \\| it | 2020 |\n| no link | other | 2021 |\n\
    | [B paper](https://example.org/b) |  | 2022 |\n\nText behind.\n";

#[test]
fn a_row_with_a_link_is_an_entry_and_its_other_cells_stay() {
    let folder = Folder::new();
    folder.write("table.md", TABLE);
    assert!(
        folder
            .ok(&["import", "table.md", "--dry-run"])
            .contains("table.md:8: prose: | no link | other | 2021 |")
    );
    folder.ok(&["import", "table.md"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--jsonl", "title,url,body"]),
        "{\"title\":\"A paper\",\"url\":\"https://example.org/a\",\"body\":\"notes  on | it\"}\n{\"title\":\"B paper\",\"url\":\"https://example.org/b\",\"body\":\"\"}\n"
    );
    assert_eq!(folder.ok(&["export", "--format", "page"]), TABLE);
    folder.ok(&["set", "b-paper", "title=B | paper", "body=two\nlines"]);
    folder.ok(&[
        "add",
        "paper",
        "C paper",
        "a note",
        "--url",
        "https://example.org/c",
    ]);
    folder.ok(&["export", "table.md"]);
    let expected = [
        "-| [B paper](https://example.org/b) |  | 2022 |",
        "+| [B \\| paper](https://example.org/b) | two lines | 2022 |",
        "+| [C paper](https://example.org/c) | a note |  |",
    ];
    assert_eq!(difference(TABLE, &folder.read("table.md")), expected);
    // A table row shows the body in one line, and the entry keeps its line breaks.
    assert!(
        folder
            .run(&["import", "table.md"])
            .err
            .contains("holds nothing new")
    );
    assert_eq!(
        folder.ok(&["show", "b-paper", "--jsonl", "body"]),
        "{\"body\":\"two\\nlines\"}\n"
    );
    folder.ok(&["remove", "a-paper"]);
    assert!(
        !folder
            .ok(&["export", "--format", "page"])
            .contains("A paper")
    );
}

#[test]
fn prose_is_found_as_part_of_its_page() {
    let folder = Folder::new();
    folder.write("glossary.md", GLOSSARY);
    folder.ok(&["import", "glossary.md"]);
    let given = folder.run(&["search", "Quokkas"]);
    assert_eq!((given.code, given.out.as_str()), (Some(1), ""));
    assert_eq!(
        given.err,
        "no entry has `Quokkas`\non the page `glossary.md`, line 3: Some prose about quokkas.\nno entry found\n"
    );
    let given = folder.run(&["search", "entropy", "--lexical"]);
    assert_eq!(
        (given.code, given.err.as_str()),
        (Some(0), ""),
        "the text of an entry is not reported as prose"
    );
    assert!(
        folder
            .run(&["search", "within"])
            .err
            .contains("on the page `glossary.md`, line 25: - [x]")
    );
    assert!(
        !folder
            .run(&["search", "quokkas", "kind:term"])
            .err
            .contains("on the page"),
        "a search with a filter reports only entries"
    );
}

#[test]
fn line_ends_byte_order_mark_and_a_missing_last_line_end_survive() {
    for page in [
        "\u{feff}# Papers\r\n\r\n- [A](https://e.org/a)\r\n- [B](https://e.org/b)",
        "# Papers\n- a\n\n\n",
        "",
        "\n\n",
        "# Terms\n\n* **T:** d\n",
    ] {
        let folder = Folder::new();
        folder.write("p.md", page);
        folder.ok(&["import", "p.md"]);
        folder.ok(&["export", "-q", "q.md"]);
        assert_eq!(folder.read("q.md"), page);
    }
    let folder = Folder::new();
    folder.write(
        "p.md",
        "# Papers\r\n\r\n- [A](https://e.org/a)\r\n- [B](https://e.org/b)",
    );
    folder.ok(&["import", "p.md"]);
    folder.ok(&["add", "paper", "C", "--url", "https://e.org/c"]);
    folder.ok(&["export", "-q", "q.md"]);
    assert_eq!(
        folder.read("q.md"),
        "# Papers\r\n\r\n- [A](https://e.org/a)\r\n- [B](https://e.org/b)\r\n- [C](https://e.org/c)"
    );
}

#[test]
fn of_several_pages_an_entry_stands_on_its_own_and_a_new_one_on_the_first_with_a_section() {
    let folder = Folder::new();
    folder.write("a.md", "# Terms\n\n- A: one\n");
    folder.write(
        "b.md",
        "# Papers\n\n- [B](https://e.org/b)\n\n# Terms\n\n- C: two\n",
    );
    folder.ok(&["import", "a.md"]);
    folder.ok(&["import", "b.md"]);
    folder.ok(&["add", "term", "D", "three"]);
    folder.ok(&["add", "paper", "E", "--url", "https://e.org/e"]);
    folder.ok(&["export", "a.md"]);
    folder.ok(&["export", "b.md"]);
    assert_eq!(folder.read("a.md"), "# Terms\n\n- A: one\n- D: three\n");
    assert_eq!(
        folder.read("b.md"),
        "# Papers\n\n- [B](https://e.org/b)\n- [E](https://e.org/e)\n\n# Terms\n\n- C: two\n"
    );
    assert!(
        folder
            .fails(2, &["export", "c.md"])
            .contains("name one with `--page`")
    );
}

#[test]
fn a_fresh_page_of_thousands_of_entries_is_written_in_seconds() {
    let folder = Folder::new();
    let lines: String = (0..5_000)
        .map(|n| {
            format!(
                "{{\"kind\":\"{}\",\"title\":\"Entry {n}\",\"period\":\"{}\",\"level\":{n}}}\n",
                ["goal", "term", "achievement"][n % 3],
                1990 + n % 30
            )
        })
        .collect();
    folder.write("e.jsonl", lines);
    folder.ok(&["import", "e.jsonl"]);
    let start = std::time::Instant::now();
    let page = folder.ok(&["export", "--format", "page"]);
    assert_eq!(
        page.lines().filter(|line| line.starts_with("- ")).count(),
        5_000
    );
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
