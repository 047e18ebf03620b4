//! Matches headings against the phrases that the kinds declare, to find the kind of their entries.

use std::collections::HashSet;

use serde::Deserialize;

use crate::model::Kinds;
use crate::text::fold::words;

const WORDS: &str = include_str!("../../../data/page/words.toml");

#[derive(Debug, Clone, Deserialize)]
struct Words {
    fillers: Vec<String>,
    catch_all: Vec<String>,
}

#[derive(Debug, Clone)]
struct HeadingPhrase {
    words: Vec<String>,
    /// Whether more words may follow the phrase in a heading.
    open: bool,
    kind: String,
    choice: Option<(String, String)>,
}

/// Matches headings against the phrases of all kinds.
#[derive(Debug, Clone)]
pub struct Headings {
    phrases: Vec<HeadingPhrase>,
    words: Words,
    /// Headings that the user assigned to a kind: words and kind.
    sections: Vec<(Vec<String>, String)>,
    /// The kind of the whole page, if the user set one.
    pub whole: Option<String>,
    /// Which items of such a page are prose.
    pub asides: Asides,
}

/// Which items of a page with a kind that the user set are prose.
#[derive(Debug, Clone, Default)]
pub enum Asides {
    /// None.
    #[default]
    None,
    /// Those that lack what most items have: the page is read for the first time.
    Unlike,
    /// Those with these texts, which were prose before.
    Known(HashSet<String>),
}

/// The meaning of a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    /// One kind, and the choice (field and choice) of the entries under the heading, if any.
    Kind(String, Option<(String, String)>),
    /// Several kinds. The subheadings decide.
    Several,
    /// No known kind.
    Nothing,
}

impl Headings {
    /// Collects the phrases of the kinds. `sections` are the headings that the user assigned to a
    /// kind (heading and kind), `whole` is the kind of the whole page.
    pub fn new(kinds: &Kinds, sections: &[(String, String)], whole: Option<&str>) -> Headings {
        let mut phrases = Vec::new();
        let mut add = |text: &str, kind: &str, choice: Option<(String, String)>| {
            let open = text.ends_with('*');
            phrases.push(HeadingPhrase {
                words: words(text),
                open,
                kind: kind.to_owned(),
                choice,
            });
        };
        for kind in kinds.iter() {
            add(&kind.plural.replace('_', " "), &kind.name, None);
            for text in &kind.page.headings {
                add(text, &kind.name, None);
            }
            for (field, choices) in &kind.page.choices {
                for (choice, texts) in choices {
                    for text in texts {
                        add(text, &kind.name, Some((field.clone(), choice.clone())));
                    }
                }
            }
        }
        Headings {
            phrases,
            words: toml::from_str(WORDS).unwrap_or(Words {
                fillers: Vec::new(),
                catch_all: Vec::new(),
            }),
            sections: sections
                .iter()
                .map(|(heading, kind)| (words(heading), kind.clone()))
                .collect(),
            whole: whole.map(str::to_owned),
            asides: Asides::None,
        }
    }

    /// The meaning of a heading. The user's assignments are tried first, then the phrases on the
    /// whole heading, then the phrases on its parts (between `and`, commas and the like).
    pub fn announced(&self, heading: &str) -> Announced {
        let all = words(heading);
        if let Some((_, kind)) = self.sections.iter().find(|(bound, _)| *bound == all) {
            return Announced::Kind(kind.clone(), None);
        }
        if let Some(phrase) = self.longest(&all) {
            return Announced::Kind(phrase.kind.clone(), phrase.choice.clone());
        }
        let parts = heading.replace(" and ", ",").replace(" And ", ",");
        let mut found: Vec<&HeadingPhrase> = Vec::new();
        for part in parts.split(['+', '&', ',', '/', ':', '(', '|']) {
            found.extend(self.longest(&words(part)));
        }
        found.dedup_by(|a, b| a.kind == b.kind && a.choice == b.choice);
        match found.as_slice() {
            [] => Announced::Nothing,
            [first, rest @ ..] if rest.iter().all(|other| other.kind == first.kind) => {
                Announced::Kind(
                    first.kind.clone(),
                    if rest.is_empty() {
                        first.choice.clone()
                    } else {
                        None
                    },
                )
            }
            _ => Announced::Several,
        }
    }

    /// Whether a heading is for entries without a topic, such as `Miscellaneous`.
    pub fn is_catch_all(&self, heading: &str) -> bool {
        self.words.catch_all.contains(&words(heading).join(" "))
    }

    /// The longest phrase that matches, with or without fillers at the start of the words.
    fn longest(&self, all: &[String]) -> Option<&HeadingPhrase> {
        let fillers = all
            .iter()
            .take_while(|word| self.words.fillers.contains(word))
            .count();
        let kept = &all[fillers..];
        self.phrases
            .iter()
            .filter(|phrase| {
                phrase.words == kept
                    || phrase.words == all
                    || (phrase.open
                        && (kept.starts_with(&phrase.words) || all.starts_with(&phrase.words)))
            })
            .max_by_key(|phrase| (phrase.words.len(), phrase.choice.is_some()))
    }
}
