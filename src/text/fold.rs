//! Case and accent folding: the form in which text is compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Lower case without accents (compatibility decomposition), white space runs as one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |c: char| {
        if c.is_whitespace() {
            gap = !folded.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                folded.push(' ');
            }
            folded.push(c);
        }
    };
    if text.is_ascii() {
        text.chars().map(|c| c.to_ascii_lowercase()).for_each(&mut push);
    } else {
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).for_each(&mut push);
    }
    folded
}

/// The folded runs of letters and digits, in order; an apostrophe inside a word joins it.
pub fn words(text: &str) -> Vec<String> {
    fold(text).replace(['\'', '\u{2019}'], "").split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{fold, words};

    #[test]
    fn accents_case_and_white_space_do_not_matter() {
        assert_eq!(fold("  Ünïcode \t É "), "unicode e");
        assert_eq!(fold("ABC"), "abc");
        assert_eq!(words("What I've learnt, thus-far"), ["what", "ive", "learnt", "thus", "far"]);
    }
}
