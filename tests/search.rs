//! Search as a user sees it: ranking, word forms, typos, meaning, filters, output and saved
//! filters.

use serde_json::Value as Json;

use crate::support::Folder;

/// A small notebook about machine learning.
pub(crate) fn notebook() -> Folder {
    let folder = Folder::new();
    for (kind, title, body, more) in [
        (
            "term",
            "Variational autoencoder (VAE)",
            "A generative model that learns a code with a prior.",
            &["--topic", "Generative models"][..],
        ),
        (
            "term",
            "Sparse coding",
            "To write a signal as a sum of few atoms of a dictionary.",
            &["--alias", "SC", "--topic", "Interpretability"],
        ),
        (
            "term",
            "Dictionary learning",
            "It finds the atoms of sparse coding.",
            &["--topic", "Interpretability", "--tag", "classics"],
        ),
        (
            "term",
            "Auto-encoder",
            "A network that copies its input through a narrow layer.",
            &[],
        ),
        (
            "paper",
            "Attention Is All You Need",
            "The transformer.",
            &["--year", "2017", "--authors", "Ashish Vaswani"],
        ),
        (
            "paper",
            "Multi-agent debate",
            "Models that argue with each other answer better.",
            &["--year", "2023"],
        ),
        (
            "goal",
            "Read about the café problem in naïve economics",
            "",
            &["--status", "want"],
        ),
        (
            "post",
            "Why the kitchen smells of cinnamon",
            "Baking bread and cakes on a rainy Sunday.",
            &[],
        ),
    ] {
        let mut words = vec!["add", kind, title];
        if !body.is_empty() {
            words.push(body);
        }
        folder.ok(&words
            .into_iter()
            .chain(more.iter().copied())
            .collect::<Vec<_>>());
    }
    folder
}

/// The refs that a search finds, best first; empty also if the command fails.
fn refs(folder: &Folder, words: &[&str]) -> Vec<String> {
    let words: Vec<&str> = ["search"]
        .iter()
        .chain(words)
        .chain(&["--jsonl", "ref,found_by"])
        .copied()
        .collect();
    folder
        .run(&words)
        .out
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap())
        .map(|row| row["ref"].as_str().unwrap().to_owned())
        .collect()
}

/// The ref of the best hit; empty if nothing is found.
fn first(folder: &Folder, words: &[&str]) -> String {
    refs(folder, words).first().cloned().unwrap_or_default()
}

#[test]
fn what_is_called_so_comes_first_and_a_sentence_works_as_well_as_two_words() {
    let folder = notebook();
    assert_eq!(first(&folder, &["sparse", "coding"]), "term/sparse-coding");
    assert_eq!(first(&folder, &["dictionary"]), "term/dictionary-learning");
    assert_eq!(
        first(
            &folder,
            &[
                "what", "is", "the", "sum", "of", "a", "few", "atoms", "that", "write", "a",
                "signal", "quickly"
            ]
        ),
        "term/sparse-coding"
    );
    assert_eq!(
        first(&folder, &["\"atoms of sparse coding\""]),
        "term/dictionary-learning"
    );
    assert_eq!(
        refs(&folder, &["\"coding sparse\"", "--lexical"]),
        Vec::<String>::new()
    );
    // An author, a topic and a tag are found too.
    assert_eq!(
        first(&folder, &["vaswani"]),
        "paper/attention-is-all-you-need"
    );
    assert!(refs(&folder, &["interpretability"]).len() >= 2);
    assert_eq!(first(&folder, &["classics"]), "term/dictionary-learning");
    // A query of stop words only searches for them.
    assert_eq!(
        first(&folder, &["is", "all", "you"]),
        "paper/attention-is-all-you-need"
    );
}

#[test]
fn every_form_of_a_word_meets_the_others() {
    let folder = notebook();
    for form in [
        &["autoencoder"][..],
        &["auto-encoder"],
        &["auto", "encoder"],
        &["autoencoders"],
        &["AutoEncoders"],
        &["auto-encoders"],
    ] {
        let found = refs(&folder, form);
        for wanted in ["term/auto-encoder", "term/variational-autoencoder"] {
            assert!(
                found.iter().any(|found| found == wanted),
                "{form:?}: {wanted} in {found:?}"
            );
        }
    }
    for accents in ["cafe", "CAFÉ", "cafe\u{301}", "naive", "naïve"] {
        assert_eq!(
            first(&folder, &[accents]),
            "goal/read-about-the-cafe-problem-in-naive",
            "{accents}"
        );
    }
    for words in ["multi-agent", "multi agent", "multiagent"] {
        assert_eq!(
            first(&folder, &[words]),
            "paper/multi-agent-debate",
            "{words}"
        );
    }
    // Spellings that the full-text index alone would tell apart: ligatures of a PDF, and accents of
    // Greek, Cyrillic and Korean text.
    for (body, typed, misspelt) in [
        (
            "Diﬀerentiation is eﬃcient.",
            ["differentiation", "Diﬀerentiation", "efficient"],
            "diferentiation",
        ),
        ("Η πρώτη άλφα.", ["αλφα", "ΆΛΦΑ", "πρωτη"], "προτη"),
        ("Большой музей йоги.", ["музеи", "МУЗЕЙ", "иоги"], "музе"),
        ("기계 학습 방법", ["학습", "방법", "기계"], "학스"),
    ] {
        let added = folder
            .ok(&["add", "post", "Signs", body])
            .trim_end()
            .to_owned();
        for words in typed {
            assert_eq!(first(&folder, &[words]), added, "{words}");
            assert!(folder.ok(&["show", &added]).contains(body), "{words}");
        }
        assert_eq!(first(&folder, &[misspelt]), added, "{misspelt}");
        folder.ok(&["remove", &added]);
        assert_eq!(
            folder.run(&["search", misspelt]).code,
            Some(1),
            "{misspelt} is forgotten"
        );
    }
    // An acronym and its expansion find each other.
    folder.ok(&["add", "post", "On VAEs", "How a VAE blurs."]);
    folder.ok(&[
        "add",
        "post",
        "On blur",
        "Why a variational autoencoder blurs.",
    ]);
    for words in [
        &["VAE"][..],
        &["vae"],
        &["variational", "autoencoder"],
        &["variational", "auto-encoder"],
    ] {
        let found = refs(&folder, words);
        assert_eq!(found[0], "term/variational-autoencoder", "{words:?}");
        assert!(
            found.contains(&"post/on-vaes".to_owned())
                && found.contains(&"post/on-blur".to_owned()),
            "{words:?}: {found:?}"
        );
    }
    assert!(!refs(&folder, &["VAE", "--exact"]).contains(&"post/on-blur".to_owned()));
}

#[test]
fn a_slip_is_forgiven_and_said() {
    let folder = notebook();
    let given = folder.run(&["search", "autoencodr"]);
    assert_eq!(given.code, Some(0));
    assert!(
        given
            .err
            .starts_with("no entry has `autoencodr`: searched for `autoencoder`"),
        "{}",
        given.err
    );
    assert!(given.out.starts_with("term/"), "{}", given.out);
    assert_eq!(folder.run(&["search", "autoencodr", "-q"]).err, "");
    for (typed, meant) in [
        ("dictoinary", "dictionary"),
        ("sprase", "sparse"),
        ("attentoin", "attention"),
        ("variatonal", "variational"),
        ("vaswini", "vaswani"),
    ] {
        let given = folder.run(&["search", typed]);
        assert!(
            given.err.contains(&format!("searched for `{meant}`")),
            "{typed}: {}",
            given.err
        );
    }
    let exact = folder.run(&["search", "autoencodr", "--exact"]);
    assert_eq!((exact.code, exact.out.as_str()), (Some(1), ""));
    assert!(
        exact.err.contains("hint: did you mean `autoencoder`"),
        "{}",
        exact.err
    );
    let nothing = folder.run(&["search", "qqqqqq"]);
    assert_eq!(
        (nothing.code, nothing.err.as_str()),
        (Some(1), "no entry has `qqqqqq`\nnothing found\n")
    );
    // When the last entry with a word is removed, the word is not suggested any more.
    folder.ok(&["remove", "post/why-the-kitchen-smells-of-cinnamon"]);
    assert_eq!(folder.run(&["search", "cinnamn"]).code, Some(1));
    folder.ok(&["undo"]);
    assert!(
        folder
            .run(&["search", "cinnamn"])
            .err
            .contains("searched for `cinnamon`")
    );
}

#[test]
fn a_misspelling_that_an_entry_holds_does_not_hide_the_others() {
    let folder = Folder::new();
    let lines: Vec<String> = (0..60).map(|n| format!("{{\"kind\":\"post\",\"title\":\"Post {n}\",\"body\":\"a transformer of sort {n}\"}}\n")).collect();
    folder.write("posts.jsonl", lines.concat());
    folder.ok(&["import", "posts.jsonl"]);
    folder.ok(&["add", "post", "Hasty", "a transfomer, misspelt"]);
    let given = folder.run(&["search", "transfomer", "--tsv", "ref"]);
    assert_eq!(
        given.err,
        "only 1 entry has `transfomer`: searched for `transformer` too\n"
    );
    assert_eq!(given.out.lines().next(), Some("post/hasty"));
    assert_eq!(given.out.lines().count(), 10);
    assert_eq!(
        folder
            .run(&["search", "transfomer", "--exact", "--tsv", "ref"])
            .out,
        "post/hasty\n"
    );
}

#[test]
fn refs_topics_and_tags_that_are_not_there_bring_up_the_near_ones() {
    let folder = notebook();
    for (typed, meant) in [
        ("sparse-codng", "sparse-coding"),
        ("sprase-coding", "sparse-coding"),
        ("term/dictionary-lerning", "dictionary-learning"),
        ("multi-agent-debat", ""),
    ] {
        let given = folder.run(&["show", typed]);
        if meant.is_empty() {
            assert_eq!(given.code, Some(0), "an unambiguous prefix is enough");
        } else {
            assert_eq!(
                given.err.lines().last(),
                Some(format!("hint: did you mean `{meant}`?").as_str()),
                "{typed}"
            );
        }
    }
    assert!(
        folder
            .fails(1, &["show", "sprase"])
            .contains("hint: did you mean `term/sparse-coding`?"),
        "a misspelt prefix of a name"
    );
    assert!(
        folder
            .fails(1, &["show", "quantum gravity"])
            .contains("hint: kb search 'quantum gravity'")
    );
    assert!(
        folder
            .run(&["list", "topic:interpretabilty"])
            .err
            .contains("did you mean `Interpretability` for `interpretabilty`?")
    );
    assert!(
        folder
            .run(&["list", "tag:clasics"])
            .err
            .contains("did you mean `classics` for `clasics`?")
    );
    assert!(
        folder
            .fails(1, &["search", "coding", "topic:interpretabilty"])
            .contains("did you mean `Interpretability`")
    );
    assert!(
        folder
            .fails(1, &["set", "private=yes", "where", "tag:clasics"])
            .contains("did you mean `classics`")
    );
    assert!(
        folder
            .fails(1, &["remove", "where", "tag:clasics"])
            .contains("did you mean `classics`")
    );
    assert_eq!(
        folder.run(&["list", "topic:interpret"]).err,
        "",
        "a prefix of a topic is not a typo"
    );
    assert_eq!(folder.run(&["list", "topic:interpretabilty", "-q"]).err, "");
}

#[test]
fn what_is_about_the_same_is_found_without_a_common_word() {
    let folder = notebook();
    for n in 0..12 {
        folder.ok(&[
            "add",
            "post",
            &format!("Ledger {n}"),
            "Invoices and taxes of the year.",
        ]);
    }
    // Without a known word nothing is found, not even by meaning.
    let given = folder.run(&["search", "oven dough flour"]);
    assert_eq!((given.code, given.out.as_str()), (Some(1), ""));
    assert!(given.err.contains("no entry has `dough`"), "{}", given.err);
    // With a known word, entries about the same follow those that have it.
    let rows = folder.ok(&["search", "cinnamon dough flour", "--jsonl", "ref,found_by"]);
    assert!(
        rows.starts_with("{\"ref\":\"post/why-the-kitchen-smells-of-cinnamon\""),
        "{rows}"
    );
    let similar = folder.ok(&[
        "similar",
        "sparse-coding",
        "--tsv",
        "ref,score",
        "--limit",
        "3",
    ]);
    assert!(
        similar.starts_with("term/dictionary-learning\t0."),
        "{similar}"
    );
    assert_eq!(similar.lines().count(), 3);
    assert!(
        !similar.contains("term/sparse-coding"),
        "not the entry itself"
    );
    assert!(
        folder
            .ok(&["similar", "sparse-coding", "kind:paper"])
            .lines()
            .all(|line| line.starts_with("paper/"))
    );
    // `similar` uses the new text directly after an edit.
    folder.ok(&[
        "set",
        "post/ledger-3",
        "body=The atoms of a dictionary for sparse codes of signals",
    ]);
    assert!(
        folder
            .ok(&["similar", "sparse-coding", "--tsv", "ref"])
            .lines()
            .take(2)
            .any(|line| line == "post/ledger-3")
    );
    assert_eq!(
        folder
            .fails(1, &["similar", "nothing-like-it"])
            .lines()
            .next(),
        Some("error: no entry matches `nothing-like-it`")
    );
    let unknown = folder.ok(&["add", "term", "𐌰𐌽"]);
    assert_eq!(
        folder.fails(1, &["similar", unknown.trim()]),
        "no similar entry found\n"
    );
}

#[test]
fn filters_and_flags_limit_what_is_looked_through() {
    let folder = notebook();
    assert_eq!(
        refs(&folder, &["debate", "models", "kind:paper", "year>=2020"]),
        ["paper/multi-agent-debate"]
    );
    let papers = refs(&folder, &["models", "--kind", "papers"]);
    assert!(!papers.is_empty());
    assert!(papers.iter().all(|found| found.starts_with("paper/")));
    assert_eq!(
        refs(&folder, &["transformer", "--since", "2027", "--lexical"]),
        Vec::<String>::new()
    );
    assert_eq!(
        first(&folder, &["transformer", "--since", "7d"]),
        "paper/attention-is-all-you-need"
    );
    assert!(
        folder
            .fails(2, &["search", "x", "--since", "sometime"])
            .contains("`sometime`")
    );
    let lines: Vec<String> = (0..30)
        .map(|n| format!("{{\"kind\":\"post\",\"title\":\"Walk {n}\",\"body\":\"a walk\"}}\n"))
        .collect();
    folder.write("walks.jsonl", lines.concat());
    folder.ok(&["import", "walks.jsonl"]);
    for (flags, number) in [(&[][..], 10), (&["--limit", "4"], 4), (&["--all"], 30)] {
        let words: Vec<&str> = ["walk"].iter().chain(flags).copied().collect();
        assert_eq!(refs(&folder, &words).len(), number, "{flags:?}");
    }
    folder.ok(&["config", "limit", "7"]);
    assert_eq!(refs(&folder, &["walk"]).len(), 7);
    assert_eq!(
        first(&folder, &["--prefix", "transf"]),
        "paper/attention-is-all-you-need"
    );
    assert_eq!(refs(&folder, &["transf", "--exact"]), Vec::<String>::new());
}

#[test]
fn a_hit_says_why_it_was_found() {
    let folder = notebook();
    let long = format!(
        "{} In the middle stands the pomegranate, {}",
        "Words that lead up to it. ".repeat(40),
        "and words that follow it. ".repeat(40)
    );
    folder.ok(&["add", "post", "Fruit", &long, "--tag", "pomegranate"]);
    let hits: Json =
        serde_json::from_str(&folder.ok(&["search", "pomegranates", "--json"])).unwrap();
    let hit = &hits[0];
    assert_eq!(hit["slug"], "fruit");
    assert_eq!(hit["matched_fields"], serde_json::json!(["body", "tags"]));
    assert!(hit["score"].as_f64().unwrap() > 0.0);
    assert_eq!(hit["found_by"], "words");
    let snippet: Vec<char> = hit["snippet"].as_str().unwrap().chars().collect();
    let mark = &hit["snippet_marks"][0];
    let place = |at: usize| usize::try_from(mark[at].as_u64().unwrap()).unwrap();
    assert_eq!(
        snippet[place(0)..place(1)].iter().collect::<String>(),
        "pomegranate",
        "the best passage, with the word as the text spells it"
    );
    assert!(snippet.len() < 400);
    let explained = folder.run(&[
        "search",
        "sparse",
        "coding",
        "--explain",
        "--json",
        "score_parts,score",
    ]);
    assert!(
        explained.err.contains("read as ")
            && explained
                .err
                .contains("full-text query: \"sparse\" OR \"coding\""),
        "{}",
        explained.err
    );
    let line = explained
        .err
        .lines()
        .find(|line| line.contains(" term/sparse-coding = "))
        .unwrap();
    assert!(
        line.contains("3 (exact name)")
            && line.contains("0.5 (has every word)")
            && line.contains("(words, bm25 ")
            && line.contains("(meaning)"),
        "{line}"
    );
    let rows: Json = serde_json::from_str(&explained.out).unwrap();
    let parts = &rows[0]["score_parts"];
    let sum: f64 = ["name", "complete", "words", "meaning"]
        .iter()
        .map(|part| parts[part].as_f64().unwrap())
        .sum();
    assert!(
        (sum - rows[0]["score"].as_f64().unwrap()).abs() < 0.001,
        "the parts make up the score: {rows}"
    );
    // Output for programs is not coloured, even with `--color always`.
    let coloured = folder.ok(&["search", "pomegranate", "--color", "always"]);
    assert!(
        !coloured.contains('\u{1b}'),
        "no colour in lines for programs: {coloured}"
    );
}

#[test]
fn saved_filters_have_a_verb() {
    let folder = notebook();
    folder.ok(&["view", "save", "recent", "added:7d"]);
    folder.ok(&[
        "view",
        "save",
        "@sparse-terms",
        "kind:term",
        "topic:interpretability or \"sparse coding\"",
        "@recent",
    ]);
    assert_eq!(
        folder.ok(&["view", "list"]),
        "recent\tadded:7d\nsparse-terms\tkind:term topic:interpretability or \"sparse coding\" @recent\n"
    );
    assert_eq!(folder.ok(&["list", "@recent"]).lines().count(), 8);
    assert_eq!(
        refs(&folder, &["atoms", "@sparse-terms", "--lexical"]).len(),
        2
    );
    assert!(
        folder
            .fails(2, &["view", "save", "round", "@round"])
            .contains("uses itself")
    );
    assert!(
        folder
            .fails(2, &["view", "save", "no good", "added:7d"])
            .contains("`no good` is not a valid name")
    );
    assert!(
        folder
            .fails(2, &["view", "save", "bad", "year>=soon"])
            .contains("filter:1:")
    );
    assert!(
        folder
            .fails(1, &["view", "remove", "recnt"])
            .contains("did you mean `recent`?")
    );
    folder.ok(&["view", "remove", "recent"]);
    assert!(
        folder
            .fails(2, &["list", "@recent"])
            .contains("no saved filter `@recent`")
    );
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["list", "@recent"]).lines().count(), 8);
}
