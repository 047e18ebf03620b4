//! What may have been meant by a word that no entry has.
//!
//! The notebook's own words are the dictionary (table `_word`, kept with each write). Words that are one edit away are
//! looked up, each possible edit of the typed word in turn, so that the time does not grow with the notebook; if there is none,
//! the words with the same start are held against it. Nearer words come first, then those that more entries have, in
//! their titles above all. docs/design/004-search.md has the numbers. Start reading at [`suggest`].

use std::collections::BTreeSet;

use crate::store::{Store, StoreError};
use crate::text::fold::{fold, found_as};
use crate::text::meaning;
use crate::text::nearest::{allowed, distance};

/// A word that no entry has, or next to none, and the known words that may have been meant, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// As typed.
    pub typed: String,
    /// How many entries have it; if any, it was looked for too.
    pub entries: usize,
    /// One to three words; the first was looked for.
    pub near: Vec<String>,
}

/// Suggestions for one word.
const SUGGESTED: usize = 3;
/// Entries with a word are counted up to this number.
const COUNTED: usize = 1_000;
/// The longest word that is corrected, in letters.
const LONGEST: usize = 40;
/// Letters that two words further apart than one edit must begin with.
const SAME_START: usize = 2;
/// What a word is worth, in edits, when as many entries have it as are counted, beside one that one entry has.
const COMMON: f64 = 0.45;
/// What it is worth, in edits, that a title has the word.
const TITLE: f64 = 0.1;
/// A word that so few entries have may be a slip that they hold,
pub const FEW: usize = 2;
/// if it has so many letters
const SLIP: usize = 5;
/// and so many times as many have its neighbour.
const FAR_MORE: usize = 50;

/// Up to three known words that may have been meant by a folded word, the most likely first, each as the index finds it.
///
/// # Errors
/// The notebook cannot be read.
pub fn suggest(word: &str, store: &Store) -> Result<Vec<String>, StoreError> {
    let letters = word.chars().count();
    if !(2..=LONGEST).contains(&letters) {
        return Ok(Vec::new());
    }
    let mut known = Vec::new();
    for edited in edits(word) {
        for form in store.forms(&edited)? {
            known.push((edited.clone(), form));
        }
    }
    // Not every letter of another alphabet was tried.
    if known.is_empty() && (allowed(letters) > 1 || !word.is_ascii()) {
        known = further(word, store)?;
    }
    let mut ranked = Vec::new();
    for (folded, form) in known {
        let candidate = found_as(&folded, &form).to_owned();
        let entries = store.count_phrase(&candidate, false, COUNTED)?;
        if entries == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
        let common = (entries as f64).ln() / (COUNTED as f64).ln();
        let in_title = store.count_phrase(&candidate, true, 1)? > 0;
        let worth = distance(word, &folded) - COMMON * common - if in_title { TITLE } else { 0.0 };
        ranked.push((worth, candidate));
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(ranked
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, candidate)| candidate)
        .collect())
}

/// A word that next to no entry has, if it is none of the language and one that far more entries have is one edit away.
///
/// # Errors
/// The notebook cannot be read.
pub fn slip(raw: &str, folded: &str, store: &Store) -> Result<Option<Correction>, StoreError> {
    if folded.chars().count() < SLIP
        || !folded.chars().all(char::is_alphabetic)
        || meaning::knows(folded)
    {
        return Ok(None);
    }
    let entries = store.count_phrase(raw, false, FEW + 1)?;
    if !(1..=FEW).contains(&entries) {
        return Ok(None);
    }
    let near = suggest(folded, store)?;
    let Some(best) = near.first() else {
        return Ok(None);
    };
    let more = entries * FAR_MORE;
    let common = strsim::osa_distance(folded, &fold(best)) == 1
        && store.count_phrase(best, false, more)? == more;
    Ok(common.then(|| Correction {
        typed: raw.to_owned(),
        entries,
        near,
    }))
}

/// Every word that is one edit away.
fn edits(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    // The letters of the word itself stand for those of its alphabet when it is not Latin.
    let alphabet: BTreeSet<char> = ('a'..='z')
        .chain('0'..='9')
        .chain(letters.iter().copied())
        .collect();
    let mut found = BTreeSet::new();
    for at in 0..=letters.len() {
        let (before, after) = letters.split_at(at);
        let mut push = |middle: &[char], after: &[char]| {
            found.insert(before.iter().chain(middle).chain(after).collect::<String>());
        };
        for letter in &alphabet {
            push(&[*letter], after);
        }
        if let [first, rest @ ..] = after {
            push(&[], rest);
            for letter in &alphabet {
                push(&[*letter], rest);
            }
            if let [second, rest @ ..] = rest {
                push(&[*second, *first], rest);
            }
        }
    }
    found.remove(word);
    found
}

/// The words with the same start that are as few edits away as any, more than one.
fn further(word: &str, store: &Store) -> Result<Vec<(String, String)>, StoreError> {
    let start: String = word.chars().take(SAME_START).collect();
    let letters = word.chars().count();
    let mut nearest = allowed(letters).min(3);
    let mut found = Vec::new();
    store.each_word_from(&start, |known, form| {
        if known.chars().count().abs_diff(letters) > nearest {
            return;
        }
        let edits = strsim::osa_distance(word, known);
        if edits <= nearest {
            nearest = edits;
            found.push((edits, (known.to_owned(), form.to_owned())));
        }
    })?;
    Ok(found
        .into_iter()
        .filter(|(edits, _)| *edits == nearest)
        .map(|(_, known)| known)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn every_word_one_edit_away_is_tried() {
        let found = edits("codng");
        for one in ["coding", "cdng", "codnge", "condg", "cong", "codno"] {
            assert_eq!(
                found.contains(one),
                strsim::osa_distance("codng", one) == 1,
                "{one}"
            );
        }
        assert!(
            !found.contains("codng")
                && found
                    .iter()
                    .all(|edited| strsim::osa_distance("codng", edited) == 1)
        );
    }
}
