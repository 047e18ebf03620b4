//! Counts for overviews: entries by kind and status, by month and by topic, and changes by day.
//!
//! SQLite counts; no entry is read. What was learnt in a month is what has a period that begins in it,
//! not what was added in it: an import of a whole page says nothing about months.

use std::collections::BTreeMap;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{FieldType, Query};
use crate::store::Labels;

/// A number with what it counts.
pub(super) type Count = (String, usize);

impl Notebook {
    /// The entries of each kind, by the choices of its first field of choices if it has one, in the order
    /// in which the kind declares them.
    pub fn counts_by_kind(&self) -> Result<Vec<Count>, NotebookError> {
        let mut counts = Vec::new();
        for kind in self.kinds().iter() {
            let Some(field) = kind.first(FieldType::Choice).filter(|field| !field.many) else {
                let found = self.count(&Query::Kind(vec![kind.name.clone()]))?;
                counts.push((kind.plural.clone(), found));
                continue;
            };
            let by_choice: BTreeMap<String, usize> =
                self.store.value_counts(kind, field)?.into_iter().collect();
            for choice in &field.choices {
                let found = by_choice.get(choice).copied().unwrap_or(0);
                counts.push((format!("{}: {choice}", kind.plural), found));
            }
            if let Some(none) = by_choice.get("") {
                counts.push((format!("{}: no {}", kind.plural, field.name), *none));
            }
        }
        counts.retain(|(_, found)| *found > 0);
        Ok(counts)
    }

    /// The entries by the month in which their period begins, in ascending order with the months between
    /// them, and the number of those without a beginning. `kind` is a kind, or all kinds with periods.
    ///
    /// # Errors
    /// The kind is unknown.
    pub fn counts_by_month(
        &self,
        kind: Option<&str>,
    ) -> Result<(Vec<Count>, usize), NotebookError> {
        let named = kind.map(|kind| self.kind(kind)).transpose()?;
        let mut months: BTreeMap<String, usize> = BTreeMap::new();
        for kind in self
            .kinds()
            .iter()
            .filter(|kind| named.is_none_or(|named| named.name == kind.name))
        {
            if let Some(field) = kind.first(FieldType::Period) {
                for (month, found) in self.store.month_counts(kind, field)? {
                    *months.entry(month).or_default() += found;
                }
            }
        }
        let undated = months.remove("").unwrap_or(0);
        // Years before 0 have no months between them that anybody counts.
        let first = months.keys().find(|month| !month.starts_with('-')).cloned();
        if let (Some(first), Some(last)) = (first, months.keys().next_back().cloned()) {
            let number = |month: &str| -> Option<i32> {
                let (year, month) = month.split_once('-')?;
                Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
            };
            if let (Some(first), Some(last)) = (number(&first), number(&last))
                && last - first < 1200
            {
                for month in first..last {
                    let name = format!(
                        "{:04}-{:02}",
                        month.div_euclid(12),
                        month.rem_euclid(12) + 1
                    );
                    months.entry(name).or_default();
                }
            }
        }
        Ok((months.into_iter().collect(), undated))
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
