//! What the import of a page did, and the lines it names.

use crate::model::Problem;
use crate::model::layout::{Layout, Role};
use crate::notebook::error::Located;
use crate::text::markdown::item_marker;
use crate::text::place::Place;

/// What the import of a page did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageImport {
    /// Kind and refs of the entries that were added, in the order of the kinds.
    pub added: Vec<(String, Vec<String>)>,
    /// Refs of the entries that were changed.
    pub updated: Vec<String>,
    /// Refs of entries that were taken off the page by hand; they stay in the notebook.
    pub absent: Vec<String>,
    /// Items that do not fit their kind and stay prose.
    pub problems: Vec<Located>,
    /// The passages that stay prose: place and first words.
    pub prose: Vec<(Place, String)>,
    /// Headings and what they were read as.
    pub sections: Vec<(Place, String, String)>,
    /// Whether anything changed at all.
    pub changed: bool,
}

pub(super) fn problem(layout: &Layout, at: usize, problems: &[Problem]) -> Located {
    let message = problems
        .iter()
        .map(|problem| format!("{} {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("; ");
    Located {
        place: Place {
            line: line_of(layout, at),
            column: 1,
        },
        message: format!("{message}; kept as prose"),
    }
}

/// The line on which a piece begins.
fn line_of(layout: &Layout, at: usize) -> usize {
    1 + layout.pieces[..at]
        .iter()
        .map(|piece| piece.text.matches('\n').count() + piece.gap.matches('\n').count())
        .sum::<usize>()
}

pub(super) fn prose(layout: &Layout) -> Vec<(Place, String)> {
    let mut line = 1;
    let mut prose = Vec::new();
    for piece in &layout.pieces {
        if piece.role == Role::Prose {
            // Items within an item are named too when they have an address.
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

/// The headings with what stands below them, for `--dry-run`.
pub(super) fn outline(layout: &Layout) -> Vec<(Place, String, String)> {
    let mut outline = Vec::new();
    for (at, piece) in layout.pieces.iter().enumerate() {
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
        outline.push((
            Place {
                line: line_of(layout, at),
                column: 1,
            },
            section.title.clone(),
            meaning,
        ));
    }
    outline
}
