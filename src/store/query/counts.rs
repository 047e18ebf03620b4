//! Counts entries and operations for overviews, without reading the entries.

use super::lookup::Labels;
use crate::model::{Field, Kind};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::schema::quote;

impl Store {
    /// The labels of one type, each with the number of entries that have it, in alphabetical order.
    pub fn label_counts(&self, labels: Labels) -> Result<Vec<(String, usize)>, StoreError> {
        self.pairs(&format!(
            "SELECT min(name), count(DISTINCT entry) FROM {} GROUP BY fold ORDER BY fold",
            labels.table()
        ))
    }

    /// The number of entries of a kind with each value of a field, which is empty for those without one.
    pub fn value_counts(
        &self,
        kind: &Kind,
        field: &Field,
    ) -> Result<Vec<(String, usize)>, StoreError> {
        let (table, column) = (quote(&kind.name), quote(&field.name));
        self.pairs(&format!(
            "SELECT coalesce(k.{column}, ''), count(*) FROM entry AS e LEFT JOIN {table} AS k ON k.entry = e.id
             WHERE e.kind = '{}' GROUP BY 1",
            kind.name.replace('\'', "''")
        ))
    }

    /// The number of entries of a kind by the month in which a period of theirs begins, `YYYY-MM`; empty
    /// for those without a beginning.
    pub fn month_counts(
        &self,
        kind: &Kind,
        field: &Field,
    ) -> Result<Vec<(String, usize)>, StoreError> {
        let (table, column) = (quote(&kind.name), quote(&format!("{}_from", field.name)));
        self.pairs(&format!(
            "SELECT coalesce(substr(k.{column}, 1, 7), ''), count(*) FROM entry AS e LEFT JOIN {table} AS k ON k.entry = e.id
             WHERE e.kind = '{}' GROUP BY 1 ORDER BY 1",
            kind.name.replace('\'', "''")
        ))
    }

    /// The entries of a kind whose choice `field` is `choice`, by the month, `YYYY-MM`, in which the field
    /// `period` begins, if one is given, else by that in which a command that imports nothing chose it; `''`
    /// if neither is known.
    pub fn choice_month_counts(
        &self,
        kind: &Kind,
        field: &Field,
        choice: &str,
        period: Option<&Field>,
    ) -> Result<Vec<(String, usize)>, StoreError> {
        let (table, column) = (quote(&kind.name), quote(&field.name));
        let begun = period.map_or("NULL".to_owned(), |period| {
            format!(
                "substr(k.{}, 1, 7)",
                quote(&format!("{}_from", period.name))
            )
        });
        let mut query = self.db.prepare(&format!(
            "SELECT coalesce({begun}, substr(c.at, 1, 7), ''), count(*) FROM entry AS e JOIN {table} AS k ON k.entry = e.id
             LEFT JOIN (
               SELECT c.subject, max(o.at) AS at FROM change AS c JOIN operation AS o ON o.id = c.operation
               WHERE o.action = 'do' AND o.command NOT GLOB 'import*' AND o.command NOT GLOB 'sync*'
                 AND (c.field = ?1 AND c.new = json_quote(?2) OR c.field = '' AND json_extract(c.new, ?3) = ?2)
               GROUP BY c.subject
             ) AS c ON c.subject = e.uid
             WHERE e.kind = ?4 AND k.{column} = ?2 GROUP BY 1 ORDER BY 1"
        ))?;
        let path = format!("$.\"{}\"", field.name);
        let parameters = [&field.name, choice, &path, &kind.name];
        let rows = query.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of operations of each day, `YYYY-MM-DD`, in ascending order.
    pub fn operation_counts(&self) -> Result<Vec<(String, usize)>, StoreError> {
        self.pairs("SELECT substr(at, 1, 10), count(*) FROM operation WHERE action = 'do' GROUP BY 1 ORDER BY 1")
    }

    /// The rows of a statement with a text and a number.
    fn pairs(&self, sql: &str) -> Result<Vec<(String, usize)>, StoreError> {
        let mut query = self.db.prepare(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
