//! Finds conflicts that git left in a text.

/// The first line, from 1, of a conflict that git left in a text: the lines `<<<<<<< …`, `=======` and
/// `>>>>>>> …`, in this order, each at the start of a line (gitmanual: git-merge, "How conflicts are
/// presented"). In Markdown, what is in a fenced block of code is an example.
pub fn conflict(text: &str) -> Option<usize> {
    // Most texts have none.
    if !text.contains("\n=======") {
        return None;
    }
    let (mut fence, mut begun, mut parted) = (None, None, false);
    for (number, line) in text.lines().enumerate() {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() {
            continue;
        }
        if line.starts_with("<<<<<<< ") {
            (begun, parted) = (Some(number + 1), false);
        } else if line == "=======" {
            parted = begun.is_some();
        } else if line.starts_with(">>>>>>> ") && parted {
            return begun;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::conflict;

    #[test]
    fn a_conflict_of_git_is_found_outside_of_code_only() {
        let left = "a\n<<<<<<< HEAD\n- A: one\n=======\n- A: two\n>>>>>>> x\n";
        assert_eq!(conflict(left), Some(2));
        assert_eq!(conflict(&format!("{left}{left}")), Some(2));
        assert_eq!(conflict(&left.replace('\n', "\r\n")), Some(2));
        let diff3 = left.replace("=======", "||||||| base\n- A: none\n=======");
        assert_eq!(conflict(&diff3), Some(2));
        assert_eq!(conflict(&format!("```\n{left}```\n")), None);
        assert_eq!(conflict(&format!("```\ncode\n```\n{left}")), Some(5));
        // A heading with a line under it, and a quotation.
        for other in [
            "Title\n=======\n\n>>>>>>> deep\n",
            "<<<<<<< HEAD\n>>>>>>> x\n=======\n",
            "<<<<<<<\n=======\n>>>>>>>\n",
        ] {
            assert_eq!(conflict(other), None, "{other}");
        }
    }
}
