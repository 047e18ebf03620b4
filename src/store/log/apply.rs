//! Applies logged changes to the notebook, and checks that the old value of each is the current
//! one.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use super::definitions::PLACE;
use super::history::LoggedChange;
use super::record::put;
use super::subject::Subject;
use super::writer::Writer;
use crate::model::{Edit, Entry, Query};
use crate::store::error::StoreError;
use crate::store::query::Selection;
use crate::store::rows::Stored;

/// Applies the changes of one operation.
///
/// If definitions of kinds change, the values of entries are out of the tables of the kinds
/// meanwhile.
pub(super) fn apply(writer: &mut Writer<'_>, changes: &[LoggedChange]) -> Result<(), StoreError> {
    apply_values(writer, changes)?;
    changes.iter().try_for_each(|change| match &change.subject {
        Subject::Links(uid) => writer.apply_targets(uid, &change.edit),
        _ => Ok(()),
    })
}

/// Applies the changes of everything but the targets of links, which follow from it.
fn apply_values(writer: &mut Writer<'_>, changes: &[LoggedChange]) -> Result<(), StoreError> {
    let (entries, texts): (Vec<_>, Vec<_>) = changes
        .iter()
        .filter(|change| !matches!(change.subject, Subject::Links(_)))
        .partition(|change| matches!(change.subject, Subject::Entry(_)));
    let groups = by_subject(entries);
    let has_kinds = texts
        .iter()
        .any(|change| matches!(change.subject, Subject::Kind(_)));
    if !has_kinds {
        // What goes makes room: its slug may be that of an entry that comes back.
        let goes = |group: &Vec<&LoggedChange>| {
            let last = group[group.len() - 1];
            last.field.is_empty() && last.edit.values().1.is_none()
        };
        let (gone, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(goes);
        let total = gone.len() + others.len();
        for (done, group) in gone.into_iter().chain(others).enumerate() {
            writer.store().effects.progress(done, total);
            let change = group[group.len() - 1];
            let outcome = Plan::of(writer, group)?.carry_out(writer);
            or_name_holder(outcome, writer, change)?;
        }
        writer.store().effects.progress(total, total);
        return texts
            .iter()
            .try_for_each(|change| apply_text(writer, change));
    }
    let others = unchanged(writer, &groups, &texts)?;
    refuse_to_orphan(writer, &others, &texts)?;
    let mut plans = groups
        .into_iter()
        .map(|group| Plan::of(writer, group))
        .collect::<Result<Vec<_>, _>>()?;
    for plan in &mut plans {
        plan.clear(writer)?;
    }
    for stored in &others {
        writer.take_out(stored)?;
    }
    texts
        .iter()
        .try_for_each(|change| apply_text(writer, change))?;
    for before in &others {
        let logged = before.entry.logged();
        let after = Entry::from_logged(&before.entry.uid, logged, writer.store().kinds());
        if after != before.entry {
            writer.differs()?;
        }
        let subject = Subject::Entry(after.uid.clone());
        let written = writer.put_back(before, &after);
        fitting(writer, written, &after, texts[0], &subject)?;
    }
    plans
        .into_iter()
        .try_for_each(|plan| plan.carry_out(writer))
}

/// The entries of the kinds whose definitions change that do not change themselves.
fn unchanged(
    writer: &Writer<'_>,
    groups: &[Vec<&LoggedChange>],
    texts: &[&LoggedChange],
) -> Result<Vec<Stored>, StoreError> {
    let changing: HashSet<&str> = groups.iter().map(|group| group[0].subject.name()).collect();
    let mut found = Vec::new();
    for change in texts {
        if let Subject::Kind(name) = &change.subject {
            let of_kind = Selection::of(Query::Kind(vec![name.clone()]));
            found.extend(writer.store().select(&of_kind)?);
        }
    }
    found.retain(|stored| !changing.contains(stored.entry.uid.as_str()));
    Ok(found)
}

/// Checks that no kind goes that has entries which stay.
fn refuse_to_orphan(
    writer: &Writer<'_>,
    others: &[Stored],
    texts: &[&LoggedChange],
) -> Result<(), StoreError> {
    for change in texts {
        let goes = change.field != PLACE && change.edit.values().1.is_none();
        let Subject::Kind(name) = &change.subject else {
            continue;
        };
        let stays = others.iter().find(|stored| stored.entry.kind == *name);
        if let Some(stored) = stays.filter(|_| goes) {
            let why = format!(
                "the kind `{name}` has entries, such as `{}`",
                stored.entry.reference()
            );
            let subject = Subject::Entry(stored.entry.uid.clone());
            return Err(conflict(writer, change, &subject, &why)?);
        }
    }
    Ok(())
}

/// The changes of each subject, the subjects in the order of their first changes.
fn by_subject(changes: Vec<&LoggedChange>) -> Vec<Vec<&LoggedChange>> {
    let mut groups: Vec<Vec<&LoggedChange>> = Vec::new();
    let mut known: HashMap<&Subject, usize> = HashMap::new();
    for change in changes {
        let at = *known.entry(&change.subject).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

/// Applies a change of a page, a setting or a kind definition, each of which is one text.
fn apply_text(writer: &mut Writer<'_>, change: &LoggedChange) -> Result<(), StoreError> {
    let subject = &change.subject;
    let what = match subject {
        Subject::Page(_) => "page",
        Subject::Setting(_) => "setting",
        Subject::Kind(_) | Subject::Entry(_) => "kind",
        // The content of a file stays when the operation that added it is undone.
        Subject::Attachment(_) | Subject::Links(_) => return Ok(()),
    };
    if change.field == PLACE {
        // A kind loses its place when it is removed.
        return match change.edit.values().1.and_then(|place| place.as_i64()) {
            Some(place) => {
                writer.follow(subject);
                writer.put_place(subject.name(), place)
            }
            None => Ok(()),
        };
    }
    let now = writer.store().state(subject)?;
    let Ok(new) = change.edit.apply(now.as_ref()) else {
        let why = format!("{what} `{}` was changed since", subject.name());
        return Err(conflict(writer, change, subject, &why)?);
    };
    let new = new.as_ref().and_then(Json::as_str);
    writer.follow(subject);
    match subject {
        Subject::Page(name) => writer.put_page(name, new),
        Subject::Setting(key) => writer.put_setting(key, new),
        Subject::Kind(name)
        | Subject::Entry(name)
        | Subject::Attachment(name)
        | Subject::Links(name) => writer.put_kind(name, new),
    }
}

/// What becomes of one entry.
struct Plan<'c> {
    first: &'c LoggedChange,
    uid: &'c str,
    before: Option<Stored>,
    /// Whether its values are out of the table of its kind.
    is_out: bool,
    /// Whether the changes apply to exactly what the entry is now.
    is_exact: bool,
    /// The entry afterwards; `None` if it does not exist then.
    state: Option<Map<String, Json>>,
}

impl<'c> Plan<'c> {
    /// Checks that the changes of an entry apply to what it is now.
    fn of(writer: &Writer<'_>, changes: Vec<&'c LoggedChange>) -> Result<Plan<'c>, StoreError> {
        let (first, uid) = (changes[0], changes[0].subject.name());
        let before = writer.store().by_uid(uid)?;
        let mut is_exact = true;
        let mut state: Option<Json> = before
            .as_ref()
            .map(|stored| Json::Object(stored.entry.logged()));
        for change in changes {
            let field = change.field.as_str();
            let applied = match &mut state {
                whole if field.is_empty() => {
                    let exact = change.edit.apply(whole.as_ref());
                    is_exact &= exact.is_ok();
                    // The kind may have lost fields since: what the entry had is left over now.
                    exact
                        .or_else(|_| fitted(uid, &change.edit, writer).apply(whole.as_ref()))
                        .map(|new| state = new)
                }
                Some(Json::Object(map)) => change
                    .edit
                    .apply(map.get(field))
                    .map(|new| put(map, field, new)),
                _ => {
                    let why = "the entry was removed since";
                    return Err(conflict(writer, change, &change.subject, why)?);
                }
            };
            // The time of the last change is that of the later one.
            let is_conflict = applied.is_err() && field != "updated";
            is_exact &= applied.is_ok();
            if is_conflict {
                let why = if field.is_empty() {
                    "the entry was changed since".to_owned()
                } else {
                    let name = before.as_ref().map(|stored| stored.entry.reference());
                    format!(
                        "`{field}` of `{}` was changed since",
                        name.as_deref().unwrap_or(uid)
                    )
                };
                return Err(conflict(writer, change, &change.subject, &why)?);
            }
        }
        let state = match state {
            Some(Json::Object(map)) => Some(map),
            _ => None,
        };
        Ok(Plan {
            first,
            uid,
            before,
            is_out: false,
            is_exact,
            state,
        })
    }

    /// Removes an entry that does not exist afterwards, and takes the values of one that does out of
    /// the table of its kind.
    fn clear(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        writer.follow(&self.first.subject);
        match &self.before {
            Some(before) if self.state.is_some() => {
                self.is_out = true;
                writer.take_out(before)
            }
            _ => match self.before.take() {
                Some(before) => writer.remove(&before),
                None => Ok(()),
            },
        }
    }

    /// Makes the entry what it is afterwards.
    fn carry_out(self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        writer.follow(&self.first.subject);
        let before = self.before;
        let after = self.state.map(|state| {
            let after = Entry::from_logged(self.uid, state.clone(), writer.store().kinds());
            (after.logged() == state, after)
        });
        if !self.is_exact || after.as_ref().is_some_and(|(is_exact, _)| !is_exact) {
            writer.differs()?;
        }
        let after = after.map(|(_, after)| after);
        if let Some(after) = &after
            && writer.store().kinds().name(&after.kind).is_none()
        {
            let why = format!("the kind `{}` was removed since", after.kind);
            let subject = Subject::Kind(after.kind.clone());
            return Err(conflict(writer, self.first, &subject, &why)?);
        }
        let written = match (&before, &after) {
            (Some(before), Some(after)) if self.is_out => writer.put_back(before, after),
            (Some(before), Some(after)) => writer.update(before, after).map(drop),
            // `after` has its former uid and slug, so refs and links to it work again.
            (None, Some(after)) => writer.create(after.clone()).map(drop),
            (Some(before), None) => writer.remove(before),
            (None, None) => Ok(()),
        };
        match &after {
            Some(after) => {
                let kind = Subject::Kind(after.kind.clone());
                fitting(writer, written, after, self.first, &kind)
            }
            None => written,
        }
    }
}

/// An edit of a whole entry that starts from the entry as it would be with the kinds of now.
fn fitted(uid: &str, edit: &Edit, writer: &Writer<'_>) -> Edit {
    match edit.clone() {
        Edit::Whole {
            old: Some(Json::Object(old)),
            new,
        } => {
            let entry = Entry::from_logged(uid, old, writer.store().kinds());
            Edit::Whole {
                old: Some(Json::Object(entry.logged())),
                new,
            }
        }
        other => other,
    }
}

/// Turns the error for an entry that does not fit its kind into a conflict with `subject`, which
/// changed since.
fn fitting(
    writer: &Writer<'_>,
    written: Result<(), StoreError>,
    entry: &Entry,
    change: &LoggedChange,
    subject: &Subject,
) -> Result<(), StoreError> {
    let is_misfit = matches!(&written, Err(StoreError::Sqlite(error))
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation));
    if !is_misfit {
        return written;
    }
    let (name, kind) = (entry.reference(), &entry.kind);
    let when = match subject {
        Subject::Kind(_) => "as it is now",
        _ => "as it was",
    };
    let why = format!("`{name}` would not fit the kind `{kind}` {when}");
    Err(conflict(writer, change, subject, &why)?)
}

/// What became of a change; if another entry has its slug or its unique value by now, the operation that gave
/// it to that one is named.
fn or_name_holder(
    outcome: Result<(), StoreError>,
    writer: &Writer<'_>,
    change: &LoggedChange,
) -> Result<(), StoreError> {
    if let Err(error @ StoreError::NotUnique { kind, field, value }) = &outcome
        && let Some(holder) = writer.store().holder_of(kind, field, value)?
    {
        let subject = Subject::Entry(holder);
        return Err(conflict(writer, change, &subject, &error.to_string())?);
    }
    outcome
}

/// The error for a change that `subject`, which changed since, does not allow.
fn conflict(
    writer: &Writer<'_>,
    change: &LoggedChange,
    subject: &Subject,
    why: &str,
) -> Result<StoreError, StoreError> {
    let why = match change.edit {
        Edit::Purged => "what it changed was purged",
        _ => why,
    };
    Ok(StoreError::Conflict {
        operation: change.operation,
        why: why.to_owned(),
        later: writer
            .store()
            .last_change_after(subject, change.operation)?,
    })
}
