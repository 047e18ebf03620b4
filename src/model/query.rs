//! A query: the parsed form of a filter.

use std::fmt;

use super::{Period, Value};

/// A condition on entries, parsed from a filter and checked against the kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Every entry.
    All,
    /// All of these conditions. Never empty.
    And(Vec<Query>),
    /// At least one of these conditions. Never empty.
    Or(Vec<Query>),
    /// Entries that do not match the condition.
    Not(Box<Query>),
    /// A word or exact phrase anywhere in the text of an entry.
    Words(String),
    /// Entries of one of these kinds (singular names).
    Kind(Vec<String>),
    /// The one entry that a full ref names: its kind (singular) and its slug.
    Entry(String, String),
    /// Entries at one end of a link whose other end is the entry of this ref.
    Links(LinkEnd, String),
    /// A topic that contains this text (folded) from the start of a word, or a subtopic of one.
    Topic(String),
    /// An entry with exactly this tag or alias (folded).
    Label(Label, String),
    /// The field with this name has a value.
    Has(String),
    /// `true` for private entries, `false` for public ones.
    Private(bool),
    /// Added or changed within the period.
    When(When, Period),
    /// A comparison of a field with one or more alternative values.
    Compare(String, Op, Vec<Value>),
}

/// A type of label without hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A tag.
    Tag,
    /// An alias.
    Alias,
}

/// Which entries of a link are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEnd {
    /// Those that link to the other entry.
    Source,
    /// Those that the other entry links to.
    Target,
}

/// Which time of an entry is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `created`
    Added,
    /// `updated`
    Changed,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `:`, which means overlaps, contains or equals, depending on the type of the field.
    Has,
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Op {
    /// All operators with their symbols, longest first, so that `<=` is found before `<`.
    pub const ALL: [(Op, &'static str); 7] = [
        (Op::Ne, "!="),
        (Op::Le, "<="),
        (Op::Ge, ">="),
        (Op::Has, ":"),
        (Op::Eq, "="),
        (Op::Lt, "<"),
        (Op::Gt, ">"),
    ];

    /// The symbol of the operator in a filter.
    pub fn sign(self) -> &'static str {
        Op::ALL
            .iter()
            .find(|(op, _)| *op == self)
            .map_or("", |(_, sign)| sign)
    }
}

impl Query {
    /// Whether the filter says nothing, so that it selects every entry by accident.
    pub fn says_nothing(&self) -> bool {
        match self {
            Query::All => true,
            Query::And(all) => all.iter().all(Query::says_nothing),
            Query::Or(any) => any.iter().any(Query::says_nothing),
            Query::Words(words) => !words.chars().any(char::is_alphanumeric),
            // The opposite of a word that is none is everything.
            Query::Not(inner) => inner.says_nothing(),
            _ => false,
        }
    }

    /// The refs that the query names in `links:` and `linked:`.
    pub fn linked_refs(&self) -> Vec<&str> {
        match self {
            Query::Links(_, text) => vec![text],
            Query::And(all) | Query::Or(all) => all.iter().flat_map(Query::linked_refs).collect(),
            Query::Not(inner) => inner.linked_refs(),
            _ => Vec::new(),
        }
    }

    /// Combines two queries: an entry must match both.
    pub fn and(self, other: Query) -> Query {
        match (self, other) {
            (Query::All, query) | (query, Query::All) => query,
            (Query::And(mut all), Query::And(more)) => {
                all.extend(more);
                Query::And(all)
            }
            (Query::And(mut all), query) => {
                all.push(query);
                Query::And(all)
            }
            (query, other) => Query::And(vec![query, other]),
        }
    }

    /// The words that every match must contain, without words inside `or` and `not`.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Query::Words(words) => vec![words],
            Query::And(all) => all.iter().flat_map(Query::words).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the query contains words, including words inside `or` and `not`.
    pub fn has_words(&self) -> bool {
        match self {
            Query::Words(_) => true,
            Query::And(all) | Query::Or(all) => all.iter().any(Query::has_words),
            Query::Not(inner) => inner.has_words(),
            _ => false,
        }
    }

    /// The query without the words that [`Query::words`] returns.
    pub fn without_words(&self) -> Query {
        match self {
            Query::Words(_) => Query::All,
            Query::And(all) => all
                .iter()
                .map(Query::without_words)
                .fold(Query::All, Query::and),
            other => other.clone(),
        }
    }

    /// The kinds that the query is limited to; `None` if it is not limited.
    pub fn kinds(&self) -> Option<&[String]> {
        match self {
            Query::Kind(kinds) => Some(kinds),
            Query::Entry(kind, _) => Some(std::slice::from_ref(kind)),
            Query::And(all) => all.iter().find_map(Query::kinds),
            _ => None,
        }
    }
}

/// Describes the query in English, for `--explain`.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, all: &[Query], joint: &str| {
            f.write_str("(")?;
            for (n, query) in all.iter().enumerate() {
                if n > 0 {
                    write!(f, " {joint} ")?;
                }
                write!(f, "{query}")?;
            }
            f.write_str(")")
        };
        match self {
            Query::All => f.write_str("every entry"),
            Query::And(all) => joined(f, all, "and"),
            Query::Or(any) => joined(f, any, "or"),
            Query::Not(query) => write!(f, "not {query}"),
            Query::Words(words) => write!(f, "the words \"{words}\""),
            Query::Kind(kinds) => write!(f, "kind is {}", kinds.join(" or ")),
            Query::Entry(kind, slug) => write!(f, "the entry {kind}/{slug}"),
            Query::Links(LinkEnd::Source, text) => write!(f, "links to {text}"),
            Query::Links(LinkEnd::Target, text) => write!(f, "linked from {text}"),
            Query::Topic(topic) => write!(
                f,
                "a topic or its parent has words that begin with \"{topic}\""
            ),
            Query::Label(Label::Tag, tag) => write!(f, "tagged \"{tag}\""),
            Query::Label(Label::Alias, alias) => write!(f, "also called \"{alias}\""),
            Query::Has(field) => write!(f, "has {field}"),
            Query::Private(true) => f.write_str("private"),
            Query::Private(false) => f.write_str("public"),
            Query::When(when, period) => {
                let what = if *when == When::Added {
                    "added"
                } else {
                    "changed"
                };
                write!(f, "{what} from {} to {}", period.lower(), period.upper())
            }
            Query::Compare(field, op, values) => {
                let values: Vec<String> = values
                    .iter()
                    .map(|value| match value {
                        Value::Period(period) => {
                            format!("{} to {}", period.lower(), period.upper())
                        }
                        other => format!("\"{}\"", other.text()),
                    })
                    .collect();
                let verb = match (op, values.first()) {
                    (Op::Has, Some(v)) if !v.starts_with('"') => "overlaps",
                    (Op::Has, _) => "contains",
                    (op, _) => op.sign(),
                };
                write!(f, "{field} {verb} {}", values.join(" or "))
            }
        }
    }
}
