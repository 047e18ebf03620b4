//! The content of an entry on a page, and the style in which a new entry is written.

use crate::model::layout::{Item, Mark};
use crate::model::{Audience, Entry, Kind, Value};

/// The fields of an entry that are written on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageItem {
    /// Title of the entry.
    pub title: String,
    /// URL that the title links to.
    pub url: Option<String>,
    /// Period before the title.
    pub lead: Option<String>,
    /// Body; empty if the entry has none.
    pub body: String,
    /// Fields after the title that can be edited in their place, with their values.
    pub facts: Vec<(String, String)>,
}

/// The style in which an entry is written, copied from the entries near it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemStyle {
    /// Heading level of a heading entry; 0 for a list item or table row.
    pub level: u8,
    /// Marker with its indentation; `#` characters and a space for a heading.
    pub marker: String,
    /// Number of cells of a table row; 0 if the entry is not a table row.
    pub cells: usize,
    /// Blank lines between two entries.
    pub gap: String,
    /// Whether a period is written before the title.
    pub lead: bool,
    /// Whether the body begins on the same line as the title.
    pub inline: bool,
    /// The line end of the page.
    pub newline: &'static str,
}

impl PageItem {
    /// The content of an entry of the kind.
    pub(super) fn of(entry: &Entry, kind: &Kind) -> PageItem {
        let value = |name: &Option<String>| {
            name.as_ref()
                .and_then(|name| entry.value(name))
                .map(Value::text)
        };
        PageItem {
            title: entry.title.clone(),
            url: value(&kind.page.link).or_else(|| {
                let has_link = kind.page.link.is_some();
                has_link
                    .then(|| Audience::Owner.identified_at(entry, kind))
                    .flatten()
            }),
            lead: value(&kind.page.lead),
            body: entry.body.clone(),
            facts: Vec::new(),
        }
    }

    /// The content of an entry as this item on a page shows it: without a period before the title if
    /// the item has none, without the address of an identifier if it has no link, and with the fields
    /// that it has after its title.
    pub(super) fn as_in(item: &Item, entry: &Entry, kind: &Kind) -> PageItem {
        let mut shown = PageItem::of(entry, kind);
        if item.lead.is_none() {
            shown.lead = None;
        }
        let has_own = kind
            .page
            .link
            .as_ref()
            .is_some_and(|link| entry.value(link).is_some());
        if item.url.is_none() && !has_own {
            shown.url = None;
        }
        for (field, _) in PageItem::read(item).facts {
            if let Some(value) = entry.value(&field) {
                shown.facts.push((field, value.text()));
            }
        }
        shown
    }

    /// The content of an item on a page.
    pub(super) fn read(item: &Item) -> PageItem {
        let value = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.value.clone());
        PageItem {
            title: item.title.value.clone(),
            url: value(&item.url),
            lead: value(&item.lead),
            body: value(&item.body).unwrap_or_default(),
            facts: item
                .facts
                .iter()
                .filter(|fact| fact.at.is_some())
                .map(|fact| (fact.field.clone(), fact.values[0].clone()))
                .collect(),
        }
    }
}

/// The marker of a heading, such as `### ` for level 3.
pub(super) fn heading_marker(level: u8) -> String {
    format!("{} ", "#".repeat(level.into()))
}
