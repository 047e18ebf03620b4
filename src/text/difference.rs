//! The difference between two texts or two lists: the pieces of one that the other replaces.

use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The largest product of the lengths of two lists that are compared item by item. Above it, what
/// lies between their common start and end is one piece: the comparison takes time in proportion.
const COMPARED: usize = 4_000_000;

/// The ranges of two lists that differ, in order. Everything between them is equal.
pub fn of_items<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(Range<usize>, Range<usize>)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = [&old[start..], &new[start..]];
    let end = rest[0]
        .iter()
        .rev()
        .zip(rest[1].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let [old, new] = rest.map(|items| &items[..items.len() - end]);
    let shifted = |range: Range<usize>| range.start + start..range.end + start;
    if old.len().saturating_mul(new.len()) > COMPARED {
        return vec![(shifted(0..old.len()), shifted(0..new.len()))];
    }
    let differing = capture_diff_slices(Algorithm::Myers, old, new)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }));
    differing
        .map(|op| (shifted(op.old_range()), shifted(op.new_range())))
        .collect()
}

/// The byte ranges of two texts that differ, in order: within lines that differ, words that differ,
/// without the characters that both have at the start and at the end.
pub fn of_texts(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let by_words = |(removed, added): (Range<usize>, Range<usize>)| {
        let (before, after) = (&old[removed.clone()], &new[added.clone()]);
        of_parts(before, after, |c| !c.is_alphanumeric())
            .into_iter()
            .map(move |(a, b)| {
                trimmed(
                    old,
                    a.start + removed.start..a.end + removed.start,
                    new,
                    b.start + added.start..b.end + added.start,
                )
            })
    };
    let lines = of_parts(old, new, |c| c == '\n').into_iter();
    lines.flat_map(by_words).collect()
}

/// A part of a text that is compared with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// In both.
    Same(&'t str),
    /// Only in the text before.
    Removed(&'t str),
    /// Only in the text now.
    Added(&'t str),
}

/// Two texts as one: what is in both and, in its place, what was removed and what was added. No part is
/// empty.
pub fn parts<'t>(before: &'t str, now: &'t str) -> Vec<Part<'t>> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for (removed, added) in of_texts(before, now) {
        parts.push(Part::Same(&now[at..added.start]));
        parts.push(Part::Removed(&before[removed]));
        parts.push(Part::Added(&now[added.clone()]));
        at = added.end;
    }
    parts.push(Part::Same(&now[at..]));
    let text = |part: &Part<'t>| match *part {
        Part::Same(text) | Part::Removed(text) | Part::Added(text) => text,
    };
    parts.retain(|part| !text(part).is_empty());
    parts
}

/// The byte ranges of two texts that differ, compared by parts that end where `ends` says.
fn of_parts(
    old: &str,
    new: &str,
    ends: impl Fn(char) -> bool,
) -> Vec<(Range<usize>, Range<usize>)> {
    let parts = [old, new].map(|text| text.split_inclusive(&ends).collect::<Vec<_>>());
    // Where each part starts, and where the last one ends.
    let starts = parts.each_ref().map(|parts| {
        let lengths = parts.iter().scan(0, |at, part| {
            *at += part.len();
            Some(*at)
        });
        std::iter::once(0).chain(lengths).collect::<Vec<usize>>()
    });
    let bytes =
        |side: usize, range: Range<usize>| starts[side][range.start]..starts[side][range.end];
    of_items(&parts[0], &parts[1])
        .into_iter()
        .map(|(removed, added)| (bytes(0, removed), bytes(1, added)))
        .collect()
}

/// Two ranges of texts without the characters that both have at the start and at the end.
fn trimmed(
    old: &str,
    removed: Range<usize>,
    new: &str,
    added: Range<usize>,
) -> (Range<usize>, Range<usize>) {
    let (a, b) = (&old[removed.clone()], &new[added.clone()]);
    let common = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| -> usize {
        a.zip(b)
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .sum()
    };
    let start = common(&mut a.chars(), &mut b.chars());
    let end = common(&mut a[start..].chars().rev(), &mut b[start..].chars().rev());
    (
        removed.start + start..removed.end - end,
        added.start + start..added.end - end,
    )
}

#[cfg(test)]
mod tests {
    use super::of_texts;

    fn pieces<'a>(old: &'a str, new: &'a str) -> Vec<(&'a str, &'a str)> {
        of_texts(old, new)
            .into_iter()
            .map(|(removed, added)| (&old[removed], &new[added]))
            .collect()
    }

    #[test]
    fn a_changed_word_is_the_only_piece() {
        assert_eq!(
            pieces("a\nthe cat\nz\n", "a\nthe dog\nz\n"),
            [("cat", "dog")]
        );
        assert_eq!(pieces("größe", "grüße"), [("ö", "ü")]);
        assert_eq!(pieces("aa", "aaa"), [("", "a")]);
        assert_eq!(pieces("same", "same"), []);
    }

    #[test]
    fn changes_far_apart_are_pieces_of_their_own() {
        assert_eq!(
            pieces("one\ntwo\nthree\n", "won\ntwo\nthree!\n"),
            [("one", "won"), ("", "!")]
        );
        assert_eq!(
            pieces("red apples, green pears", "red plums, green figs"),
            [("apple", "plum"), ("pear", "fig")]
        );
    }

    #[test]
    fn texts_with_very_many_different_lines_are_compared_at_once() {
        let many = |word: &str| {
            (0..30_000)
                .map(|n| format!("{word}{n}\n"))
                .collect::<String>()
        };
        let (old, new) = (many("a"), many("b"));
        assert_eq!(of_texts(&old, &new).len(), 1);
    }
}
