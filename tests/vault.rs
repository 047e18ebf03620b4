//! Import and export of folders of notes, also of the real vaults in `../shared/corpora/vaults`.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use crate::support::{Folder, loudly, shared};

/// The contents of all files in a folder by relative path, without hidden files.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(
                    path.strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

/// Writes a file and creates the folders above it.
fn put(folder: &Folder, path: &str, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder.file(path).parent().unwrap()).unwrap();
    folder.write(path, text);
}

fn vault() -> Folder {
    let folder = Folder::new();
    put(
        &folder,
        "vault/papers/Sparse coding.md",
        "---\n# a comment\nauthors:\n  - \"[[Olah, Chris]]\"\nyear: 2020\naliases: [SC, \"sparse\"]\ntags: one, two\nstatus: [[odd\nrating: 7\nmood: good\n---\r\nBody with #inline and [[Features|feature]], [[deep/Note]].\r\n\r\n![[pic.png]]\n\n\n",
    );
    put(
        &folder,
        "vault/papers/Fine.md",
        "---\nauthor: [\"Doe, Jane\"]\npublished: 2020-04-28\nrating: 7\nmood: {good: true}\n---\nSee `#no` [[Features]] and #tag/sub, #12.\n```\n#code\n```\n![a](../img/pic.png) ![[../../../etc/passwd]] ![x](/etc/passwd)\n",
    );
    put(&folder, "vault/deep/Features.md", "\n\nOnly a body  \n");
    put(&folder, "vault/deep/Empty.md", "");
    put(
        &folder,
        "vault/proj.alpha.idea.md",
        "---\nid: 17\ntitle: An idea\ncreated: 2021-02-03\n---\n",
    );
    put(
        &folder,
        "vault/blog/_index.md",
        "+++\ndraft = true\ndate = 2021-01-02\n[taxonomies]\ntags = [\"z\"]\n+++\nPosts\n",
    );
    put(
        &folder,
        "vault/Template.md",
        "---\ndate: {{date}}\n---\nTemplate\n",
    );
    put(&folder, "vault/img/pic.png", b"\x89PNG\x00\xff");
    put(&folder, "vault/img/nobody.png", b"nobody");
    put(&folder, "vault/.obsidian/app.json", "{}");
    folder
}

#[test]
fn a_vault_becomes_entries_and_comes_back_byte_for_byte() {
    let folder = vault();
    let given = folder.run(&["import", "vault"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    let said: Vec<&str> = given.err.lines().collect();
    assert!(
        said[0].starts_with(
            "vault/Template.md:2:1: the front matter cannot be read and is kept as it is: "
        ),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("vault/papers/Sparse coding.md:")
            && said[1].contains("the front matter cannot be read"),
        "{said:?}"
    );
    assert_eq!(
        said[2..],
        [
            "1 other file kept for notes that refer to them, 1 left out",
            "7 entries added, 0 changed, 0 unchanged"
        ]
    );
    let fine: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "paper/fine", "--jsonl"])).unwrap();
    assert_eq!(
        (&fine["authors"], &fine["period"], &fine["rating"]),
        (
            &serde_json::json!(["Doe, Jane"]),
            &"2020-04-28".into(),
            &7.into()
        )
    );
    assert_eq!(
        (&fine["tags"], &fine["mood"], &fine["topics"]),
        (
            &serde_json::json!(["tag/sub"]),
            &serde_json::json!({"good": true}),
            &serde_json::json!([])
        )
    );
    let shown = folder.ok(&["show", "paper/fine"]);
    assert!(
        shown.contains(
            "\nmood (left over): {\"good\":true}\nfile:      vault/papers/Fine.md\nadded:"
        ),
        "{shown}"
    );
    let links: Vec<&str> = fine["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|link| link["ref"].as_str())
        .collect();
    assert_eq!(links, ["term/features"], "{fine}");
    let rows = folder.ok(&[
        "list",
        "--jsonl",
        "slug,title,topics,tags,private",
        "kind:term",
    ]);
    assert!(rows.contains("{\"slug\":\"an-idea\",\"title\":\"An idea\",\"topics\":[\"proj/alpha\"],\"tags\":[],\"private\":false}\n"), "{rows}");
    assert!(rows.contains("{\"slug\":\"blog\",\"title\":\"blog\",\"topics\":[\"blog\"],\"tags\":[\"z\"],\"private\":true}\n"), "{rows}");
    assert!(rows.contains("{\"slug\":\"features\",\"title\":\"Features\",\"topics\":[\"deep\"],\"tags\":[],\"private\":false}\n"), "{rows}");
    assert!(
        folder
            .run(&["import", "vault"])
            .err
            .ends_with("0 entries added, 0 changed, 7 unchanged\n")
    );
    folder.ok(&["export", "out/"]);
    let mut expected = files(&folder.file("vault"));
    expected.remove("img/nobody.png");
    let out = files(&folder.file("out"));
    assert_eq!(out, expected);
    // Formats that cannot contain the picture leave it out and say so.
    let lines = folder.run(&["export", "all.jsonl"]);
    assert_eq!(
        lines.err,
        "1 file that notes refer to stays in the notebook: a folder or a backup includes it\n  kb export notes/\n"
    );
    // After a change, only the lines of that change differ.
    folder.ok(&[
        "set",
        "paper/fine",
        "rating=9",
        "venue=A venue: there",
        "tags+=new",
    ]);
    folder.ok(&["export", "out/"]);
    let text = std::fs::read_to_string(folder.file("out/papers/Fine.md")).unwrap();
    assert_eq!(
        text.split("\n---\n").next().unwrap(),
        "---\nauthor: [\"Doe, Jane\"]\npublished: 2020-04-28\nrating: 9\nmood: {good: true}\ntags:\n  - new\nvenue: \"A venue: there\""
    );
    // Importing a changed file changes its entry.
    put(&folder, "vault/deep/Features.md", "Another body\n");
    let given = folder.run(&["import", "vault"]);
    assert!(
        given
            .err
            .contains("0 entries added, 1 changed, 6 unchanged"),
        "{}",
        given.err
    );
    assert_eq!(
        folder.ok(&["show", "term/features", "--jsonl", "body"]),
        "{\"body\":\"Another body\"}\n"
    );
}

/// A notebook that is exported in either style and imported into another is exported as the same
/// files.
#[test]
fn a_folder_that_kb_wrote_comes_back_the_same_in_both_styles() {
    let folder = Folder::new();
    folder.write(
        "notebook.md",
        std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example/notebook.md"),
        )
        .unwrap(),
    );
    folder.ok(&["import", "notebook.md", "-q"]);
    folder.write(
        "b.bib",
        "@article{x, title={On {L}ists}, author={Doe, Jane}, year={2019}, volume={7}}",
    );
    folder.ok(&["import", "b.bib", "-q"]);
    folder.ok(&["add", "term", "Links: \"here\"", "To [[On Lists]], [[paper/on-lists|the paper]], [[nothing]] and [[on-lists#part|part]].\n\n- a\n\n  b"]);
    folder.ok(&["add", "meeting", "Private", "Secret words"]);
    for style in ["obsidian", "zola"] {
        let out = format!("{style}/");
        folder.ok(&["export", &out, "--format", style, "--private"]);
        let other = Folder::new();
        assert_eq!(
            other
                .run(&["import", folder.file(style).to_str().unwrap()])
                .code,
            Some(0)
        );
        other.ok(&["export", &out, "--format", style, "--private"]);
        assert_eq!(
            files(&other.file(style)),
            files(&folder.file(style)),
            "{style}"
        );
        let lists = |folder: &Folder| {
            folder.ok(&["list", "--jsonl", "uid,kind,slug,title,topics,tags,aliases,private,created,updated,period_text,authors,url", "--sort", "uid"])
        };
        assert!(
            lists(&other) == lists(&folder),
            "{style}\n{}\n{}",
            lists(&other),
            lists(&folder)
        );
        assert!(
            other
                .run(&["import", folder.file(style).to_str().unwrap()])
                .err
                .contains("0 entries added, 0 changed"),
            "{style}"
        );
        // Links lead to the same entries.
        let links = |folder: &Folder| -> std::collections::BTreeSet<String> {
            let row: serde_json::Value =
                serde_json::from_str(&folder.ok(&["show", "links-here", "--jsonl", "links"]))
                    .unwrap();
            row["links"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["ref"].to_string())
                .collect()
        };
        assert_eq!(links(&other), links(&folder), "{style}");
    }
    let note = std::fs::read_to_string(folder.file("obsidian/term/links-here.md")).unwrap();
    assert!(note.ends_with("To [[paper/on-lists|On Lists]], [[paper/on-lists|the paper]], [[nothing]] and [[on-lists#part|part]].\n\n- a\n\n  b\n"), "{note}");
    let note = std::fs::read_to_string(folder.file("zola/term/links-here.md")).unwrap();
    assert!(
        note.contains(
            "To [On Lists](@/paper/on-lists.md), [the paper](@/paper/on-lists.md), [[nothing]] and"
        ),
        "{note}"
    );
    folder.ok(&["export", "public/", "--public"]);
    let public = files(&folder.file("public"));
    assert!(!public.contains_key("meeting/private.md") && public.contains_key("paper/on-lists.md"));
    assert!(
        public
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .all(|text| !text.contains("Secret words") && !text.contains("bibtex"))
    );
}

#[test]
fn nothing_is_read_or_written_outside_of_the_folder() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.file("vault")).unwrap();
    folder.write("secret.txt", "secret");
    put(
        &folder,
        "vault/a.md",
        "![[../secret.txt]] ![x](../secret.txt) ![y](/etc/passwd)\n",
    );
    std::os::unix::fs::symlink(folder.file("secret.txt"), folder.file("vault/link.md")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.file("vault/loop")).unwrap();
    assert_eq!(
        folder.run(&["import", "vault"]).err,
        "`link.md` is a symbolic link: it is left out\n`loop` is a symbolic link: it is left out\n1 entry added, 0 changed, 0 unchanged\n"
    );
    // Entries with a file path outside of the folder.
    for (number, path) in [
        "../evil.md",
        "/evil.md",
        "a/../../evil.md",
        "..\\evil.md",
        "c:/evil.md",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        folder.write(
            "evil.jsonl",
            format!(
                "{}\n",
                serde_json::json!({"kind": "term", "title": format!("Evil {number}"), "file": {"path": path, "attachments": {"../evil.png": "x"}}})
            ),
        );
        folder.ok(&["import", "evil.jsonl"]);
    }
    folder.ok(&["export", "out/"]);
    assert_eq!(
        files(&folder.file("out"))
            .keys()
            .filter(|path| path.contains("evil"))
            .count(),
        6
    );
    assert!(
        files(&folder.file("out"))
            .keys()
            .all(|path| path == "a.md" || path.starts_with("term/evil-"))
    );
    assert!(!folder.file("evil.md").exists() && !folder.file("evil.png").exists());
    // kb does not write through a symlink to a folder.
    std::fs::create_dir(folder.file("elsewhere")).unwrap();
    std::fs::create_dir(folder.file("trap")).unwrap();
    std::os::unix::fs::symlink(folder.file("elsewhere"), folder.file("trap/term")).unwrap();
    assert!(
        folder
            .fails(2, &["export", "trap/"])
            .contains("kb does not write through it")
    );
    assert_eq!(
        std::fs::read_dir(folder.file("elsewhere")).unwrap().count(),
        0
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(u32::try_from(crate::support::trials(16, 2_000)).unwrap()))]
    #[test]
    fn what_is_written_as_a_note_reads_back_equal(
        title in "[ -~äß“€]{1,40}", body in "[ -~ä\n\\[\\]|#]{0,200}", tag in "[a-zA-Z0-9 :\"'#-]{0,12}", extra in "[ -~\n\u{7f}-\u{a0}\u{feff}\u{2028}é]{0,30}", key in "[a-z :\"=.\\-]{1,8}", zola in any::<bool>()
    ) {
        let folder = Folder::new();
        let object = serde_json::json!({"kind": "term", "title": title, "body": body, "tags": [tag], format!("x{key}"): extra, "n": {"a": [1, 2.5, true], "b": extra}});
        folder.write("one.jsonl", format!("{object}\n"));
        if folder.run(&["import", "one.jsonl"]).code == Some(0) {
            let style = if zola { "zola" } else { "obsidian" };
            folder.ok(&["export", "out/", "--format", style, "--private"]);
            let other = Folder::new();
            let given = other.run(&["import", folder.file("out").to_str().unwrap()]);
            prop_assert_eq!(given.code, Some(0));
            prop_assert!(!given.err.contains("cannot be read"), "{}", given.err);
            other.ok(&["export", "out/", "--format", style, "--private"]);
            prop_assert_eq!(files(&other.file("out")), files(&folder.file("out")));
            let plain = |folder: &Folder| -> serde_json::Value {
                let mut row: serde_json::Value = serde_json::from_str(folder.everything().lines().next().unwrap()).unwrap();
                row.as_object_mut().unwrap().remove("file");
                // Hashtags in the body become tags of the entry, so tags are not compared.
                row.as_object_mut().unwrap().remove("tags");
                row
            };
            prop_assert_eq!(plain(&other), plain(&folder));
        }
    }
}

/// Vaults of other people: every note becomes an entry, and every exported file equals the
/// original.
#[test]
fn vaults_of_other_people_come_in_whole_and_come_back_byte_for_byte() {
    let Some(root) = shared("corpora/vaults") else {
        return;
    };
    let mut read = 0;
    for vault in [
        "kepano+kepano-obsidian",
        "blacksmithgu+obsidian-dataview/test-vault",
        "obsidian-tasks-group+obsidian-tasks/resources/sample_vaults/Tasks-Demo",
    ] {
        let folder = Folder::new();
        let vault = root.join(vault);
        let given = folder.run(&["import", vault.to_str().unwrap()]);
        let there = files(&vault);
        let notes = there.keys().filter(|path| path.ends_with(".md")).count();
        assert_eq!(
            (given.code, given.err.lines().last()),
            (
                Some(0),
                Some(&*format!("{notes} entries added, 0 changed, 0 unchanged"))
            ),
            "{}",
            vault.display()
        );
        assert!(
            folder
                .run(&["import", vault.to_str().unwrap()])
                .err
                .ends_with(&format!("0 entries added, 0 changed, {notes} unchanged\n"))
        );
        folder.ok(&["export", "out/"]);
        for (path, bytes) in files(&folder.file("out")) {
            assert!(there[&path] == bytes, "{path}");
        }
        assert_eq!(
            files(&folder.file("out"))
                .keys()
                .filter(|path| path.ends_with(".md"))
                .count(),
            notes
        );
        read += notes;
    }
    loudly(&format!("read {read} notes of ../shared/corpora/vaults"));
}
