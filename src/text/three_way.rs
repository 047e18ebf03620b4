//! Three-way merge of texts by lines.

/// The text that has the changes of both sides since `base`; none if they changed the same lines
/// differently.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    diffy::merge(base, ours, theirs).ok()
}

/// The differences of two texts as a unified diff.
pub fn patch(before: &str, after: &str) -> String {
    diffy::create_patch(before, after).to_string()
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn changes_of_different_lines_are_both_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(
            merge(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n").as_deref(),
            Some("A\nb\nc\nd\nE\n")
        );
        assert_eq!(merge(base, "A\nb\nc\nd\ne\n", "AA\nb\nc\nd\ne\n"), None);
    }
}
