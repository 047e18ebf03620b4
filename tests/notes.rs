//! Notes of other people: front matter keeps its style, links lead where their programs take them.

use crate::support::Folder;

/// A folder `v` with these notes, imported as posts.
fn vault(notes: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (path, text) in notes {
        let path = folder.file(&format!("v/{path}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder.ok(&["import", "v", "--kind", "post"]);
    folder
}

#[test]
fn a_changed_field_is_written_in_the_style_of_the_note_and_goes_without_a_trace() {
    let cases: [(&str, &str, &str, &str); 11] = [
        (
            "text\n",
            "tags+=new",
            "---\ntags:\n  - new\n---\ntext\n",
            "tags-=new",
        ),
        (
            "text #inline\n",
            "tags+=new",
            "---\ntags:\n  - new\n---\ntext #inline\n",
            "tags-=new",
        ),
        (
            "---\ntags: [x,  'y z']  # keep\n# c\n---\nb\n",
            "tags+=new",
            "---\ntags: [x, 'y z', new]  # keep\n# c\n---\nb\n",
            "",
        ),
        (
            "---\ntags: [x]\n---\nb\n",
            "tags+=new",
            "---\ntags: [x, new]\n---\nb\n",
            "tags-=new",
        ),
        (
            "---\ntags: a, b\n---\nb\n",
            "tags+=new",
            "---\ntags: a, b, new\n---\nb\n",
            "tags-=new",
        ),
        (
            "---\ntags:\n    - x # one\n    # mid\n    - \"y\"\n\n# end\n---\nb\n",
            "tags+=new",
            "---\ntags:\n    - x # one\n    # mid\n    - \"y\"\n    - new\n\n# end\n---\nb\n",
            "tags-=new",
        ),
        (
            "---\r\ntags: solo\r\n---\r\nb\r\n",
            "tags+=new",
            "---\r\ntags: [solo, new]\r\n---\r\nb\r\n",
            "",
        ),
        (
            "---\nalias: \"Effect\" # why\n---\nb\n",
            "aliases=Cause",
            "---\nalias: \"Cause\" # why\n---\nb\n",
            "aliases=Effect",
        ),
        (
            "---\ndate: 2020-01-02 # d\n---\nb\n",
            "period=2021-03-04",
            "---\ndate: 2021-03-04 # d\n---\nb\n",
            "period=2020-01-02",
        ),
        (
            "+++\ntitle = \"T\" # t\ndate = 2024-02-02\ndraft = false\n[taxonomies]\ntags = [\"z\"] # tt\n[extra]\nx = 1\n+++\nb\n",
            "private=yes",
            "+++\ntitle = \"T\" # t\ndate = 2024-02-02\ndraft = true\n[taxonomies]\ntags = [\"z\"] # tt\n[extra]\nx = 1\n+++\nb\n",
            "private=no",
        ),
        (
            "+++\ntitle = \"T\"\ndate = 2024-02-02\n[taxonomies]\ntags = [\"z\"] # tt\n+++\nb\n",
            "tags+=new",
            "+++\ntitle = \"T\"\ndate = 2024-02-02\n[taxonomies]\ntags = [\"z\", \"new\"] # tt\n+++\nb\n",
            "tags-=new",
        ),
    ];
    for (before, set, after, back) in cases {
        let folder = vault(&[("note.md", before)]);
        let reference = folder.ok(&["list", "--tsv", "ref"]);
        folder.ok(&["set", reference.trim(), set]);
        folder.ok(&["sync"]);
        assert_eq!(folder.read("v/note.md"), after, "{set}");
        if !back.is_empty() {
            folder.ok(&["set", reference.trim(), back]);
            folder.ok(&["sync"]);
            assert_eq!(folder.read("v/note.md"), before, "{back}");
        }
    }
}

#[test]
fn links_lead_to_the_note_at_their_path_and_not_into_code() {
    let folder = vault(&[
        ("A/Dup.md", "one\n"),
        ("Sub/Dup.md", "two\n"),
        ("Sub/My Note.md", "three\n"),
        (
            "Sub/Ref.md",
            "[[Sub/Dup]] [[A/Dup|words]] [x](My%20Note.md#part) [up](../A/Dup.md)\n\n| a |\n|---|\n| [[My Note\\|cell]] |\n\n`[[code]]` [[Nowhere/Dup]]\n\n```\n[[fence]] [z](My%20Note.md)\n```\n",
        ),
    ]);
    let row: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "post/ref", "--jsonl", "links"])).unwrap();
    let links: Vec<(String, String)> = row["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            let target = link["ref"].as_str().unwrap_or("none");
            let topic = folder.run(&["show", target, "--tsv", "title,topics"]).out;
            (
                link["text"].as_str().unwrap().to_owned(),
                topic.trim().to_owned(),
            )
        })
        .collect();
    let mut links: Vec<(&str, &str)> = links
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    links.sort_unstable();
    assert_eq!(
        links,
        [
            ("A/Dup", "Dup\tA"),
            ("A/Dup.md", "Dup\tA"),
            ("My Note", "My Note\tSub"),
            ("Nowhere/Dup", ""),
            ("Sub/Dup", "Dup\tSub"),
            ("Sub/My Note.md", "My Note\tSub"),
        ]
    );
    folder.ok(&["export", "out/"]);
    assert_eq!(folder.read("out/Sub/Ref.md"), folder.read("v/Sub/Ref.md"));
}

#[test]
fn a_note_keeps_its_encoding_and_a_uid_of_another_program_is_no_uid_of_kb() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("v")).unwrap();
    let notes: [(&str, &[u8]); 4] = [
        ("bom.md", b"\xef\xbb\xbf---\ntags: [a]\n---\ntext\n"),
        ("latin.md", b"\xe9t\xe9\n"),
        (
            "uid.md",
            b"---\nuid: 20210101\ncreated: 2020-01-02 10:00\n---\n[l](bom.md)\n",
        ),
        (
            "blank.md",
            b"\n---\ntitle: After a blank line\ndate: 2014-04-23 10:27:49\n---\ntext\n",
        ),
    ];
    for (name, bytes) in notes {
        std::fs::write(folder.file(&format!("v/{name}")), bytes).unwrap();
    }
    folder.ok(&["import", "v", "--kind", "post"]);
    folder.ok(&["export", "out/"]);
    for (name, bytes) in notes {
        assert_eq!(
            std::fs::read(folder.file(&format!("out/{name}"))).unwrap(),
            bytes,
            "{name}"
        );
    }
    assert_eq!(
        folder.ok(&["show", "after-a-blank-line", "--tsv", "period"]),
        "2014-04-23\n"
    );
    folder.ok(&["set", "latin", "body=être"]);
    folder.ok(&["sync"]);
    assert_eq!(
        std::fs::read(folder.file("v/latin.md")).unwrap(),
        b"\xeatre\n"
    );
}

#[test]
fn a_post_of_a_site_stays_its_post_and_a_private_field_does_not_get_out() {
    let post = "+++\ntitle = \"T\"\ndate = 2020-01-02T03:04:05+02:00\n[extra]\nx = 1 # c\n+++\nTo [other](@/blog/b.md) and [[B]].\n";
    let folder = vault(&[
        ("blog/a.md", post),
        ("blog/b.md", "+++\ntitle = \"B\"\n+++\ntext\n"),
    ]);
    folder.ok(&["export", "site/", "--format", "zola"]);
    assert_eq!(folder.read("site/blog/a.md"), post);
    folder.ok(&["set", "post/t", "private=yes"]);
    folder.ok(&["export", "again/", "--format", "zola"]);
    assert!(!folder.file("again/blog/a.md").exists());
    // A new post has the date where Zola looks for it, and links that Zola follows.
    folder.ok(&["add", "post", "New", "--period", "2024-05-06"]);
    folder.ok(&["set", "post/new", "body=See [[B|there]]."]);
    folder.ok(&["export", "again/", "--format", "zola", "--force"]);
    let new = folder.read("again/post/new.md");
    assert!(
        new.starts_with("+++\ntitle = \"New\"\nslug = \"new\"\ndate = 2024-05-06\n"),
        "{new}"
    );
    assert!(new.ends_with("See [there](@/blog/b.md).\n"), "{new}");
}

#[test]
fn front_matter_that_a_fresh_reader_broke_holds() {
    for (before, after) in [
        // What depends on an anchor is written out.
        (
            "---\ntags: &t [a, b]\nother: *t\n---\nx\n",
            "---\nother:\n  - a\n  - b\ntags:\n  - a\n  - b\n  - q\n---\nx\n",
        ),
        // What cannot be read is left alone.
        (
            "---\ntitle: {{title}}\ntags: [{{x}}]\n---\nb\n",
            "---\ntitle: {{title}}\ntags: [{{x}}]\n---\nb\n",
        ),
        (
            "---\ntags: [2024, true, \"#h\"]\n---\nx\n",
            "---\ntags: [2024, true, \"#h\", q]\n---\nx\n",
        ),
        (
            "---\ntags: [a,\n  b]\n---\nx\n",
            "---\ntags: [a, b, q]\n---\nx\n",
        ),
        (
            "---\nTags: [a]\nTitle: Cap\n---\nx\n",
            "---\nTags: [a, q]\nTitle: Cap\n---\nx\n",
        ),
    ] {
        let folder = vault(&[("note.md", before)]);
        let reference = folder.ok(&["list", "--tsv", "ref"]);
        folder.ok(&["set", reference.trim(), "tags+=q"]);
        folder.ok(&["sync"]);
        assert_eq!(folder.read("v/note.md"), after);
    }
    let folder = vault(&[(
        "note.md",
        "---\nTitle: Cap\nAliases: [CC]\nMyKey: 1\n---\nx\n",
    )]);
    assert_eq!(folder.ok(&["list", "--tsv", "title,aliases"]), "Cap\tCC\n");
    assert!(
        folder
            .ok(&["export", "--format", "jsonl"])
            .contains("\"MyKey\":1")
    );
}

#[test]
fn a_notebook_of_the_schema_before_links_had_paths_opens_and_its_links_lead_right() {
    let folder = Folder::new();
    std::fs::write(folder.notebook(), include_bytes!("notebooks/schema-9.db")).unwrap();
    assert_eq!(
        folder.ok(&["list", "--tsv", "title,topics"]),
        "Dup\tA\nDup\tSub\nRef\tSub\n"
    );
    // The first write migrates the file, and the next search derives again what it searches.
    folder.ok(&["add", "term", "New"]);
    folder.ok(&["search", "dup"]);
    let links = folder.ok(&["show", "term/ref", "--jsonl", "links"]);
    assert!(
        links.contains("\"text\":\"Sub/Dup\",\"field\":\"body\",\"ref\":\"term/dup-2\""),
        "{links}"
    );
    assert!(
        links.contains("\"text\":\"Sub/Dup.md\",\"field\":\"body\",\"ref\":\"term/dup-2\""),
        "{links}"
    );
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn a_link_by_the_name_of_a_file_finds_the_note_whatever_its_title() {
    let folder = vault(&[
        ("Swap.md", "---\ntitle: Other\n---\none\n"),
        ("Sub/Other.md", "---\ntitle: Swap\n---\ntwo\n"),
        ("a/Dup.md", "---\ntitle: Dup\n---\nthree\n"),
        ("b/Dup.md", "---\ntitle: Fourth\n---\nfour\n"),
        (
            "Ref.md",
            "[[Swap]] [[Other]] [[sub/other|words]] [[Other.md]] [[Dup]] [[b/Dup]] [[Fourth]]\n",
        ),
    ]);
    let links = folder.ok(&["show", "post/ref", "--jsonl", "links"]);
    let links: serde_json::Value = serde_json::from_str(&links).unwrap();
    let mut found: Vec<(&str, &str)> = links["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            (
                link["text"].as_str().unwrap(),
                link["ref"].as_str().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("Dup", "post/dup"),
            ("Fourth", "post/fourth"),
            ("Other", "post/swap"),
            ("Other.md", "post/swap"),
            ("Swap", "post/other"),
            ("b/Dup", "post/fourth"),
            ("sub/other", "post/swap"),
        ]
    );
    assert_eq!(
        folder.ok(&["show", "Swap.md", "--jsonl", "title"]),
        "{\"title\":\"Other\"}\n"
    );
    assert_eq!(folder.run(&["doctor", "-q"]).code, Some(0));
}

#[test]
fn a_private_field_in_the_front_matter_of_a_post_stays_private() {
    let kind = "name = \"note\"\nplural = \"notes\"\nsummary = \"A note\"\n[[field]]\nname = \"mood\"\ntype = \"line\"\nprivate = true\nhelp = \"Mine\"\n";
    for front in [
        "title = \"T\"\nmood = \"gloomy\"",
        "title = \"T\"\nMood = \"gloomy\"",
        "title = \"T\"\n[extra]\nmood = \"gloomy\"",
    ] {
        let folder = Folder::new();
        folder.write("note.toml", kind);
        folder.ok(&["kind", "add", "note.toml"]);
        std::fs::create_dir(folder.file("v")).unwrap();
        folder.write("v/t.md", format!("+++\n{front}\n+++\ntext\n"));
        folder.ok(&["import", "v", "--kind", "note"]);
        folder.ok(&["export", "site/", "--format", "zola"]);
        let site = std::fs::read_to_string(folder.file("site/note/t.md")).unwrap();
        assert!(!site.contains("gloomy"), "{site}");
    }
    // A note that kb wrote for its owner, read again, is written for the public without it.
    let folder = Folder::new();
    folder.write("note.toml", kind);
    folder.ok(&["kind", "add", "note.toml"]);
    folder.ok(&["add", "note", "T", "--mood", "gloomy"]);
    folder.ok(&["export", "all/", "--format", "zola", "--private"]);
    let other = Folder::new();
    other.write("note.toml", kind);
    other.ok(&["kind", "add", "note.toml"]);
    other.ok(&["import", folder.file("all").to_str().unwrap()]);
    other.ok(&["export", "site/", "--format", "zola"]);
    assert!(!other.read("site/note/t.md").contains("gloomy"));
}

#[test]
fn notes_are_renamed_with_their_entries_where_the_user_asked_for_it_and_links_follow() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("v/Sub")).unwrap();
    folder.write(
        "v/Alpha.md",
        "[[Beta]] [[Sub/Gamma|g]] [b](Beta.md) [Beta.md](Beta.md \"t\") [g](Sub/Gamma.md#part) ![[Beta#x]] `[[Beta]]`\n",
    );
    folder.write("v/Beta.md", "To [[alpha]].\n");
    folder.write(
        "v/Sub/Gamma.md",
        "[a](../Alpha.md) [b](<../Beta.md>) [[beta]]\n",
    );
    folder.write("v/Sub/Delta.md", "Edited.\n");
    folder.write("v/Other name.md", "---\ntitle: Own\n---\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["document", "set", "v", "rename=yes"]);
    folder.ok(&["set", "beta", "title=Beta: two"]);
    folder.ok(&["set", "gamma", "topics=Deep/Down"]);
    folder.ok(&["set", "delta", "title=Epsilon"]);
    folder.ok(&["set", "own", "title=Mine"]);
    let before = folder.read("v/Alpha.md");
    folder.write("v/Sub/Delta.md", "Edited again.\n");

    // A dry run renames nothing.
    let shown = folder.ok(&["sync", "--dry-run"]);
    assert!(
        shown.contains("+++ v/Beta two.md") && folder.file("v/Beta.md").exists(),
        "{shown}"
    );
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("v/Alpha.md"),
        "[[Beta two]] [[Deep/Down/Gamma|g]] [b](Beta%20two.md) [Beta.md](Beta%20two.md \"t\") [g](Deep/Down/Gamma.md#part) ![[Beta two#x]] `[[Beta]]`\n"
    );
    assert_eq!(
        folder.read("v/Deep/Down/Gamma.md"),
        "[a](../../Alpha.md) [b](<../../Beta%20two.md>) [[Beta two]]\n"
    );
    assert!(folder.read("v/Beta two.md").ends_with("To [[alpha]].\n"));
    // A name that was not the title stays.
    assert!(folder.read("v/Other name.md").contains("title: Mine"));
    for gone in ["v/Beta.md", "v/Sub/Gamma.md", "v/Mine.md"] {
        assert!(!folder.file(gone).exists(), "{gone}");
    }
    assert_eq!(folder.read("v/Sub/Epsilon.md"), "Edited again.\n");
    assert_eq!(folder.ok(&["status"]), "");
    let after = folder.read("v/Alpha.md");
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/Alpha.md"), after);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/Alpha.md"), before);

    folder.ok(&["document", "set", "v", "rename=no"]);
    folder.ok(&["set", "alpha", "title=Last"]);
    folder.ok(&["sync"]);
    assert!(folder.read("v/Alpha.md").contains("title: Last"));
    folder.fails(2, &["document", "set", "v", "rename=maybe"]);
}

#[test]
fn a_rename_never_moves_a_note_away_from_its_files_or_to_a_name_that_no_file_can_have() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("v/a")).unwrap();
    folder.write("v/Beta.md", "x\n");
    folder.write("v/a/Pictured.md", "![p](p.png) [[../Beta]]\n");
    folder.write("v/a/p.png", "picture");
    folder.write("v/A.md", "see [[Beta]]\n");
    folder.ok(&["import", "v"]);
    folder.ok(&["document", "set", "v", "rename=yes"]);
    folder.ok(&["set", "pictured", "topics=b"]);
    folder.ok(&["set", "beta", &format!("title={}", "機械学習".repeat(30))]);
    folder.ok(&["sync"]);
    let name = "機械学習".repeat(16) + "機械";
    assert_eq!(
        folder.read(&format!("v/{name}.md")).lines().last(),
        Some("x")
    );
    assert_eq!(folder.read("v/A.md"), format!("see [[{name}]]\n"));
    assert!(
        folder
            .read("v/a/Pictured.md")
            .ends_with(&format!("![p](p.png) [[../{name}]]\n")),
        "{}",
        folder.read("v/a/Pictured.md")
    );
    assert_eq!(
        folder
            .ok(&["document", "list", "--tsv", "path,rename"])
            .lines()
            .next(),
        Some("v/A.md\tyes")
    );
    // What both sides named is a conflict, and stays where it is.
    std::fs::rename(folder.file("v/A.md"), folder.file("v/Mine.md")).unwrap();
    folder.ok(&["set", "term/a", "title=Ours"]);
    folder.fails(3, &["sync"]);
    assert!(folder.file("v/Mine.md").exists() && !folder.file("v/Ours.md").exists());
}

#[test]
fn keys_of_other_programs_that_hide_a_note_hide_it() {
    let hidden = [
        ("a", "published: false"),
        ("b", "public: no"),
        ("c", "dg-publish: false"),
        ("d", "visibility: Private"),
        ("e", "status: draft"),
        ("f", "extra:\n  private: true"),
        ("g", "unpublished: true"),
    ];
    let open = [
        ("h", "published: 2020-01-01"),
        ("i", "public: true"),
        ("j", "visibility: public"),
    ];
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("v")).unwrap();
    for (name, front) in hidden.iter().chain(&open) {
        folder.write(
            &format!("v/{name}.md"),
            format!("---\n{front}\n---\nbody\n"),
        );
    }
    folder.ok(&["import", "v", "--kind", "term"]);
    let listed = |filter: &str| folder.ok(&["list", filter, "--sort", "slug", "--tsv", "slug"]);
    assert_eq!(listed("private:yes"), "a\nb\nc\nd\ne\nf\ng\n");
    assert_eq!(listed("private:no"), "h\ni\nj\n");
    // Unedited, they stay as they are; what changes is said in the key that the note has.
    folder.ok(&["set", "term/a", "private=no"]);
    folder.ok(&["set", "term/i", "private=yes"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("v/a.md"), "---\npublished: true\n---\nbody\n");
    assert_eq!(folder.read("v/i.md"), "---\npublic: false\n---\nbody\n");
    assert_eq!(
        folder.read("v/d.md"),
        "---\nvisibility: Private\n---\nbody\n"
    );
}
