//! `kb publish`: a site of what is public, written only where something changed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::Folder;

/// The files of a folder with their texts.
pub(crate) fn files(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// A notebook with a public and a private entry that are linked in each direction.
pub(crate) fn notebook() -> Folder {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "Sparse <coding>",
        "A code with [[Few units|few units]], see [[Secret]].",
        "--topic",
        "ML/vision",
        "--alias",
        "SC",
    ]);
    folder.ok(&[
        "add",
        "term",
        "Few units",
        "Back to [[SC]]. <script>alert(1)</script> [x](javascript:y)",
    ]);
    folder.ok(&["add", "meeting", "Secret", "Private words", "--private"]);
    folder.ok(&[
        "add",
        "paper",
        "On Lists",
        "--author",
        "Lee, Ann",
        "--year",
        "2020",
        "--doi",
        "10.1234/a",
        "--venue",
        "NeurIPS",
        "--url",
        "https://e.org/a.pdf",
    ]);
    folder
}

#[test]
fn the_site_has_a_page_for_each_public_entry_and_no_private_word() {
    let folder = notebook();
    folder.ok(&["config", "site.title", "A & B"]);
    folder.ok(&["config", "site.base_url", "https://e.org/notes"]);
    let said = folder.run(&["publish", "site/"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.err.contains(
            "1 link does not lead to a public entry: its words stay\nsite/ of 3 entries: "
        ),
        "{}",
        said.err
    );
    let site = files(&folder.file("site"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let page = std::fs::metadata(folder.file("site/index.html")).unwrap();
        assert_eq!(
            page.permissions().mode() & 0o777,
            0o644,
            "a web server reads it"
        );
    }
    for (path, text) in &site {
        assert!(
            !text.contains("Secret") || path == "term/sparse-coding/index.html",
            "{path}"
        );
        assert!(
            !text.contains("Private words") && !text.to_lowercase().contains("meeting"),
            "{path}"
        );
    }
    let page = &site["term/sparse-coding/index.html"];
    assert!(page.contains("<h1>Sparse &lt;coding&gt;</h1>"), "{page}");
    assert!(
        page.contains(
            "A code with <a href=\"../../term/few-units/index.html\">few units</a>, see ."
        ),
        "{page}"
    );
    assert!(page.contains("<a href=\"../../term/few-units/index.html\">Few units</a> <span class=\"note\">Back to SC."), "backlink: {page}");
    assert!(
        page.contains("<a href=\"../../topic/ml/vision/index.html\">ML/vision</a>"),
        "{page}"
    );
    let other = &site["term/few-units/index.html"];
    assert!(
        other.contains("&lt;script&gt;") && !other.contains("javascript:"),
        "{other}"
    );
    let paper = &site["paper/on-lists/index.html"];
    for meta in [
        "citation_title\" content=\"On Lists",
        "citation_author\" content=\"Lee, Ann",
        "citation_publication_date\" content=\"2020",
        "citation_doi\" content=\"10.1234/a",
        "citation_pdf_url\" content=\"https://e.org/a.pdf",
    ] {
        assert!(paper.contains(meta), "{meta} {paper}");
    }
    assert!(site["paper/on-lists/on-lists.bib"].contains("author = {Lee, Ann}"));
    serde_json::from_str::<serde_json::Value>(&site["paper/on-lists/on-lists.json"]).unwrap();
    serde_json::from_str::<serde_json::Value>(&site["feed.json"]).unwrap();
    assert!(
        site["feed.xml"].contains("<title>A &amp; B</title>")
            && site["feed.xml"].contains("urn:uuid:")
    );
    assert!(site["sitemap.xml"].contains("<loc>https://e.org/notes/term/few-units/</loc>"));
    assert!(site["a-z/index.html"].contains("<h2>S</h2>"));
    assert!(
        site["search/0.js"].starts_with("kbSearch.add([[\"Sparse \\u003ccoding>\"")
            || site["search/0.js"].contains("\\u003ccoding>")
    );
    // Nothing is loaded from elsewhere.
    for (path, text) in site.iter().filter(|(path, _)| path.ends_with(".html")) {
        for loaded in [
            "src=\"http",
            "<link rel=\"stylesheet\" href=\"http",
            "url(http",
        ] {
            assert!(!text.contains(loaded), "{path}");
        }
        assert!(text.contains("Content-Security-Policy"), "{path}");
    }
}

#[test]
fn every_link_of_the_site_leads_to_a_file_of_it() {
    let folder = notebook();
    folder.ok(&["publish", "site/"]);
    let root = folder.file("site");
    let mut links = 0;
    for (path, text) in files(&root)
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
    {
        for part in text
            .split(" href=\"")
            .skip(1)
            .chain(text.split(" src=\"").skip(1))
        {
            let target = part.split('"').next().unwrap();
            if target.contains("://") || target.starts_with('#') {
                continue;
            }
            let from = root.join(path);
            assert!(
                from.parent().unwrap().join(target).is_file(),
                "{path}: {target}"
            );
            links += 1;
        }
    }
    assert!(links > 50, "{links}");
}

#[test]
fn only_what_changed_is_written_and_only_what_kb_wrote_is_removed() {
    let folder = notebook();
    std::fs::create_dir_all(folder.file("site/.git")).unwrap();
    folder.write("site/CNAME", "notes.e.org\n");
    folder.ok(&["publish", "site/"]);
    let before = files(&folder.file("site"));
    assert!(
        folder
            .run(&["publish", "site/"])
            .err
            .contains(": 0 files written, 0 removed")
    );
    // What is private changes nothing.
    folder.ok(&["set", "secret", "title=Other secret", "tags+=hidden"]);
    assert!(
        folder
            .run(&["publish", "site/"])
            .err
            .contains(": 0 files written, 0 removed")
    );
    assert_eq!(files(&folder.file("site")), before);
    // A changed entry rewrites only pages that show it.
    folder.ok(&["set", "few-units", "body=Other words."]);
    let said = folder.ok(&["publish", "site/", "--check"]);
    assert!(
        said.contains("write term/few-units/index.html\n")
            && !said.contains("write paper/on-lists"),
        "{said}"
    );
    assert_eq!(
        files(&folder.file("site")),
        before,
        "a check writes nothing"
    );
    folder.ok(&["publish", "site/"]);
    // A page that is gone is removed, one that was edited by hand is left alone and named.
    folder.write("site/paper/on-lists/index.html", "mine");
    folder.ok(&["remove", "--yes", "on-lists", "few-units"]);
    let said = folder.run(&["publish", "site/"]).err;
    assert!(
        said.contains("`paper/on-lists/index.html` was edited by hand: it is left alone")
            && said.contains(", 7 removed"),
        "{said}"
    );
    assert!(!folder.file("site/term/few-units").exists());
    assert_eq!(folder.read("site/paper/on-lists/index.html"), "mine");
    assert_eq!(folder.read("site/CNAME"), "notes.e.org\n");
}

#[test]
fn a_folder_with_other_files_is_refused() {
    let folder = notebook();
    folder.write("mine.txt", "x");
    assert!(folder.fails(2, &["publish", "."]).contains("is not empty"));
    folder.ok(&["publish", "site/"]);
    folder.ok(&["add", "post", "New"]);
    std::fs::create_dir_all(folder.file("site/post/new")).unwrap();
    folder.write("site/post/new/index.html", "mine");
    let refused = folder.fails(2, &["publish", "site/"]);
    assert!(
        refused.contains(
            "`post/new/index.html` is a file that kb did not write: nothing was published"
        ),
        "{refused}"
    );
    assert!(!folder.file("site/post/index.html").exists());
    #[cfg(unix)]
    {
        std::fs::remove_dir_all(folder.file("site/post")).unwrap();
        std::fs::create_dir(folder.file("elsewhere")).unwrap();
        std::os::unix::fs::symlink(folder.file("elsewhere"), folder.file("site/post")).unwrap();
        folder.fails(2, &["publish", "site/"]);
        assert_eq!(
            std::fs::read_dir(folder.file("elsewhere")).unwrap().count(),
            0
        );
    }
}

#[test]
fn a_page_that_was_edited_by_hand_is_not_overwritten() {
    let folder = notebook();
    folder.ok(&["publish", "site/"]);
    folder.write("site/term/few-units/index.html", "mine");
    folder.ok(&["add", "post", "New"]);
    let refused = folder.fails(2, &["publish", "site/"]);
    assert!(
        refused.contains("`term/few-units/index.html` was edited by hand: nothing was published")
            && refused.contains("kb publish --force"),
        "{refused}"
    );
    assert!(!folder.file("site/post").exists());
    assert_eq!(folder.read("site/term/few-units/index.html"), "mine");
    folder.ok(&["publish", "site/", "--force"]);
    let page = folder.read("site/term/few-units/index.html");
    assert!(page.contains("<h1>Few units</h1>"), "{page}");
}

#[test]
fn a_publication_that_was_killed_between_two_pages_can_be_repeated() {
    let folder = notebook();
    folder.ok(&["publish", "site/"]);
    let whole = files(&folder.file("site"));
    // As after a kill: the first manifest, and some of the pages.
    let manifest: serde_json::Value = serde_json::from_str(&whole[".kb-site.json"]).unwrap();
    let written = manifest["files"].as_object().unwrap().iter();
    let pending: serde_json::Map<_, _> = written
        .map(|(path, sum)| (path.clone(), serde_json::json!([sum])))
        .collect();
    let pending = serde_json::json!({"files": {}, "pending": pending, "entries": {}});
    folder.write("site/.kb-site.json", pending.to_string());
    std::fs::remove_file(folder.file("site/term/few-units/index.html")).unwrap();
    folder.ok(&["set", "few-units", "body=Other words."]);
    folder.ok(&["publish", "site/"]);
    folder.ok(&["undo"]);
    folder.ok(&["publish", "site/"]);
    let mut again = files(&folder.file("site"));
    // An undone change is a change of the text.
    for name in [
        ".kb-site.json",
        "feed.xml",
        "feed.json",
        "changes/index.html",
    ] {
        again.insert(
            name.to_owned(),
            whole.get(name).cloned().unwrap_or_default(),
        );
    }
    assert_eq!(
        again.keys().collect::<Vec<_>>(),
        whole.keys().collect::<Vec<_>>()
    );
    assert_eq!(
        again["term/sparse-coding/index.html"],
        whole["term/sparse-coding/index.html"]
    );
}

#[test]
fn a_theme_replaces_templates_and_a_broken_one_is_named() {
    let folder = notebook();
    folder.ok(&["publish", "--eject", "theme/"]);
    folder.write("theme/style.css", "body { color: red }\n");
    folder.write("theme/notes.txt", "x");
    let said = folder.run(&["publish", "site/", "--theme", "theme/"]).err;
    assert!(
        said.contains("`notes.txt` is not a file of a theme"),
        "{said}"
    );
    assert_eq!(folder.read("site/style.css"), "body { color: red }\n");
    folder.write("theme/list.html", "{% broken");
    let refused = folder.fails(2, &["publish", "other/", "--theme", "theme/"]);
    assert!(
        refused.contains("a template cannot be used") && refused.contains("list.html"),
        "{refused}"
    );
}

#[test]
fn labels_that_differ_in_signs_have_pages_of_their_own() {
    let folder = Folder::new();
    folder.ok(&[
        "add", "term", "B", "--tag", "C++", "--tag", "C", "--tag", "C#",
    ]);
    folder.ok(&[
        "add",
        "term",
        "Z",
        "See [a](paper/secret-plan).",
        "--tag",
        "C#",
    ]);
    folder.ok(&["publish", "site/"]);
    let site = files(&folder.file("site"));
    let pages: Vec<&String> = site
        .keys()
        .filter(|path| path.starts_with("tag/"))
        .collect();
    assert_eq!(
        pages,
        [
            "tag/c-2/index.html",
            "tag/c-3/index.html",
            "tag/c/index.html"
        ]
    );
    let sharp = site
        .values()
        .find(|text| text.contains("<h1>C#</h1>"))
        .unwrap();
    for entry in ["b", "z"] {
        let link = format!("<li><a href=\"../../term/{entry}/index.html\">");
        assert_eq!(sharp.matches(&link).count(), 1, "{sharp}");
    }
    assert!(site.values().all(|text| !text.contains("secret-plan")));
}

#[test]
fn former_names_redirect_and_unlisted_entries_are_on_no_list() {
    let folder = notebook();
    folder.ok(&["set", "few-units", "slug=some-units"]);
    folder.ok(&[
        "add",
        "term",
        "Quiet one",
        "See [[some-units]], $x^2$.",
        "--tag",
        "unlisted",
    ]);
    folder.ok(&["publish", "site/"]);
    let site = files(&folder.file("site"));
    let page = &site["term/few-units/index.html"];
    assert!(
        page.contains("url=../../term/some-units/index.html"),
        "{page}"
    );
    // An alias redirects too, unless a page has its address.
    assert!(site["term/sc/index.html"].contains("term/sparse-coding/index.html"));
    // What search engines read, and a formula.
    let paper = &site["paper/on-lists/index.html"];
    assert!(
        paper.contains("\"@type\":\"ScholarlyArticle\"") && paper.contains("\"name\":\"Lee, Ann\""),
        "{paper}"
    );
    assert!(site["term/some-units/index.html"].contains("\"@type\":\"DefinedTerm\""));
    let quiet = &site["term/quiet-one/index.html"];
    assert!(
        quiet.contains("<msup>") && !quiet.contains("unlisted"),
        "{quiet}"
    );
    for (path, text) in &site {
        let is_own = path.starts_with("term/quiet-one/") || path == ".kb-site.json";
        assert!(is_own || !text.contains("quiet-one"), "{path}");
    }
    assert!(!site.keys().any(|path| path.starts_with("tag/unlisted")));
}

#[test]
fn the_site_is_shown_on_this_machine_and_to_no_other_site() {
    use std::io::{BufRead, Read, Write};
    let folder = notebook();
    let mut command = folder.command(&["publish", "--serve", "--port", "0"]);
    let mut server = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let own = line
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let get = |path: &str, host: &str| {
        let mut stream = std::net::TcpStream::connect(&own).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let page = get("/term/few-units/", &own);
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("Few units"),
        "{page}"
    );
    assert!(get("/", "evil.example").starts_with("HTTP/1.1 403"));
    assert!(get("/../../etc/passwd", &own).starts_with("HTTP/1.1 404"));
    assert!(!get("/a-z/", &own).contains("Secret"));
    folder.ok(&["add", "term", "Newest"]);
    assert!(get("/term/newest/", &own).contains("Newest"));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(!folder.file("site").exists());
}

#[test]
fn a_name_from_the_time_when_an_entry_was_private_is_not_told() {
    let folder = Folder::new();
    folder.ok(&["add", "meeting", "Fired Bob"]);
    folder.ok(&["set", "meeting/fired-bob", "title=Advisor", "slug=adv"]);
    folder.ok(&["set", "meeting/adv", "private=no"]);
    folder.ok(&[
        "add",
        "term",
        "Shown",
        "See [[adv]].",
        "--topic",
        "Only",
        "--tag",
        "unlisted",
    ]);
    folder.ok(&["add", "term", "Other", "See [[shown]]."]);
    folder.ok(&["config", "site.base_url", "https://me.example/kb/"]);
    folder.ok(&["publish", "site/"]);
    let site = files(&folder.file("site"));
    for (path, text) in &site {
        assert!(
            !path.contains("fired-bob") && !text.contains("fired-bob"),
            "{path}"
        );
    }
    // A feed is read elsewhere, and an unlisted page has no link to a label without a page.
    assert!(site["feed.json"].contains("https://me.example/kb/term/shown/index.html"));
    let page = &site["term/shown/index.html"];
    assert!(
        !page.contains("href=\"\"") && page.contains("noindex"),
        "{page}"
    );
}

#[test]
fn a_formula_of_many_levels_is_shown_as_it_is() {
    let folder = Folder::new();
    for (title, deep) in [
        ("Roots", "\\sqrt".repeat(10_000)),
        (
            "Braces",
            format!("{}{}", "{".repeat(20_000), "}".repeat(20_000)),
        ),
    ] {
        folder.ok(&["add", "term", title, &format!("x ${deep}$")]);
    }
    folder.ok(&["publish", "site", "-q"]);
    assert!(
        folder
            .read("site/term/roots/index.html")
            .contains("\\sqrt\\sqrt")
    );
}

#[test]
fn a_site_tells_how_a_text_changed_only_where_it_is_asked_to_and_was_public() {
    let folder = Folder::new();
    folder.ok(&["add", "meeting", "Hidden", "private"]);
    folder.ok(&["add", "term", "VAE", "a 1<2 model that encodes"]);
    let set = |word: &str| folder.ok(&["set", "vae", word]);
    set("body=a 1<2 model that encodes data, see [[Hidden]]");
    // Only a private link: the public sees no change.
    set("body=a 1<2 model that encodes data, see ");
    set("private=yes");
    set("body=draft of a secret");
    set("body=a 1<2 model that encodes data, see a lattice");
    set("private=no");
    let page = || {
        folder.ok(&["publish", "site/"]);
        folder.read("site/term/vae/index.html")
    };
    assert!(!page().contains("How it changed"));
    folder.ok(&["config", "site.history", "on"]);
    let shown = page();
    for part in [
        "a 1&lt;2 model that encodes</div>",
        "a 1&lt;2 model that encodes<ins> data, see</ins>",
        "<ins> a lattice</ins>",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(shown.matches("<li><time").count(), 3, "{shown}");
    for site in files(&folder.file("site")).values() {
        assert!(
            !site.contains("secret") && !site.contains("Hidden"),
            "{site}"
        );
    }
    // What is made private with the change that makes it secret was never public.
    folder.ok(&["set", "vae", "private=yes", "body=another secret"]);
    folder.ok(&["set", "vae", "private=no", "body=the end"]);
    let shown = page();
    assert!(
        shown.contains("<ins>") && !shown.contains("another secret"),
        "{shown}"
    );
    // What was purged may have been private.
    folder.ok(&["purge", "vae", "body", "--yes"]);
    assert!(!page().contains("How it changed"));
    let said = folder.fails(2, &["config", "site.history", "maybe"]);
    assert!(said.contains("is not `on` or `off`"), "{said}");
}

#[test]
fn comments_are_for_no_reader() {
    let folder = Folder::new();
    folder.write(
        "n.md",
        "## Terms\n\n<!-- salary talk with Ann on Monday -->\n\n- Foo: x <!-- ask Ann --> and `<!-- kept -->` 5%% of 10%%\n\n%% Ann %%\n",
    );
    folder.ok(&["import", "n.md"]);
    folder.ok(&["publish", "site"]);
    let mut pages = 0;
    let mut folders = vec![folder.path().join("site")];
    while let Some(next) = folders.pop() {
        for file in std::fs::read_dir(next).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains("Ann"), "{}", path.display());
                pages += usize::from(
                    text.contains("5%% of 10%%") && text.contains("&lt;!-- kept --&gt;"),
                );
            }
        }
    }
    assert!(pages > 0, "the rest is there");
    // The page of the notebook keeps them.
    assert!(
        folder
            .ok(&["export", "--format", "page"])
            .contains("ask Ann")
    );
}

#[test]
fn the_site_of_another_notebook_is_not_replaced() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Foo", "b"]);
    folder.ok(&["publish", "site"]);
    let index = folder.read("site/index.html");
    let other = Folder::new();
    other.ok(&["add", "term", "R", "r"]);
    let site = folder.path().join("site");
    let site = site.to_str().unwrap();
    let said = other.fails(2, &["publish", site]);
    assert!(said.contains("has the site of another notebook"), "{said}");
    assert_eq!(folder.read("site/index.html"), index);
    // Entries that were removed are known.
    folder.ok(&["rm", "term/foo"]);
    folder.ok(&["add", "term", "New"]);
    folder.ok(&["publish", "site"]);
    other.ok(&["publish", "--force", site]);
    assert!(folder.read("site/term/r/index.html").contains("R"));
}
