//! The bibliography formats that kb knows.

/// Which of the two languages of `.bib` files a new field is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flavour {
    /// An arXiv id has an `archiveprefix`.
    #[default]
    Bibtex,
    /// An arXiv id has an `eprinttype`.
    Biblatex,
}

/// A bibliography format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// BibTeX and BibLaTeX.
    Bibtex,
    /// RIS.
    Ris,
    /// CSL-JSON.
    Csl,
    /// PubMed's .nbib; read only.
    Nbib,
    /// EndNote's .enw; read only.
    Endnote,
    /// Zotero's CSV; read only.
    Zotero,
}

impl Dialect {
    /// All dialects, in the order of their discriminants.
    pub const ALL: [Dialect; 6] = [
        Dialect::Bibtex,
        Dialect::Ris,
        Dialect::Csl,
        Dialect::Nbib,
        Dialect::Endnote,
        Dialect::Zotero,
    ];

    /// Whether kb can write it, not only read it.
    pub fn is_written(self) -> bool {
        matches!(self, Dialect::Bibtex | Dialect::Ris | Dialect::Csl)
    }

    /// The text before the first entry, between two entries, and after the last entry.
    pub fn frame(self) -> [&'static str; 3] {
        match self {
            Dialect::Csl => ["[\n  ", ",\n  ", "\n]\n"],
            Dialect::Bibtex => ["", "\n", ""],
            _ => ["", "", ""],
        }
    }

    /// The name among an entry's left-over values that holds the entry as it was written.
    pub fn kept(self) -> &'static str {
        match self {
            Dialect::Bibtex => "bibtex",
            Dialect::Ris => "ris",
            Dialect::Csl => "csl",
            Dialect::Nbib => "nbib",
            Dialect::Endnote => "enw",
            Dialect::Zotero => "zotero",
        }
    }
}
