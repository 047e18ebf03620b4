//! A kind: a type of entry with its fields, declared in TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, FieldType};

/// A kind of entry, as declared in TOML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Singular name: `paper`.
    pub name: String,
    /// Plural name: `papers`.
    pub plural: String,
    /// One sentence for help, without a final full stop.
    pub summary: String,
    /// The fields that a list shows, in order.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Default sort order of a list: field names, with `-` before a name for descending.
    #[serde(default)]
    pub order: Vec<String>,
    /// Whether a new entry is private by default.
    #[serde(default)]
    pub private: bool,
    /// Fields that `kb doctor` reports when they are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
    /// The body that `kb add --edit` starts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// How its entries are written on a page.
    #[serde(default)]
    pub page: PageStyle,
    /// Fields in addition to the common ones, in order.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

/// How the entries of a kind are written on a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageStyle {
    /// Whether each entry is a heading with text under it, rather than a list item.
    pub heading: bool,
    /// Whether the body may start on the line of the title, after a colon.
    pub inline_body: bool,
    /// A period field that may be written before the title: `Jan 2024: Reading`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// A period field by which entries are grouped under headings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// A URL field that the title links to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A number field that stores the order of the entries on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Phrases that name the kind in a heading. A phrase must match a whole heading or one part of
    /// it; a final `*` allows more words after the phrase.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<String>,
    /// Phrases that name the kind and a choice of a field in a heading: field, choice, phrases.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// Names of common and computed fields, which a kind must not declare.
pub const CORE: [&str; 22] = [
    "uid",
    "kind",
    "slug",
    "title",
    "body",
    "topics",
    "tags",
    "aliases",
    "private",
    "position",
    "created",
    "updated",
    "year",
    "score",
    "snippet",
    "former",
    "ref",
    "word",
    "matched_fields",
    "snippet_marks",
    "found_by",
    "score_parts",
];

/// Keywords of filters, which must not be field names.
/// `entry` is the first column of the table of each kind.
const RESERVED: [&str; 9] = [
    "has", "is", "added", "changed", "topic", "tag", "alias", "or", "entry",
];

/// Names that a kind must not have because they would clash with a table or a command.
const RESERVED_KINDS: [&str; 16] = [
    "entry",
    "topic",
    "tag",
    "alias",
    "link",
    "kind",
    "page",
    "operation",
    "change",
    "setting",
    "search",
    "entries",
    "all",
    "help",
    "former",
    "view",
];

impl Kind {
    /// Parses and checks the TOML definition of a kind.
    ///
    /// # Errors
    /// One message for each problem. A syntax error starts with its line and column.
    pub fn read(toml: &str) -> Result<Kind, Vec<String>> {
        let kind: Kind = toml::from_str(toml).map_err(|e| {
            let at = e.span().map_or(String::new(), |span| {
                let place = crate::text::place::place(toml, span.start);
                format!("{}:{}: ", place.line, place.column)
            });
            vec![format!("{at}{}", e.message().replace('\n', " "))]
        })?;
        let problems = kind.problems();
        if problems.is_empty() {
            Ok(kind)
        } else {
            Err(problems)
        }
    }

    /// A placeholder for a kind whose definition cannot be read: private, with common fields only.
    pub fn stand_in(name: &str) -> Kind {
        Kind {
            name: name.to_owned(),
            plural: name.to_owned(),
            summary: String::new(),
            columns: vec!["title".to_owned()],
            order: Vec::new(),
            private: true,
            wanted: Vec::new(),
            template: None,
            page: PageStyle::default(),
            fields: Vec::new(),
        }
    }

    /// The definition as TOML.
    ///
    /// # Errors
    /// The definition contains a value that TOML cannot represent.
    pub fn toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// The field with that name, or else with that flag; `_` in a flag may replace `-`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .or_else(|| {
                let name = name.replace('_', "-");
                self.fields.iter().find(|field| field.flag() == name)
            })
    }

    /// The period field whose year is available as `year`.
    pub fn year_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.year)
    }

    /// The name of the period by which a page tells its entries, such as when a goal was learnt; none if it
    /// tells them by something else.
    pub fn told_by(&self) -> Option<&String> {
        self.page.group.as_ref().or(self.page.lead.as_ref())
    }

    /// The first field of a type.
    pub fn first(&self, field_type: FieldType) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.field_type == field_type)
    }

    /// Whether an entry of this kind has a field of this name: a common one, one of the kind, or the
    /// year or the wording of its period.
    pub fn has(&self, name: &str) -> bool {
        let worded = name.strip_suffix("_text").and_then(|name| self.field(name));
        CORE.contains(&name)
            || self.field(name).is_some()
            || worded.is_some_and(|field| field.field_type == FieldType::Period)
    }

    /// The field names of an entry of this kind, common fields first, without `uid` and `kind`.
    pub fn names(&self) -> Vec<&str> {
        let core = [
            "slug", "title", "body", "topics", "tags", "aliases", "private", "position", "created",
            "updated",
        ];
        let year = self.year_field().map(|_| "year");
        core.into_iter()
            .chain(self.fields.iter().map(|field| field.name.as_str()))
            .chain(year)
            .collect()
    }

    /// All problems of the definition, one message each.
    fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (what, name) in [("name", &self.name), ("plural", &self.plural)] {
            if !is_name(name)
                || RESERVED_KINDS.contains(&name.as_str())
                || name.starts_with("sqlite")
            {
                found.push(format!("the {what} `{name}` must be lower-case letters, digits and `_`, start with a letter, and not be a reserved word"));
            }
        }
        if self.name == self.plural {
            found.push("`name` and `plural` must differ".to_owned());
        }
        // The flags that are taken. The loop adds the flag of each field.
        let mut flags: Vec<String> = [
            "title", "body", "topic", "tag", "alias", "private", "public", "position", "slug",
            "year", "help", "json", "quiet", "dry-run", "color", "notebook",
        ]
        .map(str::to_owned)
        .to_vec();
        for field in &self.fields {
            let name = &field.name;
            if !is_name(name) || CORE.contains(&name.as_str()) || RESERVED.contains(&name.as_str())
            {
                found.push(format!(
                    "field `{name}`: the name must be lower-case letters, digits and `_`, start with a letter, and not be a reserved word or a common field"
                ));
            }
            if name.ends_with("_text") || name.ends_with("_from") || name.ends_with("_to") {
                found.push(format!("field `{name}`: names that end in `_text`, `_from` or `_to` are reserved for periods"));
            }
            // `kb add` accepts the name of a field as a flag, too, so no other field may have it as
            // its flag.
            let flag = field.flag();
            if !is_name(&flag.replace('-', "_"))
                || flags.contains(&flag)
                || self
                    .fields
                    .iter()
                    .any(|other| other.name != *name && other.name == flag.replace('-', "_"))
            {
                found.push(format!(
                    "field `{name}`: the flag `--{flag}` is taken or malformed"
                ));
            }
            flags.push(flag);
            self.field_problems(field, &mut found);
        }
        for name in self.columns.iter().chain(&self.order).chain(&self.wanted) {
            let name = name.strip_prefix('-').unwrap_or(name);
            if !self.names().contains(&name) {
                found.push(format!("column `{name}` is not a field of {}", self.name));
            }
        }
        self.page_problems(&mut found);
        found
    }

    fn field_problems(&self, field: &Field, found: &mut Vec<String>) {
        let name = &field.name;
        let mut say = |wrong: bool, text: &str| {
            if wrong {
                found.push(format!("field `{name}`: {text}"));
            }
        };
        say(
            field.help.trim().is_empty() || field.help.ends_with('.'),
            "help must be a sentence without a final full stop",
        );
        say(
            // Wrong if both are true or both are false.
            (field.field_type == FieldType::Choice) == field.choices.is_empty(),
            "type `choice` needs `choices`, other types must not have them",
        );
        say(
            field.year && (field.field_type != FieldType::Period || field.many),
            "`year` needs type `period` without `many`",
        );
        say(
            self.fields.iter().filter(|f| f.year).count() > 1,
            "only one field of a kind can have `year`",
        );
        say(
            field.url && field.field_type != FieldType::Ref,
            "`url` needs type `ref`",
        );
        say(
            field.many
                && matches!(
                    field.field_type,
                    FieldType::Period | FieldType::Flag | FieldType::Text
                ),
            "types `period`, `flag` and `text` cannot have `many`",
        );
        say(
            field.unique && (field.many || field.field_type == FieldType::Text),
            "a field with `many` or of type `text` cannot be `unique`",
        );
        say(
            field
                .choices
                .iter()
                .any(|c| c.trim() != c || c.is_empty() || c.contains(['\n', '"'])),
            "a choice must not be empty, have outer spaces, or contain `\"` or a line break",
        );
        // The value is not used, so any day will do.
        let today = chrono::NaiveDate::default();
        if let Some(default) = &field.default
            && let Err(reason) = field.read_one(default, today)
        {
            found.push(format!("field `{name}`: the default {reason}"));
        }
    }

    fn page_problems(&self, found: &mut Vec<String>) {
        let page = &self.page;
        let typed = [
            (&page.lead, FieldType::Period),
            (&page.group, FieldType::Period),
            (&page.link, FieldType::Url),
            (&page.order, FieldType::Number),
        ];
        for (name, field_type) in typed {
            if let Some(name) = name
                && self
                    .field(name)
                    .is_none_or(|field| field.field_type != field_type || field.many)
            {
                found.push(format!(
                    "page: `{name}` is not a field of type {} with one value",
                    field_type.name()
                ));
            }
        }
        for (name, choices) in &page.choices {
            match self.field(name) {
                Some(field) if field.field_type == FieldType::Choice => {
                    for choice in choices
                        .keys()
                        .filter(|choice| !field.choices.contains(choice))
                    {
                        found.push(format!("page: `{choice}` is not a choice of `{name}`"));
                    }
                }
                _ => found.push(format!("page: `{name}` is not a choice field")),
            }
        }
    }
}

/// Whether a name is 1 to 40 lower-case letters, digits and `_`, and starts with a letter.
fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
