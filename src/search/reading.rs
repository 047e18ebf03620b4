//! Parses a query: which words matter, in which forms, and which follow each other.
//!
//! The words are joined by OR, without stop words; repeated words count again, and BM25 ranks the
//! matches. search.md found this form best. Other forms of the words are added: a word joined with
//! its neighbour or split in two (`auto encoder`, `autoencoder`), and the other names of an entry
//! (`VAE`).

use std::borrow::Cow;
use std::ops::Range;

use super::spelling::{self, Correction};
use crate::store::{Pair, Phrase, Store, StoreError, TextQuery};
use crate::text::fold::{compact_key, fold};
use crate::text::{meaning, script};

/// The number of letters from which a word may be two edits away from its correction.
const LONG: usize = 8;
/// Stop words. They are ignored unless the query has no other words.
const STOP: &str = include_str!("../../data/search/stop-words.txt");
/// The maximum number of distinct words in a query; further words are ignored.
const MOST: usize = 200;
/// The maximum number of words in a name that is looked up among titles and aliases.
const NAME: usize = 6;
/// The weight of another name, or of a likely correction, relative to the word itself.
const OTHER_NAME: f64 = 0.5;
/// A word is split in two only if fewer entries than this have one of the halves.
const RARE: usize = 2_000;
/// The minimum number of letters in a prefix: one letter begins too many words.
const OPEN: usize = 2;
/// The minimum number of letters in each half of a split word that some entry has.
const HALF: usize = 3;
/// The same for a word that no entry has.
const HALF_OF_UNKNOWN: usize = 1;

/// A parsed query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The query for the full-text index.
    pub question: TextQuery,
    /// The words in order, as typed or corrected.
    pub words: Vec<QueryWord>,
    /// Words that no entry, or hardly any entry, has, with their likely corrections.
    pub corrections: Vec<Correction>,
    /// Phrases that no entry has and whose words were searched for instead.
    pub loosened: Vec<String>,
    /// Whether only the phrases of the question were searched for: no entry has them and the rest.
    pub phrases_alone: bool,
    /// Words that no entry has and that were not corrected, as typed.
    pub unknown: Vec<String>,
    /// Whether no entry has any of the words, not even after a small correction, so that nothing is
    /// near to the query.
    pub is_unknown: bool,
}

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryWord {
    /// The word as typed or corrected, without punctuation.
    pub raw: String,
    /// The word, folded for comparison.
    pub folded: String,
    /// Its number among the distinct words that matter; none for a stop word.
    pub sought: Option<usize>,
}

impl QueryWord {
    /// The words by which the index finds it.
    fn as_phrase(&self) -> Cow<'_, str> {
        script::as_phrase(&self.raw)
    }
}

impl Reading {
    /// The number of distinct words that matter.
    pub fn count(&self) -> usize {
        self.question.times.len()
    }

    /// The words, joined by spaces.
    pub fn text(&self) -> String {
        self.words
            .iter()
            .map(|token| token.raw.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// How words are matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchMode {
    /// Whether the last word is a prefix.
    pub open: bool,
    /// Whether to search for the words exactly as typed, without corrections, other forms and other
    /// names.
    pub exact: bool,
}

/// Parses query words. A word that contains white space was quoted; it must occur as a phrase.
pub fn read(words: &[&str], mode: MatchMode, store: &Store) -> Result<Reading, StoreError> {
    let mut reading = Reading::default();
    for word in words {
        let quoted = word.contains(char::is_whitespace);
        let found = tokens(word);
        if quoted && !found.is_empty() {
            let phrase: Vec<Cow<'_, str>> = found
                .iter()
                .map(|(raw, _)| script::as_phrase(raw))
                .collect();
            reading.question.required.push(phrase.join(" "));
        }
        reading
            .words
            .extend(found.into_iter().map(|(raw, folded)| QueryWord {
                raw,
                folded,
                sought: None,
            }));
    }
    let long = reading
        .words
        .last()
        .is_some_and(|last| last.folded.chars().count() >= OPEN);
    let mode = MatchMode {
        open: mode.open && long,
        ..mode
    };
    number(&mut reading, mode);
    // Before `correct`, because a word that has another form is not corrected.
    let mut forms = other_forms(&reading, store)?;
    if !mode.exact {
        correct(&mut reading, &mut forms, mode, store)?;
    }
    reading.question.phrases = phrases(&reading, mode);
    reading.question.phrases.extend(forms);
    if !mode.exact {
        let names = other_names(&reading, store)?;
        reading.question.phrases.extend(names);
        if reading.count() > 1 {
            slips(&mut reading, mode, store)?;
        }
    }
    Ok(reading)
}

/// The parts of a text that are searched one by one ([`script::parts`]), each as typed and as folded.
fn tokens(text: &str) -> Vec<(String, String)> {
    script::parts(text)
        .into_iter()
        .map(|part| (text[part.clone()].to_owned(), fold(&text[part])))
        .collect()
}

/// Whether a word says too little to be looked for.
fn is_stop(folded: &str) -> bool {
    STOP.lines().any(|stop| stop == folded)
}

/// Numbers the distinct words that matter, counts them, and lists the pairs that follow each other.
fn number(reading: &mut Reading, mode: MatchMode) {
    let last = reading.words.len().saturating_sub(1);
    let all_stop = reading.words.iter().all(|token| is_stop(&token.folded));
    let mut known: Vec<String> = Vec::new();
    let mut times: Vec<f64> = Vec::new();
    for (at, token) in reading.words.iter_mut().enumerate() {
        let open = mode.open && at == last;
        // A prefix is never a stop word: `the` may be the start of `theorem`.
        if !all_stop && !open && is_stop(&token.folded) {
            token.sought = None;
            continue;
        }
        let number = known.iter().position(|word| *word == token.folded);
        token.sought = match number {
            Some(number) => {
                times[number] += 1.0;
                Some(number)
            }
            None if known.len() < MOST => {
                known.push(token.folded.clone());
                times.push(1.0);
                Some(known.len() - 1)
            }
            None => None,
        };
    }
    let mut pairs: Vec<Pair> = Vec::new();
    let mut before: Option<(usize, usize)> = None;
    for (at, token) in reading.words.iter().enumerate() {
        let Some(second) = token.sought else { continue };
        if let Some((first, place)) = before
            && first != second
        {
            let pair = Pair {
                first,
                second,
                // Stop words between the two count.
                distance: u32::try_from(at - place).unwrap_or(u32::MAX),
            };
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        before = Some((second, at));
    }
    reading.question.coverage = coverage(times.len());
    reading.question.all_first = matches!(times.len(), 2..=3);
    reading.question.times = times;
    reading.question.pairs = pairs;
}

/// The share of the score that depends on having all words: 1 up to three words, 0.2 from eight on.
fn coverage(words: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of words")]
    let words = words as f64;
    (1.0 - (words - 3.0) * 0.16).clamp(0.2, 1.0)
}

/// A phrase for each distinct word, and for the prefix.
fn phrases(reading: &Reading, mode: MatchMode) -> Vec<Phrase> {
    let last = reading.words.len().saturating_sub(1);
    let mut phrases: Vec<Phrase> = Vec::new();
    for (at, token) in reading.words.iter().enumerate() {
        let Some(sought) = token.sought else { continue };
        let open = mode.open && at == last;
        // The prefix gets a phrase of its own, even if it equals an earlier word.
        if open || !phrases.iter().any(|phrase| phrase.sought.start == sought) {
            phrases.push(Phrase {
                words: token.as_phrase().into_owned(),
                open: open || script::is_single(&token.raw),
                sought: sought..sought + 1,
                weight: 1.0,
            });
        }
    }
    phrases
}

/// Other forms of the words that occur in entries: with different accents, joined with the next
/// word, or split in two.
fn other_forms(reading: &Reading, store: &Store) -> Result<Vec<Phrase>, StoreError> {
    let mut forms = Vec::new();
    for pair in reading.words.windows(2) {
        if let [
            QueryWord {
                sought: Some(first),
                folded: before,
                ..
            },
            QueryWord {
                sought: Some(second),
                folded: after,
                ..
            },
        ] = pair
            && *second == first + 1
        {
            // A phrase covers a range of numbers, so those of the two words must be consecutive.
            let joined = format!("{before}{after}");
            let words = script::as_phrase(&joined).into_owned();
            if store.knows(&words, &joined)? {
                forms.push(Phrase {
                    words,
                    open: false,
                    sought: *first..second + 1,
                    weight: 1.0,
                });
            }
        }
    }
    for token in &reading.words {
        let Some(sought) = token.sought else { continue };
        // FTS5 folds fewer characters than kb, so it may find the word under another spelling.
        for words in store.forms(&token.folded)? {
            if !words.is_empty() && words != token.raw {
                forms.push(Phrase {
                    words,
                    open: false,
                    sought: sought..sought + 1,
                    weight: 1.0,
                });
            }
        }
        if let Some(words) = parted(&token.folded, store)? {
            forms.push(Phrase {
                words,
                open: false,
                sought: sought..sought + 1,
                weight: 1.0,
            });
        }
    }
    Ok(forms)
}

/// Splits a word into words that follow each other in some entry, if there are such words: between
/// letters and digits (`gpt2`, `GPT-2`), or else in two.
fn parted(word: &str, store: &Store) -> Result<Option<String>, StoreError> {
    // In ASCII, every byte offset is a place to split.
    if word.len() > 40 || !word.is_ascii() {
        return Ok(None);
    }
    let runs: Vec<&[u8]> = word
        .as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
        .collect();
    if runs.len() > 1 {
        let words = runs.join(&b' ');
        let words = String::from_utf8_lossy(&words);
        return Ok(store.has_phrase(&words)?.then(|| words.into_owned()));
    }
    let half = if store.knows(word, word)? {
        HALF
    } else {
        HALF_OF_UNKNOWN
    };
    for at in half..(word.len() + 1).saturating_sub(half) {
        let (first, second) = word.split_at(at);
        // An inflected word has its ending in the second half, so that half may match by its stem.
        if !store.has_word(first)? || !store.knows(second, second)? {
            continue;
        }
        // SQLite would have to compare the positions of two common words in most entries.
        if store.count_phrase(first, RARE)? >= RARE && store.count_phrase(second, RARE)? >= RARE {
            continue;
        }
        let words = format!("{first} {second}");
        if store.has_phrase(&words)? {
            return Ok(Some(words));
        }
    }
    Ok(None)
}

/// Replaces each word that no entry has in any form by a known word, unless the vector table has it.
fn correct(
    reading: &mut Reading,
    forms: &mut Vec<Phrase>,
    mode: MatchMode,
    store: &Store,
) -> Result<(), StoreError> {
    let last = reading.words.len().saturating_sub(1);
    let mut unknown = Vec::new();
    let mut known = false;
    for (at, token) in reading.words.iter().enumerate() {
        let Some(sought) = token.sought else { continue };
        // A word in quotes counts as known: it is searched for as typed.
        let in_phrase = reading
            .question
            .required
            .iter()
            .any(|phrase| phrase.split(' ').any(|word| *word == token.raw));
        if in_phrase
            || (mode.open && at == last)
            || forms.iter().any(|form| form.sought.contains(&sought))
            || script::is_single(&token.raw)
            || store.knows(&token.as_phrase(), &token.folded)?
        {
            known = true;
        } else {
            unknown.push(at);
        }
    }
    let (mut corrected, mut small) = (false, false);
    let mut pairs = Vec::new();
    for at in unknown {
        let token = &reading.words[at];
        // A word in a script without spaces that no entry has: its pairs find what is like it.
        if script::is_unspaced_part(&token.raw) {
            let before = pairs.len();
            for pair in token.as_phrase().split(' ') {
                if let Some(sought) = token.sought.filter(|_| pair.chars().count() == 2)
                    && store.has_phrase(pair)?
                {
                    pairs.push(Phrase {
                        words: pair.to_owned(),
                        open: false,
                        sought: sought..sought + 1,
                        weight: OTHER_NAME,
                    });
                }
            }
            if pairs.len() > before {
                known = true;
                reading.unknown.push(token.raw.clone());
                continue;
            }
        }
        // The table has correctly spelled words: the user means this one, though no entry has it.
        let singular = token.folded.strip_suffix('s').unwrap_or(&token.folded);
        if meaning::knows(&token.folded) || meaning::knows(singular) {
            reading.unknown.push(token.raw.clone());
            continue;
        }
        let near = if is_protected(&token.raw) {
            Vec::new()
        } else {
            spelling::suggest(&token.folded, store)?
        };
        if let Some(best) = near.first().cloned() {
            let token = &mut reading.words[at];
            reading.corrections.push(Correction {
                typed: token.raw.clone(),
                entries: 0,
                near,
            });
            token.folded = fold(&best);
            let letters = token.folded.chars().count();
            let typed = fold(&reading.corrections[reading.corrections.len() - 1].typed);
            let edits = strsim::osa_distance(&typed, &token.folded);
            // A large correction is a guess, so the query still counts as unknown.
            small |= edits <= if letters >= LONG { 2 } else { 1 };
            token.raw = best;
            corrected = true;
        } else {
            reading.unknown.push(token.raw.clone());
        }
    }
    reading.is_unknown = !known && !small && (corrected || !reading.unknown.is_empty());
    if corrected {
        // Two words may now be equal.
        number(reading, mode);
        *forms = other_forms(reading, store)?;
    }
    forms.extend(pairs);
    Ok(())
}

/// Whether a word is never replaced: a code with digits, or an abbreviation of up to four capitals.
fn is_protected(raw: &str) -> bool {
    raw.chars().any(char::is_numeric)
        || (raw.chars().count() <= 4 && raw.chars().all(char::is_uppercase))
}

/// Adds a common word to the query if a rare word is probably a misspelling of it. A query of one
/// word is first searched for as it is; this is called only if it has hardly any hits.
pub fn slips(reading: &mut Reading, mode: MatchMode, store: &Store) -> Result<(), StoreError> {
    // A prefix is unfinished and therefore not a misspelling.
    let typed = reading.words.len() - usize::from(mode.open && !reading.words.is_empty());
    for token in &reading.words[..typed] {
        let Some(sought) = token.sought else { continue };
        // A word that has another form or name is not taken for a misspelling.
        if reading
            .question
            .phrases
            .iter()
            .any(|phrase| phrase.sought.contains(&sought) && phrase.words != token.raw)
        {
            continue;
        }
        if let Some(slip) = spelling::slip(&token.raw, &token.folded, store)? {
            let words = slip.near.first().cloned().unwrap_or_default();
            reading.question.phrases.push(Phrase {
                words,
                open: false,
                sought: sought..sought + 1,
                weight: OTHER_NAME,
            });
            reading.corrections.push(slip);
        }
    }
    Ok(())
}

/// The other names of entries of which a title or alias occurs in the query.
fn other_names(reading: &Reading, store: &Store) -> Result<Vec<Phrase>, StoreError> {
    let mut found: Vec<Phrase> = Vec::new();
    for start in 0..reading.words.len() {
        for length in 1..=NAME.min(reading.words.len() - start) {
            let named = &reading.words[start..start + length];
            let Some(sought) = covered(named) else {
                continue;
            };
            let key = compact_key(
                &named
                    .iter()
                    .map(|token| token.folded.as_str())
                    .collect::<String>(),
            );
            for name in store.other_names(&key)? {
                for words in spellings(&name, store)? {
                    let phrase = Phrase {
                        words,
                        open: false,
                        sought: sought.clone(),
                        weight: OTHER_NAME,
                    };
                    if !found.contains(&phrase) {
                        found.push(phrase);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// The range of the numbers of these words; none if the numbers are not consecutive, or if the
/// first or last word is a stop word.
fn covered(tokens: &[QueryWord]) -> Option<Range<usize>> {
    let numbers: Vec<usize> = tokens.iter().filter_map(|token| token.sought).collect();
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    (tokens.first()?.sought.is_some()
        && tokens.last()?.sought.is_some()
        && numbers.is_sorted()
        && last - first + 1 == numbers.len())
    .then_some(first..last + 1)
}

/// A name as folded words, and the variants with two neighbours joined that occur in entries.
fn spellings(name: &str, store: &Store) -> Result<Vec<String>, StoreError> {
    let words: Vec<String> = tokens(name)
        .into_iter()
        .map(|(raw, folded)| match script::is_unspaced_part(&raw) {
            true => script::as_phrase(&raw).into_owned(),
            false => folded,
        })
        .collect();
    let mut spellings = vec![words.join(" ")];
    for at in 1..words.len() {
        let joined = format!("{}{}", words[at - 1], words[at]);
        if store.has_word(&joined)? {
            let parts = words[..at - 1]
                .iter()
                .chain([&joined])
                .chain(&words[at + 1..]);
            spellings.push(parts.cloned().collect::<Vec<_>>().join(" "));
        }
    }
    spellings.retain(|words| !words.is_empty());
    Ok(spellings)
}
