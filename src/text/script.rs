//! Scripts without spaces between words (Chinese, Japanese, Thai and others), Korean with its
//! endings, and emoji. The full-text index keeps a run of letters as one token, so a word inside it
//! is found by extra tokens: overlapping pairs of characters, and the parts of a run between which the
//! script changes. Start reading at [`extra_tokens`] and [`as_phrase`].

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// Whether a character belongs to a script in which words are not separated by spaces, or to Hangul,
/// whose words carry endings. The ranges are those of the Unicode blocks.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1100}'..='\u{11ff}' // Hangul Jamo
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{2e80}'..='\u{2fdf}' // CJK radicals
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31ff}' // Hiragana, Katakana, Bopomofo
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' // Han
        | '\u{ac00}'..='\u{d7af}' // Hangul
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}' // half-width Katakana and Hangul
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is an emoji or a pictograph, by Unicode block.
pub fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}')
        // Skin tones change the look of the emoji before them.
        && !matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The token by which the index finds an emoji.
pub fn emoji_token(c: char) -> String {
    format!("emoji{:x}", u32::from(c))
}

/// Whether a character belongs to a run of letters, digits and marks.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The parts of a text that are searched one by one: runs of letters and digits, cut where the script
/// changes between one with and one without spaces, and emoji. Each comes with its byte range.
pub fn parts(text: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut open: Option<bool> = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if is_emoji(c) {
            parts.push(at..end);
            open = None;
        } else if !is_letter(c) {
            open = None;
        } else {
            // A mark belongs to its letter.
            let unspaced = match open {
                Some(before) if is_combining_mark(c) => before,
                _ => is_unspaced(c),
            };
            match parts.last_mut() {
                Some(part) if open == Some(unspaced) => part.end = end,
                _ => parts.push(at..end),
            }
            open = Some(unspaced);
        }
    }
    parts.retain(|part| {
        text[part.clone()]
            .chars()
            .any(|c| c.is_alphanumeric() || is_emoji(c))
    });
    parts
}

/// Whether a part is in a script without spaces.
pub fn is_unspaced_part(part: &str) -> bool {
    part.chars().any(is_unspaced)
}

/// The characters of a part in a script without spaces, normalised and without marks of their own.
fn characters(part: &str) -> Vec<char> {
    part.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .collect()
}

/// The overlapping pairs of the characters of a part.
fn pairs(part: &str) -> Vec<String> {
    characters(part)
        .windows(2)
        .map(|pair| pair.iter().collect())
        .collect()
}

/// The words by which the index finds a part: for a script without spaces its pairs, which stand next
/// to each other, for an emoji its token, otherwise the part itself. A single character of such a
/// script is the start of a pair.
pub fn as_phrase(part: &str) -> Cow<'_, str> {
    if part.is_ascii() {
        return Cow::Borrowed(part);
    }
    if let Some(emoji) = part.chars().next().filter(|c| is_emoji(*c)) {
        return Cow::Owned(emoji_token(emoji));
    }
    if !is_unspaced_part(part) {
        return Cow::Borrowed(part);
    }
    let pairs = pairs(part);
    Cow::Owned(if pairs.is_empty() {
        characters(part).into_iter().collect()
    } else {
        pairs.join(" ")
    })
}

/// Whether a part is a single character of a script without spaces, which is searched as the start of
/// a pair.
pub fn is_single(part: &str) -> bool {
    is_unspaced_part(part) && characters(part).len() == 1
}

/// A text in which each part is written as the index finds it ([`as_phrase`]).
pub fn spaced(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| is_unspaced(c) || is_emoji(c)) {
        return Cow::Borrowed(text);
    }
    let phrases: Vec<Cow<'_, str>> = parts(text)
        .into_iter()
        .map(|part| as_phrase(&text[part]))
        .collect();
    Cow::Owned(phrases.join(" "))
}

/// Appends the tokens that the index needs besides the text itself, each after a space: of each run of
/// letters with a script without spaces its parts, of these their pairs and the last character, and
/// emoji. Other text needs none.
pub fn extra_tokens(text: &str, tokens: &mut String) {
    if text.is_ascii() {
        return;
    }
    let mut push = |token: &str| {
        if !tokens.is_empty() {
            tokens.push(' ');
        }
        tokens.push_str(token);
    };
    let parts = parts(text);
    for (number, part) in parts.iter().enumerate() {
        let own = &text[part.clone()];
        let first = own.chars().next().unwrap_or(' ');
        if is_emoji(first) {
            push(&emoji_token(first));
        } else if is_unspaced_part(own) {
            for pair in pairs(own) {
                push(&pair);
            }
            if let Some(last) = characters(own).last() {
                push(&last.to_string());
            }
        } else {
            // Letters of another script that touch one without spaces.
            let touches = |other: Option<&Range<usize>>,
                           at: fn(&Range<usize>) -> usize,
                           own: usize| {
                other
                    .is_some_and(|other| at(other) == own && is_unspaced_part(&text[other.clone()]))
            };
            let before = number.checked_sub(1).and_then(|before| parts.get(before));
            if touches(before, |part| part.end, part.start)
                || touches(parts.get(number + 1), |part| part.start, part.end)
            {
                push(&fold(own));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{as_phrase, extra_tokens, is_single, parts, spaced};

    fn extra(text: &str) -> String {
        let mut tokens = String::new();
        extra_tokens(text, &mut tokens);
        tokens
    }

    #[test]
    fn runs_are_cut_where_the_script_changes() {
        let cut = |text: &'static str| -> Vec<&'static str> {
            parts(text).into_iter().map(|part| &text[part]).collect()
        };
        assert_eq!(
            cut("用PyTorch实现 BERT模型"),
            ["用", "PyTorch", "实现", "BERT", "模型"]
        );
        assert_eq!(
            cut("2024年度 and café 🚀x"),
            ["2024", "年度", "and", "café", "🚀", "x"]
        );
        assert_eq!(cut("ปัญญาประดิษฐ์"), ["ปัญญาประดิษฐ์"]);
    }

    #[test]
    fn tokens_are_pairs_and_what_touches_them() {
        assert_eq!(extra("注意力机制"), "注意 意力 力机 机制 制");
        assert_eq!(extra("BERT模型"), "bert 模型 型");
        assert_eq!(extra("Größe and naïve text"), "");
        assert_eq!(extra("go 🚀"), "emoji1f680");
        assert_eq!(as_phrase("注意力"), "注意 意力");
        assert_eq!(as_phrase("Größe"), "Größe");
        assert!(is_single("力") && !is_single("注意") && !is_single("a"));
        assert_eq!(spaced("BERT模型"), "BERT 模型");
        assert_eq!(as_phrase("ガス"), "ガス");
        assert_ne!(as_phrase("ガス"), as_phrase("カス"));
    }
}
