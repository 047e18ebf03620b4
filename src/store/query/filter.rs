//! Translates queries and sort orders to SQL and streams the matching entries.

use std::ops::ControlFlow;

use rusqlite::CachedStatement;
use rusqlite::types::Value as Sql;

use super::selection::{Order, Selection};
use crate::model::query::{Label, LinkEnd, Op, When};
use crate::model::reference::Reference;
use crate::model::{Field, FieldType, Kind, Query, Value};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::index::quoted;
use crate::store::rows::{Stored, columns_read, fill, from_row, kind_columns, resolve};
use crate::store::schema::quote;
use crate::text::fold::words;
use crate::text::script::spaced;

/// SQLite page cache, in kibibytes, for reading a selection without a limit.
const WHOLE_CACHE: i64 = 2_000;

/// The state of one translation to SQL.
struct Compiled<'a> {
    store: &'a Store,
    /// The kind whose table is joined as `k`, if the query is limited to one kind that has fields.
    joined: Option<&'a Kind>,
    /// The parameters bound so far.
    parameters: Vec<Sql>,
}

impl Store {
    /// Calls `visit` with each entry of a selection, in order, until it returns
    /// [`ControlFlow::Break`]. Rows are read one at a time.
    pub fn for_each(
        &self,
        selection: &Selection,
        mut visit: impl FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if selection.limit.is_none() {
            // Each entry is looked up in the table of its kind: keep the inner pages of these
            // tables cached.
            self.db.pragma_update(None, "cache_size", -WHOLE_CACHE)?;
        }
        let (sql, parameters, joined) = self.compile(selection, None);
        let mut query = self.db.prepare_cached(&sql)?;
        let mut rows = query.query(rusqlite::params_from_iter(parameters))?;
        // One prepared statement for each kind that has occurred so far.
        let mut own: Vec<(&Kind, CachedStatement<'_>)> = Vec::new();
        let reads_own = !selection.reads.only_common();
        while let Some(row) = rows.next()? {
            let mut stored = from_row(row, joined.as_deref().unwrap_or_default())?;
            // The definition of a kind is parsed only if its fields are read.
            let kind = if joined.is_none() && reads_own {
                self.kinds.get(&stored.entry.kind)
            } else {
                None
            };
            if let Some(kind) = kind.filter(|kind| !kind.fields.is_empty()) {
                let at = match own.iter().position(|(known, _)| std::ptr::eq(*known, kind)) {
                    Some(at) => at,
                    None => {
                        own.push((kind, self.query_of(kind)?));
                        own.len() - 1
                    }
                };
                fill(&mut own[at].1, kind, &mut stored)?;
            }
            if visit(stored).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Collects all entries of a selection.
    pub fn select(&self, selection: &Selection) -> Result<Vec<Stored>, StoreError> {
        let mut all = Vec::new();
        self.for_each(selection, |stored| {
            all.push(stored);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// The number of entries that match a query.
    pub fn count_matching(&self, query: &Query) -> Result<usize, StoreError> {
        let (sql, parameters, _) = self.compile(&Selection::of(query.clone()), Some("count(*)"));
        Ok(self
            .db
            .prepare_cached(&sql)?
            .query_row(rusqlite::params_from_iter(parameters), |row| row.get(0))?)
    }

    /// The SQL condition of a query on `entry AS e`, with its parameters, for other statements of
    /// the store.
    pub(in crate::store) fn condition(&self, query: &Query) -> (String, Vec<Sql>) {
        let mut compiled = Compiled {
            store: self,
            joined: None,
            parameters: Vec::new(),
        };
        (compiled.query(query), compiled.parameters)
    }

    /// Translates a selection to a statement, its parameters, and the fields that it reads of the kind
    /// whose table is joined as `k`; none if it joins none.
    /// `instead` replaces the columns and drops the order and the limit.
    fn compile(
        &self,
        selection: &Selection,
        instead: Option<&str>,
    ) -> (String, Vec<Sql>, Option<Vec<&Field>>) {
        let joined = match selection.query.kinds() {
            Some([one]) => self.kinds.get(one).filter(|kind| !kind.fields.is_empty()),
            _ => None,
        };
        let mut compiled = Compiled {
            store: self,
            joined,
            parameters: Vec::new(),
        };
        let condition = compiled.query(&selection.query);
        let join = joined.map_or(String::new(), |kind| {
            format!(" JOIN {} AS k ON k.entry = e.id", quote(&kind.name))
        });
        let reads = &selection.reads;
        let fields = joined.map(|kind| {
            let fields = kind.fields.iter();
            fields.filter(|field| reads.own(kind, field)).collect()
        });
        let from = format!("FROM entry AS e{join} WHERE");
        if let Some(instead) = instead {
            return (
                format!("SELECT {instead} {from} {condition}"),
                compiled.parameters,
                fields,
            );
        }
        let order = compiled.order(&selection.order);
        let columns = columns_read(|name| reads.common(name));
        let own = kind_columns(fields.iter().flatten().copied());
        let select = format!("SELECT {columns}{own} {from}");
        let sql = if selection.order.iter().all(|key| key.field == "created") {
            // An index yields this order.
            let limit = selection
                .limit
                .map_or(String::new(), |limit| format!(" LIMIT {limit}"));
            format!("{select} {condition}{order}{limit}")
        } else {
            // Within a kind, the index `entry_by_kind_and_age` leads to rows that are adjacent in
            // the file. SQLite would choose the index of slugs, whose rows are scattered. The
            // condition on `created` is always true; it makes SQLite choose the former.
            let condition = if selection.query.kinds().is_some() {
                format!("{condition} AND e.created >= ''")
            } else {
                condition
            };
            match selection.limit {
                None => format!("{select} {condition}{order}"),
                // The inner query sorts by the keys alone: bodies are read only for the rows within
                // the limit.
                Some(limit) => format!(
                    "{select} e.id IN (SELECT e.id {from} {condition}{order} LIMIT {limit}){order}"
                ),
            }
        };
        (sql, compiled.parameters, fields)
    }
}

impl Compiled<'_> {
    /// Binds a parameter and returns its placeholder.
    fn bind(&mut self, value: impl Into<Sql>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }

    /// The conditions of some queries, joined by `AND` or `OR`.
    fn list(&mut self, all: &[Query], joint: &str) -> String {
        let parts: Vec<String> = all.iter().map(|query| self.query(query)).collect();
        format!("({})", parts.join(joint))
    }

    fn query(&mut self, query: &Query) -> String {
        match query {
            Query::All => "1".to_owned(),
            Query::And(all) => self.list(all, " AND "),
            Query::Or(any) => self.list(any, " OR "),
            // A test of a missing value is NULL in SQL; its negation must be true.
            Query::Not(query) => format!("coalesce(NOT {}, 1)", self.query(query)),
            // A text without a letter or digit matches nothing.
            Query::Words(text) => match quoted(&spaced(text)) {
                Some(expression) => {
                    let expression = self.bind(expression);
                    format!("e.id IN (SELECT rowid FROM search WHERE search MATCH {expression})")
                }
                None => "0".to_owned(),
            },
            Query::Kind(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| self.bind(kind.clone())).collect();
                if kinds.len() == 1 {
                    format!("e.kind = {}", kinds[0])
                } else {
                    format!("e.kind IN ({})", kinds.join(", "))
                }
            }
            Query::Entry(kind, slug) => {
                let reference = Reference {
                    kind: Some(kind.clone()),
                    ..Reference::named(slug)
                };
                // The slug may be one that the entry had before.
                match resolve(&self.store.db, &reference).as_deref() {
                    Ok([id]) => format!("e.id = {}", self.bind(*id)),
                    _ => "0".to_owned(),
                }
            }
            Query::Links(end, text) => {
                let found = self
                    .store
                    .resolve(&Reference::read(text, &self.store.kinds));
                let (from, to) = match end {
                    LinkEnd::Source => ("source", "target"),
                    LinkEnd::Target => ("target", "source"),
                };
                match found.as_deref() {
                    Ok([one]) => {
                        let id = self.bind(one.id);
                        format!(
                            "e.id IN (SELECT {from} FROM link WHERE {to} = {id} AND source <> target)"
                        )
                    }
                    _ => "0".to_owned(),
                }
            }
            // `topic:vis` matches `machine learning/vision`: a match begins at any
            // word and may end inside one.
            Query::Topic(topic) => {
                // As in the column: each word after a space, each level after `/`.
                let levels: Vec<String> = topic
                    .split('/')
                    .map(|level| words(level).join(" "))
                    .filter(|level| !level.is_empty())
                    .collect();
                let mut conditions = Vec::new();
                if !levels.is_empty() {
                    let wanted = self.bind(format!(" {}", levels.join("/ ")));
                    conditions.push(format!("instr(fold, {wanted}) > 0"));
                }
                // The column has no signs: `C++` and `C#` differ in the name alone.
                if levels.is_empty() || topic.contains(is_sign) {
                    let written = self.bind(topic.clone());
                    conditions.push(format!("instr(kb_fold(name), {written}) > 0"));
                }
                let all = conditions.join(" AND ");
                format!("e.id IN (SELECT entry FROM topic WHERE {all})")
            }
            Query::Label(label, name) => {
                let table = if *label == Label::Tag { "tag" } else { "alias" };
                let name = self.bind(name.clone());
                format!("e.id IN (SELECT entry FROM {table} WHERE fold = {name})")
            }
            Query::Has(field) => self.has(field),
            Query::Private(private) => format!("e.private = {}", u8::from(*private)),
            Query::When(when, period) => {
                let column = if *when == When::Added {
                    "e.created"
                } else {
                    "e.updated"
                };
                let from = self.bind(period.lower().to_owned());
                // `T99` sorts after every time of the last day.
                let to = self.bind(format!("{}T99", period.upper()));
                format!("({column} >= {from} AND {column} <= {to})")
            }
            Query::Compare(field, op, values) => {
                let parts: Vec<String> = values
                    .iter()
                    .map(|value| {
                        self.compare(field, if *op == Op::Ne { Op::Eq } else { *op }, value)
                    })
                    .collect();
                let any = format!("({})", parts.join(" OR "));
                // As with `not`, an entry without a value matches.
                if *op == Op::Ne {
                    format!("coalesce(NOT {any}, 1)")
                } else {
                    any
                }
            }
        }
    }

    /// The condition that an entry has a value of a field.
    fn has(&mut self, field: &str) -> String {
        match field {
            "title" | "slug" | "created" | "updated" | "private" => "1".to_owned(),
            "body" | "topics" | "tags" | "aliases" => format!("e.{field} <> ''"),
            "position" => "e.position IS NOT NULL".to_owned(),
            "links" => "EXISTS (SELECT 1 FROM link WHERE source = e.id)".to_owned(),
            "backlinks" => {
                "EXISTS (SELECT 1 FROM link WHERE target = e.id AND source <> e.id)".to_owned()
            }
            field => self.of_kinds(field, |_, field, prefix| {
                let column = format!("{prefix}{}", quote(&field.name));
                format!("{column} IS NOT NULL")
            }),
        }
    }

    /// Calls `condition` with the field and a column prefix for each kind that has the field, and
    /// joins the results by OR.
    /// The prefix is `k.` for the joined kind. Otherwise it is empty, because each condition is
    /// inside a subquery on the table of its kind.
    fn of_kinds(
        &mut self,
        name: &str,
        mut condition: impl FnMut(&mut Self, &Field, &str) -> String,
    ) -> String {
        let of = |kind: &Kind| {
            if name == "year" {
                kind.year_field().cloned()
            } else {
                kind.field(name).cloned()
            }
        };
        if let Some(kind) = self.joined {
            return match of(kind) {
                Some(field) => condition(self, &field, "k."),
                None => "0".to_owned(),
            };
        }
        let kinds: Vec<(String, Field)> = self
            .store
            .kinds
            .iter()
            .filter_map(|kind| of(kind).map(|field| (kind.name.clone(), field)))
            .collect();
        let parts: Vec<String> = kinds
            .iter()
            .map(|(kind, field)| {
                let inner = condition(self, field, "");
                format!("e.id IN (SELECT entry FROM {} WHERE {inner})", quote(kind))
            })
            .collect();
        if parts.is_empty() {
            "0".to_owned()
        } else {
            format!("({})", parts.join(" OR "))
        }
    }

    /// Compares a field with one value. `op` is never [`Op::Ne`]: the caller negates [`Op::Eq`].
    fn compare(&mut self, name: &str, op: Op, value: &Value) -> String {
        if let ("title" | "body" | "slug", Value::Text(text)) = (name, value) {
            return self.text(&format!("e.{name}"), op, text);
        }
        if let ("position", Value::Number(number)) = (name, value) {
            let number = self.bind(*number);
            return format!("e.position {} {number}", sign(op));
        }
        if let Value::Text(text) = value
            && matches!(op, Op::Eq | Op::Has)
            && let Some(condition) = self.link(name, text)
        {
            return condition;
        }
        let value = value.clone();
        let year = name == "year";
        self.of_kinds(name, move |compiled, field, prefix| {
            let column = format!("{prefix}{}", quote(&field.name));
            match (&value, field.field_type) {
                (Value::Number(year_number), _) if year => {
                    compiled.year(prefix, field, op, *year_number)
                }
                (Value::Integer(_) | Value::Number(_) | Value::Text(_), _)
                    if field.many && field.field_type != FieldType::Ref =>
                {
                    compiled.in_list(&column, field, op, &value)
                }
                (Value::Text(text), FieldType::Choice)
                    if matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge) =>
                {
                    ranked(&column, field, op, text)
                }
                (Value::Text(text), FieldType::Choice) => {
                    let text = compiled.bind(text.clone());
                    format!("{column} = {text}")
                }
                (Value::Text(text), _) if field.many => {
                    compiled.in_list(&column, field, op, &Value::Text(text.clone()))
                }
                (Value::Text(text), _) => compiled.text(&column, op, text),
                (Value::Integer(n), _) => {
                    let n = compiled.bind(*n);
                    format!("{column} {} {n}", sign(op))
                }
                (Value::Number(n), _) => {
                    let n = compiled.bind(*n);
                    format!("{column} {} {n}", sign(op))
                }
                // A flag without a value counts as `no`.
                (Value::Flag(flag), _) => format!("coalesce({column}, 0) = {}", u8::from(*flag)),
                (Value::Period(period), _) => {
                    compiled.period(prefix, field, op, (period.lower(), period.upper()))
                }
                (Value::Many(_), _) => "0".to_owned(),
            }
        })
    }

    /// Compares folded text: `:` means contains; the other operators compare the whole text.
    fn text(&mut self, column: &str, op: Op, text: &str) -> String {
        let text = self.bind(text.to_owned());
        match op {
            Op::Has => format!("instr(kb_fold({column}), {text}) > 0"),
            op => format!("kb_fold({column}) {} {text}", sign(op)),
        }
    }

    /// Compares a JSON list: at least one element must match.
    fn in_list(&mut self, column: &str, field: &Field, op: Op, value: &Value) -> String {
        let one = match value {
            Value::Integer(n) => format!("value {} {}", sign(op), self.bind(*n)),
            Value::Number(n) => format!("value {} {}", sign(op), self.bind(*n)),
            value if field.field_type == FieldType::Choice => {
                if matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge) {
                    ranked("value", field, op, &value.text())
                } else {
                    format!("value = {}", self.bind(value.text()))
                }
            }
            value => self.text("value", op, &value.text()),
        };
        format!("({column} IS NOT NULL AND EXISTS (SELECT 1 FROM json_each({column}) WHERE {one}))")
    }

    /// The condition that a field of refs links to the entry that a text means, also by a name that
    /// the entry had before; none if the field holds no refs or the text means no single entry.
    fn link(&mut self, name: &str, text: &str) -> Option<String> {
        let is_ref = |kind: &Kind| {
            kind.field(name)
                .is_some_and(|field| field.field_type == FieldType::Ref)
        };
        if !self.store.kinds.iter().any(is_ref) {
            return None;
        }
        let reference = Reference::read(text, &self.store.kinds);
        let found = resolve(&self.store.db, &reference).ok()?;
        let [target] = found.as_slice() else {
            return None;
        };
        let (target, field) = (self.bind(*target), self.bind(name.to_owned()));
        Some(format!(
            "EXISTS (SELECT 1 FROM link WHERE source = e.id AND field = {field} AND target = {target})"
        ))
    }

    /// Compares a period: `:` and `=` match one that overlaps, `<` one that ends before `from`, `>`
    /// one that begins after `to`.
    /// `<=` matches one that begins by `to`, `>=` one that ends on `from` or later.
    fn period(&mut self, prefix: &str, field: &Field, op: Op, (from, to): (&str, &str)) -> String {
        let (lower, upper) = (
            format!("{prefix}{}", quote(&format!("{}_from", field.name))),
            format!("{prefix}{}", quote(&format!("{}_to", field.name))),
        );
        let there = format!("{prefix}{} IS NOT NULL", quote(&field.name));
        // A NULL bound is an open end.
        let not_after = |compiled: &mut Self| {
            format!("coalesce({lower}, '') <= {}", compiled.bind(to.to_owned()))
        };
        let not_before = |compiled: &mut Self| {
            format!(
                "coalesce({upper}, '9999-12-31') >= {}",
                compiled.bind(from.to_owned())
            )
        };
        let condition = match op {
            Op::Lt => format!("{upper} < {}", self.bind(from.to_owned())),
            Op::Le => not_after(self),
            Op::Gt => format!("{lower} > {}", self.bind(to.to_owned())),
            Op::Ge => not_before(self),
            Op::Has | Op::Eq | Op::Ne => format!("{} AND {}", not_after(self), not_before(self)),
        };
        format!("({there} AND {condition})")
    }

    /// Compares the year that [`crate::model::Period::year`] gives: that of the first day, or of the
    /// last day if the start is open. As a range of days, so that an index applies.
    fn year(&mut self, prefix: &str, field: &Field, op: Op, year: f64) -> String {
        let [from, to] = ["from", "to"]
            .map(|end| format!("{prefix}{}", quote(&format!("{}_{end}", field.name))));
        let (first, last) = (format!("{year:04}-01-01"), format!("{year:04}-12-31"));
        let mut compare = |column: &str| match op {
            Op::Lt => format!("{column} < {}", self.bind(first.clone())),
            Op::Le => format!("{column} <= {}", self.bind(last.clone())),
            Op::Gt => format!("{column} > {}", self.bind(last.clone())),
            Op::Ge => format!("{column} >= {}", self.bind(first.clone())),
            Op::Has | Op::Eq | Op::Ne => format!(
                "({column} >= {} AND {column} <= {})",
                self.bind(first.clone()),
                self.bind(last.clone())
            ),
        };
        let (begins, ends) = (compare(&from), compare(&to));
        format!("({begins} OR ({from} IS NULL AND {ends}))")
    }

    /// The `ORDER BY` clause; the uid is the last key.
    /// A field that no kind has is ignored.
    fn order(&mut self, order: &[Order]) -> String {
        let mut keys: Vec<String> = Vec::new();
        for Order { field, descending } in order {
            let way = if *descending { " DESC" } else { "" };
            let core = match field.as_str() {
                "title" => Some("kb_fold(e.title)".to_owned()),
                "slug" | "kind" => Some(format!("e.{field}")),
                "created" | "updated" | "position" | "private" => Some(format!("e.{field}")),
                // Without a value, these columns hold the empty text.
                "body" | "topics" | "tags" | "aliases" => Some(format!("nullif(e.{field}, '')")),
                _ => None,
            };
            let keyed = core.map_or_else(|| self.own_keys(field), |key| vec![key]);
            for key in keyed {
                // Missing values sort last in both directions. These columns always have a value.
                let nulls = if matches!(key.as_str(), "e.created" | "e.updated")
                    || key.starts_with("kb_fold(e.title)")
                {
                    ""
                } else {
                    " NULLS LAST"
                };
                keys.push(format!("{key}{way}{nulls}"));
            }
        }
        let added_last = order
            .iter()
            .any(|key| key.field == "created" && key.descending);
        keys.push(if added_last { "e.uid DESC" } else { "e.uid" }.to_owned());
        format!(" ORDER BY {}", keys.join(", "))
    }

    /// The sort keys for a field that kinds define: both ends of a period, the rank of a choice,
    /// otherwise the column. Without a joined kind, only the first key is used, as a subquery for
    /// each kind.
    fn own_keys(&mut self, name: &str) -> Vec<String> {
        let keys_of = |field: &Field, prefix: &str| -> Vec<String> {
            match field.field_type {
                FieldType::Period => ["_from", "_to"]
                    .iter()
                    .map(|end| format!("{prefix}{}", quote(&format!("{}{end}", field.name))))
                    .collect(),
                FieldType::Choice => vec![choice_rank(
                    &format!("{prefix}{}", quote(&field.name)),
                    field,
                )],
                FieldType::Line | FieldType::Text | FieldType::Person => {
                    vec![format!("kb_fold({prefix}{})", quote(&field.name))]
                }
                _ => vec![format!("{prefix}{}", quote(&field.name))],
            }
        };
        let of = |kind: &Kind| {
            if name == "year" {
                kind.year_field().cloned()
            } else {
                kind.field(name).cloned()
            }
        };
        if let Some(kind) = self.joined {
            return of(kind).map_or_else(Vec::new, |field| keys_of(&field, "k."));
        }
        let found: Vec<String> = self
            .store
            .kinds
            .iter()
            .filter_map(|kind| of(kind).map(|field| (kind, field)))
            .filter_map(|(kind, field)| {
                keys_of(&field, "").into_iter().next().map(|key| {
                    format!(
                        "(SELECT {key} FROM {} WHERE entry = e.id)",
                        quote(&kind.name)
                    )
                })
            })
            .collect();
        match found.len() {
            0 => Vec::new(),
            1 => found,
            // An entry is in the table of its kind only; the other subqueries yield NULL.
            _ => vec![format!("coalesce({})", found.join(", "))],
        }
    }
}

/// The SQL operator; `:` compares as `=`.
fn sign(op: Op) -> &'static str {
    if op == Op::Has { "=" } else { op.sign() }
}

/// An SQL expression for the position of a choice in the list of its kind.
fn choice_rank(column: &str, field: &Field) -> String {
    let ranks: Vec<String> = field
        .choices
        .iter()
        .enumerate()
        .map(|(rank, choice)| format!("WHEN '{}' THEN {rank}", choice.replace('\'', "''")))
        .collect();
    format!("CASE {column} {} END", ranks.join(" "))
}

/// Compares the position of a choice in the list of its field with that of another one. A field
/// whose list lacks the choice has no answer.
fn ranked(column: &str, field: &Field, op: Op, choice: &str) -> String {
    match field.choices.iter().position(|known| known == choice) {
        Some(rank) => format!("{} {} {rank}", choice_rank(column, field), sign(op)),
        None => "0".to_owned(),
    }
}

/// Whether a character of a topic is neither part of a word nor between words.
fn is_sign(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace() && !matches!(c, '-' | '_' | '/' | '\'' | '\u{2019}')
}
