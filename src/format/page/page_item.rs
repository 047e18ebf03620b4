//! What a page shows of an entry, and the style in which its neighbours are written.

use crate::model::layout::{Item, Mark};
use crate::model::{Entry, Kind, Value};

/// What a page shows of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageItem {
    /// Title.
    pub title: String,
    /// Address behind the title.
    pub url: Option<String>,
    /// Period before the title.
    pub lead: Option<String>,
    /// Body; empty when there is none.
    pub body: String,
}

/// How the neighbours of a new entry are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemStyle {
    /// The level of a heading that is an entry; 0 for an item of a list.
    pub level: u8,
    /// Marker with its indentation; `#` signs and a space for a heading.
    pub marker: String,
    /// How many cells each has if they are rows of a table; 0 if not.
    pub cells: usize,
    /// Blank lines between two of them.
    pub gap: String,
    /// Whether a period stands before the title.
    pub lead: bool,
    /// Whether the body begins on the line of the title.
    pub inline: bool,
    /// The line end of the page.
    pub newline: &'static str,
}

impl PageItem {
    /// What a page shows of an entry of the kind.
    pub(super) fn of(entry: &Entry, kind: &Kind) -> PageItem {
        let value = |name: &Option<String>| {
            name.as_ref()
                .and_then(|name| entry.value(name))
                .map(Value::text)
        };
        PageItem {
            title: entry.title.clone(),
            url: value(&kind.page.link),
            lead: value(&kind.page.lead),
            body: entry.body.clone(),
        }
    }

    /// What an item says.
    pub(super) fn read(item: &Item) -> PageItem {
        let value = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.value.clone());
        PageItem {
            title: item.title.value.clone(),
            url: value(&item.url),
            lead: value(&item.lead),
            body: value(&item.body).unwrap_or_default(),
        }
    }
}

/// The marker of a heading: `### `.
pub(super) fn heading_marker(level: u8) -> String {
    format!("{} ", "#".repeat(level.into()))
}
