//! Feeds of new and changed entries: Atom (RFC 4287) and JSON Feed 1.1
//! (<https://www.jsonfeed.org/version/1.1/>). Entries are named by uid, so that neither a new slug nor a
//! new address makes a reader see them again.

use serde_json::json;

use super::address;
use super::content::{SiteContent, SiteEntry};
use crate::text::html::escaped;

/// The most entries of a feed.
const MOST: usize = 50;

/// The latest entries, newest first.
pub(super) fn latest<'e>(
    content: &'e SiteContent,
    entries: impl Iterator<Item = &'e SiteEntry>,
) -> Vec<(&'e SiteEntry, &'e str)> {
    let day = |entry: &'e SiteEntry| {
        content
            .updated
            .get(&entry.uid)
            .unwrap_or(&entry.created)
            .as_str()
    };
    let mut found: Vec<_> = entries.map(|entry| (entry, day(entry))).collect();
    found.sort_by(|a, b| b.1.cmp(a.1).then_with(|| b.0.uid.cmp(&a.0.uid)));
    found.truncate(MOST);
    found
}

/// A URN of a uid of 32 hexadecimal digits (RFC 9562).
fn urn(uid: &str) -> String {
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| uid.get(range).unwrap_or_default());
    format!("urn:uuid:{}", parts.join("-"))
}

/// An Atom feed. `path` is where it is on the site, `html` renders the body of an entry.
pub(super) fn atom(
    content: &SiteContent,
    title: &str,
    path: &str,
    entries: &[(&SiteEntry, &str)],
    html: &dyn Fn(&SiteEntry) -> String,
) -> String {
    let base = &content.base_url;
    let newest = entries.first().map_or("1970-01-01", |(_, day)| day);
    let author = if content.author.is_empty() {
        &content.title
    } else {
        &content.author
    };
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n<id>{}</id>\n<updated>{newest}T00:00:00Z</updated>\n<author><name>{}</name></author>\n<link rel=\"self\" href=\"{}\"/>\n",
        escaped(title),
        entries.last().map_or_else(
            || "urn:kb:empty".to_owned(),
            |_| format!("urn:kb:{}", escaped(path))
        ),
        escaped(author),
        escaped(&format!("{base}{path}")),
    );
    for (entry, day) in entries {
        let address = format!("{base}{}", address::of_entry(&entry.kind, &entry.slug));
        feed.push_str(&format!(
            "<entry>\n<title>{}</title>\n<id>{}</id>\n<published>{}T00:00:00Z</published>\n<updated>{day}T00:00:00Z</updated>\n<link href=\"{}\"/>\n<content type=\"html\">{}</content>\n</entry>\n",
            escaped(&entry.title),
            urn(&entry.uid),
            entry.created,
            escaped(&address),
            escaped(&html(entry)),
        ));
    }
    feed + "</feed>\n"
}

/// A JSON feed.
pub(super) fn json_feed(
    content: &SiteContent,
    entries: &[(&SiteEntry, &str)],
    html: &dyn Fn(&SiteEntry) -> String,
) -> String {
    let base = &content.base_url;
    let items: Vec<_> = entries
        .iter()
        .map(|(entry, day)| {
            json!({
                "id": urn(&entry.uid),
                "url": format!("{base}{}", address::of_entry(&entry.kind, &entry.slug)),
                "title": entry.title,
                "content_html": html(entry),
                "date_published": format!("{}T00:00:00Z", entry.created),
                "date_modified": format!("{day}T00:00:00Z"),
                "tags": entry.tags,
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": content.title,
        "home_page_url": base,
        "feed_url": format!("{base}feed.json"),
        "items": items,
    });
    format!("{feed:#}\n")
}
