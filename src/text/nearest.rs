//! The nearest known words to one that is not known.

use super::fold::fold;

/// Up to three candidates close enough to be meant, nearest first.
///
/// Close enough is a Damerau-Levenshtein distance (adjacent transpositions count one) of at most a third
/// of the length, or the word being a start of the candidate.
pub fn nearest<'a, S: AsRef<str> + ?Sized + 'a>(word: &str, candidates: impl IntoIterator<Item = &'a S>) -> Vec<String> {
    let word = fold(word);
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    let mut near: Vec<(usize, bool, String)> = Vec::new();
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let folded = fold(candidate);
        let starts = length >= 2 && folded.starts_with(&word);
        if !starts && folded.chars().count().abs_diff(length) > allowed {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&word, &folded);
        if starts || distance <= allowed {
            let first_differs = folded.chars().next() != word.chars().next();
            let distance = if starts { distance.min(allowed) } else { distance };
            near.push((distance, first_differs, candidate.to_owned()));
        }
    }
    near.sort();
    near.dedup();
    near.into_iter().take(3).map(|(_, _, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_comes_first_and_far_ones_not_at_all() {
        let known = ["status", "title", "topics", "period"];
        assert_eq!(nearest("staus", &known), ["status"]);
        assert_eq!(nearest("topic", &known), ["topics"]);
        assert!(nearest("banana", &known).is_empty());
    }
}
