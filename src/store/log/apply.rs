//! Applies logged changes to the notebook, and checks that the old value of each is the current
//! one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::history::Change;
use super::subject::Subject;
use super::writer::Writer;
use crate::model::Entry;
use crate::store::error::StoreError;

/// Applies changes in order. Consecutive changes of one entry are applied as one update.
pub(super) fn apply(writer: &mut Writer<'_>, changes: &[Change]) -> Result<(), StoreError> {
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let length = rest
            .iter()
            .take_while(|change| change.subject == first.subject)
            .count();
        let (group, later) = rest.split_at(length);
        rest = later;
        match &first.subject {
            Subject::Entry(uid) => apply_entry(writer, uid, group)?,
            text => group
                .iter()
                .try_for_each(|change| apply_text(writer, text, change))?,
        }
    }
    Ok(())
}

/// Applies a change of a page, a setting or a kind definition, each of which is one text.
/// [`apply`] never passes an entry; the match arms treat it as a kind to be complete.
fn apply_text(
    writer: &mut Writer<'_>,
    subject: &Subject,
    change: &Change,
) -> Result<(), StoreError> {
    let text = |json: &Option<Json>| json.as_ref().and_then(Json::as_str).map(str::to_owned);
    let (old, new) = (text(&change.old), text(&change.new));
    let (what, name) = match subject {
        Subject::Page(name) => ("page", name),
        Subject::Setting(key) => ("setting", key),
        Subject::Kind(name) | Subject::Entry(name) => ("kind", name),
    };
    let now = match subject {
        Subject::Page(name) => writer.store().page(name)?,
        Subject::Setting(key) => writer.store().setting(key)?,
        Subject::Kind(name) | Subject::Entry(name) => writer.store().definition(name)?,
    };
    if now != old {
        return Err(conflict(
            writer,
            change,
            subject,
            &format!("{what} `{name}` was changed since"),
        )?);
    }
    match subject {
        Subject::Page(name) => writer.put_page(name, new.as_deref()),
        Subject::Setting(key) => writer.put_setting(key, new.as_deref()),
        Subject::Kind(name) | Subject::Entry(name) => writer.put_kind(name, new.as_deref()),
    }
}

/// Applies consecutive changes of one entry.
fn apply_entry(writer: &mut Writer<'_>, uid: &str, changes: &[Change]) -> Result<(), StoreError> {
    let before = writer.store().by_uid(uid)?;
    // `None` while the entry does not exist.
    let mut state: Option<Map<String, Json>> = before.as_ref().map(|stored| stored.entry.logged());
    for change in changes {
        if change.field.is_empty() {
            if state.clone().map(sorted) != change.old.clone().and_then(object).map(sorted) {
                let why = "the entry was changed since";
                return Err(conflict(writer, change, &change.subject, why)?);
            }
            state = change.new.clone().and_then(object);
            continue;
        }
        let Some(state) = &mut state else {
            let why = "the entry was removed since";
            return Err(conflict(writer, change, &change.subject, why)?);
        };
        // Both are `None` if the field has no value: empty fields are not logged.
        if state.get(&change.field) != change.old.as_ref() {
            let why = format!("`{}` of `{uid}` was changed since", change.field);
            return Err(conflict(writer, change, &change.subject, &why)?);
        }
        match &change.new {
            Some(new) => drop(state.insert(change.field.clone(), new.clone())),
            None => drop(state.remove(&change.field)),
        }
    }
    let after = state.map(|map| Entry::from_logged(uid, map, writer.store().kinds()));
    let written = match (&before, &after) {
        (Some(before), Some(after)) => writer.update(before, after).map(drop),
        // `after` has its former uid and slug, so refs and links to it work again.
        (None, Some(after)) => writer.create(after.clone()).map(drop),
        (Some(before), None) => writer.remove(before),
        (None, None) => Ok(()),
    };
    let (Err(error), Some(after), Some(change)) = (&written, &after, changes.first()) else {
        return written;
    };
    let is_misfit = matches!(error, StoreError::Sqlite(error)
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation));
    if !is_misfit {
        return written;
    }
    let (name, kind) = (after.reference(), &after.kind);
    let why = format!("`{name}` would not fit the kind `{kind}` as it is now");
    Err(conflict(
        writer,
        change,
        &Subject::Kind(kind.clone()),
        &why,
    )?)
}

fn object(json: Json) -> Option<Map<String, Json>> {
    match json {
        Json::Object(map) => Some(map),
        _ => None,
    }
}

fn sorted(map: Map<String, Json>) -> BTreeMap<String, Json> {
    map.into_iter().collect()
}

/// The error for a change that `subject`, which changed since, does not allow.
fn conflict(
    writer: &Writer<'_>,
    change: &Change,
    subject: &Subject,
    why: &str,
) -> Result<StoreError, StoreError> {
    Ok(StoreError::Conflict {
        operation: change.operation,
        why: why.to_owned(),
        later: writer
            .store()
            .last_change_after(subject, change.operation)?,
    })
}
