//! The help topics: `kb help TOPIC` prints a page of the documentation.

/// Name, summary, and text in Markdown.
pub(super) const TOPICS: [(&str, &str, &str); 21] = [
    (
        "start",
        "Ten minutes with kb",
        include_str!("../../docs/getting-started.md"),
    ),
    (
        "capture",
        "Note something quickly",
        include_str!("../../docs/capture.md"),
    ),
    (
        "agents",
        "How a program drives kb",
        include_str!("../../docs/agents.md"),
    ),
    (
        "ranking",
        "How words are read, and what is found first",
        include_str!("../../docs/search.md"),
    ),
    (
        "filters",
        "Which entries a command is about",
        include_str!("../../docs/filters.md"),
    ),
    (
        "periods",
        "Dates of any precision, as people write them",
        include_str!("../../docs/periods.md"),
    ),
    (
        "page",
        "The hand-written page, in and out",
        include_str!("../../docs/page.md"),
    ),
    (
        "formats",
        "Which formats are read and written",
        include_str!("../../docs/formats.md"),
    ),
    (
        "bibtex",
        "Bring a BibTeX library",
        include_str!("../../docs/formats/bibtex.md"),
    ),
    (
        "ris",
        "Bring RIS, PubMed or EndNote files",
        include_str!("../../docs/formats/ris.md"),
    ),
    (
        "csl-json",
        "Bring CSL-JSON",
        include_str!("../../docs/formats/csl-json.md"),
    ),
    (
        "notes",
        "Bring an Obsidian vault, or a Zola, Hugo or Dendron folder",
        include_str!("../../docs/formats/notes.md"),
    ),
    (
        "tables",
        "Bring a spreadsheet as CSV or TSV",
        include_str!("../../docs/formats/tables.md"),
    ),
    (
        "anki",
        "Bring Anki cards",
        include_str!("../../docs/formats/anki.md"),
    ),
    (
        "json",
        "Exchange entries as JSON",
        include_str!("../../docs/formats/json.md"),
    ),
    (
        "identifiers",
        "Add papers by DOI, arXiv id or address",
        include_str!("../../docs/formats/identifiers.md"),
    ),
    (
        "kinds",
        "Kinds of entries, and your own",
        include_str!("../../docs/kinds.md"),
    ),
    (
        "exit-codes",
        "What the exit code says",
        include_str!("../../docs/exit-codes.md"),
    ),
    (
        "environment",
        "Variables and configuration",
        include_str!("../../docs/environment.md"),
    ),
    (
        "site",
        "The notebook as a web site",
        include_str!("../../docs/site.md"),
    ),
    (
        "privacy",
        "What is private and stays so",
        include_str!("../../docs/privacy.md"),
    ),
];
