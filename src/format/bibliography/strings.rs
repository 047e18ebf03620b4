//! The `@string` abbreviations of a BibTeX file. What they expand to is bounded: a few hundred bytes
//! of definitions that name each other could otherwise fill the memory.

use std::collections::HashMap;

use super::bibtex::ValuePart;
use super::written::Fault;

/// The most bytes that one abbreviation stands for.
const LONGEST: usize = 64 * 1024;
/// The most bytes that the abbreviations of a file add to its entries.
const BUDGET: usize = 64 * 1024 * 1024;

/// The abbreviations that were defined so far.
#[derive(Debug, Default)]
pub(super) struct Strings {
    /// The text by name, in lower case.
    texts: HashMap<String, String>,
    /// The bytes that expanded abbreviations have added to entries.
    spent: usize,
    /// Whether an abbreviation was left as it is since the last [`Strings::fault`].
    exceeded: bool,
}

impl Strings {
    /// Whether a name is defined.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.texts.contains_key(&name.to_lowercase())
    }

    /// Defines a name; returns a fault, and leaves the name undefined, if its text is too long.
    pub(super) fn define(
        &mut self,
        at: usize,
        name: &str,
        parts: &[ValuePart<'_>],
    ) -> Option<Fault> {
        let length: usize = parts.iter().map(|part| self.part(part).len()).sum();
        if length > LONGEST {
            return Some(Fault {
                at,
                message: format!("`{name}` stands for {length} bytes; at most 64 KB fit"),
            });
        }
        let text = parts.iter().map(|part| self.part(part)).collect();
        self.texts.insert(name.to_lowercase(), text);
        None
    }

    /// The text of a value: its parts joined, with names expanded. When the budget is spent, names
    /// stay as they are.
    pub(super) fn spelt_out(&mut self, parts: &[ValuePart<'_>]) -> String {
        let mut text = String::new();
        for part in parts {
            let expanded = self.part(part);
            if let ValuePart::Name(name) = part {
                if self.spent + expanded.len() > BUDGET {
                    text.push_str(name);
                    self.exceeded = true;
                    continue;
                }
                text.push_str(expanded);
                self.spent += expanded.len();
            } else {
                text.push_str(expanded);
            }
        }
        text
    }

    /// The fault of the entry at `at` if the budget did not suffice for it.
    pub(super) fn fault(&mut self, at: usize) -> Option<Fault> {
        std::mem::take(&mut self.exceeded).then(|| Fault {
            at,
            message: "the abbreviations of this file stand for more than 64 MB; here they are left as they are".to_owned(),
        })
    }

    /// The text of one part.
    fn part<'t>(&'t self, part: &ValuePart<'t>) -> &'t str {
        match part {
            ValuePart::Text(text) => text,
            ValuePart::Name(name) => self
                .texts
                .get(&name.to_lowercase())
                .map_or(*name, String::as_str),
        }
    }
}
