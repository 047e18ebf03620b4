//! The addresses of pages: stable, and relative to each other, so that a site works in any folder.

use crate::format::vault::is_safe;
use crate::text::slug::slug;

/// The path of the page of an entry.
pub(super) fn of_entry(kind: &str, name: &str) -> String {
    let path = format!("{kind}/{name}/index.html");
    // A name that Windows reserves for a device.
    match is_safe(&path) {
        true => path,
        false => format!("{kind}/{name}-entry/index.html"),
    }
}

/// The path of the page of a topic, with a folder for each level, or of a tag.
pub(super) fn of_label(sort: &str, label: &str) -> String {
    let levels: Vec<String> = label
        .split('/')
        .map(slug)
        .filter(|level| !level.is_empty())
        .collect();
    let path = format!("{sort}/{}/index.html", levels.join("/"));
    match is_safe(&path) {
        true => path,
        false => format!("{sort}/{}-label/index.html", levels.join("-")),
    }
}

/// The relative path from the folder of one page to another path of the site.
pub(super) fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}
