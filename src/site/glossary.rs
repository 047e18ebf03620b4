//! Finds the defined terms of a site in its texts, and shows their definitions where they occur.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::address;
use super::content::{SchemaType, SiteContent, SiteEntry};
use super::excerpts::summary;
use crate::text::fold::fold;
use crate::text::html::escaped;
use crate::text::web::Marks;

/// The most letters of a name that is only found as it is written: a short one, such as `AI`, is often
/// another word in small letters.
const SHORT: usize = 3;

/// A name of a term.
struct Name<'c> {
    /// The name as it must be written; `None` if its case does not matter.
    exact: Option<&'c str>,
    term: &'c SiteEntry,
    definition: String,
}

/// The names of all terms with a definition.
pub(super) struct Glossary<'c> {
    /// By its folded words with a space between them.
    names: HashMap<String, Name<'c>>,
    /// By first word: how many words names have that begin with it, the most first.
    lengths: HashMap<String, BTreeSet<Reverse<usize>>>,
}

/// The runs of letters and digits of a text, folded.
fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let end = at + c.len_utf8();
        match found.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => found.push(at..end),
        }
    }
    let folded = found.into_iter().map(|range| {
        let word = &text[range.clone()];
        let folded = match word.is_ascii() {
            true => word.to_ascii_lowercase(),
            false => fold(word),
        };
        (range, folded)
    });
    folded.collect()
}

impl<'c> Glossary<'c> {
    /// The names of the terms that the lists of a site show. Of two terms with one name, the first has it.
    pub(super) fn new(content: &'c SiteContent) -> Glossary<'c> {
        let mut glossary = Glossary {
            names: HashMap::new(),
            lengths: HashMap::new(),
        };
        for term in content.listed() {
            let definition = summary(&term.body);
            if term.schema != SchemaType::DefinedTerm || definition.is_empty() {
                continue;
            }
            let title = term.title.as_str();
            // `Variational auto-encoder (VAE)` has three names.
            let parts = title
                .strip_suffix(')')
                .and_then(|title| title.split_once(" ("))
                .into_iter();
            let parts = parts.flat_map(|(long, short)| [long, short]);
            let aliases = term.aliases.iter().map(String::as_str);
            for name in std::iter::once(title).chain(parts).chain(aliases) {
                let words: Vec<String> = words(name).into_iter().map(|(_, word)| word).collect();
                let Some(first) = words.first() else {
                    continue;
                };
                let lengths = glossary.lengths.entry(first.clone()).or_default();
                lengths.insert(Reverse(words.len()));
                let is_short = name.chars().count() <= SHORT;
                glossary.names.entry(words.join(" ")).or_insert(Name {
                    exact: is_short.then_some(name),
                    term,
                    definition: definition.clone(),
                });
            }
        }
        glossary
    }

    /// The terms to mark on a page: those of `own` stay as they are.
    pub(super) fn of_page<'g>(&'g self, root: &'g str, own: Option<&'g str>) -> PageTerms<'g> {
        PageTerms {
            glossary: self,
            root,
            own,
            marked: RefCell::default(),
        }
    }

    /// The longest name, or its plural, that begins at the first of the words of a text, and how many words it
    /// has.
    fn at(&self, text: &str, words: &[(Range<usize>, String)]) -> Option<(&Name<'c>, usize)> {
        let (start, first) = words.first()?;
        let lengths = self.lengths.get(first).into_iter().flatten();
        let lengths = lengths.map(|Reverse(length)| *length);
        // A plural of one word may begin with none of the names.
        lengths.chain([1]).find_map(|length| {
            let own = words.get(..length)?;
            let mut gaps = own
                .windows(2)
                .map(|two| text[two[0].0.end..two[1].0.start].trim());
            if !gaps.all(|gap| gap.is_empty() || gap == "-") {
                return None;
            }
            let own: Vec<&str> = own.iter().map(|(_, word)| word.as_str()).collect();
            let whole = own.join(" ");
            let stems = [
                Some(whole.as_str()),
                whole.strip_suffix('s'),
                whole.strip_suffix("es"),
            ];
            let name = stems
                .into_iter()
                .flatten()
                .find_map(|stem| self.names.get(stem))?;
            let written = &text[start.start..words[length - 1].0.end];
            let is_exact = name.exact.is_none_or(|exact| written == exact);
            is_exact.then_some((name, length))
        })
    }
}

/// The terms of a page: each is marked once in a section.
pub(super) struct PageTerms<'g> {
    glossary: &'g Glossary<'g>,
    /// The way from the page to the start of the site.
    root: &'g str,
    /// The uid of the entry whose page it is.
    own: Option<&'g str>,
    /// The uids that were marked in this section, and the number of marks on the page.
    marked: RefCell<(BTreeSet<&'g str>, usize)>,
}

impl Marks for PageTerms<'_> {
    fn section(&self) {
        self.marked.borrow_mut().0.clear();
    }

    fn html(&self, text: &str) -> Option<String> {
        let words = words(text);
        let (mut html, mut done, mut at) = (String::new(), 0, 0);
        while at < words.len() {
            let Some((name, length)) = self.glossary.at(text, &words[at..]) else {
                at += 1;
                continue;
            };
            let range = words[at].0.start..words[at + length - 1].0.end;
            at += length;
            let mut marked = self.marked.borrow_mut();
            let uid = name.term.uid.as_str();
            if self.own == Some(uid) || !marked.0.insert(uid) {
                continue;
            }
            marked.1 += 1;
            let page = address::of_entry(&name.term.kind, &name.term.slug);
            html.push_str(&escaped(&text[done..range.start]));
            html.push_str(&format!(
                "<button type=\"button\" class=\"term\" popovertarget=\"term-{0}\">{1}</button><span popover id=\"term-{0}\"><a href=\"{2}{3}\">{4}</a> {5}</span>",
                marked.1,
                escaped(&text[range.clone()]),
                self.root,
                page,
                escaped(&name.term.title),
                escaped(&name.definition),
            ));
            done = range.end;
        }
        (done > 0).then(|| html + &escaped(&text[done..]))
    }
}
