//! The layers: which module may import which, read from the parsed sources.
//!
//! Every file of `src` is parsed with `syn`. Each path is resolved through renames, nested `use`
//! trees, `self`, `super` and re-exports to the file that defines the item, so an import counts
//! where it really leads. Items under `#[cfg(test)]` are left out; the code after them is not.

mod rules;
mod source;
mod tree;

use std::path::{Path, PathBuf};

use rules::LONGEST;
use tree::Tree;

/// Adds the `.rs` files in a folder and its subfolders to `found`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_import_leads_to_a_lower_layer_and_no_kind_is_named_in_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    assert!(paths.len() > 40, "{} source files were found", paths.len());
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| {
            let below = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (below, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let found = Tree::of(&files).violations();
    assert!(
        found.is_empty(),
        "{} violations\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The violations in a small source tree after the file `path` with `code` is added to it.
fn planted(path: &str, code: &str) -> Vec<String> {
    let text = format!("//! Owns.\n{code}\n");
    let files = [
        (
            "model/mod.rs",
            "//! Owns.\npub mod kind;\npub use kind::Kind;",
        ),
        ("model/kind.rs", "//! Owns.\npub struct Kind;"),
        ("format/mod.rs", "//! Owns.\npub mod json;"),
        ("format/json.rs", "//! Owns.\npub fn read() {}"),
        (
            "store/mod.rs",
            "//! Owns.\nmod check;\nmod error;\npub use error::StoreError;\npub use check::check;",
        ),
        ("store/error.rs", "//! Owns.\npub struct StoreError;"),
        ("store/check.rs", "//! Owns.\npub fn check() {}"),
        ("text/fold.rs", "//! Owns.\npub fn fold() {}"),
    ];
    let mut files: Vec<(&str, &str)> = files
        .into_iter()
        .filter(|(other, _)| *other != path)
        .collect();
    assert_eq!(
        Tree::of(&files)
            .violations()
            .iter()
            .filter(|found| !found.contains("comes later"))
            .count(),
        0
    );
    files.push((path, &text));
    Tree::of(&files).violations()
}

#[test]
fn every_planted_violation_is_found() {
    let late = "\n".repeat(25);
    let cases = [
        (
            "text/fold.rs",
            "use crate::model::Kind;".to_owned(),
            "may not import `model`",
        ),
        (
            "text/fold.rs",
            "use crate::{model::Kind};".to_owned(),
            "may not import `model`",
        ),
        (
            "text/fold.rs",
            "use crate as root;\nfn f(k: root::model::Kind) {}".to_owned(),
            "may not import `model`",
        ),
        (
            "text/fold.rs",
            "use super::super::model as m;\nfn f(k: m::Kind) {}".to_owned(),
            "may not import `model`",
        ),
        (
            "text/fold.rs",
            "fn f() { assert!(crate::model::kind::known()); }".to_owned(),
            "may not import `model`",
        ),
        (
            "text/fold.rs",
            "#[cfg(test)]\nmod tests {}\nuse crate::model::Kind;".to_owned(),
            "may not import `model`",
        ),
        (
            "store/mod.rs",
            format!("mod check;{late}use crate::format::json;"),
            "may not import `format`",
        ),
        (
            "store/mod.rs",
            format!("mod check;{late}fn f() {{ clap::Command::new(\"x\"); }}"),
            "may name `clap`",
        ),
        (
            "store/mod.rs",
            format!("mod check;{late}const KIND: &str = \"paper\";"),
            "names the kind `paper`",
        ),
        (
            "store/mod.rs",
            format!("mod check;{late}fn f() {{}}"),
            "only declares and re-exports",
        ),
        (
            "store/error.rs",
            "const A: &str = \"https://x\"; const B: &str = \"papers\";".to_owned(),
            "names the kind `paper`",
        ),
        (
            "store/error.rs",
            "const A: &str = \"// \"; fn f() { crate::format::json::read(); }".to_owned(),
            "may not import `format`",
        ),
        (
            "store/error.rs",
            "use super::check;".to_owned(),
            "`error` may not import `check`, which comes later",
        ),
        (
            "store/other.rs",
            "use super::StoreError;".to_owned(),
            "has no place in the order of `store`",
        ),
        (
            "model/kind.rs",
            "fn f() { crate::store::check(); }".to_owned(),
            "may not import `store`",
        ),
        (
            "model/kind.rs",
            "use crate::model::*;".to_owned(),
            "a glob import",
        ),
        (
            "notebook/find.rs",
            "use clap as c;\nfn f() { c::Command::new(\"x\"); }".to_owned(),
            "may name `clap`",
        ),
        (
            "notebook/find.rs",
            "extern crate rusqlite as sql;".to_owned(),
            "may name `rusqlite`",
        ),
        (
            "cli/run.rs",
            "#[arg(value_parser = rusqlite::parser())]\nstruct A;".to_owned(),
            "may name `rusqlite`",
        ),
        (
            "search/rank.rs",
            "fn f(kind: &str) { matches!(kind, \"meeting\"); }".to_owned(),
            "names the kind `meeting`",
        ),
        (
            "search/rank.rs",
            "const PREFIX: &str = \"goal/\";".to_owned(),
            "names the kind `goal`",
        ),
        ("text/long.rs", "\n".repeat(LONGEST), "lines; at most"),
    ];
    for (path, code, expected) in &cases {
        let found = planted(path, code);
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{path}: {code}\n{found:?}"
        );
    }
    let undocumented = Tree::of(&[("text/x.rs", "fn f() {}")]).violations();
    assert_eq!(
        undocumented,
        ["src/text/x.rs: does not begin with `//!` and what it owns"]
    );
}

#[test]
fn a_cycle_between_two_files_is_found_also_through_a_re_export() {
    let found = Tree::of(&[
        (
            "model/mod.rs",
            "//! Owns.\nmod a;\nmod b;\npub use a::A;\npub use b::B;",
        ),
        ("model/a.rs", "//! Owns.\nuse super::B;\npub struct A;"),
        (
            "model/b.rs",
            "//! Owns.\nuse crate::model::A;\npub struct B;",
        ),
    ])
    .violations();
    assert_eq!(found, ["a cycle of imports: model/a.rs, model/b.rs"]);
}

#[test]
fn what_tests_and_comments_name_is_not_a_violation() {
    for code in [
        "// crate::model in a comment",
        "/// See [`crate::model::Kind`] and \"paper\".\nfn f() {}",
        "#[cfg(test)]\nmod tests { use crate::model::Kind; const KIND: &str = \"paper\"; }",
        "const HELP: &str = \"kb add paper TITLE\";",
        "use std::fmt;\nfn f(f: &mut fmt::Formatter) {}",
    ] {
        assert_eq!(
            planted("text/fold.rs", code),
            Vec::<String>::new(),
            "{code}"
        );
    }
}
