//! Inserts and removes pieces of a page and keeps the blank lines between them consistent.

use crate::model::layout::{Layout, Piece, Role};
use crate::text::markdown::blocks;

/// Removes a piece. If no entry follows, the piece before it takes over its gap.
pub(super) fn remove(layout: &mut Layout, at: usize) {
    let removed = layout.pieces.remove(at);
    let follows = matches!(
        layout.pieces.get(at),
        Some(Piece {
            role: Role::Entry(_),
            ..
        })
    );
    if follows || at == 0 {
        return;
    }
    let before = &mut layout.pieces[at - 1];
    match before.role {
        Role::Entry(_) => before.gap = removed.gap,
        // A heading or prose without entries after it keeps the longer of the two gaps.
        _ if removed.gap.len() > before.gap.len() => before.gap = removed.gap,
        _ => {}
    }
}

/// Inserts a piece after another piece of the same run. The new piece takes over the gap of that
/// piece, and `between` becomes the gap between the two.
pub(super) fn insert_after(
    layout: &mut Layout,
    at: usize,
    mut piece: Piece,
    between: &str,
    newline: &str,
) {
    let before = &mut layout.pieces[at];
    end_line(&mut before.text, newline);
    piece.gap = std::mem::replace(&mut before.gap, between.to_owned());
    if piece.gap.is_empty() && at + 1 < layout.pieces.len() {
        between.clone_into(&mut piece.gap);
    }
    layout.pieces.insert(at + 1, piece);
}

/// Inserts a piece before an entry of the same run, with `between` as the gap between them.
pub(super) fn insert_before(layout: &mut Layout, at: usize, mut piece: Piece, between: &str) {
    between.clone_into(&mut piece.gap);
    layout.pieces.insert(at, piece);
}

/// Adds a blank line after a changed piece if the next piece would otherwise be parsed as part of
/// it.
pub(super) fn part(layout: &mut Layout, at: usize, newline: &str) {
    let [piece, next, ..] = &mut layout.pieces[at..] else {
        return;
    };
    if piece.gap.is_empty()
        && blocks(&format!("{}{}", piece.text, next.text))
            .iter()
            .all(|block| block.range.start != piece.text.len())
    {
        newline.clone_into(&mut piece.gap);
    }
}

/// Inserts a piece after one that is not part of the same run, with a blank line before and after
/// it. The last piece of a page gets no blank line after it.
pub(super) fn insert_block(layout: &mut Layout, at: usize, mut piece: Piece, newline: &str) {
    let before = &mut layout.pieces[at];
    end_line(&mut before.text, newline);
    let last = at + 1 == layout.pieces.len();
    let before = &mut layout.pieces[at];
    if before.gap.is_empty() {
        newline.clone_into(&mut before.gap);
    }
    piece.gap = if last {
        String::new()
    } else {
        newline.to_owned()
    };
    layout.pieces.insert(at + 1, piece);
}

/// Adds a line end to a text that has none, unless the text is empty.
fn end_line(text: &mut String, newline: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(newline);
    }
}

/// Restores the end of the page: with or without a final line end, as `source` had it.
pub(super) fn restore_end(layout: &mut Layout, source: &str, newline: &str) {
    let Some(piece) = layout.pieces.last_mut() else {
        return;
    };
    if source.is_empty() || source.ends_with('\n') {
        end_line(&mut piece.text, newline);
    } else if piece.gap.is_empty()
        && let Some(line) = piece.text.strip_suffix('\n')
    {
        let kept = line.strip_suffix('\r').unwrap_or(line).len();
        piece.text.truncate(kept);
    }
}
