//! One entry on a page: from its text to marks, and from an entry to text in the manner of its neighbours.

use std::ops::Range;

use super::row;
use crate::model::admit::one_line;
use crate::model::layout::{Item, Mark};
use crate::model::{Entry, Kind, Period, Value};
use crate::text::markdown::{Block, BlockKind, Verbatim, blocks, escape, item_marker, leading_link, unescape};

/// What a page shows of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Title.
    pub title: String,
    /// Address behind the title.
    pub url: Option<String>,
    /// Period before the title.
    pub lead: Option<String>,
    /// Body; empty when there is none.
    pub body: String,
}

/// How the neighbours of a new entry are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// The level of a heading that is an entry; 0 for an item of a list.
    pub level: u8,
    /// Marker with its indentation; `#` signs and a space for a heading.
    pub marker: String,
    /// How many cells each has if they are rows of a table; 0 if not.
    pub cells: usize,
    /// Blank lines between two of them.
    pub gap: String,
    /// Whether a period stands before the title.
    pub lead: bool,
    /// Whether the body begins on the line of the title.
    pub inline: bool,
    /// The line end of the page.
    pub newline: &'static str,
}

impl Shown {
    /// What a page shows of an entry of the kind.
    pub fn of(entry: &Entry, kind: &Kind) -> Shown {
        let value = |name: &Option<String>| name.as_ref().and_then(|name| entry.value(name)).map(Value::text);
        Shown { title: entry.title.clone(), url: value(&kind.page.link), lead: value(&kind.page.lead), body: entry.body.clone() }
    }

    /// What an item says.
    pub fn read(item: &Item) -> Shown {
        let value = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.value.clone());
        Shown { title: item.title.value.clone(), url: value(&item.url), lead: value(&item.lead), body: value(&item.body).unwrap_or_default() }
    }
}

/// The marker of a heading: `### `.
pub fn signs(level: u8) -> String {
    format!("{} ", "#".repeat(level.into()))
}

/// Reads a list item of a kind.
pub fn read_item(text: &str, kind: &Kind) -> Option<Item> {
    let first = text.lines().next()?;
    let (indent, marker, content) = item_marker(first).filter(|(_, marker, _)| marker.ends_with([' ', '\t']))?;
    let box_width = if marker.ends_with("] ") { 4 } else { 0 };
    let head_end = head_end(text, content);
    let mut at = content;
    let mut item = Item { marker: text[..indent].to_owned() + marker, indent: content - box_width, ..Item::default() };
    if kind.page.lead.is_some()
        && let Some((lead, after)) = leading_period(text, at..head_end)
    {
        item.lead = Some(lead);
        at = after;
    }
    let title = find_title(text, at..head_end, kind)?;
    item.title = mark(text, title.at);
    item.url = title.url.map(|at| mark(text, at));
    item.body = body(text, title.after, head_end, item.indent);
    (!item.title.value.is_empty()).then_some(item)
}

/// Reads a heading with the text below it as an entry of a kind; `title` is the place of the heading's text, `end` that of its line.
pub fn read_heading(text: &str, level: u8, title: Range<usize>, end: usize, kind: &Kind) -> Option<Item> {
    let marker = text[..title.start.min(text.len())].to_owned();
    let whole = Title { at: title.clone(), url: None, after: title.end };
    let title = linked(text, title.clone(), kind).filter(|linked| linked.after == title.end).unwrap_or(whole);
    let url = title.url.map(|at| mark(text, at));
    let body = block(text, end, 0).map(|body| Mark { value: unguarded(&body.value, kind), at: body.at }).filter(|body| body.value != NOTHING);
    let item = Item { title: mark(text, title.at), url, body, level, marker, ..Item::default() };
    (!item.title.value.is_empty()).then_some(item)
}

/// Reads the text of a heading of a level with what stands below it.
pub fn reread_heading(text: &str, level: u8, kind: &Kind) -> Option<Item> {
    match blocks(text).into_iter().next()? {
        Block { kind: BlockKind::Heading { level: found, text: title }, range } if found == level => read_heading(text, level, title, range.end, kind),
        _ => None,
    }
}

/// A title or an address as an entry has it, and its place.
pub fn mark(text: &str, at: Range<usize>) -> Mark {
    Mark { value: one_line(&unescape(&text[at.clone()])), at }
}

/// Takes a paragraph that hangs below an item without indentation as its body.
pub fn hang(item: &mut Item, text: &str, start: usize) {
    item.indent = 0;
    item.body = block(text, start, 0);
}

/// Where the first paragraph of an item ends: before a blank line or a line that begins another block.
fn head_end(text: &str, content: usize) -> usize {
    let mut end = text[content..].find('\n').map_or(text.len(), |at| content + at + 1);
    while end < text.len() {
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        let line = text[end..line_end].trim();
        if line.is_empty() || begins_block(line) {
            break;
        }
        end = line_end;
    }
    end
}

/// Whether a line, without its indentation, begins something else than a paragraph.
fn begins_block(line: &str) -> bool {
    item_marker(line).is_some_and(|(_, marker, _)| marker.ends_with([' ', '\t']) || marker.len() == line.len())
        || line.starts_with(['#', '>', '|', '<'])
        || line.starts_with("```")
        || line.starts_with("~~~")
        || (!line.is_empty() && line.bytes().all(|b| matches!(b, b'-' | b'=' | b'*' | b'_' | b' ')))
}

/// A period and a colon at the start: the mark and where the title begins.
fn leading_period(text: &str, head: Range<usize>) -> Option<(Mark, usize)> {
    let colon = head.start + text[head.clone()].find(':')?;
    let value = text[head.start..colon].trim();
    let start = colon - text[head.start..colon].trim_start().len();
    Period::read_fixed(value).ok()?;
    let rest = &text[colon + 1..head.end];
    let after = colon + 1 + (rest.len() - rest.trim_start().len());
    (after < head.end && rest.starts_with(char::is_whitespace)).then(|| (Mark { value: value.to_owned(), at: start..start + value.len() }, after))
}

/// Where a title stands.
pub struct Title {
    /// Its text.
    pub at: Range<usize>,
    /// The address behind it.
    pub url: Option<Range<usize>>,
    /// Where the title with its markup and separator ends.
    after: usize,
}

fn find_title(text: &str, head: Range<usize>, kind: &Kind) -> Option<Title> {
    let start = head.start;
    let whole = &text[head.clone()];
    let trimmed_end = start + whole.trim_end().len();
    if let Some(title) = linked(text, head.clone(), kind) {
        return Some(title);
    }
    for wrap in ["***", "**", "__", "*", "_"] {
        let Some(inner) = whole.strip_prefix(wrap) else { continue };
        let Some(length) = inner.find(wrap).filter(|length| *length > 0) else { continue };
        let (from, to) = (start + wrap.len(), start + wrap.len() + length);
        let after = to + wrap.len();
        if let Some(title) = linked(text, from..to, kind).filter(|title| title.after == to) {
            return Some(Title { after: separator(text, after..head.end), ..title });
        }
        let rest = text[after..head.end].trim();
        // `**Term:** text` has its colon inside the markup.
        let inside = text[from..to].trim_end_matches(':').len();
        if rest.is_empty() || (kind.page.inline_body && (inside < length || rest.starts_with([':', '-', '–', '—']))) {
            return Some(Title { at: from..from + inside, url: None, after: separator(text, after..head.end) });
        }
    }
    if kind.page.inline_body
        && let Some(at) = plain_separator(whole)
    {
        let end = start + whole[..at].trim_end().len();
        return (end > start).then(|| Title { at: start..end, url: None, after: separator(text, end..head.end) });
    }
    (trimmed_end > start).then_some(Title { at: start..trimmed_end, url: None, after: head.end })
}

/// A title that is a link to an address, for kinds that have one.
pub fn linked(text: &str, head: Range<usize>, kind: &Kind) -> Option<Title> {
    kind.page.link.as_ref()?;
    let (title, url, length) = leading_link(&text[head.clone()])?;
    let shift = |range: Range<usize>| range.start + head.start..range.end + head.start;
    let (title, url) = (shift(title), shift(url));
    let harmless = crate::model::identifier::url(&unescape(&text[url.clone()])).is_ok();
    (!title.is_empty() && harmless).then(|| Title { at: title, url: Some(url), after: separator(text, head.start + length..head.end) })
}

/// Where the text behind a separator (`:`, ` - `, ` – `, ` — `) begins.
fn separator(text: &str, rest: Range<usize>) -> usize {
    let tail = &text[rest.clone()];
    let blank = |s: &str| s.len() - s.trim_start_matches([' ', '\t']).len();
    let lead = blank(tail);
    let sign = tail[lead..].chars().next().filter(|c| matches!(c, ':' | '-' | '–' | '—')).map_or(0, char::len_utf8);
    let after = lead + sign;
    rest.start + after + blank(&tail[after..])
}

/// The offset of the first separator outside code, brackets and escapes.
fn plain_separator(head: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut code = false;
    let mut skip = false;
    for (at, c) in head.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let rest = &head[at + c.len_utf8()..];
        let spaced = at > 0 && head[..at].ends_with(' ') && rest.starts_with([' ', '\n']);
        match c {
            '\\' => skip = true,
            '`' => code = !code,
            _ if code => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && at > 0 && (rest.is_empty() || rest.starts_with(char::is_whitespace)) => return Some(at),
            '-' | '–' | '—' if depth == 0 && spaced => return Some(at),
            _ => {}
        }
    }
    None
}

/// The body of an item: what follows the title on its line, or the blocks below.
fn body(text: &str, after: usize, head_end: usize, indent: usize) -> Option<Mark> {
    let after = after.min(text.len());
    if text[after..head_end.max(after)].trim().is_empty() {
        return block(text, after, indent);
    }
    let end = text.trim_end().len();
    (end > after).then(|| Mark { value: dedent(&text[after..end], indent, true), at: after..end })
}

/// The whole lines after an offset, without blank lines at both ends.
fn block(text: &str, after: usize, indent: usize) -> Option<Mark> {
    let end = text.trim_end().len();
    let rest = text.get(after..end)?;
    let first = after + (rest.len() - rest.trim_start().len());
    if first >= end {
        return None;
    }
    let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    Some(Mark { value: dedent(&text[start..end], indent, false), at: start..end })
}

/// The lines without their indentation, joined by line feeds.
fn dedent(text: &str, indent: usize, first_is_inline: bool) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .enumerate()
        .map(|(n, line)| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if n == 0 && first_is_inline {
                return line;
            }
            match line.strip_prefix('\t') {
                Some(rest) if indent > 0 => rest,
                _ => &line[(line.len() - line.trim_start_matches(' ').len()).min(indent)..],
            }
        })
        .collect();
    lines.join("\n").trim_end().to_owned()
}

fn indented(body: &str, indent: usize, first_is_inline: bool) -> String {
    let pad = " ".repeat(indent);
    let lines: Vec<String> = body
        .split('\n')
        .enumerate()
        .map(|(n, line)| if line.is_empty() || (n == 0 && first_is_inline) { line.to_owned() } else { format!("{pad}{line}") })
        .collect();
    lines.join("\n")
}

/// What stands below a heading that is an entry and says nothing, where a heading with nothing below would be a topic.
const NOTHING: &str = "<!-- -->";

/// The body of a heading that is an entry, with a backslash in each line that would be a heading, which would end it, an item of a list,
/// which would be the entry, or the beginning of code or HTML that has no end and would go on to that of the page.
fn guarded(body: &str, kind: &Kind) -> String {
    let unseen = if is_unseen(body) { "\\" } else { "" };
    unseen.to_owned()
        + &each_line(body, |indent, rest, before| match sign(indent, rest, before, kind) {
            Some(at) => format!("{}\\{}", &rest[..at], &rest[at..]),
            None => rest.to_owned(),
        })
}

/// The body that [`guarded`] was given.
fn unguarded(text: &str, kind: &Kind) -> String {
    let text = text.strip_prefix('\\').filter(|rest| is_unseen(rest)).unwrap_or(text);
    each_line(text, |indent, rest, before| match sign(indent, rest, before, kind) {
        Some(at) => format!("{}{}", &rest[..at], rest[at..].strip_prefix('\\').unwrap_or(&rest[at..])),
        None => rest.to_owned(),
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
    if is_heading(indent, rest, before) || indent.len() < 4 && Verbatim::begins(rest.trim_start_matches('\\')).is_some() {
        return Some(0);
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let marks: &[char] = if digits == 0 { &['-', '*', '+'] } else { &['.', ')'] };
    let behind = rest[digits..].trim_start_matches('\\').strip_prefix(marks)?;
    let begins = indent.len() < 4 && !kind.page.heading && (behind.is_empty() || behind.starts_with([' ', '\t']));
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
    let underlines = |sign: u8| !before.trim().is_empty() && !bare.is_empty() && bare.bytes().all(|byte| byte == sign);
    indent.len() < 4 && ((1..=6).contains(&signs) || underlines(b'=') || underlines(b'-'))
}

/// The text of an item with what changed put in place; none when something came or went, so that it must be written anew.
pub fn splice(text: &str, item: &Item, shown: &Shown, kind: &Kind, newline: &str) -> Option<String> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if item.title.value != shown.title {
        edits.push((item.title.at.clone(), shown.title.clone()));
    }
    for (mark, now) in [(&item.url, &shown.url), (&item.lead, &shown.lead)] {
        match (mark, now) {
            (Some(mark), Some(now)) if mark.value != *now => edits.push((mark.at.clone(), now.clone())),
            (Some(_), None) => return None,
            (None, Some(_)) if std::ptr::eq(mark, &item.url) => return None,
            _ => {}
        }
    }
    match &item.body {
        Some(mark) if mark.value != shown.body => {
            let inline = mark.at.start > 0 && !text[..mark.at.start].ends_with('\n');
            if shown.body.is_empty() || (inline && begins_block(shown.body.lines().next().unwrap_or(""))) {
                return None;
            }
            let body = if item.level > 0 { guarded(&shown.body, kind) } else { shown.body.clone() };
            edits.push((mark.at.clone(), indented(&body, item.indent, inline).replace('\n', newline)));
        }
        None if !shown.body.is_empty() => return None,
        _ => {}
    }
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut spliced = text.to_owned();
    for (at, now) in edits {
        spliced.replace_range(at, &now);
    }
    Some(spliced)
}

/// Whether the text of an item announces that the paragraph below it is its body.
pub fn hangs(text: &str) -> bool {
    text.trim_end().strip_suffix(':').is_some_and(|before| !before.ends_with('\\'))
}

/// Whether a page reads a text as one item, without or with the paragraph that hangs on it, and takes nothing more into it.
pub fn stands_alone(text: &str, shown: &Shown) -> bool {
    // What follows on a page must not belong to it.
    let mut found = blocks(&format!("{text}\n# -\n"));
    let ends = found.pop().is_some_and(|last| matches!(last.kind, BlockKind::Heading { .. }));
    ends && match found.as_slice() {
        [Block { kind: BlockKind::Item, .. }] => !(shown.body.is_empty() && hangs(text)),
        [Block { kind: BlockKind::Item, range }, Block { kind: BlockKind::Other, .. }] => hangs(&text[range.clone()]),
        _ => false,
    }
}

/// A list item written anew; the title is escaped when it would not read back otherwise.
pub fn write_item(shown: &Shown, kind: &Kind, manner: &Manner) -> String {
    if manner.cells > 0
        && let Some(row) = row::write_row(&row::shown(shown), manner)
    {
        return row;
    }
    let plain = item_text(shown, kind, manner, &shown.title);
    let same = |text: &str| {
        stands_alone(text, shown)
            && read_item(text, kind).is_some_and(|item| {
                let read = Shown::read(&item);
                Shown { lead: if manner.lead { read.lead.clone() } else { shown.lead.clone() }, ..read } == *shown
            })
    };
    if same(&plain.replace(manner.newline, "\n")) { plain } else { item_text(shown, kind, manner, &escape(&shown.title)) }
}

/// A link as Markdown has it.
pub fn linked_title(title: &str, url: &str) -> String {
    if url.matches('(').count() == url.matches(')').count() { format!("[{title}]({url})") } else { format!("[{title}](<{url}>)") }
}

fn item_text(shown: &Shown, kind: &Kind, manner: &Manner, title: &str) -> String {
    let mut text = manner.marker.clone();
    if let Some(lead) = shown.lead.as_ref().filter(|_| manner.lead) {
        text.push_str(lead);
        text.push_str(": ");
    }
    match &shown.url {
        Some(url) => text.push_str(&linked_title(title, url)),
        None => text.push_str(title),
    }
    let indent = manner.marker.strip_suffix("[ ] ").unwrap_or(&manner.marker).len();
    if !shown.body.is_empty() {
        let inline = manner.inline && kind.page.inline_body && !begins_block(shown.body.lines().next().unwrap_or("").trim());
        if inline {
            text.push_str(": ");
        } else {
            text.push_str(if kind.page.inline_body { ":\n\n" } else { "\n\n" });
        }
        text.push_str(&indented(&shown.body, indent, inline));
    }
    text.push('\n');
    text.replace('\n', manner.newline)
}

/// A heading with its text below, written anew; the title is escaped when it would not read back otherwise.
pub fn write_heading(shown: &Shown, kind: &Kind, manner: &Manner) -> String {
    let line = |title: &str| {
        let linked = shown.url.as_ref().map(|url| linked_title(title, url));
        format!("{}{}", manner.marker, linked.as_deref().unwrap_or(title))
    };
    let same = |line: &str| {
        let read = reread_heading(line, manner.level, kind).map(|item| Shown::read(&item));
        read.is_some_and(|read| (&read.title, &read.url) == (&shown.title, &shown.url))
    };
    let plain = line(&shown.title);
    let mut text = if same(&plain) { plain } else { line(&escape(&shown.title)) };
    if !shown.body.is_empty() {
        text.push_str("\n\n");
        text.push_str(&guarded(&shown.body, kind));
    } else if !kind.page.heading {
        text.push_str("\n\n");
        text.push_str(NOTHING);
    }
    text.push('\n');
    text.replace('\n', manner.newline)
}
