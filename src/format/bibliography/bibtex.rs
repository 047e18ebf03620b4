//! Splits a BibTeX file into raw items: entries, strings, preambles and comments, with the faults
//! between them.
//!
//! The grammar is that of bibtex(1) (<https://www.ctan.org/pkg/bibtex>, btxdoc.pdf, section 2),
//! read so that a broken entry does not swallow the next one. Every value keeps its bytes. Must not
//! know what a field means. Start reading at [`scan`].

use std::borrow::Cow;
use std::ops::Range;

use super::dialect::Flavour;
use super::written::{Fault, WrittenWork};

/// An item of a BibTeX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BibtexItem<'s> {
    /// `@article{key, name = value, …}`
    Entry(RawEntry<'s>),
    /// `@string{name = value}`, with the byte of its `@`.
    String(usize, &'s str, Vec<ValuePart<'s>>),
    /// `@preamble{…}`: TeX code for the document, with the byte of its `@`.
    Preamble(usize, &'s str),
    /// `@comment{…}`: the byte at which its text begins, and the text.
    Comment(usize, &'s str),
}

/// An entry as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawEntry<'s> {
    /// The byte of its `@`.
    pub at: usize,
    /// The byte after its closing bracket.
    pub end: usize,
    /// The entry type as written, such as `article`.
    pub kind: &'s str,
    /// The citation key; may be empty.
    pub key: &'s str,
    /// Its fields in order; a name may occur twice.
    pub fields: Vec<RawField<'s>>,
}

/// A field as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawField<'s> {
    /// The name as written.
    pub name: &'s str,
    /// The parts of the value.
    pub parts: Vec<ValuePart<'s>>,
    /// The bytes of the value, with its brackets.
    pub value: Range<usize>,
}

/// A part of a value; parts are joined by `#`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValuePart<'s> {
    /// The text in braces or quotation marks, without them.
    Text(&'s str),
    /// The name of an `@string`, or a number.
    Name(&'s str),
}

/// Whether a field exists in BibLaTeX and not in BibTeX; the name is in lower case.
pub(super) fn is_of_biblatex(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "date",
        "eprinttype",
        "eventtitle",
        "ids",
        "journaltitle",
        "langid",
    ];
    NAMES.contains(&name)
}

/// Whether a `.bib` file has something besides its entries: comments, `@string`, `@preamble` or faults.
pub fn has_more_than_entries(source: &str) -> bool {
    let (items, faults) = scan(source);
    let mut at = 0;
    for item in &items {
        let BibtexItem::Entry(entry) = item else {
            return true;
        };
        if !source[at..entry.at].trim().is_empty() {
            return true;
        }
        at = entry.end;
    }
    !faults.is_empty() || !source[at..].trim().is_empty()
}

/// The language of a `.bib` file: BibLaTeX if a line of it begins with a field of that.
pub fn flavour(source: &str) -> Flavour {
    let is_one = |line: &str| {
        let line = line.trim_start();
        let end = line
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(line.len());
        line[end..].trim_start().starts_with('=') && is_of_biblatex(&line[..end].to_lowercase())
    };
    match source.split(['\n', ',']).any(is_one) {
        true => Flavour::Biblatex,
        false => Flavour::Bibtex,
    }
}

/// Reads a whole file. Text outside of items is ignored. A broken item becomes a fault, and reading
/// continues at the next line that begins an item.
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

/// The start of the next line that begins an item, or the end of the source.
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

/// The offset of the unnested `close` in `bytes`, which start after the opening bracket. With
/// `escaped`, a character after a backslash does not count.
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

/// The offsets at which items begin inside a comment.
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
    /// Whether a brace after a backslash is an ordinary character. bibtex(1) always counts it as a
    /// brace, so it cannot read a file that relies on this.
    escaped: bool,
    /// The start of the next line that begins an item. No value may run past it, so that a file of
    /// broken entries is read in linear time.
    next: usize,
    /// The number of comments and preambles without a closing bracket so far.
    unclosed: usize,
}

/// After this number of unclosed comments and preambles, the scanner stops searching for closing
/// brackets.
const UNCLOSED: usize = 100;

impl<'s> Scanner<'s> {
    /// Reads the item at the `@` at `begin` as bibtex(1) does; if that fails, reads it again with
    /// escaped braces as ordinary characters. Returns the fault of the first attempt if both fail.
    fn tried(&mut self, begin: usize) -> Result<Option<BibtexItem<'s>>, Fault> {
        let mut read = |escaped| {
            (self.at, self.escaped) = (begin + 1, escaped);
            self.item(begin)
        };
        read(false).or_else(|fault| read(true).map_err(|_| fault))
    }

    /// Reads the item whose `@` precedes the current position; `None` if it is an unclosed comment
    /// or the `@` begins no item.
    fn item(&mut self, begin: usize) -> Result<Option<BibtexItem<'s>>, Fault> {
        self.space();
        let kind = self.word();
        self.space();
        let is_open = matches!(self.peek(), Some('{' | '('));
        if kind.is_empty() && is_open && self.source[..begin].ends_with(['\n', '\r']) {
            return Err(Fault {
                at: begin,
                message: "an entry without a type, such as `@article{`".to_owned(),
            });
        }
        if kind.is_empty() || !is_open {
            return Ok(None);
        }
        let close = if self.peek() == Some('(') { ')' } else { '}' };
        match kind.to_ascii_lowercase().as_str() {
            "comment" => {
                // A comment ends with its closing bracket, as in most programs; bibtex(1) would
                // read the items inside.
                let from = self.at + 1;
                Ok(self
                    .enclosed(begin, kind)
                    .ok()
                    .map(|text| BibtexItem::Comment(from, text)))
            }
            "preamble" => self
                .enclosed(begin, kind)
                .map(|text| Some(BibtexItem::Preamble(begin, text))),
            "string" => {
                self.at += 1;
                self.space();
                let name = self.word();
                self.space();
                self.expect('=')?;
                let (value, _) = self.value(close)?;
                self.space();
                self.expect(close)?;
                Ok(Some(BibtexItem::String(begin, name, value)))
            }
            _ => {
                self.at += 1;
                self.entry(begin, kind, close)
                    .map(|entry| Some(BibtexItem::Entry(entry)))
            }
        }
    }

    /// Reads an entry after its `@`.
    fn entry(&mut self, at: usize, kind: &'s str, close: char) -> Result<RawEntry<'s>, Fault> {
        self.space();
        let key = self
            .while_in(|c| c != ',' && c != close && c != '\n' && c != '\r' && c != '=')
            .trim();
        let mut entry = RawEntry {
            at,
            end: at,
            kind,
            key,
            fields: Vec::new(),
        };
        self.space();
        if self.peek() == Some('=') {
            // `@book{title = …` lacks the key, `@book{key title = …` the comma after it.
            let (before, name) = key
                .rsplit_once(char::is_whitespace)
                .unwrap_or((&key[..0], key));
            entry.key = before.trim();
            if name.is_empty() || !name.chars().all(is_of_a_name) {
                return Err(Fault {
                    at: self.at,
                    message: format!("`{name}` is not a valid field name"),
                });
            }
            self.field(name, close, &mut entry)?;
        }
        loop {
            // Extra and missing commas are accepted, because the fields are still unambiguous.
            self.space();
            while self.peek() == Some(',') {
                self.at += 1;
                self.space();
            }
            match self.peek() {
                // The other kind of bracket closes the entry as well.
                Some('}' | ')') => {
                    self.at += 1;
                    entry.end = self.at;
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
                            message: format!("expected a field name and `=` in `@{kind}`"),
                        });
                    }
                    self.field(name, close, &mut entry)?;
                }
            }
        }
    }

    /// Reads `=` and the value of a field whose name was read.
    fn field(&mut self, name: &'s str, close: char, entry: &mut RawEntry<'s>) -> Result<(), Fault> {
        self.expect('=')?;
        self.space();
        let begin = self.at;
        let (parts, end) = self.value(close)?;
        let value = begin..end.max(begin);
        entry.fields.push(RawField { name, parts, value });
        Ok(())
    }

    /// Reads a value, parts joined by `#`, and the byte at which it ends.
    fn value(&mut self, close: char) -> Result<(Vec<ValuePart<'s>>, usize), Fault> {
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
            let end = self.at;
            self.space();
            if self.peek() != Some('#') {
                return Ok((pieces, end));
            }
            self.at += 1;
        }
    }

    /// The text between the bracket at the current position and its closing bracket, even if items
    /// begin in between.
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

    /// A value in quotation marks; a quotation mark inside braces does not end it.
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

    /// Reads a value up to its closing `sign`, which must come before the next item.
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

    /// The next character, if there is one.
    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    /// Skips a character; fails if the next one is another.
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

    /// Skips white space and comments: outside of values, `%` begins one up to the end of the line.
    fn space(&mut self) {
        loop {
            self.while_in(char::is_whitespace);
            if self.peek() != Some('%') {
                return;
            }
            self.while_in(|c| c != '\n' && c != '\r');
        }
    }

    /// Takes a name: letters, digits and the signs that keys have.
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

/// Whether a character may be part of a field name.
fn is_of_a_name(c: char) -> bool {
    !c.is_whitespace() && !"\"#%'(),={}@".contains(c)
}

/// Delimits a text as a value that reads back as the same text: in braces if its braces are
/// balanced, else in quotation marks. A text that contains both unbalanced braces and a quotation
/// mark loses its braces.
pub(super) fn delimited(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    if next_line_with_item(&text, 0) < text.len() {
        // A line that begins an item would end the value, so line ends become spaces.
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

/// An entry in BibTeX, with its final line end.
pub(super) fn text(written: &WrittenWork) -> String {
    let fields: String = written
        .fields
        .iter()
        .map(|(name, value)| format!("  {name} = {value},\n"))
        .collect();
    format!("@{}{{{},\n{fields}}}\n", written.kind, written.key)
}
