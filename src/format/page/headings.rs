//! Which kind a heading announces, from the words that the kinds declare.

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
    /// Whether other words may follow.
    open: bool,
    kind: String,
    choice: Option<(String, String)>,
}

/// The phrases of all kinds, ready to be matched.
#[derive(Debug, Clone)]
pub struct Headings {
    phrases: Vec<HeadingPhrase>,
    words: Words,
    /// Headings that the user bound on the command line.
    sections: Vec<(Vec<String>, String)>,
    /// The kind of the whole page, if the user said so.
    pub whole: Option<String>,
}

/// What a heading announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    /// One kind, perhaps with a choice that the entries below have.
    Kind(String, Option<(String, String)>),
    /// Several kinds, to be told apart by the headings below.
    Several,
    /// Nothing that is known.
    Nothing,
}

impl Headings {
    /// The phrases of the kinds, and the bindings `heading=kind` that the user gave.
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
        }
    }

    /// What a heading announces: by the user's own bindings, then as a whole, then by its parts.
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

    /// Whether a heading holds what has no topic.
    pub fn is_catch_all(&self, heading: &str) -> bool {
        self.words.catch_all.contains(&words(heading).join(" "))
    }

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
