//! The minimal program: the SQL of one task on the same file, and nothing else.

use std::io::{BufRead, BufReader, Write};

use rusqlite::{Connection, OpenFlags, params};

const OPERATION: &str = "INSERT INTO operation (id, uid, replica, sequence, stamp, at, actor, command, action, inherits, seen, schema, kinds, nonce, salt)";

/// Runs a task. `words` are the notebook file, the verb, and what the verb needs.
pub(crate) fn run(words: &[String]) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || Connection::open_with_flags(&words[0], flags).unwrap();
    match words[1].as_str() {
        "version" => println!("floor"),
        "list" => rows(&open(), "SELECT slug, title, topics FROM entry ORDER BY created DESC, uid DESC LIMIT 20", &[]),
        "show" => {
            let db = open();
            rows(
                &db,
                "SELECT e.title, e.body, k.authors FROM entry AS e JOIN paper AS k ON k.entry = e.id WHERE e.kind = 'paper' AND e.slug = ?1",
                &[&words[2]],
            );
            // Entries that link to it, and entries whose body contains its title.
            rows(&db, "SELECT l.text FROM link AS l JOIN entry AS e ON e.id = l.target WHERE e.kind = 'paper' AND e.slug = ?1", &[&words[2]]);
            let title: String = db.query_row("SELECT title FROM entry WHERE kind = 'paper' AND slug = ?1", [&words[2]], |row| row.get(0)).unwrap();
            rows(&db, "SELECT rowid FROM search WHERE search MATCH ?1 LIMIT 20", &[&format!("body : \"{title}\"")]);
        }
        "filter" => rows(
            &open(),
            "SELECT e.slug, e.title, k.authors, k.period FROM entry AS e JOIN paper AS k ON k.entry = e.id
             WHERE e.kind = 'paper' AND k.period_from >= '2024-01-01' ORDER BY e.created, e.uid LIMIT 20",
            &[],
        ),
        // Ranking in a subquery before the join is the fastest form for a rare word.
        "search" => rows(
            &open(),
            "SELECT e.slug, e.title, e.body FROM (SELECT rowid, bm25(search, 3.0, 3.0, 1.0, 1.0) AS score FROM search WHERE search MATCH ?1 ORDER BY score LIMIT 10) AS s
             JOIN entry AS e ON e.id = s.rowid ORDER BY s.score",
            &[&words[2]],
        ),
        // The form of the FTS5 documentation.
        "rank" => rows(
            &open(),
            "SELECT e.slug, e.title, e.body FROM search JOIN entry AS e ON e.id = search.rowid WHERE search MATCH ?1 ORDER BY rank LIMIT 10",
            &[&words[2]],
        ),
        "join" => rows(
            &open(),
            "SELECT e.slug, e.title, e.body FROM search JOIN entry AS e ON e.id = search.rowid JOIN paper AS k ON k.entry = e.id
             WHERE search MATCH ?1 AND e.kind = 'paper' AND k.period_from >= '2024-01-01' ORDER BY rank LIMIT 10",
            &[&words[2]],
        ),
        "add" => add(&open()),
        "import" => import(&open(), &words[2]),
        "export" => export(&open(), &words[2]),
        other => unreachable!("{other}"),
    }
}

fn rows(db: &Connection, sql: &str, parameters: &[&dyn rusqlite::ToSql]) {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut query = db.prepare(sql).unwrap();
    let columns = query.column_count();
    let mut rows = query.query(parameters).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for at in 0..columns {
            let cell = row.get_ref(at).unwrap();
            let text = cell.as_str().map_or_else(
                |_| cell.as_i64().map_or(String::new(), |n| n.to_string()),
                str::to_owned,
            );
            write!(out, "{text}\t").unwrap();
        }
        writeln!(out).unwrap();
    }
}

const SETTINGS: &str = "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE";

fn add(db: &Connection) {
    db.execute_batch(SETTINGS).unwrap();
    let id = insert(db, "A new term", "with a definition", "term", "Bench", 0);
    let length = db
        .query_row("SELECT sz FROM search_docsize WHERE id = ?1", [id], |row| {
            row.get::<_, Vec<u8>>(0)
        })
        .unwrap();
    patch(
        db,
        "_length",
        "lengths",
        id / 2_000,
        usize::try_from(id % 2_000).unwrap() * 2,
        &[length[0], 0],
    );
    let uid: String = db
        .query_row("SELECT uid FROM entry WHERE id = ?1", [id], |row| {
            row.get(0)
        })
        .unwrap();
    let operation: i64 = db
        .query_row(
            "SELECT coalesce(max(id), 0) + 1 FROM operation",
            [],
            |row| row.get(0),
        )
        .unwrap();
    db.execute(
        "INSERT INTO change (operation, subject, field, new) VALUES (?1, ?2, '', ?3)",
        params![operation, uid, "{\"title\":\"A new term\"}"],
    )
    .unwrap();
    db.execute(&format!("{OPERATION} VALUES (?1, printf('%032x', ?1), 'm', ?1, 1, '2026', 'user', 'add', 'do', 0, '{{}}', 8, '', x'', x'')"), [operation]).unwrap();
    db.execute_batch("COMMIT").unwrap();
}

/// Overwrites `bytes` at offset `at` of the blob of a chunk, which holds the numbers of many
/// entries.
fn patch(db: &Connection, table: &str, column: &str, chunk: i64, at: usize, bytes: &[u8]) {
    let mut blob: Vec<u8> = db
        .query_row(
            &format!("SELECT {column} FROM {table} WHERE chunk = ?1"),
            [chunk],
            |row| row.get(0),
        )
        .unwrap_or_default();
    blob.resize(blob.len().max(at + bytes.len()), 0);
    blob[at..at + bytes.len()].copy_from_slice(bytes);
    db.prepare_cached(&format!(
        "INSERT OR REPLACE INTO {table} (chunk, {column}) VALUES (?1, ?2)"
    ))
    .unwrap()
    .execute(params![chunk, blob])
    .unwrap();
}

/// Inserts one entry with its topic and vector, as kb writes them, and returns its row id. `salt`
/// makes the uid and the slug unique; its words are inserted only if `salt` is 0.
fn insert(db: &Connection, title: &str, body: &str, kind: &str, topic: &str, salt: usize) -> i64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let uid = format!("{now:020x}{salt:012x}");
    let slug = format!(
        "{}-{now}-{salt}",
        title
            .to_lowercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
            .trim_matches('-')
    );
    db.prepare_cached(
        "INSERT INTO entry (uid, kind, slug, title, body, topics, created, updated, words, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', ?6, 1)",
    )
    .unwrap()
    .execute(params![uid, kind, slug, title, body, topic])
    .unwrap();
    let id = db.last_insert_rowid();
    db.prepare_cached("INSERT INTO topic (entry, fold, name) VALUES (?1, ?2, ?2)")
        .unwrap()
        .execute(params![id, topic])
        .unwrap();
    patch(
        db,
        "_vector",
        "vectors",
        id / 31,
        usize::try_from(id % 31).unwrap() * 128,
        &[1; 128],
    );
    let mut word = db
        .prepare_cached("INSERT OR IGNORE INTO _word (word) VALUES (?1)")
        .unwrap();
    if salt == 0 {
        for each in title.split(' ').chain(body.split(' ')) {
            word.execute([each.to_lowercase()]).unwrap();
        }
    }
    if kind == "term" {
        db.prepare_cached("INSERT INTO term (entry) VALUES (?1)")
            .unwrap()
            .execute([id])
            .unwrap();
    }
    id
}

/// Imports the JSON lines of a file into the same tables in one transaction, and rebuilds the
/// full-text index at the end.
fn import(db: &Connection, path: &str) {
    db.execute_batch(SETTINGS).unwrap();
    let triggers: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (name, _) in &triggers {
        db.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    let text = |json: &serde_json::Value, name: &str| json[name].as_str().unwrap_or("").to_owned();
    let mut known = std::collections::HashSet::new();
    for (n, line) in BufReader::new(std::fs::File::open(path).unwrap())
        .lines()
        .enumerate()
    {
        let line = line.unwrap();
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let (kind, title, body) = (
            text(&json, "kind"),
            text(&json, "title"),
            text(&json, "body"),
        );
        let id = insert(
            db,
            &title,
            &body,
            &kind,
            json["topics"][0].as_str().unwrap_or(""),
            n + 1,
        );
        for word in title.split(' ').chain(body.split(' ')) {
            if !known.contains(word) {
                known.insert(word.to_owned());
                db.prepare_cached("INSERT OR IGNORE INTO _word (word) VALUES (?1)")
                    .unwrap()
                    .execute([word.to_lowercase()])
                    .unwrap();
            }
        }
        if kind == "paper" {
            let year = json["year"].to_string();
            db.prepare_cached(
                "INSERT INTO paper (entry, authors, period, period_text, period_from, period_to, venue, url) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)",
            )
            .unwrap()
            .execute(params![id, json["authors"].to_string(), year, format!("{year}-01-01"), format!("{year}-12-31"), text(&json, "venue"), text(&json, "url")])
            .unwrap();
        }
        if kind == "goal" {
            db.prepare_cached("INSERT INTO goal (entry, status) VALUES (?1, ?2)")
                .unwrap()
                .execute(params![id, text(&json, "status")])
                .unwrap();
        }
        if kind == "meeting" {
            db.prepare_cached("INSERT INTO meeting (entry) VALUES (?1)")
                .unwrap()
                .execute([id])
                .unwrap();
        }
        db.prepare_cached(
            "INSERT INTO change (operation, subject, field, new) VALUES (1, ?1, '', ?2)",
        )
        .unwrap()
        .execute(params![format!("{n:032x}"), line])
        .unwrap();
    }
    db.execute_batch(
        "INSERT OR REPLACE INTO operation (id, uid, replica, sequence, stamp, at, actor, command, action, inherits, seen, schema, kinds, nonce, salt)
           VALUES (1, printf('%032x', 1), 'm', 1, 1, '2026', 'user', 'import', 'do', 0, '{}', 8, '', x'', x'');
         INSERT INTO search (search, rank) VALUES ('hashsize', 50331648); INSERT INTO search (search, rank) VALUES ('automerge', 0);
         INSERT INTO search (search, rank) VALUES ('crisismerge', 1000); INSERT INTO search (search) VALUES ('rebuild');
         INSERT INTO search (search) VALUES ('optimize')",
    )
    .unwrap();
    for (_, sql) in &triggers {
        db.execute_batch(sql).unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
}

/// Writes every entry as a line of JSON to the file `path`.
fn export(db: &Connection, path: &str) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut query = db
        .prepare(
            "SELECT e.uid, e.kind, e.slug, e.title, e.body, e.topics, e.created, e.updated, k.authors, k.period, k.venue, k.url, g.status
             FROM entry AS e LEFT JOIN paper AS k ON k.entry = e.id LEFT JOIN goal AS g ON g.entry = e.id ORDER BY e.uid",
        )
        .unwrap();
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut rows = query.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let mut map = serde_json::Map::new();
        for (at, name) in names.iter().enumerate() {
            if let Ok(text) = row.get_ref(at).unwrap().as_str() {
                map.insert(name.clone(), text.into());
            }
        }
        serde_json::to_writer(&mut out, &map).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
}
