//! Prepares text for a terminal: makes control characters visible, measures and cuts by columns.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Whether a character could move the cursor, hide or reorder text, or end a line unexpectedly.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes control characters and bidirectional control characters visible, except line feeds and
/// tabs.
///
/// C0 controls become their Unicode control pictures (`␛`), the others become `<U+202E>`.
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, |c| c == '\n' || c == '\t')
}

/// As [`visible`], but for one line: line feeds and tabs become spaces.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    match text.contains(['\n', '\t', '\r']) {
        true => Cow::Owned(
            shown(
                &text.replace("\r\n", " ").replace(['\n', '\t'], " "),
                |_| false,
            )
            .into_owned(),
        ),
        false => shown(text, |_| false),
    }
}

/// Makes unsafe characters visible, except those to `keep`.
fn shown(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let bad = |c: char| is_unsafe(c) && !keep(c);
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !bad(c) => out.push(c),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('\u{2421}'),
            c => out.push_str(&format!("<U+{:04X}>", c as u32)),
        }
    }
    Cow::Owned(out)
}

/// The number of terminal columns of one line.
pub fn width(line: &str) -> usize {
    UnicodeWidthStr::width(line)
}

/// Cuts a line to at most `columns` terminal columns, ending in `…` if anything was cut.
pub fn cut(line: &str, columns: usize) -> Cow<'_, str> {
    if width(line) <= columns {
        return Cow::Borrowed(line);
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in line.graphemes(true) {
        let wide = width(grapheme);
        if used + wide + 1 > columns {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{cut, visible, visible_line, width};

    #[test]
    fn no_control_character_survives() {
        for code in (0u32..0x20)
            .chain(0x7f..0xa0)
            .chain([0x202e, 0x2066, 0x200f, 0xfeff])
        {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let shown = visible_line(&format!("a{c}b")).into_owned();
            assert!(!shown.contains(c) || c == ' ', "U+{code:04X} came through");
        }
        assert_eq!(visible("a\nb\tc"), "a\nb\tc");
        assert_eq!(visible("\u{1b}]0;x\u{7}"), "␛]0;x␇");
    }

    #[test]
    fn wide_characters_are_cut_by_columns() {
        assert_eq!(cut("注意力机制", 5), "注意…");
        assert_eq!(cut("plain", 5), "plain");
        assert!(width(&cut("👩‍👩‍👧 family", 4)) <= 4);
    }
}
