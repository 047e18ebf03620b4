//! Counts for overviews: entries by kind and status, by month and by topic, and changes by day.
//!
//! SQLite counts; only the timeline reads entries. What was learnt in a month is what has a period that begins in it,
//! not what was added in it: an import of a whole page says nothing about months.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Audience, Entry, Field, FieldType, Kind, Query, Value};
use crate::store::Labels;
use crate::text::chart::{MonthSpan, month_name};

/// A number with what it counts.
pub(super) type Count = (String, usize);

/// The month of a day or a month, `2024-02`, as [`MonthSpan`] counts them; none before the year 0.
fn month_number(day: &str) -> Option<i32> {
    let (year, rest) = day.split_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + rest.get(..2)?.parse::<i32>().ok()? - 1)
}

impl MonthSpan {
    /// The months of a period. Of a period that is open on one side, the month of the other.
    pub(super) fn of(label: &str, value: &Value) -> Option<MonthSpan> {
        let Value::Period(period) = value else {
            return None;
        };
        let month = |day: &Option<String>| day.as_deref().and_then(month_number);
        let (from, to) = (month(&period.from), month(&period.to));
        Some(MonthSpan {
            label: label.to_owned(),
            from: from.or(to)?,
            to: to.or(from)?,
        })
    }
}

impl Notebook {
    /// The entries of each kind, by the choices of its first field of choices if it has one, in the order
    /// in which the kind declares them.
    pub fn counts_by_kind(&self) -> Result<Vec<Count>, NotebookError> {
        let mut counts = Vec::new();
        for kind in self.kinds().iter() {
            let Some(field) = status(kind) else {
                let found = self.count(&Query::Kind(vec![kind.name.clone()]))?;
                counts.push((kind.plural.clone(), found));
                continue;
            };
            let by_choice: BTreeMap<String, usize> =
                self.store.value_counts(kind, field)?.into_iter().collect();
            for choice in &field.choices {
                let found = by_choice.get(choice).copied().unwrap_or(0);
                counts.push((label(kind, field, Some(choice)), found));
            }
            if let Some(none) = by_choice.get("") {
                counts.push((label(kind, field, None), *none));
            }
        }
        counts.retain(|(_, found)| *found > 0);
        Ok(counts)
    }

    /// The entries that a filter finds, by kind and status, in the order of [`Notebook::counts_by_kind`].
    ///
    /// # Errors
    /// The kind is unknown, or the filter cannot be read.
    pub fn chosen_by_kind(
        &self,
        kind: Option<&str>,
        filter: &[String],
    ) -> Result<Vec<Count>, NotebookError> {
        let found = self.tally(kind, filter, |entry, kind| {
            let Some(field) = status(kind) else {
                return vec![kind.plural.clone()];
            };
            let choice = entry.value(&field.name).map(Value::text);
            vec![label(kind, field, choice.as_deref())]
        })?;
        let all = self.counts_by_kind()?.into_iter();
        let chosen = all.filter_map(|(label, _)| {
            let number = *found.get(&label)?;
            Some((label, number))
        });
        Ok(chosen.collect())
    }

    /// The topics of the entries that a filter finds, the largest first.
    ///
    /// # Errors
    /// The kind is unknown, or the filter cannot be read.
    pub fn chosen_by_topic(
        &self,
        kind: Option<&str>,
        filter: &[String],
    ) -> Result<Vec<Count>, NotebookError> {
        let found = self.tally(kind, filter, |entry, _| entry.topics.clone())?;
        let mut counts: Vec<Count> = found.into_iter().collect();
        counts.sort_by_key(|(_, found)| std::cmp::Reverse(*found));
        Ok(counts)
    }

    /// The entries that a filter finds, as [`Notebook::counts_by_month`].
    ///
    /// # Errors
    /// The kind is unknown, or the filter cannot be read.
    pub fn chosen_by_month(
        &self,
        kind: Option<&str>,
        filter: &[String],
    ) -> Result<(Vec<Count>, usize), NotebookError> {
        let months = self.tally(kind, filter, |entry, kind| {
            let Some(field) = kind.first(FieldType::Period) else {
                return Vec::new();
            };
            let span = entry
                .value(&field.name)
                .and_then(|value| MonthSpan::of("", value));
            vec![span.map_or_else(String::new, |span| month_name(span.from))]
        })?;
        Ok(with_months_between(months))
    }

    /// How many of the entries that a filter finds have each of the labels that `labels` gives them.
    fn tally(
        &self,
        kind: Option<&str>,
        filter: &[String],
        labels: impl Fn(&Entry, &Kind) -> Vec<String>,
    ) -> Result<BTreeMap<String, usize>, NotebookError> {
        let selection = self.selection(kind, filter, &[], None)?;
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        self.for_each(&selection, Audience::Owner, |entry, kind| {
            for label in labels(entry, kind) {
                *found.entry(label).or_default() += 1;
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The entries by the month in which their period begins, in ascending order with the months between
    /// them, and the number of those without a beginning. `kind` is a kind, or all kinds with periods. With a
    /// `status`, such as `learnt`, the entries that have it, by the month in which they got it: that of the
    /// period if their kind is told by its periods, else that of the command that set it, unless it imported.
    ///
    /// # Errors
    /// The kind is unknown, or has no such status.
    pub fn counts_by_month(
        &self,
        kind: Option<&str>,
        status: Option<&str>,
    ) -> Result<(Vec<Count>, usize), NotebookError> {
        let named = kind.map(|kind| self.kind(kind)).transpose()?;
        let mut months: BTreeMap<String, usize> = BTreeMap::new();
        let mut is_known = false;
        for kind in self
            .kinds()
            .iter()
            .filter(|kind| named.is_none_or(|named| named.name == kind.name))
        {
            if let Some(status) = status {
                let is_it = |field: &&Field| {
                    field.field_type == FieldType::Choice
                        && !field.many
                        && field.choices.iter().any(|choice| choice == status)
                };
                let Some(field) = kind.fields.iter().find(is_it) else {
                    continue;
                };
                is_known = true;
                let period = kind.told_by().and_then(|name| kind.field(name));
                for (month, found) in
                    (self.store).choice_month_counts(kind, field, status, period)?
                {
                    *months.entry(month).or_default() += found;
                }
            } else if let Some(field) = kind.first(FieldType::Period) {
                for (month, found) in self.store.month_counts(kind, field)? {
                    *months.entry(month).or_default() += found;
                }
            }
        }
        if let Some(status) = status.filter(|_| !is_known) {
            return Err(NotebookError::NoStatus {
                status: status.to_owned(),
            });
        }
        Ok(with_months_between(months))
    }

    /// The public and private entries whose kinds are told by their periods, such as goals and achievements,
    /// with the months in which their periods begin and end, in the order of these. `kind` is one kind.
    /// Entries whose period is open on both sides or before the year 0 are counted apart.
    ///
    /// # Errors
    /// The kind is unknown, or the filter cannot be read.
    pub fn timeline(
        &self,
        kind: Option<&str>,
        filter: &[String],
    ) -> Result<(Vec<MonthSpan>, usize), NotebookError> {
        let named = kind.map(|kind| self.kind(kind)).transpose()?;
        let (mut spans, mut undated) = (Vec::new(), 0);
        for kind in self.kinds().iter() {
            let told = kind.told_by();
            let told = match named {
                Some(named) if named.name == kind.name => {
                    let first = kind.first(FieldType::Period);
                    told.or(first.map(|field| &field.name))
                }
                Some(_) => None,
                None => told,
            };
            let Some(field) = told else { continue };
            let selection = self.selection(Some(&kind.name), filter, &[], None)?;
            self.for_each(&selection, Audience::Owner, |entry, _| {
                match entry
                    .value(field)
                    .and_then(|value| MonthSpan::of(&entry.title, value))
                {
                    Some(span) => spans.push(span),
                    None => undated += 1,
                }
                ControlFlow::Continue(())
            })?;
        }
        spans.sort_by(|a, b| (a.from, a.to, &a.label).cmp(&(b.from, b.to, &b.label)));
        Ok((spans, undated))
    }

    /// The entries by topic, the largest first.
    pub fn counts_by_topic(&self) -> Result<Vec<Count>, NotebookError> {
        let mut counts = self.label_counts(Labels::Topics)?;
        counts.sort_by_key(|(_, found)| std::cmp::Reverse(*found));
        Ok(counts)
    }

    /// The commands that changed something, by day, in ascending order.
    pub fn counts_by_day(&self) -> Result<Vec<Count>, NotebookError> {
        Ok(self.store.operation_counts()?)
    }
}

/// The first field of choices of a kind, if an entry has one of them.
fn status(kind: &Kind) -> Option<&Field> {
    kind.first(FieldType::Choice).filter(|field| !field.many)
}

/// The entries of a kind that have a choice, or none, in words.
fn label(kind: &Kind, field: &Field, choice: Option<&str>) -> String {
    match choice {
        Some(choice) => format!("{}: {choice}", kind.plural),
        None => format!("{}: no {}", kind.plural, field.name),
    }
}

/// Counts by month with the months between them, in ascending order, and the number of those without one.
fn with_months_between(mut months: BTreeMap<String, usize>) -> (Vec<Count>, usize) {
    let undated = months.remove("").unwrap_or(0);
    // Years before 0 have no months between them that anybody counts.
    let first = months.keys().find(|month| !month.starts_with('-')).cloned();
    let last = months
        .keys()
        .next_back()
        .and_then(|last| month_number(last));
    if let (Some(first), Some(last)) = (first.and_then(|first| month_number(&first)), last)
        && last - first < 1200
    {
        for month in first..last {
            months.entry(month_name(month)).or_default();
        }
    }
    (months.into_iter().collect(), undated)
}
