//! Pages of other people: which of their items become entries, and with which values.

use std::collections::BTreeMap;

use crate::support::{Folder, shared};

/// The entries that `kb import page.md --kind KIND` makes: the given fields of each.
fn entries(page: &str, kind: &str, fields: &str) -> String {
    let folder = Folder::new();
    folder.write("page.md", page);
    folder.ok(&["import", "page.md", "--kind", kind]);
    folder.ok(&["export", "page.md"]);
    assert_eq!(folder.read("page.md"), page, "comes back byte for byte");
    folder.ok(&["list", "--tsv", fields])
}

#[test]
fn titles_are_what_a_reader_would_say() {
    let page = "# Papers\n\n\
        - **WaveNet: A Generative Model for Raw Audio** (2016), A. Oord et al. [[pdf]](https://e.org/1.pdf)\n\
        - The Matrix Calculus [[arXiv](https://arxiv.org/abs/1802.01528)] [[Code](https://e.org/c)]\n\
        - [**Bold** in a link](https://e.org/b): note\n\
        - :star: [Starred](https://e.org/s)\n\
        - <https://e.org/auto>: auto\n\
        - https://e.org/bare\n\
        - [By ref][r1]: ref\n\
        - [Angle](<https://e.org/a b>)\n\
        - [Cited](https://e.org/x) Ann Lee, Bo Chen. *NeurIPS* 2017.\n\
        - [Contents](#papers)\n\n[r1]: https://e.org/ref\n";
    assert_eq!(
        entries(page, "papers", "title,url,year,body,authors,venue"),
        "WaveNet: A Generative Model for Raw Audio\thttps://e.org/1.pdf\t2016\tA. Oord et al.\t\t\n\
        The Matrix Calculus\thttps://arxiv.org/abs/1802.01528\t\t[[Code](https://e.org/c)]\t\t\n\
        Bold in a link\thttps://e.org/b\t\tnote\t\t\n\
        Starred\thttps://e.org/s\t\t\t\t\n\
        https://e.org/auto\thttps://e.org/auto\t\tauto\t\t\n\
        https://e.org/bare\thttps://e.org/bare\t\t\t\t\n\
        By ref\thttps://e.org/ref\t\tref\t\t\n\
        Angle\thttps://e.org/a%20b\t\t\t\t\n\
        Cited\thttps://e.org/x\t2017\t\tLee, Ann; Chen, Bo\tNeurIPS\n"
    );
}

#[test]
fn headings_and_rows_are_entries_where_they_list_things() {
    let page = "# Awesome [![Badge](https://e.org/b.svg)](https://e.org)\n\nWhat this is about.\n\n\
        ## 1. Robust ![new](https://e.org/n.svg)\n\n- [One](https://e.org/1)\n\n\
        #### 1.1 [Weak to strong](https://e.org/w) (20 minutes)\n* Read sections 1 and 3.\n\n\
        ## Rows\n\n| Title | Year | Link |\n|---|---|---|\n| Two | 2019 | [pdf](https://e.org/2.pdf) |\n| Three | 2020 | [pdf](https://e.org/3.pdf) |\n";
    assert_eq!(
        entries(page, "papers", "title,url,topics,body"),
        "One\thttps://e.org/1\tAwesome/1. Robust\t\n\
        Weak to strong\thttps://e.org/w\tAwesome/1. Robust\t* Read sections 1 and 3.\n\
        Two\thttps://e.org/2.pdf\tAwesome/Rows\t2019\n\
        Three\thttps://e.org/3.pdf\tAwesome/Rows\t2020\n"
    );
    let page = "# Glossary\n\n| Term | Meaning |\n|---|---|\n| Logit | The log of the odds |\n";
    assert_eq!(
        entries(page, "terms", "title,body"),
        "Logit\tThe log of the odds\n"
    );
}

#[test]
fn names_pointers_and_questions_are_told_from_titles() {
    let page = "# Books\n\n- Pragmatic Words (Ann Lee, Bo Chen)\n- Elixir (Cy Dee) - read twice\n- Scaling (a study)\n";
    assert_eq!(
        entries(page, "posts", "title,body"),
        "Pragmatic Words\t(Ann Lee, Bo Chen)\nElixir\t(Cy Dee) - read twice\nScaling (a study)\t\n"
    );
    let page = "# L\n\n- For a list of books, go [here](https://e.org/b).\n- See below\n- [One](https://e.org/1)\n- Slides of Two, [here](https://e.org/2)\n";
    assert_eq!(
        entries(page, "posts", "title,url"),
        "One\thttps://e.org/1\nSlides of Two\thttps://e.org/2\n"
    );
    let page = "# Intro\n\nAbout this page.\n\n# Q1: What is a logit?\n- **Short:** log odds\n\n# Q: Walk through the whole of it now.\nText.\n\n# Q3: Why?\n- **Because:** it is\n";
    assert_eq!(
        entries(page, "terms", "title"),
        "What is a logit?\nWalk through the whole of it now\nWhy?\n"
    );
}

#[test]
fn an_edit_changes_one_line_of_an_item_with_a_period_and_labels() {
    let page = "# List\n\n- **Wave** (2016), by A. [[pdf]](https://e.org/1.pdf)\n- [B](https://e.org/b) (2017): text\n";
    for (set, old, new) in [
        ("period=2018", "(2016)", "(2018)"),
        ("title=Waves", "**Wave**", "**Waves**"),
        (
            "url=https://e.org/9",
            "https://e.org/1.pdf",
            "https://e.org/9",
        ),
    ] {
        let folder = Folder::new();
        folder.write("page.md", page);
        folder.ok(&["import", "page.md", "--kind", "papers"]);
        folder.ok(&["set", "wave", set]);
        folder.ok(&["export", "page.md"]);
        assert_eq!(folder.read("page.md"), page.replace(old, new));
        assert!(
            folder
                .run(&["import", "page.md"])
                .err
                .contains("holds nothing new")
        );
    }
}

#[test]
fn an_import_says_what_a_page_without_known_headings_could_be() {
    let folder = Folder::new();
    folder.write("p.md", "# Stuff\n\n## Vision\n\n- [ViT](https://arxiv.org/abs/2010.11929)\n- [CLIP](https://arxiv.org/abs/2103.00020)\n\n## Audio\n\n- [WaveNet](https://arxiv.org/abs/1609.03499)\n");
    let said = folder.run(&["import", "p.md"]);
    assert!(
        said.err.contains("no heading of `p.md` names a kind: 3 items under 2 headings, such as `ViT`, `CLIP` and `WaveNet`, could be papers\n  kb import p.md --kind papers\n"),
        "{}",
        said.err
    );
    folder.ok(&["import", "p.md", "--kind", "papers"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,topics"]),
        "ViT\tStuff/Vision\nCLIP\tStuff/Vision\nWaveNet\tStuff/Audio\n"
    );
    for (page, kind) in [
        (
            "# Notes\n\n- Logit: the log of the odds\n- Odds: p over 1 - p\n",
            "terms",
        ),
        (
            "# Tools\n\n- [jj](https://e.org/jj) - a tool\n- [fd](https://e.org/fd)\n",
            "posts",
        ),
    ] {
        folder.write("q.md", page);
        let said = folder.run(&["import", "q.md"]).err;
        assert!(said.contains(&format!("could be {kind}")), "{said}");
    }
    folder.write("q.md", "# Prose\n\nNothing is listed here.\n");
    assert!(!folder.run(&["import", "q.md"]).err.contains("could be"));
}

#[test]
fn a_paper_without_a_url_is_written_with_the_address_of_its_identifier() {
    let folder = Folder::new();
    folder.write("p.md", "## Papers\n\n- [A](https://e.org/a)\n- B\n");
    folder.ok(&["import", "p.md"]);
    folder.ok(&[
        "add",
        "paper",
        "Toy Models of Superposition",
        "--arxiv",
        "2209.10652",
    ]);
    folder.ok(&["set", "b", "arxiv=2209.00001"]);
    folder.ok(&["export", "p.md"]);
    let page = folder.read("p.md");
    assert_eq!(
        page,
        "## Papers\n\n- [A](https://e.org/a)\n- B\n- [Toy Models of Superposition](https://arxiv.org/abs/2209.10652)\n"
    );
    assert!(
        folder
            .run(&["import", "p.md"])
            .err
            .contains("holds nothing new")
    );
    assert_eq!(folder.ok(&["show", "toy-models", "--tsv", "url"]), "\n");
}

/// The share of labelled items of other people's pages that an import with the labelled kind finds.
/// The labels were made by hand, by somebody who had not seen what the reader makes of the pages.
#[test]
fn labelled_pages_of_other_people_are_read_as_their_readers_would() {
    let Some(root) = shared("corpora/markdown_notebooks") else {
        return;
    };
    type Page<'a> = (&'a str, Vec<(String, String)>);
    let mut pages: BTreeMap<&str, Page<'_>> = BTreeMap::new();
    for line in include_str!("pages/labels.tsv").lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let page = pages.entry(cells[0]).or_insert((cells[1], Vec::new()));
        if let [_, _, title, url] = cells.as_slice()
            && !title.is_empty()
        {
            page.1.push(((*title).to_owned(), (*url).to_owned()));
        }
    }
    let (mut right, mut made, mut labelled, mut proposed) = (0, 0, 0, 0);
    for (page, (kind, items)) in pages.iter().filter(|(_, (kind, _))| *kind != "none") {
        let folder = Folder::new();
        let path = root.join(page);
        let path = path.to_str().unwrap();
        let said = folder.run(&["import", path, "--dry-run"]).err;
        proposed += usize::from(said.contains(&format!("--kind {kind}s\n")));
        folder.run(&["import", path, "--kind", kind]);
        let found: Vec<(String, String)> = folder
            .ok(&["list", "--tsv", "title,url", "--sort", "created"])
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(title, url)| (title.to_owned(), url.to_owned()))
            .collect();
        let first = found.iter().take(items.len().max(1));
        made += first.clone().count();
        right += first.filter(|entry| items.contains(entry)).count();
        labelled += items.len();
    }
    let (precision, recall) = (right as f64 / made as f64, right as f64 / labelled as f64);
    println!(
        "precision {precision:.2}, recall {recall:.2}; the right kind was proposed for {proposed} of {} pages",
        pages.len()
    );
    assert!(
        precision > 0.80 && recall > 0.75,
        "{precision:.2} {recall:.2}"
    );
}

#[test]
fn what_a_fresh_reader_broke_holds() {
    // A bar in code ends a cell.
    let page = "## Papers\n\n| T |\n|---|\n| [X `a|b`](https://e.org/x) |\n";
    let folder = Folder::new();
    folder.write("page.md", page);
    folder.ok(&["import", "page.md"]);
    folder.ok(&["export", "page.md"]);
    assert_eq!(folder.read("page.md"), page);
    // Emphasis around a link, and separators after it, are no body.
    let page = "# P\n\n- *[Aa](https://e.org/1)* - x\n- **[Bb](https://e.org/2)**. y\n- ~~[Cc](https://e.org/3?a=1&amp;b=2)~~ (2003): z\n- [Dd](https://e.org/4). Doe, J., Roe, K. *NeurIPS* 2001.\n";
    assert_eq!(
        entries(page, "papers", "title,url,year,authors,body"),
        "Aa\thttps://e.org/1\t\t\tx\nBb\thttps://e.org/2\t\t\ty\nCc\thttps://e.org/3?a=1&b=2\t2003\t\tz\nDd\thttps://e.org/4\t2001\tDoe, J.; Roe, K.\t\n"
    );
}

#[test]
fn an_edit_of_one_field_leaves_the_others_of_the_line() {
    let page = "# P\n\n- [Aa](https://e.org/1) (2001) - x\n- [Bb][r] (2004). w\n- *[Cc](https://e.org/3)* - x\n\n[r]: https://e.org/4\n";
    for (reference, set, old, new) in [
        (
            "aa",
            "body=",
            "[Aa](https://e.org/1) (2001) - x",
            "[Aa](https://e.org/1) (2001)",
        ),
        (
            "aa",
            "title=A *b*",
            "[Aa](https://e.org/1) (2001) - x",
            "[A \\*b\\*](https://e.org/1) (2001) - x",
        ),
        (
            "aa",
            "url=https://e.org/a(b",
            "[Aa](https://e.org/1) (2001) - x",
            "[Aa](<https://e.org/a(b>) (2001): x",
        ),
        (
            "aa",
            "year=",
            "[Aa](https://e.org/1) (2001) - x",
            "[Aa](https://e.org/1): x",
        ),
        (
            "bb",
            "year=1999",
            "[Bb][r] (2004). w",
            "[Bb](https://e.org/4) (1999): w",
        ),
        (
            "cc",
            "body=new",
            "*[Cc](https://e.org/3)* - x",
            "*[Cc](https://e.org/3)* - new",
        ),
    ] {
        let folder = Folder::new();
        folder.write("page.md", page);
        folder.ok(&["import", "page.md", "--kind", "papers"]);
        folder.ok(&["set", reference, set]);
        folder.ok(&["export", "page.md"]);
        assert_eq!(folder.read("page.md"), page.replace(old, new), "{set}");
        let fields = folder.ok(&["list", "--tsv", "title,url,year,body"]);
        let other = Folder::new();
        other.write("page.md", folder.read("page.md"));
        other.ok(&["import", "page.md", "--kind", "papers"]);
        assert_eq!(
            other.ok(&["list", "--tsv", "title,url,year,body"]),
            fields,
            "{set}"
        );
    }
}
