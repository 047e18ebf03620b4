//! Escapes lines in the body of a heading entry that would end the body, and removes the escapes
//! when the page is read.

use crate::model::Kind;
use crate::text::markdown::{Verbatim, blocks};

/// Escapes the body of a heading entry with backslashes. Escaped lines are headings, which would
/// end the body, and unterminated code or HTML, which would extend over the rest of the page. List
/// items are escaped too if the kind does not have `page.heading`: they would be read as entries.
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

/// Removes the escapes of [`guarded`].
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

/// Whether a text, ignoring leading backslashes, consists only of link reference definitions, which
/// Markdown does not render.
fn is_unseen(text: &str) -> bool {
    let bare = text.trim_start_matches('\\');
    bare.starts_with('[') && blocks(bare).is_empty()
}

/// The byte offset in `rest` of the character to escape, ignoring backslashes already before it.
/// `None` if the line does not begin a heading, code, HTML or (only for kinds without
/// `page.heading`) a list item. `rest` is the line after its indentation, `before` the line above.
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

/// Replaces the text of each line outside terminated code and HTML blocks. The function gets the
/// indentation, the text after it and the line above, and returns the new text.
fn each_line(text: &str, rewrite: impl Fn(&str, &str, &str) -> String) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut made: Vec<String> = Vec::new();
    // A block without an end after this line has no end after a later line either.
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
        made.push(format!("{indent}{}", rewrite(indent, rest, before)));
    }
    made.join("\n")
}

/// Whether a line, ignoring leading backslashes, is a heading or underlines the line above as one
/// (CommonMark 0.31, 4.2 and 4.3).
fn is_heading(indent: &str, rest: &str, before: &str) -> bool {
    let bare = rest.trim_start_matches('\\').trim_end();
    let signs = bare.bytes().take_while(|byte| *byte == b'#').count();
    let underlines = |sign: u8| {
        !before.trim().is_empty() && !bare.is_empty() && bare.bytes().all(|byte| byte == sign)
    };
    indent.len() < 4 && ((1..=6).contains(&signs) || underlines(b'=') || underlines(b'-'))
}
