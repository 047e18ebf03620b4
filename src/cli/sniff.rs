//! Determines the format of a file whose name does not tell it. Start reading at [`sniff`].

use std::io::BufRead;
use std::path::Path;

use super::context::Context;
use super::failure::Failure;
use super::file_format::FileFormat;
use crate::format::bibliography::{looks_like_csl, looks_like_zotero};

/// Determines the format from the start of the content.
pub(super) fn sniff(file: &Path, context: &Context) -> Result<FileFormat, Failure> {
    let unknown = || {
        Failure::usage(format!("`{}`: which format?", file.display()))
            .hint(format!("kb import {} --format page", file.display()))
            .hint("kb help formats")
    };
    if file == Path::new("-") {
        let mut input = std::io::stdin().lock();
        // `fill_buf` leaves the bytes in the buffer of standard input, where the import reads them.
        let start = input.fill_buf().map_err(|e| Failure::file(file, &e))?;
        return of_content(start).ok_or_else(unknown);
    }
    let path = context.environment.path(file);
    let mut start = Vec::new();
    let opened = std::fs::File::open(&path).map_err(|e| Failure::file(&path, &e))?;
    std::io::Read::read_to_end(&mut std::io::Read::take(opened, 4096), &mut start)
        .map_err(|e| Failure::file(&path, &e))?;
    match FileFormat::by_name(&path) {
        Some(FileFormat::Csv) if looks_like_zotero(&String::from_utf8_lossy(&start)) => {
            Ok(FileFormat::Zotero)
        }
        Some(FileFormat::Csv) => Ok(FileFormat::Csv),
        named => {
            // A file with the extension of another format is not a page, whatever lists it contains.
            let other = named.is_none()
                && path.extension().is_some_and(|end| {
                    !["txt", "text"].contains(&&*end.to_string_lossy().to_lowercase())
                });
            // Anki writes its notes without a header if the user asks for that.
            let first = start.split(|byte| *byte == b'\n').next();
            let has_cells = first.is_some_and(|line| line.contains(&b'\t'));
            let unknown = || match has_cells {
                true => unknown().hint(format!("kb import {} --format anki", file.display())),
                false => unknown(),
            };
            of_content(&start)
                .filter(|format| !(other && *format == FileFormat::Page))
                .ok_or_else(unknown)
        }
    }
}

/// Whether content looks like a Markdown page: text with a heading or a list.
fn looks_like_a_page(text: &str) -> bool {
    let marked = |line: &str| {
        let line = line.trim_start();
        let heading = line.trim_start_matches('#');
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        (line.starts_with('#') && heading.starts_with(' '))
            || ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
            || (number.len() < line.len() && number.starts_with(". "))
    };
    !text.contains('\0') && !text.starts_with("%PDF-") && text.lines().any(marked)
}

/// The format of content that starts with these bytes, if it is known.
fn of_content(start: &[u8]) -> Option<FileFormat> {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    Some(match text.chars().next() {
        Some('{' | '[') if looks_like_csl(text) => FileFormat::Csl,
        // The import of JSON lines also reads an array, or one value over several lines.
        Some('{' | '[') => FileFormat::Jsonl,
        Some('@') => FileFormat::Bibtex,
        Some('T') if text.starts_with("TY  -") => FileFormat::Ris,
        Some('P') if text.starts_with("PMID-") => FileFormat::Nbib,
        // The header of an export by Anki. Any other `#` can begin a heading.
        Some('#')
            if ["#separator:", "#html:"]
                .iter()
                .any(|line| text.starts_with(line)) =>
        {
            FileFormat::Anki
        }
        Some('%') if text.starts_with("%0 ") => FileFormat::Enw,
        _ if looks_like_a_page(text) => FileFormat::Page,
        _ => return None,
    })
}
