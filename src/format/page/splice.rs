//! Taking pieces out of a page and putting new ones in, so that blank lines stay as the neighbours have them.

use crate::model::layout::{Layout, Piece, Role};
use crate::text::markdown::blocks;

/// Takes a piece out; the piece before takes over the gap to what follows when both were of one run.
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
        // A heading or prose left without entries keeps the wider of the two gaps.
        _ if removed.gap.len() > before.gap.len() => before.gap = removed.gap,
        _ => {}
    }
}

/// Puts a piece in behind another of the same run: it takes over the gap to what follows, and `between` parts the two.
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

/// Puts a piece in before an entry of the same run.
pub(super) fn insert_before(layout: &mut Layout, at: usize, mut piece: Piece, between: &str) {
    between.clone_into(&mut piece.gap);
    layout.pieces.insert(at, piece);
}

/// Parts a piece that changed from what follows right behind it, where that would now be read as more of it.
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

/// Puts a block in behind a piece that is no neighbour of its kind: a blank line stands before and behind it.
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

fn end_line(text: &mut String, newline: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(newline);
    }
}

/// Gives the page the end that it had: with or without a final line end.
pub(super) fn settle_end(layout: &mut Layout, had_final_newline: bool, newline: &str) {
    let Some(piece) = layout.pieces.last_mut() else {
        return;
    };
    if had_final_newline {
        end_line(&mut piece.text, newline);
    } else if piece.gap.is_empty()
        && let Some(line) = piece.text.strip_suffix('\n')
    {
        let kept = line.strip_suffix('\r').unwrap_or(line).len();
        piece.text.truncate(kept);
    }
}
