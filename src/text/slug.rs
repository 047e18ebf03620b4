//! Slugs: the readable handles that entries and topics are addressed by.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// The maximum number of characters in a slug that is made from a title.
pub const LONGEST: usize = 40;
/// The maximum number of characters in any slug, with room for a number at the end.
const MOST: usize = 72;

/// Makes a slug from a title: letters and digits of any script in lower case (NFC), with `-` between
/// words, cut at a word. Latin letters lose their accents. Empty if the title has no letter and no
/// digit.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    let mut length = 0;
    for word in words(title) {
        let letters = word.chars().count();
        let gap = usize::from(!slug.is_empty());
        if length + gap + letters > LONGEST {
            if slug.is_empty() {
                slug.extend(word.chars().take(LONGEST));
            }
            break;
        }
        if gap == 1 {
            slug.push('-');
        }
        slug.push_str(&word);
        length += gap + letters;
    }
    slug
}

/// The words of a title. An apostrophe is part of its word and left out.
fn words(title: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    if title.is_ascii() {
        title.chars().for_each(|c| add(&mut words, c));
    } else {
        title.nfkc().for_each(|c| add(&mut words, c));
    }
    words.retain(|word| !word.is_empty());
    for word in &mut words {
        if !word.is_ascii() {
            *word = word.nfc().collect();
        }
    }
    words
}

/// Adds a character to the last word, or starts a new one.
fn add(words: &mut Vec<String>, c: char) {
    let last = words.len() - 1;
    let word = &mut words[last];
    if c.is_ascii_alphanumeric() {
        word.push(c.to_ascii_lowercase());
        return;
    }
    if matches!(c, '\'' | '\u{2019}') {
        return;
    }
    let plain = if c.is_ascii() {
        String::new()
    } else {
        fold(&c.to_string())
    };
    if !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        word.push_str(&plain);
    } else if c.is_alphanumeric() && !is_combining_mark(c) {
        word.extend(c.to_lowercase());
    } else if is_combining_mark(c) {
        // A mark stays with its letter, as in Thai and Hindi; Latin letters lose theirs.
        if word.ends_with(|before: char| !before.is_ascii()) {
            word.push(c);
        }
    } else if !word.is_empty() {
        words.push(String::new());
    }
}

/// Whether the text has the form of a slug.
pub fn is_slug(text: &str) -> bool {
    let is_letter = |c: char| {
        c == '-'
            || (c.is_alphanumeric() && !c.is_uppercase())
            || (is_combining_mark(c) && !c.is_ascii())
    };
    !text.is_empty()
        && !text.starts_with('-')
        && !text.starts_with(is_combining_mark)
        && text.chars().count() <= MOST
        && text.chars().all(is_letter)
        && text.nfc().eq(text.chars())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, is_slug, slug};

    #[test]
    fn slugs_are_short_and_readable_in_any_script() {
        for (title, expected) in [
            ("Attention is all you need", "attention-is-all-you-need"),
            ("UAE's AIS Space", "uaes-ais-space"),
            ("../etc/passwd", "etc-passwd"),
            ("注意力机制", "注意力机制"),
            ("Łódź und Straße", "lodz-und-strasse"),
            ("Йога И Покой", "йога-и-покой"),
            ("ガス・タービン", "ガス-タービン"),
            ("ปัญญาประดิษฐ์", "ปัญญาประดิษฐ์"),
            ("हिन्दी भाषा", "हिन्दी-भाषा"),
            ("Größe: ½ of it", "grosse-1-2-of-it"),
            ("c++ & C#", "c-c"),
            ("🚀", ""),
            ("a\u{202e}b", "a-b"),
        ] {
            assert_eq!(slug(title), expected, "{title}");
            assert!(expected.is_empty() || is_slug(expected), "{expected}");
        }
        assert!(slug(&"word ".repeat(40)).chars().count() <= LONGEST);
        assert_eq!(slug(&"x".repeat(100)).len(), LONGEST);
        assert!(is_slug("a-1") && !is_slug("-a") && !is_slug("A") && !is_slug(""));
        for refused in [
            "a/b",
            "a:b",
            "a.b",
            "a b",
            "a\\b",
            "a\u{202e}b",
            "é\u{301}x\n",
            "a_b",
        ] {
            assert!(!is_slug(refused), "{refused:?}");
        }
    }
}
