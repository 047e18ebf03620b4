//! The ranking function of kb, compared with `bm25()` of FTS5 and with a slow computation from
//! every token of the index.

use std::collections::{BTreeMap, HashMap};

use kb::model::Query;
use kb::store::{Pair, Phrase, Purpose, Store, TextQuery};
use rusqlite::Connection;

use crate::support::{Dice, Folder, trials};

/// Words that differ in how many entries have them. `coding` and `codings` have the same stem.
const VOCABULARY: [&str; 14] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "lambda", "codings",
    "coding", "omega", "sigma", "rare",
];
/// The weights of the columns: title, aliases, body and fields.
const COLUMNS: [f64; 4] = [3.0, 3.0, 1.0, 1.0];

/// A notebook of random entries, in which the first words of the vocabulary are common and the last
/// are rare.
fn notebook(entries: usize, dice: &mut Dice) -> Folder {
    let folder = Folder::new();
    let mut lines = String::new();
    for n in 0..entries {
        let mut words = |most: usize| {
            let count = 1 + dice.next(most);
            let picked: Vec<&str> = (0..count)
                .map(|_| VOCABULARY[dice.next(VOCABULARY.len()).min(dice.next(VOCABULARY.len()))])
                .collect();
            picked.join(" ")
        };
        let (title, alias, body, tag) = (words(5), words(2), words(60), words(2));
        lines.push_str(&serde_json::json!({"kind": "term", "title": format!("{title} n{n}"), "aliases": [alias], "body": body, "tags": [tag]}).to_string());
        lines.push('\n');
    }
    folder.write("entries.jsonl", lines);
    folder.ok(&["import", "entries.jsonl"]);
    // Changed and removed entries leave delete markers in the full-text index.
    for n in 0..entries.min(20) {
        let slug = format!(
            "uid={}",
            folder
                .ok(&[
                    "sql",
                    &format!("SELECT slug FROM entry LIMIT 1 OFFSET {n}"),
                    "--tsv"
                ])
                .lines()
                .last()
                .unwrap()
        );
        let slug = slug.trim_start_matches("uid=");
        if n % 3 == 0 {
            folder.ok(&[
                "set",
                &format!("term/{slug}"),
                "body=rare words of another body",
            ]);
        }
        if n % 7 == 0 {
            folder.ok(&["remove", &format!("term/{slug}")]);
        }
    }
    folder
}

/// A query for any of the words, each with weight 1, without pairs or coverage.
fn question(words: &[&str]) -> TextQuery {
    let phrase = |(at, word): (usize, &&str)| Phrase {
        words: (*word).to_owned(),
        open: false,
        sought: at..at + 1,
        weight: 1.0,
    };
    TextQuery {
        phrases: words.iter().enumerate().map(phrase).collect(),
        times: vec![1.0; words.len()],
        ..TextQuery::default()
    }
}

/// One to `most` different words of the vocabulary.
fn draw(dice: &mut Dice, most: usize) -> Vec<&'static str> {
    let mut words: Vec<&str> = Vec::new();
    for _ in 0..1 + dice.next(most) {
        let word = dice.of(&VOCABULARY);
        // Two forms of one stem would count as one word.
        if !words
            .iter()
            .any(|known| known.trim_end_matches('s') == word.trim_end_matches('s'))
        {
            words.push(word);
        }
    }
    words
}

#[test]
fn words_alone_are_worth_what_fts5_says() {
    let mut dice = Dice(3);
    let folder = notebook(400, &mut dice);
    let store = Store::open(&folder.notebook(), Purpose::Read).unwrap();
    let plain = Connection::open(folder.notebook()).unwrap();
    let mut query = plain.prepare("SELECT rowid, -bm25(search, 3, 3, 1, 1) AS worth FROM search WHERE search MATCH ?1 ORDER BY worth DESC, rowid").unwrap();
    for _ in 0..trials(60, 2_000) {
        let words = draw(&mut dice, 5);
        let expression = words.join(" OR ");
        let expected: Vec<(i64, f64)> = query
            .query_map([&expression], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let found = store
            .rank(&question(&words), &Query::All, usize::MAX)
            .unwrap()
            .hits;
        assert_eq!(found.len(), expected.len(), "{words:?}");
        // kb leaves out the idf of a single word, because it is the same for all entries. The
        // scores then differ by that factor.
        let unit = if words.len() == 1 {
            expected[0].1 / found[0].bm25
        } else {
            1.0
        };
        let expected: HashMap<i64, f64> = expected.into_iter().collect();
        for hit in &found {
            assert!(
                (hit.bm25 * unit - expected[&hit.id]).abs() <= 1e-9 * expected[&hit.id].abs(),
                "{words:?}: {hit:?} and {}",
                expected[&hit.id]
            );
        }
        assert!(
            found.windows(2).all(|pair| pair[0].bm25 > pair[1].bm25
                || pair[0].bm25 == pair[1].bm25 && pair[0].id < pair[1].id),
            "{words:?}"
        );
    }
}

/// The tokens of each entry, by row id: the positions (column and offset) of each word, and the
/// number of tokens.
type Tokens = BTreeMap<i64, (HashMap<String, Vec<(usize, i64)>>, f64)>;

/// Reads every token of the index from an `fts5vocab` table.
fn tokens(plain: &Connection) -> Tokens {
    plain
        .execute_batch("CREATE VIRTUAL TABLE temp.token USING fts5vocab (main, search, instance)")
        .unwrap();
    let columns = ["title", "aliases", "body", "words"];
    let mut query = plain
        .prepare("SELECT doc, term, col, offset FROM temp.token")
        .unwrap();
    let mut rows = query.query([]).unwrap();
    let mut tokens = Tokens::new();
    while let Some(row) = rows.next().unwrap() {
        let (doc, term, column, offset): (i64, String, String, i64) = (
            row.get(0).unwrap(),
            row.get(1).unwrap(),
            row.get(2).unwrap(),
            row.get(3).unwrap(),
        );
        let entry = tokens.entry(doc).or_default();
        entry.0.entry(term).or_default().push((
            columns.iter().position(|name| *name == column).unwrap(),
            offset,
        ));
        entry.1 += 1.0;
    }
    tokens
}

/// The score of each entry that has one of the words, by row id, computed from the tokens with the
/// formula of docs/design/004-search.md.
fn worth(words: &[String], coverage: f64, pairs: &[Pair], tokens: &Tokens) -> BTreeMap<i64, f64> {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap());
    let rows = number(tokens.len());
    let average = tokens.values().map(|(_, length)| length).sum::<f64>() / rows;
    let idf: Vec<f64> = words
        .iter()
        .map(|word| {
            let with = number(
                tokens
                    .values()
                    .filter(|(places, _)| places.contains_key(word))
                    .count(),
            );
            ((rows - with + 0.5) / (with + 0.5)).ln().max(1e-6)
        })
        .collect();
    let mut found = BTreeMap::new();
    for (id, (places, length)) in tokens {
        let places: Vec<&[(usize, i64)]> = words
            .iter()
            .map(|word| places.get(word).map_or(&[][..], Vec::as_slice))
            .collect();
        if places.iter().all(|places| places.is_empty()) {
            continue;
        }
        let term = |idf: f64, frequency: f64| {
            idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / average))
        };
        let weigh = |places: &mut dyn Iterator<Item = usize>| {
            places.map(|column| COLUMNS[column]).sum::<f64>()
        };
        let sum: f64 = places
            .iter()
            .zip(&idf)
            .map(|(places, idf)| term(*idf, weigh(&mut places.iter().map(|place| place.0))))
            .sum();
        let there: f64 = places
            .iter()
            .zip(&idf)
            .map(|(places, idf)| if places.is_empty() { 0.0 } else { *idf })
            .sum();
        let mut worth = sum * (1.0 - coverage * (1.0 - there / idf.iter().sum::<f64>()));
        for pair in pairs {
            let behind = |(column, offset): (usize, i64)| {
                places[pair.second].contains(&(column, offset + i64::from(pair.distance)))
            };
            let together = weigh(
                &mut places[pair.first]
                    .iter()
                    .filter(|place| behind(**place))
                    .map(|place| place.0),
            );
            worth += 0.25 * term(idf[pair.first] + idf[pair.second], together);
        }
        found.insert(*id, worth);
    }
    found
}

#[test]
fn the_whole_formula_gives_the_same_hits_as_its_plain_form() {
    let mut dice = Dice(5);
    let folder = notebook(300, &mut dice);
    let store = Store::open(&folder.notebook(), Purpose::Read).unwrap();
    let plain = Connection::open(folder.notebook()).unwrap();
    let tokens = tokens(&plain);
    for _ in 0..trials(60, 2_000) {
        let words = draw(&mut dice, 7);
        if words.len() < 2 {
            continue;
        }
        let pairs: Vec<Pair> = (1..words.len())
            .map(|second| Pair {
                first: second - 1,
                second,
                distance: 1 + u32::try_from(dice.next(2)).unwrap(),
            })
            .collect();
        let all_first = dice.next(2) == 0;
        let coverage = *dice.of(&[0.0, 0.2, 1.0]);
        let asked = TextQuery {
            pairs: pairs.clone(),
            coverage,
            all_first,
            ..question(&words)
        };
        let found = store.rank(&asked, &Query::All, 10).unwrap().hits;
        let stems: Vec<String> = words
            .iter()
            .map(|word| store.stems(word).unwrap().remove(0))
            .collect();
        let worths = worth(&stems, coverage, &pairs, &tokens);
        let complete =
            |id: i64| all_first && stems.iter().all(|stem| tokens[&id].0.contains_key(stem));
        let mut expected: Vec<i64> = worths.keys().copied().collect();
        expected.sort_by(|a, b| {
            complete(*b)
                .cmp(&complete(*a))
                .then(worths[b].total_cmp(&worths[a]))
                .then(a.cmp(b))
        });
        // Equal scores may differ in the last digit, so their order is not compared.
        for (hit, wanted) in found.iter().zip(&expected) {
            assert_eq!(hit.complete, complete(hit.id), "{words:?}");
            assert!(
                (hit.bm25 - worths[wanted]).abs() < 1e-9 * worths[wanted],
                "{words:?}: {hit:?}, but the score of {wanted} is {}",
                worths[wanted]
            );
            assert!(
                (hit.bm25 - worths[&hit.id]).abs() < 1e-9 * worths[wanted],
                "{words:?}: {hit:?}"
            );
        }
        assert_eq!(found.len(), expected.len().min(10));
    }
}

#[test]
fn a_filter_leaves_the_ranking_as_it_is() {
    let mut dice = Dice(7);
    let folder = notebook(300, &mut dice);
    let store = Store::open(&folder.notebook(), Purpose::Read).unwrap();
    let among =
        Query::Not(Box::new(Query::Topic("nothing".to_owned()))).and(Query::Has("body".to_owned()));
    for _ in 0..20 {
        let words = draw(&mut dice, 3);
        let all = store
            .rank(&question(&words), &Query::All, usize::MAX)
            .unwrap()
            .hits;
        assert_eq!(
            store
                .rank(&question(&words), &among, usize::MAX)
                .unwrap()
                .hits,
            all,
            "{words:?}"
        );
        assert_eq!(
            store
                .rank(
                    &question(&words),
                    &Query::Kind(vec!["paper".to_owned()]),
                    10
                )
                .unwrap()
                .hits,
            []
        );
    }
}

#[test]
fn a_damaged_index_is_an_answer_or_an_error_and_no_more() {
    let mut dice = Dice(9);
    let folder = notebook(200, &mut dice);
    folder.is_damaged();
    let whole = std::fs::read(folder.notebook()).unwrap();
    let mut errors = 0;
    for _ in 0..trials(40, 2_000) {
        std::fs::write(folder.notebook(), &whole).unwrap();
        let plain = Connection::open(folder.notebook()).unwrap();
        let blocks: Vec<(i64, Vec<u8>)> = plain
            .prepare("SELECT id, block FROM search_data")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for _ in 0..1 + dice.next(3) {
            let (id, mut block) = dice.of(&blocks).clone();
            for _ in 0..1 + dice.next(4) {
                let at = dice.next(block.len());
                block[at] = u8::try_from(dice.next(256)).unwrap();
            }
            block.truncate(1 + dice.next(2 * block.len()));
            plain
                .execute(
                    "UPDATE search_data SET block = ?2 WHERE id = ?1",
                    (id, block),
                )
                .unwrap();
        }
        drop(plain);
        let store = Store::open(&folder.notebook(), Purpose::Read).unwrap();
        let pairs = vec![Pair {
            first: 0,
            second: 1,
            distance: 1,
        }];
        errors += usize::from(
            store
                .rank(
                    &TextQuery {
                        pairs,
                        ..question(&["alpha", "beta", "rare"])
                    },
                    &Query::All,
                    10,
                )
                .is_err(),
        );
    }
    assert!(errors > 0, "some of the damage was detected");
}
