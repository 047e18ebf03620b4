//! Reads PubMed's .nbib (<https://pubmed.ncbi.nlm.nih.gov/help/#pubmed-format>) and EndNote's .enw
//! ("Refer" tags, EndNote's manual, appendix "EndNote Import"), in which each line has a tag and a
//! value. Start reading at [`nbib`] and [`enw`].

use super::written::{Fault, WrittenWork};

/// Reads .nbib: references with their byte offsets, and a fault for each line outside of one.
pub(super) fn nbib(source: &str) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    let tag = |line: &str| {
        // A tag has up to four characters, padded with spaces: `TI  - Title`, `PMID- 1234`.
        let (tag, rest) = line.split_at_checked(4)?;
        let form = tag
            .trim_end()
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && tag.starts_with(|c: char| c.is_ascii_uppercase());
        form.then(|| {
            rest.strip_prefix('-')
                .map(|value| (tag.trim_end().to_owned(), value.trim().to_owned()))
        })?
    };
    scan(source, "PMID", "PMID- ", tag, " ")
}

/// Reads .enw: references with their byte offsets, and a fault for each line outside of one.
pub(super) fn enw(source: &str) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    let tag = |line: &str| {
        let (tag, rest) = line.split_at_checked(2)?;
        (tag.starts_with('%') && (rest.is_empty() || rest.starts_with(' ')))
            .then(|| (tag.to_owned(), rest.trim().to_owned()))
    };
    let (mut found, faults) = scan(source, "%0", "%0 ", tag, "\n");
    for (_, written) in &mut found {
        // `%F` is EndNote's label, used as the citation key. `%0` is the reference type.
        written.key = written.raw("%F").unwrap_or_default().to_owned();
        written.kind = written.raw("%0").unwrap_or_default().to_owned();
        written.fields.retain(|(name, _)| name != "%0");
    }
    (found, faults)
}

/// Reads lines with a tag. The tag `first`, in messages `shown`, begins a reference. A line without
/// a tag continues the value before it, joined by `glue`.
/// `glue` is a space if long lines are wrapped (.nbib), or a line feed if line ends belong to the
/// value (.enw).
fn scan(
    source: &str,
    first: &str,
    shown: &str,
    tag: impl Fn(&str) -> Option<(String, String)>,
    glue: &str,
) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    let (mut found, mut faults): (Vec<(usize, WrittenWork)>, Vec<Fault>) = Default::default();
    let mut at = 0;
    for whole in source.split_inclusive('\n') {
        let begin = at;
        at += whole.len();
        let line = whole.trim_end().trim_start_matches('\u{feff}');
        if line.trim().is_empty() {
            continue;
        }
        match (tag(line), found.last_mut()) {
            (Some((name, value)), _) if name == first => {
                // The PMID is the citation key; `enw` replaces it by the label.
                let key = value.clone();
                found.push((
                    begin,
                    WrittenWork {
                        key,
                        fields: vec![(name, value)],
                        ..WrittenWork::default()
                    },
                ));
            }
            (Some(field), Some((_, written))) => written.fields.push(field),
            (None, Some((_, written))) => {
                if let Some((_, value)) = written.fields.last_mut() {
                    value.push_str(glue);
                    value.push_str(line.trim());
                }
            }
            (_, None) => faults.push(Fault {
                at: begin,
                message: format!("is outside of a reference, which begins with `{shown}`"),
            }),
        }
    }
    (found, faults)
}
