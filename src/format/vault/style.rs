//! The two styles in which notes are written.

use super::front::Form;
use crate::model::Audience;

/// The program that notes are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// YAML front matter and wikilinks.
    Obsidian,
    /// TOML front matter and relative links.
    Zola,
}

impl Style {
    /// For whom its notes usually are: a web site is made for the public, the notes of an editor are the
    /// owner's.
    pub fn audience(self) -> Audience {
        match self {
            Style::Obsidian => Audience::Owner,
            Style::Zola => Audience::Public,
        }
    }

    /// The format of its front matter.
    pub fn form(self) -> Form {
        match self {
            Style::Obsidian => Form::Yaml,
            Style::Zola => Form::Toml,
        }
    }
}
