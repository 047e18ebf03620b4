//! Adds, changes and removes kinds; each change is in the history and can be undone.

use serde_json::Value as Json;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::kinds::{BUILT_IN, FORMER_BUILT_IN};
use crate::model::{Draft, Entry, Kind, Period, Query, Unknown, Value};
use crate::store::{Selection, Stored, Subject, Writer};
use crate::text::{checksum, three_way};

/// What changing a kind did to its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindChange {
    /// The number of entries of the kind.
    pub entries: usize,
    /// Removed fields whose values were kept as extra data, with the number of entries that had
    /// one.
    pub left_over: Vec<(String, usize)>,
}

/// Whether to remove a kind that has entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindRemoval {
    /// Refuse if the kind has entries.
    IfEmpty,
    /// Remove the entries too.
    WithEntries,
}

impl Notebook {
    /// Adds a kind from its TOML definition.
    ///
    /// # Errors
    /// [`NotebookError::Definition`] if the definition is invalid or a name is already taken.
    pub fn add_kind(&mut self, toml: &str) -> Result<Kind, NotebookError> {
        let kind = read(toml)?;
        for name in [&kind.name, &kind.plural] {
            if let Some(known) = self.kinds().get(name) {
                let problem = format!(
                    "the name `{name}` is taken by kind `{}`; `kb kind edit {}` changes it",
                    known.name, known.name
                );
                return Err(NotebookError::Definition {
                    name: kind.name.clone(),
                    problems: vec![problem],
                });
            }
        }
        self.store
            .write(&self.command, &self.clock, self.mode, |writer| {
                writer.put_kind(&kind.name, Some(toml))
            })?;
        Ok(kind)
    }

    /// Adds a kind that kb needs for a command, unless the notebook has a kind of that name.
    ///
    /// # Errors
    /// As [`Notebook::add_kind`].
    pub(super) fn ensure_kind(&mut self, toml: &str) -> Result<(), NotebookError> {
        let name = read(toml)?.name;
        if self.kinds().get(&name).is_none() {
            self.add_kind(toml)?;
        }
        Ok(())
    }

    /// The TOML definition of a kind as it was written, even if it is invalid.
    ///
    /// # Errors
    /// [`NotebookError::NoKind`] with similar names.
    pub fn definition(&self, name: &str) -> Result<String, NotebookError> {
        let known = self.kinds().get(name).map(|kind| kind.name.clone());
        let broken = self
            .kinds()
            .broken()
            .into_iter()
            .find(|(broken, _)| *broken == name)
            .map(|(name, _)| name.to_owned());
        match known.or(broken) {
            Some(name) => Ok(self.store.definition(&name)?.unwrap_or_default()),
            None => Err(self.no_kind(name)),
        }
    }

    /// Changes a kind. Values of fields with a new type are converted; values of removed fields are
    /// kept as extra data.
    ///
    /// # Errors
    /// [`NotebookError::Definition`] if the definition is invalid or an entry does not fit it.
    /// Nothing is changed then.
    pub fn edit_kind(&mut self, name: &str, toml: &str) -> Result<KindChange, NotebookError> {
        let new = read(toml)?;
        let old = self.kind(name)?.clone();
        if new.name != old.name {
            let problem = format!("a kind cannot be renamed: write `name = \"{}\"`", old.name);
            return Err(NotebookError::Definition {
                name: old.name,
                problems: vec![problem],
            });
        }
        if let Some(other) = self
            .kinds()
            .get(&new.plural)
            .filter(|other| other.name != new.name)
        {
            let problem = format!(
                "the plural `{}` is taken by kind `{}`",
                new.plural, other.name
            );
            return Err(NotebookError::Definition {
                name: old.name,
                problems: vec![problem],
            });
        }
        let clock = self.clock.clone();
        let (change, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let entries = writer
                    .store()
                    .select(&Selection::of(Query::Kind(vec![old.name.clone()])))?;
                let mut change = KindChange {
                    entries: entries.len(),
                    left_over: Vec::new(),
                };
                let plan = KindPlan::of(&old, &new, &entries, &clock)?;
                for field in &plan.left_over {
                    let had = entries
                        .iter()
                        .filter(|stored| stored.entry.values.contains_key(field))
                        .count();
                    if had > 0 {
                        change.left_over.push((field.clone(), had));
                    }
                }
                plan.carry_out(writer, &entries, toml)?;
                Ok::<_, NotebookError>(change)
            })?;
        Ok(change)
    }

    /// Removes a kind; returns the number of entries removed with it.
    ///
    /// # Errors
    /// [`NotebookError::NoKind`], or [`NotebookError::KindHasEntries`] if `removal` keeps the
    /// entries.
    pub fn remove_kind(
        &mut self,
        name: &str,
        removal: KindRemoval,
    ) -> Result<usize, NotebookError> {
        let name = self.kind(name)?.name.clone();
        let entries = self
            .store
            .select(&Selection::of(Query::Kind(vec![name.clone()])))?;
        if !entries.is_empty() && removal == KindRemoval::IfEmpty {
            return Err(NotebookError::KindHasEntries {
                name,
                entries: entries.len(),
            });
        }
        self.store
            .write(&self.command, &self.clock, self.mode, |writer| {
                for stored in &entries {
                    writer.remove(stored)?;
                }
                writer.put_kind(&name, None)
            })?;
        Ok(entries.len())
    }
}

impl Notebook {
    /// Brings the built-in kinds of a notebook up to the definitions of this kb: what kb changed since
    /// the notebook was made is merged, by lines, into what the user changed. Says what was done.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn upgrade_kinds(&mut self) -> Result<(), NotebookError> {
        let command = std::mem::replace(&mut self.command, "upgrade of built-in kinds".to_owned());
        let upgraded = self.upgrade_each_kind();
        self.command = command;
        upgraded
    }

    fn upgrade_each_kind(&mut self) -> Result<(), NotebookError> {
        let kinds = self.store.built_in_kinds()?;
        for new in BUILT_IN {
            // Every write comes here, so that a definition is parsed only if it is new.
            let is_known = kinds
                .iter()
                .any(|(_, _, base)| base.as_deref() == Some(new));
            let Some(name) = (!is_known).then(|| Kind::read(new).ok()).flatten() else {
                continue;
            };
            let name = name.name;
            let stored = kinds.iter().find(|(known, _, _)| *known == name);
            let said = match stored {
                Some((_, definition, base)) => {
                    self.upgrade_kind(&name, definition, base.as_deref(), new)?
                }
                None => self.add_new_kind(&name, new)?,
            };
            if let Some(said) = said {
                self.store.effects.say(said);
            }
        }
        Ok(())
    }

    /// Merges what kb changed between `base` and `new` into the definition of a kind; returns what to
    /// say.
    fn upgrade_kind(
        &mut self,
        name: &str,
        definition: &str,
        base: Option<&str>,
        new: &str,
    ) -> Result<Option<String>, NotebookError> {
        // A notebook of an older kb does not say what its definition was made from.
        let is_former = || {
            let sum = checksum::of_bytes(definition.as_bytes());
            definition == new || FORMER_BUILT_IN.contains(&sum.as_str())
        };
        let Some(base) = base.or_else(|| is_former().then_some(definition)) else {
            return Ok(None);
        };
        let edited = match three_way::merge(base, definition, new) {
            Some(merged) if merged == definition => Ok(false),
            Some(merged) => self.edit_kind(name, &merged).map(|_| true),
            None => Err(NotebookError::Definition {
                name: name.to_owned(),
                problems: vec!["both changed the same lines".to_owned()],
            }),
        };
        let said = match edited {
            Ok(false) => None,
            Ok(true) => Some(format!("the kind `{name}` has the changes of this kb")),
            Err(NotebookError::Definition { problems, .. }) => Some(format!(
                "the kind `{name}` stays as you changed it, without the changes of this kb: {}",
                problems.join("; ")
            )),
            Err(error) => return Err(error),
        };
        self.store.put_base(name, new)?;
        Ok(said)
    }

    /// Adds a built-in kind that the notebook has never had; returns what to say.
    fn add_new_kind(&mut self, name: &str, new: &str) -> Result<Option<String>, NotebookError> {
        let subject = Subject::Kind(name.to_owned());
        // A kind that the user removed is in the history; one that the user made has the name.
        if self.kinds().get(name).is_some() || self.store.agrees_with_history(&subject)?.is_some() {
            return Ok(None);
        }
        self.add_kind(new)?;
        Ok(Some(format!("the kind `{name}` is new in this kb")))
    }
}

/// Parses a definition.
fn read(toml: &str) -> Result<Kind, NotebookError> {
    Kind::read(toml).map_err(|problems| NotebookError::Definition {
        name: "kind".to_owned(),
        problems,
    })
}

/// How the entries of a kind are converted from its old definition to the new one.
struct KindPlan {
    /// Fields that the new definition does not have.
    left_over: Vec<String>,
    /// The entries, by index, that have values of changed or removed fields.
    cleared: Vec<usize>,
    /// The converted entries; written after the definition changes.
    after: Vec<Entry>,
}

impl KindPlan {
    /// Converts the entries in memory; fails if one does not fit the new definition.
    fn of(
        old: &Kind,
        new: &Kind,
        entries: &[Stored],
        clock: &crate::model::Clock,
    ) -> Result<KindPlan, NotebookError> {
        let moved: Vec<&str> = old
            .fields
            .iter()
            .filter(|field| {
                new.fields.iter().all(|other| {
                    other.name != field.name
                        || other.field_type != field.field_type
                        || other.many != field.many
                        || other.choices != field.choices
                })
            })
            .map(|field| field.name.as_str())
            .collect();
        let left_over: Vec<String> = moved
            .iter()
            .filter(|name| new.fields.iter().all(|field| field.name != **name))
            .map(|name| (*name).to_owned())
            .collect();
        let mut problems = Vec::new();
        let (mut cleared, mut after) = (Vec::new(), Vec::new());
        for (at, stored) in entries.iter().enumerate() {
            let mut bare = stored.entry.clone();
            let mut draft = Draft::of(&new.name);
            for name in &moved {
                let Some(value) = bare.values.remove(*name) else {
                    continue;
                };
                if left_over.iter().any(|gone| gone == name) {
                    bare.extra
                        .insert((*name).to_owned(), left_over_value(&value));
                } else {
                    draft.set_many(name, value.texts());
                }
            }
            // A field that is added again gets back its values from the extra data.
            for field in &new.fields {
                if let Some(json) = bare.extra.remove(&field.name) {
                    draft.set_json(&field.name, json);
                } else if let Some(default) = &field.default
                    && field.required
                    && !bare.values.contains_key(&field.name)
                    && !draft.texts.contains_key(&field.name)
                {
                    draft.set(&field.name, default.clone());
                }
            }
            if bare != stored.entry {
                cleared.push(at);
            }
            match new.revise(&bare, &draft, clock, Unknown::Keep) {
                Ok(mut revised) => {
                    revised.updated.clone_from(&stored.entry.updated);
                    after.push(revised);
                }
                Err(found) => {
                    let why = found
                        .iter()
                        .map(|problem| format!("{} {}", problem.field, problem.reason))
                        .collect::<Vec<_>>()
                        .join("; ");
                    problems.push(format!(
                        "`{}` would not fit: {why}",
                        stored.entry.reference()
                    ));
                }
            }
        }
        for field in new.fields.iter().filter(|field| field.unique) {
            let mut seen: Vec<(&Value, &Entry)> = Vec::new();
            for entry in &after {
                let Some(value) = entry.value(&field.name) else {
                    continue;
                };
                match seen.iter().find(|(known, _)| *known == value) {
                    Some((_, first)) => problems.push(format!(
                        "`{}` and `{}` have the same {}",
                        first.reference(),
                        entry.reference(),
                        field.name
                    )),
                    None => seen.push((value, entry)),
                }
            }
        }
        if !problems.is_empty() {
            problems.truncate(20);
            return Err(NotebookError::Definition {
                name: old.name.clone(),
                problems,
            });
        }
        Ok(KindPlan {
            left_over,
            cleared,
            after,
        })
    }

    /// Writes the cleared entries, the definition and the converted entries.
    fn carry_out(
        &self,
        writer: &mut Writer<'_>,
        entries: &[Stored],
        toml: &str,
    ) -> Result<(), NotebookError> {
        writer.expect_changes(self.after.len())?;
        for at in &self.cleared {
            writer.take_out(&entries[*at])?;
        }
        let Some(name) = Kind::read(toml).ok().map(|kind| kind.name) else {
            return Ok(());
        };
        writer.put_kind(&name, Some(toml))?;
        for (before, after) in entries.iter().zip(&self.after) {
            writer.put_back(before, after)?;
        }
        Ok(())
    }
}

/// The value of a field that is gone: a period in its wording, if that says the same.
fn left_over_value(value: &Value) -> Json {
    match value {
        Value::Period(period)
            if Period::read_fixed(&period.text).is_ok_and(|again| again == *period) =>
        {
            Json::from(period.text.as_str())
        }
        other => other.json(),
    }
}
