//! Three-way merge of texts by lines.

/// The text that has the changes of both sides since `base`; none if they changed the same lines
/// differently.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    diffy::merge(base, ours, theirs).ok()
}

/// The same by words, for changes within one line.
pub fn merge_words(base: &str, ours: &str, theirs: &str) -> Option<String> {
    // One word a line, and one line for what separates words.
    let lines = |text: &str| -> String {
        let words = text.split_inclusive([' ', '\n']).flat_map(|word| {
            let (word, separator) = word.split_at(word.trim_end_matches([' ', '\n']).len());
            [word, separator]
        });
        let words = words.filter(|word| !word.is_empty());
        words.map(|word| word.replace('\n', "\r") + "\n").collect()
    };
    if [base, ours, theirs].iter().any(|text| text.contains('\r')) {
        return None;
    }
    let merged = merge(&lines(base), &lines(ours), &lines(theirs))?;
    Some(merged.replace('\n', "").replace('\r', "\n"))
}

/// The differences of two texts as a unified diff.
pub fn patch(before: &str, after: &str) -> String {
    diffy::create_patch(before, after).to_string()
}

#[cfg(test)]
mod tests {
    use super::{merge, merge_words};

    #[test]
    fn changes_of_different_lines_are_both_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(
            merge(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n").as_deref(),
            Some("A\nb\nc\nd\nE\n")
        );
        assert_eq!(merge(base, "A\nb\nc\nd\ne\n", "AA\nb\nc\nd\ne\n"), None);
    }

    #[test]
    fn changes_of_different_words_are_both_taken() {
        assert_eq!(
            merge_words(
                "see  for more\nend",
                "see [[a]] for more\nend",
                "see  for even more\nend"
            )
            .as_deref(),
            Some("see [[a]] for even more\nend")
        );
        // Neighbours are different words.
        assert_eq!(
            merge_words("see a b", "see [[x|a]] b", "see a c").as_deref(),
            Some("see [[x|a]] c")
        );
        assert_eq!(merge_words("a b c", "a B c", "a bb c"), None);
    }
}
