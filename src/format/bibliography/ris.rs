//! Reads and writes RIS, in which each line has a tag and a value
//! (<https://en.wikipedia.org/wiki/RIS_(file_format)>; the manual of Reference Manager, appendix
//! "RIS Format"). Must not know what a tag means. Start reading at [`scan`].

use super::written::{Fault, WrittenWork};

/// Reads a whole file: references with their byte offsets, and a fault for each line outside of
/// one.
pub(super) fn scan(source: &str) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut open: Option<(usize, WrittenWork)> = None;
    let mut at = 0;
    // A CRLF gives a line and an empty line; the empty one is skipped.
    for whole in source.split_inclusive(['\n', '\r']) {
        let begin = at;
        at += whole.len();
        let line = whole.trim_end();
        if line.trim().is_empty() {
            continue;
        }
        match (tagged(line.trim_start_matches('\u{feff}')), &mut open) {
            (Some(("TY", value)), _) => {
                // A reference without an end ends where the next one begins.
                found.extend(open.replace((
                    begin,
                    WrittenWork {
                        kind: value.to_owned(),
                        ..WrittenWork::default()
                    },
                )));
            }
            (Some(("ER", _)), Some(_)) => found.extend(open.take()),
            (Some(("ER", _)), None) => {}
            (Some((tag, value)), Some((_, written))) => {
                // The tag `ID` is kept as a field, too, so that `text` writes it at its position.
                if tag == "ID" && written.key.is_empty() {
                    written.key = value.to_owned();
                }
                written.fields.push((tag.to_owned(), value.to_owned()));
            }
            // A line without a tag continues the value before it.
            (None, Some((_, written))) if !written.fields.is_empty() => {
                if let Some((_, value)) = written.fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            }
            _ => faults.push(Fault {
                at: begin,
                message: "is outside of a reference, which begins with `TY  - `".to_owned(),
            }),
        }
    }
    found.extend(open);
    (found, faults)
}

/// The tag and the value of a line; `None` if the line has no tag.
/// RIS has two spaces before the hyphen; one or more spaces or tabs are accepted.
fn tagged(line: &str) -> Option<(&str, &str)> {
    let (tag, rest) = line.split_at_checked(2)?;
    let form = tag
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && tag.as_bytes()[0].is_ascii_uppercase();
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('-')?;
    (form && rest.starts_with([' ', '\t']) && (value.is_empty() || value.starts_with([' ', '\t'])))
        .then(|| (tag, value.trim()))
}

/// A reference in RIS, with the empty line after it.
pub(super) fn text(written: &WrittenWork) -> String {
    let mut text = format!("TY  - {}\n", written.kind);
    if !written.key.is_empty() && written.raw("ID").is_none() {
        text.push_str(&format!("ID  - {}\n", written.key));
    }
    for (tag, value) in &written.fields {
        for (number, line) in value.split('\n').enumerate() {
            // A continuation line must not look like a line with a tag.
            let before = if number == 0 {
                format!("{tag}  - ")
            } else if tagged(line).is_some() {
                " ".repeat(6)
            } else {
                String::new()
            };
            text.push_str(&format!("{before}{line}\n"));
        }
    }
    text.push_str("ER  - \n\n");
    text
}

/// Swaps the last two of three parts of a name: RIS has `Family, Given, Junior`, an entry has
/// `Family, Junior, Given`.
pub(super) fn turned(name: &str) -> String {
    match name
        .split(',')
        .map(str::trim)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [family, second, third] if !third.is_empty() => format!("{family}, {third}, {second}"),
        _ => name.trim().trim_end_matches(',').to_owned(),
    }
}

/// The possible readings of a date such as `2019/05/12/`, `2019///Spring` or
/// `2019/01//2019-01/2019-05`, best first.
pub(super) fn dates(value: &str) -> Vec<String> {
    let parts: Vec<&str> = value.splitn(4, '/').map(str::trim).collect();
    let number = |part: &&&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() < 2 || parts[0].len() != 4 || !number(&&parts[0]) {
        return vec![value.trim().to_owned()];
    }
    let rest = parts[1..]
        .iter()
        .take(2)
        .take_while(|part| number(part))
        .map(|part| format!("-{part:0>2}"));
    let plain: String = std::iter::once(parts[0].to_owned()).chain(rest).collect();
    let other = parts.get(3).filter(|other| !other.is_empty());
    // If the day is empty, the text after it is the more exact date.
    let more = other
        .filter(|_| parts[2].is_empty())
        .map_or(Vec::new(), |other| {
            vec![(*other).to_owned(), format!("{other} {}", parts[0])]
        });
    more.into_iter().chain([plain]).collect()
}

/// An EDTF date as a RIS date: year, month and day, then the whole date if these cannot express it.
/// `2019-05` becomes `2019/05`, `2019-01/2019-05` becomes `2019/01//2019-01/2019-05`.
pub(super) fn date(edtf: &str) -> String {
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = edtf.split('-').collect();
    match parts.as_slice() {
        // EDTF numbers seasons from 21; RIS has no number for them.
        [_, season] if number(season) && *season > "12" => format!("{}///{edtf}", parts[0]),
        parts if parts.iter().all(|part| number(part)) => parts.join("/"),
        _ => {
            let first = edtf
                .split('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(['~', '?', '%']);
            let mut plain = first
                .split('-')
                .take_while(|part| !part.is_empty() && number(part));
            format!(
                "{}/{}//{edtf}",
                plain.next().unwrap_or_default(),
                plain
                    .next()
                    .filter(|month| *month <= "12")
                    .unwrap_or_default()
            )
        }
    }
}
