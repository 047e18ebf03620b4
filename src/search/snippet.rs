//! Snippets: chooses the passage of a text with the most query words, and marks the words in it.

use std::ops::Range;

use crate::text::fold::between_spaces;
use crate::text::script::is_unspaced;

/// A passage of a text with its matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The passage with single spaces, and `…` where it was cut.
    pub text: String,
    /// The byte ranges of the matches in `text`.
    pub marks: Vec<Range<usize>>,
}

/// A match in a text: the number of the query word, and its byte range.
pub type WordMatch = (usize, Range<usize>);

/// The number of words in a snippet.
const LENGTH: usize = 24;
/// The number of characters that count as a word in a script without spaces.
const CHARACTERS: usize = 4;
/// The number of words of context before the first match.
const LEAD: usize = 6;
/// The number of bytes at the start of a text that are searched.
pub const MAX_SCANNED_BYTES: usize = 200_000;

/// The best passage of a text for matches in ascending order: the one with the most distinct words,
/// then with the most matches, then the earliest. Without matches, the beginning of the text.
pub fn of(text: &str, places: &[WordMatch]) -> Snippet {
    let spans = spans(&text[..text.floor_char_boundary(MAX_SCANNED_BYTES)]);
    // Pair each match with the index of the span in which it begins.
    let mut at = 0;
    let hits: Vec<(usize, &WordMatch)> = places
        .iter()
        .filter_map(|place| {
            while spans.get(at).is_some_and(|span| span.end <= place.1.start) {
                at += 1;
            }
            (at < spans.len()).then_some((at, place))
        })
        .collect();
    let first = best(&hits);
    let start = first.saturating_sub(LEAD);
    let end = (start + LENGTH).min(spans.len());
    let mut snippet = Snippet::default();
    if start > 0 {
        snippet.text.push('…');
    }
    let mut shown: Vec<(Range<usize>, usize)> = Vec::new();
    for span in &spans[start.min(end)..end] {
        // Spans that touch are parts of one run without spaces.
        if shown
            .last()
            .is_some_and(|(before, _)| before.end < span.start)
        {
            snippet.text.push(' ');
        }
        shown.push((span.clone(), snippet.text.len()));
        snippet.text.push_str(&text[span.clone()]);
    }
    let in_snippet = |byte: usize| {
        let (span, begin) = shown.iter().rev().find(|(span, _)| span.start <= byte)?;
        Some(begin + byte.min(span.end) - span.start)
    };
    for (_, (_, place)) in hits.iter().filter(|(at, _)| (start..end).contains(at)) {
        if let Some((from, to)) = in_snippet(place.start).zip(in_snippet(place.end)) {
            snippet.marks.push(from..to);
        }
    }
    if end < spans.len() {
        snippet.text.push('…');
    }
    snippet
}

/// The runs between white space; a run in a script without spaces is cut after every few characters,
/// so that a snippet of it is not longer than one of words.
fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for run in between_spaces(text) {
        let (mut from, mut count) = (run.start, 0);
        for (at, c) in text[run.clone()].char_indices() {
            count = if is_unspaced(c) { count + 1 } else { 0 };
            let end = run.start + at + c.len_utf8();
            if count == CHARACTERS && end < run.end {
                spans.push(from..end);
                (from, count) = (end, 0);
            }
        }
        spans.push(from..run.end);
    }
    spans
}

/// The index of the span with the first match of the best passage; 0 without matches.
fn best(hits: &[(usize, &WordMatch)]) -> usize {
    let mut best = (0, 0);
    let mut first = 0;
    let mut last = 0;
    let mut inside: Vec<usize> = Vec::new();
    for (start, (span, _)) in hits.iter().enumerate() {
        while hits
            .get(last)
            .is_some_and(|(other, _)| *other < span + LENGTH - LEAD)
        {
            let word = hits[last].1.0;
            if inside.len() <= word {
                inside.resize(word + 1, 0);
            }
            inside[word] += 1;
            last += 1;
        }
        let score = (
            inside.iter().filter(|count| **count > 0).count(),
            last - start,
        );
        if score > best {
            best = score;
            first = *span;
        }
        inside[hits[start].1.0] -= 1;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::{WordMatch, of};

    fn places(text: &str, words: &[&str]) -> Vec<WordMatch> {
        let mut found: Vec<WordMatch> = words
            .iter()
            .enumerate()
            .flat_map(|(n, word)| {
                text.match_indices(word)
                    .map(move |(at, _)| (n, at..at + word.len()))
            })
            .collect();
        found.sort_by_key(|(_, range)| range.start);
        found
    }

    #[test]
    fn the_passage_with_most_different_words_is_shown_and_marked() {
        let text = format!(
            "sparse sparse sparse {} (sparse) codes are\n learnt by an autoencoder. {}",
            "lead ".repeat(60),
            "tail ".repeat(60)
        );
        let snippet = of(&text, &places(&text, &["sparse", "autoencoder"]));
        let marked: Vec<&str> = snippet
            .marks
            .iter()
            .map(|at| &snippet.text[at.clone()])
            .collect();
        assert_eq!(marked, ["sparse", "autoencoder"]);
        assert!(
            snippet.text.starts_with("…lead")
                && snippet.text.ends_with('…')
                && snippet.text.contains("(sparse) codes are learnt")
        );
        assert_eq!(of("short", &[]).text, "short");
        assert_eq!(of("", &[]).text, "");
    }
}
