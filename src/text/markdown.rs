//! Splits Markdown into blocks with byte ranges (CommonMark through pulldown-cmark).
//!
//! It finds only what a page needs: front matter, headings, the items of top-level lists, and
//! everything else as one block. Ranges are whole lines and do not overlap; blank lines between
//! blocks belong to neither.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::fold;

/// The type of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading of level 1 to 6 with the byte range of its text.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Byte range of the text.
        text: Range<usize>,
    },
    /// One item of a top-level list.
    Item,
    /// Front matter, a paragraph, a table, code, a quotation, HTML.
    Other,
}

/// A top-level block and the lines that it occupies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The type.
    pub kind: BlockKind,
    /// The byte range of whole lines, including the last line feed if there is one.
    pub range: Range<usize>,
}

/// The top-level blocks of a Markdown text in order.
pub fn blocks(source: &str) -> Vec<Block> {
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES;
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0usize;
    let mut list_depth: Option<usize> = None;
    let mut heading: Option<Range<usize>> = None;
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                let inside_list = list_depth.is_some_and(|list| depth == list + 1);
                match tag {
                    Tag::Item if inside_list => push(&mut blocks, source, BlockKind::Item, range),
                    Tag::List(_) if depth == 0 => list_depth = Some(0),
                    Tag::Heading { level, .. } if depth == 0 => {
                        // An inverted range, so that `widen` first sets it to its argument.
                        heading = Some(range.end..range.start);
                        push(
                            &mut blocks,
                            source,
                            BlockKind::Heading {
                                level: level as u8,
                                text: 0..0,
                            },
                            range,
                        );
                    }
                    _ if depth == 0 => push(&mut blocks, source, BlockKind::Other, range),
                    _ if heading.is_some() => widen(&mut heading, &range),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(end) => {
                depth -= 1;
                if depth == 0 && matches!(end, TagEnd::List(_)) {
                    list_depth = None;
                }
                if depth == 0
                    && let Some(mut text) = heading.take()
                    && let Some(Block {
                        kind: BlockKind::Heading { text: place, .. },
                        range,
                    }) = blocks.last_mut()
                {
                    // The text of an escaped character begins after its backslash.
                    if source[range.start..text.start].ends_with('\\') {
                        text.start -= 1;
                    }
                    // A heading without text, such as `#`, gets an empty range at its end.
                    *place = if text.start < text.end {
                        text
                    } else {
                        range.end..range.end
                    };
                }
            }
            _ if depth == 0 => push(&mut blocks, source, BlockKind::Other, range),
            _ => widen(&mut heading, &range),
        }
    }
    blocks
}

/// Extends the text range of the open heading, if any, to include `inner`.
fn widen(heading: &mut Option<Range<usize>>, inner: &Range<usize>) {
    if let Some(text) = heading {
        text.start = text.start.min(inner.start);
        text.end = text.end.max(inner.end);
    }
}

/// Adds a block that covers whole lines. If it overlaps the previous block, the two are merged.
fn push(blocks: &mut Vec<Block>, source: &str, kind: BlockKind, range: Range<usize>) {
    let start = source[..range.start].rfind('\n').map_or(0, |at| at + 1);
    // Blank lines at the end of the range do not belong to the block.
    let kept = source[..range.end]
        .trim_end_matches([' ', '\t', '\n', '\r'])
        .len()
        .max(range.start);
    let end = source[kept..]
        .find('\n')
        .map_or(source.len(), |at| kept + at + 1);
    match blocks.last_mut() {
        Some(last) if start < last.range.end => {
            last.range.end = last.range.end.max(end);
            if kind != last.kind {
                last.kind = BlockKind::Other;
            }
        }
        _ => blocks.push(Block {
            kind,
            range: start..end,
        }),
    }
}

/// The marker of a list item: `(indent, marker, content offset)` of a line such as `  - [ ] text`.
///
/// The content offset is where the text begins; a task box is part of the marker.
/// Indent and offset are in bytes. `-a` has the marker `-` without a space, although it is not a
/// list item in Markdown; a caller can check how the marker ends.
pub fn item_marker(line: &str) -> Option<(usize, &str, usize)> {
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let rest = &line[indent..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match rest.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => 1,
        b'.' | b')' if digits > 0 => digits + 1,
        _ => return None,
    };
    let after = &rest[mark..];
    let spaces = after.len() - after.trim_start_matches([' ', '\t']).len();
    let mut offset = indent + mark + spaces;
    if let Some(boxed) = ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find(|b| line[offset..].starts_with(**b))
    {
        offset += boxed.len();
    }
    Some((indent, &line[indent..offset], offset))
}

/// The addresses of the reference definitions of a text, by [`label`].
pub type Definitions = HashMap<String, String>;

/// The reference definitions of a text: `[label]: address`.
pub fn definitions(source: &str) -> Definitions {
    if !source.contains("]:") {
        return Definitions::new();
    }
    Parser::new_ext(source, Options::ENABLE_FOOTNOTES)
        .reference_definitions()
        .iter()
        .map(|(name, definition)| (label(name), definition.dest.to_string()))
        .collect()
}

/// A label of a reference link as labels are compared (CommonMark 0.31, 4.7).
pub fn label(text: &str) -> String {
    fold::single_spaced(&text.to_lowercase())
}

/// The words of a line of Markdown: without emphasis, pictures, HTML tags and the addresses of links,
/// and with escapes and entities decoded.
pub fn words(source: &str) -> String {
    if !source.contains(['*', '_', '`', '&', '<', '\\', '[', '!', '~']) {
        return source.to_owned();
    }
    // A letter before it keeps the line from being read as another block.
    let line = format!("x{}", source.replace(['\r', '\n'], " "));
    let (mut words, mut pictures) = (String::new(), 0usize);
    for event in Parser::new(&line) {
        match event {
            Event::Start(Tag::Image { .. }) => pictures += 1,
            Event::End(TagEnd::Image) => pictures -= 1,
            Event::Text(text) | Event::Code(text) if pictures == 0 => words.push_str(&text),
            _ => {}
        }
    }
    words.get(1..).unwrap_or_default().trim().to_owned()
}

/// The byte ranges of the code in a Markdown text: code spans, fenced and indented blocks.
pub fn code(source: &str) -> Vec<Range<usize>> {
    if !source.contains(['`', '~', '\t']) && !source.contains("    ") {
        return Vec::new();
    }
    Parser::new_ext(source, Options::ENABLE_TABLES)
        .into_offset_iter()
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))))
        .map(|(_, range)| range)
        .collect()
}

/// Whether an offset is in one of some ascending ranges.
pub fn is_within(ranges: &[Range<usize>], at: usize) -> bool {
    let before = ranges.partition_point(|range| range.start <= at);
    before > 0 && at < ranges[before - 1].end
}

/// Tracks, line by line, which lines are fenced code (CommonMark 0.31, 4.5).
#[derive(Debug, Default)]
pub struct Fences {
    /// The character and length of the open fence.
    open: Option<(char, usize)>,
}

impl Fences {
    /// Reads the next line and returns whether it is code or a fence.
    pub fn visit(&mut self, line: &str) -> bool {
        let start = line.trim_start_matches(' ');
        let sign = start
            .chars()
            .next()
            .filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| start.len() - start.trim_start_matches(sign).len());
        // A tab after a closing fence: CommonMark allows it, pulldown-cmark does not.
        let rest = start[length..].trim_end_matches([' ', '\r']);
        let fence = sign
            .map(|sign| (sign, length))
            .filter(|_| length >= 3 && line.len() - start.len() < 4);
        match (self.open, fence) {
            // A line such as ```` ```a``` ```` is a code span and does not open a fence.
            (None, Some(('`', _))) if rest.contains('`') => false,
            (None, fence) => {
                self.open = fence;
                fence.is_some()
            }
            (Some((open, least)), Some((sign, length)))
                if sign == open && length >= least && rest.is_empty() =>
            {
                self.open = None;
                true
            }
            (Some(_), _) => true,
        }
    }
}

/// A construct whose content, including empty lines, is not Markdown: fenced code, or HTML that
/// ends at a certain string (CommonMark 0.31, 4.5, and 4.6, the first five kinds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbatim {
    /// Fenced code: the character and length of the fence.
    Code(char, usize),
    /// HTML: the strings that end it, in lower case.
    Html(&'static [&'static str]),
}

impl Verbatim {
    /// The construct that begins on a line, if any.
    pub fn begins(line: &str) -> Option<Verbatim> {
        let mut fences = Fences::default();
        fences.visit(line);
        fences
            .open
            .map(|(sign, count)| Verbatim::Code(sign, count))
            .or_else(|| html_ends(line).map(Verbatim::Html))
    }

    /// The number of lines from the first of `lines`, on which the construct begins, to its end;
    /// none if it has no end.
    pub fn length(self, lines: &[&str]) -> Option<usize> {
        let last = match self {
            Verbatim::Code(sign, count) => {
                let mut fences = Fences {
                    open: Some((sign, count)),
                };
                lines
                    .iter()
                    .skip(1)
                    .position(|line| fences.visit(line) && fences.open.is_none())
                    .map(|at| at + 1)
            }
            // HTML can end on the line on which it begins, fenced code cannot.
            Verbatim::Html(ends) => lines.iter().position(|line| {
                let line = line.to_ascii_lowercase();
                ends.iter().any(|end| line.contains(end))
            }),
        };
        last.map(|at| at + 1)
    }
}

/// The strings that end the HTML that begins on a line, in lower case; none if the line does not
/// begin HTML, or if the HTML ends at an empty line.
fn html_ends(line: &str) -> Option<&'static [&'static str]> {
    let start = line.trim_start_matches(' ');
    let rest = start
        .strip_prefix('<')
        .filter(|_| line.len() - start.len() < 4)?
        .to_ascii_lowercase();
    let named = ["script", "pre", "style", "textarea"].iter().any(|name| {
        rest.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '>']))
    });
    match rest.as_str() {
        // Any of the closing tags ends it, not only the one that matches.
        _ if named => Some(&["</script>", "</pre>", "</style>", "</textarea>"]),
        comment if comment.starts_with("!--") => Some(&["-->"]),
        data if data.starts_with("![cdata[") => Some(&["]]>"]),
        declared
            if declared.starts_with('!')
                && declared[1..].starts_with(|c: char| c.is_ascii_lowercase()) =>
        {
            Some(&[">"])
        }
        instruction if instruction.starts_with('?') => Some(&["?>"]),
        _ => None,
    }
}

/// Markdown without what its author wrote for no reader: comments of HTML (`<!-- … -->`; one that is not
/// closed goes to the end) and of Obsidian (`%% … %%`), outside code.
pub fn without_comments(source: &str) -> Cow<'_, str> {
    if !source.contains("<!--") && !source.contains("%%") {
        return Cow::Borrowed(source);
    }
    let code = code(source);
    let (mut text, mut kept, mut at) = (String::with_capacity(source.len()), 0, 0);
    let mut is_closed = true;
    while let Some(found) = source[at..].find(['<', '%']) {
        let start = at + found;
        let rest = &source[start..];
        let length = if is_within(&code, start) {
            None
        } else if rest.starts_with("<!--") {
            Some(rest.find("-->").map_or(rest.len(), |end| end + 3))
        } else if is_closed && rest.starts_with("%%") {
            let is_open = !source[..start].ends_with(|c: char| !c.is_whitespace());
            let end = rest[2..].find("%%");
            is_closed = end.is_some();
            end.filter(|_| is_open).map(|end| end + 4)
        } else {
            None
        };
        at = start + length.unwrap_or(1);
        if length.is_some() {
            text.push_str(&source[kept..start]);
            kept = at;
        }
    }
    text.push_str(&source[kept..]);
    Cow::Owned(text)
}

/// Removes backslash escapes: `\*` becomes `*`.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// Escapes each ASCII punctuation character by a backslash, except those that never have a meaning
/// within a line.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, ',' | ';' | '\'' | '"' | '?' | '%' | '/' | '@' | '$')
        {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The byte ranges of the text and the address of an inline link `[text](address "title")` at the
/// start of `source`, and the length of the link in bytes; none if `source` does not start with a
/// link.
pub fn leading_link(source: &str) -> Option<(Range<usize>, Range<usize>, usize)> {
    let text_end = closing(source, b'[', b']')?;
    let rest = &source[text_end + 1..];
    // Brackets in `<address>` do not count.
    let angled = rest
        .strip_prefix('(')
        .map(str::trim_start)
        .filter(|inner| inner.starts_with('<'));
    let skipped = angled.and_then(|inner| Some(rest.len() - inner.len() + inner.find('>')?));
    let length = match skipped {
        Some(skipped) => skipped + rest[skipped..].find(')')?,
        None => closing(rest, b'(', b')')?,
    };
    let inner = &rest[1..length];
    let lead = inner.len() - inner.trim_start().len();
    let address = inner.trim_start();
    let (skip, address) = match address.strip_prefix('<').and_then(|a| a.split_once('>')) {
        Some((inside, _)) => (1, inside),
        None => (0, address.split_whitespace().next().unwrap_or("")),
    };
    let start = text_end + 1 + 1 + lead + skip;
    Some((
        1..text_end,
        start..start + address.len(),
        text_end + 1 + length + 1,
    ))
}

/// The offset of the bracket that closes the one at the start. Escaped brackets do not count.
fn closing(source: &str, open: u8, close: u8) -> Option<usize> {
    let bytes = source.as_bytes();
    if bytes.first() != Some(&open) {
        return None;
    }
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b if b == open => depth += 1,
            b if b == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_lines_and_items_stand_alone() {
        let source = "---\nt: x\n---\n\n# A *b*\n\ntext\n\n- one\n\n  more\n- two\n  - nested\n\nSetext\n===\n\n## \\`a\\`\n";
        let found = blocks(source);
        let texts: Vec<&str> = found.iter().map(|b| &source[b.range.clone()]).collect();
        assert_eq!(
            texts,
            [
                "---\nt: x\n---\n",
                "# A *b*\n",
                "text\n",
                "- one\n\n  more\n",
                "- two\n  - nested\n",
                "Setext\n===\n",
                "## \\`a\\`\n"
            ]
        );
        let headings: Vec<(u8, &str)> = found
            .iter()
            .filter_map(|b| match &b.kind {
                BlockKind::Heading { level, text } => Some((*level, &source[text.clone()])),
                _ => None,
            })
            .collect();
        assert_eq!(headings, [(1, "A *b*"), (1, "Setext"), (2, "\\`a\\`")]);
    }

    #[test]
    fn links_with_brackets_and_titles_are_read() {
        let source = "[A [b] c](https://e.org/a_(b) \"t\"): rest";
        let (text, address, length) = leading_link(source).expect("a link");
        assert_eq!(&source[text], "A [b] c");
        assert_eq!(&source[address], "https://e.org/a_(b)");
        assert_eq!(&source[length..], ": rest");
        assert!(leading_link("[a] (b)").is_none());
    }

    #[test]
    fn escapes_read_back() {
        let hard = r"*a* [b](c): #1 \ `x`";
        assert_eq!(unescape(&escape(hard)), hard);
    }

    #[test]
    fn markers_have_an_offset() {
        assert_eq!(item_marker("- a"), Some((0, "- ", 2)));
        assert_eq!(item_marker("  12. a"), Some((2, "12. ", 6)));
        assert_eq!(item_marker("* [ ] a"), Some((0, "* [ ] ", 6)));
        assert_eq!(item_marker("a"), None);
    }
}
