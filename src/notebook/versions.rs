//! How the body of an entry changed, as the log tells it.

use serde_json::{Map, Value as Json};

use super::error::NotebookError;
use super::published::published;
use super::session::Notebook;
use crate::model::{Audience, Entry, Kind};
use crate::store::{Change, Subject};

/// The body that an entry had from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// When it was written (RFC 3339 in UTC).
    pub at: String,
    /// The body, in Markdown.
    pub body: String,
}

impl Notebook {
    /// The bodies that an entry had, oldest first, without empty ones and repetitions. The public sees
    /// those that the entry had while it was public, without links to entries that are not.
    pub fn versions(
        &self,
        entry: &Entry,
        kind: &Kind,
        audience: Audience,
    ) -> Result<Vec<Version>, NotebookError> {
        let changes = self.store.changes(&Subject::Entry(entry.uid.clone()))?;
        let mut versions: Vec<Version> = Vec::new();
        let (mut body, mut private) = (String::new(), false);
        // What one operation changed is seen together: the body of an entry that became private with it
        // was never public.
        for operation in changes.chunk_by(|a, b| a.operation == b.operation) {
            for change in operation {
                apply(change, &mut body, &mut private);
            }
            if body.is_empty() || audience == Audience::Public && private {
                continue;
            }
            let seen = match audience {
                Audience::Owner => body.clone(),
                Audience::Public => {
                    let then = Entry {
                        body: body.clone(),
                        ..entry.clone()
                    };
                    published(&self.store, &then, kind, &[])?.0.body
                }
            };
            if versions.last().is_none_or(|last| last.body != seen) {
                let at = operation[0].at.clone();
                versions.push(Version { at, body: seen });
            }
        }
        Ok(versions)
    }
}

/// Applies a change of an entry to its body and to whether it is private.
fn apply(change: &Change, body: &mut String, private: &mut bool) {
    let none = Map::new();
    let text = |value: Option<&Json>| value.and_then(Json::as_str).unwrap_or_default().to_owned();
    let flag = |value: Option<&Json>| value.and_then(Json::as_bool).unwrap_or(false);
    let new = change.new.as_ref();
    match change.field.as_str() {
        "" => {
            let whole = new.and_then(Json::as_object).unwrap_or(&none);
            *body = text(whole.get("body"));
            *private = flag(whole.get("private"));
        }
        "body" => *body = text(new),
        "private" => *private = flag(new),
        _ => {}
    }
}
