//! Property tests of pages: any page is written back unchanged, and any body is read back equal.

use std::collections::HashSet;

use kb::format::page::headings::Headings;
use kb::format::page::read::read;
use kb::format::page::write::write;
use kb::model::layout::{Layout, Mark};
use kb::model::{Audience, Clock, Draft, Kinds, Unknown};
use proptest::prelude::*;

use crate::fuzzed::readers::page_entries;
use crate::page::difference;
use crate::support::Folder;

#[test]
fn a_heading_that_is_an_entry_stays_one_whatever_its_text_becomes() {
    let folder = Folder::new();
    folder.write(
        "notes.md",
        "# Terms\n\n## Entropy\n\nHow little is known.\n\n## Loss\n\nWhat is learnt from.\n",
    );
    folder.ok(&["import", "notes.md"]);
    for (body, written) in [
        ("- one\n- two", "\\- one\n\\- two"),
        ("1. one\n\n# two", "1\\. one\n\n\\# two"),
        ("```\nno end", "\\```\nno end"),
        ("```\n- an end\n```", "```\n- an end\n```"),
        ("<!-- no end", "\\<!-- no end"),
        ("[a]: https://example.org", "\\[a]: https://example.org"),
        ("\\- one", "\\\\- one"),
        ("", "<!-- -->"),
    ] {
        folder.ok(&["set", "entropy", &format!("body={body}")]);
        folder.ok(&["export", "notes.md"]);
        assert_eq!(
            folder.read("notes.md"),
            format!("# Terms\n\n## Entropy\n\n{written}\n\n## Loss\n\nWhat is learnt from.\n")
        );
        assert!(
            folder
                .run(&["import", "notes.md"])
                .err
                .contains("holds nothing new"),
            "{body}"
        );
        let fresh = Folder::new();
        fresh.write("notes.md", folder.read("notes.md"));
        fresh.ok(&["import", "notes.md"]);
        assert_eq!(
            fresh.ok(&["list", "--jsonl", "title,body"]).lines().next(),
            Some(
                serde_json::json!({"title": "Entropy", "body": body})
                    .to_string()
                    .as_str()
            )
        );
    }
}

/// Random pages made of what hand-written notebooks contain.
fn pages() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("sparse"),
        Just("*code*"),
        Just("a: b"),
        Just("[x]"),
        Just("`c`"),
        Just("— dash"),
        Just("2023"),
        Just("ViT (VIT)"),
        Just("émile"),
        Just("\\*")
    ];
    let text = prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "));
    let heading = prop_oneof![
        Just("Papers"),
        Just("Terms and Concepts"),
        Just("What I'm Learning"),
        Just("What I've learnt"),
        Just("Achievements"),
        Just("Nov 2023"),
        Just("Interpretability"),
        Just("People I've met"),
        Just("Meeting with X"),
        Just("Projects and Posts"),
        Just("Projects"),
        Just("General"),
        Just("A / B"),
        Just("1.2 [Link](https://example.org/a//b) /"),
    ];
    let item = (
        prop_oneof![Just("- "), Just("* "), Just("1. "), Just("- [ ] ")],
        text.clone(),
        prop_oneof![
            Just(""),
            Just(": body"),
            Just("\n\n  para\n\n  - nested"),
            Just(":\n\n  ```\n  code\n  ```")
        ],
    );
    let block = prop_oneof![
        (1usize..5, heading).prop_map(|(level, title)| format!("{} {title}\n", "#".repeat(level))),
        item.clone().prop_map(|(marker, title, body)| format!("{marker}{title}{body}\n")),
        (text.clone(), text.clone()).prop_map(|(title, body)| format!("- [{title}](https://example.org/{}): {body}\n", title.len())),
        text.clone().prop_map(|text| format!("{text}\n")),
        Just("Jan 2024: not an item\n".to_owned()),
        Just("- Feb-March 2024: something\n".to_owned()),
        Just("---\ntitle: x\n---\n".to_owned()),
        Just("| a | b |\n|---|---|\n| 1 | 2 |\n".to_owned()),
        (text.clone(), text.clone())
            .prop_map(|(title, body)| format!("| a | b | c |\n|---|:-:|---|\n| [{title}](https://example.org/t) | {body} | 1 |\n| x | [{body}](/y) |\n")),
        Just("> quote\n".to_owned()),
        Just("![image](a.png)\n".to_owned()),
        Just("<div>\n\n</div>\n".to_owned()),
    ];
    let gap = prop_oneof![3 => Just("\n"), 1 => Just(""), 1 => Just("\n\n")];
    prop::collection::vec((block, gap), 0..14)
        .prop_map(|parts| parts.into_iter().map(|(block, gap)| block + gap).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KB_TRIALS").is_ok() { 20_000 } else { 512 }))]

    #[test]
    fn a_random_page_comes_back_byte_for_byte(page in pages(), whole in prop::option::of(prop::sample::select(vec!["paper", "term", "goal", "meeting"]))) {
        let kinds = Kinds::built_in();
        let headings = Headings::new(&kinds, &[], whole);
        let mut layout = read(&page, &kinds, &headings);
        prop_assert_eq!(layout.text(), page.clone());
        let entries = page_entries(&mut layout, &kinds);
        let written = write(&layout, &entries, &kinds, &headings, Audience::Public, &HashSet::new());
        prop_assert_eq!(written.layout.text(), page);
        prop_assert!(written.unplaced.is_empty());
    }

    #[test]
    fn any_text_at_all_comes_back_byte_for_byte(page in "(\\PC|\n|\t|\r\n){0,200}") {
        let kinds = Kinds::built_in();
        let headings = Headings::new(&kinds, &[], Some("paper"));
        prop_assert_eq!(read(&page, &kinds, &headings).text(), page);
    }

    #[test]
    fn removing_an_entry_of_a_random_page_removes_its_lines_only(page in pages(), pick in any::<prop::sample::Index>()) {
        let kinds = Kinds::built_in();
        let headings = Headings::new(&kinds, &[], None);
        let page = format!("{page}\n# Papers\n\n- one\n- two\n");
        let mut layout = read(&page, &kinds, &headings);
        let mut entries = page_entries(&mut layout, &kinds);
        let gone = entries.remove(pick.index(entries.len()));
        let at: usize = gone.uid[1..].parse().expect("a uid with the number of a piece");
        let own = layout.pieces[at].text.clone();
        let written = write(&layout, &entries, &kinds, &headings, Audience::Public, &HashSet::new()).layout.text();
        for line in difference(&page, &written) {
            let text = &line[1..];
            // The heading of a topic is removed with its last entry. `title: x` above `---` is a
            // heading, too.
            let heading = text.starts_with('#') || matches!(text, "title: x" | "---");
            prop_assert!(line.starts_with('-') && (own.contains(text) || heading), "{:?} in\n{}\n---\n{}", line, page, written);
        }
    }

    #[test]
    fn a_new_entry_reads_back_from_the_page_as_it_is(page in pages(), title in "[a-zA-Z\\[\\]*:` -]{1,20}", body in "([a-z #>-]{0,10}\n?){0,4}", url in prop::bool::ANY) {
        let kinds = Kinds::built_in();
        let headings = Headings::new(&kinds, &[], None);
        let page = format!("{page}\n\n# Terms\n\n- One: two\n");
        let mut layout = read(&page, &kinds, &headings);
        let mut entries = page_entries(&mut layout, &kinds);
        let kind = kinds.get("term").expect("a kind");
        let clock = Clock { now: chrono::DateTime::UNIX_EPOCH, today: chrono::NaiveDate::default() };
        let mut draft = Draft::of("term");
        draft.set("title", title).set("body", body.trim().to_owned());
        if url {
            draft.set("url", "https://example.org/a_(b)");
        }
        let Ok(mut entry) = kind.admit(&draft, &clock, Unknown::Refuse) else { return Ok(()) };
        entry.uid = "new".to_owned();
        entry.slug = "new".to_owned();
        entries.push(entry.clone());
        let written = write(&layout, &entries, &kinds, &headings, Audience::Public, &HashSet::new());
        let items = written.layout.items();
        let item = items.iter().find(|(_, item, _)| item.uid == "new").expect("the new entry is on the page").1;
        prop_assert_eq!(&item.title.value, &entry.title, "{}", written.layout.text());
        prop_assert_eq!(item.url.is_some(), url);
        let body: Vec<&str> = item.body.as_ref().map(|body| body.value.lines().map(str::trim_end).collect()).unwrap_or_default();
        let expected: Vec<&str> = entry.body.lines().map(str::trim_end).collect();
        prop_assert_eq!(body, expected, "{}", written.layout.text());
    }

    #[test]
    fn a_page_whose_entry_changed_reads_back_as_its_entries(
        page in pages(),
        whole in prop::option::of(prop::sample::select(vec!["paper", "term", "goal", "meeting"])),
        pick in any::<prop::sample::Index>(),
        title in prop::option::of("[a-c12\\[\\]()<>*:`#.|=\\\\ -]{1,12}"),
        body in prop::option::of("(\\\\|[a-c #>=*+1.)|\\[\\]:~`\t-]|`{3}|<!--|-->|<pre>|\n){0,24}"),
    ) {
        let kinds = Kinds::built_in();
        let headings = Headings::new(&kinds, &[], whole);
        let page = format!("{page}\n# Terms\n\n## Entropy\n\nHow little is known.\n\n## Loss\n\n- One: two\n");
        let mut layout = read(&page, &kinds, &headings);
        let mut entries = page_entries(&mut layout, &kinds);
        let at = pick.index(entries.len());
        let kind = kinds.get(&entries[at].kind).expect("a kind");
        let clock = Clock { now: chrono::DateTime::UNIX_EPOCH, today: chrono::NaiveDate::default() };
        let mut draft = Draft::of(&kind.name);
        draft.set("title", title.unwrap_or_else(|| entries[at].title.clone())).set("body", body.unwrap_or_default().trim().to_owned());
        let Ok(said) = kind.admit(&draft, &clock, Unknown::Refuse) else { return Ok(()) };
        (entries[at].title, entries[at].body) = (said.title, said.body);
        let written = write(&layout, &entries, &kinds, &headings, Audience::Owner, &HashSet::new()).layout;
        let text = written.text();
        let said = |layout: &Layout| -> Vec<(String, Option<String>, Option<String>)> {
            let text = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.value.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
            layout.items().into_iter().map(|(_, item, _)| (item.title.value.clone(), text(&item.url), text(&item.body))).collect()
        };
        let again = read(&text, &kinds, &headings);
        prop_assert_eq!(said(&again), said(&written), "{}\n=== became\n{}", page, text);
    }
}
