//! The parts of HTML that kb reads and writes: entities, attributes and escapes. Start reading at [`decode`].

/// Decodes the named and numeric entities of HTML. `&nbsp;` becomes a space, and what is not an
/// entity stays.
pub fn decode(text: &str) -> String {
    html_escape::decode_html_entities(&text.replace("&nbsp;", " ")).into_owned()
}

/// A text for HTML and XML: escaped, without the characters that XML forbids
/// (<https://www.w3.org/TR/xml/#charsets>).
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// The value of an attribute of a tag such as `<meta name="x" content='y'>`, with its entities
/// decoded. `name` must be in lower case.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let from = lower.match_indices(name).find_map(|(at, _)| {
        let begins = lower[..at].ends_with(|c: char| c.is_ascii_whitespace() || "\"'/".contains(c));
        lower[at + name.len()..]
            .trim_start()
            .strip_prefix('=')
            .filter(|_| begins)
            .map(|rest| tag.len() - rest.trim_start().len())
    })?;
    let rest = &tag[from..];
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest
            .split(|c: char| c.is_ascii_whitespace() || c == '>')
            .next()?,
    };
    Some(decode(value))
}

#[cfg(test)]
mod tests {
    use super::{attribute, decode};

    #[test]
    fn entities_and_attributes_are_read_and_what_is_none_stays() {
        assert_eq!(
            decode("a &amp; b &#8211; &#x27;c&#x27; &unknown; & d&nbsp;e &eacute;&alpha;"),
            "a & b – 'c' &unknown; & d e éα"
        );
        let tag =
            "<META NAME = 'citation_title' data-content=\"no\" content=\"On &quot;lists&quot;\" >";
        assert_eq!(attribute(tag, "name").as_deref(), Some("citation_title"));
        assert_eq!(attribute(tag, "content").as_deref(), Some("On \"lists\""));
        assert_eq!(
            attribute("<meta content=bare>", "content").as_deref(),
            Some("bare")
        );
        assert_eq!(attribute(tag, "property"), None);
    }
}
