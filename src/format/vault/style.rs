//! The two styles in which notes are written.

use super::front::Form;

/// The program that notes are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// YAML front matter and wikilinks.
    Obsidian,
    /// TOML front matter and relative links.
    Zola,
}

impl Style {
    /// The format of its front matter.
    pub fn form(self) -> Form {
        match self {
            Style::Obsidian => Form::Yaml,
            Style::Zola => Form::Toml,
        }
    }
}
