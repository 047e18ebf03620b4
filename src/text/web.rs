//! Markdown as HTML for a web page: raw HTML is shown as text, and only links that a reader can follow
//! safely are links.
//!
//! The HTML is that of pulldown-cmark (CommonMark with tables, footnotes, strikethrough, task lists and
//! wikilinks). It is changed as a stream of events, before it is text, so that no escaping is undone.

use pulldown_cmark::{
    CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Storage, push_mathml};

/// What is marked in the words of a text.
pub trait Marks {
    /// A new section of the text begins.
    fn section(&self);

    /// A run of words as HTML; `None` if nothing in it is marked. Words of headings and links are not asked
    /// for.
    fn html(&self, text: &str) -> Option<String>;
}

/// No marks at all.
pub struct Unmarked;

impl Marks for Unmarked {
    fn section(&self) {}

    fn html(&self, _: &str) -> Option<String> {
        None
    }
}

/// The HTML of a Markdown text. `target` returns the address of the note that a wikilink or a relative
/// path to a note leads to. `origin` is put before a path from the root of a site; it may be empty. `$…$` and `$$…$$` become MathML. A link to anything else than a web address, a mail address or a place on the
/// page or its site becomes its words; pictures become links; the highest headings are of the second level.
pub fn html(
    source: &str,
    target: &dyn Fn(&str) -> Option<String>,
    origin: &str,
    marks: &dyn Marks,
) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_MATH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let headings = Parser::new_ext(source, options).filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Some(level as usize),
        _ => None,
    });
    let highest = headings.min().unwrap_or(1);
    // Whether each open link or picture is a link of the page.
    let mut open: Vec<bool> = Vec::new();
    let mut is_metadata = false;
    // The number of open headings, links, pictures and code blocks.
    let mut unmarked = 0_usize;
    let events = TextMergeStream::new(Parser::new_ext(source, options)).filter_map(|event| {
        match &event {
            Event::Start(tag) if is_unmarked(&tag.to_end()) => {
                unmarked += 1;
                if let Tag::Heading { .. } = tag {
                    marks.section();
                }
            }
            Event::End(tag) if is_unmarked(tag) => unmarked -= 1,
            _ => {}
        }
        Some(match event {
            Event::Start(Tag::MetadataBlock(_)) => {
                is_metadata = true;
                return None;
            }
            Event::End(TagEnd::MetadataBlock(_)) => {
                is_metadata = false;
                return None;
            }
            _ if is_metadata => return None,
            Event::Text(text) if unmarked == 0 => match marks.html(&text) {
                Some(html) => Event::InlineHtml(html.into()),
                None => Event::Text(text),
            },
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::TaskListMarker(done) => {
                let (state, said) = match done {
                    true => (" checked", "done"),
                    false => ("", "to do"),
                };
                let mark =
                    format!("<input type=\"checkbox\" disabled{state} aria-label=\"{said}\"> ");
                Event::InlineHtml(mark.into())
            }
            Event::InlineMath(text) => formula(&text, DisplayMode::Inline),
            Event::DisplayMath(text) => formula(&text, DisplayMode::Block),
            Event::Start(Tag::Heading { level, id, .. }) => Event::Start(Tag::Heading {
                level: lower(level, highest),
                id,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::End(TagEnd::Heading(level)) => {
                Event::End(TagEnd::Heading(lower(level, highest)))
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let is_wiki = matches!(link_type, LinkType::WikiLink { .. });
                // A relative path leads nowhere on the site, unless it is that of a note.
                let is_whole = dest_url.contains(':') || dest_url.starts_with(['/', '#', '?']);
                let address = match is_wiki || !is_whole {
                    true => target(&dest_url),
                    false => Some(from_origin(origin, &dest_url)).filter(|address| safe(address)),
                };
                open.push(address.is_some());
                let dest_url = CowStr::from(address?);
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                })
            }
            Event::Start(Tag::Image {
                dest_url,
                title,
                id,
                ..
            }) => {
                let dest_url = CowStr::from(from_origin(origin, &dest_url));
                let is_web = safe(&dest_url) && dest_url.contains("://");
                open.push(is_web);
                if !is_web {
                    return None;
                }
                Event::Start(Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url,
                    title,
                    id,
                })
            }
            Event::End(TagEnd::Link | TagEnd::Image) => match open.pop() {
                Some(true) => Event::End(TagEnd::Link),
                _ => return None,
            },
            other => other,
        })
    });
    let mut page = String::with_capacity(source.len() * 2);
    html::push_html(&mut page, events);
    page
}

/// An address, with the origin before it if it is a path from the root of a site.
fn from_origin(origin: &str, address: &str) -> String {
    match address.starts_with('/') && !address.starts_with("//") {
        true => format!("{origin}{address}"),
        false => address.to_owned(),
    }
}

/// Whether the words in an element are not marked.
fn is_unmarked(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Heading(_) | TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock
    )
}

/// The most commands and braces of a formula: the reader of formulas calls itself for each level of them.
const MOST_NESTED: usize = 1_000;

/// A formula as MathML, or as code if it cannot be read or would be anything else than MathML.
fn formula(latex: &str, display_mode: DisplayMode) -> Event<'static> {
    if latex.bytes().filter(|byte| br"\{^_".contains(byte)).count() > MOST_NESTED {
        return Event::Code(latex.to_owned().into());
    }
    let storage = Storage::new();
    let config = RenderConfig {
        display_mode,
        ..RenderConfig::default()
    };
    let parsed: Result<Vec<_>, _> = pulldown_latex::Parser::new(latex, &storage).collect();
    let mut mathml = String::new();
    let written = parsed.is_ok_and(|events| {
        let events = events.into_iter().map(Ok::<_, std::fmt::Error>);
        push_mathml(&mut mathml, events, config).is_ok()
    });
    let mathml = escaped_signs(&mathml);
    match written && is_mathml(&mathml) {
        true => Event::InlineHtml(mathml.into()),
        false => Event::Code(latex.to_owned().into()),
    }
}

/// MathML in which `<` and `&` that begin no tag and no entity are escaped: the writer leaves those of
/// operators as they are.
fn escaped_signs(mathml: &str) -> String {
    let mut out = String::with_capacity(mathml.len());
    for (at, c) in mathml.char_indices() {
        let rest = &mathml[at + c.len_utf8()..];
        let is_entity = || {
            let ends = ["lt;", "gt;", "amp;", "quot;", "#"];
            ends.iter().any(|end| rest.starts_with(end))
        };
        match c {
            '<' if !rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '/') => {
                out.push_str("&lt;");
            }
            '&' if !is_entity() => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

/// Whether markup has MathML elements alone, and no attribute that could load or run something.
fn is_mathml(markup: &str) -> bool {
    const ELEMENTS: &str = " math semantics mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd menclose ";
    markup.split('<').skip(1).all(|part| {
        let Some((tag, _)) = part.split_once('>') else {
            return false;
        };
        let mut words = tag.trim_matches('/').split_whitespace();
        let name = words.next().unwrap_or_default();
        let is_plain = |word: &str| {
            let word = word.to_lowercase();
            !["on", "href", "src", "xlink"]
                .iter()
                .any(|start| word.starts_with(start))
        };
        ELEMENTS.contains(&format!(" {name} ")) && words.all(is_plain)
    })
}

/// The level of a heading under the title of the page: the highest of a text becomes the second.
fn lower(level: HeadingLevel, highest: usize) -> HeadingLevel {
    let below = (level as usize + 2 - highest).clamp(2, 6);
    HeadingLevel::try_from(below).unwrap_or(HeadingLevel::H6)
}

/// Whether a browser may follow an address: `http`, `https` and `mailto`, or no scheme at all.
pub fn safe(address: &str) -> bool {
    let clean: String = address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect();
    let scheme = clean.split(['/', '?', '#']).next().unwrap_or("");
    match scheme.split_once(':') {
        None => !clean.starts_with("//"),
        Some((scheme, _)) => {
            ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Unmarked, safe};

    fn html(source: &str, target: &dyn Fn(&str) -> Option<String>) -> String {
        super::html(source, target, "https://o.example", &Unmarked)
    }

    #[test]
    fn html_is_shown_as_text_and_only_safe_links_are_links() {
        let target = |name: &str| (name == "Known").then(|| "../known/index.html".to_owned());
        let page = html(
            "# A\n\n<script>x</script> [[Known|words]] [[Gone]] [j](javascript:x) [w](https://e.org) ![p](https://e.org/p.png) ![l](local.png) `[[Known]]`\n",
            &target,
        );
        assert_eq!(
            page,
            "<h2>A</h2>\n&lt;script&gt;x&lt;/script&gt; [[Known|words]] [[Gone]] [j](javascript:x) [w](https://e.org) ![p](https://e.org/p.png) ![l](local.png) `[[Known]]`\n"
        );
        let page = html(
            "[[Known|words]] [[Gone]] [j](javascript:x) [w](https://e.org) ![p](https://e.org/p.png) ![l](local.png) `[[Known]]` <b>\n",
            &target,
        );
        assert_eq!(
            page,
            "<p><a href=\"../known/index.html\">words</a> Gone j <a href=\"https://e.org\">w</a> <a href=\"https://e.org/p.png\">p</a> l <code>[[Known]]</code> &lt;b&gt;</p>\n"
        );
        let page = html("Cost $5 and $6, $x^2 < 1$ and $\\foo$.\n", &target);
        assert!(page.starts_with("<p>Cost $5 and $6, <math"), "{page}");
        assert!(
            page.contains("<msup>") && page.contains("<mo>&lt;</mo>"),
            "{page}"
        );
        assert!(page.contains("<code>\\foo</code>"), "{page}");
        assert_eq!(
            html("- [x] a\n- [ ] b\n", &target),
            "<ul>\n<li><input type=\"checkbox\" disabled checked aria-label=\"done\"> a</li>\n<li><input type=\"checkbox\" disabled aria-label=\"to do\"> b</li>\n</ul>\n"
        );
        assert_eq!(
            html("[a](/p#q) [b](//e.org) ![c](/p.png)", &target),
            "<p><a href=\"https://o.example/p#q\">a</a> b <a href=\"https://o.example/p.png\">c</a></p>\n"
        );
        for hostile in [
            "$\\text{<img src=x onerror=alert(1)>}$",
            "$a<script>b$",
            "$\\href{javascript:x}{y}$",
            "$\\text{&lt;script>}$",
            "$$\\text{</math><meta http-equiv=refresh>}$$",
        ] {
            let page = html(hostile, &target);
            for word in ["<img", "<script", "<meta", "href="] {
                assert!(!page.contains(word), "{hostile}: {page}");
            }
        }
        for unsafe_one in [
            "java\nscript:x",
            "data:text/html,x",
            "//e.org",
            "vbscript:x",
        ] {
            assert!(!safe(unsafe_one), "{unsafe_one}");
        }
        assert!(safe("a/b.html#c:d") && safe("HTTPS://e.org") && safe("?a:b"));
    }
}
