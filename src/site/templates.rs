//! The templates of the site, and those that a theme puts in their places.

use minijinja::{AutoEscape, Environment};

use crate::text::html::escaped;

/// The templates and files that come with kb, by name.
pub const TEMPLATES: [(&str, &str); 9] = [
    ("base.html", include_str!("../../data/site/base.html")),
    ("home.html", include_str!("../../data/site/home.html")),
    ("entry.html", include_str!("../../data/site/entry.html")),
    ("list.html", include_str!("../../data/site/list.html")),
    ("az.html", include_str!("../../data/site/az.html")),
    ("charts.html", include_str!("../../data/site/charts.html")),
    ("gone.html", include_str!("../../data/site/gone.html")),
    ("style.css", include_str!("../../data/site/style.css")),
    ("search.js", include_str!("../../data/site/search.js")),
];

/// Templates and files by name, of which some may be a user's own.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    /// The name and the text of each file that a user's theme has.
    pub own: Vec<(String, String)>,
}

impl Theme {
    /// The text of a template or file.
    pub(super) fn text(&self, name: &str) -> &str {
        let own = self.own.iter().find(|(own, _)| own == name);
        let usual = || TEMPLATES.iter().find(|(usual, _)| *usual == name);
        match own {
            Some((_, text)) => text,
            None => usual().map_or("", |(_, text)| text),
        }
    }

    /// The templates, ready to be rendered: what they show is escaped.
    pub(super) fn environment(&self) -> Result<Environment<'_>, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(|out, _, value| {
            if value.is_undefined() || value.is_none() {
                return Ok(());
            }
            let text = value.to_string();
            let shown = match value.is_safe() {
                true => out.write_str(&text),
                false => out.write_str(&escaped(&text)),
            };
            Ok(shown?)
        });
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        for (name, _) in TEMPLATES.iter().filter(|(name, _)| name.ends_with(".html")) {
            environment.add_template(name, self.text(name))?;
        }
        Ok(environment)
    }
}
