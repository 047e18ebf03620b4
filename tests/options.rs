//! Every option that `--help` shows, in every spelling, on its verb.

use std::collections::BTreeMap;

use crate::support::Folder;

/// One option of the command reference.
struct Shown {
    /// `-l`, `--limit`: each way to write it.
    spellings: Vec<String>,
    /// The placeholder of a value that must follow, such as `NUMBER`.
    value: Option<String>,
}

/// The options of each verb, as `docs/commands.md` and `--help` list them.
fn shown() -> BTreeMap<String, Vec<Shown>> {
    let reference = kb::cli::reference::markdown();
    let mut verbs = BTreeMap::new();
    for section in reference
        .split("\n## `")
        .flat_map(|part| part.split("\n### `"))
        .skip(1)
    {
        let verb = section.split('`').next().unwrap().to_owned();
        let mut options = Vec::new();
        for line in section
            .lines()
            .filter(|line| line.trim_start().starts_with('-'))
        {
            let indent = line.len() - line.trim_start().len();
            if indent != 2 && indent != 6 {
                continue;
            }
            let (mut spellings, mut value) = (Vec::new(), None);
            for word in line.split([' ', ',']).filter(|word| !word.is_empty()) {
                if let Some(name) = word.strip_prefix('<') {
                    value = Some(name.trim_end_matches(['>', '.']).to_owned());
                } else if word.starts_with('-') {
                    spellings.push(word.split('[').next().unwrap().to_owned());
                }
            }
            options.push(Shown { spellings, value });
        }
        verbs.insert(verb, options);
    }
    verbs
}

/// Words that make a verb complete, so that only the option under test decides.
fn arguments(verb: &str) -> &'static [&'static str] {
    match verb {
        "kb edit" | "kb show" | "kb cite" | "kb remove" | "kb similar" => &["term/lasso"],
        "kb set" => &["term/lasso", "tags=x"],
        "kb search" | "kb find" => &["lasso"],
        "kb view" => &["list"],
        "kb view save" => &["recent", "kind:term"],
        "kb view remove" => &["recent"],
        "kb link" => &["term/lasso", "term/ridge"],
        "kb merge" => &["term/lasso", "term/ridge"],
        "kb fetch" => &["kind:term"],
        "kb import" => &["terms.csv"],
        "kb export" => &["out.jsonl"],
        "kb kind" => &["list"],
        "kb kind add" | "kb kind edit" => &["talk.toml"],
        "kb kind show" => &["term"],
        "kb kind remove" => &["project"],
        "kb sql" => &["select 1"],
        "kb completions" => &["bash"],
        "kb add" => &["term", "Ridge"],
        verb if verb.starts_with("kb add ") => &["A title"],
        _ => &[],
    }
}

/// A valid value for the placeholder of an option.
fn value(verb: &str, placeholder: &str, spelling: &str) -> &'static str {
    match (placeholder, spelling) {
        ("FORMAT", _) if verb == "kb import" => "csv",
        ("FORMAT", _) => "jsonl",
        ("WHAT", _) => "add",
        ("LANGUAGE", _) => "biblatex",
        ("NUMBER" | "SECONDS" | "INTEGER", _) | ("YEAR", _) => "3",
        ("WHEN", "--color") => "never",
        ("WHEN", _) => "7d",
        ("PERIOD", _) => "2024",
        ("CHOICE", _) => "want",
        _ => "x",
    }
}

#[test]
fn every_spelling_of_every_option_in_the_help_is_an_option_of_its_verb() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Lasso"]);
    folder.ok(&["add", "term", "Ridge"]);
    let mut tried = 0;
    for (verb, options) in shown() {
        for option in options {
            for spelling in &option.spellings {
                if ["-h", "--help", "-V", "--version"].contains(&spelling.as_str()) {
                    continue;
                }
                let mut once = vec![spelling.as_str()];
                once.extend(
                    option
                        .value
                        .as_deref()
                        .map(|name| value(&verb, name, spelling)),
                );
                let words = |times: usize, last: &[&'static str]| {
                    let mut words: Vec<&str> = verb.split(' ').skip(1).collect();
                    words.extend(arguments(&verb));
                    for _ in 0..times {
                        words.extend(&once);
                    }
                    words.extend(last);
                    words.into_iter().map(str::to_owned).collect::<Vec<_>>()
                };
                let run = |words: &[String]| {
                    folder.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
                };
                // `--help` at the end: the option is read, and nothing is done.
                let given = run(&words(1, &["--help"]));
                assert_eq!(given.code, Some(0), "{:?}\n{}", words(1, &[]), given.err);
                // An option that takes one value is refused the second time; a word would not be.
                let again = run(&words(2, &["--help"]));
                assert!(
                    again.code == Some(0) || again.err.contains("is given twice"),
                    "{:?}\n{}",
                    words(2, &[]),
                    again.err
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried} spellings were tried");
}

#[test]
fn single_letters_after_the_words_of_a_search_are_options() {
    let folder = Folder::new();
    for n in 0..25 {
        folder.ok(&["add", "term", &format!("University {n}"), "-q"]);
    }
    assert!(folder.ok(&["search", "university", "-a"]).lines().count() == 25);
    assert!(folder.ok(&["search", "-a", "university"]).lines().count() == 25);
    folder.fails(1, &["search", "universty", "-x"]);
    folder.fails(1, &["search", "-x", "universty"]);
    let twice = folder.fails(2, &["search", "-x", "-x", "universty"]);
    assert!(twice.contains("is given twice"), "{twice}");
}

#[test]
fn a_semicolon_in_what_was_typed_makes_no_hint() {
    let error = Folder::new().fails(2, &["list", "papers", "--sort", "x; y"]);
    assert!(error.contains("`x; y`"), "{error}");
    assert!(!error.contains("hint: y"), "{error}");
}
