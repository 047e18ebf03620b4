//! Relative paths as links have them: with `/` between names, whatever the operating system.
//!
//! They are paths within a folder of notes or a site, not of the file system: `..` above the root leads
//! nowhere, and nothing is looked up.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a path in a link cannot have.
const NOT_IN_LINKS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'(')
    .add(b')')
    .add(b'<')
    .add(b'>');

/// A path as it is written in a link.
pub fn encoded(path: &str) -> String {
    utf8_percent_encode(path, NOT_IN_LINKS).to_string()
}

/// A path in which `%20` and the like are decoded; none if the result is not UTF-8.
pub fn decoded(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// A path relative to the file `from` as a path relative to the root folder; none if it leads out
/// of that folder. A path that begins with `@/` is relative to the root folder already (Zola,
/// <https://www.getzola.org/documentation/content/linking/>).
pub fn seen_from(from: &str, path: &str) -> Option<String> {
    let (mut parts, path) = match path.strip_prefix("@/") {
        Some(path) => (Vec::new(), path),
        None => (from.split('/').collect::<Vec<_>>(), path),
    };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path `to` relative to the file `from`, both relative to the root folder.
pub fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let folders = from.len() - 1;
    let shared = from[..folders]
        .iter()
        .zip(&to[..to.len() - 1])
        .take_while(|(a, b)| a == b)
        .count();
    let ups = std::iter::repeat_n("..", folders - shared);
    let parts: Vec<&str> = ups.chain(to[shared..].iter().copied()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{encoded, relative, seen_from};

    #[test]
    fn a_relative_path_leads_back() {
        for (from, to, path) in [
            ("a.md", "b.md", "b.md"),
            ("x/a.md", "b.md", "../b.md"),
            ("x/y/a.md", "x/b.md", "../b.md"),
            ("x/a.md", "y/z/b.md", "../y/z/b.md"),
            ("a.md", "x/a.md", "x/a.md"),
        ] {
            assert_eq!(relative(from, to), path);
            assert_eq!(seen_from(from, path).as_deref(), Some(to));
        }
        assert_eq!(encoded("a b/(c).md"), "a%20b/%28c%29.md");
    }
}
