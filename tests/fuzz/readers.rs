//! Properties of the format readers that hold for any bytes. The first byte chooses the format, and
//! the rest is the text. The fuzz targets check them, and `tests/fuzzed.rs` checks them on the kept
//! corpus.
#![allow(dead_code)]

use std::collections::{BTreeMap, HashSet};

use kb::format::bibliography::{self, Dialect, Flavour};
use kb::format::page::{
    headings::Headings, read::draft, read::read as read_page, write::write as write_page,
};
use kb::format::table::Separator;
use kb::format::vault::{self, Style};
use kb::format::{anki, json, page_head, table};
use kb::model::layout::{Layout, Role};
use kb::model::{Audience, Clock, Entry, Kind, Kinds, Unknown};
use kb::text::encoding::decode;

/// The built-in kinds, parsed once for each thread, because parsing them would slow down every run.
fn kinds() -> &'static Kinds {
    thread_local!(static KINDS: &'static Kinds = Box::leak(Box::new(Kinds::built_in())));
    KINDS.with(|kinds| *kinds)
}

fn clock() -> Clock {
    Clock {
        now: chrono::DateTime::UNIX_EPOCH,
        today: chrono::NaiveDate::default(),
    }
}

/// The first byte, and the rest decoded as text; `None` for empty data.
fn parts(data: &[u8]) -> Option<(usize, String)> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(*first), decode(rest)))
}

/// The valid entries of a bibliography, each with a slug made of its number.
fn entries(dialect: Dialect, text: &str, kind: &Kind) -> Vec<Entry> {
    let found = bibliography::read(dialect, text, kind, clock().today);
    let named = |entry: Entry, number: usize| Entry {
        slug: format!("entry-{number}"),
        ..entry
    };
    let admitted = found
        .entries
        .iter()
        .filter_map(|read| kind.admit(&read.draft, &clock(), Unknown::Keep).ok());
    admitted
        .enumerate()
        .map(|(number, entry)| named(entry, number))
        .collect()
}

/// The entries as one bibliography; empty if there are none.
fn written(dialect: Dialect, entries: &[Entry], kind: &Kind) -> String {
    let [begin, between, end] = dialect.frame();
    let texts: Vec<String> = entries
        .iter()
        .map(|entry| {
            bibliography::write(
                dialect,
                Flavour::Bibtex,
                entry,
                &bibliography::key(entry),
                kind,
                Audience::Owner,
                clock().today,
            )
        })
        .collect();
    if texts.is_empty() {
        String::new()
    } else {
        format!("{begin}{}{end}", texts.join(between))
    }
}

/// Checks that the entries of one dialect can be exported to each dialect and imported again
/// without a panic. In the same dialect, the second export equals the first and no entry is lost.
pub(crate) fn bibliographies(data: &[u8]) {
    let Some((choice, text)) = parts(data) else {
        return;
    };
    let dialect = Dialect::ALL[choice % Dialect::ALL.len()];
    let kinds = kinds();
    let kind = kinds
        .get(bibliography::kind(dialect))
        .expect("a built-in kind");
    let first = entries(dialect, &text, kind);
    for other in Dialect::ALL.into_iter().filter(|other| other.is_written()) {
        let once = written(other, &first, kind);
        let again = entries(other, &once, kind);
        if dialect == other {
            assert_eq!(
                written(other, &again, kind),
                once,
                "{other:?}: the second export equals the first"
            );
            assert_eq!(
                again.len(),
                first.len(),
                "{other:?}: no entry is lost: {once}"
            );
        }
    }
}

/// The entries of a page, each with a uid made of the number of its piece. Items that are not valid
/// entries become prose.
pub(crate) fn page_entries(layout: &mut Layout, kinds: &Kinds) -> Vec<Entry> {
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for (at, item, section) in layout.items() {
        let Some(kind) = section.kind.as_ref().and_then(|kind| kinds.get(kind)) else {
            continue;
        };
        if let Ok(entry) = kind.admit(&draft(item, section, kind), &clock(), Unknown::Refuse) {
            entries.insert(
                at,
                Entry {
                    uid: format!("u{at}"),
                    slug: format!("s{at}"),
                    private: false,
                    ..entry
                },
            );
        }
    }
    for (at, piece) in layout.pieces.iter_mut().enumerate() {
        match (&mut piece.role, entries.get(&at)) {
            (Role::Entry(item), Some(entry)) => item.uid.clone_from(&entry.uid),
            (Role::Entry(_), None) => piece.role = Role::Prose,
            _ => {}
        }
    }
    entries.into_values().collect()
}

/// Checks that the pieces of a page join to the page, and that it is written unchanged with its own
/// entries. With changed entries and a new one, the pieces of the written page join to that page.
pub(crate) fn pages(data: &[u8]) {
    let Some((choice, text)) = parts(data) else {
        return;
    };
    let kinds = kinds();
    let whole = [
        None,
        Some("paper"),
        Some("term"),
        Some("goal"),
        Some("meeting"),
    ][choice % 5];
    let headings = Headings::new(kinds, &[], whole);
    let mut layout = read_page(&text, kinds, &headings);
    assert_eq!(layout.text(), text);
    let mut entries = page_entries(&mut layout, kinds);
    let write = |layout: &Layout, entries: &[Entry]| {
        write_page(
            layout,
            entries,
            kinds,
            &headings,
            Audience::Owner,
            &HashSet::new(),
        )
        .layout
    };
    assert_eq!(
        write(&layout, &entries).text(),
        text,
        "a page whose entries did not change is the same page"
    );
    let Some(first) = entries.first().cloned() else {
        return;
    };
    let new = Entry {
        uid: "new".to_owned(),
        slug: "new".to_owned(),
        title: "A new one".to_owned(),
        ..first
    };
    let count = entries.len();
    entries[choice / 5 % count].title = "Another *title*: [so]".to_owned();
    entries[choice / 7 % count].body = "Another body\n\nof two paragraphs".to_owned();
    entries.insert(choice / 3 % count, new);
    let page = write(&layout, &entries).text();
    assert_eq!(read_page(&page, kinds, &headings).text(), page);
}

/// Checks that tables, Anki notes and JSON are read without a panic, and that an Anki note keeps
/// its title and body when it is written and read again.
pub(crate) fn tables(data: &[u8]) {
    let Some((choice, text)) = parts(data) else {
        return;
    };
    let kinds = kinds();
    match choice % 4 {
        0 => drop(table::read(
            &text,
            Separator::Detect,
            &[("a".to_owned(), "title".to_owned())],
            Some("term"),
            kinds,
            table::EmptyCell::Ignored,
        )),
        1 => drop(table::read(
            &text,
            Separator::Tab,
            &[],
            Some("paper"),
            kinds,
            table::EmptyCell::Clears,
        )),
        2 => {
            let kind = kinds.get("term").expect("a built-in kind");
            for (_, draft) in anki::read(&text, "term").rows {
                let Ok(entry) = kind.admit(&draft, &clock(), Unknown::Keep) else {
                    continue;
                };
                let once = anki::row(&entry, Audience::Owner);
                let read = anki::read(&format!("{}{once}", anki::HEADER), "term");
                assert_eq!(read.rows.len(), 1, "{once}");
                let again = kind
                    .admit(&read.rows[0].1, &clock(), Unknown::Keep)
                    .expect("a written note is a valid entry");
                assert_eq!(
                    (&again.title, &again.body),
                    (&entry.title, &entry.body),
                    "{once}"
                );
            }
        }
        _ => {
            drop(json::read(&text));
            drop(json::read_line(&text));
        }
    }
}

/// Checks that an unchanged note is written as the same file, and that the head of a web page is
/// read without a panic.
pub(crate) fn notes(data: &[u8]) {
    let Some((choice, text)) = parts(data) else {
        return;
    };
    let kinds = kinds();
    if choice % 3 == 2 {
        let kind = kinds.get("paper").expect("a built-in kind");
        return drop(page_head::read(&text, kind, clock().today));
    }
    let note = vault::read("folder/note.md", &text, "term", kinds, &clock(), &|_| false);
    drop(vault::embeds(&text));
    let Some(kind) = note.draft.kind.as_deref().and_then(|kind| kinds.get(kind)) else {
        return;
    };
    let Ok(entry) = kind.admit(&note.draft, &clock(), Unknown::Keep) else {
        return;
    };
    let toml = text.starts_with("+++");
    let style = if toml { Style::Zola } else { Style::Obsidian };
    let again = vault::write(
        &entry,
        kind,
        kinds,
        style,
        Audience::Owner,
        &clock(),
        &|_| None,
    );
    assert_eq!(again, text, "an unchanged note is the same file");
}
