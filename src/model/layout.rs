//! The stored form of a page: its pieces of prose, headings and entries, with their exact text.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A page split into pieces. The texts and gaps of the pieces, concatenated, are the page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// Pieces of the page, in order.
    pub pieces: Vec<Piece>,
    /// Uids of entries that the user removed from the page. They are not added to it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// The items of these entries, and of entries that were removed meanwhile, as they were last on the page,
    /// each after its heading: an item that comes back, here or on another page, is compared with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Piece>,
    /// Headings that the user assigned to a kind: heading and kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<(String, String)>,
    /// The kind of the whole page, if the user set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

/// A run of whole lines and the blank lines after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// The lines, including line ends.
    pub text: String,
    /// Blank lines after the text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gap: String,
    /// Role of the piece.
    pub role: Role,
}

impl Piece {
    /// The uid of the entry that it is.
    pub fn uid(&self) -> Option<&str> {
        match &self.role {
            Role::Entry(item) => Some(item.uid.as_str()).filter(|uid| !uid.is_empty()),
            Role::Heading(_) | Role::Prose => None,
        }
    }
}

/// The role of a piece on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Text that is not an entry, kept unchanged.
    Prose,
    /// A heading. Its section has a kind if entries belong under it.
    Heading(Section),
    /// An entry.
    Entry(Item),
}

/// A heading and the properties that the entries under it share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Heading level, 1 to 6.
    pub level: u8,
    /// Text of the heading.
    pub title: String,
    /// Kind of the entries under the heading; `None` if no entries belong there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether the heading names the kind itself, rather than a group within the kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub root: bool,
    /// Choices that the entries under the heading have: field and choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String)>,
    /// Topic of the entries under the heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Period of the entries under the heading, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Used while a page is written: whether the heading had entries under it before.
    #[serde(skip)]
    pub populated: bool,
}

/// An entry on a page: the values in its text and their positions in the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Uid of the entry; empty until the page is imported into a notebook.
    #[serde(default)]
    pub uid: String,
    /// Title of the entry.
    pub title: Mark,
    /// URL that the title links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Mark>,
    /// Period before the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Mark>,
    /// Body, without the indentation and escapes of the page. Its range includes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Mark>,
    /// Values of other fields that follow the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Whether the range of the body has more than its value: the link with the address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub split: bool,
    /// Targets of links in the body that led nowhere when the page was imported. The author
    /// published them as they are, so they stay on the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loose: Vec<String>,
    /// Indentation of the lines of the body, in columns.
    #[serde(default)]
    pub indent: usize,
    /// Heading level, if the entry is a heading; otherwise 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
    /// Number of cells, if the entry is a table row; otherwise 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cells: usize,
    /// Marker with its indentation: `- `, `1. `, `### `; empty for an underlined (Setext) heading.
    #[serde(default)]
    pub marker: String,
}

/// Whether a number is left out of the JSON.
fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// The values of a field on a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Name of the field.
    pub field: String,
    /// The values as read.
    pub values: Vec<String>,
    /// Byte range of a single value that can be edited in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Range<usize>>,
}

/// A value on a page and its byte range in the text of the piece.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The value as read.
    pub value: String,
    /// Byte range of the value in [`Piece::text`].
    pub at: Range<usize>,
}

impl Layout {
    /// The texts of the pieces that are prose.
    pub fn prose(&self) -> HashSet<String> {
        let prose = self.pieces.iter().filter(|piece| piece.role == Role::Prose);
        prose.map(|piece| piece.text.clone()).collect()
    }

    /// The layout as JSON, with each piece on a line of its own: the history keeps the lines that
    /// change.
    ///
    /// # Errors
    /// The layout cannot be written as JSON.
    pub fn stored(&self) -> serde_json::Result<String> {
        let lines = |name: &str, pieces: &[Piece]| {
            let pieces = pieces.iter().map(serde_json::to_string);
            let pieces: Vec<String> = pieces.collect::<Result<_, _>>()?;
            serde_json::Result::Ok(format!("\"{name}\":[\n{}\n]", pieces.join(",\n")))
        };
        let rest = serde_json::to_string(&Layout {
            pieces: Vec::new(),
            gone: Vec::new(),
            ..self.clone()
        })?;
        let mut all = lines("pieces", &self.pieces)?;
        if !self.gone.is_empty() {
            all = format!("{all},{}", lines("gone", &self.gone)?);
        }
        Ok(rest.replacen("\"pieces\":[]", &all, 1))
    }

    /// The items that were deleted from the page, as a page of their own.
    pub fn gone(&self) -> Layout {
        Layout {
            pieces: self.gone.clone(),
            ..Layout::default()
        }
    }

    /// Takes the items of an entry off the page, and those that it had.
    pub fn forget(&mut self, uid: &str) {
        for pieces in [&mut self.pieces, &mut self.gone] {
            pieces.retain(|piece| piece.uid() != Some(uid));
        }
    }

    /// Adds a piece after a heading of its own.
    pub fn push_under(&mut self, heading: &Section, piece: &Piece) {
        self.pieces.push(Piece {
            text: String::new(),
            gap: String::new(),
            role: Role::Heading(heading.clone()),
        });
        self.pieces.push(piece.clone());
    }

    /// The page with the items of these entries as they are in another layout of it. Those that the
    /// other one lacks are left out.
    pub fn with_items(&self, other: Option<&Layout>, uids: &HashSet<&str>) -> Layout {
        let others: HashMap<&str, &Piece> = other
            .into_iter()
            .flat_map(|other| &other.pieces)
            .filter_map(|piece| Some((piece.uid()?, piece)))
            .collect();
        let pieces = self.pieces.iter().filter_map(|piece| {
            let uid = piece.uid().filter(|uid| uids.contains(uid));
            uid.map_or(Some(piece), |uid| others.get(uid).copied())
        });
        Layout {
            pieces: pieces.cloned().collect(),
            ..self.clone()
        }
    }

    /// The text of the page.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .flat_map(|piece| [piece.text.as_str(), piece.gap.as_str()])
            .collect()
    }

    /// The entries that belong to a section, in order: index of the piece, item, section.
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

/// The headings that enclose the current piece, outermost first.
#[derive(Debug, Default)]
pub struct Open<'a> {
    sections: Vec<&'a Section>,
}

impl<'a> Open<'a> {
    /// Advances by one piece and returns the innermost section that contains the piece or that the
    /// piece opens. An entry that is a heading closes all headings of its level or deeper.
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
