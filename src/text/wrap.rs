//! Breaks text into lines at words, by the columns of a terminal.

use unicode_segmentation::UnicodeSegmentation;

use super::visible::width;

/// A piece of text with what it looks like.
pub type Span<S> = (String, S);

/// A word, and what is before it.
struct Word<S> {
    spans: Vec<Span<S>>,
    before: Before<S>,
}

/// What is between a word and the one before it.
#[derive(Clone)]
enum Before<S> {
    Nothing,
    Space(S),
    LineBreak,
}

/// The lines of a text, each of at most `columns` columns. A line feed in the text begins a line; other
/// white space separates words. A longer word is broken. Wide characters, such as Chinese, are words of
/// their own, but what closes a sentence stays with the character before it.
pub fn wrap<S: Clone + PartialEq>(spans: &[Span<S>], columns: usize) -> Vec<Vec<Span<S>>> {
    let columns = columns.max(1);
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for word in words(spans) {
        let length: usize = word.spans.iter().map(|(text, _)| width(text)).sum();
        let space = usize::from(used > 0 && matches!(word.before, Before::Space(_)));
        let is_full = used > 0 && used + space + length > columns;
        match word.before {
            _ if is_full => (lines.push(Vec::new()), used = 0).1,
            Before::LineBreak => (lines.push(Vec::new()), used = 0).1,
            Before::Space(style) if used > 0 => {
                put(&mut lines, " ", &style);
                used += 1;
            }
            Before::Space(_) | Before::Nothing => {}
        }
        for (text, style) in &word.spans {
            for grapheme in text.graphemes(true) {
                if used > 0 && used + width(grapheme) > columns {
                    lines.push(Vec::new());
                    used = 0;
                }
                put(&mut lines, grapheme, style);
                used += width(grapheme);
            }
        }
    }
    lines
}

/// Adds text to the last line.
fn put<S: Clone + PartialEq>(lines: &mut [Vec<Span<S>>], text: &str, style: &S) {
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut() {
        Some((last, own)) if own == style => last.push_str(text),
        _ => line.push((text.to_owned(), style.clone())),
    }
}

fn words<S: Clone>(spans: &[Span<S>]) -> Vec<Word<S>> {
    let mut words: Vec<Word<S>> = Vec::new();
    let mut before = Some(Before::Nothing);
    let mut was_wide = false;
    for (text, style) in spans {
        // Whether the next grapheme continues the last span.
        let mut is_open = false;
        for grapheme in text.graphemes(true) {
            if grapheme.contains('\n') {
                before = Some(Before::LineBreak);
                continue;
            }
            if grapheme.chars().all(|c| c.is_whitespace() && c != '\u{a0}') {
                before.get_or_insert_with(|| Before::Space(style.clone()));
                continue;
            }
            let is_wide = width(grapheme) > 1;
            if before.is_none() && (is_wide || was_wide) && !closes(grapheme) {
                before = Some(Before::Nothing);
            }
            was_wide = is_wide;
            if let Some(before) = before.take() {
                words.push(Word {
                    spans: Vec::new(),
                    before,
                });
                is_open = false;
            }
            let Some(word) = words.last_mut() else {
                continue;
            };
            match word.spans.last_mut() {
                Some((last, _)) if is_open => last.push_str(grapheme),
                _ => word.spans.push((grapheme.to_owned(), style.clone())),
            }
            is_open = true;
        }
    }
    words
}

/// Whether a character may not begin a line.
fn closes(grapheme: &str) -> bool {
    grapheme
        .chars()
        .next()
        .is_some_and(|c| "、。，．：；？！）」』】》〉”’…ー.,:;?!)]}%".contains(c))
}

#[cfg(test)]
mod tests {
    use super::wrap;

    fn lines(text: &str, columns: usize) -> Vec<String> {
        let lines = wrap(&[(text.to_owned(), ())], columns);
        let text = |line: Vec<(String, ())>| line.into_iter().map(|(text, ())| text).collect();
        lines.into_iter().map(text).collect()
    }

    #[test]
    fn lines_end_between_words_and_a_long_word_is_broken() {
        assert_eq!(lines("one two  three", 7), ["one two", "three"]);
        assert_eq!(lines("a bcdefghij k", 4), ["a", "bcde", "fghi", "j k"]);
        assert_eq!(lines("a\nb c", 10), ["a", "b c"]);
        assert_eq!(lines("", 10), [""]);
    }

    #[test]
    fn wide_characters_are_words_and_keep_what_closes_them() {
        assert_eq!(lines("日本語の本。", 6), ["日本語", "の本。"]);
        assert_eq!(lines("日本語。の本", 6), ["日本", "語。の", "本"]);
        assert_eq!(lines("ab 日本cd", 6), ["ab 日", "本cd"]);
    }

    #[test]
    fn a_word_of_two_styles_stays_whole() {
        let spans = [
            ("see the ".to_owned(), 0),
            ("bold".to_owned(), 1),
            (", end".to_owned(), 0),
        ];
        let bold = wrap(&spans, 9);
        assert_eq!(bold[0], [("see the".to_owned(), 0)]);
        assert_eq!(bold[1], [("bold".to_owned(), 1), (", end".to_owned(), 0)]);
    }
}
