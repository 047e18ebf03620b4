//! The distance between two words by typing and by sound, and the known words nearest to an unknown
//! one.

use super::fold::fold;

/// The rows of a US keyboard, from top to bottom; [`neighbours`] uses them.
const KEYBOARD: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// The distance between two folded words, in edits: insertions, deletions, substitutions and
/// transpositions of neighbours (optimal string alignment). A different first letter adds 0.5.
/// Hitting a neighbouring key, or sounding alike, subtracts 0.5.
pub fn distance(typed: &str, known: &str) -> f64 {
    if typed == known {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "the length of a word")]
    let edits = strsim::osa_distance(typed, known) as f64;
    let first = if typed.chars().next() == known.chars().next() {
        0.0
    } else {
        0.5
    };
    let alike = if slipped(typed, known) || sound(typed) == sound(known) {
        0.5
    } else {
        0.0
    };
    edits + first - alike
}

/// Whether the words differ in one letter only, and its keys are neighbours.
fn slipped(typed: &str, known: &str) -> bool {
    let mut different = typed.chars().zip(known.chars()).filter(|(a, b)| a != b);
    let slip = different.next().is_some_and(|(a, b)| neighbours(a, b));
    slip && different.next().is_none() && typed.chars().count() == known.chars().count()
}

/// Whether two keys are adjacent on the keyboard.
fn neighbours(a: char, b: char) -> bool {
    let place = |c: char| {
        KEYBOARD
            .iter()
            .enumerate()
            .find_map(|(row, keys)| keys.find(c).map(|at| (row, at)))
    };
    match (place(a), place(b)) {
        (Some((row, at)), Some((other, beside))) if row == other => at.abs_diff(beside) == 1,
        // Each row is shifted half a key to the right of the row above.
        (Some((upper, at)), Some((lower, below))) if upper + 1 == lower => {
            at == below || at == below + 1
        }
        (Some((lower, below)), Some((upper, at))) if upper + 1 == lower => {
            at == below || at == below + 1
        }
        _ => false,
    }
}

/// A rough phonetic key of an English word: letters that sound alike become one letter, vowels
/// after the first letter are dropped, and doubled letters are merged.
fn sound(word: &str) -> String {
    let simple = word
        .replace("ph", "f")
        .replace("ck", "k")
        .replace("sch", "sk")
        .replace("wh", "w");
    let mut key = String::new();
    for (at, c) in simple.chars().enumerate() {
        let c = match c {
            'c' | 'q' => 'k',
            'z' => 's',
            'y' => 'i',
            'v' => 'f',
            c => c,
        };
        let vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
        if (!vowel || at == 0) && !key.ends_with(c) {
            key.push(c);
        }
    }
    key
}

/// The maximum number of edits between a word with this number of letters and a suggestion for it:
/// a third of the letters, at least one.
pub fn allowed(letters: usize) -> usize {
    (letters / 3).max(1)
}

/// Up to three candidates that are close to `word`, nearest first.
///
/// A candidate is close if the number of edits is at most [`allowed`], or if it begins with `word`
/// and `word` has at least two letters.
pub fn nearest<'a, S: AsRef<str> + ?Sized + 'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a S>,
) -> Vec<String> {
    let word = fold(word);
    let length = word.chars().count();
    let allowed = allowed(length);
    let mut near: Vec<(f64, String)> = Vec::new();
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let folded = fold(candidate);
        let starts = length >= 2 && folded.starts_with(&word);
        if !starts && folded.chars().count().abs_diff(length) > allowed {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few edits")]
        let most = allowed as f64;
        if starts || strsim::osa_distance(&word, &folded) <= allowed {
            near.push((
                distance(&word, &folded).min(if starts { most } else { f64::MAX }),
                candidate.to_owned(),
            ));
        }
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    near.dedup();
    near.into_iter()
        .take(3)
        .map(|(_, candidate)| candidate)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_word_comes_first_and_far_ones_not_at_all() {
        let known = ["status", "title", "topics", "period"];
        assert_eq!(nearest("staus", &known), ["status"]);
        assert_eq!(nearest("topic", &known), ["topics"]);
        assert!(nearest("banana", &known).is_empty());
    }

    #[test]
    fn slips_of_the_finger_and_of_the_ear_are_nearer_than_other_edits() {
        assert!(distance("codinh", "coding") < distance("codint", "codina"));
        assert!(distance("ritchie", "richie") <= 1.0);
        assert!(distance("fonetic", "phonetic") < 2.5);
        assert!(distance("poding", "coding") > distance("codixg", "coding"));
        assert!(
            distance("cdoing", "coding") <= 1.0,
            "a transposition is one edit"
        );
    }
}
