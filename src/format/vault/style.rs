//! How notes are written: for Obsidian or for Zola.

use super::front::Form;

/// How links are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// YAML and wikilinks.
    Obsidian,
    /// TOML and relative links.
    Zola,
}

impl Style {
    /// The form of the front matter.
    pub fn form(self) -> Form {
        match self {
            Style::Obsidian => Form::Yaml,
            Style::Zola => Form::Toml,
        }
    }
}
