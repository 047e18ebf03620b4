//! What was asked is what is searched: only field terms, `-word` and quoted phrases are special.

use crate::support::{Dice, Folder};

fn notebook() -> Folder {
    let folder = Folder::new();
    for (title, body) in [
        (
            "Vision transformers",
            "papers about vision transformers or image segmentation",
        ),
        ("Image segmentation", "another way to cut images"),
        (
            "Sorting a 5 inch disk",
            "sorting 5\" disk and 3\" disk on drum memory",
        ),
        ("Universe thing", "b"),
        ("University thing", "c"),
        ("Results", "the values (a) significantly differ"),
        ("Neurofibromatosis NF2", "the gene NF1 is another"),
    ] {
        folder.ok(&["add", "term", title, body]);
    }
    folder
}

#[test]
fn ordinary_sentences_are_words() {
    let folder = notebook();
    let first = |question: &[&str]| {
        let words = [&["search"], question, &["--tsv", "title"]].concat();
        folder
            .ok(&words)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    for (question, title) in [
        (
            &["papers about vision transformers or image segmentation"][..],
            "Vision transformers",
        ),
        (
            &[
                "papers",
                "about",
                "vision",
                "transformers",
                "OR",
                "image",
                "segmentation",
            ],
            "Vision transformers",
        ),
        (&["sorting 5\" disk"], "Sorting a 5 inch disk"),
        (&["5\" disk and 3\" disk"], "Sorting a 5 inch disk"),
        (&["what is \"drum\" memory"], "Sorting a 5 inch disk"),
        (&["\"drum memory"], "Sorting a 5 inch disk"),
        (&["- (a) significantly"], "Results"),
        (&["(image segmentation)"], "Image segmentation"),
        (&["segmentation or (image or cut)"], "Image segmentation"),
    ] {
        assert_eq!(first(question), title, "{question:?}");
    }
    // A phrase is a phrase, and its words apart are not.
    folder.fails(1, &["search", "\"memory drum\"", "--lexical"]);
    // A dash excludes, and field terms may be alternatives.
    assert_eq!(
        folder.ok(&[
            "search",
            "segmentation",
            "-another",
            "--lexical",
            "--tsv",
            "title"
        ]),
        "Vision transformers\n"
    );
    assert_eq!(
        folder.ok(&[
            "list",
            "title:universe or title:results",
            "--tsv",
            "title",
            "--sort",
            "title"
        ]),
        "Results\nUniverse thing\n"
    );
}

#[test]
fn exact_is_the_word_as_typed() {
    let folder = notebook();
    assert_eq!(
        folder.ok(&["search", "--exact", "universe", "--tsv", "title"]),
        "Universe thing\n"
    );
    assert_eq!(
        folder.ok(&["search", "-x", "UNIVERSITY", "--tsv", "title"]),
        "University thing\n"
    );
}

#[test]
fn unknown_words_are_named_and_alone_find_nothing() {
    let folder = notebook();
    for question in ["xqzvkw", "jfkdls qpwoei", "zzzzzzzzzz"] {
        let error = folder.fails(1, &["search", question]);
        assert!(error.contains("no entry has"), "{error}");
    }
    let given = folder.run(&["search", "universe xqzvkw"]);
    assert_eq!(given.code, Some(0));
    assert!(given.err.contains("no entry has `xqzvkw`"), "{}", given.err);
    // A correctly spelled word is not replaced by one that looks like it.
    for (word, entry) in [
        ("speech", "speed"),
        ("probes", "problem"),
        ("rare", "rarity"),
    ] {
        folder.ok(&["add", "term", entry]);
        let said = folder.fails(1, &["search", "what", "is", word]);
        assert!(said.contains("nothing found"), "{word}: {said}");
    }
    // Codes and abbreviations are never replaced.
    for word in ["NF3", "THN", "400mg"] {
        let given = folder.run(&["search", word]);
        assert!(!given.err.contains("searched for"), "{word}: {}", given.err);
    }
}

#[test]
fn random_strings_find_nothing() {
    let folder = notebook();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/data/example/notebook.md");
    folder.ok(&["import", "-q", example]);
    let mut dice = Dice(14);
    for _ in 0..100 {
        let letters = 10 + dice.next(8);
        let string: String = (0..letters)
            .map(|_| char::from(b'a' + u8::try_from(dice.next(26)).unwrap()))
            .collect();
        let said = folder.fails(1, &["search", &string]);
        assert!(said.contains("nothing found"), "{string}: {said}");
    }
}

#[test]
fn filters_find_what_lists_show() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "X", "--period", "until May 2022"]);
    folder.ok(&["add", "term", "Alpha", "--topic", "ML/Vision"]);
    assert_eq!(folder.ok(&["list", "papers", "--tsv", "year"]), "2022\n");
    for filter in ["year:2022", "year>=2022", "year<2023"] {
        assert_eq!(
            folder.ok(&["list", "papers", filter, "--tsv", "slug"]),
            "x\n",
            "{filter}"
        );
    }
    for filter in [
        "topic:ML/Vision",
        "topic:ml/vis",
        "topic:\"ML/Vision\"",
        "topic=ML/Vision",
    ] {
        assert_eq!(
            folder.ok(&["list", filter, "--tsv", "slug"]),
            "alpha\n",
            "{filter}"
        );
    }
    for title in ["Zed", "éclair", "apple"] {
        folder.ok(&["add", "term", title]);
    }
    assert_eq!(
        folder.ok(&["list", "terms", "--sort", "title", "--tsv", "title"]),
        "Alpha\napple\néclair\nZed\n"
    );
    let error = folder.fails(2, &["list", "terms", "--json", "titel"]);
    assert!(error.contains("`title`"), "{error}");
}

#[test]
fn redo_lasts_until_a_new_command_changes_something() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "Alpha"]);
    folder.ok(&["set", "alpha", "source=A"]);
    folder.ok(&["undo"]);
    folder.ok(&["set", "alpha", "source=B"]);
    folder.ok(&["undo"]);
    folder.ok(&["redo"]);
    assert_eq!(
        folder.ok(&["show", "alpha", "--jsonl", "source"]),
        "{\"source\":\"B\"}\n"
    );
    // A is gone for good, except by its number.
    assert_ne!(folder.run(&["redo"]).code, Some(0));
}

#[test]
fn two_columns_of_one_name_are_named() {
    let folder = Folder::new();
    folder.write("in.csv", "title,body,body\nA,first,second\n");
    let given = folder.run(&["import", "in.csv", "--kind", "terms"]);
    assert!(
        given.err.contains("several columns are `body`"),
        "{}",
        given.err
    );
}

#[test]
fn text_in_scripts_without_spaces_is_found_by_a_word_inside_it() {
    let folder = Folder::new();
    let titles = [
        ("注意力机制综述", "注意力 机制 综述 意力机 力机制"),
        ("深度学习入门与实践", "深度 学习 入门 实践 度学习"),
        ("变分自编码器", "变分 自编码 编码器 分自编 码器"),
        ("图神经网络的表示能力", "神经 网络 表示 能力 神经网络"),
        ("大规模语言模型的对齐", "大规模 语言 模型 对齐 语言模型"),
        ("稀疏字典学习", "稀疏 字典 字典学习 疏字典 典学"),
        ("強化学習の基礎", "強化 学習 基礎 強化学習 の基礎"),
        (
            "ニューラルネットワーク入門",
            "ニューラル ネットワーク ラルネット 入門 ワーク入門",
        ),
        ("自然言語処理の評価方法", "自然言語 言語処理 処理 評価 方法"),
        (
            "機械翻訳における注意",
            "機械 翻訳 機械翻訳 における 翻訳にお",
        ),
        ("確率的勾配降下法", "確率 勾配 降下法 勾配降下 的勾配"),
        ("生成モデルと拡散過程", "生成 モデル 拡散 過程 拡散過程"),
        ("因果推論と反実仮想", "因果 推論 反実 仮想 反実仮想"),
        ("画像認識のための変換器", "画像 認識 変換器 画像認識 ための"),
        ("计算机视觉中的迁移学习", "计算机 视觉 迁移 迁移学习 机视觉"),
        ("贝叶斯优化方法", "贝叶斯 优化 方法 叶斯 斯优化"),
    ];
    for (title, _) in titles {
        folder.ok(&["add", "term", title, "text"]);
    }
    let (mut asked, mut found) = (0, 0);
    for (title, words) in titles {
        for word in words.split(' ') {
            asked += 1;
            let hits = folder.run(&["search", word, "--tsv", "title"]).out;
            found += usize::from(hits.lines().any(|hit| hit == title));
        }
    }
    assert_eq!(asked, 80);
    assert!(found >= 76, "{found} of {asked}");
}

#[test]
fn what_touches_another_script_and_emoji_are_found_and_shown() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "term",
        "BERT模型",
        "用PyTorch实现，2024年度 🚀 ปัญญาประดิษฐ์ 모델을",
    ]);
    let reference = folder.ok(&["list", "--tsv", "ref"]);
    assert_eq!(reference, "term/bert模型\n");
    for words in [
        "BERT",
        "bert",
        "模型",
        "pytorch",
        "实现",
        "2024",
        "年度",
        "🚀",
        "ปัญญา",
        "ประดิษฐ์",
        "모델",
        "实",
        "BERT模型",
    ] {
        assert_eq!(
            folder.ok(&["search", words, "--tsv", "ref"]),
            reference,
            "{words}"
        );
    }
    let json = folder.ok(&["search", "实现", "--json", "snippet,snippet_marks"]);
    assert!(json.contains("用PyTorch实现"), "{json}");
    folder.ok(&["add", "term", "Łódź", "Größe und Øre, þorn"]);
    for words in ["lodz", "Łódź", "groesse", "grosse", "ore", "thorn"] {
        assert_eq!(
            folder.ok(&["search", words, "--tsv", "ref"]),
            "term/lodz\n",
            "{words}"
        );
    }
    folder.ok(&["set", "term/lodz", "body=x"]);
    assert_eq!(folder.run(&["search", "thorn"]).code, Some(1));
}

#[test]
fn names_with_signs_find_their_own_entry() {
    let folder = Folder::new();
    let names = ["C", "C++", "C#", ".NET", "F#", "R"];
    for name in names {
        folder.ok(&[
            "add",
            "term",
            name,
            "a language; c, r, f and net are words here",
        ]);
    }
    for n in 0..5 {
        folder.ok(&[
            "add",
            "term",
            &format!("Other {n}"),
            "c c c r r f f net net c",
        ]);
    }
    for name in names {
        let hits = folder.ok(&["search", name, "--tsv", "title"]);
        assert_eq!(hits.lines().next(), Some(name), "{hits}");
    }
}

#[test]
fn refs_are_filters_and_titles_and_versions_are_refs() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "paper",
        "Auto-encoding variational Bayes",
        "--arxiv",
        "1312.6114",
        "--slug",
        "aevb",
    ]);
    folder.ok(&["add", "paper", "Other work"]);
    for words in [
        &["show", "arxiv:1312.6114v2", "--tsv", "ref"][..],
        &["show", "Auto-encoding variational bayes", "--tsv", "ref"],
        &["list", "arxiv:1312.6114v2", "--tsv", "ref"],
        &["list", "paper/aevb", "--tsv", "ref"],
        &["search", "paper/aevb", "--tsv", "ref"],
        &["list", "paper/aevb", "has:arxiv", "--tsv", "ref"],
    ] {
        assert_eq!(folder.ok(words), "paper/aevb\n", "{words:?}");
    }
    assert!(
        folder
            .ok(&["export", "--format", "bibtex", "paper/aevb"])
            .contains("1312.6114")
    );
    folder.ok(&["add", "term", "Network layers", "TCP/IP is a suite"]);
    assert_eq!(
        folder.ok(&["list", "TCP/IP", "--tsv", "ref"]),
        "term/network-layers\n"
    );
}

#[test]
fn mistakes_in_a_filter_are_errors_with_a_suggestion() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Alpha", "text"]);
    for (words, said) in [
        (&["search", "kind:papr", "foo"][..], "did you mean `paper`?"),
        (
            &["list", "papers", "terms"],
            "`papers` and `terms` are two kinds",
        ),
        (&["list", "papar"], "did you mean `paper`?"),
        (&["list", "statuss"], "did you mean `status`?"),
        (
            &["export", "exprt", "--format", "jsonl"],
            "did you mean `export`?",
        ),
        (
            &["set", "tags+=x", "where", "papar", "--yes"],
            "did you mean `paper`?",
        ),
        (
            &[
                "set",
                "tags+=x",
                "where",
                "kind:paper",
                "--yes",
                "--expect",
                "2",
            ],
            "1 entry matches instead of 2",
        ),
        (
            &["remove", "where", "kind:paper", "--yes", "--expect", "0"],
            "1 entry matches instead of 0",
        ),
        (
            &["export", "--format", "jsonl", "kind:paper", "--expect", "2"],
            "1 entry matches instead of 2",
        ),
    ] {
        let err = folder.fails(2, words);
        assert!(err.contains(said), "{words:?}: {err}");
    }
    let given = folder.run(&["export", "backup", "--format", "jsonl"]);
    assert_eq!(given.code, Some(1));
    assert!(
        given
            .err
            .contains("`backup` was read as part of the filter"),
        "{}",
        given.err
    );
    let given = folder.run(&["search", "\"text of nobody\""]);
    assert!(
        given.code == Some(1)
            && given
                .err
                .contains("without quotes: kb search 'text of nobody'"),
        "{}",
        given.err
    );
    let given = folder.run(&["search", "alpha", "\"text of nobody\""]);
    assert!(
        given.code == Some(0)
            && given
                .err
                .contains("no entry has the phrase `text of nobody`"),
        "{}",
        given.err
    );
    assert!(
        folder
            .run(&["search", "atten*"])
            .err
            .contains("kb search --prefix atten")
    );
    // A word that an entry has is a word, however near to a kind.
    folder.ok(&["add", "term", "Papar"]);
    assert_eq!(
        folder.ok(&["list", "papar", "--tsv", "ref"]),
        "term/papar\n"
    );
}

#[test]
fn what_has_a_rare_word_comes_before_what_has_its_correction() {
    let folder = Folder::new();
    folder.ok(&["add", "post", "Rare", "a tool for profilin of programs"]);
    let mut lines = String::new();
    for n in 0..120 {
        lines.push_str(&format!("{{\"kind\":\"post\",\"title\":\"Post {n}\",\"body\":\"profiling profiling profiling\"}}\n"));
    }
    folder.write("posts.jsonl", lines);
    folder.ok(&["import", "posts.jsonl"]);
    assert_eq!(
        folder
            .ok(&["search", "profilin", "--tsv", "ref"])
            .lines()
            .next(),
        Some("post/rare")
    );
}

#[test]
fn lists_choices_links_and_wordings_are_compared_as_they_are_meant() {
    let folder = Folder::new();
    folder.write("g.toml", "name = \"g\"\nplural = \"gs\"\nsummary = \"x\"\n[[field]]\nname = \"sizes\"\ntype = \"integer\"\nmany = true\nhelp = \"h\"\n[[field]]\nname = \"states\"\ntype = \"choice\"\nchoices = [\"raw\", \"done\"]\nmany = true\nhelp = \"h\"\n");
    folder.ok(&["kind", "add", "g.toml"]);
    folder.ok(&["add", "g", "One", "--sizes", "1", "--states", "raw"]);
    folder.ok(&[
        "add",
        "g",
        "Two",
        "--sizes",
        "100",
        "--sizes=-5",
        "--states",
        "raw",
        "--states",
        "done",
    ]);
    for (filter, slugs) in [
        ("sizes>50", "two\n"),
        ("sizes<0", "two\n"),
        ("sizes=1", "one\n"),
        ("sizes:100", "two\n"),
        ("sizes>200", ""),
        ("states=done", "two\n"),
        ("states>raw", "two\n"),
        ("states=raw", "one\ntwo\n"),
    ] {
        assert_eq!(
            folder.ok(&["list", "gs", filter, "--sort", "title", "--tsv", "slug"]),
            slugs,
            "{filter}"
        );
    }
    folder.ok(&["add", "term", "One"]);
    folder.ok(&["add", "term", "Alpha", "--related", "term/one"]);
    folder.ok(&["set", "term/one", "slug=eins"]);
    assert_eq!(
        folder.ok(&["list", "related:term/eins", "--tsv", "slug"]),
        "alpha\n"
    );
    folder.ok(&["set", "alpha", "related+=term/eins"]);
    assert_eq!(
        folder.ok(&["list", "slug:alpha", "--tsv", "related"]),
        "term/eins\n"
    );
    folder.ok(&["add", "goal", "A", "--period", "2020"]);
    folder.ok(&["add", "goal", "B", "--period", "Summer 2023"]);
    folder.ok(&["merge", "goal/a", "goal/b"]);
    assert!(folder.ok(&["show", "goal/a"]).contains("Summer 2023"));
}

#[test]
fn a_phrase_that_an_entry_has_is_found_in_a_longer_question() {
    let folder = Folder::new();
    folder.ok(&["add", "term", "To be or not to be", "Hamlet"]);
    folder.ok(&["add", "goal", "Sparse coding"]);
    for question in [
        "where does \"to be or not to be\" come from",
        "\"to be or not to be\" sparse",
    ] {
        let found = folder.run(&["search", question, "--tsv", "title"]);
        assert!(
            found.out.starts_with("To be or not to be\n"),
            "{question}: {}",
            found.out
        );
        assert!(
            found.err.contains("searched for the phrase")
                && !found.err.contains("no entry has the phrase `"),
            "{question}: {}",
            found.err
        );
    }
}

#[test]
fn a_field_term_that_matches_nothing_says_how_to_search_for_its_words() {
    let folder = Folder::new();
    folder.ok(&[
        "add",
        "goal",
        "Sparse coding",
        "See doi:10.1145/123.456",
        "--status",
        "want",
    ]);
    for (question, hint) in [
        ("doi:10.1145/123.456", "kb search '\"doi:10.1145/123.456\"'"),
        (
            "topic:statistics coding",
            "kb search topic:statistics coding",
        ),
    ] {
        let said = folder.fails(1, &["search", question]);
        assert!(said.contains(hint), "{question}: {said}");
    }
    let quoted = folder.ok(&["search", "\"doi:10.1145/123.456\"", "--tsv", "title"]);
    assert_eq!(quoted, "Sparse coding\n");
}

#[test]
fn a_comparison_with_spaces_is_an_error() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Attention", "--year", "2017"]);
    for words in [
        &["list", "papers", "year >= 2010"][..],
        &["list", "papers", "year", ">=", "2010"],
        &["remove", "where", "year >= 2010", "--yes"],
    ] {
        let error = folder.fails(2, words);
        assert!(
            error.contains("a comparison has no spaces") && error.contains("'year>=2010'"),
            "{words:?}: {error}"
        );
    }
    folder.ok(&["list", "papers", "year>=2010"]);
}

#[test]
fn a_saved_filter_that_others_use_is_named_when_it_goes() {
    let folder = Folder::new();
    folder.ok(&["view", "save", "aims", "kind:goal"]);
    folder.ok(&["view", "save", "both", "@aims or kind:term"]);
    let said = folder.run(&["view", "remove", "aims"]);
    assert_eq!(said.code, Some(0));
    assert!(
        said.err
            .contains("the saved filter `@both` cannot be read any more"),
        "{}",
        said.err
    );
    folder.ok(&["undo"]);
    folder.ok(&["list", "@both"]);
}
