//! How much `kb` costs over a minimal program that does the same with SQLite and nothing else.
//!
//! `cargo bench` prints the table of docs/performance.md. Both programs run as whole cold processes on the
//! same file in one run, in turn; the medians of 30 are compared. Entries come from `KB_BENCH_DATA` (a JSON
//! lines file such as `../shared/bench/gen.py` makes), else from a generator in this file.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::expect_used, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, params};

const RUNS: usize = 30;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("floor") => floor(&words[2..]),
        _ => compare(),
    }
}

fn compare() {
    let folder = tempfile::tempdir().unwrap();
    let data = std::env::var_os("KB_BENCH_DATA").map_or_else(|| generate(folder.path()), PathBuf::from);
    let notebook = folder.path().join("notebook.db");
    let kb = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kb"));
        command.args(["--notebook", notebook.to_str().unwrap()]).args(words).current_dir(folder.path());
        command
    };
    let own = std::env::current_exe().unwrap();
    let floor = |words: &[&str]| {
        let mut command = Command::new(&own);
        command.arg("floor").args(words).current_dir(folder.path());
        command
    };
    let file = notebook.to_str().unwrap().to_owned();
    let lines = BufReader::new(std::fs::File::open(&data).unwrap()).lines().count();
    println!("{lines} entries from {}\n", data.display());
    println!("| what | kb, ms | floor, ms | ratio |\n|---|---|---|---|");

    let data_text = data.to_str().unwrap().to_owned();
    let copy = folder.path().join("floor.db");
    // Three imports each, into notebooks made anew; the medians count.
    let mut imports: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        for path in [&notebook, &copy] {
            let _ = std::fs::remove_file(path);
            make_empty(path);
        }
        imports[0].push(once(&mut kb(&["import", &data_text, "--format", "jsonl", "-q"])));
        imports[1].push(once(&mut floor(&["import", copy.to_str().unwrap(), &data_text])));
    }
    let [import, import_floor] = imports.map(median);
    row("import", import, import_floor);

    let mut version = Command::new(env!("CARGO_BIN_EXE_kb"));
    version.arg("--version").current_dir(folder.path());
    let version = [version, floor(&["version"])];
    pair("--version", version);
    pair("list papers year>=2020, first 20", [kb(&["list", "papers", "year>=2020", "--limit", "20"]), floor(&["list", &file])]);
    let slug: String =
        Connection::open(&notebook).unwrap().query_row("SELECT slug FROM entry WHERE kind = 'paper' LIMIT 1 OFFSET 500", [], |row| row.get(0)).unwrap();
    pair("show", [kb(&["show", &format!("paper/{slug}")]), floor(&["show", &file, &slug])]);
    pair("search, rare word", [kb(&["search", "grokking"]), floor(&["search", &file, "\"grokking\""])]);
    pair("search, common word", [kb(&["search", "model"]), floor(&["search", &file, "\"model\""])]);
    let add = [kb(&["add", "term", "A new term", "with a definition", "--topic", "Bench"]), floor(&["add", copy.to_str().unwrap()])];
    pair("add", add);
}

/// An empty notebook, for both programs to fill.
fn make_empty(notebook: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_kb")).args(["-q", "--notebook", notebook.to_str().unwrap(), "init"]).status().unwrap();
    assert!(status.success(), "{}", notebook.display());
}

fn once(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    start.elapsed()
}

fn pair(what: &str, mut commands: [Command; 2]) {
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(once(command));
        }
    }
    let [ours, theirs] = times.map(median);
    row(what, ours, theirs);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn row(what: &str, ours: Duration, floor: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("| {what} | {:.2} | {:.2} | {:.2} |", ms(ours), ms(floor), ms(ours) / ms(floor));
}

/// Entries of our own making: enough words for a rare and a common one.
fn generate(folder: &Path) -> PathBuf {
    const WORDS: [&str; 24] = [
        "model", "sparse", "coding", "layer", "token", "loss", "reward", "agent", "policy", "kernel", "prior", "latent", "signal", "graph", "speech", "vision",
        "bound", "proof", "sample", "metric", "noise", "margin", "scale", "search",
    ];
    let path = folder.join("entries.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut state = 7u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for n in 0..10_000 {
        let mut text = |length: usize| (0..length).map(|_| WORDS[next(WORDS.len()) % WORDS.len()]).collect::<Vec<_>>().join(" ");
        let (title, mut body) = (text(6), text(120));
        if n % 800 == 0 {
            body.push_str(" grokking");
        }
        let year = 1990 + n % 35;
        writeln!(out, r#"{{"kind":"paper","title":"{title} {n}","topics":["{}"],"year":{year},"authors":["Nanda, Neel"],"url":"https://example.org/{n}","body":"{body}"}}"#, WORDS[n % 24]).unwrap();
    }
    out.flush().unwrap();
    path
}

/// The minimal program: the same SQL, and nothing else.
fn floor(words: &[String]) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || Connection::open_with_flags(&words[1], flags).unwrap();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match words[0].as_str() {
        "version" => writeln!(out, "floor").unwrap(),
        "list" => {
            let db = open();
            let mut query = db
                .prepare(
                    "SELECT e.*, k.* FROM entry AS e JOIN paper AS k ON k.entry = e.id WHERE e.kind = 'paper' AND k.period_from >= '2020-01-01'
                     ORDER BY e.created, e.uid LIMIT 20",
                )
                .unwrap();
            let mut rows = query.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let (slug, title): (String, String) = (row.get("slug").unwrap(), row.get("title").unwrap());
                writeln!(out, "{slug}\t{title}").unwrap();
            }
        }
        "show" => {
            let db = open();
            let text: String = db
                .query_row("SELECT e.title || e.body || coalesce(k.authors, '') FROM entry AS e JOIN paper AS k ON k.entry = e.id WHERE e.kind = 'paper' AND e.slug = ?1", [&words[2]], |row| row.get(0))
                .unwrap();
            writeln!(out, "{text}").unwrap();
            let title: String = db.query_row("SELECT title FROM entry WHERE kind = 'paper' AND slug = ?1", [&words[2]], |row| row.get(0)).unwrap();
            let mut query = db.prepare("SELECT rowid FROM search WHERE search MATCH ?1 LIMIT 20").unwrap();
            let found = query.query_map([format!("body : \"{title}\"")], |row| row.get::<_, i64>(0)).unwrap().count();
            writeln!(out, "{found}").unwrap();
        }
        "search" => {
            let db = open();
            let mut query = db
                .prepare(
                    "SELECT e.slug, e.title, e.body FROM (SELECT rowid, bm25(search, 3.0, 3.0, 1.0, 1.0) AS score FROM search WHERE search MATCH ?1 ORDER BY score LIMIT 10) AS s
                     JOIN entry AS e ON e.id = s.rowid ORDER BY s.score",
                )
                .unwrap();
            let mut rows = query.query([&words[2]]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let (slug, title, body): (String, String, String) = (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
                writeln!(out, "{slug}\t{title}\t{body}").unwrap();
            }
        }
        "add" => {
            let db = open();
            db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE").unwrap();
            insert(&db, "A new term", "with a definition", "term", &["Bench"], 0);
            let uid: String = db.query_row("SELECT uid FROM entry ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).unwrap();
            log(&db, &uid, "{\"title\":\"A new term\",\"body\":\"with a definition\"}");
            db.execute_batch("COMMIT").unwrap();
        }
        "import" => import(&open(), &words[2]),
        other => unreachable!("{other}"),
    }
}

/// One entry with its rows, links to look for and history, as `kb` writes them.
fn insert(db: &Connection, title: &str, body: &str, kind: &str, topics: &[&str], salt: u32) -> i64 {
    let uid = format!("{:x}{salt:x}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos());
    let slug = format!("{}-{}", title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-").trim_matches('-'), &uid);
    let slug = slug.trim_start_matches('-').replace("--", "-");
    db.prepare_cached("INSERT INTO entry (uid, kind, slug, title, body, topics, created, updated, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', ?6)")
        .unwrap()
        .execute(params![uid, kind, slug, title, body, topics.join("\n")])
        .unwrap();
    let id = db.last_insert_rowid();
    for topic in topics {
        db.prepare_cached("INSERT INTO topic (entry, fold, name) VALUES (?1, ?2, ?2)").unwrap().execute(params![id, topic]).unwrap();
    }
    if kind == "term" {
        db.prepare_cached("INSERT INTO term (entry) VALUES (?1)").unwrap().execute([id]).unwrap();
    }
    id
}

fn log(db: &Connection, uid: &str, json: &str) {
    let operation: i64 = db.query_row("SELECT coalesce(max(id), 0) + 1 FROM operation", [], |row| row.get(0)).unwrap();
    db.execute("INSERT INTO change (operation, subject, field, new) VALUES (?1, ?2, '', ?3)", params![operation, uid, json]).unwrap();
    db.execute("INSERT INTO operation (id, machine, stamp, at, command, action, hash) VALUES (?1, 'm', 1, '2026', 'add', 'do', 0)", [operation]).unwrap();
}

/// The same tables and index from the same file, in one transaction, with the index rebuilt at the end.
fn import(db: &Connection, path: &str) {
    db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE").unwrap();
    db.execute_batch("DROP TRIGGER search_on_insert").unwrap();
    let text = |json: &serde_json::Value, name: &str| json[name].as_str().unwrap_or("").to_owned();
    for (n, line) in BufReader::new(std::fs::File::open(path).unwrap()).lines().enumerate() {
        let line = line.unwrap();
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let kind = text(&json, "kind");
        let topic = json["topics"][0].as_str().unwrap_or("").to_owned();
        let id = insert(db, &text(&json, "title"), &text(&json, "body"), &kind, &[&topic], u32::try_from(n).unwrap());
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
            db.prepare_cached("INSERT INTO goal (entry, status) VALUES (?1, ?2)").unwrap().execute(params![id, text(&json, "status")]).unwrap();
        }
        if kind == "meeting" {
            db.prepare_cached("INSERT INTO meeting (entry) VALUES (?1)").unwrap().execute([id]).unwrap();
        }
        db.prepare_cached("INSERT INTO change (operation, subject, field, new) VALUES (1, ?1, '', ?2)")
            .unwrap()
            .execute(params![format!("{n:032x}"), line])
            .unwrap();
    }
    db.execute_batch(
        "INSERT OR REPLACE INTO operation (id, machine, stamp, at, command, action, hash) VALUES (1, 'm', 1, '2026', 'import', 'do', 0);
         INSERT INTO search (search, rank) VALUES ('hashsize', 50331648); INSERT INTO search (search, rank) VALUES ('automerge', 0);
         INSERT INTO search (search, rank) VALUES ('crisismerge', 1000); INSERT INTO search (search) VALUES ('rebuild');
         INSERT INTO search (search) VALUES ('optimize'); COMMIT",
    )
    .unwrap();
}
