//! The little of HTML that kb reads: entities and attributes. Start reading at [`decode`].

/// A text with its entities as the signs they stand for: the common named ones, and all by number.
pub fn decode(text: &str) -> String {
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .find(';')
            .filter(|end| *end <= 10)
            .map(|end| &rest[1..end]);
        match entity.and_then(|name| Some((name, sign(name)?))) {
            Some((name, sign)) => {
                decoded.push(sign);
                rest = &rest[name.len() + 2..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded + rest
}

fn sign(name: &str) -> Option<char> {
    Some(match name {
        "nbsp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
        }
    })
}

/// The value of an attribute of a tag such as `<meta name="x" content='y'>`, its entities decoded.
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
            decode("a &amp; b &#8211; &#x27;c&#x27; &unknown; & d&nbsp;e &#0;"),
            "a & b – 'c' &unknown; & d e &#0;"
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
