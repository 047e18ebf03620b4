//! The parser of filters: from the text of a filter to a [`Query`].
//!
//! ```text
//! query  = clause { ["or"] clause } ;   adjacent clauses must all match, `or` binds loosest
//! clause = [ "-" | "!" | "not" ] ( "(" query ")" | "@" name | test | words )
//! test   = name ( ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" ) value { "," value }
//! words  = word | '"' words '"'
//! ```

use chrono::NaiveDate;

use super::identifier::versionless;
use super::query::{Label, LinkEnd, Op, Query, When};
use super::query_words::{CORE, FilterToken, TESTS, split_test, split_values, tokens};
use super::{FieldType, Kinds, Period, Reason, Value};
use crate::text::{english, fold::fold, nearest::nearest, slug::is_slug};

/// A syntax or name error in a filter, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Text of the filter.
    pub text: String,
    /// Byte offset of the error in the text.
    pub offset: usize,
    /// What is wrong, in lower case without a final full stop.
    pub message: String,
    /// What to type instead, if known.
    pub hint: Option<String>,
}

/// The context in which a filter is parsed.
#[derive(Debug, Clone, Copy)]
pub struct Grammar<'a> {
    /// Kinds of the notebook.
    pub kinds: &'a Kinds,
    /// Saved filters: name and text.
    pub saved: &'a [(String, String)],
    /// The current date in the user's time zone.
    pub today: NaiveDate,
    /// What becomes of text that is not a valid filter.
    pub mode: QueryMode,
}

/// What becomes of text that is not a valid filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryMode {
    /// It is an error: a command acts on exactly what was typed.
    Filter,
    /// It is searched for as words: a search never fails on ordinary text.
    Search,
}

/// Maximum number of tokens in a filter.
const LARGEST: usize = 1_000;
/// Maximum nesting depth of parentheses and saved filters.
const DEEPEST: usize = 50;

/// Parses a filter.
///
/// # Errors
/// The first error in the filter. [`QueryMode::Search`] returns no errors.
pub fn read(text: &str, grammar: Grammar<'_>) -> Result<Query, QueryError> {
    read_whole(text, grammar).map(|(query, _)| query)
}

/// The query, and whether a part of the filter says nothing, as `""` and `()` do: whoever typed it meant
/// something.
///
/// # Errors
/// As [`read`].
pub fn read_whole(text: &str, grammar: Grammar<'_>) -> Result<(Query, bool), QueryError> {
    let mut reader = FilterParser::of(text, grammar, 0, 0);
    if reader.tokens.len() > LARGEST {
        if grammar.mode == QueryMode::Search {
            reader.tokens.truncate(LARGEST);
        } else {
            return Err(reader.fault(0, format!("the filter has more than {LARGEST} parts"), None));
        }
    }
    let mut query = reader.any()?;
    // A filter stops early only at a `)` without a `(`. A search reads all tokens at once.
    while let Some(token) = reader.tokens.get(reader.at) {
        if grammar.mode == QueryMode::Filter {
            return Err(reader.fault(token.at, "this `)` closes nothing".to_owned(), None));
        }
        reader.at += 1;
        query = query.and(reader.any()?);
    }
    Ok((query, reader.has_idle_part))
}

struct FilterParser<'a> {
    text: &'a str,
    tokens: Vec<FilterToken<'a>>,
    /// Index of the next token to read.
    at: usize,
    grammar: Grammar<'a>,
    /// Parentheses and saved filters that are open, for the limit [`DEEPEST`].
    depth: usize,
    /// How often a saved filter was put in for its name, for the limit [`LARGEST`]: filters that use
    /// others twice would double with each level.
    expanded: usize,
    /// Whether a clause says nothing.
    has_idle_part: bool,
}

impl<'a> FilterParser<'a> {
    fn of(text: &'a str, grammar: Grammar<'a>, depth: usize, expanded: usize) -> Self {
        FilterParser {
            text,
            tokens: tokens(text),
            at: 0,
            grammar,
            depth,
            expanded,
            has_idle_part: false,
        }
    }

    fn fault(&self, offset: usize, message: String, hint: Option<String>) -> QueryError {
        QueryError {
            text: self.text.to_owned(),
            offset,
            message,
            hint,
        }
    }

    /// Parses clauses joined by `or`.
    fn any(&mut self) -> Result<Query, QueryError> {
        let mut any = vec![self.all()?];
        while self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.text.eq_ignore_ascii_case("or"))
        {
            if self.grammar.mode == QueryMode::Search {
                break;
            }
            let at = self.tokens[self.at].at;
            self.at += 1;
            let next = self.all()?;
            // A side without clauses is parsed as `Query::All`.
            if next == Query::All || any.last() == Some(&Query::All) {
                return Err(self.fault(
                    at,
                    "`or` needs a filter on both sides".to_owned(),
                    Some("quote it to search for the word: \"or\"".to_owned()),
                ));
            }
            any.push(next);
        }
        Ok(if any.len() == 1 {
            any.remove(0)
        } else {
            Query::Or(any)
        })
    }

    /// Parses adjacent clauses up to `or`, `)` or the end.
    fn all(&mut self) -> Result<Query, QueryError> {
        let is_filter = self.grammar.mode == QueryMode::Filter;
        let mut query = Query::All;
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token.text {
                ")" if is_filter => break,
                word if is_filter && word.eq_ignore_ascii_case("or") => break,
                word if is_filter && word.eq_ignore_ascii_case("and") => self.at += 1,
                _ => {
                    let clause = self.clause()?;
                    self.has_idle_part |= clause.says_nothing();
                    query = query.and(clause);
                }
            }
        }
        Ok(query)
    }

    /// Parses one clause, which may be negated.
    fn clause(&mut self) -> Result<Query, QueryError> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Ok(Query::All);
        };
        self.at += 1;
        let text = token.text;
        match text {
            // A search reads brackets and lone dashes as part of the text.
            _ if self.grammar.mode == QueryMode::Search => self.single(token.at, text),
            "-" | "!" | "not" => {
                if self.tokens.get(self.at).is_none_or(|next| next.text == ")") {
                    return Err(self.fault(
                        token.at,
                        format!("`{text}` needs a filter after it"),
                        None,
                    ));
                }
                Ok(negated(self.clause()?))
            }
            "(" => self.group(&token),
            _ => self.single(token.at, text),
        }
    }

    /// Parses the rest of a clause in parentheses, after the `(`.
    fn group(&mut self, open: &FilterToken<'_>) -> Result<Query, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault(
                open.at,
                format!("more than {DEEPEST} nested parentheses"),
                None,
            ));
        }
        let inner = self.any()?;
        self.depth -= 1;
        match self.tokens.get(self.at) {
            Some(token) if token.text == ")" => self.at += 1,
            _ => return Err(self.fault(open.at, "this `(` is never closed".to_owned(), None)),
        }
        Ok(inner)
    }

    /// Parses a clause of one token, which may start with `-` or `!`.
    fn single(&mut self, at: usize, text: &str) -> Result<Query, QueryError> {
        // `--x` is never a negation. In a search, `-5` is text and `-word` a negation.
        let read = match text
            .strip_prefix(['-', '!'])
            .filter(|rest| !rest.is_empty() && !rest.starts_with(['-', '!']))
        {
            Some(rest)
                if split_test(rest).is_some()
                    || rest.starts_with(|c: char| c == '"' || c.is_alphabetic())
                    || self.grammar.mode == QueryMode::Filter =>
            {
                self.positive(at + 1, rest).map(negated)
            }
            _ => self.positive(at, text),
        };
        // Even a search says that a kind is misspelt: nobody looks for such a word.
        let names_a_kind = text
            .trim_start_matches(['-', '!'])
            .strip_prefix("kind:")
            .is_some_and(|kind| kind.starts_with(char::is_alphabetic));
        let is_slip = |error: &QueryError| {
            let hint = error.hint.as_deref().unwrap_or_default();
            names_a_kind && hint.starts_with("did you mean")
        };
        match read {
            Err(error) if self.grammar.mode == QueryMode::Search && !is_slip(&error) => {
                Ok(words(text))
            }
            read => read,
        }
    }

    /// Parses a token without its negation: a saved filter, a test or words.
    fn positive(&mut self, at: usize, text: &str) -> Result<Query, QueryError> {
        // In a search, `@name` is text unless a filter with that name is saved.
        if let Some(name) = text.strip_prefix('@')
            && (self.grammar.mode == QueryMode::Filter
                || self.grammar.saved.iter().any(|(known, _)| known == name))
        {
            return self.saved(at, name);
        }
        match split_test(text) {
            // `https://example.org` is a word, not a test of a field `https`.
            Some((name, sign, value)) if !value.starts_with("//") => {
                self.test(at, (name, sign, value))
            }
            _ => Ok(self.full_ref(text).unwrap_or_else(|| words(text))),
        }
    }

    /// The entry that a token names by its whole ref: a known kind, a slash and a slug.
    fn full_ref(&self, text: &str) -> Option<Query> {
        let (kind, slug) = text.split_once('/')?;
        let kind = self.grammar.kinds.name(kind)?;
        is_slug(slug).then(|| Query::Entry(kind.to_owned(), slug.to_owned()))
    }

    /// Parses the saved filter with that name.
    fn saved(&mut self, at: usize, name: &str) -> Result<Query, QueryError> {
        let Some((_, text)) = self.grammar.saved.iter().find(|(known, _)| known == name) else {
            let names: Vec<&str> = self
                .grammar
                .saved
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            let hint = nearest(name, &names)
                .first()
                .map(|near| format!("did you mean `@{near}`?"));
            return Err(self.fault(
                at,
                format!("no saved filter `@{name}`"),
                hint.or(Some("kb view save NAME \"FILTER\"".to_owned())),
            ));
        };
        self.depth += 1;
        self.expanded += 1;
        if self.depth > DEEPEST {
            return Err(self.fault(at, format!("the saved filter `@{name}` uses itself"), None));
        }
        if self.expanded > LARGEST {
            return Err(self.fault(
                at,
                format!("saved filters are used more than {LARGEST} times in `@{name}`"),
                None,
            ));
        }
        // An error inside has the text of the saved filter and an offset in that text.
        let mut inner = FilterParser::of(text, self.grammar, self.depth, self.expanded);
        let query = inner.any()?;
        self.has_idle_part |= inner.has_idle_part;
        self.expanded = inner.expanded;
        self.depth -= 1;
        Ok(query)
    }

    /// Parses a test. `at` is the byte offset of its name. Values separated by commas are joined by
    /// or; with `!=`, none of them may match.
    fn test(
        &self,
        at: usize,
        (name, sign, value): (&str, &'static str, &str),
    ) -> Result<Query, QueryError> {
        let value_at = at + name.len() + sign.len();
        let op = Op::ALL
            .iter()
            .find(|(_, known)| *known == sign)
            .map_or(Op::Has, |(op, _)| *op);
        let name = name.to_lowercase();
        let values: Vec<String> = split_values(value);
        if values.is_empty() {
            return Err(self.fault(
                value_at,
                format!("`{name}{sign}` needs a value"),
                match TESTS.contains(&name.as_str()) {
                    true => Some("kb help filters".to_owned()),
                    false => Some(format!("`-has:{name}` finds entries without it")),
                },
            ));
        }
        let any = |make: &dyn Fn(&str) -> Result<Query, QueryError>| -> Result<Query, QueryError> {
            let mut all: Vec<Query> = values
                .iter()
                .map(|value| make(value))
                .collect::<Result<_, _>>()?;
            let query = if all.len() == 1 {
                all.remove(0)
            } else {
                Query::Or(all)
            };
            Ok(if op == Op::Ne { negated(query) } else { query })
        };
        // Apart from `added`, `changed` and fields, the operator matters only if it is `!=`.
        match name.as_str() {
            "kind" => self
                .kind(value_at, &values)
                .map(|query| if op == Op::Ne { negated(query) } else { query }),
            "topic" | "topics" => any(&|value| Ok(Query::Topic(fold(value)))),
            "tag" | "tags" => any(&|value| {
                Ok(Query::Label(
                    Label::Tag,
                    fold(value.trim_start_matches('#')),
                ))
            }),
            "alias" | "aliases" => any(&|value| Ok(Query::Label(Label::Alias, fold(value)))),
            "has" => any(&|value| self.has(value_at, value)),
            "links" => any(&|value| Ok(Query::Links(LinkEnd::Source, value.to_owned()))),
            "linked" => any(&|value| Ok(Query::Links(LinkEnd::Target, value.to_owned()))),
            "is" => any(&|value| match value {
                "private" => Ok(Query::Private(true)),
                "public" => Ok(Query::Private(false)),
                other => Err(self.fault(
                    value_at,
                    format!("`is:{other}` is unknown"),
                    Some("is:private or is:public".to_owned()),
                )),
            }),
            "private" => any(&|value| {
                Ok(Query::Private(matches!(
                    fold(value).as_str(),
                    "yes" | "true" | "1"
                )))
            }),
            "added" | "created" => self.when(value_at, When::Added, op, &values),
            "changed" | "updated" => self.when(value_at, When::Changed, op, &values),
            _ => self.compare(at, value_at, &name, op, &values),
        }
    }

    /// Parses the values of `kind:`, each the singular or plural name of a kind.
    fn kind(&self, at: usize, values: &[String]) -> Result<Query, QueryError> {
        let kinds = self.grammar.kinds;
        let read = |value: &String| {
            kinds
                .get(value)
                .map(|kind| kind.name.clone())
                .ok_or_else(|| {
                    let near = kinds.near(value);
                    let hint = near.first().map_or_else(
                        || english::list(&kinds.plurals(), "and"),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.fault(at, format!("no kind `{value}`"), Some(hint))
                })
        };
        values
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Query::Kind)
    }

    /// Parses the value of `has:`.
    fn has(&self, at: usize, value: &str) -> Result<Query, QueryError> {
        let plural = match value {
            "topic" => "topics",
            "tag" => "tags",
            "alias" => "aliases",
            other => other,
        };
        let known = CORE.contains(&plural)
            || matches!(plural, "links" | "backlinks")
            || !self.grammar.kinds.with_field(plural).is_empty();
        known
            .then(|| Query::Has(plural.to_owned()))
            .ok_or_else(|| self.unknown(at, value))
    }

    /// The error for an unknown field, with a similar name as a hint.
    fn unknown(&self, at: usize, name: &str) -> QueryError {
        let own = self
            .grammar
            .kinds
            .iter()
            .flat_map(|kind| kind.fields.iter().map(|field| field.name.as_str()));
        let names: Vec<&str> = TESTS.into_iter().chain(CORE).chain(own).collect();
        let hint = nearest(name, &names)
            .first()
            .map(|near| format!("did you mean `{near}`?"));
        self.fault(
            at,
            format!("no kind has a field `{name}`"),
            hint.or(Some("kb help filters".to_owned())),
        )
    }

    /// Parses the value of `added:` or `changed:`: an age before today in days, weeks, months of
    /// 30 days or years of 365 days (`7d`, `2w`, `3m`, `1y`), or a period.
    fn when(&self, at: usize, when: When, op: Op, values: &[String]) -> Result<Query, QueryError> {
        // One value, not a list: the commas are part of it.
        let value = values.join(",");
        let today = self.grammar.today;
        let back = Period::of_age(&value, today);
        let mut period = match back {
            // An age is a period without an end, after which nothing was added.
            Some(_) if matches!(op, Op::Gt | Op::Le) => {
                return Err(self.fault(
                    at,
                    format!("`{value}` is an age, which `>` and `<=` do not compare"),
                    Some(format!("`added:{value}` or `-added:{value}`")),
                ));
            }
            Some(period) => period,
            None => Period::read(&value, today).map_err(|_| {
                self.fault(
                    at,
                    format!("`{value}` is neither an age nor a period"),
                    Some("write `added:7d`, `added:2w` or `added:\"Nov 2023\"`".to_owned()),
                )
            })?,
        };
        match op {
            Op::Has | Op::Eq => {}
            Op::Ne => return Ok(negated(Query::When(when, period))),
            Op::Ge => period.to = None,
            Op::Le => period.from = None,
            // `>` is the opposite of `<=`, and `<` the opposite of `>=`.
            Op::Gt => {
                return Ok(negated(Query::When(
                    when,
                    Period {
                        from: None,
                        ..period
                    },
                )));
            }
            Op::Lt => return Ok(negated(Query::When(when, Period { to: None, ..period }))),
        }
        Ok(Query::When(when, period))
    }

    /// Parses the values of a field test. If several kinds declare the field, each value is parsed
    /// by the first kind that accepts it.
    fn compare(
        &self,
        at: usize,
        value_at: usize,
        name: &str,
        op: Op,
        values: &[String],
    ) -> Result<Query, QueryError> {
        if let "slug" | "title" | "body" = name {
            return Ok(Query::Compare(
                name.to_owned(),
                op,
                values
                    .iter()
                    .map(|value| Value::Text(fold(value)))
                    .collect(),
            ));
        }
        if let "position" | "year" = name {
            let numbers: Result<Vec<Value>, QueryError> = values
                .iter()
                .map(|value| {
                    let number = value.parse::<f64>().ok().filter(|n| {
                        n.is_finite()
                            && (name != "year" || (n.fract() == 0.0 && (0.0..=9999.0).contains(n)))
                    });
                    number.map(Value::Number).ok_or_else(|| {
                        self.fault(
                            value_at,
                            format!(
                                "`{value}` is not a {}",
                                if name == "year" {
                                    "year from 0 to 9999"
                                } else {
                                    "number"
                                }
                            ),
                            None,
                        )
                    })
                })
                .collect();
            // If no kind derives `year` from a period, it may be an ordinary field.
            if name != "year"
                || self
                    .grammar
                    .kinds
                    .iter()
                    .any(|kind| kind.year_field().is_some())
            {
                return numbers.map(|numbers| Query::Compare(name.to_owned(), op, numbers));
            }
        }
        let fields = self.grammar.kinds.with_field(name);
        let Some((_, first)) = fields.first() else {
            return Err(self.unknown(at, name));
        };
        let mut read = Vec::new();
        for value in values {
            let mut refused = None;
            // Text is only folded, so that a part of a URL or DOI is a valid value too.
            let taken = fields
                .iter()
                .find_map(|(_, field)| match (field.field_type, op) {
                    (
                        FieldType::Line
                        | FieldType::Text
                        | FieldType::Person
                        | FieldType::Url
                        | FieldType::Doi
                        | FieldType::Ref,
                        _,
                    ) => Some(Value::Text(fold(value))),
                    // An entry is found by any version of its arXiv id.
                    (FieldType::Arxiv, _) => {
                        let folded = fold(value);
                        Some(Value::Text(versionless(&folded).to_owned()))
                    }
                    _ => field
                        .read_one(value, self.grammar.today)
                        .inspect_err(|reason| refused = Some(reason.clone()))
                        .ok(),
                });
            match taken {
                Some(value) => read.push(value),
                None => {
                    let Reason { fact, hint } =
                        refused.unwrap_or_else(|| Reason::new("is refused"));
                    return Err(self.fault(value_at, format!("{name}: {fact}"), hint));
                }
            }
        }
        Ok(Query::Compare(first.name.clone(), op, read))
    }
}

fn negated(query: Query) -> Query {
    match query {
        Query::Not(inner) => *inner,
        query => Query::Not(Box::new(query)),
    }
}

/// The words of a token without its quotes; [`Query::All`] if nothing is left.
fn words(text: &str) -> Query {
    let plain = text.replace('"', " ");
    if plain.trim().is_empty() {
        Query::All
    } else {
        Query::Words(plain.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads(text: &str, mode: QueryMode) -> Result<Query, QueryError> {
        let kinds = Kinds::built_in();
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        let saved = [
            ("recent".to_owned(), "added:7d".to_owned()),
            ("loop".to_owned(), "@loop".to_owned()),
        ];
        read(
            text,
            Grammar {
                kinds: &kinds,
                saved: &saved,
                today,
                mode,
            },
        )
    }

    fn shown(text: &str) -> String {
        reads(text, QueryMode::Filter)
            .unwrap_or_else(|e| panic!("{text}: {e:?}"))
            .to_string()
    }

    #[test]
    fn the_documented_filters_read_as_documented() {
        assert_eq!(
            shown("kind:papers status:read year>=2020"),
            "(kind is paper and status contains \"read\" and year >= \"2020\")"
        );
        assert_eq!(
            shown("-tag:old or \"exact words\""),
            "(not tagged \"old\" or the words \"exact words\")"
        );
        assert_eq!(
            shown("(has:doi or -has:body) word"),
            "((has doi or not has body) and the words \"word\")"
        );
        assert_eq!(
            shown("period:\"Summer 2023\""),
            "period overlaps 2023-06-01 to 2023-08-31"
        );
        assert_eq!(
            shown("title:\"a \\\"big\\\" b\" word"),
            "(title contains \"a \"big\" b\" and the words \"word\")"
        );
        assert_eq!(shown("@recent"), "added from 2026-11-16 to 9999-12-31");
        assert_eq!(
            shown("multi-agent C++ don't"),
            "(the words \"multi-agent\" and the words \"C++\" and the words \"don't\")"
        );
    }

    #[test]
    fn a_mistake_is_pointed_at_with_a_suggestion() {
        let cases = [
            ("kind:papr", 5, "did you mean `paper`?"),
            ("status:raed", 7, "did you mean `read`?"),
            ("year>=2020 staus:read", 11, "did you mean `status`?"),
            ("year>=soon", 6, ""),
            ("(a", 0, ""),
            ("a)", 1, ""),
            ("or a", 0, "quote it to search for the word: \"or\""),
            ("@recnt", 0, "did you mean `@recent`?"),
            ("@loop", 0, ""),
        ];
        for (text, offset, hint) in cases {
            let error = reads(text, QueryMode::Filter).expect_err(text);
            assert_eq!(
                (error.offset, error.hint.as_deref().unwrap_or("")),
                (offset, hint),
                "{text}: {error:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_filter_makes_it_panic_and_a_forgiving_one_is_never_refused(text in "\\PC{0,40}|[a-z:<>=!()@\"\\- ]{0,40}") {
            let _ = reads(&text, QueryMode::Filter);
            prop_assert!(reads(&text, QueryMode::Search).is_ok());
        }
    }
}
