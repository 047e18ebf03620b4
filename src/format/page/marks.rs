//! Values on a page with their byte ranges: titles, addresses and inline links.

use std::ops::Range;

use crate::model::admit::one_line;
use crate::model::layout::Mark;
use crate::text::html;
use crate::text::markdown::{leading_link, unescape, words};

/// The number of bytes after the start of an item in which links belong to its title, so that an item
/// of many brackets is read in linear time.
const NEAR: usize = 2000;

/// The part of a range in which links belong to the title.
pub(super) fn near(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text.floor_char_boundary(range.start.saturating_add(NEAR));
    range.start..range.end.min(end)
}

/// The title in a byte range of a text: its words without markup, on one line, and the range.
pub(super) fn mark(text: &str, at: Range<usize>) -> Mark {
    Mark {
        value: one_line(&words(&text[at.clone()])),
        at,
    }
}

/// The address in a byte range of a text, without escapes and entities, and with `%20` for a space.
pub(super) fn address(text: &str, at: Range<usize>) -> Mark {
    Mark {
        value: one_line(&html::decode(&unescape(&text[at.clone()]))).replace(' ', "%20"),
        at,
    }
}

/// The byte ranges of the words and the address of an inline link at the start of a range, and its
/// length; it ends in that range.
pub(super) fn link_at(
    text: &str,
    range: Range<usize>,
) -> Option<(Range<usize>, Range<usize>, usize)> {
    let at = range.start;
    let (words, address, length) = leading_link(text.get(near(text, range))?)?;
    let shift = |range: Range<usize>| range.start + at..range.end + at;
    Some((shift(words), shift(address), length))
}
