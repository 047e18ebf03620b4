//! A page as it is kept: prose between sections, each entry with the exact text it came from.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A page in pieces. The texts and gaps of the pieces, joined, are the page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
    /// Uids of entries that were taken off the page by hand and stay off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Headings that the user bound by hand: heading and kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<(String, String)>,
    /// The kind of the whole page, if the user said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

/// A run of whole lines with the blank lines behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// The lines, their line ends included.
    pub text: String,
    /// Blank lines behind them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gap: String,
    /// What the piece is.
    pub role: Role,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Kept as it is.
    Prose,
    /// A heading; bound when entries are to stand below it.
    Heading(Section),
    /// An entry.
    Entry(Item),
}

/// A heading and the query that it stands for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// 1 to 6.
    pub level: u8,
    /// Its text.
    pub title: String,
    /// The kind of the entries below; none for a heading of prose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether the heading itself names the kind, rather than a group within it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub root: bool,
    /// A choice that the entries below have: field and choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String)>,
    /// The topic of the entries below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The period of the entries below, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// While a page is written: whether entries stood below before.
    #[serde(skip)]
    pub populated: bool,
}

/// An entry on a page: what its text says, and where in the text it says so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The entry; empty until the page is taken into a notebook.
    #[serde(default)]
    pub uid: String,
    /// Its title.
    pub title: Mark,
    /// The address behind its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Mark>,
    /// The period before its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Mark>,
    /// The body; its place is where the lines of the body begin and end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Mark>,
    /// Columns by which the lines of the body are indented.
    #[serde(default)]
    pub indent: usize,
    /// The level of a heading that is an entry; 0 for an item of a list.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
    /// How many cells the row of a table has that is an entry; 0 for all others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cells: usize,
    /// The marker with its indentation: `- `, `1. `, `### `; empty for a heading underlined.
    #[serde(default)]
    pub marker: String,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// A value on a page and its byte range in the text of the piece.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The value as read.
    pub value: String,
    /// Where it stands.
    pub at: Range<usize>,
}

impl Layout {
    /// The page as text.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .flat_map(|piece| [piece.text.as_str(), piece.gap.as_str()])
            .collect()
    }

    /// The items with the index of their piece and the section above each.
    pub fn items(&self) -> Vec<(usize, &Item, &Section)> {
        let mut open = Open::default();
        let mut items = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let section = open.visit(piece);
            if let (Role::Entry(item), Some(section)) = (&piece.role, section) {
                items.push((at, item, section));
            }
        }
        items
    }
}

/// The headings that are open at a place on a page, outermost first.
#[derive(Debug, Default)]
pub struct Open<'a> {
    sections: Vec<&'a Section>,
}

impl<'a> Open<'a> {
    /// Goes on by one piece; gives the section that it stands in, or opens. An entry that is a heading closes
    /// the headings of its level and below.
    pub fn visit(&mut self, piece: &'a Piece) -> Option<&'a Section> {
        match &piece.role {
            Role::Heading(section) => {
                self.sections.retain(|open| open.level < section.level);
                self.sections.push(section);
            }
            Role::Entry(item) if item.level > 0 => {
                self.sections.retain(|open| open.level < item.level)
            }
            Role::Entry(_) | Role::Prose => {}
        }
        self.sections.last().copied()
    }
}
