//! Tests of the query plans and virtual-machine steps of the store's statements, which do not
//! depend on the machine.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::StatementStatus;
use rusqlite::trace::TraceEvent;

use super::{
    Order, Pair, Phrase, Purpose, Reads, Selection, Store, StoreError, TextQuery, WriteMode,
};
use crate::model::reference::Reference;
use crate::model::{Clock, Entry, Query};

/// Index of the second kind in a test notebook; the first has index 0.
const OTHER: usize = 1;

/// A notebook with `entries` entries of two kinds: all have the word `common`, three have `rare`.
fn notebook(folder: &Path, entries: usize) -> Result<Store, StoreError> {
    let path = folder.join(format!("{entries}.db"));
    Store::create(&path)?;
    let mut store = Store::open(&path, Purpose::Write)?;
    let kinds: Vec<String> = store.kinds().iter().map(|kind| kind.name.clone()).collect();
    let clock = Clock {
        now: chrono::DateTime::default(),
        today: chrono::NaiveDate::default(),
    };
    store.write("kb test", &clock, WriteMode::Commit, |writer| {
        for n in 0..entries {
            let rare = if n % (entries / 3) == 1 { " rare" } else { "" };
            let created = format!("2026-11-23T12:{:02}:{:02}Z", n / 60 % 60, n % 60);
            let kind = kinds[if n % 10 == 0 { OTHER } else { 0 }].clone();
            let entry = Entry {
                kind,
                title: format!("Entry {n}"),
                body: format!("common words{rare}"),
                updated: created.clone(),
                created,
                ..Entry::default()
            };
            writer.create(entry)?;
        }
        Ok::<(), StoreError>(())
    })?;
    Store::open(&path, Purpose::Read)
}

/// Runs `ask` and returns each of its statements with the number of virtual-machine steps. The
/// steps of a statement that runs repeatedly are added up.
fn traced(
    store: &Store,
    ask: impl FnOnce(&Store) -> Result<(), StoreError>,
) -> Result<BTreeMap<String, i32>, StoreError> {
    // A new connection, because SQLite counts the steps of a statement since it was prepared.
    let mut store = Store::open(store.path(), Purpose::Read)?;
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    let notes = Arc::clone(&seen);
    let note = move |event: TraceEvent<'_>| {
        if let (TraceEvent::Profile(statement, _), Ok(mut notes)) = (event, notes.lock()) {
            notes.insert(
                statement.sql().into_owned(),
                statement.get_status(StatementStatus::VmStep),
            );
        }
    };
    store.db.trace(note)?;
    ask(&store)?;
    drop(store);
    Ok(seen
        .lock()
        .map_or_else(|_| BTreeMap::new(), |seen| seen.clone()))
}

/// The query plan of a statement, one step a line.
fn plan(store: &Store, sql: &str) -> Result<String, StoreError> {
    store.db.register()?;
    let mut query = store.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    // A plan does not depend on the bound values.
    let nothing = vec![rusqlite::types::Value::Null; query.parameter_count()];
    let lines: Vec<String> = query
        .query_map(rusqlite::params_from_iter(nothing), |row| row.get(3))?
        .collect::<Result<_, _>>()?;
    Ok(lines.join("\n"))
}

/// A query for words in order, each pair of neighbours scored.
fn question(words: &[&str]) -> TextQuery {
    let phrase = |(at, word): (usize, &&str)| Phrase {
        words: (*word).to_owned(),
        open: false,
        sought: at..at + 1,
        weight: 1.0,
    };
    let pairs = (1..words.len())
        .map(|second| Pair {
            first: second - 1,
            second,
            distance: 1,
        })
        .collect();
    TextQuery {
        phrases: words.iter().enumerate().map(phrase).collect(),
        times: vec![1.0; words.len()],
        pairs,
        ..TextQuery::default()
    }
}

/// The query plan of the statement that ranks matches.
fn plan_of_ranking(store: &Store, words: &[&str], among: &Query) -> Result<String, StoreError> {
    let statements = traced(store, |store| {
        store.rank(&question(words), among, 10).map(drop)
    })?;
    let ranking = statements
        .into_keys()
        .find(|sql| sql.contains("ORDER BY score"))
        .unwrap_or_default();
    plan(store, &ranking)
}

#[test]
fn the_match_stays_in_charge_beside_a_filter() -> Result<(), StoreError> {
    let folder = tempfile::tempdir().map_err(|e| StoreError::file(Path::new(""), e))?;
    let store = notebook(folder.path(), 1_500)?;
    let kind = store
        .kinds()
        .iter()
        .nth(OTHER)
        .map(|kind| kind.name.clone())
        .unwrap_or_default();
    let filters = [
        Query::Kind(vec![kind]),
        Query::Topic("a".to_owned()),
        Query::Has("body".to_owned()),
    ];
    for among in &filters {
        let many = plan_of_ranking(&store, &["common"], among)?;
        assert!(
            many.starts_with("SCAN search VIRTUAL TABLE INDEX") && many.contains("LIST SUBQUERY"),
            "the filter should run once: {many}"
        );
        assert!(
            !many.contains("CORRELATED SCALAR SUBQUERY 1\nSEARCH search"),
            "{many}"
        );
        let few = plan_of_ranking(&store, &["rare"], among)?;
        assert!(
            few.starts_with("SCAN search VIRTUAL TABLE INDEX")
                && few.contains("USING INTEGER PRIMARY KEY (rowid=?)"),
            "each match should be tested against the filter: {few}"
        );
    }
    let plain = plan_of_ranking(&store, &["common", "words"], &Query::All)?;
    assert_eq!(plain.lines().count(), 2, "a match and a sort: {plain}");
    assert!(
        !plain.contains("entry"),
        "no entry is read to rank: {plain}"
    );
    Ok(())
}

#[test]
fn what_is_read_does_not_grow_with_the_notebook() -> Result<(), StoreError> {
    let folder = tempfile::tempdir().map_err(|e| StoreError::file(Path::new(""), e))?;
    let (small, large) = (
        notebook(folder.path(), 300)?,
        notebook(folder.path(), 3_000)?,
    );
    let newest = |kind: Option<String>| Selection {
        query: kind.map_or(Query::All, |kind| Query::Kind(vec![kind])),
        order: vec![Order::read("-created")],
        limit: Some(20),
        reads: Reads::Common,
    };
    let first = small
        .kinds()
        .iter()
        .next()
        .map(|kind| kind.name.clone())
        .unwrap_or_default();
    let read = |store: &Store, selection: &Selection| {
        let mut count = 0;
        store.for_each(selection, |_| {
            count += 1;
            ControlFlow::Continue(())
        })?;
        assert_eq!(count, selection.limit.unwrap_or_default());
        Ok(())
    };
    type Ask<'a> = (
        &'a str,
        Box<dyn Fn(&Store) -> Result<(), StoreError> + 'a>,
        i32,
    );
    let asks: Vec<Ask<'_>> = vec![
        (
            "the newest",
            Box::new(|store| read(store, &newest(None))),
            1_500,
        ),
        (
            "as they came",
            Box::new(|store| {
                read(
                    store,
                    &Selection {
                        order: Vec::new(),
                        ..newest(None)
                    },
                )
            }),
            1_500,
        ),
        (
            "the newest of a kind",
            Box::new(|store| read(store, &newest(Some(first.clone())))),
            1_500,
        ),
        (
            "by ref",
            Box::new(|store| {
                store
                    .resolve(&Reference::read("entry-77", store.kinds()))
                    .map(|found| assert_eq!(found.len(), 1))
            }),
            400,
        ),
        (
            "by arXiv id",
            Box::new(|store| {
                store
                    .resolve(&Reference::read("2010.11929", store.kinds()))
                    .map(|found| assert_eq!(found.len(), 0))
            }),
            400,
        ),
        (
            "by DOI",
            Box::new(|store| {
                store
                    .resolve(&Reference::read("10.1145/3582099", store.kinds()))
                    .map(|found| assert_eq!(found.len(), 0))
            }),
            800,
        ),
        (
            "by address",
            Box::new(|store| {
                store
                    .resolve(&Reference::read("https://example.org/a", store.kinds()))
                    .map(|found| assert_eq!(found.len(), 0))
            }),
            800,
        ),
        (
            "a rare word",
            Box::new(|store| {
                store
                    .rank(&question(&["rare"]), &Query::All, 10)
                    .map(|ranking| assert_eq!(ranking.hits.len(), 3))
            }),
            700,
        ),
        (
            "a word that is there",
            Box::new(|store| store.has_word("rare").map(|there| assert!(there))),
            20,
        ),
        (
            "an entry",
            Box::new(|store| store.by_id(77).map(|found| assert!(found.is_some()))),
            150,
        ),
        (
            "the state of the index",
            Box::new(|store| store.index_state().map(drop)),
            600,
        ),
        (
            "the labels",
            Box::new(|store| store.labels(super::Labels::Topics).map(drop)),
            200,
        ),
    ];
    for (name, ask, most) in &asks {
        let steps = |store: &Store| {
            traced(store, |store| ask(store)).map(|seen| seen.values().sum::<i32>())
        };
        let (few, many) = (steps(&small)?, steps(&large)?);
        assert!(
            few <= *most && many <= few + few / 10,
            "{name}: {few} steps, then {many}"
        );
        assert!(few > 0, "{name}: statements were counted");
    }
    Ok(())
}

#[test]
fn a_kind_in_another_order_than_by_age_is_sorted_by_keys_that_stand_together()
-> Result<(), StoreError> {
    let folder = tempfile::tempdir().map_err(|e| StoreError::file(Path::new(""), e))?;
    let store = notebook(folder.path(), 300)?;
    let kind = store
        .kinds()
        .iter()
        .nth(OTHER)
        .map(|kind| kind.name.clone())
        .unwrap_or_default();
    for field in ["title", "-year"] {
        let selection = Selection {
            query: Query::Kind(vec![kind.clone()]),
            order: vec![Order::read(field)],
            limit: Some(5),
            reads: Reads::Common,
        };
        let statements = traced(&store, |store| {
            store
                .select(&selection)
                .map(|found| assert_eq!(found.len(), 5))
        })?;
        let sorting = statements
            .into_keys()
            .find(|sql| sql.contains("ORDER BY"))
            .unwrap_or_default();
        let plan = plan(&store, &sorting)?;
        let [outer, inner] = plan.split("LIST SUBQUERY").take(2).collect::<Vec<_>>()[..] else {
            panic!("the entries should be read after the sort: {plan}")
        };
        assert!(inner.contains("INDEX entry_by_kind_and_age"), "{plan}");
        assert!(
            outer.contains("USING INTEGER PRIMARY KEY (rowid=?)"),
            "{plan}"
        );
    }
    Ok(())
}
