//! Lays Markdown out in lines for a terminal: wrapped at words, with lists, quotes, code, tables and links.
//! Start reading at [`lines`].

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::visible::{visible, width};
use super::web::safe;
use super::wrap::{Span, wrap};

/// What of an address a terminal does not take as it is.
const NOT_PLAIN: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// What a piece of text is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// Strong emphasis, or a heading.
    pub bold: bool,
    /// Emphasis.
    pub italic: bool,
    /// No longer valid.
    pub struck: bool,
    /// Code or a formula.
    pub code: bool,
    /// The words of a link.
    pub link: bool,
    /// What is said besides, such as an address.
    pub faint: bool,
    /// The address that it leads to, if the terminal can follow it.
    pub address: Option<String>,
}

/// A line of text with its looks.
pub type Line = Vec<Span<Look>>;

/// Draws a table with a header and rows in so many columns.
pub type DrawTable<'t> = &'t dyn Fn(&[String], &[Vec<String>], usize) -> String;

/// What a text is laid out on.
pub struct Sheet<'t> {
    /// The most columns of a line.
    pub columns: usize,
    /// Whether the marks of headings, emphasis and code are shown, because their looks are not.
    pub marks: bool,
    /// Whether a word can lead to an address; else the address is shown.
    pub links: bool,
    /// How a table is drawn.
    pub table: DrawTable<'t>,
}

/// The lines of a text in Markdown. Control characters are visible, and only code can be longer than the
/// sheet is wide.
pub fn lines(source: &str, sheet: &Sheet<'_>) -> Vec<Line> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH;
    let source = visible(source);
    let mut layout = Layout {
        sheet,
        lines: Vec::new(),
        line: Vec::new(),
        looks: Vec::new(),
        links: Vec::new(),
        containers: Vec::new(),
        numbers: Vec::new(),
        is_apart: false,
        code: None,
        rows: Vec::new(),
        in_table: false,
    };
    for event in Parser::new_ext(&source, options) {
        layout.event(event);
    }
    layout.flush();
    layout.lines
}

/// Whether an address is one of the web or of mail.
fn is_web(address: &str) -> bool {
    let schemes = ["http:", "https:", "mailto:"];
    schemes.iter().any(|scheme| address.starts_with(scheme)) && safe(address)
}

/// Something that has lines in it: before its first line, and before each other one.
struct Container {
    first: String,
    rest: String,
    has_begun: bool,
}

/// A link that is being read.
struct OpenLink {
    /// Its address; `None` for a link to an entry.
    address: Option<String>,
    /// The place in the paragraph at which its words begin.
    start: usize,
}

/// Turns the events of a parser into lines.
struct Layout<'s> {
    sheet: &'s Sheet<'s>,
    lines: Vec<Line>,
    /// The paragraph that is being read.
    line: Line,
    looks: Vec<Look>,
    links: Vec<OpenLink>,
    containers: Vec<Container>,
    /// The next number of each open list; `None` for one without numbers.
    numbers: Vec<Option<u64>>,
    /// Whether a blank line comes before the next block.
    is_apart: bool,
    /// The code block that is being read.
    code: Option<String>,
    /// The rows of the table that is being read.
    rows: Vec<Vec<String>>,
    /// Whether a table is being read. Its cells are plain text, so that marks and addresses stand in them.
    in_table: bool,
}

impl Layout<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.put(&text),
            },
            Event::Code(text) if self.marks() => self.put(&format!("`{text}`")),
            Event::Code(text) => self.put_as(&code(), &text),
            Event::InlineMath(text) => self.put_as(&code(), &format!("${text}$")),
            Event::DisplayMath(text) => self.put_as(&code(), &format!("$${text}$$")),
            Event::Html(text) | Event::InlineHtml(text) => self.put(&text),
            Event::FootnoteReference(name) => self.put(&format!("[^{name}]")),
            Event::SoftBreak => self.put(" "),
            Event::HardBreak => self.put("\n"),
            Event::Rule => {
                self.put_as(&faint(), "───");
                self.end_block();
            }
            Event::TaskListMarker(done) => self.put(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.flush(),
            Tag::Table(_) => {
                self.flush();
                self.in_table = true;
            }
            Tag::FootnoteDefinition(name) => {
                self.flush();
                self.contain(&format!("[^{name}]: "), "    ");
            }
            Tag::Heading { level, .. } => {
                self.flush();
                self.is_apart = true;
                self.begin("", |look| look.bold = true);
                if self.marks() {
                    self.put(&format!("{} ", "#".repeat(level as usize)));
                }
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.contain("│ ", "│ ");
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::List(number) => {
                self.flush();
                self.numbers.push(number);
            }
            Tag::Item => {
                let mark = match self.numbers.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.contain(&mark, &" ".repeat(width(&mark)));
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::Emphasis => self.begin("*", |look| look.italic = true),
            Tag::Strong => self.begin("**", |look| look.bold = true),
            Tag::Strikethrough => self.begin("~~", |look| look.struck = true),
            Tag::Link {
                link_type: LinkType::WikiLink { .. },
                ..
            } => {
                self.begin("[[", |look| look.link = true);
                self.open(None);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.begin("", |look| look.link = true);
                self.open(Some(dest_url.into_string()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_block(),
            TagEnd::Heading(_) => {
                self.end_block();
                self.looks.pop();
            }
            TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => {
                self.end_block();
                self.containers.pop();
            }
            TagEnd::CodeBlock => {
                let text = self.code.take().unwrap_or_default();
                self.begin_block();
                for line in text.lines() {
                    let indent = ("    ".to_owned(), Look::default());
                    self.line_out(vec![indent, (line.to_owned(), code())]);
                }
                self.is_apart = true;
            }
            TagEnd::List(_) => {
                self.flush();
                self.numbers.pop();
                self.is_apart |= self.numbers.is_empty();
            }
            TagEnd::Item => {
                self.flush();
                // An item without text still has its mark.
                if self.containers.last().is_some_and(|item| !item.has_begun) {
                    self.begin_block();
                    self.line_out(Vec::new());
                }
                self.containers.pop();
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                let cell = cell.into_iter().map(|(text, _)| text).collect();
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.table(),
            TagEnd::Emphasis => self.finish("*"),
            TagEnd::Strong => self.finish("**"),
            TagEnd::Strikethrough => self.finish("~~"),
            TagEnd::Link | TagEnd::Image => self.close(),
            _ => {}
        }
    }

    /// Whether the marks of emphasis and code are shown.
    fn marks(&self) -> bool {
        self.sheet.marks || self.in_table
    }

    /// Whether a word can lead to an address.
    fn follows(&self) -> bool {
        self.sheet.links && !self.in_table
    }

    /// Begins a look; if looks are not shown, its mark is.
    fn begin(&mut self, mark: &str, set: impl Fn(&mut Look)) {
        if self.marks() {
            self.put(mark);
        }
        let mut look = self.looks.last().cloned().unwrap_or_default();
        set(&mut look);
        self.looks.push(look);
    }

    fn finish(&mut self, mark: &str) {
        self.looks.pop();
        if self.marks() {
            self.put(mark);
        }
    }

    /// Begins the words of a link.
    fn open(&mut self, address: Option<String>) {
        let follows = self.follows();
        if let (Some(look), Some(address)) = (self.looks.last_mut(), &address)
            && follows
            && is_web(address)
        {
            look.address = Some(utf8_percent_encode(address, NOT_PLAIN).to_string());
        }
        let start = self.line.len();
        self.links.push(OpenLink { address, start });
    }

    /// Ends the words of a link; its address follows unless the terminal can follow it or they are it.
    fn close(&mut self) {
        let Some(link) = self.links.pop() else { return };
        let Some(address) = link.address else {
            self.finish("]]");
            return;
        };
        let words = self.line.get(link.start..).unwrap_or_default();
        let words: String = words.iter().map(|(text, _)| text.as_str()).collect();
        self.finish("");
        let is_followed = self.follows() && is_web(&address);
        if words.is_empty() {
            self.put_as(&faint(), &address);
        } else if !is_followed && address.trim_start_matches("mailto:") != words {
            self.put_as(&faint(), &format!(" ({address})"));
        }
    }

    /// Adds text with the look that is open.
    fn put(&mut self, text: &str) {
        self.put_as(&Look::default(), text);
    }

    /// Adds text that is code or faint besides.
    fn put_as(&mut self, own: &Look, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut look = self.looks.last().cloned().unwrap_or_default();
        look.code |= own.code;
        look.faint |= own.faint;
        // An entity, such as `&#27;`, can be a control character.
        self.line.push((visible(text).into_owned(), look));
    }

    /// Begins something that has lines in it.
    fn contain(&mut self, first: &str, rest: &str) {
        self.containers.push(Container {
            first: first.to_owned(),
            rest: rest.to_owned(),
            has_begun: false,
        });
    }

    /// Writes the paragraph that is being read, if there is one.
    fn flush(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        self.begin_block();
        for line in wrap(&line, self.room()) {
            self.line_out(line);
        }
    }

    /// The columns that a line has within its containers.
    fn room(&self) -> usize {
        let indents = self.containers.iter().map(|around| width(&around.rest));
        self.sheet
            .columns
            .saturating_sub(indents.sum::<usize>())
            .max(20)
    }

    /// Ends a block that has room around it.
    fn end_block(&mut self) {
        self.flush();
        self.is_apart = true;
    }

    /// Puts a blank line before a block, unless it is the first.
    fn begin_block(&mut self) {
        if std::mem::take(&mut self.is_apart) && !self.lines.is_empty() {
            // What has not begun yet does not reach up to the blank line.
            let begun = self.containers.iter().take_while(|around| around.has_begun);
            let starts = begun.map(|around| (around.rest.clone(), faint()));
            self.lines.push(starts.collect());
        }
    }

    /// Writes a line within its containers.
    fn line_out(&mut self, text: Line) {
        let mut line = Vec::new();
        for around in &mut self.containers {
            let start = match around.has_begun {
                true => &around.rest,
                false => &around.first,
            };
            line.push((start.clone(), faint()));
            around.has_begun = true;
        }
        line.extend(text);
        self.lines.push(line);
    }

    /// Writes the table that was read.
    fn table(&mut self) {
        self.in_table = false;
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let Some(header) = rows.next() else { return };
        let rows: Vec<Vec<String>> = rows.collect();
        let table = (self.sheet.table)(&header, &rows, self.room());
        self.begin_block();
        for line in table.lines() {
            self.line_out(vec![(line.to_owned(), Look::default())]);
        }
        self.is_apart = true;
    }
}

fn code() -> Look {
    Look {
        code: true,
        ..Look::default()
    }
}

fn faint() -> Look {
    Look {
        faint: true,
        ..Look::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Sheet, lines};

    /// The text of the lines, with `<address>` before words that lead to it.
    fn text(source: &str, marks: bool, links: bool) -> String {
        let table = |_: &[String], rows: &[Vec<String>], _: usize| rows.concat().join("|");
        let sheet = Sheet {
            columns: 30,
            marks,
            links,
            table: &table,
        };
        let line = |line: super::Line| -> String {
            let shown = line.into_iter().map(|(text, look)| match look.address {
                Some(address) => format!("<{address}>{text}"),
                None => text,
            });
            shown.collect::<String>().trim_end().to_owned()
        };
        let shown: Vec<String> = lines(source, &sheet).into_iter().map(line).collect();
        shown.join("\n")
    }

    #[test]
    fn blocks_are_apart_and_items_hang() {
        let source = "# Head\none\n- a\n- b with words that are wrapped below\n  1. c\n\n> quoted\n>\n> - in\n\n    code that is longer than the sheet is wide\n\n| h |\n|---|\n| x |\n\n---\nend";
        let expected = "# Head\n\none\n\n• a\n• b with words that are\n  wrapped below\n  1. c\n\n│ quoted\n│\n│ • in\n\n    code that is longer than the sheet is wide\n\nx\n\n───\n\nend";
        assert_eq!(text(source, true, false), expected);
        assert_eq!(
            text("1. a\n\n2. b\n\n3.\n", true, false),
            "1. a\n\n2. b\n\n3."
        );
    }

    #[test]
    fn marks_stay_where_looks_are_not_shown() {
        let source = "*a* **b** ~~c~~ `d` [[e|f]] $g_h_i$";
        assert_eq!(
            text(source, true, false),
            "*a* **b** ~~c~~ `d` [[f]]\n$g_h_i$"
        );
        assert_eq!(text(source, false, false), "a b c d f $g_h_i$");
    }

    #[test]
    fn cells_keep_marks_and_addresses_and_footnotes_are_apart() {
        assert_eq!(
            text("| h |\n|---|\n| **b** [w](https://e.org) |", false, true),
            "**b** w (https://e.org)"
        );
        assert_eq!(
            text("a[^1] b[^n]\n\n[^1]: one\n[^n]: two", false, false),
            "a[^1] b[^n]\n\n[^1]: one\n\n[^n]: two"
        );
    }

    #[test]
    fn an_address_is_followed_or_shown_and_never_a_command() {
        let source = "[w](https://e.org/&#27;x) <https://e.org> [f](file.pdf) [j](javascript:x)";
        assert_eq!(
            text(source, false, true),
            "<https://e.org/%1Bx>w <https://e.org>https://e.org f (file.pdf) j\n(javascript:x)"
        );
        assert_eq!(
            text(source, false, false),
            "w (https://e.org/␛x)\nhttps://e.org f (file.pdf) j\n(javascript:x)"
        );
        assert_eq!(
            text("a &#27;]0;t&#7; `&#27;`", false, true),
            "a ␛]0;t␇ &#27;"
        );
    }
}
