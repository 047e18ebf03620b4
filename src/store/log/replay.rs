//! The state that a set of operations gives, whichever copy of the notebook they came from and in
//! whichever order they arrived.
//!
//! The operations are taken in one order, that of their stamps and ids. Where an operation changes a
//! value that it had not seen, the values are merged. docs/design/007-merge.md has the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value as Json};

use super::record::put;
use super::subject::Subject;
use crate::model::Edit;
use crate::model::edit::Form;
use crate::model::entry::{base_slug, numbered_slug};
use crate::model::kinds::BUILT_IN;
use crate::model::merge::merge;

/// An operation with its changes, as the replay needs it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub uid: String,
    pub replica: String,
    pub sequence: i64,
    /// The highest sequence number of each other replica that it had seen.
    pub seen: HashMap<String, i64>,
    pub changes: Vec<(Subject, String, Edit)>,
}

impl Step {
    /// Whether the notebook had another operation when this one was made.
    fn has_seen(&self, other: &Step) -> bool {
        if other.replica == self.replica {
            return other.sequence < self.sequence;
        }
        // A renumbered replica is called after the position where it began.
        if let Some((parent, until)) = origin(&self.replica)
            && parent == other.replica
        {
            return other.sequence <= until;
        }
        self.seen
            .get(&other.replica)
            .is_some_and(|last| other.sequence <= *last)
    }
}

/// Two operations that changed one value without knowing of each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MergeConflict {
    /// What both changed.
    pub subject: String,
    /// The field; empty if one of them removed the whole entry.
    pub field: String,
    /// The id of the earlier operation. Its value is in the history.
    pub earlier: String,
    /// The id of the later operation, whose value was taken.
    pub later: String,
}

/// The state after a replay.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// All subjects, in the order in which they appeared.
    pub subjects: Vec<Subject>,
    values: HashMap<Subject, Value>,
    /// The entries by kind and slug.
    holders: HashMap<(String, String), Subject>,
    pub conflicts: Vec<MergeConflict>,
}

/// What the replay knows of one subject.
#[derive(Debug, Clone, Default)]
struct Value {
    /// What it is; none if it does not exist.
    now: Option<Json>,
    /// The last operation that changed each field, by its index; the empty field is the whole.
    writers: HashMap<String, usize>,
    /// What it was when it was last removed.
    removed: Option<Json>,
    /// Every value that a field had.
    versions: HashMap<String, Vec<Json>>,
}

impl State {
    /// What a subject is; none if it does not exist.
    pub(super) fn value(&self, subject: &Subject) -> Option<&Json> {
        self.values.get(subject)?.now.as_ref()
    }

    /// What a subject is, or was before it was removed.
    pub(super) fn last_value(&self, subject: &Subject) -> Option<&Json> {
        let value = self.values.get(subject)?;
        value.now.as_ref().or(value.removed.as_ref())
    }

    /// The kinds of the entries.
    pub(super) fn kinds_in_use(&self) -> BTreeSet<&str> {
        let entries = self.subjects.iter().filter_map(|subject| match subject {
            Subject::Entry(_) => entry(self.value(subject)),
            _ => None,
        });
        entries
            .filter_map(|map| map.get("kind")?.as_str())
            .collect()
    }
}

impl State {
    /// A field of an entry as text.
    fn text(&self, subject: &Subject, field: &str) -> Option<&str> {
        self.value(subject)?.get(field)?.as_str()
    }

    /// The kind and the slug of an entry.
    fn name(&self, subject: &Subject) -> Option<(String, String)> {
        let kind = self.text(subject, "kind")?.to_owned();
        Some((kind, self.text(subject, "slug")?.to_owned()))
    }

    /// Gives an entry another slug if one that exists has its slug: from then on it keeps that, also
    /// when the other one is removed, so that the result depends on the log alone and not on when the
    /// copies met. A private entry yields to a public one.
    fn settle_slug(&mut self, subject: &Subject) {
        let Some(name) = self.name(subject) else {
            return;
        };
        let Some(holder) = self
            .holders
            .get(&name)
            .filter(|holder| *holder != subject)
            .cloned()
        else {
            self.holders.insert(name, subject.clone());
            return;
        };
        let is_private = |subject: &Subject| {
            let value = self.value(subject).and_then(|value| value.get("private"));
            value.and_then(Json::as_bool).unwrap_or_default()
        };
        let (stays, yields) = match (is_private(subject), is_private(&holder)) {
            (false, true) => (subject.clone(), holder),
            _ => (holder, subject.clone()),
        };
        self.holders.insert(name.clone(), stays);
        let title = self.text(&yields, "title").unwrap_or_default();
        let base = base_slug(&name.0, title);
        let free = (1..)
            .map(|number| (name.0.clone(), numbered_slug(&base, number)))
            .find(|name| !self.holders.contains_key(name));
        if let Some(free) = free {
            let now = self.values.get_mut(&yields).map(|value| &mut value.now);
            if let Some(Some(Json::Object(map))) = now {
                map.insert("slug".to_owned(), Json::from(free.1.as_str()));
            }
            self.holders.insert(free, yields);
        }
    }
}

/// Replays operations, which are in the order of their stamps and ids.
pub(super) fn replay(steps: &[Step]) -> State {
    let mut state = State::default();
    for at in 0..steps.len() {
        // Within an operation, slugs may change hands: they are settled when it ends.
        let mut touched: Vec<(&Subject, Option<(String, String)>)> = Vec::new();
        for (subject, field, edit) in &steps[at].changes {
            // Any change brings an entry back that was removed meanwhile.
            let may_rename =
                ["", "slug", "private"].contains(&field.as_str()) || state.value(subject).is_none();
            if may_rename && matches!(subject, Subject::Entry(_)) {
                touched.push((subject, state.name(subject)));
            }
            take(&mut state, steps, at, subject, field, edit);
        }
        for (subject, before) in &touched {
            if let Some(before) = before
                .as_ref()
                .filter(|name| state.holders.get(*name) == Some(*subject))
            {
                state.holders.remove(before);
            }
        }
        for (subject, _) in touched {
            state.settle_slug(subject);
        }
    }
    state
}

/// Takes one change of the operation `at` into the state.
fn take(state: &mut State, steps: &[Step], at: usize, subject: &Subject, field: &str, edit: &Edit) {
    if !state.values.contains_key(subject) {
        state.subjects.push(subject.clone());
        state.values.insert(subject.clone(), Value::default());
    }
    let Some(value) = state.values.get(subject) else {
        return;
    };
    let (old, new) = both(value, steps, at, subject, field, edit);
    let Some(value) = state.values.get_mut(subject) else {
        return;
    };
    let writer = value.writers.get(field).or(value.writers.get("")).copied();
    let mut conflict = |field: &str, earlier: Option<usize>| {
        let unseen = earlier.filter(|earlier| !steps[at].has_seen(&steps[*earlier]));
        // Where links refer to changes with the texts that have them.
        let unseen = unseen.filter(|_| !matches!(subject, Subject::Links(_)));
        if let Some(earlier) = unseen {
            state.conflicts.push(MergeConflict {
                subject: subject.to_string(),
                field: field.to_owned(),
                earlier: steps[earlier].uid.clone(),
                later: steps[at].uid.clone(),
            });
        }
    };
    if field.is_empty() {
        let is_entry = matches!(subject, Subject::Entry(_) | Subject::Links(_));
        match (&value.now, &old, &new) {
            // A removal keeps an entry that was changed meanwhile.
            (Some(now), Some(old), None) if is_entry && now != old => {
                let last = value
                    .writers
                    .values()
                    .copied()
                    .filter(|last| !steps[at].has_seen(&steps[*last]))
                    .max();
                if last.is_some() {
                    conflict("", last);
                    return;
                }
                value.removed = value.now.take();
            }
            (Some(now), _, Some(new)) if is_entry && now != new => {
                let merged = merge(old.as_ref(), Some(now), Some(new));
                value.now = merged.value;
            }
            (now, old, new) => {
                if now != old && now != new {
                    conflict("", writer);
                }
                if new.is_none() {
                    value.removed.clone_from(now);
                }
                value.now.clone_from(new);
            }
        }
        value.writers.insert(String::new(), at);
        if let Some(now) = &value.now {
            value
                .versions
                .entry(String::new())
                .or_default()
                .push(now.clone());
        }
        return;
    }
    // A change of an entry that was removed meanwhile brings it back.
    if value.now.is_none() {
        conflict("", value.writers.get("").copied());
        value.now.clone_from(&value.removed);
    }
    let Some(Json::Object(map)) = &mut value.now else {
        return;
    };
    let ours = map.get(field).cloned();
    let merged = if field == "updated" && ours != old {
        // The time of the last change is the later one.
        let latest = [&ours, &new]
            .into_iter()
            .flatten()
            .max_by_key(|time| time.as_str());
        latest.cloned()
    } else {
        let merged = merge(old.as_ref(), ours.as_ref(), new.as_ref());
        if merged.is_conflict {
            conflict(field, writer);
        }
        merged.value
    };
    put(map, field, merged.clone());
    let versions = value.versions.entry(field.to_owned()).or_default();
    versions.extend([ours, new, merged].into_iter().flatten());
    versions.dedup();
    value.writers.insert(field.to_owned(), at);
}

/// The values before and after a change. Pieces are applied to the value that has them: the present
/// one, one that the field had, or the one that the operation had seen.
fn both(
    value: &Value,
    steps: &[Step],
    at: usize,
    subject: &Subject,
    field: &str,
    edit: &Edit,
) -> (Option<Json>, Option<Json>) {
    if edit.form() == Form::Values {
        return edit.values();
    }
    let present = match (field, &value.now) {
        ("", now) => now.clone(),
        (field, Some(Json::Object(map))) => map.get(field).cloned(),
        _ => None,
    };
    let former = value.versions.get(field).into_iter().flatten().rev();
    let in_whole = value
        .versions
        .get("")
        .into_iter()
        .flatten()
        .filter_map(|whole| whole.get(field));
    // The log does not have the definition with which a built-in kind began.
    let original = match subject {
        Subject::Kind(name) if field.is_empty() => {
            let begin = format!("name = \"{name}\"\n");
            BUILT_IN.iter().find(|toml| toml.starts_with(&begin))
        }
        _ => None,
    };
    let original = original.map(|toml| Json::from(*toml));
    for base in present
        .iter()
        .chain(former)
        .chain(in_whole)
        .chain(&original)
    {
        if let Ok(new) = edit.apply(Some(base)) {
            return (Some(base.clone()), new);
        }
    }
    let seen: Vec<Step> = steps[..at]
        .iter()
        .filter(|step| steps[at].has_seen(step))
        .cloned()
        .collect();
    let before = if seen.len() < at {
        replay(&seen)
    } else {
        State::default()
    };
    let base = match (field, before.value(subject)) {
        ("", whole) => whole.cloned(),
        (field, Some(whole)) => whole.get(field).cloned(),
        _ => None,
    };
    match edit.apply(base.as_ref()) {
        Ok(new) => (base, new),
        // A purged value cannot be computed: the present one stays.
        Err(_) => (present.clone(), present),
    }
}

/// The replica and the last position that a renumbered replica shares with it, from its name
/// `REPLICA.SEQUENCE.ID`.
fn origin(replica: &str) -> Option<(&str, i64)> {
    let (rest, _) = replica.rsplit_once('.')?;
    let (parent, until) = rest.rsplit_once('.')?;
    Some((parent, until.parse().ok()?))
}

/// An entry as a map, if it is one.
pub(super) fn entry(value: Option<&Json>) -> Option<&Map<String, Json>> {
    value.and_then(Json::as_object)
}

/// The seen operations of a row of the log.
pub(super) fn seen(text: &str) -> HashMap<String, i64> {
    let map: BTreeMap<String, i64> = serde_json::from_str(text).unwrap_or_default();
    map.into_iter().collect()
}
