//! Whether a note is private: what `private`, `draft` (Hugo, Zola), `publish` (Obsidian Publish) and keys of
//! other programs say in its front matter, or in its table `extra`.
//!
//! They take the words of every flag, such as `yes`, `on` and `1`. What cannot be read hides the note: to
//! publish a note that its author wanted to hide is worse than to hide one.

use serde_json::{Map, Value as Json};

use crate::model::field::flag;

/// The keys, and the value of each that hides a note.
const KEYS: [(&str, bool); 3] = [("private", true), ("draft", true), ("publish", false)];

/// The keys of other programs: Jekyll, Digital Garden, WordPress. They hide a note only where they plainly
/// say so: `published` may be a date.
const OTHERS: [(&str, bool); 5] = [
    ("published", false),
    ("public", false),
    ("dg-publish", false),
    ("unpublished", true),
    ("hidden", true),
];

/// The values of `visibility` and `status` that hide a note.
const HIDDEN: [&str; 4] = ["private", "draft", "hidden", "unpublished"];

/// The key in front matter that says whether a note is private, and its value that hides the note; `private`
/// itself if there is none.
pub(super) fn key_in(values: &Map<String, Json>) -> (&'static str, bool) {
    let [private, draft, publish] = KEYS;
    let mut keys = [publish, draft].into_iter().chain(OTHERS);
    keys.find(|(key, _)| {
        values
            .get(*key)
            .is_some_and(|value| flag_of(value).is_some())
    })
    .unwrap_or(private)
}

/// The most text at the start of a note that is looked through for keys.
const HEAD: usize = 4_000;

/// What a note says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Secrecy {
    /// Whether it is private; `None` if it does not say.
    pub private: Option<bool>,
    /// The key and the value that cannot be read, or is in front matter that cannot be read.
    pub doubt: Option<String>,
}

/// What the values of front matter say.
pub(super) fn of_values(values: &Map<String, Json>) -> Secrecy {
    let mut found = Secrecy::default();
    for (key, hides) in KEYS {
        if let Some(value) = values.get(key) {
            found.take(key, hides, flag_of(value), &value.to_string());
        }
    }
    let says = |(key, hides): &(&str, bool)| values.get(*key).and_then(flag_of) == Some(*hides);
    let is_hidden = ["visibility", "status"].into_iter().any(|key| {
        let value = values.get(key).and_then(Json::as_str);
        value.is_some_and(|value| HIDDEN.contains(&value.trim().to_lowercase().as_str()))
    });
    let extra = values.get("extra").and_then(Json::as_object);
    if OTHERS.iter().any(says)
        || is_hidden
        || extra.is_some_and(|extra| of_values(extra).private == Some(true))
    {
        found.private = Some(true);
    }
    found
}

/// Whether front matter has one of the keys twice.
pub(super) fn is_repeated(front: &str) -> bool {
    let names = || {
        front
            .lines()
            .filter_map(|line| line.split([':', '=']).next())
    };
    let count = |key: &str| {
        names()
            .filter(|name| name.trim().eq_ignore_ascii_case(key))
            .count()
    };
    KEYS.iter().any(|(key, _)| count(key) > 1)
}

/// What the start of a note says whose front matter is not read: it is not closed, is JSON, or is
/// not valid. Any key that does not plainly say that the note is open hides it.
pub(super) fn of_unread(text: &str) -> Secrecy {
    let mut found = Secrecy::default();
    let start = text.trim_start_matches(['\u{feff}', '\r', '\n']);
    if !["---", "+++", "{"]
        .iter()
        .any(|sign| start.starts_with(sign))
    {
        return found;
    }
    let head = &start[..start.floor_char_boundary(HEAD)];
    for part in head.split(['\n', '\r', ',', '{', '}']) {
        let Some((name, value)) = part.split_once([':', '=']) else {
            continue;
        };
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_lowercase();
        let name = bare(name);
        if let Some((key, hides)) = KEYS.iter().find(|(key, _)| *key == name) {
            let said = flag(&bare(value)).ok();
            found.take(key, *hides, said, value.trim());
            if said == Some(*hides) {
                found.doubt = Some(format!("{key}: {}", value.trim()));
            }
        }
    }
    found
}

impl Secrecy {
    /// Takes what one key says, `None` if that cannot be read.
    fn take(&mut self, key: &str, hides: bool, said: Option<bool>, value: &str) {
        if said.is_none() {
            self.doubt = Some(format!("{key}: {value}"));
        }
        if said.is_none_or(|said| said == hides) {
            self.private = Some(true);
        } else if key == "private" {
            self.private = self.private.or(Some(false));
        }
    }
}

/// The flag that a value says: a boolean, one of the words for it, or a list of one.
fn flag_of(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) => flag(text).ok(),
        Json::Number(number) => flag(&number.to_string()).ok(),
        Json::Array(items) if items.len() == 1 => flag_of(&items[0]),
        _ => None,
    }
}
