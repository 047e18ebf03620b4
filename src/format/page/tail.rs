//! Reads what follows the title of an item on the pages of other people: a period in parentheses, links
//! with labels such as `[[pdf]](address)`, and a citation `Authors. *Venue* 2017.` Start reading at
//! [`read_tail`].
//!
//! | after the title | becomes |
//! |---|---|
//! | `(2016)`, `(Nov 2016)` | the first period of the kind; it is edited in its place |
//! | `[[pdf]](u)`, `[[arXiv](u)]`, `([link](u))`, `[code](u)` | the address, if the title has none: the first link to the work itself, else the first of all |
//! | `Ann Lee, Bo Chen. *NeurIPS* 2017.` | the authors, the first line of the kind (the venue) and the period, if all parts fit |
//! | everything else | the body |
//!
//! The words of the labels, and the parts of addresses by which a paper is recognised, are in
//! `data/page/words.toml`. Nothing is read as a period or a label after a colon or a dash, because what
//! kb writes there is a body.

use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::marks::{address, link_at, near};
use crate::model::layout::{Fact, Mark};
use crate::model::person::typed_once;
use crate::model::{FieldType, Kind, Period, identifier};
use crate::text::fold::fold;

const WORDS: &str = include_str!("../../../data/page/words.toml");

#[derive(Debug, Default, Deserialize)]
struct Words {
    /// Labels of links to the thing itself.
    main_labels: Vec<String>,
    /// Labels of links to what belongs to it.
    labels: Vec<String>,
    /// Words before a link that only points elsewhere.
    pointing: Vec<String>,
    /// Parts of the addresses of papers.
    work_addresses: Vec<String>,
}

/// The words that the reader knows, from data/page/words.toml.
fn words() -> &'static Words {
    static READ: OnceLock<Words> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(WORDS).unwrap_or_default())
}

/// Where a title ends, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct TitleEnd {
    /// The offset after it and its markup.
    pub from: usize,
    /// Whether it is a link.
    pub is_linked: bool,
    /// Whether it has markup around it.
    pub is_marked: bool,
}

/// What follows a title.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The address in a link with a label.
    pub url: Option<Mark>,
    /// Values of other fields.
    pub facts: Vec<Fact>,
    /// Where the body begins.
    pub after: usize,
    /// The link with the address, which is not part of the body.
    pub cut: Option<Range<usize>>,
}

impl Tail {
    /// Nothing but a body.
    pub(super) fn none(after: usize) -> Tail {
        Tail {
            after,
            ..Tail::default()
        }
    }
}

/// Whether an item is a sentence about another place: `For a list of books, go [here](address)`.
pub(super) fn only_points(item: &str) -> bool {
    let before = item.split_once("[here](").map(|(before, _)| before);
    let last = before.and_then(|before| before.trim_end().rsplit(' ').next());
    last.is_some_and(|last| words().pointing.contains(&fold(last)))
}

/// Whether the words of a link only say what is at its address: `pdf`, `code`, `arXiv`.
pub(super) fn is_label(text: &str) -> bool {
    is_one_of(text, &words().main_labels) || is_one_of(text, &words().labels)
}

/// Whether an address is that of a paper: at arXiv, a DOI, a conference or a publisher, or a PDF.
pub fn is_work_address(url: &str) -> bool {
    let url = url.to_lowercase();
    let bare = url.split(['#', '?']).next().unwrap_or(&url);
    bare.ends_with(".pdf")
        || words()
            .work_addresses
            .iter()
            .any(|part| url.contains(part.as_str()))
}

/// Whether a text, without signs around it and a number at its end (`code2`), is one of some labels.
fn is_one_of(text: &str, labels: &[String]) -> bool {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = fold(bare.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '));
    labels.contains(&bare)
}

/// The offset of the first period in parentheses or link with a label after some text; a title
/// without markup ends there.
pub(super) fn begins(text: &str, head: Range<usize>, kind: &Kind) -> Option<usize> {
    kind.page.link.as_ref()?;
    first_bracket(text, head, |found, head| {
        period(text, found..head.end, kind).is_some() || label(text, found..head.end).is_some()
    })
}

/// The offset of the first names of people in parentheses after some text; on a page of somebody else, a
/// title without markup ends there.
pub(super) fn names_begin(text: &str, head: Range<usize>) -> Option<usize> {
    first_bracket(text, head, |found, head| are_names(&text[found..head.end]))
}

/// The offset of the first bracket after some text that `is_end` says ends a title.
fn first_bracket(
    text: &str,
    head: Range<usize>,
    is_end: impl Fn(usize, &Range<usize>) -> bool,
) -> Option<usize> {
    let head = near(text, head);
    let mut at = head.start;
    while let Some(found) = text[at..head.end].find(['[', '(']).map(|found| at + found) {
        at = found + 1;
        let before = text[head.start..found].trim();
        let is_after_text = !before.is_empty() && !before.ends_with('\\');
        if is_after_text && is_end(found, &head) {
            return Some(found);
        }
    }
    None
}

/// Reads what follows a title up to `end`.
pub(super) fn read_tail(text: &str, title: &TitleEnd, end: usize, kind: &Kind) -> Tail {
    let TitleEnd {
        from,
        is_linked,
        is_marked,
    } = *title;
    let mut tail = Tail::none(from);
    if kind.page.link.is_none() || from > end {
        return tail;
    }
    let skip = |at: usize, signs: &[char]| end - text[at..end].trim_start_matches(signs).len();
    let start = skip(from, &[' ', '\t', ',']);
    if let Some((fact, after)) = period(text, start..end, kind) {
        tail.facts.push(fact);
        tail.after = skip(after, &[' ', '\t', ',', '.', ';', ':', '-', '–', '—']);
    }
    // After a link or emphasis, a full stop or a comma only separates.
    if is_marked && tail.facts.is_empty() {
        let rest = text[from..end].trim_start();
        let signed = rest.trim_start_matches(['.', ',', ';']);
        if signed.len() < rest.len() && signed.starts_with(' ') {
            tail.after = end - signed.trim_start().len();
        }
    }
    let found = labels(text, tail.after..end);
    let main = |(link, _): &&(Link, Range<usize>)| {
        is_one_of(&text[link.words.clone()], &words().main_labels)
    };
    if let Some((link, cut)) = found
        .iter()
        .find(main)
        .or(found.first())
        .filter(|_| !is_linked)
    {
        tail.url = Some(address(text, link.address.clone()));
        let lead = text[tail.after..cut.start].trim_matches([' ', '\t', ',', '.', ';', '-', '–']);
        if lead.is_empty() {
            tail.after = skip(cut.end, &[' ', '\t', ',', ':', '-', '–', '—']);
        } else {
            tail.cut = Some(cut.clone());
        }
    }
    let rest = tail.after..tail.cut.as_ref().map_or(end, |cut| cut.start);
    if tail
        .cut
        .as_ref()
        .is_none_or(|cut| text[cut.end..end].trim().is_empty())
        && let Some(facts) = citation(&text[rest], kind)
    {
        let known: Vec<String> = tail.facts.iter().map(|fact| fact.field.clone()).collect();
        tail.facts.extend(
            facts
                .into_iter()
                .filter(|fact| !known.contains(&fact.field)),
        );
        tail.after = end;
        tail.cut = None;
    }
    tail
}

/// A link with a label.
struct Link {
    words: Range<usize>,
    address: Range<usize>,
}

/// The links with labels in a range, each with the brackets around it.
fn labels(text: &str, range: Range<usize>) -> Vec<(Link, Range<usize>)> {
    let range = near(text, range);
    let (mut found, mut at) = (Vec::new(), range.start);
    while let Some(open) = text[at..range.end].find(['[', '(']).map(|open| at + open) {
        match label(text, open..range.end) {
            Some((link, whole)) => {
                at = whole.end;
                found.push((link, whole));
            }
            None => at = open + 1,
        }
    }
    found
}

/// A link with a label at the start of a range: `[[pdf]](address)`, `[[arXiv](address)]`,
/// `([pdf](address))` or `[pdf](address)`.
fn label(text: &str, range: Range<usize>) -> Option<(Link, Range<usize>)> {
    let source = &text[range.clone()];
    let enclosed = source.starts_with("[[") || source.starts_with("([");
    if let Some((words, address, length)) = link_at(text, range.clone()) {
        let is_bracketed = text[words.clone()].starts_with('[');
        let is_web = identifier::url(&text[address.clone()]).is_ok()
            && text[address.clone()].contains("://");
        let is_one = is_bracketed || is_label(&text[words.clone()]);
        return (is_one && is_web)
            .then(|| (Link { words, address }, range.start..range.start + length));
    }
    let (words, address, length) =
        link_at(text, range.start + 1..range.end).filter(|_| enclosed)?;
    let after = range.start + 1 + length;
    let close = if source.starts_with('[') { ']' } else { ')' };
    let is_closed = text[after..range.end].starts_with(close);
    let is_web = text[address.clone()].contains("://");
    let is_one = source.starts_with("[[") || is_label(&text[words.clone()]);
    (is_one && is_web).then(|| {
        (
            Link { words, address },
            range.start..after + usize::from(is_closed),
        )
    })
}

/// A period in parentheses at the start of a range, and the offset after it.
fn period(text: &str, range: Range<usize>, kind: &Kind) -> Option<(Fact, usize)> {
    let field = kind.first(FieldType::Period)?;
    let inner = text[range.clone()].strip_prefix('(')?;
    let length = inner.find(')')?;
    let value = &inner[..length];
    let has_year = value
        .as_bytes()
        .windows(4)
        .any(|four| four.iter().all(u8::is_ascii_digit));
    Period::read_fixed(value).ok().filter(|_| has_year)?;
    let at = range.start + 1..range.start + 1 + length;
    let fact = Fact {
        field: field.name.clone(),
        values: vec![value.to_owned()],
        at: Some(at),
    };
    Some((fact, range.start + length + 2))
}

/// Whether a text begins with names of people in parentheses, and ends there or goes on after a separator.
fn are_names(text: &str) -> bool {
    let Some((inner, rest)) = text.strip_prefix('(').and_then(|text| text.split_once(')')) else {
        return false;
    };
    let rest = rest.trim_start();
    let names = inner.replace(" and ", ", ").replace(" & ", ", ");
    let is_capital = |word: &str| word.starts_with(char::is_uppercase);
    (rest.is_empty() || rest.starts_with(['-', '–', '—', ':']))
        && names
            .split(',')
            .all(|name| is_name(name) && name.split_whitespace().all(is_capital))
}

/// Whether a text has the form of the name of a person: two to five words of letters.
fn is_name(name: &str) -> bool {
    let name = name.replace(',', "");
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_word = |word: &&str| {
        word.chars()
            .all(|c| c.is_alphabetic() || ".-'’".contains(c))
    };
    (2..=5).contains(&words.len())
        && words.iter().all(is_word)
        && words
            .iter()
            .any(|word| word.starts_with(char::is_uppercase))
        && words
            .iter()
            .any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1)
}

/// The authors, the venue and the year of `Authors. *Venue* 2017.`, if all parts fit.
fn citation(text: &str, kind: &Kind) -> Option<Vec<Fact>> {
    let text = text
        .trim()
        .trim_start_matches([',', '-', '–', '—', ':'])
        .trim_start();
    let sign = ['*', '_'].into_iter().find(|sign| text.contains(*sign))?;
    let (authors, rest) = text.split_once(sign)?;
    let (venue, year) = rest.split_once(sign)?;
    let year = year.trim_matches([' ', ',', '.', '(', ')']);
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    let authors = authors.trim().trim_end_matches(',');
    // The full stop of initials belongs to them.
    let last = authors.rsplit([' ', '.']).nth(1).unwrap_or_default();
    let authors = match last.len() > 1 || !authors.ends_with('.') {
        true => authors.trim_end_matches('.'),
        false => authors,
    };
    let authors = authors.replace(" and ", ", ").replace(" & ", ", ");
    let names: Vec<String> = authors
        .split([',', ';'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    // `Doe, J., Roe, K.` has two names.
    let is_initials = |part: &String| {
        let bare = part.replace(['.', ' ', '-'], "");
        (1..=3).contains(&bare.len()) && bare.chars().all(char::is_uppercase)
    };
    let is_inverted =
        names.len().is_multiple_of(2) && names.iter().skip(1).step_by(2).all(is_initials);
    let names: Vec<String> = match is_inverted {
        true => names.chunks(2).map(|pair| pair.join(", ")).collect(),
        false => names,
    };
    if !is_year
        || venue.trim().is_empty()
        || names.is_empty()
        || !names.iter().all(|name| is_name(name))
    {
        return None;
    }
    let fact = |field: &str, values: Vec<String>| Fact {
        field: field.to_owned(),
        values,
        at: None,
    };
    let person = kind.first(FieldType::Person).filter(|field| field.many)?;
    let dated = kind.first(FieldType::Period)?;
    // The first field of type line holds the venue, as in a formatted reference.
    let place = kind.first(FieldType::Line)?;
    Some(vec![
        fact(
            &person.name,
            names.iter().flat_map(|name| typed_once(name)).collect(),
        ),
        fact(&place.name, vec![venue.trim().to_owned()]),
        fact(&dated.name, vec![year.to_owned()]),
    ])
}
