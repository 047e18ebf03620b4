//! What the pages of a site show besides entries: definitions of terms, charts, links to the user's own site.

use crate::publish::{files, notebook};
use crate::support::Folder;

#[test]
fn a_term_explains_itself_once_in_each_section_and_never_in_a_link_heading_code_or_its_own_page() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "Sparse coding (SPC)",
        "A *code* with few & units.",
    ]);
    folder.ok(&[
        "add",
        "term",
        "AI",
        "A machine.",
        "--alias",
        "Thinking machine",
    ]);
    folder.ok(&["add", "term", "Secret thing", "Hidden.", "--private"]);
    folder.ok(&[
        "add",
        "term",
        "Quiet thing",
        "On no list.",
        "--tag",
        "unlisted",
    ]);
    folder.ok(&[
        "add",
        "post",
        "Words",
        "Sparse-coding & SPC, sparse codings, ai and AI, thinking machines, secret thing, quiet thing, \
         sparsecoding.\n\n## Sparse coding\n\n`sparse coding` [sparse coding](https://e.org) then SPC",
    ]);
    folder.ok(&["publish", "site/"]);
    let page = folder.read("site/post/words/index.html");
    let term = |number: usize, words: &str, link: &str, text: &str| {
        format!(
            "<button type=\"button\" class=\"term\" popovertarget=\"term-{number}\">{words}</button>\
             <span popover id=\"term-{number}\"><a href=\"../../term/{link}</a> {text}</span>"
        )
    };
    let coding = "sparse-coding/index.html\">Sparse coding (SPC)";
    let few = "A code with few &amp; units.";
    let expected = format!(
        "<p>{} &amp; SPC, sparse codings, ai and {}, thinking machines, secret thing, quiet thing, sparsecoding.</p>\n\
         <h2>Sparse coding</h2>\n<p><code>sparse coding</code> <a href=\"https://e.org\">sparse coding</a> then {}</p>\n",
        term(1, "Sparse-coding", coding, few),
        term(2, "AI", "ai/index.html\">AI", "A machine."),
        term(3, "SPC", coding, few),
    );
    assert!(page.contains(&expected), "{page}");
    let own = folder.read("site/term/ai/index.html");
    assert!(!own.contains("popover"), "{own}");
    // A feed is read elsewhere, where a definition could not open.
    assert!(!folder.read("site/feed.xml").contains("popover"));
}

#[test]
fn charts_show_what_is_listed_as_images_and_as_text() {
    let folder = notebook();
    folder.ok(&["add", "goal", "Learn & try", "--period", "2023-03/2023-05"]);
    folder.ok(&[
        "add",
        "goal",
        "Hidden goal",
        "--period",
        "2023",
        "--private",
    ]);
    folder.ok(&[
        "add",
        "goal",
        "Quiet goal",
        "--period",
        "2022",
        "--tag",
        "unlisted",
    ]);
    folder.ok(&["publish", "site/"]);
    let page = folder.read("site/charts/index.html");
    for row in [
        "<tr><th scope=\"row\">terms</th><td>2</td></tr>",
        "<tr><th scope=\"row\">goals</th><td>1</td></tr>",
        "<tr><th scope=\"row\">2023-03</th><td>1</td></tr>",
        "<tr><th scope=\"row\">ML/vision</th><td>1</td></tr>",
        "<tr><th scope=\"row\">Learn &amp; try</th><td>2023-03 to 2023-05</td></tr>",
        "<tr><th scope=\"row\">Sparse &lt;coding&gt;</th><td>Few units</td></tr>",
        "<img src=\"map.svg\" alt=\"Map of links: Few units: Sparse &lt;coding&gt;; Sparse &lt;coding&gt;: Few units\"",
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    let map = folder.read("site/charts/map.svg");
    assert_eq!(
        (map.matches("<circle").count(), map.matches("<path").count()),
        (2, 2),
        "{map}"
    );
    for (name, text) in files(&folder.file("site/charts")) {
        assert!(
            !text.contains("Hidden") && !text.contains("Quiet"),
            "{name}: {text}"
        );
    }
    for name in ["kinds", "months", "topics", "timeline", "map"] {
        assert!(
            folder.file(&format!("site/charts/{name}.svg")).exists(),
            "{name}"
        );
    }
}

#[test]
fn paths_from_the_root_lead_to_the_site_of_the_user() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "post",
        "Words",
        "[a](/projects#b) ![c](/d.png) [e](//evil.example)",
    ]);
    folder.fails(2, &["config", "site.origin", "javascript:x"]);
    folder.ok(&["config", "site.origin", "https://e.org/"]);
    folder.ok(&["publish", "site/"]);
    let page = folder.read("site/post/words/index.html");
    assert!(
        page.contains("<p><a href=\"https://e.org/projects#b\">a</a> <a href=\"https://e.org/d.png\">c</a> e</p>"),
        "{page}"
    );
}
