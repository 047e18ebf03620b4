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

#[cfg(test)]
mod tests {
    use super::refs;

    #[test]
    fn links_are_found_once_each() {
        assert_eq!(
            refs("See [[vae]] and [[term/x|the x]], [[vae]] again, [[a#part]], [[ ]] and [[broken"),
            ["vae", "term/x", "a"]
        );
        assert!(refs("[[a\nb]] [[[x]").is_empty());
    }
}
