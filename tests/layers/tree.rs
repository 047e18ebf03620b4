//! All source files: resolves every path to the file or crate that it names, and checks the rules.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{KINDS, LONGEST, MAY_IMPORT, ORDER, OWNED};
use super::source::{Source, module_of};

/// What a path resolves to.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// The path of a file below `src`.
    File(String),
    /// Another crate.
    Crate(String),
    /// A module that only has a `mod.rs`, or a path that cannot be resolved.
    Nowhere,
}

pub(crate) struct Tree {
    sources: BTreeMap<Vec<String>, Source>,
}

impl Tree {
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let parsed = files.iter().map(|(path, text)| Source::parse(path, text));
        let mut sources: BTreeMap<Vec<String>, Source> = parsed
            .map(|source| (source.module.clone(), source))
            .collect();
        let tests: Vec<Vec<String>> = sources
            .values()
            .flat_map(|source| {
                source
                    .test_children
                    .iter()
                    .map(|name| [source.module.clone(), vec![name.clone()]].concat())
            })
            .collect();
        sources.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Tree { sources }
    }

    /// Resolves a path as written in a file to a path from the root of the crate. `Err` contains a
    /// path that leads to another crate.
    fn absolute(&self, source: &Source, path: &[String]) -> Result<Vec<String>, Vec<String>> {
        let mut path = path.to_vec();
        // A rename may lead to another rename.
        for _ in 0..8 {
            let Some(first) = path.first().cloned() else {
                return Err(path);
            };
            let rest = path[1..].to_vec();
            match first.as_str() {
                "crate" | "kb" => return Ok(rest),
                "self" => return Ok([source.module.clone(), rest].concat()),
                "super" => {
                    let ups = path.iter().take_while(|part| *part == "super").count();
                    let kept = source.module.len().saturating_sub(ups);
                    return Ok([&source.module[..kept], &path[ups..]].concat());
                }
                name if source.children.contains(name) => {
                    return Ok([source.module.clone(), path].concat());
                }
                name => match source.imports.get(name) {
                    Some(stands_for) if stands_for.first() != Some(&first) => {
                        path = [stands_for.clone(), rest].concat();
                    }
                    Some(stands_for) => return Err([stands_for.clone(), rest].concat()),
                    None => return Err(path),
                },
            }
        }
        Err(path)
    }

    fn target(&self, source: &Source, path: &[String]) -> Target {
        match self.absolute(source, path) {
            Ok(path) => self.defined_in(&path, 0),
            Err(path) => match path.first() {
                Some(name) => Target::Crate(name.clone()),
                None => Target::Nowhere,
            },
        }
    }

    /// The file that defines the item at a path from the root of the crate. Follows re-exports.
    fn defined_in(&self, path: &[String], depth: usize) -> Target {
        let mut module: Vec<String> = Vec::new();
        for (at, part) in path.iter().enumerate() {
            let inner = [module.clone(), vec![part.clone()]].concat();
            if self.sources.contains_key(&inner) {
                module = inner;
                continue;
            }
            let Some(source) = self.sources.get(&module) else {
                return Target::Nowhere;
            };
            if let Some(stands_for) = source.imports.get(part)
                && depth < 8
            {
                return match self.absolute(
                    source,
                    &[stands_for.clone(), path[at + 1..].to_vec()].concat(),
                ) {
                    Ok(path) => self.defined_in(&path, depth + 1),
                    Err(_) => Target::Nowhere,
                };
            }
            return Target::File(source.path.clone());
        }
        match self.sources.get(&module) {
            Some(source) if !source.path.ends_with("mod.rs") => Target::File(source.path.clone()),
            _ => Target::Nowhere,
        }
    }

    /// The files that each file imports, with the line of the first import.
    fn edges(&self) -> BTreeMap<&str, BTreeMap<String, usize>> {
        let mut edges: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
        for source in self.sources.values() {
            for (path, line) in &source.paths {
                if let Target::File(file) = self.target(source, path)
                    && file != source.path
                {
                    edges
                        .entry(&source.path)
                        .or_default()
                        .entry(file)
                        .or_insert(*line);
                }
            }
        }
        edges
    }

    /// All violations, one line each.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        for source in self.sources.values() {
            self.check_file(source, &mut found);
        }
        let edges = self.edges();
        for (from, targets) in &edges {
            for (to, line) in targets {
                found.extend(upwards(from, to).map(|why| format!("src/{from}:{line}: {why}")));
            }
        }
        found.extend(
            cycles(&edges)
                .into_iter()
                .map(|files| format!("a cycle of imports: {}", files.join(", "))),
        );
        found
    }

    fn check_file(&self, source: &Source, found: &mut Vec<String>) {
        let path = &source.path;
        let module = source.module.first().map_or("", String::as_str);
        if source.lines > LONGEST {
            found.push(format!(
                "src/{path}: {} lines; at most {LONGEST}",
                source.lines
            ));
        }
        if !source.documented {
            found.push(format!(
                "src/{path}: does not begin with `//!` and what it owns"
            ));
        }
        if path.ends_with("mod.rs") || path == "lib.rs" {
            for line in &source.definitions {
                found.push(format!(
                    "src/{path}:{line}: only declares and re-exports; move this to a file"
                ));
            }
        }
        for (path, line) in &source.globs {
            if self
                .absolute(source, path)
                .is_ok_and(|path| self.sources.contains_key(&path))
            {
                found.push(format!(
                    "src/{}:{line}: a glob import hides what is imported",
                    source.path
                ));
            }
        }
        let mut crates = BTreeMap::new();
        for (path, line) in &source.paths {
            if let Target::Crate(name) = self.target(source, path) {
                crates.entry(name).or_insert(*line);
            }
        }
        for (name, owners) in OWNED {
            if let Some(line) = crates.get(name).filter(|_| !owners.contains(&module)) {
                found.push(format!(
                    "src/{path}:{line}: only {owners:?} may name `{name}`"
                ));
            }
        }
        for (text, line) in &source.texts {
            let named = KINDS.iter().find(|kind| {
                let rest = text.strip_prefix(**kind);
                rest.is_some_and(|rest| rest.is_empty() || rest == "s" || rest.starts_with('/'))
            });
            if let Some(kind) = named {
                found.push(format!("src/{path}:{line}: names the kind `{kind}`"));
            }
        }
    }
}

/// Why one file may not import another; `None` if it may.
fn upwards(from: &str, to: &str) -> Option<String> {
    let (from, to) = (module_of(from), module_of(to));
    let top = from.first()?;
    let other = to.first()?;
    if top != other {
        let allowed = MAY_IMPORT
            .iter()
            .find(|(name, _)| name == top)
            .map_or(&[][..], |(_, allowed)| allowed);
        return (!allowed.contains(&other.as_str()))
            .then(|| format!("`{top}` may not import `{other}`"));
    }
    if from.len() == 1 {
        // The `mod.rs` of a module may import all its files, to re-export from them.
        return None;
    }
    let (_, order) = ORDER.iter().find(|(name, _)| name == top)?;
    let place = |module: &[String]| {
        order
            .iter()
            .position(|name| Some(*name) == module.get(1).map(String::as_str))
    };
    match (place(&from), place(&to)) {
        (Some(from), Some(to)) if to <= from => None,
        (Some(_), Some(_)) => Some(format!(
            "`{}` may not import `{}`, which comes later",
            from[1], to[1]
        )),
        _ => Some(format!(
            "`{}` or `{}` has no place in the order of `{top}`",
            from.join("/"),
            to.join("/")
        )),
    }
}

/// Groups of files that import each other, directly or through others.
fn cycles(edges: &BTreeMap<&str, BTreeMap<String, usize>>) -> Vec<Vec<String>> {
    let reachable = |start: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(file) = open.pop() {
            for next in edges
                .get(file.as_str())
                .into_iter()
                .flat_map(BTreeMap::keys)
            {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<String>> =
        edges.keys().map(|file| (*file, reachable(file))).collect();
    let mut groups: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, reached) in &all {
        if reached.contains(*file) {
            let mutual = reached.iter().filter(|other| {
                all.get(other.as_str())
                    .is_some_and(|back| back.contains(*file))
            });
            groups.insert(mutual.cloned().collect());
        }
    }
    groups.into_iter().collect()
}
