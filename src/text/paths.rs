//! Relative paths as links have them: with `/` between names, whatever the operating system.
//!
//! They are paths within a folder of notes or a site, not of the file system: `..` above the root leads
//! nowhere, and nothing is looked up.

use percent_encoding::percent_decode_str;

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
