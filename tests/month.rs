//! A month in which files and the notebook are both edited, with a sync a day.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{Dice, Folder, trials};

/// Something that is a note or a record, and an entry.
#[derive(Debug, Clone, Default)]
struct Thing {
    is_note: bool,
    in_file: bool,
    in_notebook: bool,
    /// The citation key of a record.
    key: String,
    /// What it must say on both sides.
    words: Vec<String>,
}

/// The state of the month: each thing by a word in its title that nothing else has.
struct Month {
    folder: Folder,
    things: BTreeMap<String, Thing>,
    dice: Dice,
    made: usize,
    /// Comments of the bibliography, which nobody edits.
    comments: usize,
}

impl Month {
    fn new(seed: u64) -> Month {
        let folder = Folder::new();
        let mut month = Month {
            folder,
            things: BTreeMap::new(),
            dice: Dice(seed),
            made: 0,
            comments: 0,
        };
        std::fs::create_dir_all(month.folder.file("v/sub")).unwrap();
        month
            .folder
            .write("thesis.bib", "% a thesis\n@string{j = {A Journal}}\n");
        for _ in 0..5 {
            month.add_note();
        }
        for _ in 0..6 {
            month.add_record();
        }
        month.folder.ok(&["import", "v/", "--kind", "post"]);
        month.folder.ok(&["import", "thesis.bib"]);
        month.folder.ok(&["sync"]);
        month
    }

    fn token(&mut self) -> String {
        self.made += 1;
        format!("tok{}x", self.made)
    }

    fn word(&mut self) -> String {
        self.made += 1;
        format!("word{}z", self.made)
    }

    fn add_note(&mut self) {
        let token = self.token();
        let word = self.word();
        let front = match self.dice.next(3) {
            0 => "---\ntags: [one]  # mine\n---\n",
            1 => "+++\ntags = [\"one\"]\n+++\n",
            _ => "",
        };
        let path = format!("v/Note {token}.md");
        self.folder
            .write(&path, format!("{front}first line\n\n{word}\n"));
        self.insert(token, true, word, String::new());
    }

    fn add_record(&mut self) {
        let (token, word) = (self.token(), self.word());
        let mut text = self.folder.read("thesis.bib");
        self.comments += 1;
        let number = self.comments;
        text.push_str(&format!(
            "\n% keep {number}\n@article{{key{token},\n  title   = {{On {token}}},\n  author  = {{Doe, Jane}},\n  journal = j,\n  note    = {{{word}}},\n  year    = 20{number:02},\n}}\n"
        ));
        self.folder.write("thesis.bib", text);
        self.insert(token.clone(), false, word, format!("key{token}"));
    }

    fn insert(&mut self, token: String, is_note: bool, word: String, key: String) {
        let thing = Thing {
            is_note,
            in_file: true,
            in_notebook: true,
            key,
            words: vec![word],
        };
        self.things.insert(token, thing);
    }

    /// The files of the folder of notes whose names have the word.
    fn notes(&self, token: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.folder.file("v"), &mut found);
        found.retain(|path| path.file_name().unwrap().to_str().unwrap().contains(token));
        found
    }

    fn reference(&self, token: &str) -> String {
        let refs = self
            .folder
            .ok(&["list", &format!("title:{token}"), "--tsv", "ref"]);
        assert_eq!(refs.lines().count(), 1, "{token}: {refs}");
        refs.trim().to_owned()
    }

    /// Where a record begins and ends in the bibliography.
    fn record(&self, key: &str) -> (String, usize, usize) {
        let text = self.folder.read("thesis.bib");
        let at = text
            .find(&format!("@article{{{key},"))
            .unwrap_or_else(|| panic!("{key} in {text}"));
        let end = at + text[at..].find("\n}\n").unwrap() + 3;
        (text, at, end)
    }

    /// Edits one thing on one side, at random.
    fn edit(&mut self, token: &str) {
        let thing = self.things[token].clone();
        let word = self.word();
        let mut after = thing.clone();
        let outside = self.dice.next(2) == 0;
        match (thing.is_note, outside) {
            (true, true) if thing.in_file => {
                let path = self.notes(token).remove(0);
                let text = std::fs::read_to_string(&path).unwrap();
                match self.dice.next(8) {
                    0 => {
                        std::fs::rename(&path, path.with_file_name(format!("Renamed {token}.md")))
                            .unwrap();
                    }
                    1 => {
                        let name = path.file_name().unwrap().to_owned();
                        std::fs::rename(&path, self.folder.file("v/sub").join(name)).unwrap();
                    }
                    2 => {
                        std::fs::remove_file(&path).unwrap();
                        after.in_file = false;
                    }
                    _ => {
                        std::fs::write(&path, format!("{text}\n{word}\n")).unwrap();
                        after.words.push(word);
                    }
                }
            }
            (false, true) if thing.in_file => {
                let (text, at, end) = self.record(&thing.key);
                let own = &text[at..end];
                match self.dice.next(6) {
                    0 => {
                        after.key = format!("new{word}");
                        let own = own.replace(&thing.key, &after.key);
                        self.folder.write(
                            "thesis.bib",
                            format!("{}{own}{}", &text[..at], &text[end..]),
                        );
                    }
                    1 => {
                        self.folder
                            .write("thesis.bib", format!("{}{}", &text[..at], &text[end..]));
                        after.in_file = false;
                    }
                    _ => {
                        let new = format!("{{{word} {}", &thing.words[0]);
                        let own = own.replace(&format!("{{{}", thing.words[0]), &new);
                        self.folder.write(
                            "thesis.bib",
                            format!("{}{own}{}", &text[..at], &text[end..]),
                        );
                        if own.contains(&word) {
                            after.words.insert(0, word);
                        }
                    }
                }
            }
            (_, false) if thing.in_notebook => {
                let reference = self.reference(token);
                match (self.dice.next(8), thing.is_note) {
                    (0, _) => {
                        self.folder.ok(&["remove", &reference, "--yes"]);
                        (after.in_file, after.in_notebook) = (false, false);
                    }
                    (1, _) => {
                        self.folder
                            .ok(&["set", &reference, &format!("tags+={word}")]);
                        after.words.push(word);
                    }
                    (_, true) => {
                        let body = self.folder.ok(&["show", &reference, "--body"]);
                        let body = format!("body={}\n\n{word}", body.trim_end());
                        self.folder.ok(&["set", &reference, &body]);
                        after.words.push(word);
                    }
                    (2, false) => {
                        after.key = format!("set{word}");
                        self.folder
                            .ok(&["set", &reference, &format!("key={}", after.key)]);
                    }
                    (_, false) => {
                        self.folder
                            .ok(&["set", &reference, &format!("pages={word}")]);
                        // Pages are one value: another one replaces them.
                        after.words.retain(|known| !known.starts_with("pages "));
                        after.words.push(format!("pages {word}"));
                    }
                }
            }
            _ => {}
        }
        self.things.insert(token.to_owned(), after);
    }

    /// Checks that nothing is lost, doubled or touched that nobody edited.
    fn check(&self, day: usize, said: &str) {
        let bib = self.folder.read("thesis.bib");
        let entries = self.folder.ok(&["export", "--format", "jsonl"]);
        for (token, thing) in &self.things {
            let place = format!("day {day}, {token}, {thing:?}\n{said}");
            let files = match thing.is_note {
                true => self.notes(token).len(),
                false => bib.matches(&format!("On {token}")).count(),
            };
            assert_eq!(files, usize::from(thing.in_file), "{place}\n{bib}");
            let own: Vec<&str> = entries
                .lines()
                .filter(|line| line.contains(&format!(" {token}\"")))
                .collect();
            assert_eq!(
                own.len(),
                usize::from(thing.in_notebook),
                "{place}\n{own:?}"
            );
            let text = match (thing.is_note, thing.in_file) {
                (_, false) => continue,
                (true, true) => std::fs::read_to_string(&self.notes(token)[0]).unwrap(),
                (false, true) => {
                    let (text, at, end) = self.record(&thing.key);
                    text[at..end].to_owned()
                }
            };
            for word in &thing.words {
                let word = word.trim_start_matches("pages ");
                assert!(text.contains(word), "{place}: {word} in {text}");
                assert!(own[0].contains(word), "{place}: {word} in {}", own[0]);
            }
        }
        for number in 1..=self.comments {
            assert!(
                bib.contains(&format!("% keep {number}\n")),
                "day {day}: {number}\n{bib}"
            );
        }
        assert!(bib.starts_with("% a thesis\n@string{j = {A Journal}}\n"));
        // What nobody edits stays: the journal is a string, and the signs are aligned.
        assert_eq!(
            bib.matches("journal = j,\n").count(),
            bib.matches("@article").count(),
            "{bib}"
        );
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn a_month_of_edits_on_both_sides_loses_and_doubles_nothing() {
    for seed in 0..trials(1, 100) {
        let mut month = Month::new(seed as u64 + 2026);
        for day in 1..=trials(12, 30) {
            let tokens: Vec<String> = month.things.keys().cloned().collect();
            for token in tokens {
                if month.dice.next(3) == 0 {
                    month.edit(&token);
                }
            }
            match month.dice.next(4) {
                0 => month.add_note(),
                1 => month.add_record(),
                _ => {}
            }
            let done = month.folder.run(&["sync"]);
            assert_eq!(done.code, Some(0), "seed {seed}, day {day}: {}", done.err);
            month.check(day, &done.err);
        }
        let before = (month.folder.read("thesis.bib"), month.folder.everything());
        month.folder.ok(&["sync"]);
        assert_eq!(
            (month.folder.read("thesis.bib"), month.folder.everything()),
            before
        );
        assert_eq!(month.folder.run(&["doctor", "-q"]).code, Some(0));
    }
}
