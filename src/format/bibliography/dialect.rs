//! The text forms of bibliographies.

/// How a bibliography is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// BibTeX and BibLaTeX.
    Bibtex,
    /// RIS.
    Ris,
    /// CSL-JSON.
    Csl,
    /// PubMed's .nbib, which is read and not written.
    Nbib,
    /// EndNote's .enw, which is read and not written.
    Endnote,
    /// Zotero's CSV, which is read and not written.
    Zotero,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 6] = [
        Dialect::Bibtex,
        Dialect::Ris,
        Dialect::Csl,
        Dialect::Nbib,
        Dialect::Endnote,
        Dialect::Zotero,
    ];

    /// Whether it is written, too.
    pub fn is_written(self) -> bool {
        matches!(self, Dialect::Bibtex | Dialect::Ris | Dialect::Csl)
    }

    /// What stands before the first entry, between two, and behind the last.
    pub fn frame(self) -> [&'static str; 3] {
        match self {
            Dialect::Csl => ["[\n  ", ",\n  ", "\n]\n"],
            Dialect::Bibtex => ["", "\n", ""],
            _ => ["", "", ""],
        }
    }

    /// The name under which an entry keeps how it was written.
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
