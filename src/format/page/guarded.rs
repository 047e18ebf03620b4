//! Lines of a heading's text that would end it, escaped by a backslash when a page is written, and read
//! back without it.

use crate::model::Kind;
use crate::text::markdown::{Verbatim, blocks};

/// The body of a heading that is an entry, with a backslash in each line that would be a heading, which would end it, an item of a list,
/// which would be the entry, or the beginning of code or HTML that has no end and would go on to that of the page.
pub(super) fn guarded(body: &str, kind: &Kind) -> String {
    let unseen = if is_unseen(body) { "\\" } else { "" };
    unseen.to_owned()
        + &each_line(body, |indent, rest, before| {
            match sign(indent, rest, before, kind) {
                Some(at) => format!("{}\\{}", &rest[..at], &rest[at..]),
                None => rest.to_owned(),
            }
        })
}

/// The body that [`guarded`] was given.
pub(super) fn unguarded(text: &str, kind: &Kind) -> String {
    let text = text
        .strip_prefix('\\')
        .filter(|rest| is_unseen(rest))
        .unwrap_or(text);
    each_line(text, |indent, rest, before| {
        match sign(indent, rest, before, kind) {
            Some(at) => format!(
                "{}{}",
                &rest[..at],
                rest[at..].strip_prefix('\\').unwrap_or(&rest[at..])
            ),
            None => rest.to_owned(),
        }
    })
}

/// Whether a text, but for backslashes before it, is definitions of links alone, of which a page shows nothing.
fn is_unseen(text: &str) -> bool {
    let bare = text.trim_start_matches('\\');
    bare.starts_with('[') && blocks(bare).is_empty()
}

/// Where the sign stands that makes a line, but for backslashes before it, more than text: it begins a heading, code or HTML, or, where a heading
/// with a list below is no entry, an item.
fn sign(indent: &str, rest: &str, before: &str, kind: &Kind) -> Option<usize> {
    if is_heading(indent, rest, before)
        || indent.len() < 4 && Verbatim::begins(rest.trim_start_matches('\\')).is_some()
    {
        return Some(0);
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let marks: &[char] = if digits == 0 {
        &['-', '*', '+']
    } else {
        &['.', ')']
    };
    let behind = rest[digits..]
        .trim_start_matches('\\')
        .strip_prefix(marks)?;
    let begins = indent.len() < 4
        && !kind.page.heading
        && (behind.is_empty() || behind.starts_with([' ', '\t']));
    begins.then_some(digits)
}

/// Every line that is no code or HTML with what is behind its indentation made anew, by the indentation, the rest, and the line before it.
fn each_line(text: &str, anew: impl Fn(&str, &str, &str) -> String) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut made: Vec<String> = Vec::new();
    // What has no end from one line on has none from a later one.
    let mut endless: Vec<Verbatim> = Vec::new();
    while let Some(line) = lines.get(made.len()) {
        if let Some(begun) = Verbatim::begins(line).filter(|begun| !endless.contains(begun)) {
            let rest = &lines[made.len()..];
            if let Some(count) = begun.length(rest) {
                made.extend(rest[..count].iter().map(|line| (*line).to_owned()));
                continue;
            }
            endless.push(begun);
        }
        let (indent, rest) = line.split_at(line.len() - line.trim_start_matches(' ').len());
        let before = made.len().checked_sub(1).map_or("", |at| lines[at]);
        made.push(format!("{indent}{}", anew(indent, rest, before)));
    }
    made.join("\n")
}

/// Whether a line, but for backslashes before it, is a heading or makes one of the line before it (CommonMark 0.31, 4.2 and 4.3).
fn is_heading(indent: &str, rest: &str, before: &str) -> bool {
    let bare = rest.trim_start_matches('\\').trim_end();
    let signs = bare.bytes().take_while(|byte| *byte == b'#').count();
    let underlines = |sign: u8| {
        !before.trim().is_empty() && !bare.is_empty() && bare.bytes().all(|byte| byte == sign)
    };
    indent.len() < 4 && ((1..=6).contains(&signs) || underlines(b'=') || underlines(b'-'))
}
