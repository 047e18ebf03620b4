//! Items that go to another section of their page keep their lines, and what stands around them stays.

use crate::support::Folder;

const PAGE: &str = "See [the site][r].

## Papers

### NLP

- [F](http://f.f) (2019): ff
- [E](http://e.e) — dash
- **G**: bold

[r]: http://r.r

### Vision

- [B](http://b.b) (2020): bb
";

fn page(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("n.md", text);
    folder.ok(&["import", "n.md"]);
    folder
}

/// What the page is after a command.
fn after(text: &str, commands: &[&[&str]]) -> String {
    let folder = page(text);
    for command in commands {
        folder.ok(command);
    }
    folder.ok(&["sync"]);
    let now = folder.read("n.md");
    // Nothing is left to be done, and the file says what the notebook has.
    let before = folder.everything();
    folder.ok(&["sync"]);
    folder.ok(&["import", "n.md"]);
    assert_eq!(folder.everything(), before);
    assert_eq!(folder.read("n.md"), now);
    now
}

#[test]
fn a_topic_that_gets_another_name_changes_only_its_heading() {
    let renamed = after(PAGE, &[&["topics", "rename", "NLP", "Language"]]);
    assert_eq!(renamed, PAGE.replace("### NLP", "### Language"));
    let with_prose = PAGE.replace("### NLP\n", "### NLP\n\nA word about it.\n");
    let renamed = after(&with_prose, &[&["topics", "rename", "NLP", "Language"]]);
    assert_eq!(renamed, with_prose.replace("### NLP", "### Language"));
}

#[test]
fn an_item_that_goes_to_another_section_keeps_its_line() {
    let one = after(PAGE, &[&["set", "paper/f", "topics=Vision"]]);
    let line = "- [F](http://f.f) (2019): ff\n";
    assert_eq!(one.replace(line, ""), PAGE.replace(line, ""));
    assert!(one.find(line) > one.find("### Vision"), "{one}");
    let all = after(
        PAGE,
        &[&["set", "--yes", "topics=Vision", "where", "topic:NLP"]],
    );
    for line in PAGE.lines().filter(|line| line.starts_with("- ")) {
        assert!(all.contains(line), "{line}\n{all}");
    }
    assert!(all.contains("[r]: http://r.r\n"), "{all}");
    // What changed with it changes in the line.
    let two = after(PAGE, &[&["set", "paper/f", "topics=Vision", "title=Eff"]]);
    assert!(two.contains("- [Eff](http://f.f) (2019): ff\n"), "{two}");
}

#[test]
fn the_addresses_of_links_stay_when_the_item_before_them_goes() {
    let text =
        "## Papers\n\n- [E](http://e.e): x\n- [F][r]: y\n\n[r]: http://r.r\n\n## Terms\n\n- A: a\n";
    let removed = after(text, &[&["remove", "--yes", "paper/e"]]);
    assert_eq!(removed, text.replace("- [E](http://e.e): x\n", ""));
    let numbered = "## Papers\n\n### X\n\n1. [A](http://a.a) (2001): one\n\n### Y\n\n- [F][r] (2002): y\n- [B](http://b.b)\n\n[r]: http://r.r\n";
    let moved = after(numbered, &[&["set", "paper/f", "topics=X"]]);
    assert!(moved.contains("(2001): one\n2. [F]"), "{moved}");
    assert!(
        moved.ends_with("- [B](http://b.b)\n\n[r]: http://r.r\n"),
        "{moved}"
    );
}

#[test]
fn a_page_of_one_kind_takes_a_new_entry_under_the_heading_of_its_topic() {
    let folder = Folder::new();
    let text = "# Awesome\n\n## Vision\n\n- [B](http://b.b)\n- [C](http://c.c)\n\n## Sound\n\n- [D](http://d.d)\n";
    folder.write("n.md", text);
    folder.ok(&["import", "n.md", "--kind", "papers"]);
    folder.ok(&["add", "paper", "N", "--topic", "Awesome/Vision"]);
    folder.ok(&["add", "paper", "Else", "--topic", "Other"]);
    let said = folder.run(&["sync"]).err;
    assert_eq!(
        folder.read("n.md"),
        text.replace("http://c.c)\n", "http://c.c)\n- N\n")
    );
    // For the other one it has no heading, and that is said.
    assert!(
        said.contains("1 new entry is in no file: paper/else"),
        "{said}"
    );
}

#[test]
fn an_item_of_several_lines_fits_the_list_that_it_goes_to() {
    for (target, marker) in [
        ("1. [Zoom](http://d.org/zoom): circuits\n", "2. "),
        ("9. [Zoom](http://d.org/zoom): circuits\n", "10. "),
        ("  - [Zoom](http://d.org/zoom): circuits\n", "  - "),
        ("+   [Zoom](http://d.org/zoom): circuits\n", "+   "),
        ("* [Zoom](http://d.org/zoom): circuits\n", "* "),
    ] {
        let text = format!(
            "# N\n\n## Papers\n\n### Circuits\n\n{target}\n### Vision\n\n- [CLIP](http://v.org/clip): text and images\n\n  Second paragraph of CLIP.\n\n  - sub point\n\n  ```\n  code\n  ```\n- [DINO](http://v.org/dino): self\n"
        );
        let folder = page(&text);
        let body = || folder.ok(&["show", "paper/clip", "--body"]);
        let before = body();
        assert!(
            before.contains("sub point") && before.contains("code"),
            "{before}"
        );
        folder.ok(&["set", "paper/clip", "topics=Circuits"]);
        folder.ok(&["sync"]);
        let now = folder.read("n.md");
        assert!(
            now.contains(&format!(
                "{marker}[CLIP](http://v.org/clip): text and images\n"
            )),
            "{now}"
        );
        folder.write("n.md", now.replace(": self", ": selfie"));
        folder.ok(&["sync"]);
        assert_eq!(body(), before);
        assert_eq!(folder.ok(&["list", "--tsv", "ref"]).lines().count(), 3);
    }
}

#[test]
fn a_new_heading_stays_in_its_section_and_is_read_as_its_topic() {
    let text = "# Papers\n\n### Vision\n\n- [CLIP](http://v.org/clip): text\n- [DINO](http://v.org/dino): self\n\n## Terms\n\n- Topology: x\n";
    let one = after(text, &[&["set", "paper/clip", "topics=Audio"]]);
    assert!(one.find("### Audio") < one.find("## Terms"), "{one}");
    for topic in [
        "People",
        "Terms",
        "Papers",
        "To read",
        "*star*",
        "trailing ##",
        "<b>x</b>",
        "2023",
    ] {
        let folder = page(text);
        folder.ok(&["set", "paper/clip", &format!("topics={topic}")]);
        folder.ok(&["sync"]);
        folder.write(
            "n.md",
            folder.read("n.md").replace(": text", ": text, by hand"),
        );
        folder.ok(&["sync"]);
        assert_eq!(
            folder.ok(&[
                "list",
                "papers",
                "--tsv",
                "title,topics,body",
                "--sort",
                "title"
            ]),
            format!("CLIP\t{topic}\ttext, by hand\nDINO\tVision\tself\n")
        );
        assert_eq!(
            folder.ok(&["list", "--tsv", "ref"]).lines().count(),
            3,
            "{topic}"
        );
    }
}
