//! One parsed source file: its paths, imports and string literals.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// One parsed file.
pub(crate) struct Source {
    /// Path below `src`: `store/file/open.rs`.
    pub path: String,
    /// The module: `["store", "file", "open"]`; empty for the root of the crate.
    pub module: Vec<String>,
    /// Child modules that the file declares.
    pub children: BTreeSet<String>,
    /// Child modules that it declares for tests only.
    pub test_children: BTreeSet<String>,
    /// Names that a `use` brings into the file, with the path each stands for.
    pub imports: BTreeMap<String, Vec<String>>,
    /// Every path in the code, as written, with its line.
    pub paths: Vec<(Vec<String>, usize)>,
    /// Glob imports with their line.
    pub globs: Vec<(Vec<String>, usize)>,
    /// String literals with their line.
    pub texts: Vec<(String, usize)>,
    /// Lines of items that are neither a `mod` declaration nor a `use`.
    pub definitions: Vec<usize>,
    pub lines: usize,
    /// Whether the file begins with `//!`.
    pub documented: bool,
}

/// The module path of a file, given by its path below `src`; empty for `lib.rs`.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Source {
        let file = syn::parse_file(text).unwrap_or_else(|e| panic!("src/{path}: {e}"));
        let mut source = Source {
            path: path.to_owned(),
            module: module_of(path),
            children: BTreeSet::new(),
            test_children: BTreeSet::new(),
            imports: BTreeMap::new(),
            paths: Vec::new(),
            globs: Vec::new(),
            texts: Vec::new(),
            definitions: Vec::new(),
            lines: text.lines().count(),
            documented: text.starts_with("//!"),
        };
        for item in &file.items {
            match item {
                syn::Item::Mod(item) if item.content.is_none() => {
                    let names = if cfg_test(&item.attrs) {
                        &mut source.test_children
                    } else {
                        &mut source.children
                    };
                    names.insert(item.ident.to_string());
                }
                syn::Item::Use(_) => {}
                other if is_test(other) => {}
                other => source.definitions.push(line(other.span())),
            }
        }
        source.visit_file(&file);
        source
    }

    /// Records the imports of a `use` tree; `before` is the path that leads to it.
    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let extended = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&path.tree, &extended(&path.ident)),
            syn::UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.use_tree(tree, before)),
            syn::UseTree::Name(name) => self.import(&name.ident, &name.ident, before),
            syn::UseTree::Rename(rename) => self.import(&rename.ident, &rename.rename, before),
            syn::UseTree::Glob(glob) => self.globs.push((before.to_vec(), line(glob.span()))),
        }
    }

    fn import(&mut self, name: &syn::Ident, known_as: &syn::Ident, before: &[String]) {
        let mut path = before.to_vec();
        let mut known_as = known_as.to_string();
        if name == "self" {
            if known_as == "self" {
                known_as = before.last().cloned().unwrap_or_default();
            }
        } else {
            path.push(name.to_string());
        }
        self.paths.push((path.clone(), line(name.span())));
        // `use rusqlite;` renames nothing.
        if path.len() > 1 || path.first() != Some(&known_as) {
            self.imports.insert(known_as, path);
        }
    }

    /// The paths and literals inside a macro or an attribute, which `syn` leaves as tokens.
    fn tokens(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                }
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.texts.push((text.value(), line(literal.span())));
                    }
                }
                TokenTree::Ident(ident) => {
                    let mut path = vec![ident.to_string()];
                    while colon(at) && colon(at + 1) {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => path.push(next.to_string()),
                            Some(TokenTree::Group(group))
                                if group.delimiter() == Delimiter::Brace => {}
                            _ => break,
                        }
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.paths.push((path, line(ident.span())));
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

/// Whether attributes include `#[cfg(test)]`.
fn cfg_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn is_test(item: &syn::Item) -> bool {
    match item {
        syn::Item::Fn(item) => cfg_test(&item.attrs),
        syn::Item::Impl(item) => cfg_test(&item.attrs),
        syn::Item::Mod(item) => cfg_test(&item.attrs),
        syn::Item::Struct(item) => cfg_test(&item.attrs),
        syn::Item::Use(item) => cfg_test(&item.attrs),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.paths
            .push((vec![item.ident.to_string()], line(item.span())));
        if let Some((_, known_as)) = &item.rename {
            self.imports
                .insert(known_as.to_string(), vec![item.ident.to_string()]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if segments.len() > 1 {
            self.paths.push((segments, line(path.span())));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.texts.push((text.value(), line(text.span())));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}
