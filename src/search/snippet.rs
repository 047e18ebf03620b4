//! Snippets: the passage of a text where most of the words stand close together, with the hits marked.

use std::ops::Range;

use crate::text::fold::fold;

/// A passage and the byte ranges in it that match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The passage, white space folded, `…` where it was cut.
    pub text: String,
    /// Where the words stand.
    pub marks: Vec<Range<usize>>,
}

/// Words of context in a snippet.
const LENGTH: usize = 24;
/// Bytes of a text that are looked at.
const LOOKED_AT: usize = 200_000;

/// The best passage of a text for words that are folded already; the beginning when none of them stands there.
pub fn of(text: &str, wanted: &[String]) -> Snippet {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    let words: Vec<&str> = text.split_whitespace().collect();
    let hits: Vec<bool> = words.iter().map(|word| matches(word, wanted)).collect();
    let mut best = (0, 0);
    let mut inside = 0;
    for (end, hit) in hits.iter().enumerate() {
        inside += usize::from(*hit);
        if end >= LENGTH {
            inside -= usize::from(hits[end - LENGTH]);
        }
        if inside > best.0 {
            best = (inside, (end + 1).saturating_sub(LENGTH));
        }
    }
    // A little of what stands before the first hit makes it readable.
    let first_hit = (best.1..words.len()).find(|at| hits[*at]).unwrap_or(0);
    let start = if best.0 == 0 { 0 } else { first_hit.saturating_sub(6).max(best.1.saturating_sub(6)) };
    let end = (start + LENGTH).min(words.len());
    let mut snippet = Snippet::default();
    if start > 0 {
        snippet.text.push('…');
    }
    for at in start..end {
        if at > start {
            snippet.text.push(' ');
        }
        let from = snippet.text.len();
        snippet.text.push_str(words[at]);
        if hits[at] {
            snippet.marks.push(from..snippet.text.len());
        }
    }
    if end < words.len() {
        snippet.text.push('…');
    }
    snippet
}

/// Whether a word of the text holds one of the wanted words: the same, or the same but for a short ending (a stem).
fn matches(word: &str, wanted: &[String]) -> bool {
    let folded = fold(word);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).any(|part| {
        wanted.iter().any(|want| {
            let (short, long) = if part.len() < want.len() { (part, want.as_str()) } else { (want.as_str(), part) };
            long == short || (short.len() >= 4 && long.starts_with(short) && long.len() - short.len() <= 3)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_passage_with_most_words_is_shown_and_marked() {
        let text = format!("{} sparse codes are learnt by an autoencoder {}", "lead ".repeat(60), "tail ".repeat(60));
        let snippet = of(&text, &["sparse".to_owned(), "autoencoder".to_owned()]);
        let marked: Vec<&str> = snippet.marks.iter().map(|at| &snippet.text[at.clone()]).collect();
        assert_eq!(marked, ["sparse", "autoencoder"]);
        assert!(snippet.text.starts_with('…') && snippet.text.ends_with('…'));
        assert_eq!(of("short", &[]).text, "short");
    }
}
