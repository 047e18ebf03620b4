//! Case and accent folding: the form in which text is compared.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, decompose_compatible, is_combining_mark};

/// Converts to lower case, removes accents (compatibility decomposition), replaces each run of
/// white space by one space, and trims both ends.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |c: char| {
        if c.is_whitespace() {
            // No space goes before the first character or after the last.
            gap = !folded.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                folded.push(' ');
            }
            folded.push(c);
        }
    };
    if text.is_ascii() {
        text.chars()
            .map(|c| c.to_ascii_lowercase())
            .for_each(&mut push);
    } else {
        text.nfkd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .for_each(|c| match plain(c) {
                Some(letters) => letters.chars().for_each(&mut push),
                None => push(c),
            });
    }
    folded
}

/// The plain letters for a lower-case letter that Unicode does not decompose.
pub fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        _ => return None,
    })
}

/// A letter with a combining mark, as one character where Unicode has one.
pub fn composed(letter: char, mark: char) -> String {
    [letter, mark].into_iter().nfc().collect()
}

/// The folded runs of letters and digits, in order. Apostrophes are removed first, so `don't` is
/// one word.
pub fn words(text: &str) -> Vec<String> {
    fold(text)
        .replace(['\'', '\u{2019}'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Calls `visit` with each run of letters and digits, folded, in order. Any other character is a
/// separator, as in the search index.
pub fn each_token(text: &str, mut visit: impl FnMut(&str)) {
    each_word(text, |token, _| visit(token));
}

/// Calls `visit` with each token, as [`each_token`] does, and with the form in which the search
/// index finds it, which is empty if it equals the token. FTS5 removes accents from Latin letters
/// only, and does not decompose ligatures and similar characters.
///
/// For example, `ﬁn` with the ligature `ﬁ` is the token `fin` with the form `ﬁn`.
pub fn each_word(text: &str, mut visit: impl FnMut(&str, &str)) {
    // `form` stays empty up to the first character that FTS5 folds differently.
    let (mut token, mut form) = (String::new(), String::new());
    // A final separator, so that the last token is visited too.
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() {
            token.push(c.to_ascii_lowercase());
            if !form.is_empty() {
                form.push(c.to_ascii_lowercase());
            }
        } else if !c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c)) {
            if !form.is_empty() || !is_folded_by_fts5(c) {
                if form.is_empty() {
                    form.clone_from(&token);
                }
                form.extend(c.to_lowercase());
            }
            decompose_compatible(c, |part| {
                if part.is_alphanumeric() && !is_combining_mark(part) {
                    for letter in part.to_lowercase() {
                        match plain(letter) {
                            Some(letters) => token.push_str(letters),
                            None => token.push(letter),
                        }
                    }
                }
            });
        } else {
            if !token.is_empty() {
                visit(&token, if form == token { "" } else { &form });
            }
            token.clear();
            form.clear();
        }
    }
}

/// The string to search the index for, given a token and its form from [`each_word`].
pub fn found_as<'w>(token: &'w str, form: &'w str) -> &'w str {
    if form.is_empty() { token } else { form }
}

/// Whether FTS5 (`unicode61 remove_diacritics 2`) folds a non-ASCII character as [`fold`] does.
fn is_folded_by_fts5(c: char) -> bool {
    let mut letter = '\0';
    decompose_canonical(c, |part| {
        if letter == '\0' {
            letter = part;
        }
    });
    // The range of marks is that of `sqlite3Fts5UnicodeIsdiacritic` (SQLite, `fts5_unicode2.c`).
    // FTS5 does not fold ǡ.
    letter.is_ascii_alphabetic() && !matches!(c, 'Ǡ' | 'ǡ') || ('\u{300}'..='\u{331}').contains(&c)
}

/// The byte ranges of the runs of characters that belong to a word. `plain` decides for ASCII
/// bytes, which are the fast path; `wide` decides for other characters.
fn runs(
    text: &str,
    plain: impl Fn(u8) -> bool,
    wide: impl Fn(char) -> bool,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    let bytes = text.as_bytes();
    // The offset of the next character that belongs to a run, or does not.
    let skip = move |mut at: usize, wanted: bool| {
        while let Some(byte) = bytes.get(at) {
            let (length, found) = match byte {
                0..128 => (1, plain(*byte)),
                128.. => text[at..]
                    .chars()
                    .next()
                    .map_or((1, false), |c| (c.len_utf8(), wide(c))),
            };
            if found == wanted {
                break;
            }
            at += length;
        }
        at
    };
    std::iter::from_fn(move || {
        let from = skip(at, true);
        at = skip(from, false);
        (from < at).then_some(from..at)
    })
}

/// The byte ranges of the runs of letters and digits.
pub fn letters(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(
        text,
        |byte| byte.is_ascii_alphanumeric(),
        char::is_alphanumeric,
    )
}

/// The byte ranges of the runs between white space.
pub fn between_spaces(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(
        text,
        // `is_ascii_whitespace` lacks the vertical tab, which `char::is_whitespace` includes.
        |byte| !byte.is_ascii_whitespace() && byte != 0x0b,
        |c| !c.is_whitespace(),
    )
}

/// The tokens of a text, joined without separators, and without the final `s` of a plural:
/// `auto-encoders`, `auto encoder` and `Autoencoder` all become `autoencoder`.
pub fn compact_key(text: &str) -> String {
    let mut whole = String::new();
    each_token(text, |token| whole.push_str(token));
    if whole.len() > 3 && whole.ends_with('s') && !whole.ends_with("ss") {
        whole.pop();
    }
    whole
}

/// The tokens of a text, as [`each_token`] visits them.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_token(text, |token| found.push(token.to_owned()));
    found
}

/// The text on one line: each run of white space becomes one space, and both ends are trimmed.
pub fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{between_spaces, compact_key, fold, letters, tokens, words};

    #[test]
    fn accents_case_and_white_space_do_not_matter() {
        assert_eq!(fold("  Ünïcode \t É "), "unicode e");
        assert_eq!(fold("ABC"), "abc");
        assert_eq!(
            words("What I've learnt, thus-far"),
            ["what", "ive", "learnt", "thus", "far"]
        );
        assert_eq!(
            tokens("Don't, Cafe\u{301} na\u{ef}ve C++ (a_b)"),
            ["don", "t", "cafe", "naive", "c", "a", "b"]
        );
        let text = " Ünï-code é\u{a0}x";
        assert_eq!(
            letters(text).map(|run| &text[run]).collect::<Vec<_>>(),
            ["Ünï", "code", "é", "x"]
        );
        assert_eq!(
            between_spaces(text)
                .map(|run| &text[run])
                .collect::<Vec<_>>(),
            ["Ünï-code", "é", "x"]
        );
        assert_eq!(letters("").count(), 0);
        assert_eq!(
            [
                compact_key("Auto-Encoders"),
                compact_key("loss"),
                compact_key("VAE")
            ],
            ["autoencoder", "loss", "vae"]
        );
    }
}
