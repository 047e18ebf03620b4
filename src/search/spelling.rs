//! Spelling suggestions for words that no entry has.
//!
//! The dictionary is the words of the notebook (table `_word`, updated with each write). Every word
//! that is one edit from the typed word is looked up, so the time does not grow with the notebook.
//! If the notebook has none of these, the typed word is compared with the words that have the same
//! start. Nearer words come first, then words that more entries have; a word in a title gets a
//! bonus. docs/design/004-search.md has the numbers. Start reading at [`suggest`].

use std::collections::BTreeSet;

use crate::store::{Store, StoreError};
use crate::text::fold::{fold, found_as};
use crate::text::meaning;
use crate::text::nearest::{allowed, distance};

/// A word that no entry, or hardly any entry, has, with the known words that the user may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The word as typed.
    pub typed: String,
    /// The number of entries that have it; if it is not 0, the typed word was searched for too.
    pub entries: usize,
    /// One to three known words, best first; the first was searched for.
    pub near: Vec<String>,
}

/// The maximum number of suggestions for a word.
const SUGGESTED: usize = 3;
/// Entries with a word are counted up to this number.
const COUNTED: usize = 1_000;
/// The maximum length of a word that is corrected, in letters.
const LONGEST: usize = 40;
/// The number of letters that must be equal at the start of words more than one edit apart.
const SAME_START: usize = 2;
/// The bonus, in edits, of a word that [`COUNTED`] or more entries have; a word that one entry has
/// gets none.
const COMMON: f64 = 0.45;
/// The bonus, in edits, of a word that occurs in a title.
const TITLE: f64 = 0.1;
/// The maximum number of entries that have a word that counts as a possible misspelling.
pub const FEW: usize = 2;
/// The minimum number of letters in such a word.
const SLIP: usize = 5;
/// The minimum ratio of entries with the correction to entries with the misspelling.
const FAR_MORE: usize = 50;

/// Up to three known words that are likely corrections of a folded word, best first, each in the
/// form in which the index finds it.
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
    // The edits above insert only letters of the Latin alphabet and of the word itself.
    if known.is_empty() && (allowed(letters) > 1 || !word.is_ascii()) {
        known = further(word, store)?;
    }
    let mut ranked = Vec::new();
    for (folded, form) in known {
        let candidate = found_as(&folded, &form).to_owned();
        let entries = store.count_phrase(&candidate, COUNTED)?;
        if entries == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
        let common = (entries as f64).ln() / (COUNTED as f64).ln();
        let in_title = store.has_in_title(&candidate)?;
        let score = distance(word, &folded) - COMMON * common - if in_title { TITLE } else { 0.0 };
        ranked.push((score, candidate));
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(ranked
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, candidate)| candidate)
        .collect())
}

/// The correction of a word that hardly any entry has, if the vector table does not have the word,
/// and a word that far more entries have is one edit away.
pub fn slip(raw: &str, folded: &str, store: &Store) -> Result<Option<Correction>, StoreError> {
    if folded.chars().count() < SLIP
        || !folded.chars().all(char::is_alphabetic)
        || meaning::knows(folded)
    {
        return Ok(None);
    }
    let entries = store.count_phrase(raw, FEW + 1)?;
    if !(1..=FEW).contains(&entries) {
        return Ok(None);
    }
    let near = suggest(folded, store)?;
    let Some(best) = near.first() else {
        return Ok(None);
    };
    let more = entries * FAR_MORE;
    let common =
        strsim::osa_distance(folded, &fold(best)) == 1 && store.count_phrase(best, more)? == more;
    Ok(common.then(|| Correction {
        typed: raw.to_owned(),
        entries,
        near,
    }))
}

/// All strings that are one edit away from a word.
fn edits(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    // For a word that is not Latin, its own letters take the place of its alphabet.
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

/// The known words with the same start that are the fewest edits away, if not more than the allowed
/// number.
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
