//! The rules: which modules may import which, and which crates each may name.

/// Each module with the modules that it may import; docs/contributing.md has a diagram.
pub(crate) const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("main", &["cli"]),
    ("web", &[]),
    (
        "cli",
        &[
            "web", "notebook", "search", "store", "format", "model", "text",
        ],
    ),
    ("notebook", &["search", "store", "format", "model", "text"]),
    ("search", &["store", "model", "text"]),
    ("store", &["model", "text"]),
    ("format", &["model", "text"]),
    ("model", &["text"]),
    ("text", &[]),
];

/// The files and folders of a module in import order: each may import only those before it.
pub(crate) const ORDER: [(&str, &[&str]); 4] = [
    (
        "store",
        &[
            "error", "fts5", "schema", "file", "rows", "index", "query", "log", "check", "salvage",
        ],
    ),
    (
        "format",
        &[
            "rows",
            "json",
            "front_matter",
            "table",
            "anki",
            "reference",
            "page_head",
            "bibliography",
            "vault",
            "left_over",
            "page",
        ],
    ),
    (
        "notebook",
        &[
            "error",
            "session",
            "settings",
            "documents",
            "filters",
            "suggest",
            "resolve",
            "entries",
            "kinds",
            "history",
            "published",
            "export",
            "find",
            "same_work",
            "import",
            "edited_works",
            "bibliography",
            "capture",
            "duplicates",
            "doctor",
            "vault",
            "page",
        ],
    ),
    (
        "cli",
        &[
            "environment",
            "config",
            "locate",
            "terminal",
            "messages",
            "failure",
            "misuse",
            "outfile",
            "folder",
            "global",
            "context",
            "progress",
            "editor",
            "dry_run",
            "consent",
            "complete",
            "hyphens",
            "file_format",
            "table",
            "output",
            "pick",
            "topics",
            "tracked",
            "upkeep",
            "changes",
            "hits",
            "reach",
            "verbs",
            "commands",
            "completion",
            "reference",
            "run",
        ],
    ),
];

/// Crates that only some modules may name.
pub(crate) const OWNED: [(&str, &[&str]); 21] = [
    ("anstyle", &["cli"]),
    ("biblatex", &["format"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["cli"]),
    ("console", &["cli"]),
    ("edtf_core", &["model"]),
    ("etcetera", &["cli"]),
    ("foldhash", &["text"]),
    ("getrandom", &["store"]),
    ("html_escape", &["text"]),
    ("indicatif", &["cli"]),
    ("nucleo_matcher", &["cli"]),
    ("pulldown_cmark", &["text"]),
    ("rusqlite", &["store"]),
    ("rustix", &["cli"]),
    ("siphasher", &["store", "text"]),
    ("ureq", &["web"]),
    ("uuid", &["store"]),
    ("yaml_serde", &["format"]),
];

/// The built-in kinds, which no code may name.
pub(crate) const KINDS: [&str; 7] = [
    "goal",
    "paper",
    "term",
    "achievement",
    "meeting",
    "post",
    "project",
];

/// The maximum number of lines of a file, formatted at the default width of rustfmt.
pub(crate) const LONGEST: usize = 700;
