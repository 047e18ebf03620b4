//! Adds, changes, removes and links entries.

use std::ops::ControlFlow;

use super::error::NotebookError;
use super::published::published;
use super::resolve::find_in;
use super::session::Notebook;
use crate::format::bibliography;
use crate::model::entry::base_slug;
use crate::model::person;
use crate::model::query::Op;
use crate::model::query_text::QueryMode;
use crate::model::reference::Reference;
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Query, Unknown, Value};
use crate::model::{Problem, Reason};
use crate::store::{Reads, Selection, Store, Stored, Writer};
use crate::text::fold::fold;
use serde_json::Value as Json;

/// One assignment of `kb set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The field.
    pub field: String,
    /// How the texts change the current values.
    pub operator: AssignmentOperator,
    /// The values as typed.
    pub texts: Vec<String>,
}

/// What an assignment does with the current values of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentOperator {
    /// `field=value`
    Replace,
    /// `field+=value`
    Append,
    /// `field-=value`
    Remove,
}

/// An entry before and after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Before.
    pub before: Entry,
    /// After.
    pub after: Entry,
}

impl Assignment {
    /// Parses `field=value`, `field+=value` or `field-=value`; `None` for any other word.
    pub fn read(word: &str) -> Option<Assignment> {
        let (left, value) = word.split_once('=')?;
        let (field, operator) = match (left.strip_suffix('+'), left.strip_suffix('-')) {
            (Some(field), _) => (field, AssignmentOperator::Append),
            (_, Some(field)) => (field, AssignmentOperator::Remove),
            _ => (left, AssignmentOperator::Replace),
        };
        // `year>=2020` is a filter: its left side, `year>`, is not a field name.
        let plain = !field.is_empty()
            && field
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c));
        let unlike = Op::ALL
            .iter()
            .any(|(_, sign)| *sign != "=" && field.contains(sign));
        // Flags have hyphens, and the fields that they set have underscores.
        (plain && !unlike).then(|| Assignment {
            field: field.replace('-', "_"),
            operator,
            texts: vec![value.to_owned()],
        })
    }
}

impl Notebook {
    /// Adds an entry and returns it as stored. In a dry run it is rolled back.
    ///
    /// # Errors
    /// The kind is unknown, the draft does not fit it, or a ref in the draft does not resolve.
    pub fn add(&mut self, kind: &str, draft: &Draft) -> Result<Entry, NotebookError> {
        let kind = self.kind(kind)?.clone();
        let (stored, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                add(writer, &kind, draft, &self.clock)
            })?;
        Ok(stored.entry)
    }

    /// An entry of a kind that has the title, an alias or an identifier of a draft.
    pub fn alike(&self, kind: &Kind, draft: &Draft) -> Result<Option<Entry>, NotebookError> {
        let title = draft.text("title").unwrap_or_default();
        let names = draft.texts.get("aliases").into_iter().flatten();
        let mut found = Vec::new();
        for name in names.map(String::as_str).chain([title]) {
            found.extend(self.store.by_alias_or_slug(&kind.name, name)?);
            // A slug has no signs, but `C++` and `C#` are two names.
            let signs = |name: &str| -> String {
                let is_sign = |c: &char| matches!(c, '+' | '#' | '*' | '\u{266f}');
                name.chars().filter(is_sign).collect()
            };
            let by_slug = self
                .store
                .by_alias_or_slug(&kind.name, &base_slug(&kind.name, name))?
                .into_iter();
            found.extend(by_slug.filter(|stored| signs(&stored.entry.title) == signs(name)));
        }
        for field in &kind.fields {
            let is_identifier = matches!(field.field_type, FieldType::Doi | FieldType::Arxiv);
            if let Some(text) = draft.text(&field.name).filter(|_| is_identifier) {
                found.extend(self.store.by_identifier(&Reference {
                    kind: Some(kind.name.clone()),
                    ..Reference::read(text, self.kinds())
                })?);
            }
        }
        Ok(found.into_iter().next().map(|stored| stored.entry))
    }

    /// The entries of a bulk command: those that the filter selects.
    ///
    /// # Errors
    /// The filter is malformed.
    pub fn targets(&self, filter: &[String]) -> Result<Vec<Stored>, NotebookError> {
        let query = self.query(filter, QueryMode::Filter)?;
        Ok(self.store.select(&Selection::of(query))?)
    }

    /// Applies assignments to entries in one operation; returns the entries that changed.
    ///
    /// # Errors
    /// A value does not fit one of the entries. Nothing is changed then.
    pub fn set(
        &mut self,
        targets: &[Stored],
        assignments: &[Assignment],
    ) -> Result<Vec<Changed>, NotebookError> {
        let is_rekeyed = assignments.iter().any(|one| one.field == "key");
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                writer.expect_changes(targets.len())?;
                let mut changed = Vec::new();
                for (done, target) in targets.iter().enumerate() {
                    writer.store().effects.progress(done, targets.len());
                    // The targets were read before this transaction and may have changed since.
                    let Some(before) = writer.store().by_uid(&target.entry.uid)? else {
                        continue;
                    };
                    let after = assign(writer.store(), &before, assignments, &self.clock)?;
                    let after = published_slug(writer, &before, after)?;
                    if writer.update(&before, &after)? {
                        if is_rekeyed {
                            follow_key(writer, &before.entry, &after)?;
                        }
                        changed.push(Changed {
                            before: before.entry,
                            after,
                        });
                    }
                }
                writer
                    .store()
                    .effects
                    .progress(targets.len(), targets.len());
                Ok::<_, NotebookError>(changed)
            })?;
        Ok(changed)
    }

    /// The entries that [`Notebook::set`] would change, without writing anything. A value that is
    /// taken already is not noticed.
    ///
    /// # Errors
    /// A value does not fit one of the entries.
    pub fn preview(
        &self,
        targets: &[Stored],
        assignments: &[Assignment],
    ) -> Result<Vec<Changed>, NotebookError> {
        let mut changed = Vec::new();
        for target in targets {
            let after = assign(&self.store, target, assignments, &self.clock)?;
            if after != target.entry {
                let before = target.entry.clone();
                changed.push(Changed { before, after });
            }
        }
        Ok(changed)
    }

    /// Applies an edited draft to an entry that is still at `revision`. Returns `None` if that
    /// changes nothing.
    ///
    /// # Errors
    /// [`NotebookError::Changed`] if the entry was changed or removed meanwhile, or the draft does
    /// not fit.
    pub fn edit(
        &mut self,
        uid: &str,
        revision: i64,
        draft: &Draft,
    ) -> Result<Option<Changed>, NotebookError> {
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let before = writer
                    .store()
                    .by_uid(uid)?
                    .filter(|stored| stored.revision == revision);
                let Some(before) = before else {
                    return Err(NotebookError::Changed {
                        reference: uid.to_owned(),
                    });
                };
                let kind = kind_of(writer.store(), &before.entry)?;
                let after = revise(writer.store(), &kind, &before, draft, &self.clock)?;
                let after = published_slug(writer, &before, after)?;
                Ok(writer.update(&before, &after)?.then_some(Changed {
                    before: before.entry,
                    after,
                }))
            })?;
        Ok(changed)
    }

    /// Removes entries in one operation; returns those that still existed.
    pub fn remove(&mut self, targets: &[Stored]) -> Result<Vec<Entry>, NotebookError> {
        let (removed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                writer.expect_changes(targets.len())?;
                let mut removed = Vec::new();
                for (done, target) in targets.iter().enumerate() {
                    writer.store().effects.progress(done, targets.len());
                    if let Some(stored) = writer.store().by_uid(&target.entry.uid)? {
                        writer.remove(&stored)?;
                        removed.push(stored.entry);
                    }
                }
                writer
                    .store()
                    .effects
                    .progress(targets.len(), targets.len());
                Ok::<_, NotebookError>(removed)
            })?;
        Ok(removed)
    }

    /// Links an entry to others: in the first field that holds a list of refs, or in its body if
    /// the kind has no such field. Returns `None` if it already links to all of them.
    ///
    /// # Errors
    /// A ref matches no entry, or several.
    pub fn link(&mut self, from: &str, to: &[String]) -> Result<Option<Changed>, NotebookError> {
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let before = find_in(writer.store(), from)?;
                let kind = kind_of(writer.store(), &before.entry)?;
                let mut targets = Vec::new();
                for text in to {
                    targets.push(find_in(writer.store(), text)?.entry.reference());
                }
                let field = kind
                    .fields
                    .iter()
                    .find(|field| field.field_type == FieldType::Ref && field.many);
                let mut draft = Draft::of(&kind.name);
                if let Some(field) = field {
                    let mut texts = before
                        .entry
                        .value(&field.name)
                        .map(Value::texts)
                        .unwrap_or_default();
                    texts.extend(targets);
                    draft.set_many(&field.name, texts);
                } else {
                    // Only links in canonical form, `kind/slug`, are recognised here.
                    let known = crate::model::link::refs(&before.entry.body, None);
                    let new: Vec<String> = targets
                        .into_iter()
                        .filter(|target| !known.contains(target))
                        .map(|target| format!("See [[{target}]]."))
                        .collect();
                    if new.is_empty() {
                        return Ok(None);
                    }
                    let body = [before.entry.body.as_str(), &new.join("\n")].join("\n\n");
                    draft.set("body", body.trim_start().to_owned());
                }
                let after = revise(writer.store(), &kind, &before, &draft, &self.clock)?;
                Ok::<_, NotebookError>(writer.update(&before, &after)?.then_some(Changed {
                    before: before.entry,
                    after,
                }))
            })?;
        Ok(changed)
    }

    /// The number of entries that match a query.
    pub fn count(&self, query: &Query) -> Result<usize, NotebookError> {
        Ok(self.store.count_matching(query)?)
    }
}

/// Fields that kb owns, and why they cannot be set.
const OWNED: [(&str, &str); 4] = [
    ("uid", "is the identity of the entry, which never changes"),
    (
        "kind",
        "cannot change; add an entry of the other kind and merge by hand",
    ),
    ("former", "is kept by kb: the slugs that the entry had"),
    ("updated", "is the time of the last change"),
];

/// An entry with assignments applied, not written yet.
fn assign(
    store: &Store,
    before: &Stored,
    assignments: &[Assignment],
    clock: &Clock,
) -> Result<Entry, NotebookError> {
    refuse_owned(&before.entry, assignments)?;
    let kind = kind_of(store, &before.entry)?;
    refuse_lists_of_one(&before.entry, &kind, assignments)?;
    // What only the bibliography of an entry has, such as its pages, is set in what the entry keeps of it.
    let mut extra = before.entry.extra.clone();
    let mut own = Vec::new();
    for assignment in assignments {
        let is_known = kind.has(&assignment.field)
            || ["topic", "tag", "alias"].contains(&assignment.field.as_str())
            || assignment.operator != AssignmentOperator::Replace;
        let texts: Vec<String> = assignment
            .texts
            .iter()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect();
        if assignment.field == "key" && !is_known {
            let key = texts.first().map(String::as_str).unwrap_or_default();
            let (name, kept) = rekeyed(store, &before.entry, key)?;
            extra.insert(name.to_owned(), kept);
            own.push(Assignment {
                field: "aliases".to_owned(),
                operator: AssignmentOperator::Append,
                texts: vec![key.to_owned()],
            });
            continue;
        }
        match bibliography::with_field(&extra, &assignment.field, &texts).filter(|_| !is_known) {
            Some((name, kept)) => drop(extra.insert(name.to_owned(), kept)),
            None => own.push(assignment.clone()),
        }
    }
    let draft = assigned(&before.entry, &kind, &own);
    let mut after = revise(store, &kind, before, &draft, clock)?;
    if extra != before.entry.extra {
        after.extra = extra;
    }
    Ok(after)
}

/// What an entry keeps of its bibliography, under another citation key.
///
/// # Errors
/// TeX or BibTeX cannot read the key, another entry has it, or the entry keeps nothing.
fn rekeyed(store: &Store, entry: &Entry, key: &str) -> Result<(&'static str, Json), NotebookError> {
    let refused = |why: String| NotebookError::Invalid {
        kind: entry.kind.clone(),
        problems: vec![Problem::new("key", Reason::new(why))],
    };
    let is_of_key = |c: char| !c.is_whitespace() && !"{}(),\"#%~=\\'".contains(c);
    if key.is_empty() || !key.chars().all(is_of_key) {
        return Err(refused(format!(
            "cannot be `{key}`: a citation key is one word without braces, commas, quotation marks and `# % ~ = \\`"
        )));
    }
    if let Some(other) = store.others_with_key(&entry.kind, key, &entry.uid)?.first()
        && other.entry.uid != entry.uid
    {
        return Err(refused(format!(
            "`{key}` is that of `{}`",
            other.entry.reference()
        )));
    }
    match bibliography::with_key(&entry.extra, key) {
        Some(kept) => Ok(kept),
        None => Err(refused(format!(
            "is the slug of an entry that no bibliography had: `kb set {} slug={key}`",
            entry.reference()
        ))),
    }
}

/// Gives the records that name a work by its citation key, such as in `crossref`, its new one.
fn follow_key(writer: &mut Writer<'_>, before: &Entry, after: &Entry) -> Result<(), NotebookError> {
    let [old, new] = [before, after].map(bibliography::key);
    if old == new {
        return Ok(());
    }
    let mut naming = Vec::new();
    let selection = Selection {
        reads: Reads::Named(Vec::new()),
        ..Selection::of(Query::All)
    };
    writer.store().for_each(&selection, |stored| {
        let extra = &stored.entry.extra;
        naming.extend(bibliography::with_link(extra, &old, &new).map(|link| (stored.id, link)));
        ControlFlow::Continue(())
    })?;
    for (id, (kept, record, names)) in naming {
        let Some(before) = writer.store().by_id(id)? else {
            continue;
        };
        let mut after = before.entry.clone();
        after.extra.insert(kept.to_owned(), record);
        writer.update(&before, &after)?;
        writer.store().effects.say(format!(
            "`{}` names `{new}` in `{}` now",
            after.reference(),
            names.join("`, `")
        ));
    }
    Ok(())
}

/// Refuses assignments to fields that kb owns.
fn refuse_owned(entry: &Entry, assignments: &[Assignment]) -> Result<(), NotebookError> {
    let problems: Vec<Problem> = assignments
        .iter()
        .filter_map(|assignment| OWNED.iter().find(|(name, _)| *name == assignment.field))
        .map(|(name, why)| Problem::new(name, Reason::new(*why)))
        .collect();
    all_fit(entry, problems)
}

/// Fails if a change has problems.
fn all_fit(entry: &Entry, problems: Vec<Problem>) -> Result<(), NotebookError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(NotebookError::Invalid {
        kind: entry.kind.clone(),
        problems,
    })
}

/// Refuses `+=` and `-=` on a field that holds one value, which they would replace or clear.
fn refuse_lists_of_one(
    entry: &Entry,
    kind: &Kind,
    assignments: &[Assignment],
) -> Result<(), NotebookError> {
    let lists = ["topic", "topics", "tag", "tags", "alias", "aliases"];
    let problems: Vec<Problem> = assignments
        .iter()
        .filter(|one| one.operator != AssignmentOperator::Replace)
        .filter(|one| !lists.contains(&one.field.as_str()))
        .filter(|one| kind.field(&one.field).is_none_or(|field| !field.many))
        .map(|one| {
            let why = "holds one value; `+=` and `-=` change a list";
            Problem::new(&one.field, Reason::new(why))
        })
        .collect();
    all_fit(entry, problems)
}

/// Validates a draft and creates its entry, within an operation.
pub(super) fn add(
    writer: &mut Writer<'_>,
    kind: &Kind,
    draft: &Draft,
    clock: &Clock,
) -> Result<Stored, NotebookError> {
    let mut entry = kind
        .admit(draft, clock, Unknown::Refuse)
        .map_err(|problems| NotebookError::Invalid {
            kind: kind.name.clone(),
            problems,
        })?;
    settle_refs(writer.store(), kind, &mut entry)?;
    Ok(writer.create(entry)?)
}

/// Applies a draft to an entry without writing it. If the slug changes, the old one becomes a
/// former slug.
pub(super) fn revise(
    store: &Store,
    kind: &Kind,
    before: &Stored,
    draft: &Draft,
    clock: &Clock,
) -> Result<Entry, NotebookError> {
    let mut after = kind
        .revise(&before.entry, draft, clock, Unknown::Refuse)
        .map_err(|problems| NotebookError::Invalid {
            kind: kind.name.clone(),
            problems,
        })?;
    if after.slug != before.entry.slug && !before.entry.slug.is_empty() {
        let own = after.slug.clone();
        // An entry that gets back an earlier slug no longer has it as a former one.
        after.former.retain(|slug| *slug != own);
        after.former.push(before.entry.slug.clone());
    }
    settle_refs(store, kind, &mut after)?;
    let is_stamped = after.updated != before.entry.updated && !draft.texts.contains_key("updated");
    if is_stamped && !is_seen(store, kind, &before.entry, &after)? {
        after.updated.clone_from(&before.entry.updated);
    }
    Ok(after)
}

/// Whether the public sees a change of an entry. A link to a private entry is one that it does not see.
fn is_seen(
    store: &Store,
    kind: &Kind,
    before: &Entry,
    after: &Entry,
) -> Result<bool, NotebookError> {
    if before.private || after.private {
        return Ok(true);
    }
    let (old, hidden) = published(store, before, kind, &[])?;
    let (mut new, hidden_now) = published(store, after, kind, &[])?;
    new.updated.clone_from(&old.updated);
    Ok(hidden + hidden_now == 0 || old != new)
}

/// Gives an entry that becomes public the slug that it would have without the private entries.
fn published_slug(
    writer: &mut Writer<'_>,
    before: &Stored,
    mut after: Entry,
) -> Result<Entry, NotebookError> {
    if before.entry.private && !after.private && after.slug == before.entry.slug {
        let slug = writer.public_slug(&after)?;
        if slug != after.slug {
            after.former.retain(|known| *known != slug);
            after.former.push(std::mem::replace(&mut after.slug, slug));
        }
    }
    Ok(after)
}

/// Replaces the refs in fields by those of the entries they resolve to. A ref that does not resolve
/// is an error, unless it is a URL or the stored entry already has it.
fn settle_refs(store: &Store, kind: &Kind, entry: &mut Entry) -> Result<(), NotebookError> {
    for field in kind
        .fields
        .iter()
        .filter(|field| field.field_type == FieldType::Ref)
    {
        let Some(value) = entry.values.get(&field.name).cloned() else {
            continue;
        };
        let mut settled: Vec<Value> = Vec::new();
        for text in value.texts() {
            // A ref that dangles already must not make every other edit fail.
            let known = text.contains("://")
                || store.by_uid(&entry.uid)?.is_some_and(|old| {
                    old.entry
                        .value(&field.name)
                        .is_some_and(|old| old.texts().contains(&text))
                });
            // A ref that the entry has may name its target as it was called before.
            let found = match find_in(store, &text) {
                Ok(found) if !text.contains("://") => found.entry.reference(),
                _ if known => text,
                Ok(found) => found.entry.reference(),
                Err(error) => return Err(error),
            };
            let value = Value::Text(found);
            if !settled.contains(&value) {
                settled.push(value);
            }
        }
        let value = if field.many {
            Value::Many(settled)
        } else {
            settled.remove(0)
        };
        entry.values.insert(field.name.clone(), value);
    }
    Ok(())
}

/// The kind of an entry; fails if its definition cannot be read.
pub(super) fn kind_of(store: &Store, entry: &Entry) -> Result<Kind, NotebookError> {
    store
        .kinds()
        .get(&entry.kind)
        .cloned()
        .ok_or_else(|| NotebookError::Definition {
            name: entry.kind.clone(),
            problems: vec![format!(
                "the definition of kind `{}` cannot be read, so its entries cannot be changed",
                entry.kind
            )],
        })
}

/// Combines assignments on an entry into one draft.
fn assigned(entry: &Entry, kind: &Kind, assignments: &[Assignment]) -> Draft {
    let mut draft = Draft::of(&kind.name);
    for assignment in assignments {
        let name = match assignment.field.as_str() {
            "topic" => "topics",
            "tag" => "tags",
            "alias" => "aliases",
            other => kind.field(other).map_or(other, |field| field.name.as_str()),
        };
        let many = matches!(name, "topics" | "tags" | "aliases")
            || kind.field(name).is_some_and(|field| field.many);
        let given: Vec<String> = match (many, assignment.texts.as_slice()) {
            // Names of persons contain commas; other lists may be separated by commas or
            // semicolons.
            (true, [one])
                if kind
                    .field(name)
                    .is_none_or(|field| field.field_type != FieldType::Person) =>
            {
                split_list(one)
            }
            (true, texts) => texts.iter().flat_map(|text| person::typed(text)).collect(),
            (false, texts) => texts
                .iter()
                .filter(|text| !text.is_empty())
                .cloned()
                .collect(),
        };
        // Assignments to one field build on each other: `tags+=a tags-=b`.
        let now = || -> Vec<String> {
            if let Some(texts) = draft.texts.get(name) {
                return texts.clone();
            }
            match name {
                "topics" => entry.topics.clone(),
                "tags" => entry.tags.clone(),
                "aliases" => entry.aliases.clone(),
                name => entry.value(name).map(Value::texts).unwrap_or_default(),
            }
        };
        let texts = match assignment.operator {
            AssignmentOperator::Replace => given,
            AssignmentOperator::Append if many => now().into_iter().chain(given).collect(),
            // Text is appended without a separator.
            AssignmentOperator::Append => vec![[now().join(""), given.join("")].concat()],
            AssignmentOperator::Remove => {
                let gone: Vec<String> = given.iter().map(|text| fold(text)).collect();
                now()
                    .into_iter()
                    .filter(|text| !gone.contains(&fold(text)))
                    .collect()
            }
        };
        draft.set_many(name, texts);
    }
    draft
}

/// The items of a list that was typed with commas or semicolons between them.
pub fn split_list(text: &str) -> Vec<String> {
    text.split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
