//! Settings and their sources, in order of precedence: environment variable, notebook, the user's
//! `config.toml`, default. The callers apply flags, which come before all of these.

use std::path::PathBuf;

use super::environment::Environment;
use crate::text::nearest::nearest;

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The path of the notebook.
    Notebook,
    /// Who writes.
    Actor,
    /// When to use colour: `auto`, `always` or `never`.
    Color,
    /// The command line of the editor.
    Editor,
    /// The command line of the pager.
    Pager,
    /// The program that opens addresses.
    Opener,
    /// The number of hits that a search shows.
    Limit,
    /// The base URL of the DOI resolver.
    DoiResolver,
    /// The title of the web site.
    SiteTitle,
    /// Who writes the web site.
    SiteAuthor,
    /// The address of the web site.
    SiteBaseUrl,
    /// Where paths from the root of a site lead.
    SiteOrigin,
    /// Whether the site shows how entries changed.
    SiteHistory,
}

impl Key {
    /// Checks a value of the setting.
    ///
    /// # Errors
    /// Why the value is invalid.
    pub(super) fn check(self, value: &str) -> Result<(), String> {
        match self {
            Key::Color if !["auto", "always", "never"].contains(&value) => {
                Err(format!("`{value}` is not `auto`, `always` or `never`"))
            }
            Key::SiteHistory if !["on", "off"].contains(&value) => {
                Err(format!("`{value}` is not `on` or `off`"))
            }
            Key::Limit if !value.parse::<usize>().is_ok_and(|limit| limit > 0) => {
                Err(format!("`{value}` is not a whole number above 0"))
            }
            Key::DoiResolver | Key::SiteBaseUrl | Key::SiteOrigin
                if !value.starts_with("https://") && !value.starts_with("http://") =>
            {
                Err(format!(
                    "`{value}` is not an address that starts with `https://`"
                ))
            }
            Key::Editor | Key::Pager | Key::Opener if shell_words::split(value).is_err() => {
                Err(format!("`{value}` has a quotation mark that is not closed"))
            }
            _ => Ok(()),
        }
    }
}

/// The declaration of a setting.
pub(super) struct SettingDeclaration {
    /// The setting.
    pub key: Key,
    /// The name in `config.toml` and `kb config`.
    pub name: &'static str,
    /// Environment variables that set it; the first one that is set wins.
    pub variables: &'static [&'static str],
    /// Whether the notebook may store it. False for a setting that names a program, a file or a
    /// server.
    pub in_notebook: bool,
    /// The value if no source sets it.
    pub default: Option<&'static str>,
    /// The description that `kb config` prints.
    pub help: &'static str,
}

/// Every setting, declared once.
pub(super) const DECLARED: [SettingDeclaration; 13] = [
    SettingDeclaration {
        key: Key::Notebook,
        name: "notebook",
        variables: &["KB_NOTEBOOK"],
        in_notebook: false,
        default: None,
        help: "the notebook file to use when none is near",
    },
    SettingDeclaration {
        key: Key::Actor,
        name: "actor",
        variables: &["KB_ACTOR"],
        in_notebook: false,
        default: Some("user"),
        help: "who writes: `kb undo` undoes what this one did",
    },
    SettingDeclaration {
        key: Key::Color,
        name: "color",
        variables: &["KB_COLOR"],
        in_notebook: true,
        default: Some("auto"),
        help: "when to use colour: auto, always or never",
    },
    SettingDeclaration {
        key: Key::Editor,
        name: "editor",
        variables: &["KB_EDITOR", "VISUAL", "EDITOR"],
        in_notebook: false,
        default: None,
        help: "the program for `kb edit`",
    },
    SettingDeclaration {
        key: Key::Pager,
        name: "pager",
        variables: &["KB_PAGER", "PAGER"],
        in_notebook: false,
        default: Some("less -FIRX"),
        help: "the program for long output",
    },
    SettingDeclaration {
        key: Key::Opener,
        name: "opener",
        variables: &["KB_OPENER"],
        in_notebook: false,
        default: None,
        help: "the program for `kb open`; else that of the system",
    },
    SettingDeclaration {
        key: Key::Limit,
        name: "limit",
        variables: &["KB_LIMIT"],
        in_notebook: true,
        default: Some("10"),
        help: "how many hits `kb search` shows",
    },
    SettingDeclaration {
        key: Key::DoiResolver,
        name: "doi_resolver",
        variables: &["KB_DOI_RESOLVER"],
        in_notebook: false,
        default: Some("https://doi.org"),
        help: "where `--fetch` and `kb fetch` ask for the data of a DOI",
    },
    SettingDeclaration {
        key: Key::SiteTitle,
        name: "site.title",
        variables: &[],
        in_notebook: true,
        default: None,
        help: "the title of the site that `kb publish` makes",
    },
    SettingDeclaration {
        key: Key::SiteAuthor,
        name: "site.author",
        variables: &[],
        in_notebook: true,
        default: None,
        help: "who writes that site",
    },
    SettingDeclaration {
        key: Key::SiteBaseUrl,
        name: "site.base_url",
        variables: &[],
        in_notebook: true,
        default: None,
        help: "the address of that site, for its feeds and its sitemap",
    },
    SettingDeclaration {
        key: Key::SiteOrigin,
        name: "site.origin",
        variables: &[],
        in_notebook: true,
        default: None,
        help: "where links such as `/projects` lead, for example https://e.org",
    },
    SettingDeclaration {
        key: Key::SiteHistory,
        name: "site.history",
        variables: &[],
        in_notebook: true,
        default: Some("off"),
        help: "whether that site shows how the text of an entry changed",
    },
];

/// The contents of the user's `config.toml`.
#[derive(Debug, Default)]
pub(super) struct Config {
    table: toml::Table,
    /// The path of the file, even if the file does not exist.
    pub path: Option<PathBuf>,
    /// The problems in the file, one message each.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads `config.toml`. A file that cannot be read counts as empty. A syntax error or an
    /// unknown key becomes a warning.
    pub(super) fn read(environment: &Environment) -> Config {
        let Some(path) = environment
            .folders()
            .map(|(_, config)| config.join("config.toml"))
        else {
            return Config::default();
        };
        let mut config = Config {
            path: Some(path.clone()),
            ..Config::default()
        };
        let Ok(text) = std::fs::read_to_string(&path) else {
            return config;
        };
        match text.parse::<toml::Table>() {
            Ok(table) => config.table = table,
            Err(e) => {
                let place = crate::text::place::place(&text, e.span().map_or(0, |span| span.start));
                config.warnings.push(format!(
                    "`{}:{}:{}`: {}",
                    path.display(),
                    place.line,
                    place.column,
                    e.message()
                ));
            }
        }
        for key in config.table.keys().filter(|key| declared(key).is_none()) {
            let names = DECLARED.map(|declared| declared.name);
            let near = nearest(key, &names)
                .first()
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            config
                .warnings
                .push(format!("`{}`: unknown key `{key}`{near}", path.display()));
        }
        config
    }

    /// The value of a setting and the name of its source, if any source sets it. `kept` is the
    /// value that the notebook stores.
    pub(super) fn value(
        &self,
        key: Key,
        environment: &Environment,
        kept: Option<String>,
    ) -> Option<(String, String)> {
        let declared = DECLARED.iter().find(|declared| declared.key == key)?;
        let variable = declared.variables.iter().find_map(|name| {
            environment
                .variable(name)
                .map(|value| (value, format!("variable {name}")))
        });
        let notebook = || {
            kept.filter(|_| declared.in_notebook)
                .map(|value| (value, "notebook".to_owned()))
        };
        let file = || {
            let text = match self.table.get(declared.name)? {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((text, self.path.as_ref()?.display().to_string()))
        };
        variable.or_else(notebook).or_else(file).or_else(|| {
            declared
                .default
                .map(|value| (value.to_owned(), "default".to_owned()))
        })
    }
}

/// The declaration of the setting with this name.
pub(super) fn declared(name: &str) -> Option<&'static SettingDeclaration> {
    DECLARED.iter().find(|declared| declared.name == name)
}
