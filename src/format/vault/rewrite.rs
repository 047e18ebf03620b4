//! Changes front matter key by key in its own text and in the style of what is there, so that
//! everything else stays as it was written. Start reading at [`change`].
//!
//! | as written | with another tag |
//! |---|---|
//! | `tags: [a,  'b c'] # why` | `tags: [a, 'b c', new] # why` |
//! | `tags: a, b` | `tags: a, b, new` |
//! | `tags: solo` | `tags: [solo, new]` |
//! | `tags:` and a line for each item | a line more, with the indentation of the others |
//! | no front matter | front matter with this key alone |
//!
//! Values are read by the parsers of YAML and TOML, never by the code here; it only finds where a value
//! begins and ends, and the result is read again before it is used.

use serde_json::Value as Json;

use super::front::{
    Form, in_quotes, is_plain, is_reserved, line, parse, quoted, toml_value, write,
};

/// The most lines of one value in TOML.
const LONGEST: usize = 1000;

/// The lines of a key with its value, or of something else.
struct Block<'a> {
    /// The key, after the name of its table and a dot if it is in one; `None` for fences, comments,
    /// blank lines and table headers.
    key: Option<String>,
    lines: &'a [&'a str],
}

/// Front matter with some keys set, or removed if their value is `null`; `table.key` is a key of a
/// table. All other keys stay as they are written, unless one depends on what was changed, as a YAML
/// alias does on its anchor: then all are written from their values.
pub(super) fn change(form: Form, front: &str, values: &[(String, Json)]) -> String {
    if values.is_empty() {
        return front.to_owned();
    }
    let changed = in_place(form, front, values);
    let read = |text: &str| super::front::read(&super::front::split(text)).ok();
    let (Some(before), after) = (read(front), read(&changed)) else {
        return changed;
    };
    let is_set = |name: &String| values.iter().any(|(set, _)| set == name);
    let stayed = |(name, value): (&String, &Json)| {
        is_set(name)
            || name == "taxonomies"
            || after
                .as_ref()
                .is_some_and(|after| after.get(name) == Some(value))
    };
    if before.iter().all(stayed) {
        return changed;
    }
    let mut whole: Vec<(String, Json)> = before
        .into_iter()
        .filter(|(name, _)| !is_set(name))
        .collect();
    whole.extend(values.iter().cloned());
    write(form, &whole)
}

/// The front matter with the lines of the changed keys replaced and new keys at its end.
fn in_place(form: Form, front: &str, values: &[(String, Json)]) -> String {
    let lines: Vec<&str> = front.split_inclusive('\n').collect();
    let Some((last, lines)) = lines.split_last() else {
        return write(form, values);
    };
    let end = match lines.first() {
        Some(first) if first.ends_with("\r\n") => "\r\n",
        _ => "\n",
    };
    let mut written: Vec<&str> = Vec::new();
    let mut kept = String::new();
    let put = |text: &str, kept: &mut String| match end {
        "\n" => kept.push_str(text),
        end => kept.push_str(&text.replace("\r\n", "\n").replace('\n', end)),
    };
    let new = |written: &[&str]| -> String {
        let new = values
            .iter()
            .filter(|(name, _)| !written.contains(&name.as_str()));
        new.filter_map(|(name, value)| line(form, name, value))
            .collect()
    };
    let mut is_top = true;
    for block in blocks(form, lines) {
        // New keys go before the first table header, so that they do not become part of a table.
        if is_top
            && form == Form::Toml
            && block.lines.iter().any(|line| line.starts_with('['))
            && block.key.is_none()
        {
            put(&new(&in_tables(values, &written)), &mut kept);
            is_top = false;
        }
        // A key in quotation marks can have escapes, so it is also compared in its written form.
        let named = block.key.as_deref().and_then(|key| {
            values
                .iter()
                .find(|(name, _)| name == key || quoted(form, name).trim_matches('"') == key)
        });
        let Some((name, value)) = named else {
            kept.extend(block.lines.iter().copied());
            continue;
        };
        if !written.contains(&name.as_str()) {
            written.push(name);
            let own = name.strip_prefix("taxonomies.").unwrap_or(name);
            let text = in_style(form, block.lines, value).or_else(|| line(form, own, value));
            put(&text.unwrap_or_default(), &mut kept);
        }
    }
    if is_top {
        put(&new(&written), &mut kept);
    }
    kept + last
}

/// The names that need no new line before the tables: those written, and those inside of a table.
fn in_tables<'v>(values: &'v [(String, Json)], written: &[&'v str]) -> Vec<&'v str> {
    let inside = values.iter().map(|(name, _)| name.as_str());
    let inside = inside.filter(|name| name.starts_with("taxonomies."));
    written.iter().copied().chain(inside).collect()
}

/// The lines before the last fence, key by key.
fn blocks<'a>(form: Form, lines: &'a [&'a str]) -> Vec<Block<'a>> {
    let opening = lines
        .iter()
        .position(|line| line.trim_end() == form.fence());
    let mut at = opening.map_or(0, |at| at + 1);
    let mut blocks = vec![Block {
        key: None,
        lines: &lines[..at],
    }];
    let mut table = String::new();
    while at < lines.len() {
        let first = lines[at];
        if form == Form::Toml && first.starts_with('[') {
            first.trim().trim_matches(['[', ']']).clone_into(&mut table);
        }
        let name = key(form, first).filter(|_| !first.starts_with('['));
        let length = match name {
            None => 1,
            Some(_) => length(form, &lines[at..]),
        };
        let key = name.map(|name| match table.as_str() {
            "" => name.to_owned(),
            table => format!("{table}.{name}"),
        });
        blocks.push(Block {
            key,
            lines: &lines[at..at + length],
        });
        at += length;
    }
    blocks
}

/// The number of lines of the value that begins on the first line.
fn length(form: Form, lines: &[&str]) -> usize {
    if form == Form::Toml {
        let mut text = String::new();
        for (number, line) in lines.iter().take(LONGEST).enumerate() {
            text.push_str(line);
            if text.parse::<toml::Table>().is_ok() {
                return number + 1;
            }
        }
        return 1;
    }
    // An indented line, an item of a list, a closing bracket or a comment continues the key above it.
    let goes_on = |line: &&&str| {
        let text = line.trim();
        text.is_empty() || line.starts_with([' ', '\t', '-', '#', ']', '}'])
    };
    let all = 1 + lines[1..].iter().take_while(goes_on).count();
    let is_loose = |line: &&&str| line.trim().is_empty() || line.starts_with('#');
    all - lines[1..all].iter().rev().take_while(is_loose).count()
}

/// The key at the start of a line, without quotation marks.
fn key(form: Form, line: &str) -> Option<&str> {
    let sign = if form == Form::Yaml { ':' } else { '=' };
    let (key, _) = line.split_once(sign)?;
    let bare = key.trim_end();
    let bare = bare
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(bare);
    (!bare.is_empty() && !bare.starts_with([' ', '\t', '-', '#'])).then_some(bare)
}

/// The lines of a key with another value, written as the old value was: on the same line or below,
/// with the same quotation marks and comment. `None` if the new value needs another form.
fn in_style(form: Form, lines: &[&str], value: &Json) -> Option<String> {
    let (head, below) = lines.split_first()?;
    let sign = if form == Form::Yaml { ':' } else { '=' };
    let start = head.find(sign)? + 1;
    let rest = head[start..].trim_end();
    if below.is_empty() {
        let start = start + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let old = parse(form, rest)?;
        let length = bare_length(form, rest, &old);
        let new = restyled(form, &rest[..length], &old, value)?;
        return Some(format!(
            "{}{new}{}",
            &head[..start],
            &head[start + length..]
        ));
    }
    if rest.trim_start().starts_with('[') {
        // A list in brackets over several lines comes onto one.
        let whole = lines.concat();
        let source = whole[start..].trim();
        let new = restyled(form, source, &parse(form, source)?, value)?;
        return Some(format!("{} {new}\n", &head[..start]));
    }
    let Json::Array(new) = value else { return None };
    let is_list = form == Form::Yaml && (rest.trim().is_empty() || rest.trim().starts_with('#'));
    is_list.then(|| items(head, below, new)).flatten()
}

/// The length of a value without the comment after it.
fn bare_length(form: Form, rest: &str, value: &Json) -> usize {
    rest.match_indices('#')
        .map(|(at, _)| rest[..at].trim_end().len())
        .find(|length| *length > 0 && parse(form, &rest[..*length]).as_ref() == Some(value))
        .unwrap_or(rest.len())
}

/// A new value in the style of an old one that is on one line.
fn restyled(form: Form, source: &str, old: &Json, new: &Json) -> Option<String> {
    match (old, new) {
        (Json::Array(old), Json::Array(new)) => flow(form, source, old, new),
        (Json::String(old), Json::Array(new)) => match new.as_slice() {
            [one] => scalar(form, source, one),
            new if old.contains(',') => {
                let texts: Vec<&str> = new.iter().filter_map(Json::as_str).collect();
                let joined = texts.join(", ");
                let is_whole = texts.iter().all(|text| !text.contains([',', ' ']));
                is_whole
                    .then(|| scalar(form, source, &Json::from(joined)))
                    .flatten()
            }
            new => {
                let is_one = |item: &Json| item.as_str() == Some(old);
                let sources = new.iter().map(|item| match is_one(item) {
                    true => Some(source.to_owned()),
                    false => item_like(form, "", item),
                });
                Some(format!(
                    "[{}]",
                    sources.collect::<Option<Vec<_>>>()?.join(", ")
                ))
            }
        },
        (Json::Array(_) | Json::Object(_) | Json::Null, _)
        | (_, Json::Array(_) | Json::Object(_)) => None,
        _ => scalar(form, source, new),
    }
}

/// A list in brackets: items that stay keep their text.
fn flow(form: Form, source: &str, old: &[Json], new: &[Json]) -> Option<String> {
    let inner = source.strip_prefix('[')?.strip_suffix(']')?;
    let sources: Vec<&str> = split(inner);
    if sources.len() != old.len() {
        return None;
    }
    let like = sources.first().copied().unwrap_or_default();
    let items = new.iter().map(|item| {
        let bare = |item: &Json| as_text(item).map(|text| text.trim_start_matches('#').to_owned());
        let known = old.iter().position(|old| bare(old) == bare(item));
        known.map_or_else(
            || item_like(form, like, item),
            |at| Some(sources[at].to_owned()),
        )
    });
    let items: Vec<String> = items.collect::<Option<_>>()?;
    // White space after a comma, also a new line, stays a space.
    let is_tight = inner.contains(',') && !inner.contains(", ") && !inner.contains(",\n");
    let between = if is_tight { "," } else { ", " };
    let lead = &inner[..inner.len() - inner.trim_start().len()];
    let tail = &inner[inner.trim_end().len().max(lead.len())..];
    Some(format!("[{lead}{}{tail}]", items.join(between)))
}

/// The items between commas that are not in quotation marks or brackets.
fn split(inner: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0usize);
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (Some('"'), '\\') => is_escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if inner[start..at].trim().is_empty() => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = inner[start..].trim();
    if !last.is_empty() {
        items.push(last);
    }
    items
}

/// A list with an item on each line: lines of items that stay are kept, new items follow the last.
fn items(head: &str, below: &[&str], new: &[Json]) -> Option<String> {
    let mut olds: Vec<(Option<String>, &str)> = Vec::new();
    let mut start = None;
    for line in below {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            olds.push((None, line));
            continue;
        }
        let item = text
            .strip_prefix('-')
            .filter(|rest| rest.starts_with([' ', '\t']))?;
        let lead = line.len() - item.trim_start().len();
        start.get_or_insert((&line[..lead], item.trim_start().trim_end()));
        olds.push((Some(as_text(&parse(Form::Yaml, item.trim())?)?), line));
    }
    let (lead, like) = start?;
    let new: Vec<String> = new.iter().map(as_text).collect::<Option<_>>()?;
    let stay: Vec<&String> = olds
        .iter()
        .filter_map(|(item, _)| item.as_ref())
        .filter(|item| new.contains(item))
        .collect();
    let begins = new.len() >= stay.len() && new.iter().zip(&stay).all(|(new, old)| new == *old);
    let fresh = |item: &String| {
        Some(format!(
            "{lead}{}\n",
            item_like(Form::Yaml, like, &Json::from(item.as_str()))?
        ))
    };
    let mut text = head.to_owned();
    if !begins {
        for item in &new {
            let old = olds.iter().find(|(old, _)| old.as_ref() == Some(item));
            text.push_str(&old.map_or_else(|| fresh(item), |(_, line)| Some((*line).to_owned()))?);
        }
        return Some(text);
    }
    let last = olds.iter().rposition(|(item, _)| item.is_some());
    let mut rest = new[stay.len()..].iter();
    for (at, (item, line)) in olds.iter().enumerate() {
        if item.as_ref().is_none_or(|item| new.contains(item)) {
            text.push_str(line);
        }
        if Some(at) == last {
            for item in rest.by_ref() {
                text.push_str(&fresh(item)?);
            }
        }
    }
    Some(text)
}

/// An item of a list, in the quotation marks of another one.
fn item_like(form: Form, like: &str, item: &Json) -> Option<String> {
    let text = as_text(item)?;
    if form == Form::Yaml && !like.starts_with(['"', '\'']) {
        let is_bare = is_plain(&text) && !text.contains(',');
        return Some(if is_bare { text } else { in_quotes(item) });
    }
    scalar(form, like, &Json::from(text))
}

/// A single value in the style of another one.
fn scalar(form: Form, like: &str, new: &Json) -> Option<String> {
    let text = as_text(new)?;
    if like.starts_with('\'') && !text.contains(|c: char| c == '\'' || c.is_control()) {
        return Some(format!("'{text}'"));
    }
    let is_bare = !like.starts_with(['"', '\'']);
    let reads_back = parse(form, &text).and_then(|read| as_text(&read)).as_ref() == Some(&text);
    match (form, new) {
        (_, Json::String(_))
            if is_bare && reads_back && !text.contains('\n') && !is_reserved(&text) =>
        {
            Some(text)
        }
        (_, Json::Bool(_) | Json::Number(_)) if is_bare => Some(text),
        (Form::Yaml, _) => Some(in_quotes(&Json::from(text))),
        (Form::Toml, new) => toml_value(new),
    }
}

/// A text, a number or a truth value as text.
fn as_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
