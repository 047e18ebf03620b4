//! Help topics: the same text for `kb help TOPIC` and for the documentation.

/// Name, one line, text in Markdown.
pub(super) const TOPICS: [(&str, &str, &str); 9] = [
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
        "Formats in and out",
        include_str!("../../docs/formats.md"),
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
        "privacy",
        "What is private and stays so",
        include_str!("../../docs/privacy.md"),
    ),
];
