//! The result of a page import, with the line numbers that messages name.

use std::collections::HashSet;

use crate::model::Problem;
use crate::model::layout::{Layout, Role};
use crate::notebook::documents::Conflicted;
use crate::notebook::error::Located;
use crate::text::markdown::item_marker;
use crate::text::place::Place;

/// What the import of a page did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageImport {
    /// The name under which the page is kept; `None` for text from standard input.
    pub page: Option<String>,
    /// Which part of the file is which entry, if that is not what the page itself says now.
    pub layout: Option<String>,
    /// The text of the file with the items of the entries in conflict as they were before.
    pub text: Option<String>,
    /// Kind and refs of the added entries, in the notebook's order of kinds.
    pub added: Vec<(String, Vec<String>)>,
    /// Refs of the entries that were changed.
    pub updated: Vec<String>,
    /// Refs of the entries that were deleted from the page; they stay in the notebook.
    pub absent: Vec<String>,
    /// Refs of the entries that were deleted from the page and are on another one.
    pub moved: Vec<String>,
    /// Refs of entries that have the name of a new item, stand on another page and say something else:
    /// the item became an entry of its own.
    pub apart: Vec<String>,
    /// Entries that were left alone because both sides changed them.
    pub conflicts: Vec<Conflicted>,
    /// The uids of the entries that were left alone because their items do not fit their kind.
    pub refused: Vec<String>,
    /// Items that do not fit their kind: new ones are kept as prose.
    pub problems: Vec<Located>,
    /// The passages kept as prose: place and first 12 words.
    pub prose: Vec<(Place, String)>,
    /// Headings: place, title, and how the heading was read, such as `paper topic=vision`.
    pub sections: Vec<(Place, String, String)>,
    /// The number of entries on the page.
    pub entries: usize,
    /// Whether the import changed the notebook.
    pub changed: bool,
}

impl PageImport {
    /// The uids of the entries that the notebook and the file keep as they are.
    pub fn left_alone(&self) -> HashSet<&str> {
        let conflicts = self.conflicts.iter().map(|left| &left.uid);
        conflicts.chain(&self.refused).map(String::as_str).collect()
    }
}

/// The message for an item that does not fit its kind, and what became of it; the piece begins on `line`.
pub(super) fn problem(line: usize, problems: &[Problem], outcome: &str) -> Located {
    let message = problems
        .iter()
        .map(|problem| format!("{} {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("; ");
    Located {
        place: Place { line, column: 1 },
        message: format!("{message}; {outcome}"),
    }
}

/// The line on which each piece begins, from 1.
pub(super) fn lines(layout: &Layout) -> Vec<usize> {
    let of = |text: &str| text.matches('\n').count();
    let mut next = 1;
    let pieces = layout.pieces.iter();
    pieces
        .map(|piece| {
            let line = next;
            next += of(&piece.text) + of(&piece.gap);
            line
        })
        .collect()
}

/// The prose of a page: the start of each passage, and the list items within it that have a link.
pub(super) fn prose(layout: &Layout) -> Vec<(Place, String)> {
    let mut line = 1;
    let mut prose = Vec::new();
    for piece in &layout.pieces {
        if piece.role == Role::Prose {
            // Items nested in a passage are listed too if they have a link.
            let inner = |text: &str| {
                item_marker(text).is_some() && (text.contains("](") || text.contains("://"))
            };
            for (number, text) in piece
                .text
                .lines()
                .enumerate()
                .filter(|(number, text)| *number == 0 || inner(text))
            {
                let words: Vec<&str> = if number == 0 {
                    piece.text.as_str()
                } else {
                    text
                }
                .split_whitespace()
                .take(12)
                .collect();
                prose.push((
                    Place {
                        line: line + number,
                        column: 1,
                    },
                    words.join(" "),
                ));
            }
        }
        line += piece.text.matches('\n').count() + piece.gap.matches('\n').count();
    }
    prose
}

/// The headings and how each was read, for `--dry-run`.
pub(super) fn outline(layout: &Layout) -> Vec<(Place, String, String)> {
    let mut outline = Vec::new();
    for (piece, line) in layout.pieces.iter().zip(lines(layout)) {
        let Role::Heading(section) = &piece.role else {
            continue;
        };
        let mut meaning = section.kind.clone().unwrap_or_else(|| "prose".to_owned());
        for (field, choice) in &section.choices {
            meaning.push_str(&format!(" {field}={choice}"));
        }
        if let Some(topic) = &section.topic {
            meaning.push_str(&format!(" topic={topic}"));
        }
        if let Some(period) = &section.period {
            meaning.push_str(&format!(" period={period}"));
        }
        outline.push((Place { line, column: 1 }, section.title.clone(), meaning));
    }
    outline
}
