//! Search quality on collections with judged queries: nDCG@10, recall@100 and MRR of each stage of
//! the ranking.
//!
//! `cargo bench --bench quality` reads the collections in `../shared/ir`, or in the folder
//! `KB_BENCH_IR`. The README there describes the format. Each collection is imported into a
//! notebook of its own, and each document becomes an entry with its title and text.
//!
//! The first table asks as a user does: each judged query is one argument of `kb search`. The second is
//! of the stages of the ranking, for the words of each query. In the third, the queries are the titles of documents
//! and their first words, and only that document is relevant. The fourth is of the
//! suggestions for misspelt words.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use kb::model::{Kinds, Query};
use kb::search::rank::{self, SearchOptions};
use kb::search::reading::{self, MatchMode, Reading};
use kb::search::spelling;
use kb::store::{Purpose, Selection, Store};
use serde_json::Value as Json;

struct Collection {
    name: String,
    store: Store,
    /// The id of the document of each row.
    documents: HashMap<i64, String>,
    /// The id of the document of each uid.
    uids: HashMap<String, String>,
    /// Row id and title of each document.
    titles: Vec<(i64, String)>,
    /// Each judged query with the grades of its relevant documents.
    queries: Vec<(String, HashMap<String, f64>)>,
    folder: tempfile::TempDir,
}

impl Collection {
    /// The documents that `kb search` lists for a query, best first.
    fn typed(&self, query: &str) -> Vec<String> {
        let output = Command::new(env!("CARGO_BIN_EXE_kb"))
            .arg("--notebook")
            .arg(self.folder.path().join("notebook.db"))
            .args(["search", "--jsonl", "uid", "--limit", "10", "--", query])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| {
                let hit: Json = serde_json::from_str(line).unwrap();
                self.uids[hit["uid"].as_str().unwrap()].clone()
            })
            .collect()
    }
}

/// The stages of the ranking; each includes all those before it.
const STAGES: [&str; 6] = [
    "BM25",
    "+ pairs",
    "+ coverage",
    "+ other forms",
    "+ names",
    "+ meaning",
];

fn main() {
    let root = std::env::var_os("KB_BENCH_IR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/ir"),
        PathBuf::from,
    );
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("docs.jsonl").exists())
        .collect();
    folders.sort();
    if folders.is_empty() {
        println!("no collections in {}", root.display());
    }
    let collections: Vec<Collection> = folders.iter().map(|folder| load(folder)).collect();
    println!("| collection | nDCG@10 as typed |\n|---|---|");
    for collection in collections
        .iter()
        .filter(|collection| !collection.queries.is_empty())
    {
        let gains = collection
            .queries
            .iter()
            .map(|(text, judged)| ndcg(&collection.typed(text).iter().collect::<Vec<_>>(), judged));
        println!(
            "| {} | {:.4} |",
            collection.name,
            gains.sum::<f64>() / collection.queries.len() as f64
        );
    }
    if std::env::var_os("KB_BENCH_TYPED").is_some() {
        return;
    }
    println!("\n| collection | stage | nDCG@10 | recall@100 | MRR |\n|---|---|---|---|---|");
    for collection in collections
        .iter()
        .filter(|collection| !collection.queries.is_empty())
    {
        for (stage, name) in STAGES.iter().enumerate() {
            let (mut gain, mut recall, mut first) = (0.0, 0.0, 0.0);
            for (text, judged) in &collection.queries {
                let found: Vec<&String> = collection
                    .search(text, stage, 100)
                    .iter()
                    .map(|id| &collection.documents[id])
                    .collect();
                gain += ndcg(&found, judged);
                recall += found.iter().filter(|id| judged.contains_key(**id)).count() as f64
                    / judged.len() as f64;
                first += found
                    .iter()
                    .position(|id| judged.contains_key(*id))
                    .map_or(0.0, |at| 1.0 / (at + 1) as f64);
            }
            let mean = |sum: f64| sum / collection.queries.len() as f64;
            println!(
                "| {} | {} | {:.4} | {:.4} | {:.4} |",
                collection.name,
                name,
                mean(gain),
                mean(recall),
                mean(first)
            );
        }
    }
    println!("\n| collection | query | BM25 | words alone | with meaning |\n|---|---|---|---|---|");
    for collection in &collections {
        for words in [0, 1, 2, 3, 4] {
            let mut means = [0.0; 3];
            let step = (collection.titles.len() / 500).max(1);
            let sample: Vec<&(i64, String)> = collection
                .titles
                .iter()
                .filter(|(_, title)| title.split_whitespace().count() > 4)
                .step_by(step)
                .collect();
            for (id, title) in &sample {
                let query: Vec<&str> = title
                    .split_whitespace()
                    .take(if words == 0 { usize::MAX } else { words })
                    .collect();
                for (mean, stage) in means.iter_mut().zip([0, 4, 5]) {
                    let at = collection
                        .search(&query.join(" "), stage, 10)
                        .iter()
                        .position(|found| found == id);
                    *mean +=
                        at.map_or(0.0, |at| 1.0 / ((at + 2) as f64).log2()) / sample.len() as f64;
                }
            }
            let query = if words == 0 {
                "whole title".to_owned()
            } else {
                format!("first {words} words")
            };
            println!(
                "| {} | {query} | {:.4} | {:.4} | {:.4} |",
                collection.name, means[0], means[1], means[2]
            );
        }
    }
    println!(
        "\n| words of | words | right at first | among three | typed a word | ms a word |\n|---|---|---|---|---|---|"
    );
    for collection in &collections {
        typos(&collection.name, &collection.store);
    }
    if let Some(notebook) = std::env::var_os("KB_BENCH_NOTEBOOK").filter(|path| !path.is_empty()) {
        typos(
            "KB_BENCH_NOTEBOOK",
            &Store::open(Path::new(&notebook), Purpose::Read).unwrap(),
        );
    }
}

/// Prints how often the right word is suggested for a word of the notebook with one random edit: as
/// the first suggestion, and as any of the three.
fn typos(name: &str, store: &Store) {
    let mut words: Vec<String> = Vec::new();
    store
        .each_word_from("", |word, _| words.push(word.to_owned()))
        .unwrap();
    let mut state = 11u64;
    let mut dice = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let sample: Vec<String> = words
        .iter()
        .filter(|word| word.chars().count() >= 4 && word.chars().all(|c| c.is_ascii_alphabetic()))
        .cloned()
        .collect();
    let (mut asked, mut known, mut first, mut third) = (0, 0, 0, 0);
    let begun = std::time::Instant::now();
    while asked < 1_000 {
        let word = &sample[dice(sample.len())];
        let mut letters: Vec<char> = word.chars().collect();
        let letter = char::from(b'a' + u8::try_from(dice(26)).unwrap());
        let at = dice(letters.len());
        match dice(4) {
            0 => letters[at] = letter,
            1 => drop(letters.remove(at)),
            2 => letters.insert(dice(letters.len() + 1), letter),
            _ => letters.swap(at.min(word.len() - 2), at.min(word.len() - 2) + 1),
        }
        let typed: String = letters.into_iter().collect();
        if typed == *word {
            continue;
        }
        asked += 1;
        known += usize::from(store.has_word(&typed).unwrap());
        let near = spelling::suggest(&typed, store).unwrap();
        first += usize::from(near.first() == Some(word));
        third += usize::from(near.contains(word));
    }
    let each = begun.elapsed().as_secs_f64();
    println!(
        "| {name} | {} | {:.1} % | {:.1} % | {:.1} % | {each:.2} |",
        words.len(),
        first as f64 / 10.0,
        third as f64 / 10.0,
        known as f64 / 10.0
    );
}

/// Imports a collection into a temporary notebook, and reads its judged queries.
fn load(folder: &Path) -> Collection {
    let lines = |name: &str| -> Vec<Json> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let text = |json: &Json, name: &str| json[name].as_str().unwrap_or("").to_owned();
    let own = tempfile::tempdir().unwrap();
    let plural = Kinds::built_in();
    let kind = plural.iter().nth(1).unwrap().name.clone();
    let documents = lines("docs.jsonl");
    let mut import = String::new();
    let mut ids = Vec::new();
    for document in &documents {
        let title: String = text(document, "title").chars().take(900).collect();
        let title = if title.trim().is_empty() {
            "untitled".to_owned()
        } else {
            title
        };
        ids.push((text(document, "id"), title.clone()));
        import.push_str(
            &serde_json::json!({"kind": kind, "title": title, "body": text(document, "text")})
                .to_string(),
        );
        import.push('\n');
    }
    std::fs::write(own.path().join("docs.jsonl"), import).unwrap();
    let notebook = own.path().join("notebook.db");
    for words in [&["init", "-q"][..], &["import", "-q", "docs.jsonl"]] {
        let status = Command::new(env!("CARGO_BIN_EXE_kb"))
            .arg("--notebook")
            .arg(&notebook)
            .args(words)
            .current_dir(own.path())
            .status()
            .unwrap();
        assert!(status.success(), "{words:?}");
    }
    let store = Store::open(&notebook, Purpose::Read).unwrap();
    let mut stored: Vec<(i64, String)> = store
        .select(&Selection::of(Query::All))
        .unwrap()
        .into_iter()
        .map(|stored| (stored.id, stored.entry.uid))
        .collect();
    stored.sort_unstable();
    let uids = stored
        .iter()
        .zip(&ids)
        .map(|((_, uid), (id, _))| (uid.clone(), id.clone()))
        .collect();
    let rows: Vec<i64> = stored.iter().map(|(row, _)| *row).collect();
    // A document that equals an earlier one is not imported again. Rows and documents could then
    // not be paired by their order.
    assert_eq!(rows.len(), ids.len(), "{}", folder.display());
    let mut judged: HashMap<String, HashMap<String, f64>> = HashMap::new();
    for line in std::fs::read_to_string(folder.join("qrels.tsv"))
        .unwrap_or_default()
        .lines()
    {
        let cells: Vec<&str> = line.split('\t').collect();
        if let Some(grade) = cells[2].parse::<f64>().ok().filter(|grade| *grade > 0.0) {
            judged
                .entry(cells[0].to_owned())
                .or_default()
                .insert(cells[1].to_owned(), grade);
        }
    }
    let queries = lines("queries.jsonl")
        .iter()
        .filter_map(|query| {
            judged
                .remove(&text(query, "id"))
                .map(|judged| (text(query, "text"), judged))
        })
        .collect();
    Collection {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        store,
        uids,
        documents: rows
            .iter()
            .copied()
            .zip(ids.iter().map(|(id, _)| id.clone()))
            .collect(),
        titles: rows
            .iter()
            .copied()
            .zip(ids.into_iter().map(|(_, title)| title))
            .collect(),
        queries,
        folder: own,
    }
}

impl Collection {
    /// The row ids that a stage finds, best first.
    fn search(&self, text: &str, stage: usize, limit: usize) -> Vec<i64> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mode = MatchMode {
            open: false,
            exact: stage < 3,
        };
        let mut reading: Reading = reading::read(&words, mode, &self.store).unwrap();
        if stage < 1 {
            reading.question.pairs.clear();
        }
        if stage < 2 {
            reading.question.coverage = 0.0;
            reading.question.all_first = false;
        }
        if stage < 4 {
            let ranking = self
                .store
                .rank(&reading.question, &Query::All, limit)
                .unwrap();
            return ranking.hits.iter().map(|hit| hit.id).collect();
        }
        let options = SearchOptions {
            limit,
            mode,
            lexical: stage < 5,
        };
        rank::answer(reading, &Query::All, options, &self.store)
            .unwrap()
            .hits
            .iter()
            .map(|hit| hit.id)
            .collect()
    }
}

/// Normalised discounted cumulative gain of the first ten hits (Järvelin and Kekäläinen 2002), with
/// the grades as gains.
fn ndcg(found: &[&String], judged: &HashMap<String, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| {
        gains
            .take(10)
            .enumerate()
            .map(|(at, gain)| gain / ((at + 2) as f64).log2())
            .sum::<f64>()
    };
    let mut ideal: Vec<f64> = judged.values().copied().collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    discounted(
        &mut found
            .iter()
            .map(|id| judged.get(*id).copied().unwrap_or(0.0)),
    ) / discounted(&mut ideal.into_iter())
}
