//! Identifiers of publications and pages: parsing and canonical forms of DOIs, arXiv ids and URLs.

use super::Reason;

/// The canonical DOI in a text: lower case, without a resolver URL or `doi:` before it.
///
/// Syntax from the DOI Handbook, 2.2: `10.`, at least four digits, a slash, a suffix.
///
/// # Errors
/// The text does not contain a DOI.
pub fn doi(text: &str) -> Result<String, Reason> {
    let lower = text.trim().to_lowercase();
    let from = lower.find("10.").filter(|at| {
        let before = &lower[..*at];
        before.is_empty()
            || before == "doi:"
            || before == "doi: "
            || before.ends_with("doi.org/")
            || before.contains("/doi/")
    });
    let found = from.map(|at| lower[at..].split(['?', '#']).next().unwrap_or(""));
    match found.and_then(|doi| {
        doi.split_once('/')
            .map(|(prefix, suffix)| (doi, prefix, suffix))
    }) {
        Some((doi, prefix, suffix))
            if prefix.len() >= 7
                && prefix[3..].bytes().all(|b| b.is_ascii_digit() || b == b'.')
                && !suffix.is_empty()
                && !doi.contains(|c: char| c.is_whitespace() || c.is_control()) =>
        {
            // The addresses of a publisher go on behind the DOI.
            let doi = doi.trim_end_matches(['.', ',', ';']);
            let ends = ["/full", "/abstract", "/pdf", "/epdf"];
            let end = ends.into_iter().find_map(|end| doi.strip_suffix(end));
            Ok(end
                .filter(|doi| doi.contains('/'))
                .unwrap_or(doi)
                .to_owned())
        }
        _ => Err(Reason::new(format!("`{}` is not a DOI", text.trim()))
            .hint("write it as `10.1145/3582099.3582122`")),
    }
}

/// The canonical arXiv id in a text, without the arXiv URL or `arXiv:` before it: `2010.11929v2` or
/// `cs/0112017`.
///
/// Syntax from <https://info.arxiv.org/help/arxiv_identifier.html>.
///
/// # Errors
/// The text is not an arXiv id.
pub fn arxiv(text: &str) -> Result<String, Reason> {
    let lower = text.trim().to_lowercase();
    let id = match lower.split_once("arxiv.org/") {
        Some((_, path)) => path.split_once('/').map_or("", |(_, id)| id),
        None => lower
            .strip_prefix("10.48550/")
            .unwrap_or(&lower)
            .trim_start_matches("arxiv:")
            .trim_start_matches("arxiv."),
    };
    let id = id
        .split(['?', '#'])
        .next()
        .unwrap_or("")
        .trim_end_matches(".pdf")
        .trim_end_matches('/');
    let bare = versionless(id);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let new_form = bare.split_once('.').is_some_and(|(month, number)| {
        month.len() == 4 && digits(month) && (4..=5).contains(&number.len()) && digits(number)
    });
    let old_form = bare.split_once('/').is_some_and(|(archive, number)| {
        number.len() == 7
            && digits(number)
            && !archive.is_empty()
            && archive
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'.')
    });
    if new_form || old_form {
        Ok(id.to_owned())
    } else {
        Err(Reason::new(format!("`{}` is not an arXiv id", text.trim()))
            .hint("write it as `2010.11929`"))
    }
}

/// An arXiv id without its version: `2010.11929v2` becomes `2010.11929`.
pub fn versionless(id: &str) -> &str {
    match id.rsplit_once('v') {
        Some((bare, version))
            if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) =>
        {
            bare
        }
        _ => id,
    }
}

/// Checks a URL, absolute or relative, and returns it without surrounding white space.
///
/// # Errors
/// The URL is empty, contains white space or control characters, or has the scheme `javascript`,
/// `vbscript` or `data`.
pub fn url(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Reason::new(format!("`{text}` is not a URL"))
            .hint("it must not be empty or contain white space"));
    }
    let scheme = text
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("javascript" | "vbscript" | "data") => Err(Reason::new(format!(
            "`{text}` has a URL scheme that is not allowed"
        ))),
        _ => Ok(text.to_owned()),
    }
}

/// The form of a URL that is used for comparison: without scheme, `www.` and trailing slash, with
/// the host in lower case.
pub fn url_key(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let (host, path) = rest
        .split_once('/')
        .map_or((rest, ""), |(host, path)| (host, path));
    let key = format!("{}/{path}", host.to_ascii_lowercase());
    key.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_in_the_addresses_that_carry_them() {
        assert_eq!(
            doi("https://dl.acm.org/doi/abs/10.1145/3582099.3582122").as_deref(),
            Ok("10.1145/3582099.3582122")
        );
        assert_eq!(
            doi("doi:10.48550/ARXIV.2010.11929").as_deref(),
            Ok("10.48550/arxiv.2010.11929")
        );
        for end in ["full", "abstract", "pdf", "epdf"] {
            let address = format!("https://onlinelibrary.wiley.com/doi/10.1111/x.1/{end}");
            assert_eq!(doi(&address).as_deref(), Ok("10.1111/x.1"));
        }
        assert_eq!(doi("10.1111/full").as_deref(), Ok("10.1111/full"));
        assert!(doi("10.1145").is_err() && doi("https://example.org/10.1145/x").is_err());
        assert_eq!(
            arxiv("https://arxiv.org/abs/2010.11929v2").as_deref(),
            Ok("2010.11929v2")
        );
        assert_eq!(
            arxiv("https://arxiv.org/pdf/cs/0112017.pdf").as_deref(),
            Ok("cs/0112017")
        );
        assert_eq!(arxiv("arXiv:1706.03762").as_deref(), Ok("1706.03762"));
        assert!(arxiv("2010-11929").is_err() && arxiv("v2").is_err());
        assert_eq!(versionless("2010.11929v2"), "2010.11929");
        assert_eq!(versionless("solv-int/9901001"), "solv-int/9901001");
    }

    #[test]
    fn addresses_are_compared_without_what_does_not_matter() {
        assert_eq!(
            url_key("https://www.Example.org/A/"),
            url_key("http://example.org/A")
        );
        assert_ne!(
            url_key("https://example.org/a"),
            url_key("https://example.org/A")
        );
        assert!(
            url("javascript:alert(1)").is_err()
                && url("a b").is_err()
                && url("/projects#x").is_ok()
        );
    }
}
