//! The formats of files, by name.

use std::path::Path;

use clap::ValueEnum;

use crate::format::bibliography::Dialect;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// A Markdown page
    #[value(alias = "md", alias = "markdown")]
    Page,
    /// A JSON array
    Json,
    /// JSON lines
    #[value(alias = "ndjson")]
    Jsonl,
    /// Comma-separated
    Csv,
    /// Tab-separated
    Tsv,
    /// TOML tables
    Toml,
    /// A bibliography in BibTeX or BibLaTeX
    #[value(alias = "bib", alias = "biblatex")]
    Bibtex,
    /// References in RIS
    Ris,
}

impl FileFormat {
    /// The format that the name of a file tells.
    pub fn by_name(file: &Path) -> Option<FileFormat> {
        match file.extension()?.to_str()?.to_lowercase().as_str() {
            "md" | "markdown" | "mkd" => Some(FileFormat::Page),
            "json" => Some(FileFormat::Json),
            "jsonl" | "ndjson" => Some(FileFormat::Jsonl),
            "csv" => Some(FileFormat::Csv),
            "tsv" => Some(FileFormat::Tsv),
            "toml" => Some(FileFormat::Toml),
            "bib" | "bibtex" => Some(FileFormat::Bibtex),
            "ris" => Some(FileFormat::Ris),
            _ => None,
        }
    }

    /// The dialect, if it is a bibliography.
    pub fn dialect(self) -> Option<Dialect> {
        match self {
            FileFormat::Bibtex => Some(Dialect::Bibtex),
            FileFormat::Ris => Some(Dialect::Ris),
            _ => None,
        }
    }
}
