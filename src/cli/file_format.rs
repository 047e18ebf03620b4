//! The file formats that kb imports and exports, by name and by file extension.

use std::path::Path;

use clap::ValueEnum;

use crate::format::bibliography::Dialect;
use crate::format::vault::Style;

/// A format that kb imports, exports, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FileFormat {
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
    /// References in CSL-JSON
    #[value(alias = "csl-json", alias = "csljson")]
    Csl,
    /// A folder of notes with YAML and wikilinks
    Obsidian,
    /// A folder of notes with TOML and relative links
    #[value(alias = "hugo")]
    Zola,
    /// Notes of Anki
    Anki,
    /// References in Zotero's CSV, import only
    Zotero,
    /// References of PubMed, import only
    #[value(alias = "pubmed", alias = "medline")]
    Nbib,
    /// References of EndNote, import only
    #[value(alias = "endnote")]
    Enw,
}

impl FileFormat {
    /// The name of the format, as `--format` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            FileFormat::Page => "page",
            FileFormat::Json => "json",
            FileFormat::Jsonl => "jsonl",
            FileFormat::Csv => "csv",
            FileFormat::Tsv => "tsv",
            FileFormat::Toml => "toml",
            FileFormat::Bibtex => "bibtex",
            FileFormat::Ris => "ris",
            FileFormat::Csl => "csl",
            FileFormat::Obsidian => "obsidian",
            FileFormat::Zola => "zola",
            FileFormat::Anki => "anki",
            FileFormat::Zotero => "zotero",
            FileFormat::Nbib => "nbib",
            FileFormat::Enw => "enw",
        }
    }

    /// Whether a sync writes files of this format: the others it only reads.
    pub(super) fn is_synced(self) -> bool {
        matches!(self, FileFormat::Page | FileFormat::Bibtex)
    }

    /// The format that the extension of a file name determines, if any.
    pub(super) fn by_name(file: &Path) -> Option<FileFormat> {
        let name = file.file_name()?.to_str()?.to_lowercase();
        if name.ends_with(".csl.json") {
            return Some(FileFormat::Csl);
        }
        if name.ends_with(".anki.txt") {
            return Some(FileFormat::Anki);
        }
        match name.rsplit_once('.')?.1 {
            "md" | "markdown" | "mkd" => Some(FileFormat::Page),
            "json" => Some(FileFormat::Json),
            "jsonl" | "ndjson" => Some(FileFormat::Jsonl),
            "csv" => Some(FileFormat::Csv),
            "tsv" => Some(FileFormat::Tsv),
            "toml" => Some(FileFormat::Toml),
            "bib" | "bibtex" => Some(FileFormat::Bibtex),
            "ris" => Some(FileFormat::Ris),
            "nbib" => Some(FileFormat::Nbib),
            "enw" => Some(FileFormat::Enw),
            _ => None,
        }
    }

    /// The style of notes, if the format is a folder of notes.
    pub(super) fn style(self) -> Option<Style> {
        match self {
            FileFormat::Obsidian => Some(Style::Obsidian),
            FileFormat::Zola => Some(Style::Zola),
            _ => None,
        }
    }

    /// The dialect, if the format is a bibliography.
    pub(super) fn dialect(self) -> Option<Dialect> {
        match self {
            FileFormat::Bibtex => Some(Dialect::Bibtex),
            FileFormat::Ris => Some(Dialect::Ris),
            FileFormat::Csl => Some(Dialect::Csl),
            FileFormat::Nbib => Some(Dialect::Nbib),
            FileFormat::Enw => Some(Dialect::Endnote),
            FileFormat::Zotero => Some(Dialect::Zotero),
            _ => None,
        }
    }
}
