//! Quick capture: jots, the inbox, attached files, the clipboard, and putting a backup back.

use serde_json::Value as Json;

use crate::support::Folder;

#[test]
fn a_jot_is_a_dated_private_line_on_an_entry_or_on_today() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE", "An autoencoder"]);
    assert_eq!(
        folder.ok(&["jot", "vae", "saw why,", "it; matters"]),
        "term/vae\n"
    );
    let day = folder.ok(&["jot", "read on the train"]);
    assert!(day.starts_with("day/20"), "{day}");
    assert_eq!(folder.ok(&["jot", "and on the way back"]), day);
    folder.run_with(&["jot", "vae", "-"], "from a pipe\n");
    let today = day.trim().trim_start_matches("day/");
    let list = folder.ok(&["jot", "--list", "--since", "1d"]);
    for line in [
        format!("{today}\tterm/vae\tsaw why, it; matters\n"),
        format!("{today}\tterm/vae\tfrom a pipe\n"),
        format!("{today}\tday/{today}\tread on the train\n"),
    ] {
        assert!(list.contains(&line), "{line} in {list}");
    }
    assert_eq!(folder.ok(&["jot", "--list", "vae"]).lines().count(), 2);
    assert_eq!(folder.ok(&["jot", "--list", "--since", "2999"]), "");
    // Neither body nor public output has it.
    assert_eq!(folder.ok(&["show", "vae", "--body"]), "An autoencoder\n");
    let public = folder.ok(&["export", "--format", "jsonl", "--public"]);
    assert!(
        !public.contains("matters") && !public.contains("train"),
        "{public}"
    );
    // A ref alone needs a text, and a ref of nothing is not taken as a text.
    let error = folder.fails(2, &["jot", "vae"]);
    assert!(error.contains("kb jot vae"), "{error}");
    folder.fails(1, &["jot", "term/vea", "text"]);
    folder.fails(1, &["jot", "vea", "a quoted text"]);
    folder.fails(2, &["jot"]);
    folder.fails(2, &["jot", "--list", "--since", "nonsense"]);
    let before = folder.everything();
    folder.ok(&["jot", "vae", "not now", "--dry-run"]);
    assert_eq!(folder.everything(), before);
    // A kind of one's own gets jots too.
    folder.write(
        "talk.toml",
        "name = \"talk\"\nplural = \"talks\"\nsummary = \"A talk\"\n",
    );
    folder.ok(&["kind", "add", "talk.toml"]);
    folder.ok(&["add", "talk", "On lists"]);
    folder.ok(&["jot", "on-lists", "ask about it"]);
    assert!(folder.ok(&["show", "on-lists"]).contains("ask about it"));
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn several_words_go_to_the_inbox_and_are_filed_from_there() {
    let folder = Folder::new();
    let given = folder.run(&[
        "add",
        "read about sparse coding",
        "with a body",
        "--tag",
        "x",
    ]);
    assert_eq!(given.out, "inbox/read-about-sparse-coding\n");
    assert!(given.err.contains("kb inbox"), "{}", given.err);
    folder.run_with(&["add"], "look at this again\nand more\n");
    let list = folder.ok(&["inbox"]);
    assert_eq!(list.lines().count(), 2, "{list}");
    let public = folder.ok(&["export", "--format", "jsonl", "--public"]);
    assert_eq!(public, "");
    assert_eq!(
        folder.ok(&["inbox", "read-about-sparse-coding", "goal"]),
        "goal/read-about-sparse-coding\n"
    );
    let goal: Json =
        serde_json::from_str(&folder.ok(&["show", "goal/read-about-sparse-coding", "--jsonl"]))
            .unwrap();
    assert_eq!(
        (&goal["body"], &goal["tags"][0]),
        (&Json::from("with a body"), &Json::from("x"))
    );
    assert_eq!(goal["private"], false);
    assert_eq!(
        folder
            .ok(&["inbox", "--json", "ref"])
            .matches("inbox/")
            .count(),
        1
    );
    // One step takes it back.
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["inbox"]).lines().count(), 2);
    folder.fails(2, &["inbox", "goal/read", "term"]);
    folder.fails(1, &["inbox", "nothing-here", "term"]);
    // A single word is perhaps a misspelt kind, so it is not taken as a note.
    let error = folder.fails(2, &["add", "papre"]);
    assert!(error.contains("paper"), "{error}");
}

#[test]
fn what_is_piped_into_add_tells_its_kind() {
    let folder = Folder::new();
    let bib = "@article{x, title = {On Lists}, author = {Doe, Jane}, year = 2001}\n";
    assert_eq!(folder.run_with(&["add"], bib).out, "paper/on-lists\n");
    assert_eq!(
        folder.run_with(&["add"], "arXiv:2209.10652\n").out,
        "paper/arxiv-2209-10652\n"
    );
    let given = folder.run_with(&["add"], "");
    assert_eq!(given.code, Some(2));
}

#[test]
fn a_file_is_attached_by_content_or_linked_and_opened_if_it_is_safe() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE"]);
    folder.write("a.pdf", "%PDF-1.4 x");
    folder.write("run.sh", "echo no");
    let updated = folder.ok(&["list", "vae", "--tsv", "updated"]);
    folder.ok(&["attach", "vae", "a.pdf"]);
    assert_eq!(folder.ok(&["list", "vae", "--tsv", "updated"]), updated);
    std::fs::remove_file(folder.file("a.pdf")).unwrap();
    assert!(folder.ok(&["show", "vae"]).contains("attached:  a.pdf"));
    let path = folder.ok(&["open", "vae", "--print"]);
    assert!(path.ends_with("a.pdf\n"), "{path}");
    assert_eq!(std::fs::read_to_string(path.trim()).unwrap(), "%PDF-1.4 x");
    std::fs::remove_dir_all(std::path::Path::new(path.trim()).parent().unwrap()).unwrap();
    // What could run is only printed, whatever the opener is.
    folder.ok(&["add", "term", "Script"]);
    folder.ok(&["attach", "script", "run.sh", "--link"]);
    let mut command = folder.command(&["open", "script"]);
    let given = crate::support::given(&command.env("KB_OPENER", "false").output().unwrap());
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(given.out.ends_with("run.sh\n"), "{}", given.out);
    // An address comes first, unless the file is asked for.
    folder.ok(&["add", "paper", "P", "--url", "https://example.org/p"]);
    folder.write("p.txt", "text");
    folder.ok(&["attach", "paper/p", "p.txt", "--link"]);
    assert_eq!(
        folder.ok(&["open", "paper/p", "--print"]),
        "https://example.org/p\n"
    );
    assert!(
        folder
            .ok(&["open", "paper/p", "--print", "--file"])
            .ends_with("p.txt\n")
    );
    // The field `file` of BibTeX names one too.
    folder.write("here.pdf", "%PDF");
    folder.write("f.bib", "@misc{f, title = {F}, file = {:here.pdf:PDF}}\n");
    folder.ok(&["import", "f.bib"]);
    assert!(
        folder
            .ok(&["open", "paper/f", "--print"])
            .ends_with("here.pdf\n")
    );
    folder.fails(2, &["attach", "vae", "missing.pdf"]);
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
    // Purged, its content is gone from the notebook.
    folder.ok(&["purge", "vae", "attached", "--yes"]);
    assert!(!folder.ok(&["show", "vae"]).contains("a.pdf"));
    let bytes = std::fs::read(folder.notebook()).unwrap();
    assert!(!bytes.windows(10).any(|part| part == b"%PDF-1.4 x"));
}

#[test]
fn a_citation_a_key_or_a_link_is_copied() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE"]);
    folder.ok(&[
        "add",
        "paper",
        "On Lists",
        "--author",
        "Doe, Jane",
        "--year",
        "2001",
        "--doi",
        "10.1000/x1",
    ]);
    assert_eq!(folder.ok(&["copy", "vae", "--print"]), "[[term/vae]]\n");
    assert_eq!(
        folder.ok(&["copy", "on-lists", "--print"]),
        folder.ok(&["cite", "on-lists"])
    );
    assert_eq!(
        folder.ok(&["copy", "on-lists", "--key", "--print"]),
        "on-lists\n"
    );
    assert_eq!(
        folder.ok(&["copy", "on-lists", "--url", "--print"]),
        "https://doi.org/10.1000/x1\n"
    );
    let error = folder.fails(2, &["copy", "vae"]);
    assert!(error.contains("--print"), "{error}");
}

#[test]
fn a_backup_is_put_back_after_what_is_there_was_copied() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE"]);
    folder.ok(&["backup", "copy.db"]);
    let before = folder.everything();
    folder.ok(&["add", "term", "Later"]);
    folder.ok(&["backup", "--restore", "copy.db", "--dry-run"]);
    folder.ok(&["show", "later"]);
    let aside = folder.ok(&["backup", "--restore", "copy.db"]);
    assert_eq!(folder.everything(), before);
    // What was there is a notebook of its own.
    let aside = aside.trim();
    assert!(
        folder
            .ok(&["--notebook", aside, "show", "later"])
            .contains("Later")
    );
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
    folder.ok(&["add", "term", "After"]);
    // A notebook that another program has locked stays in its place.
    let with_after = folder.everything();
    let other = rusqlite::Connection::open(folder.notebook()).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
        .unwrap();
    let refused = folder.fails(4, &["backup", "--restore", "copy.db"]);
    assert!(refused.contains("another kb is writing"), "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    assert_eq!(folder.everything(), with_after);
    // A damaged notebook is kept as it is.
    std::fs::write(folder.notebook(), "no notebook").unwrap();
    let aside = folder.ok(&["backup", "--restore", "copy.db"]);
    assert_eq!(
        std::fs::read_to_string(aside.trim()).unwrap(),
        "no notebook"
    );
    assert_eq!(folder.everything(), before);
    // Another file is refused, and nothing changes.
    folder.write("page.md", "# Page\n");
    folder.fails(4, &["backup", "--restore", "page.md"]);
    folder.fails(4, &["backup", "--restore", "missing.db"]);
    assert_eq!(folder.everything(), before);
}

#[test]
fn filters_follow_links_and_lists_sort_by_when_entries_were_added() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE"]);
    folder.ok(&["add", "term", "Latent", "see [[vae]]"]);
    folder.ok(&["add", "term", "Other"]);
    assert_eq!(
        folder.ok(&["list", "links:vae", "--tsv", "slug"]),
        "latent\n"
    );
    assert_eq!(
        folder.ok(&["list", "linked:latent", "--tsv", "slug"]),
        "vae\n"
    );
    assert_eq!(
        folder.ok(&["list", "-links:vae", "--tsv", "slug"]),
        "vae\nother\n"
    );
    folder.fails(1, &["list", "links:nothing"]);
    assert_eq!(
        folder.ok(&["list", "--sort", "-added", "--limit", "1", "--tsv", "slug"]),
        "other\n"
    );
}

#[test]
fn a_finding_is_silenced_for_a_kind_and_findings_are_rows() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "VAE"]);
    folder.ok(&["add", "paper", "P"]);
    let found = folder.ok(&["doctor"]);
    assert!(
        found.contains("`term/vae` has no source") && found.contains("`paper/p`"),
        "{found}"
    );
    folder.ok(&["config", "doctor.term.source", "off"]);
    let found = folder.ok(&["doctor", "--jsonl", "check,message,fault"]);
    assert_eq!(
        found,
        "{\"check\":\"gaps\",\"message\":\"`paper/p` has no notes\",\"fault\":false}\n"
    );
    folder.ok(&["config", "doctor.term.source", ""]);
    assert!(folder.ok(&["doctor"]).contains("`term/vae`"));
    let error = folder.fails(2, &["config", "doctor.term.sauce", "off"]);
    assert!(error.contains("`source`"), "{error}");
    folder.fails(2, &["config", "doctor.term.source", "maybe"]);
}

#[test]
fn an_entry_is_written_in_the_editor_with_all_fields_of_its_kind() {
    let folder = Folder::new();
    folder.write(
        "talk.toml",
        "name = \"talk\"\nplural = \"talks\"\nsummary = \"A talk\"\ntemplate = \"## Main point\\n\"\n[[field]]\nname = \"stars\"\ntype = \"integer\"\nhelp = \"How good\"\n[[field]]\nname = \"room\"\ntype = \"choice\"\nchoices = [\"big\", \"small\"]\nhelp = \"Where\"\n",
    );
    folder.ok(&["kind", "add", "talk.toml"]);
    // Every commented line is valid TOML without its `#`.
    let editor = "sed -i -e 's/^# //' -e 's/^stars = 0/stars = 3/' -e 's/^title = \"\"/title = \"On lists\"/'";
    let edited = |words: &[&str], editor: &str| {
        let mut command = folder.command(words);
        crate::support::given(&command.env("VISUAL", editor).output().unwrap())
    };
    let given = edited(&["add", "talk", "--edit"], editor);
    assert_eq!(
        (given.code, given.out.as_str()),
        (Some(0), "talk/on-lists\n"),
        "{}",
        given.err
    );
    let talk: Json = serde_json::from_str(&folder.ok(&["show", "on-lists", "--jsonl"])).unwrap();
    assert_eq!(
        (&talk["stars"], &talk["room"]),
        (&Json::from(3), &Json::from("big"))
    );
    assert_eq!(talk["body"], "## Main point");
    // A title that was given is in the text, and a text that cannot be saved is kept.
    let given = edited(&["add", "talk", "Given", "--stars", "2", "--edit"], "true");
    assert_eq!(given.out, "talk/given\n", "{}", given.err);
    let given = edited(&["add", "talk", "--edit"], "true");
    assert!(given.err.contains("the title is empty"), "{}", given.err);
    let given = edited(
        &["add", "talk", "Bad", "--edit"],
        "sed -i 's/^# stars = 0/stars = \"many\"/'",
    );
    assert_eq!(given.code, Some(2));
    assert!(given.err.contains("your text is kept in"), "{}", given.err);
    assert_eq!(
        folder
            .ok(&["list", "talks", "--tsv", "slug"])
            .lines()
            .count(),
        2
    );
}

#[test]
fn the_screen_shows_what_is_due_first() {
    let folder = Folder::new();
    folder.ok(&["add", "goal", "Later", "--due", "2027"]);
    folder.ok(&["add", "goal", "Sooner", "--due", "Dec 2026"]);
    folder.ok(&["add", "goal", "Whenever"]);
    let screen = folder.ok(&[]);
    let due = screen.split("Due\n").nth(1).unwrap();
    assert!(
        due.starts_with("  Sooner  (Dec 2026)\n  Later  (2027)\n\n"),
        "{screen}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_unquoted_comparison_that_made_a_file_is_named() {
    let folder = Folder::new();
    let mut shell = std::process::Command::new("sh");
    shell
        .args([
            "-c",
            &format!("{} list year>=2020", env!("CARGO_BIN_EXE_kb")),
        ])
        .current_dir(folder.path());
    crate::support::clean(&mut shell, folder.path());
    let given = crate::support::given(&shell.output().unwrap());
    assert!(given.err.contains("kb list 'year>=2020'"), "{}", given.err);
    // `--tag a,b` is two tags, as with `kb set`.
    folder.ok(&["add", "term", "A", "--tag", "a,b"]);
    assert_eq!(folder.ok(&["list", "term/a", "--tsv", "tags"]), "a; b\n");
}

#[test]
fn what_a_fresh_reader_broke_in_capture_holds() {
    let folder = Folder::new();
    // What is filed keeps its jots and its files.
    folder.ok(&["add", "some idea here"]);
    folder.ok(&["jot", "some-idea-here", "why"]);
    folder.write("f.txt", "text");
    folder.ok(&["attach", "some-idea-here", "f.txt"]);
    folder.ok(&["inbox", "some-idea-here", "goal"]);
    let shown = folder.ok(&["show", "goal/some-idea-here"]);
    assert!(
        shown.contains("why") && shown.contains("attached:  f.txt"),
        "{shown}"
    );
    // One command is one step, although it made a kind.
    let before = folder.everything();
    folder.ok(&["jot", "on this day"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.everything(), before);
    folder.fails(2, &["add", "day", "x"]);
    // Options may come first, and one word that is piped is a note.
    let given = folder.run(&["add", "-q", "several words"]);
    assert_eq!(given.out, "inbox/several-words\n", "{}", given.err);
    for text in ["todo", "日本語のメモ"] {
        let given = folder.run_with(&["add"], text);
        assert!(given.out.starts_with("inbox/"), "{text}: {}", given.err);
    }
    let error = folder.fails(2, &["add", "papre", "A title"]);
    assert!(error.contains("paper"), "{error}");
    // A merge keeps the files of both.
    for (name, text) in [("m1", "one"), ("m2", "two")] {
        folder.ok(&["add", "term", name]);
        folder.write("same.txt", text);
        folder.ok(&["attach", name, "same.txt"]);
    }
    folder.ok(&["merge", "term/m1", "term/m2"]);
    let shown = folder.ok(&["show", "m1"]);
    assert!(
        shown.contains("same.txt") && shown.contains("2 same.txt"),
        "{shown}"
    );
    // All of it comes back in another notebook.
    folder.ok(&["add", "term", "T"]);
    folder.ok(&["jot", "term/t", "a, b"]);
    folder.ok(&["jot", "on this day"]);
    folder.ok(&["export", "all.jsonl"]);
    let other = Folder::new();
    other.write("all.jsonl", folder.read("all.jsonl"));
    other.ok(&["import", "all.jsonl"]);
    assert_eq!(other.ok(&["jot", "--list"]), folder.ok(&["jot", "--list"]));
    assert_eq!(
        other.ok(&["inbox", "--tsv", "ref"]),
        folder.ok(&["inbox", "--tsv", "ref"])
    );
    // A kind of one's own with the name of the inbox publishes nothing by accident.
    let folder = Folder::new();
    folder.write(
        "k.toml",
        "name = \"inbox\"\nplural = \"inboxes\"\nsummary = \"A\"\n",
    );
    folder.ok(&["kind", "add", "k.toml"]);
    folder.ok(&["add", "private words here"]);
    assert_eq!(folder.ok(&["export", "--format", "jsonl", "--public"]), "");
    // An opened file is for its owner alone.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        folder.ok(&["add", "term", "T"]);
        folder.write("s.txt", "secret");
        folder.ok(&["attach", "term/t", "s.txt"]);
        let path = folder.ok(&["open", "term/t", "--file", "--print"]);
        let parent = std::path::Path::new(path.trim()).parent().unwrap();
        assert_eq!(
            parent.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
    folder.fails(2, &["config", "doctor.terms.source", "off"]);
}

#[test]
fn attached_files_go_out_with_a_folder_and_come_back_from_it() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "A", "x"]);
    folder.write("f.txt", "precious");
    folder.ok(&["attach", "a", "f.txt"]);
    folder.ok(&["export", "notes/"]);
    let other = Folder::new();
    other.ok(&["import", folder.file("notes").to_str().unwrap()]);
    let path = other.ok(&["open", "a", "--file", "--print"]);
    assert_eq!(
        std::fs::read_to_string(path.trim_end()).unwrap(),
        "precious"
    );
    // Never for the public.
    folder.ok(&["export", "public/", "--format", "obsidian", "--public"]);
    assert!(folder.file("public/term/a.md").exists());
    assert!(!folder.file("public/attachments").exists());
    let before = folder.everything();
    folder.ok(&["import", "notes/"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.everything(), before);
}
