//! Slugs: the readable handles that entries and topics are addressed by.

use super::fold::words;

/// The maximum number of characters in a slug that is made from a title.
pub const LONGEST: usize = 60;

/// Makes a slug, `[a-z0-9][a-z0-9-]*`, from a title, cut at a word. Empty if the title has no Latin
/// letter or digit.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in words(title) {
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if word.is_empty() {
            continue;
        }
        if slug.len() + 1 + word.len() > LONGEST {
            if slug.is_empty() {
                slug.push_str(&word[..LONGEST]);
            }
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug
}

/// Whether the text has the form of a slug, with room for a number at the end.
pub fn is_slug(text: &str) -> bool {
    text.len() <= LONGEST + 12
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::{is_slug, slug};

    #[test]
    fn slugs_are_short_latin_and_readable() {
        assert_eq!(
            slug("Attention is all you need"),
            "attention-is-all-you-need"
        );
        assert_eq!(slug("UAE's AIS Space"), "uaes-ais-space");
        assert_eq!(slug("../etc/passwd"), "etc-passwd");
        assert_eq!(slug("注意力"), "");
        assert!(slug(&"word ".repeat(40)).len() <= 60);
        assert_eq!(slug(&"x".repeat(100)).len(), 60);
        assert!(is_slug("a-1") && !is_slug("-a") && !is_slug("A") && !is_slug(""));
    }
}
