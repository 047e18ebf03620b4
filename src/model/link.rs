//! Links to entries in a Markdown body: `[[ref]]` or `[[ref|words]]`.

/// The targets of all links in a Markdown text, in order and without duplicates. A part after `#`
/// is dropped; brackets with more than 300 bytes are not links.
pub fn refs(body: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("[[") {
        rest = &rest[start + 2..];
        let Some(end) = rest.find("]]") else { break };
        let inner = &rest[..end];
        if inner.len() <= 300 && !inner.contains(['\n', '[']) {
            let target = inner.split(['|', '#']).next().unwrap_or("").trim();
            if !target.is_empty() && !found.iter().any(|known| known == target) {
                found.push(target.to_owned());
            }
            rest = &rest[end + 2..];
        }
    }
    found
}

/// A body in which the links whose target `is_meant` picks have the target `new`. Words and anchors
/// of the links stay.
pub fn renamed(body: &str, is_meant: impl Fn(&str) -> bool, new: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(body.len()), body);
    while let Some(start) = rest.find("[[") {
        let (before, after) = rest.split_at(start + 2);
        text.push_str(before);
        rest = after;
        let Some(inner) = after.find("]]").map(|end| &after[..end]) else {
            break;
        };
        let target = inner.split(['|', '#']).next().unwrap_or("");
        if inner.len() <= 300 && !inner.contains(['\n', '[']) && is_meant(target.trim()) {
            text.push_str(new);
            rest = &after[target.len()..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::{refs, renamed};

    #[test]
    fn renamed_links_keep_their_words_and_anchors() {
        let body = "[[a]], [[ a |the a]], [[a#part]], [[ab]], [[a";
        assert_eq!(
            renamed(body, |target| target == "a", "term/a-2"),
            "[[term/a-2]], [[term/a-2|the a]], [[term/a-2#part]], [[ab]], [[a"
        );
    }

    #[test]
    fn links_are_found_once_each() {
        assert_eq!(
            refs("See [[vae]] and [[term/x|the x]], [[vae]] again, [[a#part]], [[ ]] and [[broken"),
            ["vae", "term/x", "a"]
        );
        assert!(refs("[[a\nb]] [[[x]").is_empty());
    }
}
