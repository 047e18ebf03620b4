//! The layers: which module may import which, read from the sources.

use std::path::{Path, PathBuf};

/// Each module with those that it may import.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("main", &["cli"]),
    ("web", &[]),
    ("cli", &["web", "notebook", "search", "store", "format", "model", "text"]),
    ("notebook", &["search", "store", "format", "model", "text"]),
    ("search", &["store", "model", "text"]),
    ("store", &["model", "text"]),
    ("format", &["model", "text"]),
    ("model", &["text"]),
    ("text", &[]),
];

/// Crates that only one module may name.
const OWNED: [(&str, &[&str]); 14] = [
    ("yaml_serde", &["format"]),
    ("ureq", &["web"]),
    ("biblatex", &["format"]),
    ("console", &["cli"]),
    ("nucleo_matcher", &["cli"]),
    ("rusqlite", &["store"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["cli"]),
    ("indicatif", &["cli"]),
    ("pulldown_cmark", &["text"]),
    ("edtf_core", &["model"]),
    ("siphasher", &["store"]),
];

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

/// What is wrong with one file, given its path below `src`.
fn violations(path: &str, text: &str) -> Vec<String> {
    let module = path.split(['/', '.']).next().unwrap_or("");
    if module == "lib" {
        return Vec::new();
    }
    let code: String = text.split("#[cfg(test)]").next().unwrap_or("").lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, allowed)| allowed);
    for root in ["crate::", "kb::"] {
        for (at, _) in code.match_indices(root) {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let target: String = code[at + root.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !target.is_empty() && target != module && !allowed.contains(&target.as_str()) {
                found.push(format!("src/{path}: `{module}` may not import `{target}`"));
            }
        }
    }
    for (name, owners) in OWNED {
        let named = code.match_indices(&format!("{name}::")).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if named && !owners.contains(&module) {
            found.push(format!("src/{path}: only {owners:?} may name `{name}`"));
        }
    }
    for kind in ["goal", "paper", "term", "achievement", "meeting", "post", "project"] {
        for name in [kind.to_owned(), format!("{kind}s")] {
            if code.contains(&format!("\"{name}\"")) {
                found.push(format!("src/{path}: names the kind `{name}`"));
            }
        }
    }
    let lines = text.lines().count();
    if lines > 700 {
        found.push(format!("src/{path}: {lines} lines"));
    }
    if !text.starts_with("//!") {
        found.push(format!("src/{path}: does not say what it owns"));
    }
    found
}

#[test]
fn every_module_imports_only_to_the_right_and_no_kind_is_named_in_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    assert!(paths.len() > 40, "the sources were found");
    let found: Vec<String> = paths
        .iter()
        .flat_map(|path| {
            let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            violations(&below, &std::fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    for (path, planted) in [
        ("text/fold.rs", "use crate::model::Kind;"),
        ("model/kind.rs", "fn f() { crate::store::open(); }"),
        ("format/json.rs", "use crate::store::Store;"),
        ("store/open.rs", "use crate::format::json;"),
        ("notebook/find.rs", "use clap::Parser;\nfn f() { clap::Command::new(\"x\"); }"),
        ("cli/verbs/add.rs", "rusqlite::Connection::open(\"x\");"),
        ("search/mod.rs", "if kind == \"paper\" {}"),
        ("notebook/mod.rs", "let plural = \"terms\";"),
    ] {
        assert_eq!(violations(path, &format!("//! Owns.\n{planted}\n")).len(), 1, "{path}: {planted}");
    }
    assert_eq!(violations("text/fold.rs", "//! x\n// crate::model in a comment\n"), Vec::<String>::new());
    assert_eq!(violations("text/fold.rs", "//! x\n#[cfg(test)]\nmod tests { use crate::model::Kind; }\n"), Vec::<String>::new());
    assert_eq!(violations("text/long.rs", &format!("//! x\n{}", "\n".repeat(701))).len(), 1);
}

#[test]
fn sqlite_is_new_enough_not_to_lose_a_write_ahead_log() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}
