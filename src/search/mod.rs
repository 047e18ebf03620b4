//! From query words to ranked hits, and the passages that show why.
//!
//! Owns the form of a full-text question and the making of snippets. Must not know clap or a terminal.
//! The question is the form that search.md found best: the words joined by OR, stop words left out,
//! repeated words kept, ranked by BM25 with title and aliases weighing three times. Start reading at
//! [`question`].

pub mod snippet;

use crate::store::Asked;
use crate::text::fold::fold;

/// Words that say nothing about what is looked for, unless nothing else is left.
const STOP: &str = include_str!("../../data/search/stop-words.txt");

/// The question that words ask of the full-text index; none when they hold no letter or digit.
///
/// Words with a space inside stood in quotes: all of such phrases must be found. With `prefix` the last
/// word may be the start of a word.
pub fn question(words: &[&str], prefix: bool, limit: usize) -> Option<Asked> {
    let (phrases, singles): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.contains(char::is_whitespace));
    let mut tokens: Vec<String> = singles.iter().flat_map(|word| tokens(word)).collect();
    let meaningful: Vec<String> = tokens.iter().filter(|token| !is_stop(token)).cloned().collect();
    let last = tokens.last().cloned();
    if !meaningful.is_empty() {
        tokens = meaningful;
    }
    let mut any: Vec<String> = tokens.iter().map(|token| format!("\"{token}\"")).collect();
    if let Some(last) = last.filter(|_| prefix) {
        any.push(format!("\"{last}\" *"));
    }
    let mut parts: Vec<String> =
        phrases.iter().map(|phrase| tokens_of(phrase)).filter(|phrase| !phrase.is_empty()).map(|phrase| format!("\"{phrase}\"")).collect();
    match (parts.is_empty(), any.is_empty()) {
        (_, true) => {}
        (true, false) => parts.push(any.join(" OR ")),
        (false, false) => {
            // A phrase must be there; the other words only add to the rank.
            let phrases = parts.join(" AND ");
            parts = vec![format!("({phrases}) AND ({phrases} OR {})", any.join(" OR "))];
        }
    }
    (!parts.is_empty()).then(|| Asked { expression: parts.join(" AND "), limit })
}

/// The runs of letters and digits of a text, folded.
pub fn tokens(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

fn tokens_of(phrase: &str) -> String {
    tokens(phrase).join(" ")
}

fn is_stop(token: &str) -> bool {
    STOP.lines().any(|stop| stop == token)
}

#[cfg(test)]
mod tests {
    use super::question;

    fn asked(words: &[&str]) -> String {
        question(words, false, 10).map_or(String::new(), |asked| asked.expression)
    }

    #[test]
    fn words_become_quoted_tokens_whatever_they_hold() {
        assert_eq!(asked(&["multi-agent", "NOT"]), "\"multi\" OR \"agent\"");
        assert_eq!(asked(&["C++", "o'neil", "(", "\"", "-x"]), "\"c\" OR \"o\" OR \"neil\" OR \"x\"");
        assert_eq!(asked(&["the", "of"]), "\"the\" OR \"of\"");
        assert_eq!(asked(&["what", "is", "sparse", "coding"]), "\"sparse\" OR \"coding\"");
        assert_eq!(asked(&["sparse coding", "vae"]), "(\"sparse coding\") AND (\"sparse coding\" OR \"vae\")");
        assert_eq!(asked(&["(", "\"\""]), "");
    }
}
