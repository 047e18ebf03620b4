//! The raw items of a BibTeX file: entries, strings, preambles and comments, with what is broken between them.
//!
//! The grammar is that of bibtex(1) (<https://www.ctan.org/pkg/bibtex>, btxdoc.pdf, section 2), read so that a broken entry does not
//! take the next one with it. Every value keeps its bytes. Must not know what a field means. Start reading at [`scan`].

use std::borrow::Cow;

use super::written::{Fault, WrittenWork};

/// An item and the byte at which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BibtexItem<'s> {
    /// `@article{key, name = value, …}`
    Entry(RawEntry<'s>),
    /// `@string{name = value}`
    String(&'s str, Vec<ValuePart<'s>>),
    /// `@preamble{…}`: TeX for the document.
    Preamble(&'s str),
    /// `@comment{…}`, and where its text begins.
    Comment(usize, &'s str),
}

/// An entry as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawEntry<'s> {
    /// Where it begins.
    pub at: usize,
    /// `article`, as written.
    pub kind: &'s str,
    /// The citation key; may be empty.
    pub key: &'s str,
    /// Names and values in order; a name may come twice.
    pub fields: Vec<(&'s str, Vec<ValuePart<'s>>)>,
}

/// A part of a value; parts are joined by `#`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValuePart<'s> {
    /// What stands in braces or quotation marks.
    Text(&'s str),
    /// The name of a string, or a number.
    Name(&'s str),
}

/// Reads a whole file. What stands outside of items is no part of it; what is broken is named, and the reading goes on at the next
/// line that begins an item.
pub(super) fn scan(source: &str) -> (Vec<BibtexItem<'_>>, Vec<Fault>) {
    let mut scanner = Scanner {
        source,
        at: 0,
        escaped: false,
        next: 0,
        unclosed: 0,
    };
    let (mut items, mut faults) = (Vec::new(), Vec::new());
    while let Some(found) = source[scanner.at..].find('@') {
        let begin = scanner.at + found;
        match scanner.tried(begin) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => {}
            Err(fault) => {
                faults.push(fault);
                scanner.at = next_line_with_item(source, begin + 1);
            }
        }
    }
    (items, faults)
}

/// The start of the next line that begins an item, or the end.
fn next_line_with_item(source: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(end) = source[at..].find(['\n', '\r']) {
        at += end + 1;
        let line = source[at..].trim_start_matches([' ', '\t']);
        let name = line
            .strip_prefix('@')
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if name.is_some_and(|rest| rest.trim_start().starts_with(['{', '('])) {
            return at;
        }
    }
    source.len()
}

/// Where the bracket closes that is open at the beginning; `escaped` braces do not count if so said.
fn closing(bytes: &[u8], close: u8, escaped: bool) -> Option<usize> {
    let mut depth = 0usize;
    let mut behind = false;
    for (at, byte) in bytes.iter().enumerate() {
        let skipped = escaped && behind;
        behind = *byte == b'\\' && !behind;
        match byte {
            _ if skipped => {}
            _ if *byte == close && depth == 0 => return Some(at),
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Where items begin inside a comment.
pub(super) fn items_in(comment: &str) -> Vec<usize> {
    let begins = |at: &usize| {
        let rest = comment[at + 1..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.len() < comment.len() - at - 1 && rest.trim_start().starts_with(['{', '('])
    };
    comment
        .match_indices('@')
        .map(|(at, _)| at)
        .filter(begins)
        .collect()
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
    /// Whether a brace behind a backslash is a sign and no brace. For bibtex(1) it is one; who writes it as a sign breaks the entry for it.
    escaped: bool,
    /// The start of the next line that begins an item, which no value may pass, so that a file of broken entries is read in one go.
    next: usize,
    /// How many comments and preambles had no end.
    unclosed: usize,
}

/// After so many comments and preambles without an end none is looked for.
const UNCLOSED: usize = 100;

impl<'s> Scanner<'s> {
    /// What begins with an `@`, read as bibtex(1) does, or else with escaped braces as signs.
    fn tried(&mut self, begin: usize) -> Result<Option<BibtexItem<'s>>, Fault> {
        let mut read = |escaped| {
            (self.at, self.escaped) = (begin + 1, escaped);
            self.item(begin)
        };
        read(false).or_else(|fault| read(true).map_err(|_| fault))
    }

    /// What begins with the `@` before here; nothing if that was only a sign in a text.
    fn item(&mut self, begin: usize) -> Result<Option<BibtexItem<'s>>, Fault> {
        self.space();
        let kind = self.word();
        self.space();
        if kind.is_empty() || !matches!(self.peek(), Some('{' | '(')) {
            return Ok(None);
        }
        let close = if self.peek() == Some('(') { ')' } else { '}' };
        match kind.to_ascii_lowercase().as_str() {
            "comment" => {
                // A comment in braces ends with them; bibtex(1) would read items inside, most other programs do not.
                let from = self.at + 1;
                Ok(self
                    .enclosed(begin, kind)
                    .ok()
                    .map(|text| BibtexItem::Comment(from, text)))
            }
            "preamble" => self
                .enclosed(begin, kind)
                .map(|text| Some(BibtexItem::Preamble(text))),
            "string" => {
                self.at += 1;
                self.space();
                let name = self.word();
                self.space();
                self.expect('=')?;
                let value = self.value(close)?;
                self.space();
                self.expect(close)?;
                Ok(Some(BibtexItem::String(name, value)))
            }
            _ => {
                self.at += 1;
                self.entry(begin, kind, close)
                    .map(|entry| Some(BibtexItem::Entry(entry)))
            }
        }
    }

    fn entry(&mut self, at: usize, kind: &'s str, close: char) -> Result<RawEntry<'s>, Fault> {
        self.space();
        let key = self
            .while_in(|c| c != ',' && c != close && c != '\n' && c != '\r' && c != '=')
            .trim();
        let mut entry = RawEntry {
            at,
            kind,
            key,
            fields: Vec::new(),
        };
        self.space();
        if self.peek() == Some('=') {
            // `@book{title = …` has no key, `@book{key title = …` no comma.
            let (before, name) = key.rsplit_once(char::is_whitespace).unwrap_or(("", key));
            entry.key = before.trim();
            if name.is_empty() || !name.chars().all(is_of_a_name) {
                return Err(Fault {
                    at: self.at,
                    message: format!("`{name}` is no name of a field"),
                });
            }
            self.field(name, close, &mut entry)?;
        }
        loop {
            // More commas than needed, or none, leave no doubt about what is meant.
            self.while_in(|c| c.is_whitespace() || c == ',');
            match self.peek() {
                Some(c) if c == close => {
                    self.at += 1;
                    return Ok(entry);
                }
                // The other sort of bracket, or a new item where a name should be: the end was forgotten.
                Some('}' | ')') => {
                    self.at += 1;
                    return Ok(entry);
                }
                None => {
                    return Err(Fault {
                        at,
                        message: format!("`@{kind}` has no end"),
                    });
                }
                Some(_) => {
                    let begin = self.at;
                    let name = self.while_in(is_of_a_name);
                    self.space();
                    if name.is_empty() || self.peek() != Some('=') {
                        return Err(Fault {
                            at: begin,
                            message: format!("`@{kind}` has no field and `=` here"),
                        });
                    }
                    self.field(name, close, &mut entry)?;
                }
            }
        }
    }

    fn field(&mut self, name: &'s str, close: char, entry: &mut RawEntry<'s>) -> Result<(), Fault> {
        self.expect('=')?;
        let value = self.value(close)?;
        entry.fields.push((name, value));
        Ok(())
    }

    /// Parts joined by `#`.
    fn value(&mut self, close: char) -> Result<Vec<ValuePart<'s>>, Fault> {
        let mut pieces = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some('{') => pieces.push(ValuePart::Text(self.braced()?)),
                Some('"') => pieces.push(ValuePart::Text(self.quoted()?)),
                _ => {
                    let name = self
                        .while_in(|c| !c.is_whitespace() && !"\"#,={}".contains(c) && c != close);
                    if !name.is_empty() {
                        pieces.push(ValuePart::Name(name));
                    }
                }
            }
            self.space();
            if self.peek() != Some('#') {
                return Ok(pieces);
            }
            self.at += 1;
        }
    }

    /// What stands between a bracket and the one that closes it, wherever that is.
    fn enclosed(&mut self, begin: usize, what: &str) -> Result<&'s str, Fault> {
        let close = if self.peek() == Some('(') { b')' } else { b'}' };
        self.at += 1;
        let from = self.at;
        let end = if self.unclosed < UNCLOSED {
            closing(&self.source.as_bytes()[from..], close, self.escaped)
        } else {
            None
        };
        let Some(end) = end else {
            self.unclosed += 1;
            return Err(Fault {
                at: begin,
                message: format!("{what} has no end: a `{}` is missing", char::from(close)),
            });
        };
        self.at = from + end + 1;
        Ok(&self.source[from..from + end])
    }

    /// A value in braces.
    fn braced(&mut self) -> Result<&'s str, Fault> {
        self.value_to('}', |bytes, escaped| closing(bytes, b'}', escaped))
    }

    /// A value between quotation marks; one inside braces is no end.
    fn quoted(&mut self) -> Result<&'s str, Fault> {
        self.value_to('"', |bytes, _| {
            let mut depth = 0usize;
            bytes.iter().position(|byte| {
                match byte {
                    b'{' => depth += 1,
                    b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                *byte == b'"' && depth == 0
            })
        })
    }

    /// A value up to a sign, which stands before the next item.
    fn value_to(
        &mut self,
        sign: char,
        end: impl Fn(&[u8], bool) -> Option<usize>,
    ) -> Result<&'s str, Fault> {
        let begin = self.at;
        if self.next <= begin {
            self.next = next_line_with_item(self.source, begin);
        }
        let from = begin + 1;
        let Some(length) = end(&self.source.as_bytes()[from..self.next], self.escaped) else {
            let how = if self.next < self.source.len() {
                "runs on into the next item"
            } else {
                "has no end"
            };
            return Err(Fault {
                at: begin,
                message: format!("a value {how}: a `{sign}` is missing"),
            });
        };
        self.at = from + length + 1;
        Ok(&self.source[from..from + length])
    }

    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    fn expect(&mut self, sign: char) -> Result<(), Fault> {
        match self.peek() {
            Some(found) if found == sign => {
                self.at += sign.len_utf8();
                Ok(())
            }
            Some(found) => Err(Fault {
                at: self.at,
                message: format!("`{sign}` is missing before `{found}`"),
            }),
            None => Err(Fault {
                at: self.at,
                message: format!("`{sign}` is missing at the end"),
            }),
        }
    }

    fn space(&mut self) {
        self.while_in(char::is_whitespace);
    }

    fn word(&mut self) -> &'s str {
        self.while_in(|c| c.is_alphanumeric() || "_-+:.".contains(c))
    }

    fn while_in(&mut self, belongs: impl Fn(char) -> bool) -> &'s str {
        let rest = &self.source[self.at..];
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

/// Whether a sign may be part of the name of a field.
fn is_of_a_name(c: char) -> bool {
    !c.is_whitespace() && !"\"#%'(),={}@".contains(c)
}

/// A text as a value: in braces, or in quotation marks if its braces do not pair, so that it reads back as it is. What neither holds loses
/// its braces.
pub(super) fn delimited(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    if next_line_with_item(&text, 0) < text.len() {
        // A line that begins an item ends what stands before it.
        text = Cow::Owned(text.replace(['\n', '\r'], " "));
    }
    let ends = |close: u8, escaped: bool| {
        closing(
            [text.as_bytes(), &[close]].concat().as_slice(),
            close,
            escaped,
        ) == Some(text.len())
    };
    if ends(b'}', false) || ends(b'}', true) {
        format!("{{{text}}}")
    } else if !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("{{{}}}", text.replace(['{', '}'], ""))
    }
}

/// An entry as text.
pub(super) fn text(written: &WrittenWork) -> String {
    let fields: String = written
        .fields
        .iter()
        .map(|(name, value)| format!("  {name} = {value},\n"))
        .collect();
    format!("@{}{{{},\n{fields}}}\n", written.kind, written.key)
}
